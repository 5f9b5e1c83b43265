#include "source/source_priv.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* IPv4 networks where no source lies: this host, the link, multicast and beyond. */
static gboolean
is_refused_v4(guint32 address)
{
	static const struct {
		guint32 network, bits;
	} refused[] = {
		{ 0x00000000, 8 },  /* "this" network */
		{ 0x7f000000, 8 },  /* loopback */
		{ 0xa9fe0000, 16 }, /* link-local, where clouds keep their metadata */
		{ 0xe0000000, 3 },  /* multicast, reserved, broadcast */
	};

	for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
		if ((address >> (32 - refused[i].bits)) == (refused[i].network >> (32 - refused[i].bits)))
			return TRUE;
	return FALSE;
}

static gboolean
is_refused(const struct sockaddr *address)
{
	const struct in6_addr *six;
	guint32 four;

	if (address->sa_family == AF_INET)
		return is_refused_v4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
	if (address->sa_family != AF_INET6)
		return TRUE;
	six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	memcpy(&four, six->s6_addr + 12, sizeof(four));
	if (IN6_IS_ADDR_V4MAPPED(six))
		return is_refused_v4(ntohl(four));
	return IN6_IS_ADDR_UNSPECIFIED(six) || IN6_IS_ADDR_LOOPBACK(six) || IN6_IS_ADDR_LINKLOCAL(six) ||
	       IN6_IS_ADDR_MULTICAST(six) || IN6_IS_ADDR_V4COMPAT(six);
}

char *
fn_source_resolve(const char *host, GError **error)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	g_autofree char *shown = fn_text_safe(host, -1, 200);
	struct addrinfo *found = NULL;
	char numeric[NI_MAXHOST];
	gboolean refused = FALSE;
	int failed = getaddrinfo(host, NULL, &hints, &found);

	if (failed != 0) {
		g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_CONNECT,
			"host %s: %s; check the name and the resolver", shown, gai_strerror(failed));
		return NULL;
	}
	/* One bad address among good ones is refused as well: which one is used is not ours to hope. */
	for (const struct addrinfo *at = found; at != NULL; at = at->ai_next)
		refused |= is_refused(at->ai_addr);
	failed = getnameinfo(found->ai_addr, found->ai_addrlen, numeric, sizeof(numeric), NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(found);
	if (!refused && failed == 0)
		return g_strdup(numeric);
	g_set_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC,
		"host %s is a loopback, link-local or multicast address, which no source"
		" may have; give the address of the database server, or the directory of its Unix socket",
		shown);
	return NULL;
}

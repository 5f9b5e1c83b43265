#include "source/source_priv.h"

static const struct {
	const char *host;
	gboolean refused;
} cases[] = {
	{ "10.1.2.3", FALSE },
	{ "192.168.0.1", FALSE },
	{ "203.0.113.9", FALSE },
	{ "172.16.0.1", FALSE },
	{ "fd00::1", FALSE },
	{ "2001:db8::7", FALSE },
	{ "126.255.255.255", FALSE },
	{ "128.0.0.1", FALSE },
	{ "223.255.255.255", FALSE },
	{ "127.0.0.1", TRUE },
	{ "127.255.255.254", TRUE },
	{ "2130706433", TRUE },
	{ "0x7f.1", TRUE },
	{ "0.0.0.0", TRUE },
	{ "0.1.2.3", TRUE },
	{ "169.254.169.254", TRUE },
	{ "224.0.0.1", TRUE },
	{ "255.255.255.255", TRUE },
	{ "240.0.0.1", TRUE },
	{ "::1", TRUE },
	{ "::", TRUE },
	{ "fe80::1", TRUE },
	{ "ff02::1", TRUE },
	{ "::ffff:127.0.0.1", TRUE },
	{ "::ffff:169.254.1.1", TRUE },
	{ "::127.0.0.1", TRUE },
	{ "localhost", TRUE },
};

static void
test_addresses(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *address = fn_source_resolve(cases[i].host, &error);

		if (cases[i].refused)
			g_assert_error(error, FN_SOURCE_ERROR, FN_SOURCE_ERROR_SPEC);
		else
			g_assert_cmpstr(address, ==, cases[i].host);
		g_assert_cmpint(address == NULL, ==, cases[i].refused);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/address/refused-or-not", test_addresses);
	return g_test_run();
}

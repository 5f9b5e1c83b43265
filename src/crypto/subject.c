#include "crypto/subject.h"

#include "base/identifiers.h"
#include "base/pool.h"
#include "base/text.h"
#include "crypto/keeper_client.h"

#include <string.h>

#define PREFIX "fengni/v1/subject\n"

struct FnSubjects {
	FnIpcClient *keeper;
	FnSuite suite;
	FnMutex mutex;
	FnLease *lease; /* of @year; under the mutex */
	guint year;
};

FnSubjects *
fn_subjects_new(FnIpcClient *keeper, FnSuite suite)
{
	FnSubjects *subjects = g_new0(FnSubjects, 1);

	*subjects = (FnSubjects){ .keeper = keeper, .suite = suite, .mutex = FN_MUTEX_INIT };
	return subjects;
}

void
fn_subjects_free(FnSubjects *subjects)
{
	if (subjects == NULL)
		return;
	fn_lease_free(subjects->lease);
	g_free(subjects);
}

/* With the mutex. */
static gboolean
renew(FnSubjects *subjects, guint year, GError **error)
{
	g_autofree char *context = g_strdup_printf("subject/%04u", year);
	FnLease *lease = fn_lease_get(subjects->keeper, "receipt_digest", context, error);

	if (lease == NULL)
		return FALSE;
	fn_lease_free(subjects->lease);
	subjects->lease = lease;
	subjects->year = year;
	return TRUE;
}

static gboolean
key_of(FnSubjects *subjects, guint year, guint8 key[FN_DIGEST_SIZE], GError **error)
{
	gboolean got;

	fn_mutex_lock(&subjects->mutex);
	got = subjects->lease != NULL && subjects->year == year && fn_lease_copy(subjects->lease, key);
	if (!got && renew(subjects, year, error)) {
		got = fn_lease_copy(subjects->lease, key);
		if (!got)
			g_set_error(error, FN_KEEPER_CLIENT_ERROR, FN_KEEPER_CLIENT_ERROR_REPLY, "the key of keyed digests ran out at once");
	}
	fn_mutex_unlock(&subjects->mutex);
	return got;
}

static gboolean
is_old_resident(const char *text)
{
	return strlen(text) == 15 && strspn(text, "0123456789") == 15;
}

/* What the identifier means; the caller wipes it. */
static char *
meaning(const char *identifier)
{
	char *plain = g_utf8_normalize(identifier, -1, G_NORMALIZE_ALL_COMPOSE), *text, *longer;

	text = plain != NULL ? g_strstrip(g_utf8_strup(plain, -1)) : g_strdup(identifier);
	fn_secret_free(plain);
	if (!is_old_resident(text))
		return text;
	longer = g_strdup_printf("%.6s19%sX", text, text + 6);
	longer[17] = fn_resident_id_check_character(longer);
	fn_secret_free(text);
	return longer;
}

char *
fn_subject_digest(FnSubjects *subjects, guint year, const char *identifier, GError **error)
{
	guint8 key[FN_DIGEST_SIZE], digest[FN_DIGEST_SIZE];
	char *text, *whole;

	if (!key_of(subjects, year, key, error))
		return NULL;
	text = meaning(identifier);
	whole = g_strconcat(PREFIX, text, NULL);
	fn_hmac(subjects->suite, key, sizeof(key), whole, strlen(whole), digest);
	explicit_bzero(key, sizeof(key));
	fn_secret_free(text);
	fn_secret_free(whole);
	return fn_hex(digest, sizeof(digest));
}

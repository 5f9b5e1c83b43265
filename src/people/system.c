/* Calling programs, their pinned certificates and the operators they may name. */
#include "people/people_priv.h"

#include "base/say.h"
#include "base/text.h"
#include "base/time.h"
#include "people_sql.h"

#include <string.h>

enum { PEM_MAX = 16 * 1024, FINGERPRINT = 64 };

/* FALSE with UNKNOWN when there is no such active system; *organization_out may be NULL. */
static gboolean
find_system(FnDb *db, const char *system, char **organization_out, GError **error)
{
	g_autoptr(FnRows) row = fn_db_query(db, &fn_sql_people_system, FN_BINDS(FN_TEXT("id", system)), error);
	GError *failed = NULL;

	if (row == NULL)
		return FALSE;
	if (fn_rows_next(row, &failed) && g_str_equal(fn_rows_text(row, "state"), "active")) {
		if (organization_out != NULL)
			*organization_out = g_strdup(fn_rows_text(row, "organization"));
		return TRUE;
	}
	if (failed != NULL)
		g_propagate_error(error, failed);
	else
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN, "there is no such active system");
	return FALSE;
}

static gboolean
check_system(FnDb *db, const char *organization, const char *name, GError **error)
{
	GError *failed = NULL;
	g_autofree char *known = NULL, *taken = NULL;

	known = fn_db_text(db, &fn_sql_people_organization, FN_BINDS(FN_TEXT("id", organization)), &failed);
	if (failed == NULL)
		taken = fn_db_text(db, &fn_sql_people_system_by_name,
			FN_BINDS(FN_TEXT("organization", organization), FN_TEXT("name", name)), &failed);
	if (failed != NULL)
		g_propagate_error(error, failed);
	else if (known == NULL)
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN, "the organization is not registered");
	else if (taken != NULL)
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT,
			"the organization has a system of this name already");
	else
		return TRUE;
	return FALSE;
}

char *
fn_people_add_system(FnDb *db, const char *organization, const char *name, gint64 mlps_level, GError **error)
{
	g_autofree char *id = fn_id_new();

	if (mlps_level < 1 || mlps_level > 5) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT, "mlps_level must be 1 to 5 (GB/T 22240)");
		return NULL;
	}
	if (!fn_people_check_text(name, 200, "the system's name", error) ||
		!check_system(db, organization, name, error) ||
		!fn_db_exec(db, &fn_sql_people_add_system,
			FN_BINDS(FN_TEXT("id", id), FN_TEXT("organization", organization), FN_TEXT("name", name),
				FN_INT("mlps_level", mlps_level), FN_INT("now", fn_time_now())),
			NULL, error))
		return NULL;
	return g_steal_pointer(&id);
}

/* SHA-256 of the first certificate in @pem as hexadecimal, NULL when there is none. */
static char *
pem_fingerprint(const char *pem)
{
	static const char head[] = "-----BEGIN CERTIFICATE-----", tail[] = "-----END CERTIFICATE-----";
	const char *from = pem == NULL || strlen(pem) > PEM_MAX ? NULL : strstr(pem, head), *to;
	g_autofree guint8 *der = NULL;
	g_autofree char *text = NULL;
	gsize size;

	to = from == NULL ? NULL : strstr(from, tail);
	if (to == NULL)
		return NULL;
	from += strlen(head);
	text = g_strndup(from, (gsize)(to - from));
	der = g_base64_decode(text, &size);
	return size == 0 ? NULL : g_compute_checksum_for_data(G_CHECKSUM_SHA256, der, size);
}

static gboolean
check_certificate(FnDb *db, const char *folded, const char *pem, gint64 not_before, gint64 not_after, GError **error)
{
	g_autofree char *real = pem_fingerprint(pem), *taken = NULL;
	const char *wrong = NULL;
	GError *failed = NULL;

	if (real == NULL)
		wrong = FN_SAY("pem must be one PEM certificate of at most 16 KiB");
	else if (folded == NULL || !g_str_equal(real, folded))
		wrong = FN_SAY("fingerprint must be the SHA-256 of the certificate's DER as 64 hexadecimal digits");
	else if (not_before >= not_after)
		wrong = FN_SAY("the certificate ends before it begins");
	else
		taken = fn_db_text(db, &fn_sql_people_certificate, FN_BINDS(FN_TEXT("fingerprint", folded)), &failed);
	if (failed != NULL) {
		g_propagate_error(error, failed);
		return FALSE;
	}
	if (taken != NULL)
		wrong = FN_SAY("the certificate is pinned already");
	if (wrong != NULL)
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT, "%s", fn_say(wrong));
	return wrong == NULL;
}

gboolean
fn_people_add_certificate(FnDb *db, const char *system, const char *fingerprint, const char *pem, gint64 not_before,
	gint64 not_after, GError **error)
{
	g_autofree char *folded = fingerprint == NULL ? NULL : g_ascii_strdown(fingerprint, -1);

	return find_system(db, system, NULL, error) &&
	       check_certificate(db, folded, pem, not_before, not_after, error) &&
	       fn_db_exec(db, &fn_sql_people_add_certificate,
		       FN_BINDS(FN_TEXT("fingerprint", folded), FN_TEXT("system", system), FN_TEXT("pem", pem),
			       FN_INT("not_before", not_before), FN_INT("not_after", not_after),
			       FN_INT("now", fn_time_now())),
		       NULL, error);
}

gboolean
fn_people_revoke_certificate(FnDb *db, const char *fingerprint, const char *reason, gint64 now, GError **error)
{
	g_autofree char *folded = fingerprint == NULL ? g_strdup("") : g_ascii_strdown(fingerprint, -1);
	gint64 changed = 0;

	if (!fn_people_check_text(reason, 500, "the reason", error) ||
		!fn_db_exec(db, &fn_sql_people_revoke_certificate,
			FN_BINDS(FN_TEXT("fingerprint", folded), FN_INT("now", now), FN_TEXT("reason", reason)),
			&changed, error))
		return FALSE;
	if (changed == 0)
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_UNKNOWN,
			"there is no such certificate, or it is revoked already");
	return changed == 1;
}

gboolean
fn_people_close_system(FnDb *db, const char *system, GError **error)
{
	gint64 now = fn_time_now();

	return find_system(db, system, NULL, error) &&
	       fn_db_exec(db, &fn_sql_people_close_system, FN_BINDS(FN_TEXT("id", system)), NULL, error) &&
	       fn_db_exec(db, &fn_sql_people_revoke_certificates,
		       FN_BINDS(FN_TEXT("system", system), FN_INT("now", now),
			       FN_TEXT("reason", "the system was closed")),
		       NULL, error);
}

gboolean
fn_people_allow_operator(FnDb *db, const char *system, const char *account, GError **error)
{
	g_autofree char *organization = NULL;
	g_autoptr(FnRows) row = NULL;
	gboolean same;

	if (!find_system(db, system, &organization, error))
		return FALSE;
	row = fn_people_account_row(db, account, error);
	if (row == NULL)
		return FALSE;
	same = g_str_equal(fn_rows_text(row, "organization"), organization);
	g_clear_pointer(&row, fn_rows_free);
	if (!same) {
		fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_INPUT,
			"the operator must belong to the organization of the system");
		return FALSE;
	}
	return fn_db_exec(db, &fn_sql_people_allow_operator,
		FN_BINDS(FN_TEXT("system", system), FN_TEXT("account", account)), NULL, error);
}

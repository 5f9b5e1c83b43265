#include "catalog/activation.h"

#include "base/json.h"
#include "base/say.h"
#include "base/text.h"
#include "catalog_sql.h"
#include "crypto/keeper_client.h"
#include "ledger/ledger.h"

#include <string.h>

static gboolean
enter(FnIpcClient *ledger, const char *case_id, const char *content, const char *grant, GError **error)
{
	g_autoptr(GString) body = g_string_new(NULL);
	FnJson json = fn_json_to(body);
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *text = NULL;

	fn_sm3(content, strlen(content), digest);
	text = fn_hex(digest, sizeof(digest));
	fn_json_begin_object(&json);
	fn_json_member(&json, "case", case_id);
	fn_json_member(&json, "digest", text);
	fn_json_member(&json, "event", "grant.signed");
	fn_json_member(&json, "grant", grant);
	fn_json_end_object(&json);
	return fn_ledger_append_wait(ledger, FN_CLASS_PERMANENT, body->str, body->len, NULL, error);
}

static gboolean
sign(FnDb *db, FnWork *work, FnIpcClient *keeper, FnIpcClient *ledger, const char *grant, gint64 now, GError **error)
{
	g_autofree char *case_id = fn_db_text(db, &fn_sql_catalog_grant_case, FN_BINDS(FN_TEXT("id", grant)), error);
	g_autofree char *content = NULL, *key = NULL, *signature = NULL;
	g_autofree guint8 *bytes = NULL;
	gsize size;

	/* Another tick of the clock may have been first. */
	if (case_id != NULL && fn_db_int(db, &fn_sql_catalog_grant_signed, FN_BINDS(FN_TEXT("id", grant)), 0, error) == 1)
		return TRUE;
	if (case_id == NULL) {
		if (error != NULL && *error == NULL)
			fn_refuse(error, FN_CATALOG_ERROR, FN_CATALOG_ERROR_UNKNOWN, "no such grant");
		return FALSE;
	}
	if (!fn_work_audit(work, db, case_id, error) || (content = fn_catalog_grant_content(db, grant, error)) == NULL ||
		(key = fn_keeper_public(keeper, "grant", error)) == NULL ||
		(bytes = fn_keeper_sign(keeper, "grant", content, &size, error)) == NULL)
		return FALSE;
	signature = g_base64_encode(bytes, size);
	return fn_catalog_activate_grant(db, grant, signature, key, now, error) && enter(ledger, case_id, content, grant, error);
}

gboolean
fn_activation_sign(FnDb *db, FnWork *work, FnIpcClient *keeper, FnIpcClient *ledger, const char *grant, gint64 now, GError **error)
{
	if (!fn_db_begin(db, error))
		return FALSE;
	if (sign(db, work, keeper, ledger, grant, now, error) && fn_db_commit(db, error))
		return TRUE;
	fn_db_rollback(db);
	return FALSE;
}

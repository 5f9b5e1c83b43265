/* What an error of any room is to a caller: an HTTP status and a stable code. One table. */
#include "api/api_priv.h"

#include "audit/audit.h"
#include "intake/intake.h"
#include "ledger/ledger.h"
#include "oversight/oversight.h"
#include "notify/notify.h"
#include "policy/policy.h"
#include "register/register.h"
#include "source/source.h"
#include "watch/watch.h"

typedef struct {
	GQuark (*domain)(void);
	int code;
	guint status;
	const char *name;
} Meaning;

static const Meaning meanings[] = {
	{ fn_api_error_quark, FN_API_ERROR_INPUT, 400, "input" },
	{ fn_api_error_quark, FN_API_ERROR_SESSION, 401, "session" },
	{ fn_api_error_quark, FN_API_ERROR_FORBIDDEN, 403, "forbidden" },
	{ fn_api_error_quark, FN_API_ERROR_PASSWORD, 403, "own_password" },
	{ fn_api_error_quark, FN_API_ERROR_UNKNOWN, 404, "unknown" },
	{ fn_api_error_quark, FN_API_ERROR_METHOD, 405, "method" },
	{ fn_api_error_quark, FN_API_ERROR_STATE, 409, "state" },
	{ fn_api_error_quark, FN_API_ERROR_SIZE, 413, "body_too_large" },
	{ fn_api_error_quark, FN_API_ERROR_SERVICE, 503, "service" },
	{ fn_api_error_quark, FN_API_ERROR_BUSY, 503, "busy" },
	{ fn_json_error_quark, FN_JSON_ERROR_SYNTAX, 400, "not_json" },
	{ fn_json_error_quark, FN_JSON_ERROR_SHAPE, 400, "input" },
	{ fn_people_error_quark, FN_PEOPLE_ERROR_INPUT, 400, "input" },
	{ fn_people_error_quark, FN_PEOPLE_ERROR_UNKNOWN, 404, "unknown" },
	{ fn_people_error_quark, FN_PEOPLE_ERROR_APART, 409, "offices_apart" },
	{ fn_people_error_quark, FN_PEOPLE_ERROR_PASSWORD, 400, "password_policy" },
	{ fn_people_error_quark, FN_PEOPLE_ERROR_LOGIN, 401, "login" },
	{ fn_people_error_quark, FN_PEOPLE_ERROR_SESSION, 401, "session" },
	{ fn_work_error_quark, FN_WORK_ERROR_UNKNOWN, 404, "unknown" },
	{ fn_work_error_quark, FN_WORK_ERROR_FORM, 400, "form" },
	{ fn_work_error_quark, FN_WORK_ERROR_STATE, 409, "state" },
	{ fn_work_error_quark, FN_WORK_ERROR_OFFICE, 403, "office" },
	{ fn_work_error_quark, FN_WORK_ERROR_APART, 403, "persons_apart" },
	{ fn_work_error_quark, FN_WORK_ERROR_ONCE, 409, "once" },
	{ fn_work_error_quark, FN_WORK_ERROR_SAY, 400, "reason_missing" },
	{ fn_work_error_quark, FN_WORK_ERROR_NEEDS, 409, "needs" },
	{ fn_work_error_quark, FN_WORK_ERROR_EFFECT, 409, "effect" },
	{ fn_work_error_quark, FN_WORK_ERROR_SIGN, 409, "confirm" },
	{ fn_catalog_error_quark, FN_CATALOG_ERROR_INPUT, 400, "input" },
	{ fn_catalog_error_quark, FN_CATALOG_ERROR_UNKNOWN, 404, "unknown" },
	{ fn_catalog_error_quark, FN_CATALOG_ERROR_STATE, 409, "state" },
	{ fn_catalog_error_quark, FN_CATALOG_ERROR_OFFICE, 403, "office" },
	{ fn_register_error_quark, FN_REGISTER_ERROR_UNKNOWN, 404, "unknown" },
	{ fn_register_error_quark, FN_REGISTER_ERROR_INPUT, 400, "input" },
	{ fn_register_error_quark, FN_REGISTER_ERROR_OFFICE, 403, "office" },
	{ fn_register_error_quark, FN_REGISTER_ERROR_STALE, 409, "stale" },
	{ fn_register_error_quark, FN_REGISTER_ERROR_STATE, 409, "state" },
	{ fn_register_error_quark, FN_REGISTER_ERROR_TAKEN, 409, "taken" },
	{ fn_source_error_quark, FN_SOURCE_ERROR_SPEC, 400, "source_spec" },
	{ fn_source_error_quark, FN_SOURCE_ERROR_SCHEMA, 404, "source_schema" },
	{ fn_source_error_quark, FN_SOURCE_ERROR_INPUT, 400, "source_input" },
	{ fn_source_error_quark, FN_SOURCE_ERROR_CONNECT, 502, "source_unreachable" },
	{ fn_source_error_quark, FN_SOURCE_ERROR_QUERY, 502, "source_failed" },
	{ fn_source_error_quark, FN_SOURCE_ERROR_TIMEOUT, 504, "source_slow" },
	{ fn_oversight_error_quark, FN_OVERSIGHT_ERROR_INPUT, 400, "input" },
	{ fn_oversight_error_quark, FN_OVERSIGHT_ERROR_UNKNOWN, 404, "unknown" },
	{ fn_oversight_error_quark, FN_OVERSIGHT_ERROR_STATE, 409, "state" },
	{ fn_intake_error_quark, FN_INTAKE_ERROR_INPUT, 400, "input" },
	{ fn_intake_error_quark, FN_INTAKE_ERROR_UNKNOWN, 404, "unknown" },
	{ fn_intake_error_quark, FN_INTAKE_ERROR_OFFICE, 403, "office" },
	{ fn_intake_error_quark, FN_INTAKE_ERROR_STATE, 409, "state" },
	{ fn_db_error_quark, FN_DB_ERROR_CONSTRAINT, 409, "conflict" },
	{ fn_notify_error_quark, FN_NOTIFY_ERROR_INPUT, 400, "input" },
	{ fn_audit_error_quark, FN_AUDIT_ERROR_INPUT, 400, "input" },
	{ fn_audit_error_quark, FN_AUDIT_ERROR_BUSY, 503, "busy" },
	{ fn_watch_error_quark, FN_WATCH_ERROR_INPUT, 400, "input" },
	{ fn_watch_error_quark, FN_WATCH_ERROR_UNKNOWN, 404, "unknown" },
	{ fn_watch_error_quark, FN_WATCH_ERROR_STATE, 409, "state" },
	{ fn_watch_error_quark, FN_WATCH_ERROR_OFFICE, 403, "office" },
	{ fn_ledger_error_quark, FN_LEDGER_ERROR_OPEN, 409, "state" }, /* a clock that cannot be moved */
};

/* What other programs of ours refuse because of what the caller gave. Every other refusal (a full disk, a stopped ledger, a role
 * that may not) is not the caller's fault. */
static const struct {
	const char *refusal;
	guint status;
	const char *name;
} refusals[] = {
	{ "bad_csr", 400, "input" },       /* keeper */
	{ "bad_request", 400, "input" },   /* keeper, inspect: a value out of its bounds */
	{ "unknown_profile", 400, "input" }, /* inspect */
	{ "busy", 503, "busy" },           /* inspect: too many documents at once */
	{ "destroyed", 409, "state" },     /* keeper */
	{ "range", 404, "unknown" },       /* ledger */
	{ "not_yet", 503, "not_yet" },     /* ledger: ask again after the next signed head */
	{ "pruned", 410, "pruned" },       /* ledger: its retention is over */
	{ "expired", 409, "state" },       /* keeper: an authorisation */
	{ "not_authorised", 409, "state" }, /* clock */
	{ "not_signed", 503, "not_signed" }, /* clock */
};

guint
fn_api_status(const GError *error, const char **code_out)
{
	for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++)
		if (error->domain == meanings[i].domain() && error->code == meanings[i].code) {
			*code_out = meanings[i].name;
			return meanings[i].status;
		}
	for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++)
		if (fn_ipc_error_is(error, refusals[i].refusal)) {
			*code_out = refusals[i].name;
			return refusals[i].status;
		}
	*code_out = "service"; /* databases, peers, disks: not the caller's fault */
	return 503;
}

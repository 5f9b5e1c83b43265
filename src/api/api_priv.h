/* Shared by the files of the console API. */
#pragma once

#include "api/api.h"
#include "audit/audit.h"
#include "base/json.h"
#include "crypto/keeper_client.h"
#include "crypto/subject.h"
#include "base/pool.h"
#include "people/people.h"
#include "share/strangers.h"
#include "source/source.h"
#include "work/work.h"

#define FN_API_PREFIX "/api/v1"

typedef struct FnRoute FnRoute;

typedef struct FnApiCall FnApiCall;
/* Answers with a new reference, or NULL and an error. */
typedef json_t *(*FnRouteHandler)(FnApiCall *call, GError **error);

struct FnApiCall {
	FnApi *api;
	FnDb *db;
	FnForce *force; /* the rules of this call, from begin to end */
	FnHttpRequest *request;
	const FnRoute *route;
	char *part[3];      /* what stood for the '*' of the path, in order */
	json_t *body;       /* an object for POST and PATCH, else NULL */
	FnActor *actor;     /* NULL on public routes */
	gint64 now;
	gboolean chinese;   /* the caller reads Chinese */
	gboolean undo;      /* answered and entered, but what it wrote does not stand: a dry run */
	gboolean stands;    /* committed: an error from here on is no refusal, unless there is a "then" */
	const char *outcome; /* for the ledger: what came of it, a constant, or NULL */
	char *subject;      /* for the ledger: resource, case, account … it was about */
	json_t *conditions; /* for the ledger: what was searched for, or NULL */
	char *grant_to_sign; /* after the commit the clock is asked to sign it */
	FnRouteHandler then; /* after the commit: makes the answer in place of the handler's; may be NULL */
	/* An answer that is no JSON; what the handler returned is thrown away then. */
	GBytes *bytes;
	const char *bytes_type, *bytes_cache; /* constants: Content-Type, Cache-Control */
	const char *bytes_policy; /* constant: Content-Security-Policy, or NULL */
	char *bytes_name;         /* Content-Disposition, or NULL */
	struct FnFeed *feed;
	struct FnApiIntake *intake; /* what was read before the transaction, or NULL */
	char *confirmed;    /* the account that gave its password with this call, or NULL */
};

struct FnRoute {
	const char *method, *path; /* below /api/v1; '*' stands for one part, a last "**" for all that follow */
	const char *offices;       /* who may: "" anyone, "*" any account, else office names separated by spaces */
	const char *event;         /* entered in the ledger; NULL: a read of no consequence */
	FnRouteHandler handler;
	const char *about;
	gboolean (*prepare)(FnApiCall *call, GError **error); /* what takes long: before the transaction, once the caller is known; NULL: nothing */
};
extern const FnRoute fn_api_routes[]; /* ends with method == NULL */

struct FnApi {
	FnApiOptions options;
	FnSuite suite;
	FnPool *pool, *scans; /* documents take long: they have threads of their own */
	struct FnApiIndex *index; /* of the ledger: audit.c */
	FnSubjects *subjects;
	struct FnFeeds *feeds;
	FnStrangers *strangers;
};

typedef enum {
	FN_API_ERROR_INPUT,     /* 400 */
	FN_API_ERROR_SESSION,   /* 401 */
	FN_API_ERROR_FORBIDDEN, /* 403 */
	FN_API_ERROR_PASSWORD,  /* 403: an own password comes first */
	FN_API_ERROR_UNKNOWN,   /* 404 */
	FN_API_ERROR_METHOD,    /* 405 */
	FN_API_ERROR_STATE,     /* 409 */
	FN_API_ERROR_SIZE,      /* 413 */
	FN_API_ERROR_SERVICE,   /* 503 */
	FN_API_ERROR_BUSY,      /* 503 */
} FnApiError;
#define FN_API_ERROR (fn_api_error_quark())
GQuark fn_api_error_quark(void);

/* HTTP status and stable code of an error of any room. */
guint fn_api_status(const GError *error, const char **code_out);

/* A member of the request's body as text; NULL with an error when it is absent. */
const char *fn_api_need(FnApiCall *call, const char *name, GError **error);
/* Members that may be absent (then NULL, @otherwise); another type is an error, never passed over. */
gboolean fn_api_want(FnApiCall *call, const char *name, const char **text_out, GError **error);
gboolean fn_api_want_truth(FnApiCall *call, const char *name, gboolean otherwise, gboolean *truth_out, GError **error);
gboolean fn_api_want_number(FnApiCall *call, const char *name, gint64 otherwise, gint64 *number_out, GError **error);
/* A whole number from 0 on, of the address; @text NULL: @otherwise. @name is for the message. */
gboolean fn_api_number(const char *text, const char *name, guint64 otherwise, guint64 *number_out, GError **error);

/* The session's token (NULL without one), what binds it to a terminal, and its idle time. */
const char *fn_api_token(FnApiCall *call);
char *fn_api_terminal(FnApiCall *call);
gint64 fn_api_idle(const FnApi *api);

/* The registry of a thread of the pool; NULL and an error when it cannot be opened. */
FnDb *fn_api_registry(gpointer worker, GError **error);
gboolean fn_api_permits(const FnRoute *route, const FnActor *actor);
/* Answers with these bytes in place of JSON; takes them over. */
json_t *fn_api_answer_bytes(FnApiCall *call, GBytes *bytes, const char *type, const char *cache);
/* Enters what strangers were refused and has waited for a minute; all of it when @all. */
void fn_api_enter_strangers(FnApi *api, gboolean all);

/* audit.c: one connection to the index of the ledger, opened when it is first needed. */
struct FnApiIndex *fn_api_index_new(const FnSettings *settings, FnIpcClient *ledger);
void fn_api_index_free(struct FnApiIndex *index);
/* As fn_audit_search(); with NULL for @question as fn_audit_state(). */
json_t *fn_api_index_ask(struct FnApiIndex *index, const FnAuditQuestion *question, GError **error);
/* {"indexed","lag"}, or null while there is none. */
json_t *fn_api_index_state(struct FnApiIndex *index);

/* The body of this request is a document: one to be looked at, of any format, or rows for a record book. */
gboolean fn_api_is_document(const FnHttpRequest *request);

/* Whether a document of which fengni-inspect said this may be kept; else INPUT with the reason. */
gboolean fn_api_is_harmless(GBytes *reply, GError **error);
/* cases.c: what is done before a file is attached, outside of any transaction. */
gboolean fn_api_inspect_file(FnApiCall *call, GError **error);
/* An account that is closed leaves no open case behind: they go to "to" of the body, or the call is refused. */
gboolean fn_api_leave_cases(FnApiCall *call, GError **error);

/* Asks another program of ours; @payload JSON, reply JSON. */
json_t *fn_api_ask(FnIpcClient *peer, guint32 op, const json_t *payload, GError **error);

/* catalog.c: where files of sources lie; a source by its id, for whom the handler let through. */
char *fn_api_source_root(FnApiCall *call);
FnSourceConnection *fn_api_open_source(FnApiCall *call, const char *id, GError **error);
/* intake.c; NULL is allowed. */
void fn_api_intake_free(struct FnApiIntake *intake);

/* Handlers, by file. */
json_t *fn_api_login(FnApiCall *call, GError **error);
json_t *fn_api_logout(FnApiCall *call, GError **error);
json_t *fn_api_renew(FnApiCall *call, GError **error);
json_t *fn_api_me(FnApiCall *call, GError **error);
json_t *fn_api_set_password(FnApiCall *call, GError **error);
json_t *fn_api_enroll_totp(FnApiCall *call, GError **error);
json_t *fn_api_list_organizations(FnApiCall *call, GError **error);
json_t *fn_api_add_organization(FnApiCall *call, GError **error);
json_t *fn_api_list_accounts(FnApiCall *call, GError **error);
json_t *fn_api_add_account(FnApiCall *call, GError **error);
json_t *fn_api_close_account(FnApiCall *call, GError **error);
json_t *fn_api_set_office(FnApiCall *call, GError **error);
json_t *fn_api_first_password(FnApiCall *call, GError **error);
json_t *fn_api_delegate(FnApiCall *call, GError **error);
json_t *fn_api_list_systems(FnApiCall *call, GError **error);
json_t *fn_api_add_system(FnApiCall *call, GError **error);
json_t *fn_api_issue_certificate(FnApiCall *call, GError **error);
json_t *fn_api_close_system(FnApiCall *call, GError **error);
json_t *fn_api_revoke_certificate(FnApiCall *call, GError **error);
json_t *fn_api_allow_operator(FnApiCall *call, GError **error);
json_t *fn_api_add_source(FnApiCall *call, GError **error);
json_t *fn_api_list_sources(FnApiCall *call, GError **error);
json_t *fn_api_source_tables(FnApiCall *call, GError **error);
json_t *fn_api_profile_table(FnApiCall *call, GError **error);
json_t *fn_api_add_resource(FnApiCall *call, GError **error);
json_t *fn_api_update_resource(FnApiCall *call, GError **error);
json_t *fn_api_show_resource(FnApiCall *call, GError **error);
json_t *fn_api_missing(FnApiCall *call, GError **error);
json_t *fn_api_assess(FnApiCall *call, GError **error);
json_t *fn_api_accept_basis(FnApiCall *call, GError **error);
json_t *fn_api_list_papers(FnApiCall *call, GError **error);
json_t *fn_api_add_paper(FnApiCall *call, GError **error);
json_t *fn_api_sign_paper(FnApiCall *call, GError **error);
json_t *fn_api_search(FnApiCall *call, GError **error);
json_t *fn_api_open_case(FnApiCall *call, GError **error);
json_t *fn_api_step_case(FnApiCall *call, GError **error);
json_t *fn_api_step_cases(FnApiCall *call, GError **error);
json_t *fn_api_list_cases(FnApiCall *call, GError **error);
json_t *fn_api_list_procedures(FnApiCall *call, GError **error);
json_t *fn_api_show_procedure(FnApiCall *call, GError **error);
json_t *fn_api_attach(FnApiCall *call, GError **error);
json_t *fn_api_list_attachments(FnApiCall *call, GError **error);
json_t *fn_api_read_attachment(FnApiCall *call, GError **error);
json_t *fn_api_print_case(FnApiCall *call, GError **error);
json_t *fn_api_claim_case(FnApiCall *call, GError **error);
json_t *fn_api_hand_case_over(FnApiCall *call, GError **error);
json_t *fn_api_hand_account_over(FnApiCall *call, GError **error);
json_t *fn_api_show_case(FnApiCall *call, GError **error);
json_t *fn_api_use_reversal(FnApiCall *call, GError **error);
json_t *fn_api_inbox(FnApiCall *call, GError **error);
json_t *fn_api_list_checks(FnApiCall *call, GError **error);
json_t *fn_api_compliance(FnApiCall *call, GError **error);
json_t *fn_api_list_reports(FnApiCall *call, GError **error);
json_t *fn_api_make_report(FnApiCall *call, GError **error);
json_t *fn_api_list_inspections(FnApiCall *call, GError **error);
json_t *fn_api_show_inspection(FnApiCall *call, GError **error);
json_t *fn_api_run_inspection(FnApiCall *call, GError **error);
json_t *fn_api_answer_inspection(FnApiCall *call, GError **error);
json_t *fn_api_close_inspection(FnApiCall *call, GError **error);
json_t *fn_api_list_findings(FnApiCall *call, GError **error);
json_t *fn_api_list_scores(FnApiCall *call, GError **error);
json_t *fn_api_notices(FnApiCall *call, GError **error);
json_t *fn_api_contact(FnApiCall *call, GError **error);
json_t *fn_api_set_contact(FnApiCall *call, GError **error);
json_t *fn_api_outbox(FnApiCall *call, GError **error);
json_t *fn_api_list_grants(FnApiCall *call, GError **error);
json_t *fn_api_show_grant(FnApiCall *call, GError **error);
json_t *fn_api_explain(FnApiCall *call, GError **error);
json_t *fn_api_scan(FnApiCall *call, GError **error);
json_t *fn_api_detectors(FnApiCall *call, GError **error);
json_t *fn_api_profiles(FnApiCall *call, GError **error);
json_t *fn_api_ledger_head(FnApiCall *call, GError **error);
json_t *fn_api_ledger_witnesses(FnApiCall *call, GError **error);
json_t *fn_api_ledger_checkpoint(FnApiCall *call, GError **error);
json_t *fn_api_ledger_cosigned(FnApiCall *call, GError **error);
json_t *fn_api_ledger_heads(FnApiCall *call, GError **error);
json_t *fn_api_ledger_tile(FnApiCall *call, GError **error);
json_t *fn_api_ledger_bundle(FnApiCall *call, GError **error);
json_t *fn_api_ledger_inclusion(FnApiCall *call, GError **error);
json_t *fn_api_ledger_consistency(FnApiCall *call, GError **error);
json_t *fn_api_ledger_entries(FnApiCall *call, GError **error);
json_t *fn_api_ledger_entry(FnApiCall *call, GError **error);
json_t *fn_api_ledger_receipt(FnApiCall *call, GError **error);
json_t *fn_api_open_lookup(FnApiCall *call, GError **error);
json_t *fn_api_use_lookup(FnApiCall *call, GError **error);
json_t *fn_api_search_ledger(FnApiCall *call, GError **error);
json_t *fn_api_ledger_stream(FnApiCall *call, GError **error);
json_t *fn_api_ledger_export(FnApiCall *call, GError **error);
json_t *fn_api_list_alerts(FnApiCall *call, GError **error);
json_t *fn_api_show_alert(FnApiCall *call, GError **error);
json_t *fn_api_list_watch_rules(FnApiCall *call, GError **error);
json_t *fn_api_handle_alert(FnApiCall *call, GError **error);
json_t *fn_api_list_registers(FnApiCall *call, GError **error);
json_t *fn_api_show_register(FnApiCall *call, GError **error);
json_t *fn_api_find_records(FnApiCall *call, GError **error);
json_t *fn_api_add_record(FnApiCall *call, GError **error);
json_t *fn_api_show_record(FnApiCall *call, GError **error);
json_t *fn_api_change_record(FnApiCall *call, GError **error);
json_t *fn_api_close_record(FnApiCall *call, GError **error);
json_t *fn_api_record_history(FnApiCall *call, GError **error);
json_t *fn_api_import_records(FnApiCall *call, GError **error);
json_t *fn_api_export_records(FnApiCall *call, GError **error);
gboolean fn_api_prepare_batch(FnApiCall *call, GError **error);
json_t *fn_api_send_batch(FnApiCall *call, GError **error);
json_t *fn_api_list_batches(FnApiCall *call, GError **error);
json_t *fn_api_show_batch(FnApiCall *call, GError **error);
json_t *fn_api_release_batch(FnApiCall *call, GError **error);
json_t *fn_api_discard_batch(FnApiCall *call, GError **error);
json_t *fn_api_trace_value(FnApiCall *call, GError **error);
gboolean fn_api_prepare_comparison(FnApiCall *call, GError **error);
json_t *fn_api_compare_resource(FnApiCall *call, GError **error);
json_t *fn_api_advance_clock(FnApiCall *call, GError **error);
json_t *fn_api_health(FnApiCall *call, GError **error);

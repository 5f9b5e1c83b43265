/* fengni-inspect's requests: jobs that come in pieces, and questions of one frame. The server's thread only sorts them; one
 * pool answers what is quick, another waits for workers, so that a slow document stops nobody else. */
#include "inspect/inspect_priv.h"

#include "base/json.h"

#include <string.h>

#define MIB (G_GUINT64_CONSTANT(1) << 20)
#define HELD_MAX (1024 * MIB) /* documents under way, all together */
#define IDLE (60 * G_USEC_PER_SEC)
enum { JOBS = 128, JOBS_OF_PEER = 32, PIECES = 4, QUICK_THREADS = 2, QUEUE = 512, LISTED_MAX = 4000 };

typedef struct {
	FnIpcToken *token;
	guint32 op;
	GBytes *payload;
} Work;

typedef struct {
	FnInspectService *service;
	FnInspection *inspection;
	guint64 number, peer;
	GQueue work;      /* Work; this and what follows under the service's mutex */
	gboolean running; /* a thread has it, or will */
	gboolean gone;    /* nobody asks for it any more: who has it frees it */
	guint64 held;
	gint64 used; /* monotonic */
} Job;

static const char too_many[] = "too many documents are being inspected: try again later";

struct FnInspectService {
	FnInspector *inspector;
	FnScannerRef *scanner;
	FnPool *quick, *slow;
	FnMutex mutex;
	/* under the mutex: */
	GHashTable *jobs; /* number → Job; one whose end was asked for has left it */
	guint64 last;
	guint64 held;
};

/* ---- answers ---- */

/* {"email": 3, …} over all that is listed. */
static char *
counts_of(const FnScanResult *result)
{
	g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GList) names = NULL;
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	for (guint i = 0; i < result->listed; i++) {
		gpointer name = (gpointer)fn_scan_finding(result, i).detector;

		g_hash_table_insert(counts, name, GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(counts, name)) + 1));
	}
	names = g_list_sort(g_hash_table_get_keys(counts), (GCompareFunc)strcmp);
	fn_json_begin_object(&json);
	for (const GList *at = names; at != NULL; at = at->next)
		fn_json_member_int(&json, at->data, GPOINTER_TO_UINT(g_hash_table_lookup(counts, at->data)));
	fn_json_end_object(&json);
	return g_string_free(text, FALSE);
}

/* What fits a frame: verdict, level and counts are of all findings, the list is of the first. */
static void
reply_result(FnIpcToken *token, FnScanResult *result)
{
	g_autofree char *counts = counts_of(result), *json = NULL;
	g_autoptr(GString) text = g_string_new(NULL);

	result->listed = MIN(result->listed, LISTED_MAX);
	do {
		g_free(json);
		if (result->listed < result->found && result->reason == NULL)
			result->reason = g_strdup_printf("only the first of %" G_GUINT64_FORMAT " findings are listed", result->found);
		json = fn_scan_result_json(result);
		g_string_printf(text, "%.*s,\"counts\":%s}", (int)strlen(json) - 1, json, counts);
		result->listed /= 2;
	} while (text->len > FN_IPC_MAX && result->listed > 0);
	fn_ipc_reply(token, text->str, text->len);
}

/* ---- jobs ---- */

static void
work_free(Work *work)
{
	g_bytes_unref(work->payload);
	g_free(work);
}

/* Nobody has it, and it is in no table. */
static void
job_free(gpointer data)
{
	Job *job = data;
	Work *work;

	while ((work = g_queue_pop_head(&job->work)) != NULL) {
		fn_ipc_refuse(work->token, "no_job", "the job was given up");
		work_free(work);
	}
	fn_mutex_lock(&job->service->mutex);
	job->service->held -= job->held;
	fn_mutex_unlock(&job->service->mutex);
	fn_inspection_free(job->inspection);
	g_free(job);
}

/* A piece was taken: TRUE while all documents together are within bounds. */
static gboolean
count_held(Job *job)
{
	FnInspectService *service = job->service;
	guint64 now = fn_inspection_held(job->inspection);
	gboolean fits;

	fn_mutex_lock(&service->mutex);
	service->held += now - job->held;
	job->held = now;
	fits = service->held <= HELD_MAX;
	fn_mutex_unlock(&service->mutex);
	return fits;
}

static void
add_piece(Job *job, Work *work)
{
	gsize size;
	const char *bytes = g_bytes_get_data(work->payload, &size);
	char more = (char)fn_inspection_add(job->inspection, bytes + sizeof(guint64), size - sizeof(guint64));

	if (count_held(job))
		fn_ipc_reply(work->token, &more, 1);
	else
		fn_ipc_refuse(work->token, "busy", too_many);
	work_free(work);
}

/* END is the last of a job: nothing can follow it. */
static void
end_job(gpointer data, gpointer worker)
{
	Job *job = data;
	Work *work = g_queue_pop_head(&job->work);
	gsize size;
	const char *bytes = g_bytes_get_data(work->payload, &size);
	g_autofree char *broken = size > sizeof(guint64) ? g_strndup(bytes + sizeof(guint64), size - sizeof(guint64)) : NULL;
	g_autoptr(FnScanResult) result = fn_inspection_end(job->inspection, broken);

	reply_result(work->token, result);
	work_free(work);
	job_free(job);
}

static void
abort_job(Job *job)
{
	Work *work = g_queue_pop_head(&job->work);

	fn_ipc_reply(work->token, NULL, 0);
	work_free(work);
	job_free(job);
}

/* With the mutex: what comes next; 0 when nothing does, and then nobody has the job any more. */
static guint32
next_op(Job *job)
{
	const Work *next = job->gone ? NULL : g_queue_peek_head(&job->work);

	job->used = g_get_monotonic_time();
	job->running = next != NULL;
	return next != NULL ? next->op : 0;
}

/* What waits for a worker is left to the slow pool. */
static void
finish_job(Job *job)
{
	if (!fn_inspection_needs_worker(job->inspection))
		end_job(job, NULL);
	else if (!fn_pool_push(job->service->slow, end_job, job))
		job_free(job);
}

/* Does all that is there to do for one job. */
static void
run_job(gpointer data, gpointer worker)
{
	Job *job = data;
	FnInspectService *service = job->service;
	gboolean gone = FALSE;
	Work *piece = NULL;
	guint32 op;

	do {
		fn_mutex_lock(&service->mutex);
		op = next_op(job);
		gone = job->gone;
		piece = op == FN_INSPECT_OP_ADD ? g_queue_pop_head(&job->work) : NULL;
		fn_mutex_unlock(&service->mutex);
		if (piece != NULL)
			add_piece(job, piece);
	} while (piece != NULL);
	if (op == FN_INSPECT_OP_END)
		finish_job(job);
	else if (op == FN_INSPECT_OP_ABORT)
		abort_job(job);
	else if (gone)
		job_free(job);
}

/* ---- the server's thread ---- */

/* With the mutex: takes @job out of the table. It is given to @free_later unless a thread has it. */
static void
forget(Job *job, GHashTableIter *at, GPtrArray *free_later)
{
	job->gone = TRUE;
	if (!job->running)
		g_ptr_array_add(free_later, job);
	g_hash_table_iter_remove(at);
}

typedef gboolean (*JobTest)(const Job *job, gpointer data);

static void
forget_all(FnInspectService *service, JobTest test, gpointer data)
{
	g_autoptr(GPtrArray) free_later = g_ptr_array_new_with_free_func(job_free);
	GHashTableIter at;
	gpointer job;

	fn_mutex_lock(&service->mutex);
	g_hash_table_iter_init(&at, service->jobs);
	while (g_hash_table_iter_next(&at, NULL, &job))
		if (test(job, data))
			forget(job, &at, free_later);
	fn_mutex_unlock(&service->mutex);
}

static gboolean
is_of_peer(const Job *job, gpointer peer)
{
	return job->peer == *(const guint64 *)peer;
}

static gboolean
is_idle(const Job *job, gpointer now)
{
	return !job->running && job->used + IDLE < *(const gint64 *)now;
}

static gboolean
is_any(const Job *job, gpointer data)
{
	return TRUE;
}

void
fn_inspect_service_leave(guint64 peer, gpointer service)
{
	forget_all(service, is_of_peer, &peer);
}

void
fn_inspect_service_tick(FnInspectService *service)
{
	gint64 now = g_get_monotonic_time();

	forget_all(service, is_idle, &now);
}

/* With the mutex. */
static gboolean
may_open(const FnInspectService *service, guint64 peer)
{
	GHashTableIter at;
	gpointer job;
	guint of_peer = 0;

	g_hash_table_iter_init(&at, service->jobs);
	while (g_hash_table_iter_next(&at, NULL, &job))
		of_peer += ((const Job *)job)->peer == peer;
	return of_peer < JOBS_OF_PEER && g_hash_table_size(service->jobs) < JOBS && service->held < HELD_MAX;
}

static FnInspection *
inspection_of(FnInspectService *service, const guint8 *payload, gsize size, GError **error)
{
	json_t *asked = fn_json_parse((const char *)payload, size, error);
	g_autoptr(FnScanner) scanner = fn_scanner_ref_get(service->scanner);
	FnInspection *inspection = NULL;
	const char *name, *profile = NULL;

	if (asked == NULL)
		return NULL;
	if (!json_is_object(asked))
		g_set_error(error, FN_JSON_ERROR, FN_JSON_ERROR_SHAPE, "no object");
	name = *error == NULL ? fn_json_get_text(asked, "name", FALSE, error) : NULL;
	if (*error == NULL)
		profile = fn_json_get_text(asked, "profile", FALSE, error);
	if (*error == NULL)
		inspection = fn_inspection_new(service->inspector, scanner, profile, name, NULL, NULL, error);
	json_decref(asked);
	return inspection;
}

static void
open_job(FnInspectService *service, FnIpcToken *token, const guint8 *payload, gsize size)
{
	g_autoptr(GError) error = NULL;
	FnInspection *inspection = inspection_of(service, payload, size, &error);
	g_autofree char *reply = NULL;
	Job *job;

	if (inspection == NULL) {
		fn_ipc_refuse(token, "bad_request", error->message);
		return;
	}
	job = g_new0(Job, 1);
	*job = (Job){ .service = service, .inspection = inspection, .peer = fn_ipc_token_peer(token), .used = g_get_monotonic_time() };
	fn_mutex_lock(&service->mutex);
	if (may_open(service, job->peer)) {
		job->number = ++service->last;
		g_hash_table_insert(service->jobs, &job->number, job);
		reply = g_strdup_printf("{\"job\":%" G_GUINT64_FORMAT "}", job->number);
	}
	fn_mutex_unlock(&service->mutex);
	if (reply != NULL) {
		fn_ipc_reply(token, reply, strlen(reply));
		return;
	}
	job_free(job);
	fn_ipc_refuse(token, "busy", too_many);
}

/* With the mutex. NULL: queued; else the refusal. */
static const char *
queue_work(FnInspectService *service, Work *work)
{
	guint64 number;
	Job *job;

	memcpy(&number, g_bytes_get_data(work->payload, NULL), sizeof(number));
	number = GUINT64_FROM_LE(number);
	job = g_hash_table_lookup(service->jobs, &number);
	if (job == NULL || job->peer != fn_ipc_token_peer(work->token))
		return "no_job";
	if (job->work.length >= PIECES || (!job->running && !fn_pool_push(service->quick, run_job, job)))
		return "busy";
	job->running = TRUE;
	g_queue_push_tail(&job->work, work);
	if (work->op != FN_INSPECT_OP_ADD)
		g_hash_table_remove(service->jobs, &number);
	return NULL;
}

static void
go_on(FnInspectService *service, FnIpcToken *token, guint32 op, const guint8 *payload, gsize size)
{
	const char *refusal = "bad_request";
	Work *work = g_new(Work, 1);

	*work = (Work){ token, op, g_bytes_new(payload, size) };
	if (size >= sizeof(guint64)) {
		fn_mutex_lock(&service->mutex);
		refusal = queue_work(service, work);
		fn_mutex_unlock(&service->mutex);
	}
	if (refusal == NULL)
		return;
	fn_ipc_refuse(token, refusal, "no such job of this connection, or too much of it at once");
	work_free(work);
}

/* ---- questions of one frame ---- */

typedef struct {
	FnInspectService *service;
	Work work;
} Question;

static void
answer_question(gpointer data, gpointer worker)
{
	g_autofree Question *question = data;
	g_autoptr(FnScanner) scanner = fn_scanner_ref_get(question->service->scanner);
	gsize size;
	const char *bytes = g_bytes_get_data(question->work.payload, &size);

	if (question->work.op == FN_INSPECT_OP_SCAN) {
		g_autoptr(FnScanResult) result = fn_scan(scanner, bytes, size);

		reply_result(question->work.token, result);
	} else {
		g_autoptr(GError) error = NULL;
		g_autofree char *json = fn_scan_profile_json(scanner, bytes, size, &error);

		if (json != NULL)
			fn_ipc_reply(question->work.token, json, strlen(json));
		else
			fn_ipc_refuse(question->work.token, "bad_request", error->message);
	}
	g_bytes_unref(question->work.payload);
}

static void
ask(FnInspectService *service, FnIpcToken *token, guint32 op, const guint8 *payload, gsize size)
{
	Question *question = g_new(Question, 1);

	*question = (Question){ service, { token, op, g_bytes_new(payload, size) } };
	if (fn_pool_push(service->quick, answer_question, question))
		return;
	fn_ipc_refuse(token, "busy", too_many);
	g_bytes_unref(question->work.payload);
	g_free(question);
}

/* ---- rules again ---- */

typedef struct {
	FnScannerRef *scanner;
	const char *directory, *pack, *more;
	FnInspectReload on_reload;
} Reload;

static void
reload(gpointer data, gpointer worker)
{
	g_autofree Reload *what = data;
	g_autoptr(GError) error = NULL;

	fn_scanner_ref_reload(what->scanner, what->directory, what->pack, what->more, &error);
	what->on_reload(error);
}

void
fn_inspect_service_reload(FnInspectService *service, const char *directory, const char *pack, const char *more,
	FnInspectReload on_reload)
{
	Reload *what = g_new(Reload, 1);
	g_autoptr(GError) error = NULL;

	*what = (Reload){ service->scanner, directory, pack, more, on_reload };
	if (fn_pool_push(service->quick, reload, what))
		return;
	error = g_error_new(FN_IPC_ERROR, FN_IPC_ERROR_BUSY, "%s", too_many);
	on_reload(error);
	g_free(what);
}

/* ---- the service ---- */

void
fn_inspect_service_handle(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer service)
{
	switch (op) {
	case FN_INSPECT_OP_SCAN:
	case FN_INSPECT_OP_PROFILE:
		ask(service, token, op, payload, size);
		break;
	case FN_INSPECT_OP_OPEN:
		open_job(service, token, payload, size);
		break;
	case FN_INSPECT_OP_ADD:
	case FN_INSPECT_OP_END:
	case FN_INSPECT_OP_ABORT:
		go_on(service, token, op, payload, size);
		break;
	default:
		fn_ipc_refuse(token, "unknown_operation", "fengni-inspect knows scan (16), profile (17), open, add, end and abort (18 to 21)");
	}
}

FnInspectService *
fn_inspect_service_new(FnInspector *inspector, FnScannerRef *scanner)
{
	FnInspectService *service = g_new0(FnInspectService, 1);

	service->inspector = inspector;
	service->scanner = scanner;
	pthread_mutex_init(&service->mutex, NULL);
	service->jobs = g_hash_table_new(g_int64_hash, g_int64_equal);
	service->quick = fn_pool_new("quick", QUICK_THREADS, QUEUE, NULL, NULL, NULL);
	service->slow = fn_pool_new("slow", inspector->options.workers, QUEUE, NULL, NULL, NULL);
	return service;
}

void
fn_inspect_service_free(FnInspectService *service)
{
	if (service == NULL)
		return;
	fn_pool_free(service->quick); /* which may still hand something to the other */
	fn_pool_free(service->slow);
	forget_all(service, is_any, NULL);
	g_hash_table_unref(service->jobs);
	pthread_mutex_destroy(&service->mutex);
	g_free(service);
}

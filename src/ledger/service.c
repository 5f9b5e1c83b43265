#include "ledger/service.h"

#include "base/pool.h"
#include "ledger/published.h"

#include <string.h>

#define READERS 1u
#define WAITING 4096u

struct FnLedgerService {
	FnIpcServer *server;
	FnPool *pool; /* reading and proving: disk, so not on the server's thread */
	FnPool *pruner; /* so that no reader waits for it */
	FnLog *log;
	FnCosignatures *cosignatures; /* NULL: none are taken */
};

typedef struct {
	FnIpcToken *token;
	FnLog *log;
	FnCosignatures *cosignatures;
	guint64 first, second;
	char *rest;
	gsize rest_size;
	void (*answer)(const void *question);
} Question;

/* ---- answers ---- */

static void
refuse(FnIpcToken *token, const GError *error)
{
	static const char *const code[] = {
		[FN_LEDGER_ERROR_OPEN] = "io",
		[FN_LEDGER_ERROR_TAMPERED] = "tampered",
		[FN_LEDGER_ERROR_RECEIPT] = "receipt",
		[FN_LEDGER_ERROR_STOPPED] = "stopped",
		[FN_LEDGER_ERROR_ENTRY] = "entry",
		[FN_LEDGER_ERROR_RESERVE] = "reserve",
		[FN_LEDGER_ERROR_BUSY] = "busy",
		[FN_LEDGER_ERROR_RANGE] = "range",
		[FN_LEDGER_ERROR_NOT_YET] = "not_yet",
		[FN_LEDGER_ERROR_PRUNED] = "pruned",
		[FN_LEDGER_ERROR_FORBIDDEN] = "not_authorised",
	};
	gboolean ours = error->domain == FN_LEDGER_ERROR && (guint)error->code < G_N_ELEMENTS(code);

	fn_ipc_refuse(token, ours ? code[error->code] : "io", error->message);
}

static void
reply_text(FnIpcToken *token, char *text, GError **error)
{
	if (text != NULL)
		fn_ipc_reply(token, text, strlen(text));
	else
		refuse(token, *error);
	g_free(text);
}

static void
appended(guint64 index, const guint8 *salt, const GError *error, gpointer token)
{
	guint8 reply[8 + 16];

	if (error != NULL) {
		refuse(token, error);
		return;
	}
	index = GUINT64_TO_LE(index);
	memcpy(reply, &index, 8);
	memcpy(reply + 8, salt, 16);
	fn_ipc_reply(token, reply, sizeof(reply));
}

static void
answer_read(const void *data)
{
	const Question *question = data;
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autoptr(GError) error = NULL;

	if (fn_log_read(question->log, question->first, (guint)question->second, FN_IPC_MAX, out, &error))
		fn_ipc_reply(question->token, out->data, out->len);
	else
		refuse(question->token, error);
}

static void
answer_head(const void *data)
{
	const Question *question = data;
	g_autoptr(GError) error = NULL;

	reply_text(question->token, fn_log_head(question->log, &error), &error);
}

static void
answer_prove(const void *data)
{
	const Question *question = data;
	g_autoptr(GError) error = NULL;

	reply_text(question->token, fn_log_receipt(question->log, question->first, &error), &error);
}

static void
answer_consistency(const void *data)
{
	const Question *question = data;
	g_autoptr(GError) error = NULL;

	reply_text(question->token, fn_log_consistency(question->log, question->first, question->second, &error), &error);
}

static void
answer_inclusion(const void *data)
{
	const Question *question = data;
	g_autoptr(GError) error = NULL;

	reply_text(question->token, fn_log_inclusion(question->log, question->first, question->second, &error), &error);
}

static void
answer_file(const void *data)
{
	const Question *question = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = fn_log_file(question->log, question->rest, question->rest_size, &error);

	if (bytes != NULL)
		fn_ipc_reply(question->token, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	else
		refuse(question->token, error);
}

static void
answer_status(const void *data)
{
	const Question *question = data;

	reply_text(question->token, fn_log_status(question->log), NULL);
}

static void
reply_number(FnIpcToken *token, guint64 number)
{
	number = GUINT64_TO_LE(number);
	fn_ipc_reply(token, &number, sizeof(number));
}

static void
answer_next(const void *data)
{
	const Question *question = data;
	g_autoptr(GError) error = NULL;
	guint64 next;

	if (fn_log_next(question->log, question->first, &next, &error))
		reply_number(question->token, next);
	else
		refuse(question->token, error);
}

static void
answer_prune(const void *data)
{
	const Question *question = data;
	g_autoptr(GError) error = NULL;
	guint64 minimum;

	if (fn_log_prune(question->log, question->rest, question->rest_size, &minimum, &error))
		reply_number(question->token, minimum);
	else
		refuse(question->token, error);
}

static void
answer_cosign(const void *data)
{
	const Question *question = data;
	g_autoptr(GError) error = NULL;

	if (question->cosignatures == NULL)
		fn_ipc_refuse(question->token, "request", "this ledger takes no cosignatures");
	else if (fn_cosignatures_take(question->cosignatures, question->rest, question->rest_size, &error))
		fn_ipc_reply(question->token, "{}", 2);
	else
		refuse(question->token, error);
}

static void
answer_cosigned(const void *data)
{
	const Question *question = data;

	reply_text(question->token, question->cosignatures != NULL ? fn_cosignatures_list(question->cosignatures)
								    : g_strdup("{\"checkpoint\":null,\"witnesses\":[]}"), NULL);
}

/* ---- operations ---- */

#define AUTHORISED_MAX 4096u

#define MAY(role)  (1u << FN_ROLE_##role)
#define APPENDERS  (MAY(GATE) | MAY(CLOCK) | MAY(KEEPER) | MAY(ADMIN))
#define READERS_OF (MAY(GATE) | MAY(ADMIN))

/* Who may do what. @first and @second are the sizes of the little-endian numbers that make up the request, behind them come
 * at most @rest bytes. */
static const struct {
	guint32 op;
	guint roles;
	guint8 first, second;
	guint32 rest;
	void (*answer)(const void *question); /* NULL: an append */
} table[] = {
	{ FN_LEDGER_OP_APPEND, APPENDERS, 0, 0, 0, NULL },
	{ FN_LEDGER_OP_READ, READERS_OF | MAY(CLOCK), 8, 4, 0, answer_read },
	{ FN_LEDGER_OP_HEAD, APPENDERS | READERS_OF, 0, 0, 0, answer_head },
	{ FN_LEDGER_OP_PROVE, READERS_OF, 8, 0, 0, answer_prove },
	{ FN_LEDGER_OP_STATUS, APPENDERS | READERS_OF, 0, 0, 0, answer_status },
	{ FN_LEDGER_OP_CONSISTENCY, READERS_OF | MAY(CLOCK), 8, 8, 0, answer_consistency },
	{ FN_LEDGER_OP_FILE, READERS_OF, 0, 0, FN_PUBLISHED_PATH_MAX, answer_file },
	{ FN_LEDGER_OP_INCLUSION, READERS_OF, 8, 8, 0, answer_inclusion },
	{ FN_LEDGER_OP_NEXT, READERS_OF | MAY(CLOCK), 8, 0, 0, answer_next },
	{ FN_LEDGER_OP_PRUNE, MAY(CLOCK) | MAY(ADMIN), 0, 0, AUTHORISED_MAX, answer_prune },
	{ FN_LEDGER_OP_COSIGN, MAY(CLOCK) | MAY(ADMIN), 0, 0, FN_COSIGN_MAX, answer_cosign },
	{ FN_LEDGER_OP_COSIGNED, READERS_OF | MAY(CLOCK), 0, 0, 0, answer_cosigned },
};

static guint64
little_endian(const guint8 *at, guint8 size)
{
	guint64 value = 0;

	memcpy(&value, at, size);
	return GUINT64_FROM_LE(value);
}

static void
run_question(gpointer data, gpointer worker)
{
	Question *question = data;

	question->answer(question);
	g_free(question->rest);
	g_free(question);
}

static void
ask(FnLedgerService *service, const Question *question)
{
	Question *copy = g_memdup2(question, sizeof(*question));

	if (fn_pool_push(question->answer == answer_prune ? service->pruner : service->pool, run_question, copy))
		return;
	g_free(copy->rest);
	g_free(copy);
	fn_ipc_refuse(question->token, "busy", "too many wait: try again");
}

static void
handle(FnIpcToken *token, FnRole role, guint32 op, const guint8 *payload, gsize size, gpointer data)
{
	FnLedgerService *service = data;
	gsize i = 0, numbers = 0;

	while (i < G_N_ELEMENTS(table) && table[i].op != op)
		i++;
	if (i < G_N_ELEMENTS(table))
		numbers = (gsize)table[i].first + table[i].second;
	if (i == G_N_ELEMENTS(table)) {
		fn_ipc_refuse(token, "request", "no such operation");
	} else if ((table[i].roles & 1u << role) == 0) {
		fn_ipc_refuse(token, "forbidden", "this program may not do this with the ledger");
	} else if (table[i].answer == NULL && size > 1) {
		fn_log_append(service->log, role, (FnClass)payload[0], (const char *)payload + 1, size - 1, appended, token);
	} else if (table[i].answer == NULL || size < numbers || size - numbers > table[i].rest) {
		fn_ipc_refuse(token, "request", "the request has another size than this operation's");
	} else {
		Question question = { token, service->log, service->cosignatures, little_endian(payload, table[i].first),
			little_endian(payload + table[i].first, table[i].second), g_memdup2(payload + numbers, size - numbers), size - numbers,
			table[i].answer };

		ask(service, &question);
	}
}

static void
batch_end(gpointer data)
{
	fn_log_kick(((FnLedgerService *)data)->log);
}

static void
hold(gpointer data)
{
	fn_ipc_hold(((FnLedgerService *)data)->server);
}

static void
release(gpointer data)
{
	fn_ipc_release(((FnLedgerService *)data)->server);
}

FnLedgerService *
fn_ledger_service_new(const char *socket_path, GError **error)
{
	g_autoptr(FnLedgerService) service = g_new0(FnLedgerService, 1);

	service->server = fn_ipc_server_new(socket_path, handle, batch_end, service, error);
	return service->server != NULL ? g_steal_pointer(&service) : NULL;
}

void
fn_ledger_service_run(FnLedgerService *service, FnLog *log)
{
	service->log = log;
	service->pool = fn_pool_new("ledger-read", READERS, WAITING, NULL, NULL, NULL);
	service->pruner = fn_pool_new("ledger-prune", 1, 1, NULL, NULL, NULL);
	fn_log_around(log, hold, release, service);
	fn_ipc_server_run(service->server);
	g_clear_pointer(&service->pool, fn_pool_free);
	g_clear_pointer(&service->pruner, fn_pool_free);
}

void
fn_ledger_service_cosignatures(FnLedgerService *service, FnCosignatures *cosignatures)
{
	service->cosignatures = cosignatures;
}

static void
on_end(int fd, gpointer data)
{
	fn_ledger_service_stop(data);
}

void
fn_ledger_service_end_on(FnLedgerService *service, int fd)
{
	fn_ipc_server_watch(service->server, fd, on_end, service);
}

void
fn_ledger_service_stop(FnLedgerService *service)
{
	fn_ipc_server_stop(service->server);
}

void
fn_ledger_service_free(FnLedgerService *service)
{
	if (service == NULL)
		return;
	fn_ipc_server_free(service->server);
	g_free(service);
}

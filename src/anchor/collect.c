#include "anchor/collect.h"

#include "anchor/post.h"
#include "anchor/timestamp.h"
#include "base/json.h"
#include "base/pool.h"
#include "base/text.h"
#include "base/time.h"

#include <string.h>

#define TRIES        3u
#define DAY          (G_GINT64_CONSTANT(24) * 3600 * G_USEC_PER_SEC)
#define STAMP_AGAIN  (G_GINT64_CONSTANT(600) * G_USEC_PER_SEC) /* after one that failed */
#define WHY_MAX      300u
#define SIZE_TYPE    "text/x.tlog.size"
#define ALARM_EVENT  "ledger.alarm"
#define STAMP_EVENT  "ledger.timestamp"

typedef enum { NEW, CURRENT, BEHIND, UNREACHABLE, REFUSED, FORK } State;
static const char *const state_name[] = { [NEW] = "new", [CURRENT] = "current", [BEHIND] = "behind", [UNREACHABLE] = "unreachable",
	[REFUSED] = "refused", [FORK] = "fork" };

typedef struct {
	State state;
	guint64 size; /* of the last head it cosigned */
	gint64 time;  /* when, in microseconds; 0: never */
	gint64 since; /* of the trouble; 0: none */
	char *why;
	gboolean alarmed; /* the entry is made */
} Standing;

struct FnCollector {
	FnCollectorOptions options; /* its texts are ours */
	FnPoster *poster, *stamper;
	/* the rounds' alone: */
	gboolean known;     /* what the ledger keeps was asked for */
	gint64 stamp_after; /* on the monotonic clock */
	FnMutex mutex;
	FnCond wake;
	/* under the mutex: */
	gboolean ending;
	Standing *standing; /* one per witness, then the authority's */
	guint64 size;       /* of the last head seen */
	char *log_key, *log_sm2;
};

typedef struct { /* what is brought round */
	FnHead head;
	char *line;
	char *gm_key, *intl_key;
} Round;

static void
round_clear(Round *round)
{
	fn_head_clear(&round->head);
	g_free(round->line);
	g_free(round->gm_key);
	g_free(round->intl_key);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Round, round_clear)

static const FnKnownWitness *
witness_of(const FnCollector *collector, guint i)
{
	return g_ptr_array_index(collector->options.witnesses, i);
}

static Standing *
stamp_of(const FnCollector *collector)
{
	return &collector->standing[collector->options.witnesses->len];
}

FnCollector *
fn_collector_new(const FnCollectorOptions *options)
{
	FnCollector *collector = g_new0(FnCollector, 1);

	collector->options = *options;
	collector->options.timestamp_url = g_strdup(options->timestamp_url);
	collector->options.timestamp_ca = g_strdup(options->timestamp_ca);
	collector->options.timestamp_digest = g_strdup(options->timestamp_digest);
	collector->poster = fn_poster_new(options->witness_ca);
	collector->stamper = fn_poster_new(options->timestamp_ca);
	collector->standing = g_new0(Standing, options->witnesses->len + 1);
	pthread_mutex_init(&collector->mutex, NULL);
	pthread_cond_init(&collector->wake, NULL);
	return collector;
}

void
fn_collector_free(FnCollector *collector)
{
	if (collector == NULL)
		return;
	for (guint i = 0; i <= collector->options.witnesses->len; i++)
		g_free(collector->standing[i].why);
	fn_poster_free(collector->poster);
	fn_poster_free(collector->stamper);
	pthread_mutex_destroy(&collector->mutex);
	pthread_cond_destroy(&collector->wake);
	g_free((char *)collector->options.timestamp_url);
	g_free((char *)collector->options.timestamp_ca);
	g_free((char *)collector->options.timestamp_digest);
	g_free(collector->log_key);
	g_free(collector->log_sm2);
	g_free(collector->standing);
	g_free(collector);
}

/* ---- standing ---- */

/* The one place where a state changes. @why is taken over, NULL when all is well. */
static void
settle(FnCollector *collector, Standing *standing, State state, char *why)
{
	fn_mutex_lock(&collector->mutex);
	if (state == CURRENT) {
		standing->since = 0;
		standing->alarmed = FALSE;
	} else if (standing->since == 0) {
		standing->since = fn_time_now();
	}
	standing->state = state;
	g_free(standing->why);
	standing->why = why;
	fn_mutex_unlock(&collector->mutex);
}

static void
advance(FnCollector *collector, Standing *standing, guint64 size, gint64 time)
{
	fn_mutex_lock(&collector->mutex);
	standing->size = size;
	standing->time = time;
	fn_mutex_unlock(&collector->mutex);
	settle(collector, standing, CURRENT, NULL);
}

/* ---- entries ---- */

static gboolean
enter(const FnCollector *collector, const GString *body)
{
	return fn_ledger_append_wait(collector->options.ledger, FN_CLASS_PERMANENT, body->str, body->len, NULL, NULL);
}

/* TRUE once it is in the ledger. */
static gboolean
raise_alarm(const FnCollector *collector, guint i, const char *kind, guint64 seen, guint64 size)
{
	g_autoptr(GString) text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	fn_json_begin_object(&json);
	fn_json_member(&json, "event", ALARM_EVENT);
	fn_json_member(&json, "kind", kind);
	fn_json_member_int(&json, "seen", (gint64)MIN(seen, G_MAXINT64));
	fn_json_member_int(&json, "size", (gint64)size);
	fn_json_member(&json, "witness", witness_of(collector, i)->key->name);
	fn_json_end_object(&json);
	return enter(collector, text);
}

/* ---- what the ledger knows ---- */

static char *
call(const FnCollector *collector, guint32 op, const void *payload, gsize size, GError **error)
{
	g_autoptr(GBytes) reply = fn_ipc_call(collector->options.ledger, op, payload, size, 0, error);

	return reply != NULL ? g_strndup(g_bytes_get_data(reply, NULL), g_bytes_get_size(reply)) : NULL;
}

static gint64
time_member(const json_t *object)
{
	const char *text = json_string_value(json_object_get(object, "time"));
	gint64 time = 0;

	return text != NULL && fn_time_parse(text, &time) ? time : 0;
}

static void
learn(FnCollector *collector, const json_t *list)
{
	const json_t *stamp = json_object_get(list, "timestamp"), *one;
	size_t j;

	fn_mutex_lock(&collector->mutex);
	json_array_foreach(json_object_get(list, "witnesses"), j, one)
		for (guint i = 0; i < collector->options.witnesses->len; i++)
			if (g_strcmp0(json_string_value(json_object_get(one, "name")), witness_of(collector, i)->key->name) == 0) {
				collector->standing[i].size = (guint64)MAX(json_integer_value(json_object_get(one, "size")), 0);
				collector->standing[i].time = time_member(one);
			}
	stamp_of(collector)->size = (guint64)MAX(json_integer_value(json_object_get(stamp, "size")), 0);
	stamp_of(collector)->time = time_member(stamp);
	fn_mutex_unlock(&collector->mutex);
}

/* Once: what earlier processes collected. */
static gboolean
learn_once(FnCollector *collector)
{
	g_autofree char *text = NULL;
	json_t *list;

	if (collector->known)
		return TRUE;
	text = call(collector, FN_LEDGER_OP_COSIGNED, NULL, 0, NULL);
	list = text != NULL ? fn_json_parse(text, strlen(text), NULL) : NULL;
	if (list != NULL)
		learn(collector, list);
	collector->known = list != NULL;
	json_decref(list);
	return collector->known;
}

/* What the operators of witnesses must be given. */
static void
show_log(FnCollector *collector, const Round *round)
{
	gsize size;
	g_autofree guint8 *raw = g_base64_decode(strchr(round->intl_key, ':') + 1, &size);

	fn_mutex_lock(&collector->mutex);
	collector->size = round->head.size;
	if (collector->log_key == NULL && size == 32) {
		collector->log_key = fn_note_key_text(round->head.origin, FN_NOTE_ED25519, raw);
		collector->log_sm2 = g_strdup(round->gm_key);
	}
	fn_mutex_unlock(&collector->mutex);
}

/* FALSE when there is nothing to bring round: no head yet, no ledger, no keeper. */
static gboolean
begin(FnCollector *collector, Round *round)
{
	const FnCollectorOptions *options = &collector->options;
	FnCanon canon;

	if (!learn_once(collector) || (round->line = call(collector, FN_LEDGER_OP_HEAD, NULL, 0, NULL)) == NULL ||
	    (round->gm_key = options->public_key(options->data, "ledger_head_gm", NULL)) == NULL ||
	    (round->intl_key = options->public_key(options->data, "ledger_head_intl", NULL)) == NULL)
		return FALSE;
	canon = fn_canon_over(round->line, strlen(round->line));
	if (!fn_head_take(&canon, &round->head) || canon.at != canon.end || !fn_head_verify(&round->head, round->gm_key, round->intl_key, NULL))
		return FALSE;
	show_log(collector, round);
	return TRUE;
}

/* ---- one witness ---- */

static gboolean
write_proof(GString *body, const json_t *hashes)
{
	const json_t *hex;
	size_t i;

	json_array_foreach(hashes, i, hex) {
		guint8 hash[FN_DIGEST_SIZE];
		g_autofree char *base64 = NULL;

		if (!json_is_string(hex) || !fn_unhex(json_string_value(hex), hash, sizeof(hash)))
			return FALSE;
		base64 = g_base64_encode(hash, sizeof(hash));
		g_string_append_printf(body, "%s\n", base64);
	}
	g_string_append_c(body, '\n');
	return json_is_array(hashes);
}

/* The proofs that the ledger makes, as the witness wants them. */
static gboolean
write_proofs(const FnCollector *collector, GString *body, guint64 old, const Round *round, gboolean both, GError **error)
{
	guint64 payload[2] = { GUINT64_TO_LE(old), GUINT64_TO_LE(round->head.size) };
	g_autofree char *text = NULL;
	const json_t *proof;
	gboolean written;
	json_t *json;

	if (old == 0 || old == round->head.size) {
		g_string_append(body, both ? "\n\n" : "\n");
		return TRUE;
	}
	text = call(collector, FN_LEDGER_OP_CONSISTENCY, payload, sizeof(payload), error);
	if (text == NULL || (json = fn_json_parse(text, strlen(text), error)) == NULL)
		return FALSE;
	proof = json_object_get(json, "proof");
	written = write_proof(body, json_object_get(proof, "sha256")) && (!both || write_proof(body, json_object_get(proof, "sm3")));
	json_decref(json);
	if (!written)
		g_set_error(error, FN_IPC_ERROR, FN_IPC_ERROR_FRAME, "the ledger's proof is none");
	return written;
}

static char *
request_body(const FnCollector *collector, const FnKnownWitness *witness, guint64 old, const Round *round, GError **error)
{
	g_autoptr(GString) body = g_string_new(NULL);
	gboolean both = witness->sm2 != NULL;

	g_string_append_printf(body, "old %" G_GUINT64_FORMAT "\n", old);
	if (!write_proofs(collector, body, old, round, both, error))
		return NULL;
	g_string_append(body, both ? round->line : round->head.note);
	if (both)
		g_string_append_c(body, '\n');
	return g_string_free(g_steal_pointer(&body), FALSE);
}

/* The text that is kept: the head and what this witness said of it, nothing else that it sent. */
static char *
kept_text(const FnKnownWitness *witness, const FnPosted *posted, const Round *round, GError **error)
{
	FnSpan answer = { (const char *)posted->body->data, posted->body->len }, line, sm2 = { "", 0 };
	g_autofree char *body = fn_head_note_body(&round->head);
	const char *at;

	if (!fn_cosignature_find(answer, (FnSpan){ body, strlen(body) }, witness->key, &line, NULL, error))
		return NULL;
	at = answer.text;
	while (witness->sm2 != NULL && fn_line_next(&at, answer.text + answer.size, &sm2) && !(sm2.size > 4 && memcmp(sm2.text, "sm2 ", 4) == 0))
		sm2 = (FnSpan){ "", 0 };
	return g_strdup_printf("%s\n%.*s%.*s%s", round->line, (int)line.size, line.text, (int)sm2.size, sm2.text, sm2.size > 0 ? "\n" : "");
}

static gboolean
keep(FnCollector *collector, guint i, const FnPosted *posted, const Round *round, GError **error)
{
	const FnKnownWitness *witness = witness_of(collector, i);
	g_autofree char *text = kept_text(witness, posted, round, error);
	g_autofree char *reply = NULL;
	g_auto(FnCosigned) cosigned = { 0 };

	if (text == NULL || !fn_cosigned_verify(text, strlen(text), witness, round->gm_key, round->intl_key, &cosigned, error) ||
	    (reply = call(collector, FN_LEDGER_OP_COSIGN, text, strlen(text), error)) == NULL)
		return FALSE;
	advance(collector, &collector->standing[i], round->head.size, (gint64)MIN(cosigned.time, G_MAXINT64 / G_USEC_PER_SEC) * G_USEC_PER_SEC);
	return TRUE;
}

static char *
said(const FnPosted *posted)
{
	g_autofree char *text = fn_text_safe((const char *)posted->body->data, (gssize)posted->body->len, WHY_MAX);

	return g_strdup_printf("%ld: %s", posted->status, text);
}

static void
fork_seen(FnCollector *collector, guint i, guint64 seen, const Round *round, const char *why)
{
	Standing *standing = &collector->standing[i];

	settle(collector, standing, FORK, g_strdup(why));
	if (!standing->alarmed)
		standing->alarmed = raise_alarm(collector, i, "fork", seen, round->head.size);
}

/* The witness names the size it knows. TRUE: ask again from there. */
static gboolean
conflict(FnCollector *collector, guint i, const FnPosted *posted, guint64 *old, const Round *round)
{
	Standing *standing = &collector->standing[i];
	FnSpan text = { (const char *)posted->body->data, posted->body->len };
	guint64 size;

	if (text.size < 2 || text.text[text.size - 1] != '\n' || !fn_span_unsigned((FnSpan){ text.text, text.size - 1 }, &size)) {
		settle(collector, standing, REFUSED, said(posted));
	} else if (size > round->head.size) {
		fork_seen(collector, i, size, round, "it saw a larger log under this name: this one was set back, or somebody else signs");
	} else if (size == *old && size == round->head.size) {
		fork_seen(collector, i, size, round, "it saw another log of this size under this name");
	} else if (size == *old) {
		settle(collector, standing, REFUSED, g_strdup("it contradicts itself about the size it knows"));
	} else {
		if (size < standing->size && !standing->alarmed)
			standing->alarmed = raise_alarm(collector, i, "witness_set_back", size, round->head.size);
		*old = size;
		return TRUE;
	}
	return FALSE;
}

/* TRUE: once more, from @old. */
static gboolean
ask(FnCollector *collector, guint i, guint64 *old, const Round *round)
{
	const FnKnownWitness *witness = witness_of(collector, i);
	Standing *standing = &collector->standing[i];
	g_autofree char *url = g_strconcat(witness->url, witness->sm2 != NULL ? "/add-head" : "/add-checkpoint", NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *body = request_body(collector, witness, *old, round, &error);
	g_auto(FnPosted) posted = { 0 };

	if (body == NULL) {
		settle(collector, standing, BEHIND, g_strdup(error->message)); /* our own ledger: not the witness' fault */
		return FALSE;
	}
	if (!fn_post(collector->poster, url, "text/plain; charset=utf-8", body, strlen(body), &posted, &error)) {
		settle(collector, standing, UNREACHABLE, g_strdup(error->message));
		return FALSE;
	}
	if (posted.status == 409 && g_strcmp0(posted.type, SIZE_TYPE) == 0)
		return conflict(collector, i, &posted, old, round);
	if (posted.status == 422 && *old != 0)
		fork_seen(collector, i, *old, round, "what it saw is not the beginning of this log");
	else if (posted.status == 429 || posted.status >= 500)
		settle(collector, standing, UNREACHABLE, said(&posted));
	else if (posted.status != 200)
		settle(collector, standing, REFUSED, said(&posted));
	else if (!keep(collector, i, &posted, round, &error))
		settle(collector, standing, REFUSED, fn_text_safe(error->message, -1, WHY_MAX));
	return FALSE;
}

static void
visit(FnCollector *collector, guint i, const Round *round)
{
	guint64 old = collector->standing[i].size;
	guint tries = 0;

	if (collector->standing[i].state == CURRENT && old == round->head.size)
		return;
	if (old > round->head.size) {
		fork_seen(collector, i, old, round, "it cosigned a larger log under this name, and the ledger has kept that: this log was set back");
		return;
	}
	while (ask(collector, i, &old, round))
		if (++tries == TRIES) {
			settle(collector, &collector->standing[i], REFUSED, g_strdup("it names another size each time"));
			return;
		}
}

/* ---- time stamps ---- */

static void
enter_stamp(const FnCollector *collector, GBytes *token, const Round *round, guint64 time)
{
	g_autofree char *moment = fn_time_format((gint64)time * G_USEC_PER_SEC);
	g_autoptr(GString) text = g_string_new(NULL);
	FnJson json = fn_json_to(text);
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *hex = NULL;
	gsize size;
	gconstpointer bytes = g_bytes_get_data(token, &size);

	fn_sm3(bytes, size, digest);
	hex = fn_hex(digest, sizeof(digest));
	fn_json_begin_object(&json);
	fn_json_member(&json, "event", STAMP_EVENT);
	fn_json_member_int(&json, "size", (gint64)round->head.size);
	fn_json_member(&json, "time", moment);
	fn_json_member(&json, "token_sm3", hex);
	fn_json_end_object(&json);
	enter(collector, text);
}

static gboolean
stamp(FnCollector *collector, const Round *round, GError **error)
{
	const FnCollectorOptions *options = &collector->options;
	g_autoptr(FnTimestampRequest) request = fn_timestamp_request_new(options->timestamp_digest, round->line, strlen(round->line), error);
	g_autoptr(GBytes) question = request != NULL ? fn_timestamp_request_bytes(request) : NULL;
	g_autoptr(GBytes) token = NULL;
	g_auto(FnPosted) posted = { 0 };
	g_autofree char *base64 = NULL, *text = NULL, *reply = NULL;
	guint64 time;

	if (request == NULL || !fn_post(collector->stamper, options->timestamp_url, "application/timestamp-query", g_bytes_get_data(question, NULL),
				       g_bytes_get_size(question), &posted, error))
		return FALSE;
	if (posted.status != 200) {
		g_set_error(error, FN_TIMESTAMP_ERROR, FN_TIMESTAMP_ERROR_REFUSED, "%s answers %ld", options->timestamp_url, posted.status);
		return FALSE;
	}
	token = fn_timestamp_take(request, posted.body->data, posted.body->len, options->timestamp_ca, &time, error);
	if (token == NULL)
		return FALSE;
	base64 = g_base64_encode(g_bytes_get_data(token, NULL), g_bytes_get_size(token));
	text = g_strdup_printf("%s\ntimestamp %" G_GUINT64_FORMAT " %s\n", round->line, time, base64);
	reply = call(collector, FN_LEDGER_OP_COSIGN, text, strlen(text), error);
	if (reply == NULL)
		return FALSE;
	enter_stamp(collector, token, round, time);
	advance(collector, stamp_of(collector), round->head.size, (gint64)time * G_USEC_PER_SEC);
	return TRUE;
}

/* A head a day, and only one that says something new. */
static void
stamp_daily(FnCollector *collector, const Round *round)
{
	const Standing *standing = stamp_of(collector);
	g_autoptr(GError) error = NULL;

	if (collector->options.timestamp_url == NULL || standing->size >= round->head.size ||
	    fn_time_now() - standing->time < DAY || g_get_monotonic_time() < collector->stamp_after)
		return;
	if (stamp(collector, round, &error))
		return;
	collector->stamp_after = g_get_monotonic_time() + STAMP_AGAIN;
	settle(collector, stamp_of(collector), error->domain == FN_TIMESTAMP_ERROR ? REFUSED : UNREACHABLE, fn_text_safe(error->message, -1, WHY_MAX));
}

/* ---- rounds ---- */

static gboolean
is_ending(FnCollector *collector)
{
	gboolean ending;

	fn_mutex_lock(&collector->mutex);
	ending = collector->ending;
	fn_mutex_unlock(&collector->mutex);
	return ending;
}

void
fn_collector_round(FnCollector *collector)
{
	g_auto(Round) round = { 0 };

	if (!begin(collector, &round))
		return;
	for (guint i = 0; i < collector->options.witnesses->len && !is_ending(collector); i++)
		visit(collector, i, &round);
	if (!is_ending(collector))
		stamp_daily(collector, &round);
}

void
fn_collector_run(FnCollector *collector)
{
	while (!is_ending(collector)) {
		gint64 until = g_get_monotonic_time() + (gint64)collector->options.interval_s * G_USEC_PER_SEC;

		fn_collector_round(collector);
		fn_mutex_lock(&collector->mutex);
		while (!collector->ending && g_get_monotonic_time() < until)
			fn_cond_wait_for(&collector->wake, &collector->mutex, until - g_get_monotonic_time());
		fn_mutex_unlock(&collector->mutex);
	}
}

void
fn_collector_stop(FnCollector *collector)
{
	fn_mutex_lock(&collector->mutex);
	collector->ending = TRUE;
	pthread_cond_signal(&collector->wake);
	fn_mutex_unlock(&collector->mutex);
	fn_poster_cut(collector->poster);
	fn_poster_cut(collector->stamper);
}

/* ---- telling ---- */

static void
write_time(FnJson *json, const char *name, gint64 time)
{
	g_autofree char *text = time != 0 ? fn_time_format(time) : NULL;

	if (text != NULL)
		fn_json_member(json, name, text);
}

static void
write_standing(FnJson *json, const Standing *standing)
{
	fn_json_member_int(json, "size", (gint64)standing->size);
	fn_json_member(json, "state", state_name[standing->state]);
	write_time(json, "time", standing->time);
	write_time(json, "since", standing->since);
	if (standing->why != NULL)
		fn_json_member(json, "why", standing->why);
}

static void
write_witness(FnJson *json, const FnCollector *collector, guint i)
{
	const FnKnownWitness *witness = witness_of(collector, i);
	const Standing *standing = &collector->standing[i];

	fn_json_begin_object(json);
	fn_json_member(json, "name", witness->key->name);
	fn_json_member(json, "url", witness->url);
	fn_json_member_int(json, "behind", collector->size > standing->size ? (gint64)(collector->size - standing->size) : 0);
	write_standing(json, standing);
	fn_json_end_object(json);
}

/* With the mutex. */
static void
write_status(FnJson *json, const FnCollector *collector)
{
	fn_json_begin_object(json);
	if (collector->log_key != NULL) {
		fn_json_name(json, "log");
		fn_json_begin_object(json);
		fn_json_member(json, "key", collector->log_key);
		fn_json_member(json, "sm2", collector->log_sm2);
		fn_json_end_object(json);
	}
	fn_json_member_int(json, "size", (gint64)collector->size);
	if (collector->options.timestamp_url != NULL) {
		fn_json_name(json, "timestamp");
		fn_json_begin_object(json);
		write_standing(json, stamp_of(collector));
		fn_json_end_object(json);
	}
	fn_json_name(json, "witnesses");
	fn_json_begin_array(json);
	for (guint i = 0; i < collector->options.witnesses->len; i++)
		write_witness(json, collector, i);
	fn_json_end_array(json);
	fn_json_end_object(json);
}

char *
fn_collector_status(FnCollector *collector)
{
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	fn_mutex_lock(&collector->mutex);
	write_status(&json, collector);
	fn_mutex_unlock(&collector->mutex);
	return g_string_free(text, FALSE);
}

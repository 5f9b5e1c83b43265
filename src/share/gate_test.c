/* The gate as the door and a consumer see it, with a real registry, source and ledger. */
#include "rules/fixture.h"
#include "share/test_world.h"

#include <string.h>

typedef struct {
	World *w;
} Fixture;

static void
set_up(Fixture *f, gconstpointer conf)
{
	f->w = world_new(conf != NULL ? conf : "suite = gm\n");
	world_add_grant(f->w, &(WorldGrant){ .id = "g1" });
	world_start_gate(f->w);
	world_wait_ready(f->w);
}

static void
tear_down(Fixture *f, gconstpointer conf)
{
	world_free(f->w);
}

/* Whom the entry says it was about. */
static const char *
subject_of(const json_t *entry)
{
	const json_t *subjects = json_object_get(entry, "subjects");

	g_assert_cmpuint(json_array_size(subjects), ==, 1);
	return json_string_value(json_array_get(subjects, 0));
}

/* ---- a query that is right ---- */

static void
test_query(Fixture *f, gconstpointer unused)
{
	guint64 before = world_size(f->w);
	Answer answer = world_ask(f->w, &(Ask){ 0 });
	g_autofree char *receipt = answer_header(&answer, "Fengni-Receipt");
	json_t *body = fn_json_parse(answer.body->str, answer.body->len, NULL), *entries = world_entries(f->w, before);
	const json_t *row = json_array_get(json_object_get(body, "rows"), 0), *entry = json_array_get(entries, 0);
	char digest[FN_DIGEST_TEXT];
	const char *end;

	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_true(answer.whole);
	g_assert_cmpuint(json_array_size(json_object_get(body, "rows")), ==, 1);
	g_assert_cmpuint(json_object_size(row), ==, 3);
	g_assert_cmpstr(body_text(row, "town"), ==, "town 0");
	g_assert_true(g_str_has_prefix(body_text(row, "name"), "王"));
	g_assert_cmpstr(body_text(row, "name"), !=, "王 \"7\"");
	g_assert_null(strstr(answer.body->str, "ID000007"));
	g_assert_cmpstr(receipt, ==, json_string_value(json_object_get(body, "receipt")));
	/* the entry: one, with what the decree wants, without the person */
	g_assert_cmpuint(json_array_size(entries), ==, 1);
	g_assert_cmpstr(body_text(entry, "event"), ==, "share.query");
	g_assert_cmpstr(body_text(entry, "address"), ==, "10.0.0.9");
	g_assert_cmpstr(body_text(entry, "purpose"), ==, "低保核验");
	g_assert_cmpstr(body_text(entry, "case"), ==, "c-1");
	g_assert_cmpstr(body_text(entry, "operator"), ==, "op1");
	g_assert_cmpstr(body_text(entry, "system"), ==, "s1");
	g_assert_cmpstr(body_text(entry, "organization"), ==, "B");
	g_assert_cmpstr(body_text(entry, "provider"), ==, "A");
	g_assert_cmpuint(strlen(subject_of(entry)), ==, 64);
	end = strstr(answer.body->str, ",\"receipt\"");
	fn_share_digest_text(FN_SUITE_GM, answer.body->str + 8, (gsize)(end - answer.body->str) - 8, digest);
	g_assert_cmpstr(body_text(entry, "digest"), ==, digest);
	g_autofree char *all = json_dumps(entries, 0);

	g_assert_null(strstr(all, "ID000007"));
	json_decref(body);
	json_decref(entries);
	answer_clear(&answer);
}

static void
test_nobody(Fixture *f, gconstpointer unused)
{
	Answer answer = world_ask(f->w, &(Ask){ .body = "{\"keys\":{\"resident_id\":\"nobody' OR 1=1\"},\"fields\":[\"town\"]}" });

	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_true(g_str_has_prefix(answer.body->str, "{\"rows\":[],\"receipt\":\""));
	answer_clear(&answer);
}

/* The same person gives the same keyed digest, another person another. */
static void
test_subject(Fixture *f, gconstpointer unused)
{
	static const char *const bodies[] = { "{\"keys\":{\"resident_id\":\"ID000001\"}}", "{\"keys\":{\"resident_id\":\"\\u0049D000001\"}}",
		"{\"keys\":{\"resident_id\":\"ID000002\"}}" };
	guint64 before = world_size(f->w);
	json_t *entries;

	for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
		Answer answer = world_ask(f->w, &(Ask){ .body = bodies[i] });

		g_assert_cmpuint(answer.status, ==, 200);
		answer_clear(&answer);
	}
	entries = world_entries(f->w, before);
	g_assert_cmpstr(subject_of(json_array_get(entries, 0)), ==, subject_of(json_array_get(entries, 1)));
	g_assert_cmpstr(subject_of(json_array_get(entries, 0)), !=, subject_of(json_array_get(entries, 2)));
	json_decref(entries);
}

/* ---- refusals ---- */

typedef struct {
	const char *why;
	Ask ask;
	guint status;
	const char *code;
	gboolean entered; /* as one's own, not among the strangers' */
} Refusal;

static void
check_refusal(World *w, const Refusal *refusal)
{
	guint64 before = world_size(w);
	Answer answer = world_ask(w, &refusal->ask);
	json_t *problem = fn_json_parse(answer.body->str, answer.body->len, NULL), *entries = world_entries(w, before);
	g_autofree char *receipt = answer_header(&answer, "Fengni-Receipt");

	g_test_message("%s: %u %s", refusal->why, answer.status, body_text(problem, "code"));
	g_assert_cmpstr(body_text(problem, "code"), ==, refusal->code);
	g_assert_cmpuint(answer.status, ==, refusal->status);
	g_assert_cmpuint(strlen(body_text(problem, "detail")), >, 20);
	if (refusal->entered) {
		g_assert_cmpuint(json_array_size(entries), ==, 1);
		g_assert_cmpstr(body_text(json_array_get(entries, 0), "event"), ==, "share.refused");
		g_assert_cmpstr(body_text(json_array_get(entries, 0), "code"), ==, refusal->code);
		g_assert_cmpstr(body_text(json_array_get(entries, 0), "address"), ==, "10.0.0.9");
		g_assert_nonnull(receipt);
	} else {
		g_assert_null(receipt);
	}
	json_decref(problem);
	json_decref(entries);
	answer_clear(&answer);
}

static void
test_refusals(Fixture *f, gconstpointer unused)
{
	World *w = f->w;
	const WorldGrant grants[] = { { .id = "unsigned", .forged = TRUE }, { .id = "replanned", .replanned = TRUE }, { .id = "suspended", .state = "suspended" },
		{ .id = "ended", .state = "terminated" }, { .id = "preparing", .state = "provisioning" }, { .id = "expired", .until = -1 },
		{ .id = "early", .from = WORLD_DAY / 2 }, { .id = "batch", .mode = "batch" }, { .id = "third", .system = "s2", .consumer = "C" },
		{ .id = "secret", .resource = "371400-A-2" }, { .id = "hours", .hour_from = fn_time_minute_of_day(fn_time_now()) < 720 ? 1300u : 1u,
			.hour_until = fn_time_minute_of_day(fn_time_now()) < 720 ? 1301u : 2u } };
	const Refusal refusals[] = {
		{ "field", { .body = "{\"keys\":{\"resident_id\":\"1\"},\"fields\":[\"name\",\"phone\"]}" }, 403, "field_not_granted", TRUE },
		{ "case", { .case_number = "-" }, 403, "case_missing", TRUE },
		{ "no purpose", { .purpose = "-" }, 403, "purpose_missing", TRUE },
		{ "purpose", { .purpose = "curiosity" }, 403, "purpose_not_granted", TRUE },
		{ "no operator", { .operator_account = "-" }, 403, "operator_missing", TRUE },
		{ "operator", { .operator_account = "op9" }, 403, "operator_not_allowed", TRUE },
		{ "no grant", { .grant = "-" }, 403, "grant_missing", TRUE },
		{ "grant", { .grant = "g9" }, 403, "grant_unknown", TRUE },
		{ "unsigned", { .grant = "unsigned" }, 403, "grant_unsigned", TRUE },
		{ "replanned", { .grant = "replanned" }, 403, "grant_unsigned", TRUE },
		{ "suspended", { .grant = "suspended" }, 403, "grant_suspended", TRUE },
		{ "ended", { .grant = "ended" }, 403, "grant_ended", TRUE },
		{ "preparing", { .grant = "preparing" }, 403, "grant_not_active", TRUE },
		{ "expired grant", { .grant = "expired" }, 403, "grant_expired", TRUE },
		{ "early grant", { .grant = "early" }, 403, "grant_not_yet_valid", TRUE },
		{ "hours", { .grant = "hours" }, 403, "outside_hours", TRUE },
		{ "mode", { .grant = "batch" }, 403, "mode_not_granted", TRUE },
		{ "another's grant", { .grant = "third" }, 403, "grant_other_system", TRUE },
		{ "another's operator", { .caller = &w->other, .grant = "third" }, 403, "operator_not_allowed", TRUE },
		{ "other resource", { .grant = "secret" }, 403, "grant_other_resource", TRUE },
		{ "no such resource", { .path = "/share/v1/nothing/query" }, 404, "resource_unknown", TRUE },
		{ "withheld", { .path = "/share/v1/371400-A-3/query" }, 403, "resource_withheld", TRUE },
		{ "draft", { .path = "/share/v1/371400-A-4/query" }, 404, "resource_not_published", TRUE },
		{ "revoked", { .caller = &w->revoked }, 401, "certificate_revoked", TRUE },
		{ "not signed", { .path = "/share/v1/371400-A-2/query", .grant = "secret" }, 401, "signature_missing", TRUE },
		{ "signed wrongly", { .more = "Signature-Input: x=()\r\nSignature: x=:AAAA:\r\n" }, 401, "signature_wrong", TRUE },
		{ "body", { .body = "{\"keys\":{\"resident_id\":1}}" }, 400, "body_malformed", TRUE },
		{ "key", { .body = "{\"keys\":{\"town\":\"1\"}}" }, 400, "key_unknown", TRUE },
		{ "header", { .grant = "a b" }, 400, "header_malformed", TRUE },
		{ "broken percent", { .purpose = "%4" }, 400, "header_malformed", TRUE },
		{ "no certificate", { .no_certificate = TRUE }, 401, "certificate_missing" },
		{ "unknown", { .caller = &w->unknown }, 401, "certificate_unknown" },
		{ "expired", { .caller = &w->expired, .verify = "FAILED:certificate has expired" }, 401, "certificate_expired" },
		{ "untrusted", { .verify = "FAILED:self signed certificate" }, 401, "certificate_untrusted" },
		{ "invented verdict", { .verify = "success" }, 401, "certificate_untrusted" },
		{ "stranger's bad body", { .caller = &w->unknown, .body = "x" }, 401, "certificate_unknown" },
		{ "address", { .path = "/share/v1/371400-A-1/steal" }, 404, "route_unknown" },
		{ "root", { .path = "/" }, 404, "route_unknown" },
		{ "method", { .method = "GET" }, 405, "method_not_allowed" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(grants); i++)
		world_add_grant(w, &grants[i]);
	world_raise(w);
	for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++)
		check_refusal(w, &refusals[i]);
}

/* Strangers get one line a minute, which tells how many they were; nothing is lost at the end. */
static void
test_strangers(Fixture *f, gconstpointer unused)
{
	guint64 before = world_size(f->w);
	json_t *entries, *body;
	gint64 sum = 0;
	gsize i;

	for (guint n = 0; n < 7; n++) {
		Answer answer = world_ask(f->w, &(Ask){ .no_certificate = TRUE });

		g_assert_cmpuint(answer.status, ==, 401);
		answer_clear(&answer);
	}
	world_stop_gate(f->w);
	entries = world_entries(f->w, before);
	g_assert_cmpuint(json_array_size(entries), ==, 2);
	json_array_foreach(entries, i, body) {
		g_assert_cmpstr(body_text(body, "event"), ==, "share.strangers");
		g_assert_cmpstr(body_text(body, "address"), ==, "10.0.0.9");
		sum += json_integer_value(json_object_get(body, "count"));
	}
	g_assert_cmpint(sum, ==, 7);
	json_decref(entries);
}

/* The very next query after a suspension is refused, the very next after resumption is answered. */
static void
test_suspension(Fixture *f, gconstpointer unused)
{
	for (guint i = 0; i < 3; i++) {
		Answer answer = world_ask(f->w, &(Ask){ 0 });

		g_assert_cmpuint(answer.status, ==, 200);
		answer_clear(&answer);
		world_set_state(f->w, "g1", "suspended");
		check_refusal(f->w, &(Refusal){ "suspended", { 0 }, 403, "grant_suspended", TRUE });
		world_set_state(f->w, "g1", "active");
	}
}

/* Terms follow the share's clock. */
static void
test_clock(Fixture *f, gconstpointer unused)
{
	f->w->ahead = 2 * WORLD_DAY;
	check_refusal(f->w, &(Refusal){ "the term is over", { 0 }, 403, "grant_expired", TRUE });
}

static void
test_quota(Fixture *f, gconstpointer unused)
{
	Answer answer;

	world_add_grant(f->w, &(WorldGrant){ .id = "three", .quota = 3, .from = -WORLD_DAY, .until = 3 * WORLD_DAY });
	world_raise(f->w);
	for (guint i = 0; i < 3; i++) {
		answer = world_ask(f->w, &(Ask){ .grant = "three" });
		g_assert_cmpuint(answer.status, ==, 200);
		answer_clear(&answer);
	}
	check_refusal(f->w, &(Refusal){ "a fourth", { .grant = "three" }, 429, "quota_exceeded", TRUE });
	world_stop_gate(f->w); /* a restart does not give it anew: the ledger remembers */
	world_start_gate(f->w);
	world_wait_ready(f->w);
	check_refusal(f->w, &(Refusal){ "a fourth after restart", { .grant = "three" }, 429, "quota_exceeded", TRUE });
	f->w->ahead = WORLD_DAY;
	answer = world_ask(f->w, &(Ask){ .grant = "three" });
	g_assert_cmpuint(answer.status, ==, 200);
	answer_clear(&answer);
}

/* Row scope: who is outside of it is not there. */
static void
test_scope(Fixture *f, gconstpointer unused)
{
	static const struct {
		const char *id, *rows;
		guint found;
	} cases[] = {
		{ "in", "[{\"column\":\"town\",\"field\":\"town\",\"op\":\"=\",\"value\":\"town 0\"}]", 1 },
		{ "out", "[{\"column\":\"town\",\"field\":\"town\",\"op\":\"=\",\"value\":\"town 1\"}]", 0 },
	};
	Answer answer;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		world_add_grant(f->w, &(WorldGrant){ .id = cases[i].id, .rows = cases[i].rows });
	world_add_grant(f->w, &(WorldGrant){ .id = "broken", .rows = "[{\"field\":\"town\"}]" });
	world_raise(f->w);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		answer = world_ask(f->w, &(Ask){ .grant = cases[i].id });
		g_assert_cmpuint(answer.status, ==, 200);
		g_assert_cmpint(strstr(answer.body->str, "\"rows\":[]") == NULL, ==, cases[i].found);
		answer_clear(&answer);
	}
	answer = world_ask(f->w, &(Ask){ .grant = "broken" });
	g_assert_cmpuint(answer.status, >=, 400);
	answer_clear(&answer);
}

/* ---- signed requests ---- */

static char *
sign(World *w, const WorldCaller *caller, gint64 created, const char *nonce)
{
	static const char body[] = "{\"keys\":{\"resident_id\":\"ID000007\"}}";
	g_autoptr(GError) error = NULL;
	g_autoptr(FnSigner) signer = fn_signer_new(caller->key_file, caller->certificate_file, &error);
	char *headers;

	g_assert_no_error(error);
	headers = fn_signer_headers(signer, &(FnSignedRequest){ .path = "/share/v1/371400-A-2/query", .grant = "secret", .case_number = "c-1",
		.operator_account = "op1", .purpose = "%E4%BD%8E%E4%BF%9D%E6%A0%B8%E9%AA%8C", .body = body, .size = strlen(body), .created = created,
		.nonce = nonce }, &error);
	g_assert_no_error(error);
	return headers;
}

static void
test_signed(Fixture *f, gconstpointer unused)
{
	World *w = f->w;
	gint64 now = fn_time_now() / G_USEC_PER_SEC;
	g_autofree char *good = sign(w, &w->hall, 0, "nonce-00000001"), *old = sign(w, &w->hall, now - 400, "nonce-00000002");
	g_autofree char *early = sign(w, &w->hall, now + 400, "nonce-00000003"), *others = sign(w, &w->other, 0, "nonce-00000004");
	Ask ask = { .path = "/share/v1/371400-A-2/query", .grant = "secret", .more = good };
	Answer answer;
	json_t *entries;
	guint64 before;

	world_add_grant(w, &(WorldGrant){ .id = "secret", .resource = "371400-A-2" });
	world_raise(w);
	before = world_size(w);
	answer = world_ask(w, &ask);
	g_assert_cmpuint(answer.status, ==, 200);
	answer_clear(&answer);
	entries = world_entries(w, before);
	g_assert_cmpstr(body_text(json_array_get(entries, 0), "nonce"), ==, "nonce-00000001");
	g_assert_true(json_is_true(json_object_get(json_array_get(entries, 0), "signed")));
	json_decref(entries);
	check_refusal(w, &(Refusal){ "again", ask, 401, "nonce_seen", TRUE });
	ask.more = old;
	check_refusal(w, &(Refusal){ "old", ask, 401, "clock_skew", TRUE });
	ask.more = early;
	check_refusal(w, &(Refusal){ "early", ask, 401, "clock_skew", TRUE });
	ask.more = others;
	check_refusal(w, &(Refusal){ "another's key", ask, 401, "signature_wrong", TRUE });
	ask.more = good;
	ask.case_number = "c-2";
	check_refusal(w, &(Refusal){ "another case than signed", ask, 401, "signature_wrong", TRUE });
}

/* ---- receipts ---- */

static void
test_receipt(Fixture *f, gconstpointer unused)
{
	World *w = f->w;
	Answer answer = world_ask(w, &(Ask){ 0 });
	g_autofree char *id = answer_header(&answer, "Fengni-Receipt"), *path = g_strconcat("/share/v1/receipts/", id, NULL);
	g_autofree char *guess = g_strdup(path);
	g_autoptr(GError) error = NULL;

	answer_clear(&answer);
	for (guint i = 0; i < 200; i++) {
		answer = world_ask(w, &(Ask){ .method = "GET", .path = path });
		if (answer.status == 200)
			break;
		g_assert_cmpuint(answer.status, ==, 503);
		g_assert_nonnull(strstr(answer.body->str, "not_yet"));
		answer_clear(&answer);
		g_usleep(20000);
	}
	g_assert_true(fn_receipt_verify(answer.body->str, answer.body->len, w->ledger_keys->gm_text, w->ledger_keys->intl_text, &error));
	g_assert_no_error(error);
	answer_clear(&answer);
	answer = world_ask(w, &(Ask){ .method = "GET", .path = path, .caller = &w->other });
	g_assert_cmpuint(answer.status, ==, 404);
	answer_clear(&answer);
	guess[strlen(guess) - 1] = guess[strlen(guess) - 1] == '0' ? '1' : '0';
	answer = world_ask(w, &(Ask){ .method = "GET", .path = guess });
	g_assert_cmpuint(answer.status, ==, 404);
	answer_clear(&answer);
	answer = world_ask(w, &(Ask){ .method = "GET", .path = path, .caller = &w->unknown });
	g_assert_cmpuint(answer.status, ==, 401);
	answer_clear(&answer);
	answer = world_ask(w, &(Ask){ .path = path });
	g_assert_cmpuint(answer.status, ==, 405);
	answer_clear(&answer);
}

/* ---- when others are away ---- */

static void
test_ledger_away(Fixture *f, gconstpointer unused)
{
	World *w = f->w;
	Answer answer;

	world_stop_ledger(w);
	answer = world_ask(w, &(Ask){ 0 });
	g_assert_cmpuint(answer.status, ==, 503);
	g_assert_nonnull(strstr(answer.body->str, "ledger_unavailable"));
	g_assert_null(strstr(answer.body->str, "town"));
	answer_clear(&answer);
	world_start_ledger(w);
	for (guint i = 0; i < 100 && answer.status != 200; i++) {
		answer_clear(&answer);
		answer = world_ask(w, &(Ask){ 0 });
	}
	g_assert_cmpuint(answer.status, ==, 200);
	answer_clear(&answer);
}

static void
test_source_away(Fixture *f, gconstpointer unused)
{
	World *w = f->w;
	g_autofree char *path = g_build_filename(w->directory, "residents.db", NULL), *away = g_strconcat(path, ".away", NULL);

	g_assert_cmpint(g_rename(path, away), ==, 0);
	check_refusal(w, &(Refusal){ "no source", { 0 }, 503, "source_unavailable", TRUE });
	g_assert_cmpint(g_rename(away, path), ==, 0);
	Answer answer = world_ask(w, &(Ask){ 0 });

	g_assert_cmpuint(answer.status, ==, 200);
	answer_clear(&answer);
}

/* ---- many at once: each answer has its entry ---- */

enum { THREADS = 8, EACH = 60 };

static void *
ask_many(void *data)
{
	World *w = data;

	for (guint i = 0; i < EACH; i++) {
		g_autofree char *body = g_strdup_printf("{\"keys\":{\"resident_id\":\"ID%06u\"}}", i * 31);
		Answer answer = world_ask(w, &(Ask){ .body = body });

		g_assert_cmpuint(answer.status, ==, 200);
		g_assert_true(answer.whole);
		answer_clear(&answer);
	}
	return NULL;
}

static void
test_many(Fixture *f, gconstpointer unused)
{
	guint64 before = world_size(f->w);
	pthread_t thread[THREADS];
	json_t *entries;

	for (guint i = 0; i < THREADS; i++)
		g_assert_cmpint(pthread_create(&thread[i], NULL, ask_many, f->w), ==, 0);
	for (guint i = 0; i < 20; i++) {
		world_raise(f->w); /* the registry moves meanwhile */
		g_usleep(5000);
	}
	for (guint i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	entries = world_entries(f->w, before);
	g_assert_cmpuint(count_entries(entries, "share.query", "result", "permitted"), ==, THREADS * EACH);
	json_decref(entries);
}

/* ---- rows that hold more than the grant allows ---- */

static const struct {
	const char *grant, *body;
	gboolean released;
} noted[] = {
	{ "note-1", "{\"keys\":{\"resident_id\":\"ID001000\"}}", FALSE },
	{ "note-1", "{\"keys\":{\"resident_id\":\"ID001000\"},\"fields\":[\"town\",\"note\"]}", FALSE },
	{ "note-1", "{\"keys\":{\"resident_id\":\"ID001000\"},\"fields\":[\"town\"]}", TRUE }, /* not asked for */
	{ "note-1", "{\"keys\":{\"resident_id\":\"ID001001\"}}", TRUE },                        /* nothing in it */
	{ "note-2", "{\"keys\":{\"resident_id\":\"ID001000\"}}", FALSE },
	{ "note-3", "{\"keys\":{\"resident_id\":\"ID001000\"}}", TRUE }, /* of a level that may hold it */
};

static void
check_stopped(const Answer *answer, json_t *entries)
{
	json_t *problem = fn_json_parse(answer->body->str, answer->body->len, NULL);
	const json_t *entry = json_array_get(entries, 0), *detectors = json_object_get(entry, "detectors");
	g_autofree char *receipt = answer_header(answer, "Fengni-Receipt"), *all = json_dumps(entries, 0);

	g_assert_cmpuint(answer->status, ==, 409);
	g_assert_cmpstr(body_text(problem, "code"), ==, "output_above_grant");
	g_assert_nonnull(strstr(answer->body->str, "note"));
	g_assert_nonnull(receipt);
	g_assert_cmpuint(json_array_size(entries), ==, 1);
	g_assert_cmpstr(body_text(entry, "event"), ==, "share.refused");
	g_assert_cmpstr(body_text(entry, "code"), ==, "output_above_grant");
	g_assert_cmpstr(body_text(entry, "field"), ==, "note");
	g_assert_cmpint(json_integer_value(json_object_get(entry, "count")), ==, 1);
	g_assert_cmpuint(json_array_size(detectors), ==, 1);
	g_assert_cmpstr(json_string_value(json_array_get(detectors, 0)), ==, "cn.resident_id");
	g_assert_null(strstr(all, WORLD_NUMBER));
	g_assert_null(strstr(answer->body->str, WORLD_NUMBER));
	json_decref(problem);
}

static void
test_rescan(Fixture *f, gconstpointer unused)
{
	for (guint level = 1; level <= 3; level++) {
		g_autofree char *id = g_strdup_printf("note-%u", level);

		world_add_grant(f->w, &(WorldGrant){ .id = id, .note_level = level, .quota = 2 });
	}
	world_raise(f->w);
	for (gsize i = 0; i < G_N_ELEMENTS(noted); i++) {
		guint64 before = world_size(f->w);
		gint64 used = fn_quotas_used(f->w->share->quotas, noted[i].grant, fn_time_now());
		Answer answer = world_ask(f->w, &(Ask){ .grant = noted[i].grant, .body = noted[i].body });
		json_t *entries = world_entries(f->w, before);

		g_test_message("case %zu", i);
		if (noted[i].released)
			g_assert_cmpuint(answer.status, ==, 200);
		else
			check_stopped(&answer, entries);
		/* what was not released is not counted */
		g_assert_cmpint(fn_quotas_used(f->w->share->quotas, noted[i].grant, fn_time_now()), ==, used + noted[i].released);
		json_decref(entries);
		answer_clear(&answer);
	}
}

/* Rules that are read again hold from the next answer on, for grants that were in use before too. */
static void
test_reloaded(Fixture *f, gconstpointer unused)
{
	static const FixtureFile word[] = { { "detectors/x.yaml", "id: x\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nlevel: 4\n"
		"shape: {validator: words}\nscore: {shape: 0.9, report: 0.8}\nwords: [town 0]\n" }, { 0 } };
	g_autofree char *tree = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL), *more = fixture_write(word);
	g_autoptr(GError) error = NULL;

	for (guint turn = 0; turn < 3; turn++) { /* before, with the word, without it again */
		Answer answer = { 0 };

		g_assert_true(turn == 0 || fn_scanner_ref_reload(f->w->scanner, tree, "national", turn == 1 ? more : NULL, &error));
		g_assert_no_error(error);
		answer = world_ask(f->w, &(Ask){ 0 });
		g_assert_cmpuint(answer.status, ==, turn == 1 ? 409 : 200);
		g_assert_true((strstr(answer.body->str, "output_above_grant") != NULL) == (turn == 1));
		answer_clear(&answer);
	}
	fixture_remove(more, word);
}

/* A masked column is what the mask makes of it, nothing else. */
static void
test_masked(Fixture *f, gconstpointer unused)
{
	static const char *const fields[] = { "name", "resident_id", "town" }, *const specs[] = { "partial:keep=1.0", "hash", "keep" };
	const char *values[] = { "王 \"7\"", "ID000007", "town 0" };
	Answer answer = world_ask(f->w, &(Ask){ 0 });
	json_t *body = fn_json_parse(answer.body->str, answer.body->len, NULL);
	const json_t *row = json_array_get(json_object_get(body, "rows"), 0);
	g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
	guint8 key[32];

	fn_sha256("mask/g1/1", strlen("mask/g1/1"), key); /* the world's keeper makes it so */
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
		g_autoptr(FnMaskColumn) mask = fn_mask_column_new(specs[i], FN_SUITE_GM, key, fields[i], NULL);
		const char *value = values[i];
		guint32 size = (guint32)strlen(value);
		FnColumn column = { &value, &size, 1 };
		g_autofree char *expected = NULL;

		fn_mask_apply(mask, &column, arena);
		expected = g_strndup(value, size);
		g_assert_cmpstr(body_text(row, fields[i]), ==, expected);
	}
	json_decref(body);
	answer_clear(&answer);
}

static void
test_explain(Fixture *f, gconstpointer unused)
{
	static const char *const seventh[] = { "name", "phone", NULL };
	FnShareCase about = { .resource = "371400-A-1", .mode = "query", .grant = "g1", .purpose = "低保核验", .case_number = "c-1",
		.operator_account = "op1", .now = fn_time_now() };
	g_autoptr(GError) error = NULL;
	g_autofree char *good = fn_share_explain(f->w->db, f->w->keeper, f->w->share, f->w->settings, &about, "en", NULL, NULL, &error),
			*bad = NULL, *stranger = NULL, *short_of = NULL, *nothing = NULL;

	g_assert_no_error(error);
	g_assert_true(g_str_has_suffix(good, "Permitted.\n"));
	about.resource = about.mode = NULL;
	short_of = fn_share_explain(f->w->db, f->w->keeper, f->w->share, f->w->settings, &about, "en", NULL, NULL, &error);
	g_assert_cmpstr(short_of, ==, good);
	about.grant = "no such grant";
	nothing = fn_share_explain(f->w->db, f->w->keeper, f->w->share, f->w->settings, &about, "en", NULL, NULL, &error);
	g_assert_false(g_str_has_suffix(nothing, "Permitted.\n"));
	about.resource = "371400-A-1", about.mode = "query", about.grant = "g1";
	about.fields = seventh;
	bad = fn_share_explain(f->w->db, f->w->keeper, NULL, f->w->settings, &about, "en", NULL, NULL, NULL);
	g_assert_nonnull(strstr(bad, "field_not_granted: phone"));
	about.certificate = f->w->unknown.fingerprint;
	stranger = fn_share_explain(f->w->db, f->w->keeper, NULL, f->w->settings, &about, "zh", NULL, NULL, NULL);
	g_assert_nonnull(strstr(stranger, "certificate_unknown"));
}

/* ---- what leaves of each field, and why ---- */

static const struct {
	const char *grant, *language;
	gboolean all;          /* fields; else the town alone */
	const char *says[3];   /* in the text; NULL-ended */
	guint masks;
} explained[] = {
	{ "g1", "en", TRUE, { "What leaves of each field:", "    name  Partial (keep=1.0): set when the grant was made [002B-A23b, 003-X1.10]\n" }, 3 },
	{ "g1", "zh", TRUE, { "各数据项的提供方式：", "    resident_id  带密钥摘要: 授权时已确定 [" }, 3 },
	{ "g1", "en", FALSE, { "    town  Keep: set when the grant was made [002B-A23a]\n" }, 1 },
	{ "planned", "en", FALSE, { "    town  Keep: nothing has to be masked at this level [002B-A23a, 002B-A13b, 003-2.2c, 000-P4e]\n" }, 1 },
	{ "planned", "zh", FALSE, { "    town  原样提供: 该级别无须脱敏 [002B-A23a, 002B-A13b, 003-2.2c, 000-P4e]\n" }, 1 },
	{ "forged", "en", TRUE, { "grant_unsigned" }, 0 },
	{ "nothing", "en", TRUE, { "certificate_missing" }, 0 },
};

static void
test_explain_masks(Fixture *f, gconstpointer unused)
{
	static const char *const town[] = { "town", NULL };
	World *w = f->w;
	FnShareCase about = { .resource = "371400-A-1", .mode = "query", .purpose = "低保核验", .case_number = "c-1", .operator_account = "op1",
		.now = fn_time_now(), .rules = w->rules };

	world_add_grant(w, &(WorldGrant){ .id = "planned", .why = "open" });
	world_add_grant(w, &(WorldGrant){ .id = "forged", .forged = TRUE });
	for (gsize i = 0; i < G_N_ELEMENTS(explained); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *text = NULL;
		json_t *masks = NULL;

		about.grant = explained[i].grant;
		about.fields = explained[i].all ? NULL : town;
		text = fn_share_explain(w->db, w->keeper, NULL, w->settings, &about, explained[i].language, NULL, &masks, &error);
		g_assert_no_error(error);
		g_test_message("%s", text);
		for (guint k = 0; explained[i].says[k] != NULL; k++)
			g_assert_nonnull(strstr(text, explained[i].says[k]));
		g_assert_cmpuint(json_array_size(masks), ==, explained[i].masks);
		json_decref(masks);
	}
}

/* The same as JSON: operator, parameters, reason and law of each field. */
static void
test_explain_json(Fixture *f, gconstpointer unused)
{
	World *w = f->w;
	FnShareCase about = { .resource = "371400-A-1", .mode = "query", .grant = "g1", .now = fn_time_now(), .rules = w->rules };
	json_t *masks = NULL;
	const json_t *name;
	g_autofree char *text = fn_share_explain(w->db, w->keeper, NULL, w->settings, &about, "en", NULL, &masks, NULL);

	g_assert_nonnull(text);
	name = json_array_get(masks, 0);
	g_assert_cmpstr(body_text(name, "field"), ==, "name");
	g_assert_cmpstr(body_text(name, "operator"), ==, "partial");
	g_assert_cmpstr(body_text(json_object_get(name, "parameters"), "keep"), ==, "1.0");
	g_assert_cmpstr(body_text(name, "why"), ==, "");
	g_assert_cmpstr(body_text(name, "reason"), ==, "set when the grant was made");
	g_assert_cmpint(json_integer_value(json_object_get(name, "level")), ==, 2);
	g_assert_cmpuint(json_array_size(json_object_get(name, "law")), ==, 2);
	json_decref(masks);
}

#define ADD(path, test) g_test_add(path, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_roles_init(0);
	ADD("/gate/query", test_query);
	ADD("/gate/nobody", test_nobody);
	ADD("/gate/subject", test_subject);
	ADD("/gate/refusals", test_refusals);
	ADD("/gate/strangers", test_strangers);
	ADD("/gate/suspension", test_suspension);
	ADD("/gate/clock", test_clock);
	ADD("/gate/quota", test_quota);
	ADD("/gate/scope", test_scope);
	ADD("/gate/signed", test_signed);
	ADD("/gate/receipt", test_receipt);
	ADD("/gate/ledger-away", test_ledger_away);
	ADD("/gate/source-away", test_source_away);
	ADD("/gate/many", test_many);
	ADD("/gate/rescan", test_rescan);
	ADD("/gate/reloaded", test_reloaded);
	ADD("/gate/masked", test_masked);
	ADD("/gate/explain", test_explain);
	ADD("/gate/explain-masks", test_explain_masks);
	ADD("/gate/explain-json", test_explain_json);
	return g_test_run();
}

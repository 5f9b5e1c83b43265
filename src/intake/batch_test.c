/* Batches from file to pool: attestation, rules of quality, quarantine, lineage, comparison, and what a crash leaves behind. */
#include "intake/intake_priv.h"
#include "intake_sql.h"
#define FIXTURE_ALSO fn_sql_intake_migrations,
#include "catalog/fixture.h"
#include "crypto/crypto.h"

#include <glib/gstdio.h>

#define HEADER "id_number,person_name,phone,born,district\n"
#define FIELDS "'fields': [{'name': 'id_number', 'title': '公民身份号码', 'level': 3, 'identifier': 'direct', 'column': 'sfzh', 'key': true," \
	" 'mask': 'pseudonym:kind=resident_id', 'element': 'resident_id', 'labels': ['personal']}," \
	" {'name': 'person_name', 'title': '姓名', 'level': 3, 'identifier': 'direct', 'column': 'xm'}," \
	" {'name': 'phone', 'title': '手机号码', 'level': 3, 'identifier': 'direct', 'column': 'sj', 'element': 'mobile_number'}," \
	" {'name': 'born', 'title': '出生日期', 'level': 2, 'identifier': 'quasi', 'column': 'csrq'}," \
	" {'name': 'district', 'title': '所在区县', 'level': 1, 'identifier': 'quasi', 'column': 'qx'}]"
#define CODE_FIELDS "'name': '行政区划', 'fields': [{'name': 'code', 'title': '代码', 'level': 1, 'identifier': 'none', 'column': 'dm', 'key': true}]"

typedef struct {
	City *city;
	FnRules *rules;
	char *code, *divisions, *root, *more;
	FnIntake in, as_bureau;
} Town;

/* The test's own rules for the resource, beside those of the tree. */
static void
town_rules(Town *town)
{
	g_autofree char *rules = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL), *folder = g_build_filename(town->more, "quality", NULL);
	g_autofree char *file = g_build_filename(folder, "people.yaml", NULL);
	g_autofree char *text = g_strdup_printf("id: people\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nresource: %s\nrules:\n"
		"  - {kind: complete, field: person_name, at_least: 0.5}\n"
		"  - {kind: valid, field: born, detector: date, min: '1900-01-01', max: '2026-12-31'}\n"
		"  - {kind: reference, field: district, of: %s, to: code}\n"
		"  - {kind: fresh, field: born, days: 30000}\n", town->code, town->divisions);
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
	g_assert_true(g_file_set_contents(file, text, -1, NULL));
	town->rules = fn_rules_load(rules, "national", town->more, &error);
	g_assert_no_error(error);
	g_unlink(file);
	g_rmdir(folder);
}

static Town *
town_new(gconstpointer engine)
{
	Town *town = g_new0(Town, 1);
	g_autoptr(GError) error = NULL;

	town->city = city_new(engine);
	town->root = g_dir_make_tmp("fengni-intake-XXXXXX", NULL);
	town->more = g_dir_make_tmp("fengni-rules-XXXXXX", NULL);
	town->code = fixture_add(town->city, "{" FIELDS "}");
	fixture_publish(town->city, town->code);
	town->divisions = fixture_add(town->city, "{" CODE_FIELDS "}");
	fixture_publish(town->city, town->divisions);
	town_rules(town);
	town->in = (FnIntake){ .db = town->city->db, .rules = town->rules, .root = town->root, .actor = town->city->officer, .now = noon };
	town->as_bureau = town->in;
	town->as_bureau.actor = town->city->bureau_officer;
	g_assert_true(fn_db_commit(town->city->db, &error));
	return town;
}

static void
remove_all(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *inside = g_build_filename(path, name, NULL);

		remove_all(inside);
	}
	g_remove(path);
}

static void
town_free(Town *town)
{
	remove_all(town->root);
	remove_all(town->more);
	fn_rules_free(town->rules);
	city_free(town->city);
	g_free(town->code);
	g_free(town->divisions);
	g_free(town->root);
	g_free(town->more);
	g_free(town);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Town, town_free)

/* A number that is nobody's: sequence @n of a day in 1900. */
static char *
resident(guint n)
{
	g_autofree char *first = g_strdup_printf("11010119000101%03u", n);

	return g_strdup_printf("%s%c", first, fn_resident_id_check_character(first));
}

/* $1 to $9 stand for numbers of residents. */
static char *
filled(const char *text)
{
	GString *out = g_string_new(NULL);

	for (; *text != '\0'; text++)
		if (*text == '$') {
			g_autofree char *number = resident((guint)(*++text - '0'));

			g_string_append(out, number);
		} else {
			g_string_append_c(out, *text);
		}
	return g_string_free(out, FALSE);
}

static char *
digest_of(const char *text)
{
	guint8 digest[FN_DIGEST_SIZE];

	fn_sm3(text, strlen(text), digest);
	return fn_hex(digest, sizeof(digest));
}

static gint64
lines_of(const char *text)
{
	gint64 n = -1;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return MAX(n, 0);
}

static FnIntakeBatch *
take(const FnIntake *in, const char *resource, const char *text, gboolean whole)
{
	g_autofree char *digest = digest_of(text);
	FnIntakeGiven given = { .resource = resource, .name = "x.csv", .digest = digest, .period = "2026-09", .rows = lines_of(text), .whole = whole,
		.bytes = text, .size = strlen(text) };
	g_autoptr(GError) error = NULL;
	FnIntakeBatch *batch = fn_intake_take(in, &given, &error);

	g_assert_no_error(error);
	return batch;
}

static void
enter(const FnIntake *in, const FnIntakeBatch *batch)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_db_begin(in->db, &error));
	fn_intake_enter(in, batch, &error);
	g_assert_no_error(error);
	g_assert_true(fn_db_commit(in->db, &error));
}

static void
settle(const FnIntake *in, const char *resource)
{
	g_autoptr(GError) error = NULL;

	fn_intake_settle(in, resource, &error);
	g_assert_no_error(error);
}

/* The whole way; the id. */
static char *
send(const FnIntake *in, const char *resource, const char *text, gboolean whole, const char *state)
{
	g_autoptr(FnIntakeBatch) batch = take(in, resource, text, whole);
	g_autofree char *reasons = json_dumps(fn_intake_batch_reasons(batch), 0);

	g_test_message("%s", reasons);
	g_assert_cmpstr(fn_intake_batch_state(batch), ==, state);
	enter(in, batch);
	settle(in, resource);
	g_usleep(2000); /* ids rise by the millisecond */
	return g_strdup(fn_intake_batch_id(batch));
}

static gint64
count(const Town *town, const char *resource, const char *table)
{
	g_autoptr(FnIntakePool) pool = fn_intake_pool_open(town->root, resource, NULL, NULL);
	g_autofree char *sql = g_strdup_printf("SELECT COUNT(*) FROM \"%s\"", table);
	sqlite3_stmt *statement;
	gint64 n;

	if (pool == NULL)
		return 0;
	statement = fn_intake_pool_prepare(pool, sql, NULL, NULL, NULL);
	g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
	n = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return n;
}

static void
divisions(Town *town)
{
	g_free(send(&town->in, town->divisions, "code\n130102\n130104\n", FALSE, "pooled"));
}

#define GOOD HEADER "$1,甲,13812345678,1900-01-01,130102\n$2,乙,13912345678,1990-02-03,130104\n"

/* ---- what is right, and what is not ---- */

/* @reasons: "rule/kind/field:count@rows" in order. */
static const struct {
	const char *why, *text, *reasons;
} files[] = {
	{ "good", GOOD, "" },
	{ "titles", "公民身份号码,姓名,手机号码,出生日期,所在区县\n$1,甲,13812345678,1990-01-01,130102\n", "" },
	{ "missing column", "id_number,person_name,phone,born\n$1,甲,,1990-01-01\n", "header/missing/district:1@ " },
	{ "extra column", "id_number,person_name,phone,born,district,secret\n$1,甲,,1990-01-01,130102,x\n", "header/extra/#6:1@ " },
	{ "no header", "$1,甲,13812345678,1900-01-01,130102\n", NULL },
	{ "other order", "person_name,id_number,phone,born,district\n甲,$1,,1990-01-01,130102\n", "header/order/:1@ " },
	{ "malformed", HEADER "$1,甲,13812345678,1900-01-01,130102\n\"$2,乙\n", "form/malformed/:1@3 " },
	{ "uneven", HEADER "$1,甲\n", "form/malformed/:1@2 " },
	{ "empty", "", "form/malformed/:1@1 " },
	{ "no number", HEADER "$1,甲,13812345678,1990-01-01,130102\n,乙,13912345678,1990-02-03,130104\n", "resident_id/complete/id_number:1@3 " },
	{ "wrong number", HEADER "110101190001010011,甲,13812345678,1990-01-01,130102\n", "resident_id/valid/id_number:1@2 " },
	{ "twice", HEADER "$1,甲,13812345678,1990-01-01,130102\n$1,乙,13912345678,1990-02-03,130104\n", "resident_id/unique/id_number:1@3 " },
	{ "few phones", HEADER "$1,甲,,1990-01-01,130102\n$2,乙,,1990-02-03,130104\n", "mobile_number/complete/phone:2@2,3 " },
	{ "bad phone", HEADER "$1,甲,23812345678,1990-01-01,130102\n", "mobile_number/valid/phone:1@2 " },
	{ "one name of two", HEADER "$1,,13812345678,1990-01-01,130102\n$2,乙,13912345678,1990-02-03,130104\n", "" },
	{ "no such day", HEADER "$1,甲,13812345678,1990-02-30,130102\n", "people/valid/born:1@2 " },
	{ "out of bounds", HEADER "$1,甲,13812345678,1990-02-03,130102\n$2,乙,13912345678,1890-02-03,130104\n", "people/valid/born:1@3 " },
	{ "stale", HEADER "$1,甲,13812345678,1901-01-01,130102\n", "people/fresh/born:1@ " },
	{ "refers to nothing", HEADER "$1,甲,13812345678,1990-01-01,139999\n", "people/reference/district:1@2 " },
};

static char *
said(const json_t *reasons)
{
	GString *text = g_string_new(NULL);

	for (gsize i = 0; i < json_array_size(reasons); i++) {
		const json_t *one = json_array_get(reasons, i), *rows = json_object_get(one, "rows");

		g_string_append_printf(text, "%s/%s/%s:%d@", json_string_value(json_object_get(one, "rule")), json_string_value(json_object_get(one, "kind")),
			json_string_value(json_object_get(one, "field")), (int)json_integer_value(json_object_get(one, "count")));
		for (gsize j = 0; j < json_array_size(rows); j++)
			g_string_append_printf(text, "%s%d", j > 0 ? "," : "", (int)json_integer_value(json_array_get(rows, j)));
		g_string_append_c(text, ' ');
	}
	return g_string_free(text, FALSE);
}

static void
test_quality(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine);

	divisions(town);
	for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *text = filled(files[i].text), *reasons = NULL, *number = resident(1);
		g_autoptr(FnIntakeBatch) batch = take(&town->in, town->code, text, FALSE);

		reasons = said(fn_intake_batch_reasons(batch));
		g_test_message("%s: %s", files[i].why, reasons);
		if (files[i].reasons != NULL)
			g_assert_cmpstr(reasons, ==, files[i].reasons);
		g_assert_cmpstr(fn_intake_batch_state(batch), ==, *reasons == '\0' ? "pooled" : "quarantined");
		g_assert_null(strstr(reasons, number)); /* never a value */
		g_assert_null(strstr(reasons, "甲"));
	}
	g_assert_cmpint(count(town, town->code, "rows"), ==, 0); /* none of them was entered */
}

/* Without anything to refer to no value stands there. */
static void
test_no_reference(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine);
	g_autofree char *text = filled(GOOD), *reasons = NULL;
	g_autoptr(FnIntakeBatch) batch = take(&town->in, town->code, text, FALSE);

	reasons = said(fn_intake_batch_reasons(batch));
	g_assert_cmpstr(reasons, ==, "people/reference/district:2@2,3 ");
}

static void
test_attestation(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine);
	g_autofree char *text = filled(GOOD), *digest = digest_of(text), *other = digest_of("x"), *marked = g_strconcat("sm3:", digest, NULL);
	const struct {
		const char *digest, *period;
		gint64 rows;
		const FnActor *actor;
		int code; /* -1: taken */
		const char *reasons;
	} cases[] = {
		{ marked, "2026-09", 2, town->city->officer, -1, "" },
		{ digest, "2026-09", 2, town->city->editor, -1, "" },
		{ digest, "2026-09", 3, town->city->officer, -1, "attestation/count/:1@ " },
		{ other, "2026-09", 2, town->city->officer, -1, "attestation/digest/:1@ " },
		{ "abc", "2026-09", 2, town->city->officer, FN_INTAKE_ERROR_INPUT, NULL },
		{ NULL, "2026-09", 2, town->city->officer, FN_INTAKE_ERROR_INPUT, NULL },
		{ digest, NULL, 2, town->city->officer, FN_INTAKE_ERROR_INPUT, NULL },
		{ digest, "今年的数据", 2, town->city->officer, FN_INTAKE_ERROR_INPUT, NULL },
		{ digest, "2026-09", -1, town->city->officer, FN_INTAKE_ERROR_INPUT, NULL },
		{ digest, "2026-09", 2, town->city->head, FN_INTAKE_ERROR_OFFICE, NULL },
		{ digest, "2026-09", 2, town->city->asker, FN_INTAKE_ERROR_OFFICE, NULL },
		{ digest, "2026-09", 2, town->city->bureau_officer, FN_INTAKE_ERROR_OFFICE, NULL },
	};

	divisions(town);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		FnIntakeGiven given = { .resource = town->code, .digest = cases[i].digest, .period = cases[i].period, .rows = cases[i].rows, .bytes = text,
			.size = strlen(text) };
		FnIntake in = town->in;
		g_autoptr(GError) error = NULL;
		g_autoptr(FnIntakeBatch) batch = NULL;
		g_autofree char *reasons = NULL;

		g_test_message("case %zu", i);
		in.actor = cases[i].actor;
		batch = fn_intake_take(&in, &given, &error);
		if (cases[i].code >= 0) {
			g_assert_error(error, FN_INTAKE_ERROR, cases[i].code);
			continue;
		}
		g_assert_no_error(error);
		reasons = said(fn_intake_batch_reasons(batch));
		g_assert_cmpstr(reasons, ==, cases[i].reasons);
	}
}

/* ---- the pool ---- */

static void
decided(const FnIntake *in, const char *batch, gboolean release, int code)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *resource = NULL;

	g_assert_true(fn_db_begin(in->db, NULL));
	resource = fn_intake_decide(in, batch, release, "核对过原件", &error);
	if (code < 0) {
		g_assert_no_error(error);
		g_assert_true(fn_db_commit(in->db, NULL));
		settle(in, resource);
		return;
	}
	g_assert_error(error, FN_INTAKE_ERROR, code);
	fn_db_rollback(in->db);
}

static void
test_life(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine);
	g_autofree char *good = filled(GOOD), *bad = filled(HEADER "$3,丙,1,1990-01-01,130102\n"), *worse = filled("a\n1\n");
	g_autofree char *first = NULL, *second = NULL, *third = NULL, *fourth = NULL;
	FnIntakeQuery query = { .limit = 2 };
	json_t *list;

	divisions(town);
	first = send(&town->in, town->code, good, FALSE, "pooled");
	g_assert_cmpint(count(town, town->code, "rows"), ==, 2);
	g_assert_cmpint(count(town, town->code, "quarantine"), ==, 0);
	g_free(send(&town->in, town->code, good, FALSE, "quarantined")); /* they stand there already */
	second = send(&town->in, town->code, bad, FALSE, "quarantined");
	g_assert_cmpint(count(town, town->code, "quarantine"), ==, 3);
	decided(&town->in, second, TRUE, FN_INTAKE_ERROR_OFFICE);
	decided(&town->as_bureau, first, TRUE, FN_INTAKE_ERROR_STATE);
	decided(&town->as_bureau, second, TRUE, -1);
	decided(&town->as_bureau, second, FALSE, FN_INTAKE_ERROR_STATE);
	g_assert_cmpint(count(town, town->code, "rows"), ==, 3);
	third = send(&town->in, town->code, worse, FALSE, "quarantined");
	decided(&town->as_bureau, third, TRUE, FN_INTAKE_ERROR_STATE); /* its rows fit nowhere */
	decided(&town->in, third, FALSE, -1);
	fourth = send(&town->in, town->code, good, TRUE, "pooled"); /* takes the place of all */
	g_assert_cmpint(count(town, town->code, "rows"), ==, 2);

	list = fn_intake_batches(&town->as_bureau, &query, NULL);
	g_assert_cmpuint(json_array_size(json_object_get(list, "items")), ==, 2);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(json_object_get(list, "items"), 0), "id")), ==, fourth);
	query.before = json_string_value(json_object_get(list, "next"));
	g_assert_nonnull(query.before);
	json_decref(list);
	query = (FnIntakeQuery){ .limit = 50, .state = "released" };
	list = fn_intake_batches(&town->in, &query, NULL);
	g_assert_cmpuint(json_array_size(json_object_get(list, "items")), ==, 1);
	json_decref(list);
	town->in.actor = town->city->asker; /* of another organization */
	query.state = NULL;
	list = fn_intake_batches(&town->in, &query, NULL);
	g_assert_cmpuint(json_array_size(json_object_get(list, "items")), ==, 0);
	json_decref(list);
	g_assert_null(fn_intake_show(&town->in, first, NULL));
}

/* What is all there is wipes out what was before it, never what came after. */
static void
test_whole_late(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine);
	g_autofree char *bad = filled(HEADER "$3,丙,1,1990-01-01,130102\n"), *good = filled(GOOD), *late = NULL;

	divisions(town);
	late = send(&town->in, town->code, bad, TRUE, "quarantined");
	g_free(send(&town->in, town->code, good, FALSE, "pooled"));
	decided(&town->as_bureau, late, TRUE, FN_INTAKE_ERROR_STATE);
	g_assert_cmpint(count(town, town->code, "rows"), ==, 2);
}

/* Between the pool and the registry, and between the registry and the pool. */
static void
test_crash(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine);
	g_autofree char *good = filled(GOOD), *more = filled(HEADER "$3,丙,13812345678,1990-01-01,130102\n");

	divisions(town);
	fn_intake_batch_free(take(&town->in, town->code, good, FALSE)); /* staged, and nobody ever heard of it */
	settle(&town->in, town->code);
	g_assert_cmpint(count(town, town->code, "quarantine"), ==, 2); /* its call may be under way */
	g_assert_cmpint(count(town, town->code, "rows"), ==, 0);
	town->in.now += 3 * G_TIME_SPAN_HOUR;
	settle(&town->in, town->code);
	g_assert_cmpint(count(town, town->code, "quarantine"), ==, 0);

	{
		g_autoptr(FnIntakeBatch) batch = take(&town->in, town->code, good, FALSE);

		enter(&town->in, batch); /* and then the power goes */
	}
	g_assert_cmpint(count(town, town->code, "rows"), ==, 0);
	g_free(send(&town->in, town->code, more, FALSE, "pooled"));
	g_assert_cmpint(count(town, town->code, "rows"), ==, 3);
	settle(&town->in, town->code); /* as often as one likes */
	g_assert_cmpint(count(town, town->code, "rows"), ==, 3);
}

static void
test_drift(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine);
	g_autoptr(FnIntakeBatch) more = NULL, less = NULL;

	for (guint i = 0; i < 3; i++) {
		g_autofree char *text = g_strdup_printf("code\n1\n2\n3\n4%u\n", i);

		g_free(send(&town->in, town->divisions, text, FALSE, "pooled"));
		g_free(send(&town->in, town->divisions, text, FALSE, "quarantined")); /* it came in already */
	}
	g_free(send(&town->in, town->divisions, "code\n1\n2\n3\n40\n", TRUE, "pooled")); /* all there is may be the same again */
	more = take(&town->in, town->divisions, "code\n1\n2\n3\n4\n5\n", FALSE);
	g_assert_cmpuint(json_array_size(fn_intake_batch_alarms(more)), ==, 0);
	less = take(&town->in, town->divisions, "code\n\"\"\n", FALSE);
	g_assert_cmpuint(json_array_size(fn_intake_batch_alarms(less)), ==, 2); /* fewer rows, more of them empty */
	g_assert_cmpstr(fn_intake_batch_state(less), ==, "pooled");
}

static void
test_refused(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine);
	g_autofree char *digest = digest_of(GOOD);
	FnIntakeGiven given = { .resource = town->code, .name = "机密.csv", .digest = digest, .period = "2026-09", .rows = 1, .bytes = GOOD,
		.size = strlen(GOOD) };
	g_autoptr(FnIntakeBatch) batch = fn_intake_refuse(&town->in, &given, "blocked", NULL);
	json_t *shown;

	enter(&town->in, batch);
	settle(&town->in, town->code);
	shown = fn_intake_show(&town->in, fn_intake_batch_id(batch), NULL);
	g_assert_cmpstr(json_string_value(json_object_get(shown, "state")), ==, "refused");
	g_assert_cmpstr(json_string_value(json_object_get(shown, "digest")), ==, "");
	g_assert_cmpstr(json_string_value(json_object_get(shown, "attested_digest")), ==, "");
	g_assert_cmpstr(json_string_value(json_object_get(shown, "name")), ==, "");
	json_decref(shown);
	g_assert_cmpint(count(town, town->code, "quarantine"), ==, 0);
}

/* ---- where from ---- */

static void
test_trace(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine);
	g_autofree char *good = filled(GOOD), *number = resident(2), *batch = NULL;
	g_autoptr(GError) error = NULL;
	json_t *found;

	divisions(town);
	batch = send(&town->in, town->code, good, FALSE, "pooled");
	found = fn_intake_trace(&town->as_bureau, town->code, "id_number", number, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(found), ==, 1);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(found, 0), "batch")), ==, batch);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(found, 0), "organization")), ==, town->city->provider);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(found, 0), "account")), ==, town->city->officer->account);
	g_assert_cmpint(json_integer_value(json_array_get(json_object_get(json_array_get(found, 0), "rows"), 0)), ==, 3);
	json_decref(found);
	found = fn_intake_trace(&town->in, town->code, "id_number", "x' OR 1=1 --", NULL);
	g_assert_cmpuint(json_array_size(found), ==, 0);
	json_decref(found);
	g_assert_null(fn_intake_trace(&town->in, town->code, "fengni_batch", batch, &error));
	g_assert_error(error, FN_INTAKE_ERROR, FN_INTAKE_ERROR_UNKNOWN);
	g_clear_error(&error);
	town->in.actor = town->city->asker;
	g_assert_null(fn_intake_trace(&town->in, town->code, "id_number", number, &error));
	g_assert_error(error, FN_INTAKE_ERROR, FN_INTAKE_ERROR_OFFICE);
}

/* ---- comparison ---- */

static void
business(const Town *town, const char *sql)
{
	g_autofree char *path = g_build_filename(town->root, "people.db", NULL);
	sqlite3 *db;

	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(db);
}

static gboolean
agrees(Town *town)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnIntakeBound) bound = fn_intake_bound(&town->in, town->code, &error);
	g_autoptr(FnSourceConnection) source = NULL;
	json_t *spec = fixture_json("{'kind': 'sqlite', 'path': 'people.db'}"), *reply;
	FnIntakeSum theirs, ours;
	gboolean same;

	g_assert_no_error(error);
	source = fn_source_open(spec, town->root, &error);
	g_assert_no_error(error);
	json_decref(spec);
	fn_intake_sum(source, bound->table, bound->columns, &theirs, &error);
	g_assert_no_error(error);
	fn_intake_pool_sum(&town->in, bound, &ours, &error);
	g_assert_no_error(error);
	reply = fn_intake_compared(&town->in, bound, &theirs, &ours, &error);
	g_assert_no_error(error);
	same = json_is_true(json_object_get(reply, "agrees"));
	json_decref(reply);
	return same;
}

static void
test_comparison(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine);
	g_autofree char *good = filled(GOOD), *one = resident(1), *two = resident(2), *rows = NULL;
	g_autoptr(FnIntakeBound) none = NULL;

	rows = g_strdup_printf("CREATE TABLE resident (sfzh TEXT, xm TEXT, sj TEXT, csrq TEXT, qx TEXT, bz TEXT);"
		"INSERT INTO resident VALUES ('%s','乙','13912345678','1990-02-03','130104','x'), ('%s','甲','13812345678','1900-01-01','130102','y')", two, one);
	business(town, rows);
	g_assert_false(agrees(town)); /* nothing came in yet */
	divisions(town);
	g_free(send(&town->in, town->code, good, FALSE, "pooled"));
	g_assert_true(agrees(town)); /* in another order */
	business(town, "UPDATE resident SET xm = '乙乙' WHERE xm = '乙'");
	g_assert_false(agrees(town));
	business(town, "UPDATE resident SET xm = '乙' WHERE xm = '乙乙'");
	g_assert_true(agrees(town));
	business(town, "INSERT INTO resident SELECT * FROM resident");
	g_assert_false(agrees(town));
	town->in.actor = town->city->editor;
	none = fn_intake_bound(&town->in, town->code, NULL);
	g_assert_null(none);
}

static void
test_statements(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);

	fn_test_statements(city->db, fn_sql_intake_all);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/intake/statements", test_statements);
	fn_test_add("/intake/quality", test_quality);
	fn_test_add("/intake/no-reference", test_no_reference);
	fn_test_add("/intake/attestation", test_attestation);
	fn_test_add("/intake/life", test_life);
	fn_test_add("/intake/whole-late", test_whole_late);
	fn_test_add("/intake/crash", test_crash);
	fn_test_add("/intake/drift", test_drift);
	fn_test_add("/intake/refused", test_refused);
	fn_test_add("/intake/trace", test_trace);
	fn_test_add("/intake/comparison", test_comparison);
	return g_test_run();
}

/* A file with its attestation: it is staged, held against the rules and told of, or refused by reason; what the registry never heard of is
 * gone from the pool. */
#include "intake/intake_priv.h"
#include "intake_sql.h"
#define FIXTURE_ALSO fn_sql_intake_migrations,
#include "catalog/fixture.h"
#include "crypto/crypto.h"

#include <glib/gstdio.h>

#define FIELDS "'fields': [{'name': 'id_number', 'title': '公民身份号码', 'level': 3, 'identifier': 'direct', 'column': 'sfzh', 'key': true," \
	" 'mask': 'pseudonym:kind=resident_id', 'element': 'resident_id', 'labels': ['personal']}," \
	" {'name': 'phone', 'title': '手机号码', 'level': 3, 'identifier': 'direct', 'column': 'sj', 'element': 'mobile_number'}," \
	" {'name': 'born', 'title': '出生日期', 'level': 2, 'identifier': 'quasi', 'column': 'csrq'}]"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static FnIntake
begin(char **code_out)
{
	City *city = city_new("sqlite");
	g_autofree char *rules = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	FnIntake in = { .db = city->db, .root = g_dir_make_tmp("fengni-intake-XXXXXX", NULL), .actor = city->officer, .now = noon };

	in.rules = fn_rules_load(rules, "national", NULL, NULL);
	g_assert_nonnull(in.rules);
	*code_out = fixture_add(city, "{" FIELDS "}");
	fixture_publish(city, *code_out);
	g_assert_true(fn_db_commit(city->db, NULL));
	return in;
}

/* What is attested is written on the first line: rows, digest, period, whole; "=" stands for what is right. */
static void
attest(FnIntakeGiven *given, char **part, const char *digest)
{
	guint parts = g_strv_length(part);
	const char *newline = memchr(given->bytes, '\n', given->size);

	given->digest = parts > 1 && strcmp(part[1], "=") != 0 ? part[1] : digest;
	given->period = parts > 2 ? part[2] : "2026-01";
	given->whole = parts > 3;
	given->rows = parts > 0 && strcmp(part[0], "=") != 0 ? g_ascii_strtoll(part[0], NULL, 10) : 0;
	for (const char *at = newline; (parts == 0 || strcmp(part[0], "=") == 0) && at != NULL && (gsize)(at - (const char *)given->bytes) + 1 < given->size;
		at = memchr(at + 1, '\n', given->size - (gsize)(at + 1 - (const char *)given->bytes)))
		given->rows++;
}

static void
take(const FnIntake *in, const FnIntakeGiven *given)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnIntakeBatch) batch = fn_intake_may_send(in, given, &error) ? fn_intake_take(in, given, &error) : NULL;
	json_t *shown;

	g_assert_true((batch == NULL) == (error != NULL));
	if (batch == NULL) {
		g_assert_false(g_error_matches(error, FN_INTAKE_ERROR, FN_INTAKE_ERROR_POOL));
		g_assert_true(g_utf8_validate(error->message, -1, NULL));
		return;
	}
	g_assert_true(fn_db_begin(in->db, NULL));
	g_assert_true(fn_intake_enter(in, batch, &error));
	shown = fn_intake_show(in, fn_intake_batch_id(batch), &error);
	g_assert_no_error(error);
	json_decref(shown);
	fn_db_rollback(in->db);
	g_assert_true(fn_intake_settle(in, given->resource, &error));
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static char *code;
	static FnIntake in;
	const char *line = memchr(data, '\n', size);
	gsize head = line != NULL ? (gsize)(line - (const char *)data) : size;
	g_autofree char *first = g_strndup((const char *)data, head), *digest = NULL;
	g_auto(GStrv) part = g_strsplit(first, " ", 4);
	guint8 sum[FN_DIGEST_SIZE];
	FnIntakeGiven given = { .bytes = data + MIN(head + 1, size), .size = size - MIN(head + 1, size), .name = "fuzz.csv" };

	if (code == NULL)
		in = begin(&code);
	given.resource = code;
	fn_sm3(given.bytes, given.size, sum);
	digest = fn_hex(sum, sizeof(sum));
	attest(&given, part, digest);
	take(&in, &given);
	return 0;
}

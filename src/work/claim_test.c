/* Claims, attachments, lists: what goes around the steps. */
#include "work/fixture.h"

static char *
opened(Fixture *fixture)
{
	json_t *form = fixture_form();
	g_autoptr(GError) error = NULL;
	char *id = fixture_open(fixture, "sharing_application", form, ANNA, NOON, &error);

	json_decref(form);
	g_assert_no_error(error);
	return id;
}

static void
expect(gboolean done, GError **error, FnWorkError code)
{
	g_assert_false(done);
	g_assert_error(*error, FN_WORK_ERROR, (int)code);
	g_clear_error(error);
}

static void
test_claims(gconstpointer engine)
{
	g_autoptr(Fixture) f = fixture_new(engine);
	g_autofree char *id = opened(f);
	g_autoptr(GError) error = NULL;
	json_t *shown, *claims;

	g_assert_true(fn_work_claim(f->work, f->db, id, f->actor[ANNA], NOON, &error));
	g_assert_true(fn_work_claim(f->work, f->db, id, f->actor[ANNA], NOON, &error)); /* once more changes nothing */
	expect(fn_work_claim(f->work, f->db, id, f->actor[HE], NOON, &error), &error, FN_WORK_ERROR_STATE);
	expect(fn_work_claim(f->work, f->db, id, f->actor[GU], NOON, &error), &error, FN_WORK_ERROR_UNKNOWN);
	expect(fn_work_claim(f->work, f->db, id, f->actor[LIN], NOON, &error), &error, FN_WORK_ERROR_OFFICE);
	g_assert_true(fn_work_claim(f->work, f->db, id, f->actor[CHEN], NOON, &error)); /* the other side has its own */
	shown = fn_work_show(f->work, f->db, id, f->actor[ANNA], NOON, &error);
	claims = json_object_get(shown, "claims");
	g_assert_cmpuint(json_array_size(claims), ==, 2);
	g_assert_cmpstr(json_string_value(json_object_get(json_array_get(claims, 0), "name")), ==, "anna");
	json_decref(shown);

	/* a claim gives no right */
	g_assert_true(fn_work_claim(f->work, f->db, id, f->actor[EVE], NOON, &error));
	expect(fixture_step(f, id, "consent", NULL, NULL, ANNA, NOON, &error), &error, FN_WORK_ERROR_OFFICE);
	/* and takes none */
	g_assert_true(fixture_step(f, id, "consent", NULL, NULL, BO, NOON, &error));

	expect(fn_work_hand_over(f->work, f->db, id, f->actor[ANNA], f->actor[KAI], NOON, &error), &error, FN_WORK_ERROR_OFFICE);
	expect(fn_work_hand_over(f->work, f->db, id, f->actor[JIA], f->actor[CHEN], NOON, &error), &error, FN_WORK_ERROR_OFFICE);
	g_assert_true(fn_work_hand_over(f->work, f->db, id, f->actor[KAI], f->actor[CHEN], NOON, &error));
	g_assert_true(fn_work_hand_over(f->work, f->db, id, f->actor[HE], f->actor[BO], NOON, &error)); /* a head, of a colleague's */
	g_assert_cmpint(fn_work_open_claims(f->db, "a-he", &error), ==, 1);
	g_assert_cmpint(fn_work_open_claims(f->db, "a-anna", &error), ==, 0);
	g_assert_cmpint(fn_work_hand_over_all(f->work, f->db, "a-he", f->actor[CHEN], NOON, &error), ==, -1);
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE);
	g_clear_error(&error);
	g_assert_cmpint(fn_work_hand_over_all(f->work, f->db, "a-he", f->actor[ANNA], NOON, &error), ==, 1);
	expect(fn_work_release(f->work, f->db, id, f->actor[GU], &error), &error, FN_WORK_ERROR_UNKNOWN);
	g_assert_true(fn_work_release(f->work, f->db, id, f->actor[ANNA], &error));
	expect(fn_work_release(f->work, f->db, id, f->actor[ANNA], &error), &error, FN_WORK_ERROR_STATE);
	/* what has ended is nobody's work */
	g_assert_true(fn_work_claim(f->work, f->db, id, f->actor[ANNA], NOON, &error));
	g_assert_true(fixture_step(f, id, "withdraw", "不再需要这些数据", NULL, ANNA, NOON, &error));
	g_assert_no_error(error);
	g_assert_cmpint(fn_work_open_claims(f->db, "a-anna", &error), ==, 0);
	expect(fn_work_claim(f->work, f->db, id, f->actor[ANNA], NOON, &error), &error, FN_WORK_ERROR_STATE);
}

static void
test_files(gconstpointer engine)
{
	static const struct {
		const char *kind, *name;
		gsize size;
		Who who;
		FnWorkError code;
	} wrong[] = {
		{ "report", "a.txt", 3, ANNA, FN_WORK_ERROR_FORM }, { NULL, "a.txt", 3, ANNA, FN_WORK_ERROR_FORM },
		{ "other", "", 3, ANNA, FN_WORK_ERROR_FORM }, { "other", "a/b", 3, ANNA, FN_WORK_ERROR_FORM },
		{ "other", ".profile", 3, ANNA, FN_WORK_ERROR_FORM }, { "other", "a\r\nSet-Cookie: x", 3, ANNA, FN_WORK_ERROR_FORM },
		{ "other", "a.txt", 0, ANNA, FN_WORK_ERROR_FORM }, { "other", "a.txt", FN_WORK_FILE_MAX + 1, ANNA, FN_WORK_ERROR_FORM },
		{ "other", "a.txt", 3, LIN, FN_WORK_ERROR_OFFICE }, { "other", "a.txt", 3, GU, FN_WORK_ERROR_UNKNOWN },
	};
	g_autoptr(Fixture) f = fixture_new(engine);
	g_autofree char *id = opened(f), *attachment = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;
	const FnWorkFile file = { "other", "说明.txt", "text/html; charset=x", "abc", 3 };
	json_t *kept;

	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		const FnWorkFile bad = { wrong[i].kind, wrong[i].name, "text/plain", "abc", wrong[i].size };

		expect(fn_work_may_attach(f->work, f->db, id, &bad, f->actor[wrong[i].who], &error), &error, wrong[i].code);
		if (wrong[i].size <= 3)
			expect(fn_work_attach(f->work, f->db, id, &bad, f->actor[wrong[i].who], NOON, &error) != NULL, &error, wrong[i].code);
	}
	kept = fn_work_attach(f->work, f->db, id, &file, f->actor[ANNA], NOON, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(json_string_value(json_object_get(kept, "digest")), ==, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
	g_assert_cmpstr(json_string_value(json_object_get(kept, "media_type")), ==, "application/octet-stream");
	attachment = g_strdup(json_string_value(json_object_get(kept, "id")));
	json_decref(kept);
	kept = fn_work_attachment(f->work, f->db, id, attachment, f->actor[EVE], &bytes, &error);
	g_assert_no_error(error);
	g_assert_cmpmem(g_bytes_get_data(bytes, NULL), (int)g_bytes_get_size(bytes), "abc", 3);
	json_decref(kept);
	expect(fn_work_attachment(f->work, f->db, id, attachment, f->actor[GU], NULL, &error) != NULL, &error, FN_WORK_ERROR_UNKNOWN);
	expect(fn_work_attachment(f->work, f->db, id, "nothing", f->actor[ANNA], NULL, &error) != NULL, &error, FN_WORK_ERROR_UNKNOWN);
}

static guint
listed(Fixture *f, const FnWorkQuery *query, Who who, char **next)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *own = NULL;
	json_t *list = fn_work_list(f->work, f->db, query, f->actor[who], NOON, next != NULL ? next : &own, &error);
	guint n;

	g_assert_no_error(error);
	n = (guint)json_array_size(list);
	json_decref(list);
	return n;
}

static void
test_list(gconstpointer engine)
{
	static const FnWorkQuery wrong[] = { { .procedure = "nothing", .limit = 5 }, { .procedure = "lookup", .state = "flying", .limit = 5 },
		{ .cursor = "\xc3\xa4", .limit = 5 } };
	g_autoptr(Fixture) f = fixture_new(engine);
	g_autofree char *a = opened(f), *b = opened(f), *next = NULL, *none = NULL;
	g_autoptr(GError) error = NULL;

	g_free(opened(f));
	g_assert_cmpuint(listed(f, &(FnWorkQuery){ .limit = 2 }, ANNA, &next), ==, 2);
	g_assert_nonnull(next);
	g_assert_cmpuint(listed(f, &(FnWorkQuery){ .limit = 2, .cursor = next }, ANNA, &none), ==, 1);
	g_assert_null(none);
	g_assert_cmpuint(listed(f, &(FnWorkQuery){ .limit = 9 }, EVE, NULL), ==, 3);
	g_assert_cmpuint(listed(f, &(FnWorkQuery){ .limit = 9 }, GU, NULL), ==, 0);
	g_assert_cmpuint(listed(f, &(FnWorkQuery){ .limit = 9, .mine = TRUE }, BO, NULL), ==, 0);
	g_assert_cmpuint(listed(f, &(FnWorkQuery){ .limit = 9, .mine = TRUE }, ANNA, NULL), ==, 3);
	g_assert_true(fn_work_claim(f->work, f->db, a, f->actor[BO], NOON, &error));
	g_assert_true(fixture_step(f, b, "consent", NULL, NULL, BO, NOON, &error));
	g_assert_cmpuint(listed(f, &(FnWorkQuery){ .limit = 9, .mine = TRUE }, BO, NULL), ==, 2);
	g_assert_cmpuint(listed(f, &(FnWorkQuery){ .limit = 9, .procedure = "sharing_application", .state = "head_ok" }, CHEN, NULL), ==, 1);
	g_assert_cmpuint(listed(f, &(FnWorkQuery){ .limit = 9, .procedure = "lookup" }, CHEN, NULL), ==, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
		expect(fn_work_list(f->work, f->db, &wrong[i], f->actor[ANNA], NOON, &none, &error) != NULL, &error, FN_WORK_ERROR_FORM);
}

static void
test_procedures(gconstpointer engine)
{
	g_autoptr(Fixture) f = fixture_new(engine);
	json_t *list = fn_work_procedures(f->work, f->actor[ANNA]), *item, *one;
	g_autoptr(GError) error = NULL;
	size_t i;

	g_assert_cmpuint(json_array_size(list), >, 40);
	json_array_foreach(list, i, item) {
		const char *id = json_string_value(json_object_get(item, "id"));

		one = fn_work_procedure(f->work, id, f->actor[ANNA], &error);
		g_assert_no_error(error);
		g_assert_cmpuint(json_array_size(json_object_get(one, "steps")), >, 0);
		json_decref(one);
		if (g_str_equal(id, "sharing_application"))
			g_assert_cmpuint(json_array_size(json_object_get(item, "offices")), ==, 1);
		if (g_str_equal(id, "rectification"))
			g_assert_cmpuint(json_array_size(json_object_get(item, "offices")), ==, 0);
	}
	json_decref(list);
	one = fn_work_procedure(f->work, "sharing_application", f->actor[ANNA], &error);
	item = json_array_get(json_object_get(one, "form"), 8);
	g_assert_cmpstr(json_string_value(json_object_get(item, "id")), ==, "until");
	g_assert_cmpint(json_integer_value(json_object_get(item, "max")), >, 0); /* a parameter, as a number */
	json_decref(one);
	expect(fn_work_procedure(f->work, "nothing", f->actor[ANNA], &error) != NULL, &error, FN_WORK_ERROR_UNKNOWN);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/work/claims", test_claims);
	fn_test_add("/work/files", test_files);
	fn_test_add("/work/list", test_list);
	fn_test_add("/work/procedures", test_procedures);
	return g_test_run();
}

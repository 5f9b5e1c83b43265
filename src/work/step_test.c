/* Scripts of right and forbidden steps; each line is one attempt. */
#include "work/fixture.h"

typedef struct {
	const char *step, *say;
	Who who;
	int refused; /* -1: taken */
	const char *state; /* afterwards */
	int day;     /* days after the start */
} Line;

#define OK_(state_) -1, state_
#define NO_(code_, state_) FN_WORK_ERROR_##code_, state_

static const Line application[] = {
	{ "send", NULL, ANNA, NO_(STATE, "draft") },
	{ "nonsense", NULL, ANNA, NO_(STATE, "draft") },
	{ "consent", NULL, ANNA, NO_(OFFICE, "draft") },
	{ "consent", NULL, DING, NO_(OFFICE, "draft") },
	{ "consent", NULL, GU, NO_(OFFICE, "draft") },
	{ "send_back", NULL, BO, NO_(SAY, "draft") },
	{ "send_back", " \t\n", BO, NO_(SAY, "draft") },
	{ "send_back", "用途写得太宽", BO, OK_("draft") },
	{ "consent", NULL, BO, OK_("head_ok") },
	{ "send", NULL, BO, NO_(OFFICE, "head_ok") },
	{ "send", NULL, ANNA, OK_("received") },
	{ "agree", NULL, CHEN, NO_(OFFICE, "received") },
	{ "agree", NULL, EVE, NO_(OFFICE, "received") },
	{ "agree", NULL, BO, NO_(OFFICE, "received") },
	{ "refuse", NULL, DING, NO_(SAY, "received") },
	{ "extend", "数据量大", DING, NO_(NEEDS, "received") },
	{ "ask", "缺少法律依据条款", CHEN, OK_("supplement") },
	{ "refuse", "材料不全", DING, NO_(STATE, "supplement") },
	{ "complete", NULL, ANNA, OK_("received") },
	{ "ask", "还缺材料", CHEN, NO_(ONCE, "received") },
	{ "agree", NULL, KAI, NO_(APART, "received") },
	{ "allow_extension", NULL, EVE, NO_(SAY, "received") },
	{ "allow_extension", "理由成立", DING, NO_(OFFICE, "received") },
	{ "allow_extension", "理由成立", EVE, OK_("received") },
	{ "extend", "数据量大", CHEN, NO_(OFFICE, "received") },
	{ "extend", "数据量大", DING, OK_("received") },
	{ "extend", "数据量大", DING, NO_(ONCE, "received") },
	{ "agree", NULL, DING, OK_("agreed") },
	{ "agree", NULL, DING, NO_(STATE, "agreed") },
	{ "deliver", NULL, CHEN, NO_(STATE, "agreed") },
	{ "provide", NULL, CHEN, OK_("provisioning") },
	{ "deliver", NULL, DING, NO_(OFFICE, "provisioning") },
	{ "deliver", NULL, CHEN, OK_("active") },
	{ "stop", "不想共享了", DING, NO_(NEEDS, "active") },
	{ "suspend", "超范围使用", DING, OK_("suspended") },
	{ "resume", NULL, ANNA, NO_(OFFICE, "suspended") },
	{ "order", "删除超范围数据", EVE, OK_("rectifying") },
	{ "report", "已删除", ANNA, OK_("rectifying") },
	{ "resume", NULL, DING, OK_("active") },
	{ "suspend", "再次超范围使用", EVE, OK_("suspended") },
	{ "terminate", "拒不整改", DING, OK_("terminated") },
	{ "resume", NULL, DING, NO_(STATE, "terminated") },
	{ "order_disposal", "删除全部数据", CHEN, OK_("disposal_due") },
	{ "dispose", NULL, BO, NO_(SAY, "disposal_due") },
	{ "dispose", "删除清单见附件", BO, OK_("disposed") },
	{ "dispose", "删除清单见附件", BO, NO_(STATE, "disposed") },
	{ 0 },
};

static const char application_effects[] = "grant.prepare>agreed grant.activate>active grant.suspend>suspended grant.rectify>rectifying "
	"grant.resume>active grant.suspend>suspended grant.terminate>terminated grant.end>disposal_due grant.dispose>disposed ";

static const Line disputed[] = {
	{ "consent", NULL, BO, OK_("head_ok") },
	{ "send", NULL, ANNA, OK_("received") },
	{ "refuse", "没有法律依据", DING, OK_("refused") },
	{ "agree", NULL, DING, NO_(STATE, "refused") },
	{ "dispute", NULL, BO, NO_(SAY, "refused") },
	{ "dispute", "有法律依据", ANNA, NO_(OFFICE, "refused") },
	{ "dispute", "有法律依据", BO, OK_("negotiating") },
	{ "bureau_grant", "应当共享", EVE, NO_(STATE, "negotiating") },
	{ "to_bureau", "协商不成", DING, OK_("at_bureau") },
	{ "bureau_grant", "应当共享", DING, NO_(OFFICE, "at_bureau") },
	{ "bureau_grant", "应当共享", FANG, NO_(OFFICE, "at_bureau") },
	{ "to_government", "协调不成", EVE, OK_("at_government") },
	{ "government_grant", "应当共享", EVE, NO_(OFFICE, "at_government") },
	{ "government_grant", "应当共享", FANG, OK_("agreed") },
	{ 0 },
};

static const Line catalog[] = {
	{ "submit", NULL, LIN, NO_(STATE, "draft") },
	{ "publish", NULL, EVE, NO_(STATE, "draft") },
	{ "assess", NULL, LIN, NO_(OFFICE, "draft") },
	{ "assess", NULL, IAN, OK_("assessed") },
	{ "approve", NULL, DING, NO_(OFFICE, "assessed") },
	{ "approve", NULL, JIA, OK_("head_ok") },
	{ "submit", NULL, EVE, NO_(OFFICE, "head_ok") },
	{ "submit", NULL, LIN, OK_("submitted") },
	{ "publish", NULL, JIA, NO_(OFFICE, "submitted") },
	{ "return", NULL, EVE, NO_(SAY, "submitted") },
	{ "return", "缺少更新周期", EVE, OK_("returned") },
	{ "submit", NULL, LIN, NO_(STATE, "returned") },
	{ "assess", NULL, IAN, OK_("assessed") },
	{ "approve", NULL, JIA, OK_("head_ok") },
	{ "submit", NULL, CHEN, OK_("submitted") },
	{ "publish", NULL, EVE, OK_("published") },
	{ "assess", NULL, KAI, NO_(STATE, "published") },
	{ "revise", "法定职责调整", LIN, OK_("revising") },
	{ "assess", NULL, KAI, NO_(APART, "revising") },
	{ "extend", "机构改革", EVE, OK_("revising") },
	{ "extend", "机构改革", EVE, NO_(ONCE, "revising") },
	{ "assess", NULL, IAN, OK_("assessed") },
	{ "approve", NULL, JIA, OK_("head_ok") },
	{ "submit", NULL, LIN, OK_("submitted") },
	{ "publish", NULL, EVE, OK_("published") },
	{ "suspend", "发现错误", JIA, OK_("suspended") },
	{ "resume", NULL, JIA, NO_(OFFICE, "suspended") },
	{ "resume", NULL, EVE, OK_("published") },
	{ "withdraw", "职责取消", JIA, NO_(OFFICE, "published") },
	{ "withdraw", "职责取消", EVE, OK_("withdrawn") },
	{ "revise", "再次修订", LIN, NO_(STATE, "withdrawn") },
	{ 0 },
};

static const char catalog_effects[] = "resource.assess>assessed resource.approve>head_ok resource.submit>submitted resource.return>returned "
	"resource.assess>assessed resource.approve>head_ok resource.submit>submitted resource.publish>published resource.revise>revising "
	"resource.assess>assessed resource.approve>head_ok resource.submit>submitted resource.publish>published resource.suspend>suspended "
	"resource.publish>published resource.withdraw>withdrawn ";

static const Line unconditional[] = {
	{ "obtain", NULL, ANNA, NO_(STATE, "draft") },
	{ "consent", NULL, ANNA, NO_(OFFICE, "draft") },
	{ "consent", NULL, BO, OK_("head_ok") },
	{ "obtain", NULL, CHEN, NO_(OFFICE, "head_ok") },
	{ "obtain", NULL, ANNA, OK_("active") },
	{ "finish", "业务已停办", ANNA, OK_("disposal_due") },
	{ 0 },
};

static const Line reversal[] = {
	{ "approve", "理由成立", IAN, NO_(STATE, "draft") },
	{ "send", NULL, IAN, NO_(OFFICE, "draft") },
	{ "send", NULL, CHEN, OK_("requested") },
	{ "use", NULL, CHEN, NO_(STATE, "requested") },
	{ "approve", NULL, IAN, NO_(SAY, "requested") },
	{ "approve", "理由成立", CHEN, NO_(OFFICE, "requested") },
	{ "approve", "理由成立", KAI, NO_(APART, "requested") }, /* the same person by another account */
	{ "approve", "理由成立", ANNA, NO_(OFFICE, "requested") },
	{ "approve", "理由成立", EVE, NO_(OFFICE, "requested") },
	{ "approve", "理由成立", IAN, OK_("approved") },
	{ "refuse", "理由不足", IAN, NO_(STATE, "approved") },
	{ "use", NULL, IAN, NO_(OFFICE, "approved") },
	{ "use", NULL, ANNA, NO_(OFFICE, "approved") },
	{ "use", NULL, CHEN, OK_("approved") },
	{ "use", NULL, CHEN, OK_("approved") },
	{ "expire", "期限届满", CHEN, NO_(OFFICE, "approved") },
	{ "revoke", NULL, DING, NO_(SAY, "approved") },
	{ "revoke", "已无必要", DING, OK_("revoked") },
	{ "use", NULL, CHEN, NO_(STATE, "revoked") },
	{ 0 },
};

static const Line reversal_refused[] = {
	{ "send", NULL, EVE, OK_("requested") }, /* the bureau asks, the provider decides */
	{ "refuse", NULL, IAN, NO_(SAY, "requested") },
	{ "refuse", "理由不足", IAN, OK_("refused") },
	{ "withdraw", "不再需要", EVE, NO_(STATE, "refused") },
	{ 0 },
};

static void
play(Fixture *fixture, const char *id, const Line *line)
{
	for (; line->step != NULL; line++) {
		g_autoptr(GError) error = NULL;
		gboolean taken = fixture_step(fixture, id, line->step, line->say, NULL, line->who, NOON + line->day * DAY, &error);
		g_autofree char *state = fixture_state(fixture, id);

		if (taken != (line->refused < 0) || g_strcmp0(state, line->state) != 0)
			g_error("%s by %s: %s, state %s", line->step, fixture_people[line->who].account, taken ? "taken" : error->message, state);
		if (!taken)
			g_assert_error(error, FN_WORK_ERROR, line->refused);
	}
	g_assert_true(fn_work_audit(fixture->work, fixture->db, id, NULL));
}

static void
play_procedure(gconstpointer engine, const char *procedure, json_t *form, Who opener, const Line *script, const char *effects)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autoptr(GError) error = NULL;
	g_autofree char *id = fixture_open(fixture, procedure, form, opener, NOON, &error);

	json_decref(form);
	g_assert_no_error(error);
	play(fixture, id, script);
	g_assert_cmpstr(fixture->effects.ran->str, ==, effects);
}

static void
test_application(gconstpointer engine)
{
	play_procedure(engine, "sharing_application", fixture_form(), ANNA, application, application_effects);
}

static void
test_dispute(gconstpointer engine)
{
	play_procedure(engine, "sharing_application", fixture_form(), ANNA, disputed, "grant.prepare>agreed ");
}

static void
test_catalog(gconstpointer engine)
{
	play_procedure(engine, "catalog_review", NULL, LIN, catalog, catalog_effects);
}

static void
test_unconditional(gconstpointer engine)
{
	json_t *form = fixture_form();

	json_object_set_new(form, "agreement", json_true());
	play_procedure(engine, "sharing_unconditional", form, ANNA, unconditional,
		"grant.prepare>active grant.activate>active grant.end>disposal_due ");
}

static void
test_reversal(gconstpointer engine)
{
	json_t *form = fixture_reversal();

	play_procedure(engine, "reidentification", json_incref(form), CHEN, reversal,
		"reidentification.check>requested reidentification.check>approved reidentification.use>approved reidentification.use>approved ");
	play_procedure(engine, "reidentification", form, EVE, reversal_refused, "reidentification.check>requested ");
}

/* Nobody answers in time: told, once, to the provider; and nothing is approved by that. */
static void
test_reversal_late(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	json_t *form = fixture_reversal();
	g_autofree char *id = fixture_open(fixture, "reidentification", form, CHEN, NOON, NULL), *state = NULL;

	json_decref(form);
	g_assert_true(fixture_step(fixture, id, "send", NULL, NULL, CHEN, NOON, NULL));
	g_assert_cmpint(fn_work_tick(fixture->work, fixture->db, NOON + 60 * DAY, NULL), ==, 1);
	g_assert_cmpint(fn_work_tick(fixture->work, fixture->db, NOON + 61 * DAY, NULL), ==, 0);
	state = fixture_state(fixture, id);
	g_assert_cmpstr(state, ==, "requested");
}

/* The approver may shorten or lengthen the days, within bounds, and change nothing else. */
static void
test_reversal_days(gconstpointer engine)
{
	static const struct {
		const char *field;
		gint64 value;
		gboolean taken;
	} table[] = { { "days", 0, FALSE }, { "days", 8, FALSE }, { "reason", 1, FALSE }, { "days", 7, TRUE } };
	g_autoptr(Fixture) fixture = fixture_new(engine);
	json_t *form = fixture_reversal();
	g_autofree char *id = fixture_open(fixture, "reidentification", form, CHEN, NOON, NULL);

	json_decref(form);
	g_assert_true(fixture_step(fixture, id, "send", NULL, NULL, CHEN, NOON, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
		json_t *change = json_pack("{s:I}", table[i].field, (json_int_t)table[i].value);

		g_assert_cmpint(fixture_step(fixture, id, "approve", "理由成立", change, IAN, NOON, NULL), ==, table[i].taken);
		json_decref(change);
	}
}

/* One person with two offices, and a bureau that is a party itself. */
static void
test_separation(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	json_t *form = fixture_form();
	g_autofree char *id = fixture_open(fixture, "sharing_application", form, HE, NOON, NULL);
	g_autoptr(GError) error = NULL;

	json_decref(form);
	g_assert_nonnull(id);
	g_assert_false(fixture_step(fixture, id, "consent", NULL, NULL, HE, NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_APART);
	g_assert_true(fixture_step(fixture, id, "consent", NULL, NULL, BO, NOON, NULL));
}

static void
test_a_party_never_decides(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	json_t *form = fixture_form();
	json_t *parties = json_pack("{s:s, s:s}", "provider", "bureau", "consumer", "consumer");
	g_autofree char *id = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_db_begin(fixture->db, NULL));
	id = fn_work_open(fixture->work, fixture->db, "sharing_application", "130100-x-1", parties, form, fixture->actor[ANNA], NOON, &error);
	g_assert_no_error(error);
	json_decref(form);
	json_decref(parties);
	g_assert_true(fn_db_commit(fixture->db, NULL));
	g_assert_true(fixture_step(fixture, id, "consent", NULL, NULL, BO, NOON, NULL));
	g_assert_true(fixture_step(fixture, id, "send", NULL, NULL, ANNA, NOON, NULL));
	g_assert_false(fixture_step(fixture, id, "allow_extension", "同意", NULL, EVE, NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_OFFICE);
}

static void
test_needs_and_effects(gconstpointer engine)
{
	static const Line before[] = { { "consent", NULL, BO, OK_("head_ok") }, { "send", NULL, ANNA, OK_("received") }, { 0 } };
	static const Line then[] = { { "agree", NULL, DING, OK_("agreed") }, { "provide", NULL, CHEN, OK_("provisioning") }, { 0 } };
	static const Line without[] = { { "deliver", NULL, CHEN, NO_(NEEDS, "provisioning") }, { 0 } };
	static const Line failing[] = { { "agree", NULL, DING, NO_(EFFECT, "received") }, { 0 } };
	g_autoptr(Fixture) fixture = fixture_new(engine);
	json_t *form = fixture_form();
	g_autofree char *id = fixture_open(fixture, "sharing_application", form, ANNA, NOON, NULL);

	json_decref(form);
	play(fixture, id, before);
	fixture->effects.failing = "grant.prepare";
	play(fixture, id, failing);
	fixture->effects.failing = NULL;
	play(fixture, id, then);
	fixture->effects.handover = FALSE;
	play(fixture, id, without);
	fixture->effects.handover = TRUE;
	fixture->effects.nda = FALSE;
	play(fixture, id, without);
}

/* Steps that only the clock takes. */
static void
test_platform(gconstpointer engine)
{
	static const Line before[] = { { "consent", NULL, BO, OK_("head_ok") }, { "send", NULL, ANNA, OK_("received") },
		{ "agree", NULL, DING, OK_("agreed") }, { "provide", NULL, CHEN, OK_("provisioning") }, { "deliver", NULL, CHEN, OK_("active") },
		{ "expire", "期限届满", DING, NO_(OFFICE, "active") }, { "lapse", "协议到期", EVE, NO_(OFFICE, "active") }, { 0 } };
	static const Line then[] = { { "dispose", "删除清单见附件", BO, OK_("disposed") }, { 0 } };
	g_autoptr(Fixture) fixture = fixture_new(engine);
	json_t *form = fixture_form();
	g_autofree char *id = fixture_open(fixture, "sharing_application", form, ANNA, NOON, NULL);
	g_autoptr(FnActor) platform = fn_work_platform();
	g_autoptr(GError) error = NULL;

	json_decref(form);
	play(fixture, id, before);
	g_assert_true(fn_db_begin(fixture->db, NULL));
	fn_work_step(fixture->work, fixture->db, id, "lapse", "保密协议到期", NULL, platform, NOON, &error);
	g_assert_no_error(error);
	fn_work_step(fixture->work, fixture->db, id, "expire", "期限届满", NULL, platform, NOON, &error);
	g_assert_no_error(error);
	g_assert_true(fn_db_commit(fixture->db, NULL));
	play(fixture, id, then);
}

static void
test_one_case_for_a_resource(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autofree char *id = fixture_open(fixture, "catalog_review", NULL, LIN, NOON, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_nonnull(id);
	g_assert_null(fixture_open(fixture, "catalog_review", NULL, LIN, NOON, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_ONCE);
}

static void
test_unknown(gconstpointer engine)
{
	g_autoptr(Fixture) fixture = fixture_new(engine);
	static const char *const ids[] = { "", "no-such-case", "\xff\xfe", "' OR 1=1 --" };

	for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(fixture_step(fixture, ids[i], "consent", NULL, NULL, BO, NOON, &error));
		g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN);
	}
	for (int i = 0; i < 2; i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(fixture_open(fixture, i == 0 ? "no_such" : "sharing_application", NULL, ANNA, NOON, &error));
		g_assert_error(error, FN_WORK_ERROR, (i == 0 ? FN_WORK_ERROR_UNKNOWN : FN_WORK_ERROR_FORM));
	}
}

static void
test_missing_effect(gconstpointer engine)
{
	static const FnEffect few[] = { { "grant.prepare", fixture_prepare }, { NULL, NULL } };
	g_autoptr(Fixture) fixture = fixture_new(engine);
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_work_new(fixture->rules, few, NULL, &error));
	g_assert_error(error, FN_WORK_ERROR, FN_WORK_ERROR_UNKNOWN);
	g_assert_nonnull(strstr(error->message, "account_request.yaml:"));
}

static void
test_statements(gconstpointer engine)
{
	g_autoptr(FnDb) db = fn_test_db(engine, fixture_rooms);

	fn_test_statements(db, fn_sql_work_all);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/work/statements", test_statements);
	fn_test_add("/work/application", test_application);
	fn_test_add("/work/dispute", test_dispute);
	fn_test_add("/work/catalog", test_catalog);
	fn_test_add("/work/unconditional", test_unconditional);
	fn_test_add("/work/reversal", test_reversal);
	fn_test_add("/work/reversal-late", test_reversal_late);
	fn_test_add("/work/reversal-days", test_reversal_days);
	fn_test_add("/work/separation", test_separation);
	fn_test_add("/work/a-party-never-decides", test_a_party_never_decides);
	fn_test_add("/work/needs-and-effects", test_needs_and_effects);
	fn_test_add("/work/platform", test_platform);
	fn_test_add("/work/one-case-for-a-resource", test_one_case_for_a_resource);
	fn_test_add("/work/unknown", test_unknown);
	fn_test_add("/work/missing-effect", test_missing_effect);
	return g_test_run();
}

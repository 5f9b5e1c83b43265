#include "policy/policy.h"

#include "base/time.h"

#include <string.h>

#define SECOND ((gint64)G_USEC_PER_SEC)
#define HOUR   (3600 * SECOND)
#define NOW    ((gint64)1795312800 * SECOND) /* 2026-11-22 10:00 China time */

/* Everything a question points at, in one place that a test can spoil. */
typedef struct {
	FnPolicyCertificate certificate;
	FnPolicySystem system;
	FnPolicyGrant grant;
	FnPolicyResource resource;
	FnQuestion question;
} World;

static const char *const granted[] = { "name", "resident_id", "address", NULL };
static const char *const asked[] = { "name", "address", NULL };
static const char *const operators[] = { "op1", "op2", NULL };

/* A signed query of a level-3 resource in which every single thing is right. */
static void
right(World *w)
{
	*w = (World){
		.certificate = { .present = TRUE, .trusted = TRUE, .not_before = NOW - HOUR, .not_after = NOW + HOUR, .system = "s1" },
		.system = { .id = "s1", .organization = "o1", .name = "hall", .active = TRUE },
		.grant = { .id = "g1", .resource = "r1", .organization = "o1", .system = "s1", .mode = "query", .purpose = "check",
			.state = "active", .fields = granted, .operators = operators, .from = NOW - HOUR, .until = NOW + HOUR,
			.hour_from = 540, .hour_until = 1020, .quota_day = 10, .case_required = TRUE, .signed_right = TRUE },
		.resource = { .code = "r1", .state = "published", .sharing_type = "conditional", .level = 3 },
	};
	w->question = (FnQuestion){ .certificate = &w->certificate, .system = &w->system, .grant = &w->grant,
		.resource = &w->resource, .grant_id = "g1", .mode = "query", .purpose = "check", .case_number = "c1",
		.operator_account = "op1", .operators_known = operators, .fields = asked, .now = NOW, .used_today = 9, .wanted = 1,
		.signature_present = TRUE, .signature_right = TRUE, .signature_created = NOW };
}

static const char *const no_text[] = { NULL };
static const char *const seventh[] = { "name", "phone", NULL };
static const char *const others[] = { "op9", NULL };

/* Each spoils exactly one thing. */
#define SPOIL(name, statement) \
	static void name(World *w) { statement; }
SPOIL(no_certificate, w->question.certificate = NULL)
SPOIL(absent_certificate, w->certificate.present = FALSE)
SPOIL(untrusted, w->certificate.trusted = FALSE)
SPOIL(just_expired, w->certificate.not_after = NOW - 1)
SPOIL(zero_end, w->certificate.not_after = 0)
SPOIL(nearly_valid, w->certificate.not_before = NOW + 1)
SPOIL(revoked, w->certificate.revoked = TRUE)
SPOIL(unpinned, w->certificate.system = NULL)
SPOIL(pinned_elsewhere, w->certificate.system = "s2")
SPOIL(no_system, w->question.system = NULL)
SPOIL(system_off, w->system.active = FALSE)
SPOIL(no_resource, w->question.resource = NULL)
SPOIL(nameless_resource, w->resource.code = NULL)
SPOIL(unpublished, w->resource.state = "suspended")
SPOIL(stateless, w->resource.state = NULL)
SPOIL(withheld, w->resource.sharing_type = "withheld")
SPOIL(typeless, w->resource.sharing_type = NULL)
SPOIL(strange_type, w->resource.sharing_type = "free for all")
SPOIL(no_grant_id, w->question.grant_id = NULL)
SPOIL(empty_grant_id, w->question.grant_id = "")
SPOIL(grant_not_found, w->question.grant = NULL)
SPOIL(grant_mixed_up, w->question.grant_id = "g2")
SPOIL(other_system, w->grant.system = "s2")
SPOIL(systemless, w->grant.system = NULL)
SPOIL(other_organization, w->grant.organization = "o2")
SPOIL(other_resource, w->grant.resource = "r2")
SPOIL(suspended, w->grant.state = "suspended")
SPOIL(rectifying, w->grant.state = "rectifying")
SPOIL(terminated, w->grant.state = "terminated")
SPOIL(disposed, w->grant.state = "disposed")
SPOIL(provisioning, w->grant.state = "provisioning")
SPOIL(grant_stateless, w->grant.state = NULL)
SPOIL(unsigned_grant, w->grant.signed_right = FALSE)
SPOIL(not_begun, w->grant.from = NOW + 1)
SPOIL(just_over, w->grant.until = NOW)
SPOIL(zero_term, w->grant.until = 0)
SPOIL(other_mode, w->question.mode = "batch")
SPOIL(no_mode, w->question.mode = NULL)
SPOIL(modeless_grant, w->grant.mode = NULL)
SPOIL(seventh_field, w->question.fields = seventh)
SPOIL(no_field_asked, w->question.fields = no_text)
SPOIL(nothing_granted, w->grant.fields = NULL)
SPOIL(all_of_nothing, (w->question.fields = NULL, w->grant.fields = no_text))
SPOIL(no_purpose, w->question.purpose = NULL)
SPOIL(empty_purpose, w->question.purpose = "")
SPOIL(other_purpose, w->question.purpose = "curiosity")
SPOIL(purposeless_grant, w->grant.purpose = NULL)
SPOIL(no_case, w->question.case_number = NULL)
SPOIL(empty_case, w->question.case_number = "")
SPOIL(no_operator, w->question.operator_account = NULL)
SPOIL(strange_operator, w->question.operator_account = "op3")
SPOIL(system_without_operators, w->question.operators_known = NULL)
SPOIL(grant_for_others, w->grant.operators = others)
SPOIL(grant_for_nobody, w->grant.operators = no_text)
SPOIL(not_signed, w->question.signature_present = FALSE)
SPOIL(not_signed_unknown_level, (w->question.signature_present = FALSE, w->resource.level = 0))
SPOIL(wrong_signature, w->question.signature_right = FALSE)
SPOIL(old_signature, w->question.signature_created = NOW - 300 * SECOND - 1)
SPOIL(early_signature, w->question.signature_created = NOW + 300 * SECOND + 1)
SPOIL(undated_signature, w->question.signature_created = 0)
SPOIL(used_nonce, w->question.nonce_seen = TRUE)
SPOIL(too_early, w->grant.hour_from = 601)
SPOIL(too_late, w->grant.hour_until = 600)
SPOIL(no_hours, w->grant.hour_from = w->grant.hour_until = 0)
SPOIL(night_only, (w->grant.hour_from = 1320, w->grant.hour_until = 360))
SPOIL(quota_used, w->question.used_today = 10)
SPOIL(quota_negative, w->grant.quota_day = -1)
SPOIL(quota_overflow, w->question.wanted = G_MAXINT64)
SPOIL(quota_refund, w->question.wanted = -1)

static const struct {
	const char *why;
	void (*spoil)(World *world);
	FnDeny deny;
	guint status;
	const char *what;
} refusals[] = {
	{ "no certificate", no_certificate, FN_DENY_CERTIFICATE_MISSING, 401, NULL },
	{ "absent certificate", absent_certificate, FN_DENY_CERTIFICATE_MISSING, 401, NULL },
	{ "untrusted", untrusted, FN_DENY_CERTIFICATE_UNTRUSTED, 401, NULL },
	{ "expired by a microsecond", just_expired, FN_DENY_CERTIFICATE_EXPIRED, 401, NULL },
	{ "no end", zero_end, FN_DENY_CERTIFICATE_EXPIRED, 401, NULL },
	{ "valid in a microsecond", nearly_valid, FN_DENY_CERTIFICATE_NOT_YET, 401, NULL },
	{ "revoked", revoked, FN_DENY_CERTIFICATE_REVOKED, 401, NULL },
	{ "pinned nowhere", unpinned, FN_DENY_CERTIFICATE_UNKNOWN, 401, NULL },
	{ "pinned elsewhere", pinned_elsewhere, FN_DENY_CERTIFICATE_UNKNOWN, 401, NULL },
	{ "no system", no_system, FN_DENY_CERTIFICATE_UNKNOWN, 401, NULL },
	{ "system off", system_off, FN_DENY_SYSTEM_INACTIVE, 403, "s1" },
	{ "no resource", no_resource, FN_DENY_RESOURCE_UNKNOWN, 404, NULL },
	{ "nameless resource", nameless_resource, FN_DENY_RESOURCE_UNKNOWN, 404, NULL },
	{ "suspended resource", unpublished, FN_DENY_RESOURCE_NOT_PUBLISHED, 404, "r1" },
	{ "resource without state", stateless, FN_DENY_RESOURCE_NOT_PUBLISHED, 404, "r1" },
	{ "withheld", withheld, FN_DENY_RESOURCE_WITHHELD, 403, "r1" },
	{ "no sharing type", typeless, FN_DENY_RESOURCE_WITHHELD, 403, "r1" },
	{ "invented sharing type", strange_type, FN_DENY_RESOURCE_WITHHELD, 403, "r1" },
	{ "no grant named", no_grant_id, FN_DENY_GRANT_MISSING, 403, NULL },
	{ "empty grant named", empty_grant_id, FN_DENY_GRANT_MISSING, 403, NULL },
	{ "no such grant", grant_not_found, FN_DENY_GRANT_UNKNOWN, 403, "g1" },
	{ "another grant looked up", grant_mixed_up, FN_DENY_GRANT_UNKNOWN, 403, "g2" },
	{ "another system's grant", other_system, FN_DENY_GRANT_OTHER_SYSTEM, 403, "g1" },
	{ "nobody's grant", systemless, FN_DENY_GRANT_OTHER_SYSTEM, 403, "g1" },
	{ "another organization's grant", other_organization, FN_DENY_GRANT_OTHER_SYSTEM, 403, "g1" },
	{ "another resource's grant", other_resource, FN_DENY_GRANT_OTHER_RESOURCE, 403, "g1" },
	{ "suspended", suspended, FN_DENY_GRANT_SUSPENDED, 403, "g1" },
	{ "rectifying", rectifying, FN_DENY_GRANT_SUSPENDED, 403, "g1" },
	{ "terminated", terminated, FN_DENY_GRANT_ENDED, 403, "g1" },
	{ "disposed", disposed, FN_DENY_GRANT_ENDED, 403, "g1" },
	{ "provisioning", provisioning, FN_DENY_GRANT_NOT_ACTIVE, 403, "g1" },
	{ "grant without state", grant_stateless, FN_DENY_GRANT_NOT_ACTIVE, 403, "g1" },
	{ "written past the procedure", unsigned_grant, FN_DENY_GRANT_UNSIGNED, 403, "g1" },
	{ "begins in a microsecond", not_begun, FN_DENY_GRANT_NOT_YET, 403, "g1" },
	{ "over this microsecond", just_over, FN_DENY_GRANT_EXPIRED, 403, "g1" },
	{ "no term", zero_term, FN_DENY_GRANT_EXPIRED, 403, "g1" },
	{ "other mode", other_mode, FN_DENY_MODE, 403, "batch" },
	{ "no mode", no_mode, FN_DENY_MODE, 403, NULL },
	{ "grant without mode", modeless_grant, FN_DENY_MODE, 403, "query" },
	{ "seventh field", seventh_field, FN_DENY_FIELD, 403, "phone" },
	{ "no field", no_field_asked, FN_DENY_FIELD, 403, NULL },
	{ "no field granted", nothing_granted, FN_DENY_FIELD, 403, "name" },
	{ "all of no fields", all_of_nothing, FN_DENY_FIELD, 403, NULL },
	{ "no purpose", no_purpose, FN_DENY_PURPOSE_MISSING, 403, NULL },
	{ "empty purpose", empty_purpose, FN_DENY_PURPOSE_MISSING, 403, NULL },
	{ "other purpose", other_purpose, FN_DENY_PURPOSE, 403, NULL },
	{ "grant without purpose", purposeless_grant, FN_DENY_PURPOSE, 403, NULL },
	{ "no case", no_case, FN_DENY_CASE_MISSING, 403, NULL },
	{ "empty case", empty_case, FN_DENY_CASE_MISSING, 403, NULL },
	{ "no operator", no_operator, FN_DENY_OPERATOR_MISSING, 403, NULL },
	{ "strange operator", strange_operator, FN_DENY_OPERATOR_UNKNOWN, 403, "op3" },
	{ "system without operators", system_without_operators, FN_DENY_OPERATOR_UNKNOWN, 403, "op1" },
	{ "grant for others", grant_for_others, FN_DENY_OPERATOR_UNKNOWN, 403, "op1" },
	{ "grant for nobody", grant_for_nobody, FN_DENY_OPERATOR_UNKNOWN, 403, "op1" },
	{ "level 3 not signed", not_signed, FN_DENY_SIGNATURE_MISSING, 401, NULL },
	{ "unknown level not signed", not_signed_unknown_level, FN_DENY_SIGNATURE_MISSING, 401, NULL },
	{ "wrong signature", wrong_signature, FN_DENY_SIGNATURE_WRONG, 401, NULL },
	{ "signature older than 300 s", old_signature, FN_DENY_CLOCK_SKEW, 401, NULL },
	{ "signature from the future", early_signature, FN_DENY_CLOCK_SKEW, 401, NULL },
	{ "signature without time", undated_signature, FN_DENY_CLOCK_SKEW, 401, NULL },
	{ "nonce seen", used_nonce, FN_DENY_NONCE_SEEN, 401, NULL },
	{ "one minute early", too_early, FN_DENY_OUTSIDE_HOURS, 403, NULL },
	{ "this minute is over", too_late, FN_DENY_OUTSIDE_HOURS, 403, NULL },
	{ "no hours", no_hours, FN_DENY_OUTSIDE_HOURS, 403, NULL },
	{ "night only", night_only, FN_DENY_OUTSIDE_HOURS, 403, NULL },
	{ "quota used", quota_used, FN_DENY_QUOTA, 429, NULL },
	{ "negative quota", quota_negative, FN_DENY_QUOTA, 429, NULL },
	{ "wanting the moon", quota_overflow, FN_DENY_QUOTA, 429, NULL },
	{ "negative want", quota_refund, FN_DENY_QUOTA, 429, NULL },
};

/* Things at the very edge that still hold. */
SPOIL(nothing, (void)w)
SPOIL(all_fields, w->question.fields = NULL)
SPOIL(any_operator, w->grant.operators = NULL)
SPOIL(last_moment, w->certificate.not_after = NOW)
SPOIL(first_moment, w->certificate.not_before = w->grant.from = NOW)
SPOIL(last_of_grant, w->grant.until = NOW + 1)
SPOIL(first_minute, w->grant.hour_from = 600)
SPOIL(last_minute, w->grant.hour_until = 601)
SPOIL(all_day, (w->grant.hour_from = 0, w->grant.hour_until = 1440))
SPOIL(over_midnight, (w->grant.hour_from = 599, w->grant.hour_until = 300))
SPOIL(no_quota, (w->grant.quota_day = 0, w->question.used_today = G_MAXINT64))
SPOIL(no_case_needed, (w->grant.case_required = FALSE, w->question.case_number = NULL))
SPOIL(level_two_unsigned, (w->resource.level = 2, w->question.signature_present = FALSE))
SPOIL(signed_300, w->question.signature_created = NOW - 300 * SECOND)
SPOIL(unconditional, w->resource.sharing_type = "unconditional")

static void (*const fine[])(World *world) = { nothing, all_fields, any_operator, last_moment, first_moment, last_of_grant,
	first_minute, last_minute, all_day, over_midnight, no_quota, no_case_needed, level_two_unsigned, signed_300, unconditional };

static void
test_refusals(void)
{
	gboolean reached[FN_DENIES] = { FALSE };
	World w;

	for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
		FnDecision decision;

		right(&w);
		refusals[i].spoil(&w);
		decision = fn_policy_decide(&w.question);
		g_test_message("%s", refusals[i].why);
		g_assert_false(decision.permit);
		g_assert_cmpint(decision.deny, ==, refusals[i].deny);
		g_assert_cmpuint(decision.status, ==, refusals[i].status);
		g_assert_cmpstr(decision.code, ==, fn_policy_code(refusals[i].deny));
		g_assert_cmpstr(decision.what, ==, refusals[i].what);
		reached[decision.deny] = TRUE;
	}
	for (guint deny = FN_DENY_NONE + 1; deny < FN_DENIES; deny++)
		g_assert_true(reached[deny]);
}

static void
test_permits(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(fine); i++) {
		FnDecision decision;
		World w;

		right(&w);
		fine[i](&w);
		decision = fn_policy_decide(&w.question);
		g_test_message("%zu", i);
		g_assert_cmpstr(decision.code, ==, "permitted");
		g_assert_true(decision.permit);
		g_assert_cmpint(decision.deny, ==, FN_DENY_NONE);
		g_assert_cmpuint(decision.status, ==, 200);
	}
}

static void
test_zero(void)
{
	FnQuestion question = { 0 };
	FnDecision decision = { 0 };

	g_assert_false(decision.permit);
	g_assert_cmpint(decision.deny, ==, FN_DENY_UNDECIDED);
	g_assert_false(fn_policy_decide(&question).permit);
	g_assert_cmpint(fn_policy_decide(&question).deny, ==, FN_DENY_CERTIFICATE_MISSING);
}

/* However many edges are taken at once, one wrong thing denies; and no second wrong thing ever turns that into a permit. */
static void
test_any_wrong_denies(void)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(809);

	for (guint round = 0; round < 20000; round++) {
		World w;
		guint first = (guint)g_rand_int_range(random, 0, G_N_ELEMENTS(refusals));
		guint second = (guint)g_rand_int_range(random, 0, G_N_ELEMENTS(refusals));

		right(&w);
		refusals[first].spoil(&w);
		g_assert_false(fn_policy_decide(&w.question).permit);
		refusals[second].spoil(&w);
		/* a later spoiling may overwrite the same thing, but never with something right */
		g_assert_false(fn_policy_decide(&w.question).permit);
	}
}

static void
test_before_quota(void)
{
	World w;

	right(&w);
	quota_used(&w);
	g_assert_true(fn_policy_decide_before_quota(&w.question).permit);
	night_only(&w);
	g_assert_cmpint(fn_policy_decide_before_quota(&w.question).deny, ==, FN_DENY_OUTSIDE_HOURS);
}

static void
test_words(void)
{
	g_autoptr(GHashTable) codes = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint deny = 0; deny < FN_DENIES; deny++) {
		const char *zh = fn_policy_words((FnDeny)deny, "zh"), *en = fn_policy_words((FnDeny)deny, "en");

		g_assert_true(g_utf8_validate(zh, -1, NULL));
		g_assert_true(g_str_is_ascii(en));
		g_assert_cmpstr(zh, !=, en);
		g_assert_true(deny == FN_DENY_NONE || strlen(en) > 40);
		g_assert_true(g_hash_table_add(codes, (gpointer)fn_policy_code((FnDeny)deny)));
	}
	g_assert_cmpstr(fn_policy_code((FnDeny)9999), ==, "undecided");
	g_assert_cmpuint(fn_policy_status((FnDeny)9999), ==, 403);
	g_assert_cmpstr(fn_policy_code(FN_DENY_FIELD), ==, "field_not_granted");
	g_assert_cmpstr(fn_policy_words(FN_DENY_QUOTA, NULL), ==, fn_policy_words(FN_DENY_QUOTA, "en"));
}

static void
test_explain(void)
{
	World w;
	g_autofree char *permitted = NULL, *refused = NULL, *chinese = NULL;

	right(&w);
	permitted = fn_policy_explain(&w.question, "en");
	g_assert_true(g_str_has_suffix(permitted, "Permitted.\n"));
	g_assert_null(strstr(permitted, "NO"));
	g_assert_nonnull(strstr(permitted, "ok    the grant is active\n"));
	w.question.fields = (const char *const[]){ "phone\n\x1b[31m", NULL };
	refused = fn_policy_explain(&w.question, "en");
	g_assert_nonnull(strstr(refused, "NO    every requested field is granted\n      403 field_not_granted: phone"));
	g_assert_null(strchr(refused, '\x1b'));
	g_assert_null(strstr(refused, "purpose"));
	chinese = fn_policy_explain(&w.question, "zh");
	g_assert_nonnull(strstr(chinese, "不符  所请求的数据项都在授权之内\n"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/policy/refusals", test_refusals);
	g_test_add_func("/policy/permits", test_permits);
	g_test_add_func("/policy/zero", test_zero);
	g_test_add_func("/policy/any-wrong-denies", test_any_wrong_denies);
	g_test_add_func("/policy/before-quota", test_before_quota);
	g_test_add_func("/policy/words", test_words);
	g_test_add_func("/policy/explain", test_explain);
	return g_test_run();
}

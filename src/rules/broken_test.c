/* A rule file may be broken in many ways: each is refused with file, line, key and remedy, and nothing of it is loaded. */
#include "rules/broken.h"

static gboolean
names_place(const char *message, const char *place, const char *says)
{
	gsize size = strlen(place);

	if (strncmp(message, place, size) != 0 || strncmp(message + size, ": ", 2) != 0)
		return FALSE;
	return g_regex_match_simple(says, message + size + 2, 0, 0);
}

static void
test_broken(void)
{
	guint wrong = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(broken_rules); i++) {
		const BrokenRule *rule = &broken_rules[i];
		g_autofree char *place = NULL, *copy = broken_make(rule, &place);
		g_autoptr(GError) error = NULL;
		g_autoptr(FnRules) rules = fn_rules_load(copy, "national", NULL, &error);

		broken_remove(copy);
		if (rules != NULL)
			g_test_message("%s: was loaded (%s)", rule->why, place);
		else if (!names_place(error->message, place, rule->says))
			g_test_message("%s: expected %s: %s; got %s", rule->why, place, rule->says, error->message);
		else
			continue;
		wrong++;
	}
	g_assert_cmpuint(wrong, ==, 0);
}

/* What is wrong with the table itself would hide what is wrong with a rule: unchanged, the copy loads. */
static void
test_sound(void)
{
	static const BrokenRule nothing = { .why = "sound", .file = "roles.yaml", .old = "id: roles", .new = "id: roles" };
	g_autofree char *place = NULL, *copy = broken_make(&nothing, &place);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRules) rules = fn_rules_load(copy, "national", NULL, &error);

	broken_remove(copy);
	g_assert_no_error(error);
	g_assert_nonnull(rules);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rules/broken/sound", test_sound);
	g_test_add_func("/rules/broken/refused", test_broken);
	return g_test_run();
}

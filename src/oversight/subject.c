/* What an offender of a check is called by people. */
#include "oversight/oversight_priv.h"

#include "base/say.h"

#include <string.h>

/* "unanswered" of manual checks has no file of its own that names it. */
static const char *
of_program(const char *subject, gboolean chinese)
{
	return strcmp(subject, FN_UNANSWERED) == 0 ? fn_say_in(FN_SAY("questions of the list answered"), chinese) : NULL;
}

static const FnNode *
of_question(const FnNode *check, const char *subject)
{
	const FnNode *questions = fn_node_get(fn_node_get(check, "find"), "manual");

	for (guint i = 0; i < fn_node_count(questions); i++)
		if (g_strcmp0(fn_node_text(fn_node_at(questions, i), "id"), subject) == 0)
			return fn_node_at(questions, i);
	return NULL;
}

/* As the check says it, as the register's field does, as the register itself. */
static const FnNode *
named(const FnRules *rules, const FnNode *check, const char *subject)
{
	const FnNode *about = fn_node_get(check, "subject"), *book = fn_rules_get(rules, "registers", fn_node_text(about, "register"));
	const FnNode *field = fn_node_get(fn_node_get(book, "fields"), fn_node_text(about, "field"));
	const FnNode *const found[] = { fn_node_get(fn_node_get(about, "names"), subject), fn_node_get(fn_node_get(field, "names"), subject),
		of_question(check, subject), fn_node_get(fn_rules_get(rules, "registers", subject), "title") };

	for (gsize i = 0; i < G_N_ELEMENTS(found); i++)
		if (found[i] != NULL)
			return found[i];
	return NULL;
}

/* A detail that is a number only tells how many, not what. */
static gboolean
tells_what(const char *detail)
{
	return detail != NULL && strspn(detail, "0123456789-/. ") != strlen(detail);
}

char *
fn_subject_said(const FnRules *rules, const FnNode *check, const char *subject, const char *detail, gboolean chinese)
{
	const char *said = fn_oversight_say(named(rules, check, subject), chinese);

	if (said == NULL)
		said = of_program(subject, chinese);
	return g_strdup(said != NULL ? said : tells_what(detail) ? detail : subject);
}

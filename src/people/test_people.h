/* For tests of the rooms above: organizations and people of a city, at a fixed hour. They fail the test on any error. */
#pragma once

#include "base/identifiers.h"
#include "base/json.h"
#include "people/testing.h"

#include <string.h>

static const gint64 noon = G_GINT64_CONSTANT(1790000000000000); /* 2026-09-21 in China */

/* Its code: @first17 with the character that checks them. Caller frees. */
static inline char *
fixture_organization(FnDb *db, const char *first17, const char *name, const char *kind)
{
	g_autoptr(GError) error = NULL;
	char *code = g_strdup_printf("%s%c", first17, fn_credit_code_check_character(first17));

	fn_people_add_organization(db, code, name, kind, "130100", NULL, &error);
	g_assert_no_error(error);
	return code;
}

/* An account with up to one office, as actor. */
static inline FnActor *
fixture_actor(FnDb *db, const char *organization, const char *login, const char *office)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *account = fn_people_add_account_at_cost(
		db, organization, login, login, "Fengche#7Lu-tai", FN_PASSWORD_TEST_COST, &error);
	FnActor *actor;

	g_assert_no_error(error);
	if (office != NULL)
		fn_people_set_office(db, account, office, TRUE, &error);
	g_assert_no_error(error);
	actor = fn_people_actor(db, account, noon, &error);
	g_assert_no_error(error);
	return actor;
}

/* JSON with ' for ", which reads better in C. */
static inline json_t *
fixture_json(const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *quoted = g_strdelimit(g_strdup(text), "'", '"');
	json_t *value = fn_json_parse(quoted, strlen(quoted), &error);

	g_assert_no_error(error);
	return value;
}

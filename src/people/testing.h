/* For tests only: accounts whose password hash costs next to nothing. The cost stands in the hash, so they log in as
 * fast. */
#pragma once

#include "people/people.h"

typedef struct {
	guint32 passes, kib;
} FnPasswordCost;
#define FN_PASSWORD_TEST_COST (&(const FnPasswordCost){ 1, 64 })

/* As the functions without "_at_cost"; NULL: the standard cost. */
char *fn_people_add_account_at_cost(FnDb *db, const char *organization, const char *login, const char *real_name,
	const char *password, const FnPasswordCost *cost, GError **error);
gboolean fn_people_set_password_at_cost(
	FnDb *db, const char *account, const char *password, const FnPasswordCost *cost, GError **error);

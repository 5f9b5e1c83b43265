/* What one test of the judge is called and says. The order here is the order of the tests. */
#pragma once

#include "policy/policy.h"

typedef struct {
	FnDeny deny;
	guint status;
	const char *code;
	const char *asks;  /* what the test asks, for explain; both texts in English, Chinese stands in locales/zh.txt */
	const char *words; /* why it was refused, and what to do next */
} FnPolicyWords;

/* The row of @deny; FN_DENY_UNDECIDED for anything unknown. Never NULL. */
const FnPolicyWords *fn_policy_row(FnDeny deny);

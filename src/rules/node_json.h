/* A value of a rule file as JSON: plain true, false and whole numbers are what they look like, whatever is quoted is a text. */
#pragma once

#include "rules/rules.h"

#include <jansson.h>

json_t *fn_node_json(const FnNode *node);

/* What is different between two sets of rules: before a new pack is put in force, somebody reads this. */
#pragma once

#include "rules/rules.h"

typedef struct {
	const char *kind, *id;
	const char *path;        /* "clocks.reply.warn"; items of lists by what names them, or their number; NULL: the whole document */
	const char *was, *is;    /* texts; NULL: not there */
	const char *where;       /* file and line, in the new rules where it is there */
} FnRulesChange; /* borrowed during the call */
typedef void (*FnRulesChanged)(const FnRulesChange *change, gpointer data);

/* Tells every document that came or went, every value that did within one, and every parameter whose value in force is another
 * (kind "parameters"). Gives how many. */
guint fn_rules_diff(const FnRules *before, const FnRules *after, FnRulesChanged changed, gpointer data);

/* For the tests of this room: the rules of the tree and, beside them, files that a test writes. */
#pragma once

#include "rules/fixture.h"
#include "scan/scan_priv.h"

#define FIXTURE_HEAD(id_) "id: " id_ "\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\n"

/* @files (or NULL) is ended by a path of NULL. */
static inline FnRules *
fixture_rules(const FixtureFile *files, GError **error)
{
	g_autofree char *tree = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	g_autofree char *more = files != NULL ? fixture_write(files) : NULL;
	FnRules *rules = fn_rules_load(tree, "national", more, error);

	if (more != NULL)
		fixture_remove(more, files);
	return rules;
}

/* Dictionaries are read when the scanner is made. */
static inline FnScanner *
fixture_scanner(const FixtureFile *files, GError **error)
{
	g_autofree char *tree = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	g_autofree char *more = files != NULL ? fixture_write(files) : NULL;
	g_autoptr(FnRules) rules = fn_rules_load(tree, "national", more, error);
	FnScanner *scanner = rules != NULL ? fn_scanner_new(rules, error) : NULL;

	if (more != NULL)
		fixture_remove(more, files);
	return scanner;
}

/* For tests: the rules of the tree; a directory of rule files that a test writes, and its removal. */
#pragma once

#include "rules/rules.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
	const char *path, *text; /* path NULL ends */
} FixtureFile;

/* The rules of the tree. */
static inline FnRules *
fixture_national(void)
{
	g_autofree char *directory = g_build_filename(g_getenv("FENGNI_ROOT"), "rules", NULL);
	g_autoptr(GError) error = NULL;
	FnRules *rules = fn_rules_load(directory, "national", NULL, &error);

	g_assert_no_error(error);
	return rules;
}

static inline char *
fixture_write(const FixtureFile *files)
{
	char *directory = g_dir_make_tmp("fengni-rules-XXXXXX", NULL);

	g_assert_nonnull(directory);
	for (; files->path != NULL; files++) {
		g_autofree char *path = g_build_filename(directory, files->path, NULL);
		g_autofree char *folder = g_path_get_dirname(path);

		g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
		g_assert_true(g_file_set_contents(path, files->text, -1, NULL));
	}
	return directory;
}

static inline void
fixture_remove(const char *directory, const FixtureFile *files)
{
	for (const FixtureFile *file = files; file->path != NULL; file++) {
		g_autofree char *path = g_build_filename(directory, file->path, NULL);
		g_autofree char *folder = g_path_get_dirname(path);

		g_unlink(path);
		g_rmdir(folder);
	}
	g_rmdir(directory);
}

/* Loads; the messages have no directory in front. */
static inline FnRules *
fixture_load(const FixtureFile *files, const char *pack, const FixtureFile *more_files, char **message_out)
{
	g_autofree char *directory = fixture_write(files);
	g_autofree char *more = more_files != NULL ? fixture_write(more_files) : NULL;
	g_autoptr(GError) error = NULL;
	FnRules *rules = fn_rules_load(directory, pack, more, &error);

	*message_out = rules == NULL ? g_strdup(error->message) : NULL;
	fixture_remove(directory, files);
	if (more != NULL)
		fixture_remove(more, more_files);
	return rules;
}

#define FIXTURE_ROLES "id: roles\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\noffices:\n" \
	"  officer: {zh: 甲, en: A, kinds: [department]}\n  boss: {zh: 甲, en: A, kinds: [department], single: true}\n" \
	"words: {head: [boss]}\nparties: {provider: {zh: 甲, en: A}, consumer: {zh: 甲, en: A}, bureau: {zh: 甲, en: A, kind: bureau}}\napart: []\n"
#define FIXTURE_PACK_HEAD(id_) "id: " id_ "\ntitle: {zh: 甲, en: A}\n"
#define FIXTURE_PARAMETER(name_, value_, unit_, direction_, tighten_) "  " name_ ": {title: {zh: 甲, en: A}, value: " value_ ", unit: " unit_ \
	", direction: " direction_ ", may_tighten: " tighten_ ", source: S}\n"

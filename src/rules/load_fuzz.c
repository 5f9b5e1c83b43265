/* A rule file of any kind beside a few sound ones: the set loads or is refused by file and reason, never more. */
#include "rules/schema.h"

#include "rules/fixture.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static const FixtureFile sound[] = {
	{ "roles.yaml", FIXTURE_ROLES },
	{ "packs/top.yaml", FIXTURE_PACK_HEAD("top") "parameters:\n" FIXTURE_PARAMETER("reply", "10", "working_day", "lower", "true") },
	{ "registers/things.yaml", "id: things\ntitle: {zh: 甲, en: A}\nlaw: [A-1]\nscope: organization\nwrite: [officer@organization]\nkey: [k]\n"
		"fields: {k: {type: text, zh: 甲, en: A}, d: {type: date, zh: 甲, en: A}}\n" },
	{ NULL, NULL },
};

/* Where the kind that @which chooses has its file. Caller frees. */
static char *
path_for(const char *directory, guint which)
{
	const FnKind *kind = fn_kinds;
	g_autofree char *folder = NULL;
	guint kinds = 0;

	while (kind[kinds].name != NULL)
		kinds++;
	kind += which % kinds;
	folder = g_build_filename(directory, kind->name, NULL);
	if (kind->single)
		return g_strconcat(folder, ".yaml", NULL);
	g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
	return g_build_filename(folder, "fuzz.yaml", NULL);
}

/* In place, with nothing synced: many a second. */
static void
write_file(const char *path, const void *bytes, gsize size)
{
	g_assert_true(g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static char *directory;
	g_autoptr(GError) error = NULL;
	g_autoptr(FnRules) rules = NULL;
	g_autofree char *path = NULL, *kept = NULL;
	gsize kept_size = 0;

	if (size == 0)
		return 0;
	if (directory == NULL)
		directory = fixture_write(sound);
	path = path_for(directory, data[0]);
	g_file_get_contents(path, &kept, &kept_size, NULL);
	write_file(path, data + 1, size - 1);
	rules = fn_rules_load(directory, "top", NULL, &error);
	g_assert_true((rules != NULL) == (error == NULL));
	if (kept != NULL)
		write_file(path, kept, kept_size);
	else
		g_unlink(path);
	return 0;
}

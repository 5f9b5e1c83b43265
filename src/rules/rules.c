#include "rules/rules_priv.h"

#include "base/say.h"
#include "base/text.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILES = 4096 };

static void
free_node(gpointer node)
{
	fn_node_free(node);
}

static void
free_nodes(gpointer nodes)
{
	g_ptr_array_unref(nodes);
}

void
fn_rules_free(FnRules *rules)
{
	if (rules == NULL)
		return;
	g_clear_pointer(&rules->parameters, g_hash_table_unref);
	g_clear_pointer(&rules->kinds, g_hash_table_unref);
	g_clear_pointer(&rules->files, g_ptr_array_unref);
	fn_calendar_free(rules->calendar);
	g_checksum_free(rules->sum);
	g_free(rules);
}

static GPtrArray *
documents(const FnRules *rules, const char *kind)
{
	return g_hash_table_lookup(rules->kinds, kind);
}

static gboolean
keep(FnRules *rules, const FnKind *kind, FnNode *document, GError **error)
{
	const char *id = fn_node_text(document, "id");
	const FnNode *before = fn_rules_get(rules, kind->name, id);

	if (before != NULL) {
		g_autofree char *place = fn_node_place(before);

		fn_node_refuse(fn_node_get(document, "id"), "id", FN_RULES_ERROR_REFERENCE, error,
			"\"%s\" is declared at %s already; give it another id", id, place);
		fn_node_free(document);
		return FALSE;
	}
	if (kind->single && strcmp(id, kind->name) != 0) {
		fn_node_refuse(fn_node_get(document, "id"), "id", FN_RULES_ERROR_SCHEMA, error, "must be \"%s\"; write that", kind->name);
		fn_node_free(document);
		return FALSE;
	}
	g_ptr_array_add(documents(rules, kind->name), document);
	return TRUE;
}

static gboolean
load_file(FnRules *rules, const FnKind *kind, const char *path, GError **error)
{
	g_autofree char *bytes = NULL;
	g_autoptr(GError) why = NULL;
	g_autoptr(FnNode) document = NULL;
	char *shown = g_strdup(path);
	gsize size;

	g_ptr_array_add(rules->files, shown);
	if (rules->files->len > MAX_FILES) {
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "%s: more than %d rule files; remove some", path, MAX_FILES);
		return FALSE;
	}
	if (!g_file_get_contents(path, &bytes, &size, &why)) {
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "%s: %s; make it readable", path, why->message);
		return FALSE;
	}
	g_checksum_update(rules->sum, (const guchar *)bytes, (gssize)size);
	document = fn_node_read(bytes, size, shown, error);
	return document != NULL && fn_schema_check(kind, document, error) && keep(rules, kind, g_steal_pointer(&document), error);
}

gboolean
fn_node_read_beside(const FnNode *name, gsize max, char **text_out, gsize *size_out, GError **error)
{
	const char *file = fn_node_scalar(name);
	g_autofree char *folder = g_path_get_dirname(name->file), *path = g_build_filename(folder, file, NULL);
	g_autofree char *safe = fn_text_safe(file, -1, 100);
	struct stat about;

	if (*file == '\0' || *file == '.' || strchr(file, '/') != NULL)
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "\"%s\" is no plain name; put the file beside the rule and name it", safe);
	else if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "%s is no file; put it beside the rule", safe);
	else if ((gsize)about.st_size > max)
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "%s has more than %zu bytes; make it smaller", safe, max);
	else
		return g_file_get_contents(path, text_out, size_out, error);
	return FALSE;
}

static int
by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The visible names in @directory in byte order, or NULL. */
static GPtrArray *
list_names(const char *directory, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) why = NULL;
	GDir *dir = g_dir_open(directory, 0, &why);
	const char *name;

	if (dir == NULL) {
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "%s; name the directory of rule files", why->message);
		return NULL;
	}
	while ((name = g_dir_read_name(dir)) != NULL)
		if (*name != '.')
			g_ptr_array_add(names, g_strdup(name));
	g_dir_close(dir);
	g_ptr_array_sort(names, by_text);
	return g_steal_pointer(&names);
}

static gboolean
load_folder(FnRules *rules, const FnKind *kind, const char *folder, GError **error)
{
	g_autoptr(GPtrArray) names = list_names(folder, error);

	if (names == NULL)
		return FALSE;
	for (guint i = 0; i < names->len; i++) {
		const char *name = names->pdata[i];
		g_autofree char *path = g_build_filename(folder, name, NULL);

		if (g_str_has_suffix(name, ".yml")) {
			fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "%s: would not be read; name it .yaml", path);
			return FALSE;
		}
		if (g_str_has_suffix(name, ".yaml") && !load_file(rules, kind, path, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
refuse_unknown(const char *path, GError **error)
{
	GString *names = g_string_new(NULL);

	for (const FnKind *kind = fn_kinds; kind->name != NULL; kind++)
		g_string_append_printf(names, " %s%s", kind->name, kind->single ? ".yaml" : "/");
	fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_REFERENCE, "%s: no such kind of rule; known are%s", path, names->str);
	g_string_free(names, TRUE);
	return FALSE;
}

static gboolean
load_entry(FnRules *rules, const char *directory, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);
	gboolean folder = g_file_test(path, G_FILE_TEST_IS_DIR);
	g_autofree char *stem = folder ? g_strdup(name) : NULL;
	const FnKind *kind;

	if (!folder && !g_str_has_suffix(name, ".yaml") && !g_str_has_suffix(name, ".yml"))
		return TRUE;
	if (!folder)
		stem = g_strndup(name, strlen(name) - strlen(strrchr(name, '.')));
	kind = fn_kind_find(stem);
	if (kind == NULL || kind->single == folder || g_str_has_suffix(name, ".yml"))
		return refuse_unknown(path, error);
	return folder ? load_folder(rules, kind, path, error) : load_file(rules, kind, path, error);
}

static gboolean
load_directory(FnRules *rules, const char *directory, GError **error)
{
	g_autoptr(GPtrArray) names = list_names(directory, error);

	for (guint i = 0; names != NULL && i < names->len; i++)
		if (!load_entry(rules, directory, names->pdata[i], error))
			return FALSE;
	return names != NULL;
}

static int
by_id(gconstpointer a, gconstpointer b)
{
	return strcmp(fn_node_text(*(const FnNode *const *)a, "id"), fn_node_text(*(const FnNode *const *)b, "id"));
}

static gboolean
declare(FnRules *rules, const FnNode *days, gboolean is_off, gint64 year, GError **error)
{
	for (guint i = 0; i < fn_node_count(days); i++) {
		const FnNode *day = fn_node_at(days, i);
		const char *date = fn_node_scalar(day);
		g_autofree char *of = g_strndup(date, 4);
		g_autoptr(GError) why = NULL;

		/* New Year may begin in the last days of the old year; a day of any other would pass its year off as announced. */
		if (g_ascii_strtoll(of, NULL, 10) != year && (g_ascii_strtoll(of, NULL, 10) != year - 1 || strncmp(date + 4, "-12-", 4) != 0 ||
			fn_rules_get(rules, "calendar", of) == NULL))
			return fn_node_refuse(day, date, FN_RULES_ERROR_SCHEMA, error, "is not a day of %" G_GINT64_FORMAT "; put it into the file of its year",
				year);
		if (!fn_calendar_declare(rules->calendar, date, is_off, &why))
			return fn_node_refuse(day, date, FN_RULES_ERROR_SCHEMA, error, "%s; keep one", why->message);
	}
	return TRUE;
}

static gboolean
fill_calendar(FnRules *rules, GError **error)
{
	guint n;
	const FnNode *const *notice = fn_rules_all(rules, "calendar", &n);

	for (guint i = 0; i < n; i++) {
		const FnNode *holidays = fn_node_get(notice[i], "holidays");
		gint64 year = fn_node_int(notice[i], "id", 0);

		for (guint j = 0; j < fn_node_count(holidays); j++)
			if (!declare(rules, fn_node_get(fn_node_at(holidays, j), "off"), TRUE, year, error) ||
			    !declare(rules, fn_node_get(fn_node_at(holidays, j), "work"), FALSE, year, error))
				return FALSE;
	}
	return TRUE;
}

FnRules *
fn_rules_load(const char *directory, const char *pack, const char *more, GError **error)
{
	g_autoptr(FnRules) rules = g_new0(FnRules, 1);

	rules->files = g_ptr_array_new_with_free_func(g_free);
	rules->kinds = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_nodes);
	rules->calendar = fn_calendar_new();
	rules->sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_checksum_update(rules->sum, (const guchar *)pack, -1);
	for (const FnKind *kind = fn_kinds; kind->name != NULL; kind++)
		g_hash_table_insert(rules->kinds, (gpointer)kind->name, g_ptr_array_new_with_free_func(free_node));
	if (!load_directory(rules, directory, error) || (more != NULL && !load_directory(rules, more, error)))
		return NULL;
	for (const FnKind *kind = fn_kinds; kind->name != NULL; kind++)
		g_ptr_array_sort(documents(rules, kind->name), by_id);
	g_checksum_get_string(rules->sum); /* closed: from here on it is only read */
	if (!fill_calendar(rules, error) || !fn_rules_resolve_pack(rules, pack, error) || !fn_rules_check(rules, error))
		return NULL;
	return g_steal_pointer(&rules);
}

/* The rules/ of the source tree above the running program, or NULL. */
static char *
directory_of_tree(void)
{
	g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *at = program != NULL ? g_path_get_dirname(program) : NULL;

	for (guint up = 0; at != NULL && up < 5; up++) {
		g_autofree char *packs = g_build_filename(at, "rules", "packs", NULL);
		g_autofree char *build = g_build_filename(at, "meson.build", NULL);
		char *above;

		if (g_file_test(packs, G_FILE_TEST_IS_DIR) && g_file_test(build, G_FILE_TEST_EXISTS))
			return g_build_filename(at, "rules", NULL);
		above = g_path_get_dirname(at);
		g_free(at);
		at = above;
	}
	return NULL;
}

char *
fn_rules_directory(const FnSettings *settings)
{
	const char *set = settings != NULL ? fn_settings_text(settings, "rules") : "";
	char *tree;

	if (*set != '\0')
		return g_strdup(set);
	tree = directory_of_tree();
	return tree != NULL ? tree : g_strdup("/usr/share/fengni/rules");
}

const FnNode *
fn_rules_get(const FnRules *rules, const char *kind, const char *id)
{
	GPtrArray *all = documents(rules, kind);

	for (guint i = 0; all != NULL && id != NULL && i < all->len; i++)
		if (strcmp(fn_node_text(all->pdata[i], "id"), id) == 0)
			return all->pdata[i];
	return NULL;
}

const FnNode *const *
fn_rules_all(const FnRules *rules, const char *kind, guint *n_out)
{
	GPtrArray *all = documents(rules, kind);

	*n_out = all != NULL ? all->len : 0;
	return all != NULL ? (const FnNode *const *)all->pdata : NULL;
}

const char *
fn_rules_title(const FnNode *document, const char *language)
{
	return fn_node_text(fn_node_get(document, "title"), strcmp(language, "zh") == 0 ? "zh" : "en");
}

const char *
fn_rules_digest(const FnRules *rules)
{
	return g_checksum_get_string(rules->sum);
}

const FnCalendar *
fn_rules_calendar(const FnRules *rules)
{
	return rules->calendar;
}

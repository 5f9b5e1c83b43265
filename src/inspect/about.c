/* What the rule files say about detectors and profiles, for people. */
#include "inspect/command_priv.h"

#include "base/say.h"
#include "base/text.h"

#include <string.h>

enum { EXCERPT_MAX = 96 }; /* characters */

struct FnAbouts {
	GArray *all;       /* FnAbout, by id */
	GHashTable *by_id; /* id → index + 1 */
};

static FnAbout
read_one(const FnNode *file)
{
	const FnNode *mask = fn_node_get(file, "mask"), *keep = fn_node_get(mask, "keep");
	FnAbout about = { .id = fn_node_text(file, "id"), .zh = fn_rules_title(file, "zh"), .en = fn_rules_title(file, "en") };
	const char *head = fn_node_scalar(fn_node_at(keep, 0)), *tail = fn_node_scalar(fn_node_at(keep, 1));

	about.level = (guint)fn_node_int(file, "level", 1);
	about.blocks = g_strcmp0(fn_node_text(file, "verdict"), "blocked") == 0;
	about.partial = g_strcmp0(fn_node_text(mask, "default"), "partial") == 0 && head != NULL && tail != NULL;
	if (about.partial) {
		about.head = (guint)g_ascii_strtoull(head, NULL, 10);
		about.tail = (guint)g_ascii_strtoull(tail, NULL, 10);
	}
	return about;
}

FnAbouts *
fn_abouts_new(const FnRules *rules)
{
	FnAbouts *abouts = g_new0(FnAbouts, 1);
	const FnNode *const *file;
	guint n;

	abouts->all = g_array_new(FALSE, FALSE, sizeof(FnAbout));
	abouts->by_id = g_hash_table_new(g_str_hash, g_str_equal);
	file = fn_rules_all(rules, "detectors", &n);
	for (guint i = 0; i < n; i++) {
		FnAbout about = read_one(file[i]);

		g_array_append_val(abouts->all, about);
		g_hash_table_insert(abouts->by_id, (gpointer)about.id, GUINT_TO_POINTER(i + 1));
	}
	return abouts;
}

void
fn_abouts_free(FnAbouts *abouts)
{
	if (abouts == NULL)
		return;
	g_array_unref(abouts->all);
	g_hash_table_unref(abouts->by_id);
	g_free(abouts);
}

FnAbout
fn_abouts_get(const FnAbouts *abouts, const char *id)
{
	guint i = GPOINTER_TO_UINT(g_hash_table_lookup(abouts->by_id, id));

	return i > 0 ? g_array_index(abouts->all, FnAbout, i - 1) : (FnAbout){ .id = id, .zh = id, .en = id };
}

const GArray *
fn_abouts_all(const FnAbouts *abouts)
{
	return abouts->all;
}

const char *
fn_about_title(const FnAbout *about)
{
	return fn_say_in_chinese() ? about->zh : about->en;
}

/* What is kept is never more than two thirds of it, whatever the rule says: short matches would stand there in clear. */
char *
fn_about_excerpt(const FnAbout *about, const char *text)
{
	g_autofree char *good = fn_text_safe(text, -1, EXCERPT_MAX * 4);
	glong n = MIN(g_utf8_strlen(good, -1), EXCERPT_MAX);
	glong most = n * 2 / 3, head = about->partial ? MIN((glong)about->head, most) : 0;
	glong tail = about->partial ? MIN((glong)about->tail, most - head) : 0;
	GString *out = g_string_new(NULL);

	g_string_append_len(out, good, g_utf8_offset_to_pointer(good, head) - good);
	for (glong i = head; i < n - tail; i++)
		g_string_append_c(out, '*');
	g_string_append(out, g_utf8_offset_to_pointer(good, g_utf8_strlen(good, -1) - tail));
	return g_string_free(out, FALSE);
}

void
fn_scan_list(const FnRules *rules, const FnAbouts *abouts, FILE *to)
{
	guint n;
	const FnNode *const *profile = fn_rules_all(rules, "profiles", &n);

	fprintf(to, "%s\n", fn_say("Profiles"));
	for (guint i = 0; i < n; i++)
		fprintf(to, "  %-22s %s\n", fn_node_text(profile[i], "id"), fn_rules_title(profile[i], fn_say_in_chinese() ? "zh" : "en"));
	fprintf(to, "\n%s\n", fn_say("Detectors"));
	for (guint i = 0; i < abouts->all->len; i++) {
		const FnAbout *about = &g_array_index(abouts->all, FnAbout, i);

		fprintf(to, fn_say("  %-22s level %u  %s\n"), about->id, about->level, fn_about_title(about));
	}
}

#include "ledger/prune.h"

#include "ledger/walk.h"

#include "base/json.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALL_FILE_MAX 4096u

/* ---- time ---- */

gboolean
fn_class_over(FnClass class, gint64 time, gint64 now)
{
	static const guint months[FN_CLASS_PERMANENT] = { [FN_CLASS_6M] = 6, [FN_CLASS_1Y] = 12, [FN_CLASS_3Y] = 36 };
	GDate end, today;

	if (class < FN_CLASS_6M || class >= FN_CLASS_PERMANENT)
		return FALSE;
	fn_time_date(time, &end);
	fn_time_date(now, &today);
	g_date_add_months(&end, months[class]);
	return g_date_compare(&today, &end) > 0;
}

gboolean
fn_month_is_valid(const char *text)
{
	static const char form[] = "dddd-dd";

	for (gsize i = 0; i < sizeof(form); i++) /* with the end */
		if (form[i] == 'd' ? !g_ascii_isdigit(text[i]) : text[i] != form[i])
			return FALSE;
	return strcmp(text + 5, "01") >= 0 && strcmp(text + 5, "12") <= 0;
}

/* ---- counting ---- */

typedef struct {
	FnPrunePlan *plan;
	const FnKept *kept;
	char month[FN_MONTH_SIZE + 1]; /* of the entry before */
	FnPruneMonth sum;  /* of all entries so far */
	guint64 bytes;     /* frames of all entries so far */
	guint64 files;     /* bytes of all segments so far */
	guint settled;     /* months of the plan whose first segment is known */
	GArray *before;    /* of guint64: @bytes at the border of each month */
} Counting;

static void
begin_month(Counting *counting, const char *month, guint64 index)
{
	FnPrunePlan *plan = counting->plan;
	FnPruneMonth border = counting->sum;

	g_strlcpy(border.before, month, sizeof(border.before));
	border.minimum = index;
	if (index <= plan->minimum || index > plan->signed_size || index == 0)
		return;
	g_array_append_val(plan->months, border);
	g_array_append_val(counting->before, counting->bytes);
}

static gboolean
count_entry(FnWalk *walk, guint64 index, FnSpan frame, const FnEntry *entry, GError **error)
{
	Counting *counting = walk->data;
	guint64 size = frame.size + 2;

	if (strcmp(walk->month, counting->month) != 0) {
		begin_month(counting, walk->month, index);
		g_strlcpy(counting->month, walk->month, sizeof(counting->month));
	}
	counting->bytes += size;
	if (walk->over[entry->class]) {
		counting->sum.gone++;
		counting->sum.gone_bytes += size;
	} else {
		counting->sum.kept[entry->class]++;
		counting->sum.kept_bytes += size;
	}
	return TRUE;
}

static guint64
all_kept(const FnPruneMonth *month)
{
	guint64 all = month->tail;

	for (guint class = FN_CLASS_6M; class <= FN_CLASS_PERMANENT; class++)
		all += month->kept[class];
	return all;
}

/* A segment begins: what lies between the months that began since the one before and here shares that segment. */
static gboolean
count_segment(FnWalk *walk, guint64 first, guint64 bytes, GError **error)
{
	Counting *counting = walk->data;
	FnPrunePlan *plan = counting->plan;

	for (; counting->settled < plan->months->len; counting->settled++) {
		FnPruneMonth *month = &g_array_index(plan->months, FnPruneMonth, counting->settled);
		FnKept next = { .first = first };
		guint64 stays;

		month->first = first;
		month->tail = first - month->minimum;
		month->kept_bytes += counting->bytes - g_array_index(counting->before, guint64, counting->settled);
		next.entries = all_kept(month);
		next.bytes = month->kept_bytes;
		stays = fn_kept_file_size(&next);
		month->freed = counting->files + (counting->kept->fd >= 0 ? fn_kept_file_size(counting->kept) : 0);
		month->freed = month->freed > stays ? month->freed - stays : 0;
	}
	counting->files += bytes;
	plan->open = first;
	return TRUE;
}

gboolean
fn_prune_count(int directory, const FnKept *kept, gint64 now, FnPrunePlan *plan, GError **error)
{
	Counting counting = { .plan = plan, .kept = kept, .before = g_array_new(FALSE, FALSE, sizeof(guint64)) };
	FnWalk walk = { .directory = directory, .kept = kept, .entry = count_entry, .segment = count_segment, .until = G_MAXUINT64,
		.data = &counting, .now = now };
	gboolean good;

	plan->minimum = kept->fd >= 0 ? kept->minimum : 0;
	plan->first = kept->fd >= 0 ? kept->first : 0;
	plan->pruned = kept->fd >= 0 ? kept->first - kept->entries : 0;
	good = fn_walk(&walk, error);
	/* A month that began in the segment being written has no place in the plan: its segment does not end yet. */
	g_array_set_size(plan->months, counting.settled);
	g_array_unref(counting.before);
	return good;
}

/* ---- of a directory ---- */

FnPrunePlan *
fn_prune_plan_new(void)
{
	FnPrunePlan *plan = g_new0(FnPrunePlan, 1);

	plan->months = g_array_new(FALSE, FALSE, sizeof(FnPruneMonth));
	return plan;
}

void
fn_prune_plan_free(FnPrunePlan *plan)
{
	if (plan == NULL)
		return;
	g_array_unref(plan->months);
	g_free(plan);
}

/* The first line of a small file. Caller frees. */
static char *
read_line(int directory, const char *path, guint number, gboolean *missing_out, GError **error)
{
	g_autoptr(GBytes) bytes = fn_file_read(directory, path, SMALL_FILE_MAX, missing_out, error);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (bytes == NULL)
		return NULL;
	text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	lines = g_strsplit(text, "\n", (gint)number + 2);
	return g_strdup(g_strv_length(lines) > number ? lines[number] : "");
}

/* Which log it is and how much of it is signed, as the checkpoint says: this is a plan, the ledger looks for itself. */
static gboolean
read_facts(int directory, FnPrunePlan *plan, GError **error)
{
	gboolean missing = FALSE;
	g_autofree char *origin = read_line(directory, "origin", 0, &missing, error);
	g_autofree char *size = NULL;

	if (origin == NULL)
		return FALSE;
	g_strlcpy(plan->origin, origin, sizeof(plan->origin));
	size = read_line(directory, "checkpoint", 1, &missing, missing ? NULL : error);
	if (size != NULL)
		plan->signed_size = g_ascii_strtoull(size, NULL, 10);
	return size != NULL || missing;
}

FnPrunePlan *
fn_log_prune_plan(const char *directory, gint64 now, GError **error)
{
	g_autoptr(FnPrunePlan) plan = fn_prune_plan_new();
	g_auto(FnKept) kept = FN_KEPT_NONE;
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean good;

	if (fd < 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "%s: %s", directory, g_strerror(errno));
		return NULL;
	}
	good = read_facts(fd, plan, error) && fn_kept_open_last(fd, plan->origin, &kept, error) && fn_prune_count(fd, &kept, now, plan, error);
	close(fd);
	return good ? g_steal_pointer(&plan) : NULL;
}

/* ---- as text ---- */

static void
write_month(FnJson *json, const FnPruneMonth *month)
{
	fn_json_begin_object(json);
	fn_json_member(json, "before", month->before);
	fn_json_member_int(json, "first", (gint64)month->first);
	fn_json_member_int(json, "freed", (gint64)month->freed);
	fn_json_member_int(json, "gone", (gint64)month->gone);
	fn_json_member_int(json, "gone_bytes", (gint64)month->gone_bytes);
	fn_json_name(json, "kept");
	fn_json_begin_object(json);
	for (FnClass class = FN_CLASS_6M; class <= FN_CLASS_PERMANENT; class++)
		fn_json_member_int(json, fn_class_name(class), (gint64)month->kept[class]);
	fn_json_member_int(json, "segment", (gint64)month->tail);
	fn_json_end_object(json);
	fn_json_member_int(json, "kept_bytes", (gint64)month->kept_bytes);
	fn_json_member_int(json, "minimum", (gint64)month->minimum);
	fn_json_end_object(json);
}

char *
fn_prune_plan_json(const FnPrunePlan *plan)
{
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	fn_json_begin_object(&json);
	fn_json_member_int(&json, "first", (gint64)plan->first);
	fn_json_member_int(&json, "minimum", (gint64)plan->minimum);
	fn_json_name(&json, "months");
	fn_json_begin_array(&json);
	for (guint i = 0; i < plan->months->len; i++)
		write_month(&json, &g_array_index(plan->months, FnPruneMonth, i));
	fn_json_end_array(&json);
	fn_json_member_int(&json, "open", (gint64)plan->open);
	fn_json_member(&json, "origin", plan->origin);
	fn_json_member_int(&json, "pruned", (gint64)plan->pruned);
	fn_json_member_int(&json, "signed", (gint64)plan->signed_size);
	fn_json_end_object(&json);
	return g_string_free(text, FALSE);
}

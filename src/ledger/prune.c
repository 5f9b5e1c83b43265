#include "ledger/prune.h"

#include "ledger/log_priv.h"
#include "ledger/walk.h"

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define ASIDE "tmp/kept"

/* What an authorisation says; texts are borrowed from @json. */
typedef struct {
	json_t *json, *authorisation;
	const char *before, *signature;
} Wish;

static void
wish_clear(Wish *wish)
{
	json_decref(wish->json);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wish, wish_clear)

static gboolean
forbidden(GError **error, const char *why)
{
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_FORBIDDEN, "the authorisation to prune %s", why);
	return FALSE;
}

/* ---- the authorisation ---- */

static gboolean
is_signed(FnLog *log, const Wish *wish, GError **error)
{
	const FnHeadSigner *signer = &log->options.signer;
	g_autoptr(GError) why = NULL;
	g_autofree char *text = NULL;
	g_autofree char *canonical = fn_json_canonical(wish->authorisation);
	g_autoptr(FnPublicKey) key = NULL;
	g_autofree guint8 *signature = NULL;
	gsize size;

	if (signer->public_key != NULL)
		text = signer->public_key(signer->data, "grant", &why);
	if (text == NULL || (key = fn_public_key_parse(text, &why)) == NULL) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_NOT_YET, "the authorisation to prune cannot be checked: %s",
			why != NULL ? why->message : "nobody to ask for the key");
		return FALSE;
	}
	signature = g_base64_decode(wish->signature, &size);
	return fn_verify(key, "pruning", canonical, strlen(canonical), signature, size, NULL) ||
		forbidden(error, "was not signed by the keeper");
}

static gboolean
read_wish(FnLog *log, const char *authorised, gsize size, Wish *wish, GError **error)
{
	const char *case_id, *origin, *until;
	gint64 end;

	wish->json = fn_json_parse(authorised, size, NULL);
	wish->authorisation = json_object_get(wish->json, "authorisation");
	wish->signature = json_string_value(json_object_get(wish->json, "signature"));
	wish->before = json_string_value(json_object_get(wish->authorisation, "before"));
	case_id = json_string_value(json_object_get(wish->authorisation, "case"));
	origin = json_string_value(json_object_get(wish->authorisation, "origin"));
	until = json_string_value(json_object_get(wish->authorisation, "until"));
	if (json_object_size(wish->json) != 2 || wish->signature == NULL || json_object_size(wish->authorisation) != 4 || case_id == NULL ||
	    origin == NULL || until == NULL || wish->before == NULL || !fn_month_is_valid(wish->before) || !fn_time_parse(until, &end))
		return forbidden(error, "is not in its form");
	if (!is_signed(log, wish, error))
		return FALSE;
	if (!g_str_equal(origin, log->origin))
		return forbidden(error, "is for another log");
	return end > fn_time_now() || forbidden(error, "has run out");
}

/* ---- what goes and what is kept ---- */

static gint64
now(const FnLog *log)
{
	return log->options.clock != NULL ? log->options.clock(log->options.clock_data) : fn_time_now();
}

/* The border that @before asks for: the first entry of that month, or of the first one after it in which anything was entered. */
static const FnPruneMonth *
find_month(const FnPrunePlan *plan, const char *before, GError **error)
{
	for (guint i = 0; i < plan->months->len; i++) {
		const FnPruneMonth *month = &g_array_index(plan->months, FnPruneMonth, i);

		if (strcmp(month->before, before) < 0)
			continue;
		if (month->gone > 0)
			return month;
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RANGE, "all entries before %s are still to be kept", before);
		return NULL;
	}
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RANGE,
		"no closed and signed segment reaches up to %s: ask for an earlier month, or later", before);
	return NULL;
}

static FnKept
shape_of(const FnPruneMonth *month)
{
	FnKept shape = FN_KEPT_NONE;

	shape.minimum = month->minimum;
	shape.first = month->first;
	shape.entries = month->tail;
	shape.bytes = month->kept_bytes;
	for (guint class = FN_CLASS_6M; class <= FN_CLASS_PERMANENT; class++)
		shape.entries += month->kept[class];
	g_strlcpy(shape.before, month->before, sizeof(shape.before));
	return shape;
}

typedef struct {
	FnKeptWriter *writer;
	guint64 minimum;
} Copying;

static gboolean
copy_entry(FnWalk *walk, guint64 index, FnSpan frame, const FnEntry *entry, GError **error)
{
	const Copying *copying = walk->data;

	return (index < copying->minimum && walk->over[entry->class]) || fn_kept_writer_add(copying->writer, index, frame, error);
}

/* Durable aside; *@digest_out is that of what can be read back. */
static gboolean
copy_kept(FnLog *log, const FnKept *old, const FnKept *shape, gint64 moment, guint8 *digest_out, GError **error)
{
	g_autoptr(FnKeptWriter) writer = fn_kept_writer_new(log->directory, ASIDE, log->origin, shape, error);
	Copying copying = { writer, shape->minimum };
	FnWalk walk = { .directory = log->directory, .kept = old, .entry = copy_entry, .until = shape->first, .data = &copying, .now = moment };
	g_auto(FnKept) kept = FN_KEPT_NONE;

	return writer != NULL && fn_walk(&walk, error) && fn_kept_writer_end(writer, error) &&
		fn_kept_open(log->directory, ASIDE, log->origin, &kept, error) && fn_kept_digest(&kept, digest_out, error);
}

/* ---- saying so ---- */

static char *
make_body(const Wish *wish, const FnPruneMonth *month, const FnKept *shape, const guint8 *digest)
{
	g_autofree char *hex = fn_hex(digest, FN_DIGEST_SIZE);
	json_t *body = json_pack("{s:O, s:s, s:s, s:I, s:I, s:I, s:I, s:s}", "authorisation", wish->authorisation, "digest", hex, "event",
		FN_PRUNED_EVENT, "first", (json_int_t)shape->first, "gone", (json_int_t)month->gone, "kept", (json_int_t)shape->entries,
		"minimum", (json_int_t)shape->minimum, "signature", wish->signature);
	char *text = fn_json_canonical(body);

	json_decref(body);
	return text;
}

/* Durable, and under a signed head. */
static gboolean
announce(FnLog *log, const char *body, GError **error)
{
	g_autoptr(GError) why = NULL;
	gboolean covered = FALSE;
	guint64 index;

	if (!fn_log_append_wait(log, FN_ROLE_LEDGER, FN_CLASS_PERMANENT, body, strlen(body), &index, NULL, error))
		return FALSE;
	if (fn_log_publish(log, &why)) {
		fn_mutex_lock(&log->mutex);
		covered = log->head.size > index;
		fn_mutex_unlock(&log->mutex);
	}
	if (!covered)
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_NOT_YET, "nothing was pruned: no head could be signed over the entry that says so%s%s",
			why != NULL ? ": " : "", why != NULL ? why->message : "");
	return covered;
}

/* ---- doing so ---- */

/* From here on the log is pruned, also for who opens it after a crash. */
static gboolean
put_in_place(FnLog *log, const char *path, GError **error)
{
	if (!fn_file_make_folder(log->directory, "kept", error))
		return FALSE;
	if (renameat(log->directory, ASIDE, log->directory, path) != 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_STOPPED, "putting %s in place: %s", path, g_strerror(errno));
		return FALSE;
	}
	return fn_file_sync_folder(log->directory, "kept", error);
}

/* Readers turn to the kept entries. */
static void
take_over(FnLog *log, FnKept *kept)
{
	g_auto(FnKept) old = FN_KEPT_NONE;
	guint gone = 0;

	fn_mutex_lock(&log->mutex);
	old = log->kept;
	log->kept = *kept;
	while (gone + 1 < log->segments->len && g_array_index(log->segments, FnLogSegment, gone).first < kept->first)
		gone++;
	g_array_remove_range(log->segments, 0, gone);
	fn_mutex_unlock(&log->mutex);
	*kept = FN_KEPT_NONE;
}

static void
drop_before(FnLog *log, GArray *list, guint64 first, char *(*path_of)(guint64 number))
{
	for (guint i = 0; list != NULL && i < list->len && g_array_index(list, guint64, i) < first; i++) {
		g_autofree char *path = path_of(g_array_index(list, guint64, i));

		unlinkat(log->directory, path, 0);
	}
}

static char *
segment_path(guint64 first)
{
	g_autofree char *name = fn_segment_name(first);

	return g_build_filename("segments", name, NULL);
}

void
fn_log_drop_pruned(FnLog *log)
{
	g_autoptr(GArray) segments = fn_segment_list(log->directory, NULL);
	g_autoptr(GArray) kept = fn_kept_list(log->directory, NULL);

	drop_before(log, segments, log->kept.first, segment_path);
	drop_before(log, kept, log->kept.minimum, fn_kept_path);
	fn_file_sync_folder(log->directory, "segments", NULL); /* what comes back after a crash is dropped again */
}

static gboolean
carry_out(FnLog *log, const Wish *wish, const FnKept *old, GError **error)
{
	g_autoptr(FnPrunePlan) plan = fn_prune_plan_new();
	g_auto(FnKept) kept = FN_KEPT_NONE;
	gint64 moment = now(log);
	const FnPruneMonth *month;
	guint8 digest[FN_DIGEST_SIZE];
	g_autofree char *body = NULL;
	g_autofree char *path = NULL;
	FnKept shape;

	fn_mutex_lock(&log->mutex);
	plan->signed_size = log->head.size;
	fn_mutex_unlock(&log->mutex);
	if (!fn_prune_count(log->directory, old, moment, plan, error) || (month = find_month(plan, wish->before, error)) == NULL)
		return FALSE;
	shape = shape_of(month);
	path = fn_kept_path(shape.minimum);
	if (!copy_kept(log, old, &shape, moment, digest, error))
		return FALSE;
	body = make_body(wish, month, &shape, digest);
	if (!announce(log, body, error) || !put_in_place(log, path, error) ||
	    !fn_kept_open(log->directory, path, log->origin, &kept, error))
		return FALSE;
	take_over(log, &kept);
	fn_log_drop_pruned(log);
	fn_log_look_at_disk(log);
	return TRUE;
}

gboolean
fn_log_prune(FnLog *log, const char *authorised, gsize size, guint64 *minimum_out, GError **error)
{
	g_auto(Wish) wish = { 0 };
	g_auto(FnKept) old = FN_KEPT_NONE;
	gboolean done = read_wish(log, authorised, size, &wish, error);

	if (!done)
		return FALSE;
	if (pthread_mutex_trylock(&log->prune) != 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_BUSY, "a pruning is under way");
		return FALSE;
	}
	fn_mutex_lock(&log->mutex);
	old = fn_kept_share(&log->kept);
	fn_mutex_unlock(&log->mutex);
	if (old.fd < 0 || strcmp(wish.before, old.before) > 0) {
		done = carry_out(log, &wish, &old, error);
		unlinkat(log->directory, ASIDE, 0);
	}
	pthread_mutex_unlock(&log->prune);
	if (done)
		*minimum_out = fn_log_minimum(log);
	return done;
}

#include "ledger/now.h"

#include "base/time.h"
#include "ledger/ledger.h"

#include <stdatomic.h>
#include <string.h>

struct FnNow {
	gboolean throw_away;
	char *path; /* of the kept offset: microseconds as text */
	_Atomic gint64 offset;
};

static gboolean
is_throw_away(FnIpcClient *ledger, gboolean *throw_away_out, GError **error)
{
	g_autoptr(GPtrArray) entries = fn_ledger_read(ledger, 0, 1, error);
	gconstpointer text;
	gsize size;
	json_t *entry;

	if (entries == NULL)
		return FALSE;
	if (entries->len == 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "the ledger is empty: make the instance with `fengni init`");
		return FALSE;
	}
	text = g_bytes_get_data(g_ptr_array_index(entries, 0), &size);
	if ((entry = fn_json_parse(text, size, error)) == NULL)
		return FALSE;
	*throw_away_out = json_is_true(json_object_get(json_object_get(entry, "body"), "throw_away"));
	json_decref(entry);
	return TRUE;
}

static FnNow *
now_new(const FnSettings *settings, FnIpcClient *ledger, GError **error)
{
	g_autoptr(FnNow) now = g_new0(FnNow, 1);

	if (!is_throw_away(ledger, &now->throw_away, error))
		return NULL;
	now->path = fn_settings_path(settings, "registry/test-clock");
	fn_now_refresh(now);
	return g_steal_pointer(&now);
}

FnNow *
fn_now_wait(const FnSettings *settings, FnIpcClient *ledger, GError **error)
{
	FnNow *now;

	for (guint tries = 0; tries < 50; tries++) {
		if ((now = now_new(settings, ledger, NULL)) != NULL)
			return now;
		g_usleep(100000);
	}
	return now_new(settings, ledger, error);
}

void
fn_now_free(FnNow *now)
{
	if (now == NULL)
		return;
	g_free(now->path);
	g_free(now);
}

gint64
fn_now(FnNow *now)
{
	return fn_time_now() + atomic_load_explicit(&now->offset, memory_order_relaxed);
}

void
fn_now_refresh(FnNow *now)
{
	g_autofree char *text = NULL;
	gint64 offset = 0;

	if (now->throw_away && g_file_get_contents(now->path, &text, NULL, NULL) &&
		g_ascii_string_to_signed(g_strchomp(text), 10, 0, G_MAXINT64 / 2, &offset, NULL))
		atomic_store(&now->offset, offset);
}

gboolean
fn_now_advance(FnNow *now, gint64 us, GError **error)
{
	g_autofree char *text = NULL;

	if (!now->throw_away || us < 0) {
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN,
			"this instance is not throw-away (its first ledger entry says so): its clock cannot be moved");
		return FALSE;
	}
	text = g_strdup_printf("%" G_GINT64_FORMAT "\n", atomic_load(&now->offset) + us);
	if (!g_file_set_contents(now->path, text, -1, error))
		return FALSE;
	fn_now_refresh(now);
	return TRUE;
}

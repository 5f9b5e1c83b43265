/* For tests of the index: a log in memory whose entries have the ledger's form. */
#pragma once

#include "audit/audit_priv.h"

#include "audit_sql.h"
#include "base/text.h"
#include "base/time.h"
#include "store/testing.h"

#include <string.h>

#define TEST_START (G_GINT64_CONSTANT(1782000000) * G_USEC_PER_SEC)

typedef struct {
	GPtrArray *entries; /* GBytes; NULL: pruned */
	guint64 minimum;
	guint reads;
	gboolean away; /* fails, as when the ledger is down */
	FnDb *reset;   /* an index to begin anew at the next reading from entry 100 on */
} TestLog;

static inline void
test_entry_free(gpointer entry)
{
	if (entry != NULL)
		g_bytes_unref(entry);
}

static inline TestLog *
test_log_new(void)
{
	TestLog *log = g_new0(TestLog, 1);

	log->entries = g_ptr_array_new_with_free_func(test_entry_free);
	return log;
}

static inline void
test_log_free(TestLog *log)
{
	g_ptr_array_unref(log->entries);
	g_free(log);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestLog, test_log_free)

/* One entry a second; @body is canonical. Gives its index. */
static inline guint64
test_log_add(TestLog *log, const char *body)
{
	char *out = g_malloc(strlen(body) + FN_ENVELOPE_MAX);
	g_autofree char *time = fn_time_format(TEST_START + (gint64)log->entries->len * G_USEC_PER_SEC);
	guint8 salt[FN_SALT_SIZE];
	gsize size;

	fn_random(salt, sizeof(salt));
	size = fn_entry_write(out, body, strlen(body), FN_CLASS_3Y, "gate", salt, time);
	g_ptr_array_add(log->entries, g_bytes_new_take(out, size));
	return log->entries->len - 1;
}

static inline void
test_log_prune(TestLog *log, guint64 index)
{
	g_bytes_unref(g_ptr_array_index(log->entries, index));
	g_ptr_array_index(log->entries, index) = NULL;
	log->minimum = MAX(log->minimum, index + 1);
}

static inline gboolean
test_log_away(TestLog *log, GError **error)
{
	if (log->away)
		g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_OPEN, "the ledger is away");
	return log->away;
}

static inline GPtrArray *
test_log_read(gpointer data, guint64 first, guint32 most, GError **error)
{
	TestLog *log = data;
	g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

	if (test_log_away(log, error))
		return NULL;
	log->reads++;
	if (log->reset != NULL && first == 100)
		g_assert_true(fn_audit_reset(log->reset, NULL));
	for (guint64 i = first; i < log->entries->len && entries->len < most && g_ptr_array_index(log->entries, i) != NULL; i++)
		g_ptr_array_add(entries, g_bytes_ref(g_ptr_array_index(log->entries, i)));
	if (entries->len > 0 || first >= log->entries->len)
		return g_steal_pointer(&entries);
	g_set_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RANGE, "pruned");
	return NULL;
}

static inline gboolean
test_log_size(gpointer data, guint64 *size_out, guint64 *minimum_out, GError **error)
{
	TestLog *log = data;

	*size_out = log->entries->len;
	*minimum_out = log->minimum;
	return !test_log_away(log, error);
}

static inline gboolean
test_log_there(gpointer data, guint64 from, guint64 *there_out, GError **error)
{
	TestLog *log = data;

	while (from < log->entries->len && g_ptr_array_index(log->entries, from) == NULL)
		from++;
	*there_out = from;
	return !test_log_away(log, error);
}

static inline FnAuditLog
test_log_over(TestLog *log)
{
	return (FnAuditLog){ log, test_log_read, test_log_size, test_log_there };
}

/* Steps of @most entries until all is indexed. */
static inline void
test_follow(FnDb *db, TestLog *log, guint32 most)
{
	FnAuditLog over = test_log_over(log);
	g_autoptr(GError) error = NULL;
	guint done;

	do
		fn_audit_step(db, &over, most, &done, &error);
	while (error == NULL && done > 0);
	g_assert_no_error(error);
}

static const FnMigration *const test_audit_rooms[] = { fn_sql_audit_migrations, NULL };

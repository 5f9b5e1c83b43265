#include "share/strangers.h"

#include "base/pool.h"

#define MINUTE ((gint64)60 * G_USEC_PER_SEC)
#define MOST   4096
#define OTHERS "others" /* all further addresses together */

typedef struct {
	char *key; /* address and code */
	char *address;
	const char *code;
	gint64 entered; /* when a line last went out; 0: never */
	guint waiting;
} Stranger;

struct FnStrangers {
	FnMutex mutex;
	GHashTable *known; /* key → Stranger */
};

static void
stranger_free(gpointer data)
{
	Stranger *stranger = data;

	g_free(stranger->key);
	g_free(stranger->address);
	g_free(stranger);
}

FnStrangers *
fn_strangers_new(void)
{
	FnStrangers *strangers = g_new0(FnStrangers, 1);

	strangers->mutex = (FnMutex)FN_MUTEX_INIT;
	strangers->known = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, stranger_free);
	return strangers;
}

void
fn_strangers_free(FnStrangers *strangers)
{
	if (strangers == NULL)
		return;
	g_hash_table_unref(strangers->known);
	g_free(strangers);
}

static Stranger *
find(FnStrangers *strangers, const char *address, const char *code)
{
	g_autofree char *key = g_strdup_printf("%.64s %s", address, code);
	Stranger *stranger = g_hash_table_lookup(strangers->known, key);

	if (stranger != NULL)
		return stranger;
	if (g_hash_table_size(strangers->known) >= MOST && g_strcmp0(address, OTHERS) != 0)
		return find(strangers, OTHERS, code);
	stranger = g_new0(Stranger, 1);
	stranger->key = g_steal_pointer(&key);
	stranger->address = g_strndup(address, 64);
	stranger->code = code;
	g_hash_table_insert(strangers->known, stranger->key, stranger);
	return stranger;
}

guint
fn_strangers_note(FnStrangers *strangers, const char *address, const char *code, gint64 now)
{
	Stranger *stranger;
	guint count = 0;

	fn_mutex_lock(&strangers->mutex);
	stranger = find(strangers, address != NULL ? address : "unknown", code);
	if (stranger->waiting < G_MAXUINT)
		stranger->waiting++;
	if (now - stranger->entered >= MINUTE) {
		count = stranger->waiting;
		stranger->waiting = 0;
		stranger->entered = now;
	}
	fn_mutex_unlock(&strangers->mutex);
	return count;
}

void
fn_strangers_return(FnStrangers *strangers, const char *address, const char *code, guint count)
{
	fn_mutex_lock(&strangers->mutex);
	find(strangers, address != NULL ? address : "unknown", code)->waiting += count;
	fn_mutex_unlock(&strangers->mutex);
}

void
fn_strangers_flush(FnStrangers *strangers, gint64 now, gboolean all, FnStrangersEnter enter, gpointer data)
{
	g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func(stranger_free);
	GHashTableIter iter;
	Stranger *stranger;

	fn_mutex_lock(&strangers->mutex);
	g_hash_table_iter_init(&iter, strangers->known);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&stranger)) {
		if (!all && now - stranger->entered < MINUTE)
			continue;
		if (stranger->waiting == 0) {
			g_hash_table_iter_remove(&iter);
			continue;
		}
		Stranger *copy = g_new0(Stranger, 1);

		*copy = (Stranger){ .address = g_strdup(stranger->address), .code = stranger->code, .waiting = stranger->waiting };
		g_ptr_array_add(due, copy);
		stranger->waiting = 0;
		stranger->entered = now;
	}
	fn_mutex_unlock(&strangers->mutex);
	for (guint i = 0; i < due->len; i++) {
		stranger = g_ptr_array_index(due, i);
		enter(stranger->address, stranger->code, stranger->waiting, data);
	}
}

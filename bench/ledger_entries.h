/* A log that is made up as it is read, for benchmarks of what follows it: an entry of some 500 bytes from its number, one a second. */
#pragma once

#include "audit/audit.h"
#include "base/time.h"

#include <string.h>

#define START (G_GINT64_CONSTANT(1767225600) * G_USEC_PER_SEC)
enum { FRAME = 1 << 20, PERSONS = 3000000, OPERATORS = 2000, RESOURCES = 300 };

static inline guint64
mix(guint64 x)
{
	x ^= x >> 33;
	x *= G_GUINT64_CONSTANT(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= G_GUINT64_CONSTANT(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

static inline void
subject_of(guint64 index, char out[65])
{
	guint64 person = mix(index) % PERSONS;

	for (guint i = 0; i < 4; i++)
		g_snprintf(out + 16 * i, 17, "%016" G_GINT64_MODIFIER "x", mix(person * 4 + i + 1));
}

static inline GBytes *
entry_of(guint64 index)
{
	static const guint8 salt[FN_SALT_SIZE] = { 1 };
	guint64 random = mix(index + 1), resource = random % RESOURCES;
	gboolean refused = random % 100 < 3;
	g_autofree char *time = fn_time_format(START + (gint64)index * G_USEC_PER_SEC);
	char subject[65], body[1024], *out;
	int size;

	subject_of(index, subject);
	size = g_snprintf(body, sizeof(body),
		"{\"address\":\"10.0.%u.%u\",\"case\":\"2026-%07u\",\"date\":\"%.10s\",\"digest\":\"sm3:%s\",\"event\":\"share.%s\",\"grant\":\"01J8ZQ4X7R%016x\","
		"\"mode\":\"query\",\"operator\":\"operator-%04u\",\"organization\":\"11130100MB%08u\",\"provider\":\"11130100MA%08u\",\"resource\":\"R%05u\","
		"\"result\":\"%s\",\"rows\":1,\"subjects\":[\"%s\"],\"system\":\"01J8ZQ4X7S%016x\"}",
		(guint)(random >> 8) % 4, (guint)(random >> 16) % 200, (guint)(index / 3), time, subject, refused ? "refused" : "query",
		(guint)(random >> 20) % 1000, (guint)(random >> 24) % OPERATORS, (guint)(random >> 24) % 40, (guint)resource % 25, (guint)resource,
		refused ? "refused" : "permitted", subject, (guint)(random >> 24) % 100);
	out = g_malloc((gsize)size + FN_ENVELOPE_MAX);
	return g_bytes_new_take(out, fn_entry_write(out, body, (gsize)size, FN_CLASS_3Y, "gate", salt, time));
}

static inline GPtrArray *
read_entries(gpointer data, guint64 first, guint32 most, GError **error)
{
	GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	guint64 end = *(const guint64 *)data;
	gsize bytes = 0;

	for (; first < end && entries->len < most && bytes < FRAME; first++) {
		GBytes *entry = entry_of(first);

		bytes += g_bytes_get_size(entry) + 2;
		g_ptr_array_add(entries, entry);
	}
	return entries;
}

static inline gboolean
size_of(gpointer data, guint64 *size_out, guint64 *minimum_out, GError **error)
{
	*size_out = *(const guint64 *)data;
	*minimum_out = 0;
	return TRUE;
}

static inline gboolean
there(gpointer data, guint64 from, guint64 *there_out, GError **error)
{
	*there_out = from;
	return TRUE;
}

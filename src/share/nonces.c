#include "share/nonces.h"

#include "base/pool.h"
#include "base/text.h"
#include "crypto/crypto.h"

#include <string.h>

#define SLICE  60 /* seconds of "created" that share a set, so that the old go all at once */
#define SLICES 12 /* 600 seconds of window and both ragged ends */

/* Open addressing, at most half full; 0 is the empty slot. */
typedef struct {
	gint64 slice; /* created / SLICE */
	guint used, size;
	guint64 *slot;
} Set;

struct FnNonces {
	FnMutex mutex;
	guint most, held;
	gint64 start;
	guint8 key[32];
	Set set[SLICES];
};

FnNonces *
fn_nonces_new(guint most)
{
	FnNonces *nonces = g_new0(FnNonces, 1);

	nonces->mutex = (FnMutex)FN_MUTEX_INIT;
	nonces->most = most;
	fn_random(nonces->key, sizeof(nonces->key));
	return nonces;
}

void
fn_nonces_free(FnNonces *nonces)
{
	if (nonces == NULL)
		return;
	for (guint i = 0; i < SLICES; i++)
		g_free(nonces->set[i].slot);
	g_free(nonces);
}

void
fn_nonces_begin(FnNonces *nonces, gint64 start)
{
	fn_mutex_lock(&nonces->mutex);
	nonces->start = start;
	fn_mutex_unlock(&nonces->mutex);
}

static guint64
mark_of(const FnNonces *nonces, const char *keyid, const char *nonce)
{
	guint8 digest[FN_DIGEST_SIZE];
	char text[160];
	guint64 mark;
	int n = g_snprintf(text, sizeof(text), "%.64s\n%.64s", keyid, nonce);

	fn_hmac(FN_SUITE_INTL, nonces->key, sizeof(nonces->key), text, (gsize)n, digest);
	memcpy(&mark, digest, sizeof(mark));
	return mark != 0 ? mark : 1;
}

static guint
place_of(const Set *set, guint64 mark)
{
	guint at = (guint)mark & (set->size - 1);

	while (set->slot[at] != 0 && set->slot[at] != mark)
		at = (at + 1) & (set->size - 1);
	return at;
}

static void
grow(Set *set)
{
	Set larger = { .slice = set->slice, .used = set->used, .size = set->size == 0 ? 256 : set->size * 2 };

	larger.slot = g_new0(guint64, larger.size);
	for (guint i = 0; i < set->size; i++)
		if (set->slot[i] != 0)
			larger.slot[place_of(&larger, set->slot[i])] = set->slot[i];
	g_free(set->slot);
	*set = larger;
}

/* The set of @slice; whatever lay in its place is older than the window by now. */
static Set *
set_of(FnNonces *nonces, gint64 slice)
{
	Set *set = &nonces->set[slice % SLICES];

	if (set->slice != slice) {
		nonces->held -= set->used;
		g_free(set->slot);
		*set = (Set){ .slice = slice };
	}
	return set;
}

static FnNonce
put(FnNonces *nonces, Set *set, guint64 mark)
{
	guint at;

	if (set->used * 2 >= set->size)
		grow(set);
	at = place_of(set, mark);
	if (set->slot[at] == mark)
		return FN_NONCE_SEEN;
	if (nonces->held >= nonces->most)
		return FN_NONCE_FULL;
	set->slot[at] = mark;
	set->used++;
	nonces->held++;
	return FN_NONCE_FRESH;
}

FnNonce
fn_nonces_take(FnNonces *nonces, const char *keyid, const char *nonce, gint64 created, gint64 now)
{
	guint64 mark = mark_of(nonces, keyid, nonce);
	FnNonce result = FN_NONCE_SEEN;

	fn_mutex_lock(&nonces->mutex);
	for (guint i = 0; i < SLICES; i++) /* let go of what no longer passes by its time */
		if (nonces->set[i].slot != NULL && (nonces->set[i].slice + 1) * SLICE < now - FN_NONCE_WINDOW)
			set_of(nonces, nonces->set[i].slice + SLICES);
	if (created >= nonces->start && created >= 0 && created >= now - FN_NONCE_WINDOW && created <= now + FN_NONCE_WINDOW)
		result = put(nonces, set_of(nonces, created / SLICE), mark);
	fn_mutex_unlock(&nonces->mutex);
	return result;
}

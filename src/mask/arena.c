#include "mask/mask_priv.h"

enum { CHUNK = 64 * 1024 };

/* Chunks are kept for the next batch; a value larger than a chunk gets one of its own size. */
struct FnMaskArena {
	GPtrArray *chunks;
	GArray *sizes; /* gsize of each chunk */
	guint current;
	gsize used;    /* of the current chunk */
};

FnMaskArena *
fn_mask_arena_new(void)
{
	FnMaskArena *arena = g_new0(FnMaskArena, 1);

	arena->chunks = g_ptr_array_new_with_free_func(g_free);
	arena->sizes = g_array_new(FALSE, FALSE, sizeof(gsize));
	return arena;
}

void
fn_mask_arena_reset(FnMaskArena *arena)
{
	arena->current = 0;
	arena->used = 0;
}

void
fn_mask_arena_free(FnMaskArena *arena)
{
	if (arena == NULL)
		return;
	g_ptr_array_unref(arena->chunks);
	g_array_unref(arena->sizes);
	g_free(arena);
}

static void
add_chunk(FnMaskArena *arena, gsize size)
{
	gsize chunk = MAX(size, CHUNK);

	g_ptr_array_insert(arena->chunks, (int)arena->current, g_malloc(chunk));
	g_array_insert_val(arena->sizes, arena->current, chunk);
}

char *
fn_mask_arena_take(FnMaskArena *arena, gsize size)
{
	char *room;

	if (arena->current < arena->chunks->len &&
		g_array_index(arena->sizes, gsize, arena->current) - arena->used < size + 1) {
		arena->current++;
		arena->used = 0;
	}
	if (arena->current == arena->chunks->len || g_array_index(arena->sizes, gsize, arena->current) < size + 1)
		add_chunk(arena, size + 1);
	room = (char *)arena->chunks->pdata[arena->current] + arena->used;
	room[size] = '\0';
	arena->used += size + 1;
	return room;
}

void
fn_mask_arena_give_back(FnMaskArena *arena, gsize size)
{
	arena->used -= size;
}

#include "source/source_priv.h"

#include <string.h>

enum { CHUNK = 16 << 10, KEPT = 256 << 10 };

struct FnArenaChunk {
	FnArenaChunk *next;
	gsize size, used;
	char bytes[];
};

static FnArenaChunk *
chunk_new(gsize size, FnArenaChunk *next)
{
	FnArenaChunk *chunk = g_malloc(sizeof(FnArenaChunk) + size);

	chunk->next = next;
	chunk->size = size;
	chunk->used = 0;
	return chunk;
}

/* Chunks double, so that a big batch takes few of them. */
static FnArenaChunk *
chunk_with_room(FnArena *arena, gsize size)
{
	FnArenaChunk *chunk = arena->first;

	if (chunk != NULL && chunk->size - chunk->used >= size)
		return chunk;
	arena->first = chunk_new(MAX(size, chunk == NULL ? (gsize)CHUNK : MIN(2 * chunk->size, (gsize)1 << 20)), chunk);
	return arena->first;
}

const char *
fn_arena_copy(FnArena *arena, const void *bytes, gsize size)
{
	FnArenaChunk *chunk = chunk_with_room(arena, size + 1);
	char *copy = chunk->bytes + chunk->used;

	if (size > 0)
		memcpy(copy, bytes, size);
	copy[size] = '\0';
	chunk->used += size + 1;
	arena->used += size + 1;
	return copy;
}

static void
free_after(FnArenaChunk *chunk)
{
	while (chunk != NULL) {
		FnArenaChunk *next = chunk->next;

		g_free(chunk);
		chunk = next;
	}
}

void
fn_arena_reset(FnArena *arena)
{
	FnArenaChunk *chunk = arena->first;

	arena->used = 0;
	if (chunk == NULL)
		return;
	free_after(chunk->next);
	chunk->next = NULL;
	chunk->used = 0;
	if (chunk->size > KEPT) {
		g_free(chunk);
		arena->first = NULL;
	}
}

void
fn_arena_free(FnArena *arena)
{
	free_after(arena->first);
	*arena = (FnArena){ 0 };
}

/* Many literals at once, with exact ends: words of rule files in a text. ASCII letters match in either case, Han characters
 * in Simplified, Traditional and mixed writing (script.h). Immutable once compiled: share it among threads, each with a
 * scratch of its own. */
#pragma once

#include "scan/script.h"

/* What finds literals: a row of the table in words.c. All give the same hits. */
typedef void (*FnLiteralFound)(guint literal, gsize end, gpointer data);
typedef struct {
	const char *text;
	guint size;
} FnLiteral; /* ASCII letters in lower case; of any case in the text */
typedef struct {
	const char *name;
	gboolean folds;         /* literals are simplified, and match in every script: else a literal is one way to write it */
	gboolean (*here)(void); /* does this processor do? */
	gpointer (*compile)(const FnLiteral *literal, guint n, GError **error);
	void (*free)(gpointer automaton);
	gsize (*size)(gconstpointer automaton); /* bytes */
	gpointer (*scratch_new)(gconstpointer automaton);
	void (*scratch_free)(gpointer scratch);
	void (*find)(gconstpointer automaton, gpointer scratch, const char *bytes, gsize size, FnLiteralFound found, gpointer data);
} FnWordFinder;
extern const FnWordFinder fn_vectorscan, fn_own_finder;
/* Those of this build, the best for few words first, NULL at the end. */
extern const FnWordFinder *const fn_word_finders[];
/* For texts of a few dozen bytes: nothing to set up. */
extern const FnWordFinder fn_tails, fn_tails_portable;

enum { FN_WORD_SIZE = 64 /* bytes of a word */ };

typedef struct FnWords FnWords;
typedef struct {
	guint32 end, size; /* of the window */
	guint32 word;
} FnWordHit;

FnWords *fn_words_new(void);
void fn_words_free(FnWords *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnWords, fn_words_free)
/* @text: 1 to FN_WORD_SIZE bytes. Gives the number of the word: words that match the same texts share it. */
guint fn_words_add(FnWords *words, const char *text);
guint fn_words_count(const FnWords *words);
/* @finder NULL: the best here for so many words. No words are fine. Error: FN_SCAN_ERROR_MACHINE. */
gboolean fn_words_compile(FnWords *words, const FnWordFinder *finder, GError **error);
const char *fn_words_finder(const FnWords *words); /* name of the finder, once compiled */
gsize fn_words_size(const FnWords *words);         /* bytes of its automaton */
gpointer fn_words_scratch_new(const FnWords *words);
void fn_words_scratch_free(const FnWords *words, gpointer scratch);
/* Appends all hits as FnWordHit, overlapping ones too: by end, the longest first. @size is below 4 GiB. */
void fn_words_find(const FnWords *words, gpointer scratch, const char *bytes, gsize size, GArray *hits);
/* The same, of those hits only that end behind @from; they may begin before it. */
void fn_words_find_from(const FnWords *words, gpointer scratch, const char *bytes, gsize from, gsize size, GArray *hits);

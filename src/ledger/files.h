/* Small files that appear whole or not at all, and durably: tiles, checkpoint, state.
 *
 * Each file is written below tmp/, and on commit all are synced together, renamed to their places and the folders synced, so
 * that many files cost about one journal commit. Paths are relative to the ledger's directory. One thread at a time. */
#pragma once

#include <glib.h>

typedef struct FnFiles FnFiles;

/* @directory is an open descriptor, borrowed. */
FnFiles *fn_files_new(int directory);
/* What was not committed is removed. */
void fn_files_free(FnFiles *files);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnFiles, fn_files_free)
/* Writes the file aside; commits by itself when very many wait. FN_LEDGER_ERROR_STOPPED names the path and the system's
 * reason; nothing may be committed after an error. */
gboolean fn_files_put(FnFiles *files, const char *path, const void *data, gsize size, GError **error);
gboolean fn_files_commit(FnFiles *files, GError **error);

/* Helpers on the same directory. */
gboolean fn_file_make_folder(int directory, const char *path, GError **error);
gboolean fn_file_sync_folder(int directory, const char *path, GError **error);
/* The whole file, at most @most bytes. FN_LEDGER_ERROR_OPEN; *@missing_out (may be NULL) tells absence from other faults. */
GBytes *fn_file_read(int directory, const char *path, gsize most, gboolean *missing_out, GError **error);
/* Writes all or fails: short writes and interruptions are continued. */
gboolean fn_file_write_all(int fd, const void *data, gsize size, guint64 offset, GError **error);
/* Reads exactly @size bytes or fails (FN_LEDGER_ERROR_OPEN), also at the end of the file. */
gboolean fn_file_read_all(int fd, void *data, gsize size, guint64 offset, GError **error);
/* Removes what is in folder @path, if it is there; no error when something cannot be removed. */
void fn_file_empty_folder(int directory, const char *path);
/* The numbers that the names in @folder spell, as guint64, rising. FN_LEDGER_ERROR_TAMPERED for any other name ("…: not a WHAT");
 * none when the folder is missing and @may_lack. */
GArray *fn_file_list_numbers(int directory, const char *folder, gboolean (*parse)(const char *name, guint64 *number_out),
	const char *what, gboolean may_lack, GError **error);

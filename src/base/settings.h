/* Settings of an instance: one table that holds type, bounds, default and the text that explains each.
 *
 * An instance is a directory; its fengni.conf has lines "key = value", '#' starts a comment. Unknown keys, values out of
 * bounds and keys given twice refuse to load, with file and line. To add a setting, add a row to the table in settings.c. */
#pragma once

#include <glib.h>

typedef struct FnSettings FnSettings;

typedef enum {
	FN_SETTINGS_ERROR_FILE,
	FN_SETTINGS_ERROR_LINE,
} FnSettingsError;
#define FN_SETTINGS_ERROR (fn_settings_error_quark())
GQuark fn_settings_error_quark(void);

/* Reads DIR/fengni.conf; an absent file gives the defaults. */
FnSettings *fn_settings_load(const char *directory, GError **error);
void fn_settings_free(FnSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnSettings, fn_settings_free)

/* Values by key; a key that is not in the table, or of another type, is a bug. Texts are borrowed. */
const char *fn_settings_text(const FnSettings *settings, const char *key);
gint64 fn_settings_int(const FnSettings *settings, const char *key);

/* The instance directory (absolute), and a path below it (caller frees). */
const char *fn_settings_directory(const FnSettings *settings);
char *fn_settings_path(const FnSettings *settings, const char *below);

/* The whole table as a commented fengni.conf. Caller frees. */
char *fn_settings_describe(void);

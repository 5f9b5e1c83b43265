/* Keys of callers and the door: P-256, made where they are used, never sent anywhere. */
#pragma once

#include <glib.h>

/* Makes a key in @key_path (0600, PEM) and gives its certificate request as PEM. The subject is left to the CA. Caller frees. */
char *fn_certificate_request(const char *key_path, GError **error);
/* A self-signed certificate, as a stranger would bring: key in @key_path, PEM in @certificate_path, valid for the day that begins
 * @from_day days from now (below -1: over already). */
gboolean fn_certificate_self_signed(const char *key_path, const char *certificate_path, const char *name, int from_day, GError **error);

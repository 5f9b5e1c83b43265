/* The door: nginx, with a configuration made from the settings of the instance.
 *
 * Mutual TLS 1.3 for systems on share_port, TLS 1.3 for people on console_port; behind it the gate on two Unix sockets. The
 * door decides nothing: a certificate that fails is passed on with the reason. The gate finds, always overwritten:
 *   X-Fengni-Verify       SUCCESS, NONE or "FAILED:reason" (on the console port always NONE)
 *   X-Fengni-Certificate  the client certificate as percent-escaped PEM; absent without one
 *   X-Fengni-Address      the caller's address
 * Its log holds time, port, method, status, bytes and duration, nothing else of a request. In DIR/door must lie server.crt,
 * server.key and ca.crt (of the client certificates). */
#pragma once

#include "base/settings.h"

#include <glib.h>

typedef enum {
	FN_DOOR_ERROR_SETTINGS, /* a setting that cannot stand in the configuration */
	FN_DOOR_ERROR_FILE,     /* cannot be written */
	FN_DOOR_ERROR_SYNTAX,   /* the text is no configuration; the message names the line */
	FN_DOOR_ERROR_POINT,    /* a point that the door must hold is missing; the message names it */
} FnDoorError;
#define FN_DOOR_ERROR (fn_door_error_quark())
GQuark fn_door_error_quark(void);

/* The configuration as text; caller frees. With @bench the share port also serves a static file of 1 KiB at /bench to callers
 * with a good certificate: the yardstick of benchmarks, never in operation. */
char *fn_door_text(const FnSettings *settings, gboolean bench, GError **error);
/* Writes DIR/door/nginx.conf (checked before) and the directories that nginx needs, and hands them to the door's user. */
gboolean fn_door_write(const FnSettings *settings, gboolean bench, GError **error);
/* Reads @text as nginx would and looks for every point that the door must hold; FN_DOOR_ERROR_POINT says which is missing. */
gboolean fn_door_check(const char *text, const FnSettings *settings, GError **error);

/* For the supervisor: arguments of /usr/sbin/nginx (free with g_strfreev()), and what answers when it is ready. */
char **fn_door_arguments(const FnSettings *settings);
char *fn_door_ready(const FnSettings *settings);

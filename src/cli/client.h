/* A caller of the platform over HTTPS: what `fengni` commands and the demo speak with the door. */
#pragma once

#include <glib.h>
#include <jansson.h>

typedef struct FnClient FnClient; /* one thread at a time */

typedef enum {
	FN_CLIENT_ERROR_CONNECT, /* nobody answers, TLS failed */
	FN_CLIENT_ERROR_REFUSED, /* a problem document came back; the message is "code: detail" */
	FN_CLIENT_ERROR_CUT,     /* the answer ended before its end */
	FN_CLIENT_ERROR_ANSWER,  /* not what we can read */
} FnClientError;
#define FN_CLIENT_ERROR (fn_client_error_quark())
GQuark fn_client_error_quark(void);

/* @base: "https://127.0.0.1:8444"; @ca: file of the platform's CA. */
FnClient *fn_client_new(const char *base, const char *ca);
/* For what everybody may have and the caller verifies: plain HTTP is taken as well, over which no token is sent. @ca NULL: the system's
 * certificates. */
FnClient *fn_client_new_public(const char *base, const char *ca);
void fn_client_free(FnClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnClient, fn_client_free)
void fn_client_set_token(FnClient *client, const char *token);
/* Client certificate and key files (PEM), for the share API. */
void fn_client_set_certificate(FnClient *client, const char *certificate, const char *key);

/* An answer as it came. */
typedef struct {
	long status;
	GString *body;
	char *receipt; /* Fengni-Receipt, or NULL */
} FnAnswer;
void fn_answer_clear(FnAnswer *answer);
/* @headers: lines "Name: value", NULL-ended, may be NULL; @body NULL: none. FALSE only when no whole answer came. */
gboolean fn_client_send(FnClient *client, const char *method, const char *path, const char *const *headers, const char *body, FnAnswer *answer_out, GError **error);
/* Writes the body to @to as it comes, for streams. */
gboolean fn_client_fetch(FnClient *client, const char *path, const char *const *headers, const char *body, int to, FnAnswer *answer_out, GError **error);
/* JSON both ways; anything but 2xx is REFUSED. @body is taken over (may be NULL). */
json_t *fn_client_call(FnClient *client, const char *method, const char *path, json_t *body, GError **error);
/* The same, with a document as it is for a body. */
json_t *fn_client_upload(FnClient *client, const char *path, const void *bytes, gsize size, GError **error);
/* The stable code of the problem document in @answer, or NULL. Caller frees. */
char *fn_answer_code(const FnAnswer *answer);
/* REFUSED with what the problem document in @answer says: "code: detail". */
void fn_answer_refused(const FnAnswer *answer, GError **error);
/* The exit code of a command that ended with @error: usage, refused, or the surroundings (NULL too). */
int fn_client_exit_code(const GError *error);
/* What is at @path, at most @most bytes; anything but 200 is REFUSED. *@status_out is 0 when nothing came. */
GBytes *fn_client_get(FnClient *client, const char *path, gsize most, long *status_out, GError **error);

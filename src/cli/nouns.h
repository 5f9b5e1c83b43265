/* Commands that are one call of the console API: a table of noun, verb and address. */
#pragma once

#include <glib.h>
#include <jansson.h>

/* TRUE when the table has @noun, with @verb unless that is NULL. */
gboolean fn_nouns_have(const char *noun, const char *verb);
/* `fengni NOUN VERB [argument …] [name=value | name:=json …] [--json]`. */
int fn_nouns_command(int argc, char **argv);
/* Logs in and keeps the session for later commands: `fengni login NAME --url URL --ca FILE`; the password is read from the terminal
 * or the first line of standard input. */
int fn_login_command(int argc, char **argv);
/* From the terminal without echo, or the first line of standard input; NULL at its end. A secret: fn_secret_free(). */
char *fn_read_password(void);
/* The kept session. */
typedef struct {
	char *url, *ca, *token;
} FnSession;
void fn_session_clear(FnSession *session);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnSession, fn_session_clear)
gboolean fn_session_read(FnSession *session_out, GError **error);
/* A client with the kept session. */
struct FnClient;
struct FnClient *fn_session_client(GError **error);
/* name=text, name=@file, name:=json into @body; @FILE.json is the whole body. */
gboolean fn_argument_take(json_t *body, const char *argument, GError **error);
/* @path with the members of @body as its query. Caller frees. */
char *fn_query_path(const char *path, const json_t *body);
/* TRUE when "--json" stands among the arguments; takes it away. */
gboolean fn_json_wanted(int *argc, char **argv);
/* Prints @answer as JSON or for reading (fn_readable()). */
void fn_show_answer(const json_t *answer, gboolean as_json, const char *columns);
int fn_logout_command(int argc, char **argv);
/* One line per command of the table, or of its @noun. Caller frees. */
char *fn_nouns_help(const char *noun);

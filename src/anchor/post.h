/* One HTTP POST to a stranger: bounded in time and size, cut when the program ends. */
#pragma once

#include <glib.h>

typedef struct FnPoster FnPoster; /* one thread at a time, but for fn_poster_cut() */

typedef enum {
	FN_POST_ERROR_REACH, /* no whole answer in time */
	FN_POST_ERROR_LARGE, /* an answer that is larger than anybody needs */
} FnPostError;
#define FN_POST_ERROR (fn_post_error_quark())
GQuark fn_post_error_quark(void);

#define FN_POST_ANSWER_MAX 65536u

/* @ca: text of CA certificates (PEM) under which servers verify; NULL: those of the system. */
FnPoster *fn_poster_new(const char *ca);
/* NULL is fine. */
void fn_poster_free(FnPoster *poster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnPoster, fn_poster_free)

typedef struct {
	long status;
	char *type; /* of the content; NULL when there is none */
	GByteArray *body;
} FnPosted;
void fn_posted_clear(FnPosted *posted);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FnPosted, fn_posted_clear)
/* Posts @body and waits. Follows nowhere, whatever the answer says. */
gboolean fn_post(FnPoster *poster, const char *url, const char *type, const void *body, gsize size, FnPosted *posted_out, GError **error);
/* What runs and all that comes fails at once. Thread-safe. */
void fn_poster_cut(FnPoster *poster);

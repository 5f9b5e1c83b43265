/* The demo's city: organizations, people, sources and resources, made through the same API that everyone uses. */
#pragma once

#include "cli/client.h"

typedef struct {
	char *directory;      /* of the instance */
	char *console, *share; /* base addresses */
	char *ca;             /* file */
	char *password;       /* of every demo account */
	FnClient *client;
	GHashTable *tokens;   /* login → session token */
	GHashTable *ids;      /* "account/minzheng.officer", "org/minzheng", "source/…", "resource/…", "system/…" → id */
	void (*progress)(const char *what);
} FnCity;

/* Sets the error and gives FALSE. */
gboolean fn_city_fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

FnCity *fn_city_new(const char *directory, const char *console, const char *share, const char *password, void (*progress)(const char *what));
void fn_city_free(FnCity *city);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnCity, fn_city_free)

/* Calls the API as @login (logs in on first use). @body is taken over. */
json_t *fn_city_call(FnCity *city, const char *login, const char *method, const char *path, json_t *body, GError **error);
/* The same with a document for a body. */
json_t *fn_city_upload(FnCity *city, const char *login, const char *path, const void *bytes, gsize size, GError **error);
/* The same when only success matters. */
gboolean fn_city_do(FnCity *city, const char *login, const char *method, const char *path, json_t *body, GError **error);
/* The same, but it must be refused with @code. */
gboolean fn_city_refused(FnCity *city, const char *login, const char *method, const char *path, json_t *body, const char *code, GError **error);
const char *fn_city_id(const FnCity *city, const char *kind, const char *name);
void fn_city_set_id(FnCity *city, const char *kind, const char *name, const char *id);

/* Organizations, accounts with offices. */
gboolean fn_city_populate(FnCity *city, GError **error);
/* The demo's registers as files below the instance's sources/, and sources for them. @divisions: directory of the CSV files. */
gboolean fn_city_make_sources(FnCity *city, const char *divisions, const char *rules_directory, GError **error);
/* Registers a resource with what @profile proposes and takes it through review to publication; its code is kept as "resource/NAME". */
gboolean fn_city_publish(FnCity *city, const char *name, GError **error);
/* A system of @organization with a client certificate in DIR/demo/NAME.{crt,key}. */
gboolean fn_city_add_system(FnCity *city, const char *organization, const char *name, const char *operator_login, GError **error);
/* What a department in order has in its record books. */
gboolean fn_city_keep_books(FnCity *city, GError **error);
/* The instance's moment (its test clock may run ahead), us. */
gint64 fn_city_now(FnCity *city);

/* One organization of the demo: the table that everything else follows from. */
typedef struct {
	const char *key, *name, *kind, *serial, *authority;
} FnCityOrganization;
extern const FnCityOrganization fn_city_organizations[]; /* ends with key == NULL */
/* The made-up unified social credit code of @organization. Caller frees. */
char *fn_city_credit_code(const FnCityOrganization *organization);

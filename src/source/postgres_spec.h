/* From a specification of kind postgres to a connection. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <libpq-fe.h>

/* Checks @spec (FN_SOURCE_ERROR_SPEC) and connects. The connection may have failed: PQstatus() says so. *@schema_out is the
 * schema's name; the caller frees both. */
PGconn *fn_source_postgres_connect(const json_t *spec, const char *root, char **schema_out, GError **error);

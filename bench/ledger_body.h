/* Entries like those that the gate writes for a query. */
#pragma once

#include <glib.h>

#define BODY_MAX 768u

/* The body of entry @n: of 40 organizations, 2,000 operators, 5,000 cases, a different subject each. */
static inline gsize
bench_body(char out[BODY_MAX], guint64 n)
{
	guint64 subject = n * 0x9e3779b97f4a7c15u;

	return (gsize)g_snprintf(out, BODY_MAX,
		"{\"address\":\"10.20.%u.%u\",\"case\":\"DB-2026-%05u\",\"date\":\"2026-11-%02u\",\"event\":\"share.query\","
		"\"fields\":[\"name\",\"birth_date\",\"address\"],\"grant\":\"g-%03u\",\"mode\":\"query\",\"nonce\":\"%016" G_GINT64_MODIFIER
		"x\",\"operator\":\"op-%04u\",\"organization\":\"org-%02u\",\"policy\":\"gm\",\"provider\":\"org-01\",\"purpose\":"
		"\"低保审核\",\"resource\":\"residents\",\"result\":\"permitted\",\"rows\":1,\"signed\":true,"
		"\"subject\":\"%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x\",\"system\":\"sys-%02u\"}",
		(guint)(n % 40), (guint)(n % 250), (guint)(n % 5000), (guint)(1 + n / 500000 % 30), (guint)(n % 400), subject ^ 0x5bd1e995u,
		(guint)(n % 2000), (guint)(n % 40), subject, ~subject, (guint)(n % 40));
}

#include "base/say.h"

#include "base/say_priv.h"

#include <stdlib.h>
#include <string.h>

static _Thread_local FnReader now_reads;
static int logs; /* set once, before or beside the threads that read it */

FnReader
fn_say_to(FnReader reader)
{
	FnReader before = now_reads;

	now_reads = reader;
	return before;
}

void
fn_say_logs(void)
{
	g_atomic_int_set(&logs, TRUE);
}

static gboolean
program_speaks_chinese(void)
{
	static const char *const variable[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (gsize i = 0; i < G_N_ELEMENTS(variable); i++) {
		const char *language = getenv(variable[i]);

		if (language != NULL && *language != '\0')
			return g_str_has_prefix(language, "zh");
	}
	return FALSE;
}

gboolean
fn_say_in_chinese(void)
{
	if (now_reads != FN_READER_OF_PROGRAM)
		return now_reads == FN_READER_CHINESE;
	return !g_atomic_int_get(&logs) && program_speaks_chinese();
}

static int
compare(const void *key, const void *saying)
{
	return strcmp(key, ((const FnSaying *)saying)->english);
}

const char *
fn_say_in(const char *english, gboolean chinese)
{
	const FnSaying *found;

	if (!chinese)
		return english;
	found = bsearch(english, fn_sayings, fn_sayings_count, sizeof(*fn_sayings), compare);
	return found != NULL ? found->chinese : english;
}

const char *
fn_say(const char *english)
{
	return fn_say_in(english, fn_say_in_chinese());
}

void
fn_refuse_valist(GError **error, GQuark domain, int code, const char *english, va_list values)
{
	if (error == NULL)
		return;
	g_assert(*error == NULL);
	*error = g_error_new_valist(domain, code, fn_say(english), values);
}

void
fn_refuse(GError **error, GQuark domain, int code, const char *english, ...)
{
	va_list values;

	va_start(values, english);
	fn_refuse_valist(error, domain, code, english, values);
	va_end(values);
}

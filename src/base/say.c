#include "base/say.h"

#include "base/say_priv.h"

#include <stdlib.h>
#include <string.h>

gboolean
fn_say_in_chinese(void)
{
	static const char *const variable[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (gsize i = 0; i < G_N_ELEMENTS(variable); i++) {
		const char *language = getenv(variable[i]);

		if (language != NULL && *language != '\0')
			return g_str_has_prefix(language, "zh");
	}
	return FALSE;
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

/* What people read, in their language.
 *
 * English stands in the code, Chinese in locales/zh.txt, embedded at build; a test holds that every fn_say() has its line.
 * LANG (or LC_ALL, LC_MESSAGES) decides; no installed system locale is needed. */
#pragma once

#include <glib.h>

/* The Chinese text of @english when the user's language is Chinese and the locale file has it, else @english itself. */
const char *fn_say(const char *english) G_GNUC_FORMAT(1);
gboolean fn_say_in_chinese(void);
/* The same for a language asked for elsewhere (Accept-Language). */
const char *fn_say_in(const char *english, gboolean chinese) G_GNUC_FORMAT(1);
/* Marks a text in a table that is given to fn_say() later, so that the same test holds it. */
#define FN_SAY(english) english

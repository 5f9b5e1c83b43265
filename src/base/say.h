/* What people read, in their language.
 *
 * English stands in the code, Chinese in locales/zh.txt, embedded at build; a test holds that every fn_say() has its line.
 * Of a call of the console API its Accept-Language decides, else LANG (or LC_ALL, LC_MESSAGES); no installed system locale is needed.
 * A function that takes a text to be said in the reader's language calls that parameter "english": the test finds it by this. */
#pragma once

#include <glib.h>

typedef enum {
	FN_READER_OF_PROGRAM, /* whoever the program talks to: LANG, unless fn_say_logs() was called */
	FN_READER_ENGLISH,
	FN_READER_CHINESE,
} FnReader;

/* From now on this thread speaks to @reader; the one before, to be set again at the end. What is kept (a ledger, a history, a finding)
 * is made with FN_READER_ENGLISH: it reads the same for everybody. */
FnReader fn_say_to(FnReader reader);
/* For a service that has started: what it says outside of a call goes into logs, and is English whatever LANG says. */
void fn_say_logs(void);

/* A refusal that a person reads: g_set_error() with fn_say(@english). */
void fn_refuse(GError **error, GQuark domain, int code, const char *english, ...) G_GNUC_PRINTF(4, 5);
void fn_refuse_valist(GError **error, GQuark domain, int code, const char *english, va_list values) G_GNUC_PRINTF(4, 0);

/* The Chinese text of @english when the user's language is Chinese and the locale file has it, else @english itself. */
const char *fn_say(const char *english) G_GNUC_FORMAT(1);
gboolean fn_say_in_chinese(void);
/* The same for a language asked for elsewhere (Accept-Language). */
const char *fn_say_in(const char *english, gboolean chinese) G_GNUC_FORMAT(1);
/* Marks a text in a table that is given to fn_say() later, so that the same test holds it. */
#define FN_SAY(english) english

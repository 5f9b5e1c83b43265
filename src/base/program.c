#include "base/program.h"

#include "base/say.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

static const char *program_name = "fengni";

static GLogWriterOutput
write_log(GLogLevelFlags level, const GLogField *field, gsize fields, gpointer data)
{
	if ((level & (G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO)) != 0)
		return G_LOG_WRITER_HANDLED;
	for (gsize i = 0; i < fields; i++)
		if (g_str_equal(field[i].key, "MESSAGE"))
			fprintf(stderr, "%s: %s\n", program_name, (const char *)field[i].value);
	return G_LOG_WRITER_HANDLED;
}

void
fn_program_start(const char *name)
{
	struct rlimit none = { 0, 0 };

	program_name = name;
	setlocale(LC_ALL, "");
	/* A bare Debian has no zh_CN.UTF-8: Chinese arguments must be read there too. C.UTF-8 is always there. */
	if (!g_str_equal(nl_langinfo(CODESET), "UTF-8"))
		setlocale(LC_CTYPE, "C.UTF-8");
	setvbuf(stderr, NULL, _IOLBF, 0);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	g_log_set_writer_func(write_log, NULL, NULL);
}

void
fn_program_fail(const char *doing, const GError *error)
{
	fprintf(stderr, "%s: %s%s%s\n", program_name, doing, error != NULL ? ": " : "", error != NULL ? error->message : "");
	exit(FN_EXIT_ENVIRONMENT);
}

static int
signals_as_descriptor(int one, int other)
{
	sigset_t wanted;
	int fd;

	sigemptyset(&wanted);
	sigaddset(&wanted, one);
	sigaddset(&wanted, other);
	pthread_sigmask(SIG_BLOCK, &wanted, NULL);
	fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		fn_program_fail("signalfd", NULL);
	return fd;
}

int
fn_program_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return signals_as_descriptor(SIGTERM, SIGINT);
}

int
fn_program_reloads(void)
{
	return signals_as_descriptor(SIGHUP, SIGHUP);
}

gboolean
fn_program_reload_asked(int fd)
{
	struct signalfd_siginfo which;

	return read(fd, &which, sizeof(which)) == sizeof(which);
}

/* Columns of a terminal, a Chinese character taking two. */
static int
width(const char *text)
{
	int columns = 0;

	for (; *text != '\0'; text = g_utf8_next_char(text))
		columns += g_unichar_iswide(g_utf8_get_char(text)) ? 2 : 1;
	return columns;
}

void
fn_program_help(FILE *to, const FnHelpRow *rows, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		if (rows[i].option == NULL)
			fprintf(to, "\n%s\n", fn_say(rows[i].about));
		else
			fprintf(to, "  %s%*s %s\n", rows[i].option, MAX(1, 18 - width(rows[i].option)), "", fn_say(rows[i].about));
	}
}

gboolean
fn_program_options(int argc, char *const *argv, const GOptionEntry *entries, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_auto(GStrv) copy = g_new0(char *, argc + 1);

	for (int i = 0; i < argc; i++)
		copy[i] = g_strdup(argv[i]);
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	return g_option_context_parse_strv(context, &copy, error);
}

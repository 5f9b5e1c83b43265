#include "scan/command.h"

#include "base/program.h"
#include "base/say.h"
#include "base/text.h"
#include "scan/scan_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 20 };

typedef struct {
	gboolean json, show;
	char *rules, *pack;
	char **files;
} Options;

/* A bar on standard error when that is a terminal and the work takes more than a second. */
typedef struct {
	gboolean terminal, shown;
	gint64 started, drawn;
	goffset total, done;
} Progress;

static void
draw(Progress *progress, const char *file)
{
	gint64 now = g_get_monotonic_time();
	g_autofree char *name = NULL;
	guint filled;

	if (!progress->terminal || now - progress->started < G_USEC_PER_SEC || now - progress->drawn < G_USEC_PER_SEC / 10)
		return;
	progress->drawn = now;
	progress->shown = TRUE;
	name = fn_text_safe(file, -1, 40);
	if (progress->total <= 0) {
		fprintf(stderr, "\r\033[K%s  %.0f MB", name, (double)progress->done / 1e6);
		return;
	}
	filled = (guint)(MIN(progress->done, progress->total) * 30 / progress->total);
	fprintf(stderr, "\r\033[K[%.*s%.*s] %3d%%  %s", (int)filled, "##############################", (int)(30 - filled),
		"..............................", (int)(MIN(progress->done, progress->total) * 100 / progress->total), name);
}

static void
wipe(Progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = FALSE;
}

static void
keep_text(const FnFinding *finding, const char *text, gpointer texts)
{
	g_ptr_array_add(texts, g_strdup(text));
}

static char *
cannot_read(int code)
{
	return g_strdup_printf("cannot be read: %s", g_strerror(code));
}

/* Reads @fd to its end; NULL when all came, else why not. */
static char *
read_all(int fd, const char *file, FnScanStream *stream, Progress *progress)
{
	g_autofree char *buffer = g_malloc(READ_SIZE);
	char *broken = NULL;
	gssize got;

	while ((got = read(fd, buffer, READ_SIZE)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			broken = cannot_read(errno);
			break;
		}
		fn_scan_stream_add(stream, buffer, (gsize)got);
		progress->done += got;
		draw(progress, file);
	}
	explicit_bzero(buffer, READ_SIZE);
	return broken;
}

static FnScanResult *
scan_file(const FnScanner *scanner, const char *file, GPtrArray *texts, Progress *progress)
{
	g_autoptr(FnScanStream) stream = fn_scan_stream_new(scanner, NULL, texts != NULL ? keep_text : NULL, texts);
	g_autofree char *broken = NULL;
	gboolean is_input = g_str_equal(file, "-");
	int fd = is_input ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	broken = fd < 0 ? cannot_read(errno) : read_all(fd, file, stream, progress);
	if (fd >= 0 && !is_input)
		close(fd);
	return fn_scan_stream_end(stream, broken);
}

static void
print_json(const char *file, const FnScanResult *result, const GPtrArray *texts)
{
	g_autoptr(GString) line = g_string_new(NULL);
	FnJson json = fn_json_to(line);

	fn_json_begin_object(&json);
	fn_json_member(&json, "file", file);
	fn_scan_write(&json, result, texts != NULL ? (char **)texts->pdata : NULL);
	fn_json_end_object(&json);
	fwrite(line->str, 1, line->len, stdout);
	putchar('\n');
}

static const char *
verdict_in_words(FnScanVerdict verdict)
{
	switch (verdict) {
	case FN_SCAN_CLEAN:
		return fn_say("clean");
	case FN_SCAN_FOUND:
		return fn_say("found");
	case FN_SCAN_BLOCKED:
		return fn_say("blocked");
	case FN_SCAN_NOT_FULLY_INSPECTED:
		break;
	}
	return fn_say("not fully inspected");
}

static void
print_plain(const char *file, const FnScanResult *result, const GPtrArray *texts)
{
	g_autofree char *name = fn_text_safe(file, -1, 300);

	printf("%s: %s", name, verdict_in_words(result->verdict));
	if (result->reason != NULL)
		printf(" (%s)", result->reason);
	putchar('\n');
	for (guint i = 0; i < result->listed; i++) {
		FnFinding finding = fn_scan_finding(result, i);

		printf("  %" G_GSIZE_FORMAT "-%" G_GSIZE_FORMAT "  %s  %u%%", finding.start, finding.end, finding.detector,
			finding.score);
		if (texts != NULL) {
			g_autofree char *text = fn_text_safe(texts->pdata[i], -1, 80);

			printf("  %s", text);
		}
		putchar('\n');
	}
}

static goffset
total_size(char *const *files)
{
	goffset total = 0;

	for (; *files != NULL; files++) {
		struct stat about;

		if (stat(*files, &about) != 0 || !S_ISREG(about.st_mode))
			continue;
		total += about.st_size;
	}
	return total;
}

/* TRUE when every file is clean or found. */
static gboolean
scan_files(const Options *options, const FnScanner *scanner)
{
	Progress progress = { .terminal = isatty(STDERR_FILENO), .started = g_get_monotonic_time(), .total = total_size(options->files) };
	gboolean fine = TRUE;

	for (char **file = options->files; *file != NULL; file++) {
		g_autoptr(GPtrArray) texts = options->show ? g_ptr_array_new_with_free_func(g_free) : NULL;
		g_autoptr(FnScanResult) result = scan_file(scanner, *file, texts, &progress);

		wipe(&progress);
		(options->json ? print_json : print_plain)(*file, result, texts);
		fflush(stdout);
		fine &= result->verdict == FN_SCAN_CLEAN || result->verdict == FN_SCAN_FOUND;
	}
	return fine;
}

static gboolean
parse(int argc, char **argv, Options *options, GError **error)
{
	const GOptionEntry entries[] = {
		{ "json", 0, 0, G_OPTION_ARG_NONE, &options->json, "one JSON object a line", NULL },
		{ "show", 0, 0, G_OPTION_ARG_NONE, &options->show, "show the matched text", NULL },
		{ "rules", 0, 0, G_OPTION_ARG_FILENAME, &options->rules, "directory of rule files", "DIR" },
		{ "pack", 0, 0, G_OPTION_ARG_STRING, &options->pack, "rule pack in force (national)", "PACK" },
		{ G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->files, NULL, "FILE… (- or none: standard input)" },
		{ 0 },
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_auto(GStrv) copy = g_new0(char *, argc + 1);

	for (int i = 0; i < argc; i++)
		copy[i] = g_strdup(argv[i]);
	g_option_context_add_main_entries(context, entries, NULL);
	return g_option_context_parse_strv(context, &copy, error);
}

static int
run(Options *options)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *directory = options->rules != NULL ? g_strdup(options->rules) : fn_rules_directory(NULL);
	g_autoptr(FnRules) rules = fn_rules_load(directory, options->pack != NULL ? options->pack : "national", NULL, &error);
	g_autoptr(FnScanner) scanner = rules != NULL ? fn_scanner_new(rules, &error) : NULL;

	if (scanner == NULL) {
		fprintf(stderr, "fengni scan: %s\n", error->message);
		return FN_EXIT_ENVIRONMENT;
	}
	if (options->files == NULL) {
		options->files = g_new0(char *, 2);
		options->files[0] = g_strdup("-");
	}
	return scan_files(options, scanner) ? FN_EXIT_OK : FN_EXIT_NO;
}

int
fn_scan_command(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	Options options = { 0 };
	int code;

	if (parse(argc, argv, &options, &error)) {
		code = run(&options);
	} else {
		g_autofree char *why = fn_text_safe(error->message, -1, 300);

		fprintf(stderr, "fengni scan: %s\n", why);
		fprintf(stderr, fn_say("usage: %s"), "fengni scan [--json] [--show] [--rules DIR] [--pack PACK] FILE…");
		fputc('\n', stderr);
		code = FN_EXIT_USAGE;
	}
	g_free(options.rules);
	g_free(options.pack);
	g_strfreev(options.files);
	return code;
}

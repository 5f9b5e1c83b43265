/* `fengni mask`: bytes in, a masker in the midst, bytes out.
 *
 * SECURITY: what is read comes from strangers. CSV and NDJSON are parsed here, strictly; a workbook only by the confined worker.
 * Nothing leaves but through the masker, and a file that is written is there whole or not at all. */
#include "table/command.h"

#include "table/command_priv.h"

#include "base/program.h"
#include "base/say.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 256 << 10 };

typedef struct {
	const FnMaskOptions *options;
	FnTablePlan *plan;
	FnMasker *masker;
	FnTableReader *reader;
	FnTableOutput *output;
	FnTableWriter *writer; /* once the input's format is known */
	FnTableFormat to;
	FnProgress progress;
	guint64 bytes, size; /* read; of the input, 0 when unknown */
	int input, signals;
	gboolean decided;    /* --explain, --write-plan: enough was read */
} Job;

static int
code_of(const GError *error)
{
	if (error->domain != FN_TABLE_ERROR)
		return FN_EXIT_NO;
	switch ((FnTableError)error->code) {
	case FN_TABLE_ERROR_PLAN:
		return FN_EXIT_USAGE;
	case FN_TABLE_ERROR_OUTPUT:
	case FN_TABLE_ERROR_ENVIRONMENT:
		return FN_EXIT_ENVIRONMENT;
	case FN_TABLE_ERROR_INPUT:
	case FN_TABLE_ERROR_REFUSED:
		break;
	}
	return FN_EXIT_NO;
}

/* ---- while it runs ---- */

static void
draw(Job *job)
{
	double seconds = fn_progress_seconds(&job->progress);
	g_autofree char *size = NULL, *line = NULL, *share = NULL;

	if (job->options->quiet || !fn_progress_due(&job->progress))
		return;
	size = fn_bytes_text(job->bytes);
	share = job->size > 0 ? g_strdup_printf("%3.0f%%  ", 100.0 * (double)MIN(job->bytes, job->size) / (double)job->size) : g_strdup("");
	line = g_strdup_printf(fn_say("%s%zu rows  %s  %.0f MB/s"), share, (gsize)fn_masker_rows(job->masker), size,
		(double)job->bytes / 1e6 / seconds);
	fn_progress_draw(&job->progress, line);
}

static gboolean
was_ended(const Job *job)
{
	struct signalfd_siginfo signal;

	return read(job->signals, &signal, sizeof(signal)) == sizeof(signal);
}

static void
open_writer(Job *job)
{
	const FnMaskOptions *options = job->options;

	job->to = options->to;
	if (job->to == FN_TABLE_UNKNOWN)
		job->to = fn_table_format_of_name(options->output);
	if (job->to == FN_TABLE_UNKNOWN)
		job->to = fn_table_reader_format(job->reader);
	job->writer = fn_table_writer_new(job->to, fn_table_reader_delimiter(job->reader), job->output);
}

static gboolean
take(FnTableBatch *batch, gpointer data, GError **error)
{
	Job *job = data;
	gboolean one_table = fn_table_reader_format(job->reader) == FN_TABLE_CSV;

	if (was_ended(job))
		return fn_table_refuse(FN_TABLE_ERROR_REFUSED, error, "%s", fn_say("interrupted"));
	if (!fn_masker_take(job->masker, batch, error))
		return FALSE;
	/* Where all columns are known at once, what is missing is said before a byte has left. */
	if (batch->first && one_table && !fn_masker_end(job->masker, error))
		return FALSE;
	if (job->output == NULL) {
		job->decided = fn_table_reader_format(job->reader) != FN_TABLE_WORKBOOK;
		return TRUE;
	}
	if (job->writer == NULL)
		open_writer(job);
	draw(job);
	return fn_table_writer_add(job->writer, batch, error);
}

/* FALSE at the end of the input and on errors. */
static gboolean
read_piece(Job *job, char *buffer, GError **error)
{
	struct pollfd wait[] = { { job->input, POLLIN, 0 }, { job->signals, POLLIN, 0 } };
	ssize_t got;

	if (poll(wait, G_N_ELEMENTS(wait), -1) < 0 && errno != EINTR)
		return fn_table_refuse(FN_TABLE_ERROR_ENVIRONMENT, error, "poll: %s", g_strerror(errno));
	if (was_ended(job))
		return fn_table_refuse(FN_TABLE_ERROR_REFUSED, error, "%s", fn_say("interrupted"));
	got = read(job->input, buffer, READ_SIZE);
	if (got < 0 && errno != EINTR && errno != EAGAIN)
		return fn_table_refuse(FN_TABLE_ERROR_ENVIRONMENT, error, fn_say("the input cannot be read: %s"), g_strerror(errno));
	if (got == 0)
		return FALSE;
	job->bytes += (guint64)MAX(got, 0);
	return got < 0 || fn_table_reader_add(job->reader, buffer, (gsize)got, error);
}

static gboolean
read_all(Job *job, GError **error)
{
	g_autofree char *buffer = g_malloc(READ_SIZE);
	g_autoptr(GError) why = NULL;

	while (!job->decided && read_piece(job, buffer, &why))
		;
	explicit_bzero(buffer, READ_SIZE);
	if (why == NULL && !job->decided)
		fn_table_reader_end(job->reader, &why);
	fn_progress_wipe(&job->progress);
	if (why == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

/* ---- what comes of it ---- */

static gboolean
finish(Job *job, GError **error)
{
	FnMaskTotals totals = { fn_table_reader_format(job->reader), job->to, fn_table_reader_encoding(job->reader), job->options->suite,
		fn_masker_rows(job->masker), job->bytes, fn_progress_seconds(&job->progress), { 0 } };

	if (!fn_masker_end(job->masker, error))
		return FALSE;
	if (job->writer == NULL)
		return fn_table_refuse(FN_TABLE_ERROR_INPUT, error, "%s", fn_say("the input has no rows and no columns"));
	if (!fn_table_writer_end(job->writer, error) || !fn_table_output_commit(job->output, totals.digest, error))
		return FALSE;
	if (!job->options->quiet)
		fn_mask_summary(fn_masker_decisions(job->masker), &totals, job->options->json,
			job->options->output != NULL ? stdout : stderr);
	return TRUE;
}

static gboolean
write_plan(const Job *job, GError **error)
{
	g_autofree char *text = fn_mask_plan_text(fn_masker_decisions(job->masker));
	g_autoptr(FnTableOutput) output = fn_table_output_new(job->options->write_plan, job->options->suite, error);
	guint8 digest[FN_DIGEST_SIZE];

	return output != NULL && fn_table_output_add(output, text, strlen(text), error) && fn_table_output_commit(output, digest, error);
}

static gboolean
tell(const Job *job, GError **error)
{
	if (!fn_masker_end(job->masker, error))
		return FALSE;
	if (job->options->explain)
		fn_mask_explain(fn_masker_decisions(job->masker), job->options->json, stdout);
	return job->options->write_plan == NULL || write_plan(job, error);
}

static gboolean
run_job(Job *job, GError **error)
{
	return read_all(job, error) && (job->output != NULL ? finish(job, error) : tell(job, error));
}

/* ---- before it runs ---- */

static gboolean
read_plan(const FnMaskOptions *options, FnTablePlan *plan, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) why = NULL;
	gsize size;

	if (options->plan != NULL && !g_file_get_contents(options->plan, &text, &size, &why))
		return fn_table_refuse(FN_TABLE_ERROR_ENVIRONMENT, error, "%s", why->message);
	if (text != NULL && !fn_table_plan_read(plan, text, size, options->plan, error))
		return FALSE;
	for (char **rule = options->column; rule != NULL && *rule != NULL; rule++)
		if (!fn_table_plan_add(plan, *rule, error))
			return FALSE;
	for (char **name = options->allow; name != NULL && *name != NULL; name++)
		if (!fn_table_plan_allow(plan, *name, error))
			return FALSE;
	return TRUE;
}

static gboolean
same_file(int a, const char *path)
{
	struct stat one, other;

	return fstat(a, &one) == 0 && S_ISREG(one.st_mode) && (path != NULL ? stat(path, &other) : fstat(STDOUT_FILENO, &other)) == 0 &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static gboolean
open_input(Job *job, GError **error)
{
	struct stat about;

	job->input = job->options->path != NULL ? open(job->options->path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
	if (job->input < 0)
		return fn_table_refuse(FN_TABLE_ERROR_ENVIRONMENT, error, "%s: %s", job->options->path, g_strerror(errno));
	if (fstat(job->input, &about) == 0 && S_ISREG(about.st_mode))
		job->size = (guint64)about.st_size;
	if (same_file(job->input, job->options->output))
		return fn_table_refuse(FN_TABLE_ERROR_PLAN, error, "%s", fn_say("input and output are one file; name another output"));
	return TRUE;
}

static gboolean
open_job(Job *job, GError **error)
{
	const FnMaskOptions *options = job->options;
	FnTableInput input = { .name = options->path != NULL ? options->path : fn_say("standard input"), .format = options->format,
		.encoding = options->encoding, .delimiter = options->delimiter, .sheet = options->sheet };

	job->signals = fn_program_signals();
	if (!open_input(job, error))
		return FALSE;
	if (!options->explain && options->write_plan == NULL &&
		(job->output = fn_table_output_new(options->output, options->suite, error)) == NULL)
		return FALSE;
	job->reader = fn_table_reader_new(&input, take, job);
	job->progress = fn_progress_new();
	return TRUE;
}

static void
close_job(Job *job)
{
	if (job->signals > 0)
		close(job->signals);
	if (job->options->path != NULL && job->input >= 0)
		close(job->input);
	fn_table_writer_free(job->writer);
	fn_table_reader_free(job->reader);
	fn_table_output_free(job->output);
	fn_masker_free(job->masker);
	fn_table_plan_free(job->plan);
}

static gboolean
with_key(Job *job, const guint8 *key, GError **error)
{
	const FnMaskOptions *options = job->options;
	g_autofree char *directory = options->rules != NULL ? g_strdup(options->rules) : fn_rules_directory(NULL);
	gboolean only = options->explain || options->write_plan != NULL;
	g_autoptr(FnRules) rules = NULL;
	g_autoptr(FnScanner) scanner = NULL;
	g_autoptr(GError) why = NULL;

	if (!read_plan(options, job->plan, error) || (!only && !fn_table_plan_check(job->plan, options->suite, key, error)))
		return FALSE;
	if ((rules = fn_rules_load(directory, options->pack != NULL ? options->pack : "national", NULL, &why)) == NULL ||
		(scanner = fn_scanner_new(rules, &why)) == NULL)
		return fn_table_refuse(FN_TABLE_ERROR_ENVIRONMENT, error, "%s", why->message);
	job->masker = fn_masker_new(&(FnMaskerOptions){ .plan = job->plan, .scanner = scanner, .suite = options->suite, .key = key,
		.automatic = options->automatic, .unverified = options->no_verify, .only_decide = only });
	return open_job(job, error) && run_job(job, error);
}

static int
run(const FnMaskOptions *options)
{
	g_autoptr(GError) error = NULL;
	Job job = { .options = options, .plan = fn_table_plan_new(), .input = -1 };
	guint8 key[FN_MASK_KEY_SIZE];
	gboolean good = options->key == NULL || fn_mask_key_read(options->key, key, &error);
	gboolean left;

	good = good && with_key(&job, options->key != NULL ? key : NULL, &error);
	explicit_bzero(key, sizeof(key));
	left = job.output != NULL && fn_table_output_has_left(job.output);
	close_job(&job);
	if (good)
		return FN_EXIT_OK;
	fprintf(stderr, "fengni mask: %s\n", error->message);
	if (left)
		fprintf(stderr, "%s\n", fn_say("fengni mask: THE OUTPUT IS INCOMPLETE; throw it away"));
	return code_of(error);
}

static int
make_key(const char *path)
{
	g_autoptr(GError) error = NULL;

	if (fn_mask_key_make(path, &error))
		return FN_EXIT_OK;
	fprintf(stderr, "fengni mask: %s\n", error->message);
	return FN_EXIT_ENVIRONMENT;
}

int
fn_mask_command(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	FnMaskOptions options;
	int code = FN_EXIT_OK;

	if (!fn_mask_options_read(&options, argc, argv, &error)) {
		g_autofree char *why = fn_text_safe(error->message, -1, 300);

		fprintf(stderr, "fengni mask: %s\n", why);
		fn_mask_usage(stderr);
		code = FN_EXIT_USAGE;
	} else if (options.help) {
		fn_mask_help(stdout);
	} else if (options.new_key != NULL) {
		code = make_key(options.new_key);
	} else {
		code = run(&options);
	}
	fn_mask_options_clear(&options);
	return code;
}

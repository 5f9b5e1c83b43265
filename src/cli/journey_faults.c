/* The last part of the journey: what must hold when something dies or somebody meddles. */
#include "cli/journey_priv.h"

#include "base/json.h"
#include "base/pool.h"
#include "base/text.h"
#include "cli/registers.h"
#include "ledger/ledger.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* ---- the ledger, read as the auditor reads it ---- */

enum { PAGE = 1000 };

typedef gboolean (*EntryVisit)(gint64 index, const json_t *entry, gpointer data);

static gboolean
read_ledger(FnCity *city, EntryVisit visit, gpointer data, GError **error)
{
	json_int_t next = 0;

	for (;;) {
		g_autofree char *path = g_strdup_printf("/ledger/entries?from=%" JSON_INTEGER_FORMAT "&limit=%d", next, PAGE);
		json_t *reply = fn_city_call(city, "auditor", "GET", path, NULL, error);
		const json_t *items = json_object_get(reply, "items");
		size_t n = json_array_size(items);

		for (size_t i = 0; i < n; i++) {
			const json_t *item = json_array_get(items, i);

			visit(json_integer_value(json_object_get(item, "index")), json_object_get(item, "entry"), data);
		}
		next = json_integer_value(json_object_get(reply, "next"));
		json_decref(reply);
		if (reply == NULL)
			return FALSE;
		/* Every page read is itself entered: the end is a page that is not full. */
		if (n < PAGE)
			return TRUE;
	}
}

static const char *
body_text(const json_t *entry, const char *name)
{
	const char *text = json_string_value(json_object_get(json_object_get(entry, "body"), name));

	return text != NULL ? text : "";
}

static gboolean
count_result(gint64 index, const json_t *entry, gpointer data)
{
	GHashTable *seen = data;

	g_hash_table_add(seen, g_strdup(body_text(entry, "code")));
	g_hash_table_add(seen, g_strdup_printf("%s %s", body_text(entry, "event"), body_text(entry, "result")));
	g_hash_table_add(seen, g_strdup_printf("%" G_GINT64_FORMAT "-%.16s", index, json_string_value(json_object_get(entry, "salt"))));
	return TRUE;
}

gboolean
fn_step_entered(FnJourney *journey, GError **error)
{
	static const char *const codes[] = { "field_not_granted", "case_missing", "purpose_not_granted", "purpose_missing", "grant_missing",
		"operator_not_allowed", "quota_exceeded", "outside_hours", "certificate_missing", "certificate_untrusted", "certificate_expired", "certificate_revoked", "grant_expired",
		"grant_other_system", "grant_suspended" };
	static const char *const events[] = { "scan done:blocked", "scan done:clean", "scan done:found", "scan done:not_fully_inspected",
		"reidentification.authorised ", "reidentification.use done", "reidentification.use refused:office" };
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	if (!read_ledger(journey->city, count_result, seen, error))
		return FALSE;
	if (!g_hash_table_contains(seen, journey->receipt_id))
		return fn_city_fail(error, "the entry of receipt %s is not in the ledger", journey->receipt_id);
	for (gsize i = 0; i < G_N_ELEMENTS(codes); i++)
		if (!g_hash_table_contains(seen, codes[i]))
			return fn_city_fail(error, "no entry says that a query was refused with %s", codes[i]);
	for (gsize i = 0; i < G_N_ELEMENTS(events); i++)
		if (!g_hash_table_contains(seen, events[i]))
			return fn_city_fail(error, "no entry says \"%s\"", events[i]);
	return TRUE;
}

/* ---- logs ---- */

static gboolean
silent(const char *path, const char *const *secrets, GError **error)
{
	g_autofree char *text = NULL;
	gsize size;

	if (!g_file_get_contents(path, &text, &size, NULL))
		return TRUE;
	for (guint i = 0; secrets[i] != NULL; i++)
		if (memmem(text, size, secrets[i], strlen(secrets[i])) != NULL)
			return fn_city_fail(error, "%s holds an identifier", path);
	return TRUE;
}

static gboolean
silent_directory(const char *directory, const char *const *secrets, guint *files, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(directory, 0, error);
	const char *name;

	if (dir == NULL)
		return FALSE;
	while ((name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(directory, name, NULL);

		if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
			continue;
		++*files;
		if (!silent(path, secrets, error))
			return FALSE;
	}
	return TRUE;
}

gboolean
fn_step_silent_logs(FnJourney *journey, GError **error)
{
	static const char *const directories[] = { "door", "door/logs", "log" };
	FnResident one;
	guint files = 0;

	fn_demo_resident(7, &one);
	for (gsize i = 0; i < G_N_ELEMENTS(directories); i++) {
		const char *const secrets[] = { one.id_number, one.mobile, one.name, FN_JOURNEY_CASE, NULL };
		g_autofree char *path = g_build_filename(journey->city->directory, directories[i], NULL);

		if (g_file_test(path, G_FILE_TEST_IS_DIR) && !silent_directory(path, secrets, &files, error))
			return FALSE;
	}
	return files > 0 || fn_city_fail(error, "there are no logs to look at");
}

/* ---- a stream that is cut ---- */

typedef struct {
	FnJourney *journey;
	int to;
	gboolean whole;
	char *why;
} Stream;

static void *
pull_stream(void *data)
{
	Stream *stream = data;
	FnCall call = fn_journey_call(stream->journey);
	g_autoptr(GError) error = NULL;
	FnAnswer answer = { 0 };

	call.grant = fn_city_id(stream->journey->city, "grant", "batch");
	stream->whole = fn_caller_batch(stream->journey->city, &call, "{}", stream->to, &answer, &error);
	if (stream->whole)
		stream->why = g_strdup_printf("it ended with status %ld", answer.status);
	fn_answer_clear(&answer);
	close(stream->to); /* the reader sees the end */
	return NULL;
}

/* kill -9, and until it is back. */
static pid_t
kill_role(FnJourney *journey, FnRole role)
{
	pid_t pid = fn_daemons_pid(journey->daemons, role);

	if (pid > 0)
		kill(pid, SIGKILL);
	return pid;
}

/* Reads the stream slowly through a pipe and kills the gate after the first megabyte. */
static gboolean
kill_during_stream(FnJourney *journey, int from, pid_t *killed_out, GError **error)
{
	static char buffer[65536];
	gsize got = 0;
	ssize_t n;

	while (got < 1024 * 1024 && (n = read(from, buffer, sizeof(buffer))) > 0)
		got += (gsize)n;
	if (got < 1024 * 1024)
		return fn_city_fail(error, "the stream ended before it could be cut");
	*killed_out = kill_role(journey, FN_ROLE_GATE);
	while (read(from, buffer, sizeof(buffer)) > 0)
		continue;
	return TRUE;
}

static gboolean
count_broken(gint64 index, const json_t *entry, gpointer data)
{
	if (g_str_equal(body_text(entry, "result"), "broken"))
		++*(guint *)data;
	return TRUE;
}

gboolean
fn_step_cut_stream(FnJourney *journey, GError **error)
{
	Stream stream = { .journey = journey };
	guint broken = 0;
	pthread_t thread;
	pid_t killed = 0;
	gboolean cut;
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) != 0)
		return fn_city_fail(error, "no pipe");
	stream.to = pipes[1];
	pthread_create(&thread, NULL, pull_stream, &stream);
	cut = kill_during_stream(journey, pipes[0], &killed, error);
	close(pipes[0]);
	pthread_join(thread, NULL);
	if (cut && stream.whole)
		cut = fn_city_fail(error, "a stream whose gate was killed looked whole: %s", stream.why);
	g_free(stream.why);
	cut = cut && fn_daemons_wait_again(journey->daemons, FN_ROLE_GATE, killed, error);
	for (guint tries = 0; cut && broken == 0; tries++) {
		/* The gate opens its doors a moment after it runs. */
		if (!read_ledger(journey->city, count_broken, &broken, tries < 50 ? NULL : error) && tries >= 50)
			return FALSE;
		if (broken == 0 && tries == 50)
			return fn_city_fail(error, "the ledger does not say that the stream broke");
		g_usleep(100000);
	}
	return cut;
}

/* ---- killing under load ---- */

enum { QUERIES = 2000, CALLERS = 16 };

typedef struct {
	FnJourney *journey;
	FnCall call;
	FnMutex mutex;
	guint next, answered, refused;
	GPtrArray *receipts;
} Load;

static gboolean
take_number(Load *load, guint *index_out)
{
	gboolean more;

	fn_mutex_lock(&load->mutex);
	more = load->next < QUERIES;
	*index_out = load->next++;
	fn_mutex_unlock(&load->mutex);
	return more;
}

static void
note(Load *load, FnAnswer *answer, gboolean whole)
{
	fn_mutex_lock(&load->mutex);
	if (whole && answer->status == 200 && answer->receipt != NULL) {
		g_ptr_array_add(load->receipts, g_strdup(answer->receipt));
		load->answered++;
	} else
		load->refused++;
	fn_mutex_unlock(&load->mutex);
}

static void *
call_on(void *data)
{
	Load *load = data;
	g_autoptr(FnClient) client = fn_caller_client(load->journey->city, &load->call);
	guint index;

	while (take_number(load, &index)) {
		g_autofree char *body = fn_journey_body(index * 97 % FN_DEMO_RESIDENTS, NULL);
		FnAnswer answer = { 0 };
		gboolean whole = fn_caller_query_on(client, load->journey->city, &load->call, body, &answer, NULL);

		note(load, &answer, whole);
		fn_answer_clear(&answer);
	}
	return NULL;
}

static gboolean
all_entered(Load *load, const char *role, GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	if (!read_ledger(load->journey->city, count_result, seen, error))
		return FALSE;
	for (guint i = 0; i < load->receipts->len; i++)
		if (!g_hash_table_contains(seen, g_ptr_array_index(load->receipts, i)))
			return fn_city_fail(error, "%s was killed: an answer's receipt %s has no entry", role, (char *)g_ptr_array_index(load->receipts, i));
	return TRUE;
}

/* 2,000 queries by 16 callers; @role dies when a third of them are through. */
static gboolean
kill_one(FnJourney *journey, FnRole role, GError **error)
{
	Load load = { .journey = journey, .call = fn_journey_call(journey), .mutex = FN_MUTEX_INIT, .receipts = g_ptr_array_new_with_free_func(g_free) };
	pthread_t thread[CALLERS];
	gboolean right = TRUE, killed = FALSE;
	pid_t before;

	for (guint i = 0; i < CALLERS; i++)
		pthread_create(&thread[i], NULL, call_on, &load);
	while (!killed) {
		fn_mutex_lock(&load.mutex);
		killed = load.next > QUERIES / 3;
		fn_mutex_unlock(&load.mutex);
		g_usleep(2000);
	}
	before = kill_role(journey, role);
	for (guint i = 0; i < CALLERS; i++)
		pthread_join(thread[i], NULL);
	if (load.answered < QUERIES / 4)
		right = fn_city_fail(error, "%s was killed: only %u of %u queries were answered", fn_role_name(role), load.answered, (guint)QUERIES);
	right = right && fn_daemons_wait_again(journey->daemons, role, before, error) && all_entered(&load, fn_role_name(role), error);
	g_ptr_array_unref(load.receipts);
	return right;
}

gboolean
fn_step_kill(FnJourney *journey, GError **error)
{
	static const FnRole roles[] = { FN_ROLE_GATE, FN_ROLE_LEDGER, FN_ROLE_KEEPER, FN_ROLE_INSPECT, FN_ROLE_CLOCK, FN_ROLE_DOOR };

	for (gsize i = 0; i < G_N_ELEMENTS(roles); i++)
		if (!kill_one(journey, roles[i], error))
			return FALSE;
	return TRUE;
}

/* ---- meddling ---- */

static gboolean
copy_tree(const char *from, const char *to, GPtrArray *files, GError **error)
{
	g_autoptr(GDir) dir = g_dir_open(from, 0, error);
	const char *name;

	if (dir == NULL)
		return FALSE;
	g_mkdir_with_parents(to, 0755);
	while ((name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *source = g_build_filename(from, name, NULL), *target = g_build_filename(to, name, NULL), *bytes = NULL;
		gsize size;

		if (g_file_test(source, G_FILE_TEST_IS_DIR)) {
			if (!copy_tree(source, target, files, error))
				return FALSE;
			continue;
		}
		if (!g_file_get_contents(source, &bytes, &size, error) || !g_file_set_contents(target, bytes, (gssize)size, error))
			return FALSE;
		if (size > 0)
			g_ptr_array_add(files, g_strdup(target));
	}
	return TRUE;
}

static gboolean
flip(const char *path, gsize offset)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	guint8 byte = 0;
	gboolean done = fd >= 0 && pread(fd, &byte, 1, (off_t)offset) == 1;

	byte ^= 1;
	done = done && pwrite(fd, &byte, 1, (off_t)offset) == 1;
	if (fd >= 0)
		close(fd);
	return done;
}

static gboolean
is_evidence(const char *path)
{
	return strstr(path, "/tile/") != NULL || strstr(path, "/segment") != NULL;
}

/* One byte in the middle of each of some files: the verifier must say no, and name the place. */
static gboolean
meddle(const char *directory, GPtrArray *files, const char *gm, const char *intl, GError **error)
{
	guint tried = 0;

	for (guint i = 0; i < files->len && tried < 12; i++) {
		const char *path = g_ptr_array_index(files, i);
		g_autoptr(GError) why = NULL;
		struct stat about;
		gsize offset;

		if (!is_evidence(path) || g_stat(path, &about) != 0)
			continue;
		tried++;
		offset = strstr(path, "/tile/") != NULL ? (gsize)about.st_size / 2 : 1000;
		if (!flip(path, offset))
			return fn_city_fail(error, "cannot change %s", path);
		if (fn_ledger_verify(directory, gm, intl, NULL, NULL, NULL, &why))
			return fn_city_fail(error, "byte %zu of %s was changed and the ledger still verifies", offset, path);
		flip(path, offset);
	}
	return tried > 1 || fn_city_fail(error, "no segments and tiles were found in %s", directory);
}

gboolean
fn_step_verify(FnJourney *journey, GError **error)
{
	g_autofree char *ledger = g_build_filename(journey->city->directory, "ledger", NULL);
	g_autofree char *copy = g_build_filename(journey->city->directory, "demo", "ledger-copy", NULL);
	g_autofree char *gm = fn_journey_key(journey, "ledger_head_gm", error);
	g_autofree char *intl = gm != NULL ? fn_journey_key(journey, "ledger_head_intl", error) : NULL;
	pid_t ledger_pid = fn_daemons_pid(journey->daemons, FN_ROLE_LEDGER);
	gboolean copied;
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	FnLedgerReport report;

	if (intl == NULL || !fn_ledger_verify(ledger, gm, intl, NULL, NULL, &report, error))
		return FALSE;
	/* The copy is taken while nothing writes, else it would be torn. */
	kill(ledger_pid, SIGSTOP);
	copied = copy_tree(ledger, copy, files, error);
	kill(ledger_pid, SIGCONT);
	return copied && fn_ledger_verify(copy, gm, intl, NULL, NULL, &report, error) && meddle(copy, files, gm, intl, error);
}

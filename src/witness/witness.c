#include "witness/witness_priv.h"

#include "base/text.h"
#include "base/time.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_MAX   262144u
#define EVIDENCE_MAX 64u /* files of each kind */
#define TEXT         "text/plain; charset=utf-8"

G_DEFINE_QUARK(fn-witness-error-quark, fn_witness_error)

/* ---- opening ---- */

static gboolean
fail(GError **error, const char *path)
{
	g_set_error(error, FN_WITNESS_ERROR, FN_WITNESS_ERROR_OPEN, "%s: %s", path, g_strerror(errno));
	return FALSE;
}

gboolean
fn_witness_init(const char *directory, const char *name, GError **error)
{
	g_autofree char *key = g_build_filename(directory, "key", NULL);
	g_autofree char *config = g_build_filename(directory, "witness.conf", NULL);
	g_autofree char *example = fn_witness_config_example(name);

	if (!fn_note_name_is_valid(name)) {
		g_set_error(error, FN_WITNESS_ERROR, FN_WITNESS_ERROR_OPEN,
			"a name is like an address without scheme, such as witness.audit.example/one: no spaces, no '+'");
		return FALSE;
	}
	if (g_mkdir_with_parents(directory, 0700) != 0)
		return fail(error, directory);
	if (!g_file_test(config, G_FILE_TEST_EXISTS) &&
	    !g_file_set_contents_full(config, example, -1, G_FILE_SET_CONTENTS_DURABLE, 0644, error))
		return FALSE;
	return fn_witness_keys_make(key, error); /* the last: where there is a key, the directory is whole */
}

static gboolean
take_directory(FnWitness *witness, const char *path, GError **error)
{
	witness->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (witness->directory < 0)
		return fail(error, path);
	witness->lock = openat(witness->directory, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (witness->lock < 0)
		return fail(error, path);
	if (flock(witness->lock, LOCK_EX | LOCK_NB) == 0)
		return TRUE;
	g_set_error(error, FN_WITNESS_ERROR, FN_WITNESS_ERROR_OPEN, "%s: %s", path,
		errno == EWOULDBLOCK ? "another witness runs on this directory; two would sign forks" : g_strerror(errno));
	return FALSE;
}

static gboolean
read_config(FnWitness *witness, GError **error)
{
	g_autoptr(GBytes) bytes = fn_file_read(witness->directory, "witness.conf", CONFIG_MAX, NULL, error);
	g_autofree char *text = NULL;

	if (bytes == NULL)
		return FALSE;
	text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	return fn_witness_config_parse(text, &witness->config, error);
}

static gboolean
read_state(const FnWitness *witness, FnWitnessLog *log, GError **error)
{
	g_autofree char *path = g_build_filename("state", log->file, NULL);
	gboolean missing = FALSE;
	g_autoptr(GError) why = NULL;
	g_autoptr(GBytes) bytes = fn_file_read(witness->directory, path, FN_WITNESS_BODY_MAX, &missing, &why);
	gconstpointer text;
	gsize size;

	if (bytes == NULL && missing)
		return TRUE;
	if (bytes == NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	text = g_bytes_get_data(bytes, &size);
	return fn_witness_state_parse(text, size, log, &log->state, error);
}

static gboolean
read_states(const FnWitness *witness, GError **error)
{
	static const char *const folder[] = { "state", "evidence", "tmp" };

	for (gsize i = 0; i < G_N_ELEMENTS(folder); i++)
		if (!fn_file_make_folder(witness->directory, folder[i], error))
			return FALSE;
	fn_file_empty_folder(witness->directory, "tmp");
	for (guint i = 0; i < witness->config.logs->len; i++)
		if (!read_state(witness, g_ptr_array_index(witness->config.logs, i), error))
			return FALSE;
	return TRUE;
}

FnWitness *
fn_witness_open(const char *directory, GError **error)
{
	g_autoptr(FnWitness) witness = g_new0(FnWitness, 1);
	g_autofree char *key = g_build_filename(directory, "key", NULL);
	char *listen;

	witness->directory = witness->lock = -1;
	pthread_mutex_init(&witness->mutex, NULL);
	if (!take_directory(witness, directory, error) || !read_config(witness, error) ||
	    !fn_witness_keys_load(&witness->keys, key, witness->config.name, error) || !read_states(witness, error))
		return NULL;
	listen = witness->config.listen;
	if (strchr(listen, '/') != NULL) {
		witness->config.listen = g_canonicalize_filename(listen, directory);
		g_free(listen);
	}
	return g_steal_pointer(&witness);
}

void
fn_witness_free(FnWitness *witness)
{
	if (witness == NULL)
		return;
	fn_witness_config_clear(&witness->config);
	fn_witness_keys_clear(&witness->keys);
	if (witness->lock >= 0)
		close(witness->lock);
	if (witness->directory >= 0)
		close(witness->directory);
	pthread_mutex_destroy(&witness->mutex);
	g_free(witness);
}

char *
fn_witness_public(const FnWitness *witness)
{
	g_autofree char *key = fn_note_key_text(witness->keys.key->name, FN_NOTE_COSIGNATURE, witness->keys.key->bytes);

	return g_strdup_printf("%s %s\n", key, witness->keys.gm_text);
}

const char *
fn_witness_listen(const FnWitness *witness)
{
	return witness->config.listen;
}

guint
fn_witness_rate(const FnWitness *witness)
{
	return witness->config.rate;
}

/* ---- answers ---- */

void
fn_witness_answer_clear(FnWitnessAnswer *answer)
{
	g_free(answer->body);
	g_free(answer->alarm);
	memset(answer, 0, sizeof(*answer));
}

/* Always FALSE: nothing was cosigned. */
static gboolean
refuse(FnWitnessAnswer *answer, guint status, const char *why)
{
	answer->status = status;
	answer->type = TEXT;
	answer->body = g_strconcat(why, "\n", NULL);
	return FALSE;
}

static gboolean
conflict(FnWitnessAnswer *answer, const FnWitnessLog *log)
{
	answer->status = 409;
	answer->type = "text/x.tlog.size";
	answer->body = g_strdup_printf("%" G_GUINT64_FORMAT "\n", log->state.size);
	return FALSE;
}

/* ---- one new head, in either form ---- */

typedef struct {
	FnWitnessLog *log;
	FnWitnessRequest request;
	guint trees; /* 1: a checkpoint; 2: a head of both */
	guint64 size;
	const guint8 *root[FN_WITNESS_TREES];
	FnSpan body; /* of the note, to be cosigned */
	char *note;  /* with the log's signature, to be kept */
	char *text;  /* what the state's file becomes */
	FnHead head; /* for two trees */
} Candidate;

static void
candidate_clear(Candidate *candidate)
{
	g_free(candidate->note);
	g_free(candidate->text);
	fn_head_clear(&candidate->head);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Candidate, candidate_clear)

static FnWitnessLog *
find_log(const FnWitness *witness, FnSpan origin)
{
	for (guint i = 0; i < witness->config.logs->len; i++) {
		FnWitnessLog *log = g_ptr_array_index(witness->config.logs, i);

		if (strlen(log->key->name) == origin.size && memcmp(log->key->name, origin.text, origin.size) == 0)
			return log;
	}
	return NULL;
}

static gboolean
put(const FnWitness *witness, const char *path, const char *text, gsize size, GError **error)
{
	g_autoptr(FnFiles) files = fn_files_new(witness->directory);

	return fn_files_put(files, path, text, size, error) && fn_files_commit(files, error);
}

static guint
count_files(const FnWitness *witness, const char *prefix)
{
	int fd = openat(witness->directory, "evidence", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *item;
	guint count = 0;

	while (folder != NULL && (item = readdir(folder)) != NULL)
		count += g_str_has_prefix(item->d_name, prefix);
	if (folder != NULL)
		closedir(folder);
	else if (fd >= 0)
		close(fd);
	return count;
}

/* Both things that the log signed, side by side, once. A folder that is full takes no more: the first proofs are as good as
 * any. Failing to write changes nothing about the refusal; the alarm says so. */
static void
keep_evidence(const FnWitness *witness, const Candidate *candidate, const char *kind, FnWitnessAnswer *answer)
{
	g_autofree char *both = g_strconcat(candidate->log->state.note, "\n", candidate->text, NULL);
	g_autofree char *name = NULL;
	g_autofree char *path = NULL;
	g_autoptr(GError) error = NULL;
	guint8 digest[FN_DIGEST_SIZE];

	fn_sha256(candidate->text, strlen(candidate->text), digest);
	name = fn_hex(digest, 8);
	path = g_strconcat("evidence/", kind, name, NULL);
	if (faccessat(witness->directory, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || count_files(witness, kind) >= EVIDENCE_MAX)
		return;
	put(witness, path, both, strlen(both), &error);
	answer->alarm = g_strdup_printf("%s signed at size %" G_GUINT64_FORMAT " what does not go with what it signed before at size %" G_GUINT64_FORMAT "; %s%s",
		candidate->log->key->name, candidate->size, candidate->log->state.size, error != NULL ? "it cannot be kept: " : "both are kept in ",
		error != NULL ? error->message : path);
}

/* Of the trees that the candidate has, TRUE when the one known leads to it. A tree that was not watched before begins here. */
static gboolean
leads_on(const Candidate *candidate, guint tree)
{
	const FnWitnessState *state = &candidate->log->state;
	const FnWitnessProof *proof = &candidate->request.proof[tree];
	FnSuite suite = tree == FN_WITNESS_SM3 ? FN_SUITE_GM : FN_SUITE_INTL;

	if (tree == FN_WITNESS_SM3 && state->known && !state->has_sm3)
		return TRUE;
	if (state->size == 0)
		return proof->count == 0;
	return fn_proof_consistency(suite, state->size, candidate->size, proof->hash, proof->count, state->root[tree], candidate->root[tree]);
}

static gboolean
same_roots(const Candidate *candidate)
{
	const FnWitnessState *state = &candidate->log->state;

	for (guint tree = 0; tree < candidate->trees; tree++)
		if ((tree != FN_WITNESS_SM3 || state->has_sm3) && memcmp(state->root[tree], candidate->root[tree], FN_DIGEST_SIZE) != 0)
			return FALSE;
	return TRUE;
}

/* TRUE: it may be cosigned. */
static gboolean
judge(const FnWitness *witness, const Candidate *candidate, FnWitnessAnswer *answer)
{
	const FnWitnessState *state = &candidate->log->state;
	gboolean again = state->known && candidate->size == state->size;

	if (candidate->request.old != state->size)
		return conflict(answer, candidate->log);
	if (again && !same_roots(candidate)) {
		keep_evidence(witness, candidate, "fork-", answer);
		return conflict(answer, candidate->log);
	}
	if (candidate->trees == 1 && candidate->log->gm_text != NULL && !again)
		return refuse(answer, 403, "both trees of this log are watched: send its heads to add-head");
	for (guint tree = 0; tree < candidate->trees; tree++)
		if (again ? candidate->request.proof[tree].count != 0 : !leads_on(candidate, tree)) {
			if (!again && state->known)
				keep_evidence(witness, candidate, "unproven-", answer);
			return refuse(answer, 422, tree == FN_WITNESS_SM3 ? "the SM3 consistency proof does not verify"
									 : "the consistency proof does not verify");
		}
	return TRUE;
}

/* A log that is known by both trees stays so. */
static gboolean
is_news(const Candidate *candidate)
{
	const FnWitnessState *state = &candidate->log->state;

	return !state->known || candidate->size > state->size || (candidate->trees == 2 && !state->has_sm3);
}

static void
move_on(Candidate *candidate)
{
	FnWitnessState state = { .known = TRUE, .has_sm3 = candidate->trees == 2, .size = candidate->size };

	for (guint tree = 0; tree < candidate->trees; tree++)
		memcpy(state.root[tree], candidate->root[tree], FN_DIGEST_SIZE);
	state.note = g_steal_pointer(&candidate->note);
	fn_witness_state_clear(&candidate->log->state);
	candidate->log->state = state;
}

/* Compares and stores in one: with the mutex. */
static gboolean
take(FnWitness *witness, Candidate *candidate, FnWitnessAnswer *answer)
{
	g_autofree char *path = g_build_filename("state", candidate->log->file, NULL);
	g_autoptr(GError) error = NULL;

	if (!judge(witness, candidate, answer))
		return FALSE;
	if (is_news(candidate) && !put(witness, path, candidate->text, strlen(candidate->text), &error)) {
		/* Whatever lies there now was never vouched for: the next request leads on from either. */
		answer->alarm = g_strdup_printf("%s: its state cannot be written: %s", candidate->log->key->name, error->message);
		return refuse(answer, 500, "the witness cannot write its state");
	}
	if (is_news(candidate))
		move_on(candidate);
	return TRUE;
}

static void
decide(FnWitness *witness, Candidate *candidate, FnWitnessAnswer *answer)
{
	guint64 time = (guint64)(fn_time_now() / G_USEC_PER_SEC);
	g_autofree char *line = NULL;
	g_autofree char *sm2 = NULL;
	gboolean taken;

	fn_mutex_lock(&witness->mutex);
	taken = take(witness, candidate, answer);
	fn_mutex_unlock(&witness->mutex);
	if (!taken)
		return;
	line = fn_witness_cosign(&witness->keys, candidate->body, time);
	if (candidate->trees == 2)
		sm2 = fn_witness_cosign_sm3(&witness->keys, &candidate->head, time);
	answer->status = 200;
	answer->type = TEXT;
	answer->body = g_strconcat(line, sm2, NULL);
}

/* ---- the two forms ---- */

static gboolean
read_checkpoint(const FnWitness *witness, Candidate *candidate, FnWitnessAnswer *answer)
{
	g_autoptr(GError) error = NULL;
	FnCheckpoint checkpoint;
	FnSpan line;

	if (!fn_checkpoint_parse(candidate->request.rest.text, candidate->request.rest.size, &checkpoint, &error))
		return refuse(answer, 400, error->message);
	if ((candidate->log = find_log(witness, checkpoint.origin)) == NULL)
		return refuse(answer, 404, "this witness does not know the log");
	if (!fn_checkpoint_verify(&checkpoint, candidate->log->key, &line, NULL))
		return refuse(answer, 403, "no signature of the log's key verifies");
	candidate->size = checkpoint.size;
	candidate->body = checkpoint.body;
	candidate->root[FN_WITNESS_SHA256] = memcpy(candidate->head.sha256, checkpoint.root, FN_DIGEST_SIZE);
	candidate->note = g_strdup_printf("%.*s\n%.*s", (int)checkpoint.body.size, checkpoint.body.text, (int)line.size, line.text);
	candidate->text = g_strdup(candidate->note);
	return TRUE;
}

static gboolean
read_head(const FnWitness *witness, Candidate *candidate, FnWitnessAnswer *answer)
{
	FnCanon canon = fn_canon_over(candidate->request.rest.text, candidate->request.rest.size);
	FnHead *head = &candidate->head;

	if (!fn_head_take(&canon, head) || !fn_canon_literal(&canon, "\n") || canon.at != canon.end)
		return refuse(answer, 400, "behind the proofs stands no signed head in one line");
	if ((candidate->log = find_log(witness, (FnSpan){ head->origin, strlen(head->origin) })) == NULL)
		return refuse(answer, 404, "this witness does not know the log");
	if (candidate->log->gm_text == NULL)
		return refuse(answer, 403, "this witness does not know the log's SM2 key");
	if (!fn_head_verify(head, candidate->log->gm_text, candidate->log->intl_text, NULL))
		return refuse(answer, 403, "the signatures of the log's keys do not verify");
	candidate->size = head->size;
	candidate->root[FN_WITNESS_SHA256] = head->sha256;
	candidate->root[FN_WITNESS_SM3] = head->sm3;
	candidate->note = g_strdup(head->note);
	candidate->body = (FnSpan){ candidate->note, (gsize)(strstr(candidate->note, "\n\n") + 1 - candidate->note) };
	candidate->text = g_strndup(candidate->request.rest.text, candidate->request.rest.size);
	return TRUE;
}

static void
add(FnWitness *witness, const char *body, gsize size, guint trees, FnWitnessAnswer *answer)
{
	g_auto(Candidate) candidate = { .trees = trees };
	g_autoptr(GError) error = NULL;

	if (!fn_witness_request_parse(body, size, trees, &candidate.request, &error)) {
		refuse(answer, 400, error->message);
		return;
	}
	if (!(trees == 1 ? read_checkpoint(witness, &candidate, answer) : read_head(witness, &candidate, answer)))
		return;
	if (candidate.request.old > candidate.size)
		refuse(answer, 400, "the old size is larger than that of the checkpoint");
	else
		decide(witness, &candidate, answer);
}

static void
add_checkpoint(FnWitness *witness, const char *rest, const char *body, gsize size, FnWitnessAnswer *answer)
{
	add(witness, body, size, 1, answer);
}

static void
add_head(FnWitness *witness, const char *rest, const char *body, gsize size, FnWitnessAnswer *answer)
{
	add(witness, body, size, 2, answer);
}

/* For who wants to compare what he sees with what the witness saw. */
static void
show_checkpoint(FnWitness *witness, const char *rest, const char *body, gsize size, FnWitnessAnswer *answer)
{
	g_autofree char *note = NULL;
	g_autofree char *line = NULL;
	FnSpan signed_body;

	fn_mutex_lock(&witness->mutex);
	for (guint i = 0; note == NULL && i < witness->config.logs->len; i++) {
		const FnWitnessLog *log = g_ptr_array_index(witness->config.logs, i);

		if (g_str_equal(log->file, rest))
			note = g_strdup(log->state.note);
	}
	fn_mutex_unlock(&witness->mutex);
	if (note == NULL) {
		refuse(answer, 404, "this witness does not know the log, or has not seen anything of it yet");
		return;
	}
	signed_body = (FnSpan){ note, (gsize)(g_strrstr(note, "\n\n") + 1 - note) };
	line = fn_witness_cosign(&witness->keys, signed_body, (guint64)(fn_time_now() / G_USEC_PER_SEC));
	answer->status = 200;
	answer->type = TEXT;
	answer->body = g_strconcat(note, line, NULL);
}

static const struct {
	const char *method, *path; /* one that ends with '/' takes what follows */
	void (*answer)(FnWitness *witness, const char *rest, const char *body, gsize size, FnWitnessAnswer *answer);
} routes[] = {
	{ "POST", "/add-checkpoint", add_checkpoint },
	{ "POST", "/add-head", add_head },
	{ "GET", "/checkpoint/", show_checkpoint },
};

void
fn_witness_answer(FnWitness *witness, const char *method, const char *path, const char *body, gsize size, FnWitnessAnswer *answer_out)
{
	memset(answer_out, 0, sizeof(*answer_out));
	for (gsize i = 0; i < G_N_ELEMENTS(routes); i++) {
		gboolean prefix = g_str_has_suffix(routes[i].path, "/");

		if (!(prefix ? g_str_has_prefix(path, routes[i].path) : g_str_equal(path, routes[i].path)))
			continue;
		if (g_str_equal(method, routes[i].method))
			routes[i].answer(witness, path + strlen(routes[i].path), body, size, answer_out);
		else
			refuse(answer_out, 405, "not by this method");
		return;
	}
	refuse(answer_out, 404, "there is no such address");
}

/* The scanner: what is compiled of the rules, and what threads that scan need to themselves. */
#include "scan/scan_priv.h"

#include <string.h>

G_DEFINE_QUARK(fn-scan-error-quark, fn_scan_error)

const char *
fn_scan_verdict_name(FnScanVerdict verdict)
{
	static const char *const name[] = { "not_fully_inspected", "clean", "found", "blocked" };

	g_assert(verdict < G_N_ELEMENTS(name));
	return name[verdict];
}

/* Shorter runs are too common: they are read behind their labels only. A run without any digit is a word. */
static void
fill_wants(FnScanner *scanner)
{
	for (guint size = 0; size <= FN_RUN_MAX; size++) {
		scanner->wants.grouped[size] = scanner->of_size[size]->len > 0;
		scanner->wants.run[size] = size >= FN_RUN_MIN && scanner->wants.grouped[size];
	}
	for (guint sign = 0; sign < G_N_ELEMENTS(scanner->of_sign); sign++)
		scanner->wants.sign[sign] = scanner->of_sign[sign]->len > 0;
}

static void
fill_readers(FnScanner *scanner)
{
	for (guint size = 0; size < G_N_ELEMENTS(scanner->reader); size++) {
		const GArray *readers = scanner->of_size[size];

		scanner->reader[size] = g_new0(FnReader, readers->len + 1);
		for (guint i = 0; i < readers->len; i++) {
			guint which = g_array_index(readers, guint16, i);

			scanner->reader[size][i] = (FnReader){ scanner->detector[which].validator->check, which };
		}
	}
}

/* Reads it all values of its validator, before other detectors of that? */
static gboolean
is_first(const FnScanner *scanner, guint which)
{
	const FnValidator *validator = scanner->detector[which].validator;

	for (guint size = validator->min; validator->kind == FN_VALIDATE_TOKEN && size <= validator->max; size++) {
		const FnReader *reader = scanner->reader[size];

		while (reader->check != NULL && scanner->detector[reader->which].validator != validator)
			reader++;
		if (reader->check == NULL || reader->which != which)
			return FALSE;
	}
	return TRUE;
}

static void
fill_cells(FnScanner *scanner)
{
	scanner->machine = fn_machine();
	scanner->six = fn_quick_six_new();
	scanner->cell = g_new0(FnCellReader, scanner->detectors);
	for (guint i = 0; i < scanner->detectors; i++) {
		const FnDetector *detector = &scanner->detector[i];
		int score = fn_score_of(detector, FN_MATCH_STRONG, 1);

		scanner->cell[i] = (FnCellReader){ is_first(scanner, i) ? detector->validator->quick : FN_QUICK_NONE,
			score >= detector->report ? (guint8)CLAMP(score, 0, 100) : 0 };
	}
}

static void
free_vocabulary(gpointer vocabulary)
{
	if (vocabulary == NULL)
		return;
	fn_vocabulary_clear(vocabulary);
	g_free(vocabulary);
}

FnScanner *
fn_scanner_new(const FnRules *rules, GError **error)
{
	FnScanner *scanner = g_new0(FnScanner, 1);

	scanner->owners = 1;
	fn_vocabulary_init(&scanner->finding);
	scanner->near = g_ptr_array_new_with_free_func(free_vocabulary);
	for (guint i = 0; i < G_N_ELEMENTS(scanner->of_size); i++)
		scanner->of_size[i] = g_array_new(FALSE, FALSE, sizeof(guint16));
	for (guint i = 0; i < G_N_ELEMENTS(scanner->of_sign); i++)
		scanner->of_sign[i] = g_array_new(FALSE, FALSE, sizeof(guint16));
	scanner->strings = g_string_chunk_new(4096);
	scanner->vectors = g_ptr_array_new_with_free_func(g_free);
	scanner->profiles = g_ptr_array_new_with_free_func(fn_profile_free);
	scanner->idle = g_ptr_array_new();
	pthread_mutex_init(&scanner->lock, NULL);
	if (!fn_detectors_read(scanner, rules, error) || !fn_profiles_read(scanner, rules, error)) {
		fn_scanner_free(scanner);
		return NULL;
	}
	fill_wants(scanner);
	fill_readers(scanner);
	fill_cells(scanner);
	return scanner;
}

static void
free_scratch(const FnScanner *scanner, FnScratch *scratch)
{
	fn_words_scratch_free(scanner->finding.words, scratch->words);
	g_array_unref(scratch->hits);
	g_array_unref(scratch->regions);
	g_array_unref(scratch->known);
	g_byte_array_unref(scratch->squeezed);
	fn_regex_scratch_free(scratch->regex);
	g_free(scratch);
}

FnScanner *
fn_scanner_share(const FnScanner *scanner)
{
	g_atomic_int_inc(&((FnScanner *)scanner)->owners);
	return (FnScanner *)scanner;
}

void
fn_scanner_free(FnScanner *scanner)
{
	if (scanner == NULL || !g_atomic_int_dec_and_test(&scanner->owners))
		return;
	for (guint i = 0; i < scanner->idle->len; i++)
		free_scratch(scanner, scanner->idle->pdata[i]);
	g_ptr_array_unref(scanner->idle);
	fn_vocabulary_clear(&scanner->finding);
	g_ptr_array_unref(scanner->near);
	for (guint i = 0; i < G_N_ELEMENTS(scanner->of_size); i++) {
		g_array_unref(scanner->of_size[i]);
		g_free(scanner->reader[i]);
	}
	for (guint i = 0; i < G_N_ELEMENTS(scanner->of_sign); i++)
		g_array_unref(scanner->of_sign[i]);
	for (guint i = 0; i < scanner->detectors; i++)
		fn_regex_free(scanner->detector[i].regex);
	g_free(scanner->cell);
	g_free(scanner->six);
	g_free(scanner->detector);
	g_ptr_array_unref(scanner->profiles);
	g_ptr_array_unref(scanner->vectors);
	g_string_chunk_free(scanner->strings);
	pthread_mutex_destroy(&scanner->lock);
	g_free(scanner);
}

FnScratch *
fn_scratch_borrow(const FnScanner *scanner)
{
	FnScanner *shared = (FnScanner *)scanner;
	FnScratch *scratch = NULL;

	fn_mutex_lock(&shared->lock);
	if (shared->idle->len > 0)
		scratch = g_ptr_array_steal_index_fast(shared->idle, shared->idle->len - 1);
	fn_mutex_unlock(&shared->lock);
	if (scratch != NULL)
		return scratch;
	scratch = g_new0(FnScratch, 1);
	scratch->hits = g_array_new(FALSE, FALSE, sizeof(FnWordHit));
	scratch->regions = g_array_new(FALSE, FALSE, sizeof(FnRegion));
	scratch->known = g_array_new(FALSE, TRUE, sizeof(guint64));
	scratch->squeezed = g_byte_array_new();
	scratch->regex = fn_regex_scratch_new();
	scratch->words = fn_words_scratch_new(scanner->finding.words);
	return scratch;
}

void
fn_scratch_return(const FnScanner *scanner, FnScratch *scratch)
{
	FnScanner *shared = (FnScanner *)scanner;

	if (scratch == NULL)
		return;
	fn_mutex_lock(&shared->lock);
	g_ptr_array_add(shared->idle, scratch);
	fn_mutex_unlock(&shared->lock);
}

/* The scanner in force, which may be replaced while others scan with it. */
#include "scan/scan_priv.h"

struct FnScannerRef {
	FnMutex lock;
	FnScanner *scanner;
};

FnScannerRef *
fn_scanner_ref_new(FnScanner *scanner)
{
	FnScannerRef *ref = g_new0(FnScannerRef, 1);

	pthread_mutex_init(&ref->lock, NULL);
	ref->scanner = scanner;
	return ref;
}

void
fn_scanner_ref_free(FnScannerRef *ref)
{
	if (ref == NULL)
		return;
	fn_scanner_free(ref->scanner);
	pthread_mutex_destroy(&ref->lock);
	g_free(ref);
}

FnScanner *
fn_scanner_ref_get(FnScannerRef *ref)
{
	FnScanner *scanner;

	fn_mutex_lock(&ref->lock);
	scanner = fn_scanner_share(ref->scanner);
	fn_mutex_unlock(&ref->lock);
	return scanner;
}

void
fn_scanner_ref_set(FnScannerRef *ref, FnScanner *scanner)
{
	FnScanner *before;

	fn_mutex_lock(&ref->lock);
	before = ref->scanner;
	ref->scanner = scanner;
	fn_mutex_unlock(&ref->lock);
	fn_scanner_free(before);
}

gboolean
fn_scanner_ref_reload(FnScannerRef *ref, const char *directory, const char *pack, const char *more, GError **error)
{
	g_autoptr(FnRules) rules = fn_rules_load(directory, pack, more, error);
	FnScanner *scanner = rules != NULL ? fn_scanner_new(rules, error) : NULL;

	if (scanner != NULL)
		fn_scanner_ref_set(ref, scanner);
	return scanner != NULL;
}

#include "ledger/ledger.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Keys whose private halves nobody has: no input may verify. (The SM2 point is the example of GB/T 32918.5.) */
#define GM   "gm:BAnfHzEeVCGhUN19Fh5LxcZyF5+tGDP8B2u7CPNW81AgzOpJDOJndaUtxupxjMGqYArtBfvzXghKZjL2By2prRM="
#define INTL "intl:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(fn_receipt_verify((const char *)data, size, GM, INTL, &error));
	g_assert_error(error, FN_LEDGER_ERROR, FN_LEDGER_ERROR_RECEIPT);
	return 0;
}

#include "extract/testing_office.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* A page, its template, the document and the package. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const char *const names[] = {"D/P.xml", "D/T.xml", "D/D.xml", "OFD.xml"};

	testing_fuzz_package("a.ofd", NULL, 0, names, G_N_ELEMENTS(names), data, size);
	return 0;
}

#include "extract/testing_office.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* The content and the manifest. */
int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	static const TestingPart fixed[] = {
		{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
	};
	static const char *const names[] = {"content.xml", "META-INF/manifest.xml"};

	testing_fuzz_package("a.ods", fixed, G_N_ELEMENTS(fixed), names, G_N_ELEMENTS(names), data, size);
	return 0;
}

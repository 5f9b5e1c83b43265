#include "disclosure/disclosure.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(FnDeclaration) declaration = fn_declaration_parse((const char *)data, size, &error);
	guint n;

	g_assert((declaration == NULL) == (error != NULL));
	if (declaration != NULL)
		g_assert(fn_declaration_quasi(declaration, &n)->hierarchy != NULL && n >= 1);
	return 0;
}

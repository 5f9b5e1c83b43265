/* The whole way of a request's body, both forms of it. */
#include "witness/witness_priv.h"

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
	FnWitnessRequest request;
	FnCheckpoint checkpoint;

	if (fn_witness_request_parse((const char *)data, size, 1, &request, NULL))
		fn_checkpoint_parse(request.rest.text, request.rest.size, &checkpoint, NULL);
	if (fn_witness_request_parse((const char *)data, size, 2, &request, NULL)) {
		FnCanon canon = fn_canon_over(request.rest.text, request.rest.size);
		g_auto(FnHead) head = { 0 };

		fn_head_take(&canon, &head);
	}
	return 0;
}

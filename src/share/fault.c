#include "share/fault.h"

static const FnFaultRow table[FN_FAULTS] = {
	[FN_FAULT_NONE] = { 500, 0, "undecided", "The call could not be decided. Tell the platform's administrator." },
	[FN_FAULT_BODY] = { 400, 0, "body_malformed", "The body is not what this address takes. Correct it and call again." },
	[FN_FAULT_HEADER] = { 400, 0, "header_malformed", "A header is not what it should be. Correct it and call again." },
	[FN_FAULT_KEY] = { 400, 0, "key_unknown", "This field is no key of the resource. Name key fields of the catalog entry only." },
	[FN_FAULT_CURSOR] = { 400, 0, "cursor_wrong", "The cursor was not given out for this grant. Take \"next\" of the former batch as it is, or begin anew." },
	[FN_FAULT_ROUTE] = { 404, 0, "route_unknown", "There is no such address. See the description of the share API." },
	[FN_FAULT_METHOD] = { 405, 0, "method_not_allowed", "This address does not take the method." },
	[FN_FAULT_RECEIPT] = { 404, 0, "receipt_unknown", "There is no such receipt of your organization. Check the id." },
	[FN_FAULT_NOT_YET] = { 503, 1, "not_yet", "No signed head covers the entry yet. Ask again in a second." },
	[FN_FAULT_TOO_LARGE] = { 422, 0, "answer_too_large", "The answer is larger than a query may give. Ask for fewer fields, or use a batch." },
	[FN_FAULT_NO_CURSOR] = { 409, 0, "batch_not_offered", "The resource names no cursor column, so it cannot be read in batches. Ask its provider." },
	[FN_FAULT_PLAN] = { 409, 0, "field_not_offered", "The resource no longer offers what the grant names. Ask its provider." },
	[FN_FAULT_BUSY] = { 503, 1, "busy", "Too many calls wait for this source. Call again a little later." },
	[FN_FAULT_STARTING] = { 503, 1, "starting", "The gate is starting and counts what was used today. Call again in a moment." },
	[FN_FAULT_REGISTRY] = { 503, 5, "registry_unavailable", "The registry cannot be read at present. Call again later." },
	[FN_FAULT_KEEPER] = { 503, 5, "keeper_unavailable", "The key service does not answer at present. Call again later." },
	[FN_FAULT_LEDGER] = { 503, 5, "ledger_unavailable", "The entry could not be made durable, so nothing was released. Call again later." },
	[FN_FAULT_SOURCE] = { 503, 5, "source_unavailable", "The provider's source cannot be read at present. Call again later, or tell the provider." },
	[FN_FAULT_TIMEOUT] = { 504, 5, "source_timeout", "The provider's source did not answer in time. Call again later." },
	[FN_FAULT_OUTPUT] = { 409, 0, "output_above_grant", "A column that leaves unmasked holds what the grant does not allow there, so it was not released. Tell the provider, who finds the field in the entry of this receipt." },
	[FN_FAULT_BY_KEY] = { 409, 0, "rows_only_together", "Rows of this grant leave in groups only, not by key. Ask for a grant in the mode \"batch\"." },
	[FN_FAULT_APART] = { 409, 0, "rows_too_different", "However coarse the rows are made, too few of them are alike, so none was released. Ask the provider for a grant with fewer fields that tell rows apart." },
	[FN_FAULT_COUNTING] = { 503, 60, "counting_failed", "The rows could not be counted at present, so none was released. Call again later, or tell the platform's administrator." },
	[FN_FAULT_TABLE] = { 403, 0, "table_not_granted", "The grant names no table by these fields in this order. Ask for one that it names." },
	[FN_FAULT_CELLS] = { 409, 0, "too_many_cells", "The table would have more than 10,000 cells. Ask for a grant that counts by coarser levels or by fewer fields." },
	[FN_FAULT_FEW] = { 409, 0, "too_few_rows", "Too few rows are counted to show any of it. Ask again when there are more, or for a grant that counts by coarser levels." },
	[FN_FAULT_BUDGET] = { 409, 0, "budget_spent", "The grant's budget for noisy counts does not hold another table. What was told stays as it is; apply for a new grant." },
	[FN_FAULT_MEANWHILE] = { 403, 0, "grant_ended_meanwhile", "The grant ended or was suspended while rows were counted, so nothing was released." },
	[FN_FAULT_NONCES] = { 503, 60, "nonces_full", "Too many signed calls at once to remember their nonces. Call again in a minute." },
};

const FnFaultRow *
fn_fault_row(FnFault fault)
{
	return &table[(guint)fault < FN_FAULTS ? fault : FN_FAULT_NONE];
}

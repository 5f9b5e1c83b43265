/* One thing is one finding: where two overlap, which of them stays. */
#include "scan/scan_priv.h"

#include <string.h>

static guint64
end_of(const FnFound *found)
{
	return found->start + found->size;
}

/* Words of dictionaries, a city's own patterns and marks are what somebody asked for by name: they stay beside anything. */
static gboolean
stays(const FnScanner *scanner, const FnFound *found)
{
	FnValidateKind kind = scanner->detector[found->which].validator->kind;

	return kind == FN_VALIDATE_WORD || kind == FN_VALIDATE_REGEX || kind == FN_VALIDATE_MARK;
}

/* Of the same detector, or one inside of the other; what only touches the other's edge is something else. */
static gboolean
are_rivals(const FnScanner *scanner, const FnFound *one, const FnFound *two)
{
	if (one->start >= end_of(two) || two->start >= end_of(one))
		return FALSE;
	if (one->which == two->which)
		return TRUE;
	if (stays(scanner, one) || stays(scanner, two))
		return FALSE;
	return (one->start <= two->start && end_of(one) >= end_of(two)) || (two->start <= one->start && end_of(two) >= end_of(one));
}

/* The longer; of equals the surer; then the detector that has precedence. */
static gboolean
beats(const FnFound *one, const FnFound *two)
{
	if (one->size != two->size)
		return one->size > two->size;
	return one->score != two->score ? one->score > two->score : one->which < two->which;
}

void
fn_findings_settle(FnFindings *findings, guint first)
{
	FnFound *at = findings->at;
	guint kept = first;
	guint64 furthest = 0;

	for (guint i = first; i < findings->n; i++) {
		gboolean out = FALSE;

		if (at[i].start >= furthest) {
			furthest = end_of(&at[i]);
			if (kept != i)
				at[kept] = at[i];
			kept++;
			continue;
		}
		for (guint k = kept; !out && k > first; k--) {
			if (!are_rivals(findings->scanner, &at[k - 1], &at[i]))
				continue;
			if (!beats(&at[i], &at[k - 1])) {
				out = TRUE;
				break;
			}
			memmove(&at[k - 1], &at[k], (kept - k) * sizeof(FnFound));
			kept--;
		}
		if (out)
			continue;
		furthest = MAX(furthest, end_of(&at[i]));
		at[kept++] = at[i];
	}
	findings->n = kept;
}

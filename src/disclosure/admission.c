/* Which groups may leave under a plan, and what is lost by it. */
#include "disclosure/disclosure_priv.h"

#include "base/json.h"

#include <string.h>

static guint64
add_square(guint64 sum, guint64 a, guint64 b)
{
	guint64 product;

	if (__builtin_mul_overflow(a, b, &product) || __builtin_add_overflow(sum, product, &sum) || sum > G_MAXINT64)
		return G_MAXINT64;
	return sum;
}

static gboolean
may_leave(const FnAdmission *admission, const FnGroup *group, const FnReleased *before, gboolean *out, GError **error)
{
	guint64 released = 0;

	if (admission->options.joint && before != NULL && !fn_tally_find(before->groups, group->code, &released, error))
		return FALSE;
	*out = released > 0 || fn_disclosure_is_safe(&admission->options, group);
	return TRUE;
}

static gboolean
take_group(FnAdmission *admission, const FnGroup *group, const FnReleased *before, GError **error)
{
	FnLoss *loss = &admission->loss;
	gboolean leaves;

	if (!may_leave(admission, group, before, &leaves, error))
		return FALSE;
	if (!leaves) {
		loss->withheld += group->rows;
		loss->discernibility = add_square(loss->discernibility, group->rows, loss->rows);
		return TRUE;
	}
	loss->groups++;
	loss->smallest = loss->groups == 1 ? group->rows : MIN(loss->smallest, group->rows);
	loss->largest = MAX(loss->largest, group->rows);
	loss->discernibility = add_square(loss->discernibility, group->rows, group->rows);
	admission->sum += fn_key_sum(group->code, admission->census->n) * group->rows;
	return fn_tally_add(admission->groups, group->code, &group->rows, 1, error);
}

static gboolean
take_groups(FnAdmission *admission, const FnReleased *before, GError **error)
{
	const FnCensus *census = admission->census;
	FnTally *made = NULL;
	g_autoptr(GError) why = NULL;
	FnGroup group;

	if (!fn_census_roll(census, census->tally, admission->level, 0, &made, error))
		return FALSE;
	g_autoptr(FnTally) rolled = made;
	g_auto(FnGroupReader) reader = fn_groups_read(census, rolled);
	while (fn_groups_next(&reader, &group, &why))
		if (!take_group(admission, &group, before, error))
			return FALSE;
	if (why != NULL) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	return fn_tally_finish(admission->groups, FALSE, error);
}

FnAdmission *
fn_admission_new(const FnDisclosurePlan *plan, FnCensus *census, const FnReleased *before, GError **error)
{
	g_autoptr(FnAdmission) admission = NULL;

	if (!fn_disclosure_plan_fits(plan, census, error) || !fn_census_finish(census, error))
		return NULL;
	if (before != NULL && !g_str_equal(before->plan, plan->digest)) {
		g_set_error(error, FN_DISCLOSURE_ERROR, FN_DISCLOSURE_ERROR_PLAN, "what was released before went by another plan, %s", before->plan);
		return NULL;
	}
	admission = g_new0(FnAdmission, 1);
	admission->census = census;
	admission->options = plan->options;
	admission->plan = g_strdup(plan->digest);
	memcpy(admission->level, plan->level, sizeof(plan->level));
	admission->loss.rows = census->rows;
	admission->groups = fn_tally_new(census->n, census->memory / 8 * FN_SHARE_KEPT, census->directory);
	return take_groups(admission, before, error) ? g_steal_pointer(&admission) : NULL;
}

void
fn_admission_free(FnAdmission *admission)
{
	if (admission == NULL)
		return;
	g_free(admission->plan);
	fn_tally_free(admission->groups);
	g_free(admission);
}

gboolean
fn_admission_within_limit(const FnAdmission *admission)
{
	return admission->loss.withheld <= fn_disclosure_allowed(admission->loss.rows, admission->options.suppress_ppm);
}

guint64
fn_admission_withheld(const FnAdmission *admission)
{
	return admission->loss.withheld;
}

static void
write_levels(const FnAdmission *admission, FnJson *json)
{
	fn_json_name(json, "columns");
	fn_json_begin_array(json);
	for (guint i = 0; i < admission->census->n; i++) {
		fn_json_begin_object(json);
		fn_json_member_int(json, "level", admission->level[i]);
		fn_json_member(json, "name", admission->census->quasi[i].name);
		fn_json_member_int(json, "top", fn_hierarchy_top(admission->census->quasi[i].hierarchy));
		fn_json_end_object(json);
	}
	fn_json_end_array(json);
}

char *
fn_admission_report(const FnAdmission *admission)
{
	const FnLoss *loss = &admission->loss;
	GString *text = g_string_new(NULL);
	FnJson json = fn_json_to(text);

	fn_json_begin_object(&json);
	write_levels(admission, &json);
	fn_json_member_int(&json, "discernibility", (gint64)loss->discernibility);
	fn_json_member_int(&json, "groups", (gint64)loss->groups);
	fn_json_member_int(&json, "largest_group", (gint64)loss->largest);
	fn_json_member_int(&json, "loss_ppm", fn_census_loss(admission->census, admission->level));
	fn_json_member(&json, "plan", admission->plan);
	fn_json_member_int(&json, "rows", (gint64)loss->rows);
	fn_json_member_int(&json, "smallest_group", (gint64)loss->smallest);
	fn_json_member_int(&json, "withheld", (gint64)loss->withheld);
	fn_json_member_bool(&json, "within_limit", fn_admission_within_limit(admission));
	fn_json_end_object(&json);
	return g_string_free(text, FALSE);
}

/* A column of pseudonyms: values of one shape go through FF1 side by side. */
#include "mask/mask_priv.h"

#include <string.h>

enum { SLICE = 256, NO_SHAPE = 255 };

struct FnPseudonym {
	const FnPseudonymKind *kind;
	FnPseudonymShape *shape; /* kind->shapes of them */
};

static gboolean
compile_shape(FnPseudonym *pseudonym, guint i, FnSuite suite, const guint8 key[32], GError **error)
{
	FnPseudonymShape *shape = &pseudonym->shape[i];
	g_autofree char *tweak = g_strdup_printf("%s/1/%u", pseudonym->kind->name, i);
	guint radix, n;

	pseudonym->kind->describe(i, &radix, &n, &shape->domain);
	shape->ff1 = fn_ff1_new(suite, key, suite == FN_SUITE_GM ? 16 : 32, radix, error);
	return shape->ff1 != NULL && fn_ff1_plan(shape->ff1, tweak, strlen(tweak), n, &shape->plan, error);
}

FnPseudonym *
fn_pseudonym_new(const FnPseudonymKind *kind, FnSuite suite, const guint8 key[32], GError **error)
{
	FnPseudonym *pseudonym = g_new0(FnPseudonym, 1);

	g_assert(kind->shapes < NO_SHAPE);
	pseudonym->kind = kind;
	pseudonym->shape = g_new0(FnPseudonymShape, kind->shapes);
	for (guint i = 0; i < kind->shapes; i++)
		if (!compile_shape(pseudonym, i, suite, key, error)) {
			fn_pseudonym_free(pseudonym);
			return NULL;
		}
	return pseudonym;
}

void
fn_pseudonym_free(FnPseudonym *pseudonym)
{
	if (pseudonym == NULL)
		return;
	for (guint i = 0; i < pseudonym->kind->shapes; i++)
		fn_ff1_free(pseudonym->shape[i].ff1);
	g_free(pseudonym->shape);
	g_free(pseudonym);
}

/* Values of one slice and shape: where they stand, and their halves. */
typedef struct {
	guint row[SLICE];
	guint64 a[SLICE], b[SLICE];
	guint n;
} Group;

/* radix^n is a little more than the domain: what falls outside goes round again until it is inside, which keeps the map
 * one to one. */
static void
encrypt_group(FnFf1Batch *batch, const FnPseudonymShape *shape, Group *group)
{
	fn_ff1_batch_encrypt(batch, &shape->plan, group->a, group->b, group->n);
	if (shape->domain == 0)
		return;
	for (guint i = 0; i < group->n; i++)
		while (group->a[i] * shape->plan.modulus_v + group->b[i] >= shape->domain)
			fn_ff1_batch_encrypt(batch, &shape->plan, &group->a[i], &group->b[i], 1);
}

static void
write_group(const FnPseudonym *pseudonym, const FnPseudonymShape *shape, const Group *group, FnColumn *slice,
	FnMaskArena *arena)
{
	for (guint i = 0; i < group->n; i++) {
		guint row = group->row[i];
		guint32 size = pseudonym->kind->out_size(shape, slice->size[row]);
		char *out = fn_mask_arena_take(arena, size);

		pseudonym->kind->join(shape, group->a[i], group->b[i], slice->value[row], slice->size[row], out);
		slice->value[row] = out;
		slice->size[row] = size;
	}
}

/* Takes all rows of @shape_of's first shape out of the slice and masks them. */
static void
apply_shape(const FnPseudonym *pseudonym, guint8 which, guint8 *shape_of, FnColumn *slice, FnFf1Batch *batch, FnMaskArena *arena)
{
	const FnPseudonymShape *shape = &pseudonym->shape[which];
	Group group;

	group.n = 0;
	for (guint row = 0; row < slice->n; row++) {
		if (shape_of[row] != which)
			continue;
		shape_of[row] = NO_SHAPE;
		group.row[group.n] = row;
		pseudonym->kind->split(shape, slice->value[row], slice->size[row], &group.a[group.n], &group.b[group.n]);
		group.n++;
	}
	encrypt_group(batch, shape, &group);
	write_group(pseudonym, shape, &group, slice, arena);
}

static void
redact(FnColumn *slice, guint row, FnMaskArena *arena)
{
	char *out = fn_mask_arena_take(arena, strlen(FN_MASK_REDACTED));

	memcpy(out, FN_MASK_REDACTED, strlen(FN_MASK_REDACTED));
	slice->value[row] = out;
	slice->size[row] = (guint32)strlen(FN_MASK_REDACTED);
}

static void
apply_slice(const FnPseudonym *pseudonym, FnColumn *slice, FnFf1Batch *batch, FnMaskArena *arena)
{
	guint8 shape_of[SLICE];

	for (guint row = 0; row < slice->n; row++) {
		int shape;

		shape_of[row] = NO_SHAPE;
		if (slice->value[row] == NULL)
			continue;
		shape = pseudonym->kind->classify(slice->value[row], slice->size[row]);
		if (shape >= 0)
			shape_of[row] = (guint8)shape;
		else
			redact(slice, row, arena);
	}
	for (guint row = 0; row < slice->n; row++)
		if (shape_of[row] != NO_SHAPE)
			apply_shape(pseudonym, shape_of[row], shape_of, slice, batch, arena);
}

void
fn_pseudonym_apply(const FnPseudonym *pseudonym, FnColumn *column, FnMaskArena *arena)
{
	g_autoptr(FnFf1Batch) batch = fn_ff1_batch_new(pseudonym->shape[0].ff1);

	for (guint at = 0; at < column->n; at += SLICE) {
		FnColumn slice = { column->value + at, column->size + at, MIN(column->n - at, SLICE) };

		apply_slice(pseudonym, &slice, batch, arena);
	}
}

/* A column of pseudonyms: values of one shape go through FF1 side by side, there or back. */
#include "mask/pseudonym_priv.h"

enum { SLICE = 256, NO_SHAPE = 255 };

typedef struct {
	FnFf1 *ff1;
	FnFf1Plan plan;
	FnRank domain;  /* ranks below it are texts */
	gboolean exact; /* all of radix^n */
} Shape;

struct FnPseudonym {
	const FnPseudonymKind *kind;
	Shape *shape;   /* kind->shapes of them */
	gpointer *idle; /* an FnFf1Batch that no thread uses, or NULL; atomic */
};

static gboolean
compile_shape(FnPseudonym *pseudonym, guint i, FnSuite suite, const guint8 key[32], GError **error)
{
	const FnPseudonymKind *kind = pseudonym->kind;
	Shape *shape = &pseudonym->shape[i];
	g_autofree char *tweak = g_strdup_printf("%s/%u/%u", kind->name, kind->table, i);
	FnRank all;
	guint radix, n;

	kind->describe(i, &radix, &n, &shape->domain);
	shape->ff1 = fn_ff1_new(suite, key, suite == FN_SUITE_GM ? 16 : 32, radix, error);
	if (shape->ff1 == NULL || !fn_ff1_plan(shape->ff1, tweak, strlen(tweak), n, &shape->plan, error))
		return FALSE;
	if (shape->domain < 1000000) {
		g_set_error(error, FN_MASK_ERROR, FN_MASK_ERROR_DOMAIN, "pseudonyms of kind %s, table %u, shape %u: fewer than 1,000,000 values",
			kind->name, kind->table, i);
		return FALSE;
	}
	all = (FnRank)shape->plan.modulus_u.by * shape->plan.modulus_v.by;
	g_assert(shape->domain <= all);
	shape->exact = shape->domain == all;
	return TRUE;
}

FnPseudonym *
fn_pseudonym_new(const FnPseudonymKind *kind, FnSuite suite, const guint8 key[32], GError **error)
{
	FnPseudonym *pseudonym = g_new0(FnPseudonym, 1);

	g_assert(kind->shapes < NO_SHAPE);
	pseudonym->kind = kind;
	pseudonym->shape = g_new0(Shape, kind->shapes);
	pseudonym->idle = g_new0(gpointer, 1);
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
	fn_ff1_batch_free(*pseudonym->idle);
	g_free(pseudonym->idle);
	g_free(pseudonym->shape);
	g_free(pseudonym);
}

/* Opening a cipher takes as long as some values do: one stays open for whoever comes next. All shapes have one key. */
static FnFf1Batch *
take_batch(const FnPseudonym *pseudonym)
{
	FnFf1Batch *idle = g_atomic_pointer_exchange(pseudonym->idle, NULL);

	return idle != NULL ? idle : fn_ff1_batch_new(pseudonym->shape[0].ff1);
}

static void
give_batch(const FnPseudonym *pseudonym, FnFf1Batch *batch)
{
	if (!g_atomic_pointer_compare_and_exchange(pseudonym->idle, NULL, batch))
		fn_ff1_batch_free(batch);
}

/* There or back. */
typedef struct {
	const FnPseudonymForm *from, *to;
	void (*crypt)(FnFf1Batch *batch, const FnFf1Plan *plan, guint64 *a, guint64 *b, gsize n);
	FnMaskOtherwise otherwise; /* of what is not of the form */
} Way;

/* Values of one slice and shape: where they stand, and their halves. */
typedef struct {
	guint row[SLICE];
	guint64 a[SLICE], b[SLICE];
	guint n;
} Group;

static void
split(const Shape *shape, FnRank rank, guint64 *a, guint64 *b)
{
	if (rank >> 64 == 0) {
		*a = fn_divide(&shape->plan.modulus_v, (guint64)rank, b);
		return;
	}
	*a = (guint64)(rank / shape->plan.modulus_v.by);
	*b = (guint64)(rank % shape->plan.modulus_v.by);
}

static FnRank
join(const Shape *shape, const Group *group, guint i)
{
	return (FnRank)group->a[i] * shape->plan.modulus_v.by + group->b[i];
}

/* radix^n is a little more than the domain: what falls outside goes round again until it is inside, which keeps the map
 * one to one. */
static void
crypt_group(const Way *way, FnFf1Batch *batch, const Shape *shape, Group *group)
{
	way->crypt(batch, &shape->plan, group->a, group->b, group->n);
	for (guint i = 0; !shape->exact && i < group->n; i++)
		while (join(shape, group, i) >= shape->domain)
			way->crypt(batch, &shape->plan, &group->a[i], &group->b[i], 1);
}

static void
write_group(const FnPseudonym *pseudonym, const Way *way, guint which, const Group *group, FnColumn *slice, FnMaskArena *arena)
{
	guint32 longest = pseudonym->kind->longest;

	for (guint i = 0; i < group->n; i++) {
		guint row = group->row[i];
		char *out = fn_mask_arena_take(arena, longest);
		guint32 size = way->to->write(which, join(&pseudonym->shape[which], group, i), slice->value[row], slice->size[row], out);

		g_assert(size <= longest);
		out[size] = '\0';
		fn_mask_arena_give_back(arena, longest - size);
		slice->value[row] = out;
		slice->size[row] = size;
	}
}

/* Takes all rows of one shape out of the slice and replaces them. */
static void
replace_shape(const FnPseudonym *pseudonym, const Way *way, guint8 which, guint8 *shape_of, const FnRank *rank, FnColumn *slice,
	FnFf1Batch *batch, FnMaskArena *arena)
{
	const Shape *shape = &pseudonym->shape[which];
	Group group;

	group.n = 0;
	for (guint row = 0; row < slice->n; row++) {
		if (shape_of[row] != which)
			continue;
		shape_of[row] = NO_SHAPE;
		group.row[group.n] = row;
		split(shape, rank[row], &group.a[group.n], &group.b[group.n]);
		group.n++;
	}
	crypt_group(way, batch, shape, &group);
	write_group(pseudonym, way, which, &group, slice, arena);
}

static void
refuse(const Way *way, FnColumn *slice, guint row, FnMaskArena *arena)
{
	if (way->otherwise == FN_MASK_ELSE_REDACT) {
		fn_mask_redact(slice, row, arena);
		return;
	}
	slice->value[row] = NULL;
	slice->size[row] = 0;
}

static void
replace_slice(const FnPseudonym *pseudonym, const Way *way, FnColumn *slice, FnFf1Batch *batch, FnMaskArena *arena)
{
	guint8 shape_of[SLICE];
	FnRank rank[SLICE];

	for (guint row = 0; row < slice->n; row++) {
		int shape;

		shape_of[row] = NO_SHAPE;
		if (slice->value[row] == NULL)
			continue;
		shape = way->from->read(slice->value[row], slice->size[row], &rank[row]);
		if (shape >= 0 && rank[row] < pseudonym->shape[shape].domain)
			shape_of[row] = (guint8)shape;
		else
			refuse(way, slice, row, arena);
	}
	for (guint row = 0; row < slice->n; row++)
		if (shape_of[row] != NO_SHAPE)
			replace_shape(pseudonym, way, shape_of[row], shape_of, rank, slice, batch, arena);
}

static void
replace(const FnPseudonym *pseudonym, const Way *way, FnColumn *column, FnMaskArena *arena)
{
	FnFf1Batch *batch = take_batch(pseudonym);

	for (guint at = 0; at < column->n; at += SLICE) {
		FnColumn slice = { column->value + at, column->size + at, MIN(column->n - at, SLICE) };

		replace_slice(pseudonym, way, &slice, batch, arena);
	}
	give_batch(pseudonym, batch);
}

void
fn_pseudonym_apply(const FnPseudonym *pseudonym, FnMaskOtherwise otherwise, FnColumn *column, FnMaskArena *arena)
{
	const FnPseudonymKind *kind = pseudonym->kind;
	const Way there = { &kind->clear, &kind->pseudonym, fn_ff1_batch_encrypt, otherwise };

	replace(pseudonym, &there, column, arena);
}

void
fn_pseudonym_reverse(const FnPseudonym *pseudonym, FnColumn *column, FnMaskArena *arena)
{
	const FnPseudonymKind *kind = pseudonym->kind;
	const Way back = { &kind->pseudonym, &kind->clear, fn_ff1_batch_decrypt, FN_MASK_ELSE_NULL };

	replace(pseudonym, &back, column, arena);
}

/* Kinds of hierarchies: how a value becomes a code, a code coarser, and a code a text. */
#include "disclosure/disclosure_priv.h"

#include "base/text.h"

#include <stdarg.h>
#include <string.h>

G_DEFINE_QUARK(fn-disclosure-error-quark, fn_disclosure_error)

enum { MAX_WIDTHS = 8, MAX_WIDTH = 1000000000, NUMBER_ZERO = 1u << 31, NUMBER_REACH = 1 << 30, PLACE = 1 << 20 };

typedef enum { TREE_NEVER, TREE_MAY, TREE_MUST } TreeUse;

typedef struct {
	const char *name;
	guint table; /* version of what the code below makes of a value: a change that moves a value needs a new number */
	TreeUse tree;
	gboolean takes_widths;
	guint top;   /* 0: by the widths or the tree */
	guint32 (*encode)(const FnHierarchy *hierarchy, const char *value, gsize size);
	guint32 (*coarsen)(const FnHierarchy *hierarchy, guint32 code, guint level);
	const char *(*label)(const FnHierarchy *hierarchy, guint32 code, guint level, char *scratch);
} Kind;

struct FnHierarchy {
	const Kind *kind;
	guint top;
	guint32 width[MAX_WIDTHS];
	guint widths;
	FnCategories *tree;
	char *version;
};

gboolean
fn_disclosure_refuse(GError **error, FnDisclosureError code, const char *what, const char *subject, const char *why, ...)
{
	g_autofree char *shown = fn_text_safe(subject, -1, 80), *text = NULL, *safe = NULL;
	va_list arguments;

	va_start(arguments, why);
	text = g_strdup_vprintf(why, arguments);
	va_end(arguments);
	safe = fn_text_safe(text, -1, 400);
	g_set_error(error, FN_DISCLOSURE_ERROR, (int)code, "%s \"%s\": %s", what, shown, safe);
	return FALSE;
}

/* @n decimal digits, or FALSE. */
static gboolean
read_digits(const char *text, gsize n, guint32 *out)
{
	guint32 value = 0;

	for (gsize i = 0; i < n; i++) {
		if (!g_ascii_isdigit(text[i]))
			return FALSE;
		value = value * 10 + (guint32)(text[i] - '0');
	}
	*out = value;
	return TRUE;
}

/* ---- date: year, 4 bits of month, 5 bits of day; what is coarser has zeros there ---- */

static guint32
encode_date(const FnHierarchy *hierarchy, const char *value, gsize size)
{
	guint gap = size == 10;
	guint32 year, month, day;

	if ((size != 8 && size != 10) || (gap && (value[4] != '-' || value[7] != '-')) || !read_digits(value, 4, &year) ||
		!read_digits(value + 4 + gap, 2, &month) || !read_digits(value + 6 + 2 * gap, 2, &day))
		return 0;
	if (year < 1850 || year > 2199 || month < 1 || month > 12 || day < 1 ||
		day > g_date_get_days_in_month((GDateMonth)month, (GDateYear)year))
		return 0;
	return year << 9 | month << 5 | day;
}

static guint32
coarsen_date(const FnHierarchy *hierarchy, guint32 code, guint level)
{
	switch (level) {
	case 0:
		return code;
	case 1:
		return code & ~31u;
	case 2:
		return code & ~511u;
	default:
		return (code >> 9) / 10 * 10 << 9;
	}
}

static const char *
label_date(const FnHierarchy *hierarchy, guint32 code, guint level, char *scratch)
{
	if (level == 0)
		g_snprintf(scratch, FN_LABEL_SCRATCH, "%04u-%02u-%02u", code >> 9, code >> 5 & 15, code & 31);
	else if (level == 1)
		g_snprintf(scratch, FN_LABEL_SCRATCH, "%04u-%02u", code >> 9, code >> 5 & 15);
	else
		g_snprintf(scratch, FN_LABEL_SCRATCH, level == 2 ? "%04u" : "%04us", code >> 9);
	return scratch;
}

/* ---- region: six digits, or PLACE and a node of the tree ---- */

static guint32
encode_region(const FnHierarchy *hierarchy, const char *value, gsize size)
{
	guint32 six, rest, node;

	if ((size == 6 || size == 9 || size == 12) && read_digits(value, 6, &six) && read_digits(value + 6, size - 6, &rest))
		return six >= 110000 && six < 830000 ? six : 0;
	node = hierarchy->tree != NULL ? fn_categories_find(hierarchy->tree, value, size) : 0;
	return node != 0 ? PLACE + node : 0;
}

static guint32
coarsen_region(const FnHierarchy *hierarchy, guint32 code, guint level)
{
	static const guint32 step[] = { 1, 100, 10000 };

	if (code > PLACE)
		return PLACE + fn_categories_cut(hierarchy->tree, code - PLACE, 3 - level);
	return code / step[level] * step[level];
}

static const char *
label_region(const FnHierarchy *hierarchy, guint32 code, guint level, char *scratch)
{
	if (code > PLACE)
		return fn_categories_label(hierarchy->tree, code - PLACE);
	g_snprintf(scratch, FN_LABEL_SCRATCH, "%06u", code);
	return scratch;
}

/* ---- number: index of its bucket of the first width, from NUMBER_ZERO ---- */

static gint64
floor_divide(gint64 value, gint64 by)
{
	return value / by - (value % by < 0);
}

/* The whole part, rounded down. */
static gboolean
read_number(const char *value, gsize size, gint64 *out)
{
	gboolean negative = size > 0 && value[0] == '-', broken = FALSE;
	gsize at = negative, digits;
	gint64 whole = 0;

	for (digits = at; at < size && g_ascii_isdigit(value[at]); at++)
		if ((whole = whole * 10 + (value[at] - '0')) > G_GINT64_CONSTANT(1000000000000000000) / 10)
			return FALSE;
	if (at == digits || (at < size && (value[at] != '.' || at + 1 == size)))
		return FALSE;
	for (at++; at < size; at++) {
		if (!g_ascii_isdigit(value[at]))
			return FALSE;
		broken |= value[at] != '0';
	}
	*out = negative ? -whole - broken : whole;
	return TRUE;
}

static guint32
encode_number(const FnHierarchy *hierarchy, const char *value, gsize size)
{
	gint64 whole, bucket;

	if (!read_number(value, size, &whole))
		return 0;
	bucket = floor_divide(whole, hierarchy->width[0]);
	return bucket > -NUMBER_REACH && bucket < NUMBER_REACH ? (guint32)(bucket + (gint64)NUMBER_ZERO) : 0;
}

static guint32
coarsen_number(const FnHierarchy *hierarchy, guint32 code, guint level)
{
	gint64 ratio = hierarchy->width[level] / hierarchy->width[0];

	/* A thousand million below -NUMBER_REACH is still above -NUMBER_ZERO. */
	return (guint32)(floor_divide((gint64)code - (gint64)NUMBER_ZERO, ratio) * ratio + (gint64)NUMBER_ZERO);
}

static const char *
label_number(const FnHierarchy *hierarchy, guint32 code, guint level, char *scratch)
{
	gint64 from = ((gint64)code - (gint64)NUMBER_ZERO) * hierarchy->width[0], width = hierarchy->width[level];

	if (width == 1)
		g_snprintf(scratch, FN_LABEL_SCRATCH, "%" G_GINT64_FORMAT, from);
	else
		g_snprintf(scratch, FN_LABEL_SCRATCH, "%" G_GINT64_FORMAT "..%" G_GINT64_FORMAT, from, from + width - 1);
	return scratch;
}

/* ---- list: the node ---- */

static guint32
encode_list(const FnHierarchy *hierarchy, const char *value, gsize size)
{
	return fn_categories_find(hierarchy->tree, value, size);
}

static guint32
coarsen_list(const FnHierarchy *hierarchy, guint32 code, guint level)
{
	return fn_categories_cut(hierarchy->tree, code, hierarchy->top - level);
}

static const char *
label_list(const FnHierarchy *hierarchy, guint32 code, guint level, char *scratch)
{
	return fn_categories_label(hierarchy->tree, code);
}

/* To add a kind, add a row. */
static const Kind kinds[] = {
	{ "date", 1, TREE_NEVER, FALSE, 4, encode_date, coarsen_date, label_date },
	{ "region", 1, TREE_MAY, FALSE, 3, encode_region, coarsen_region, label_region },
	{ "number", 1, TREE_NEVER, TRUE, 0, encode_number, coarsen_number, label_number },
	{ "list", 1, TREE_MUST, FALSE, 0, encode_list, coarsen_list, label_list },
};

static const Kind *
find_kind(const char *spec, const char **parameters)
{
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		gsize size = strlen(kinds[i].name);

		if (strncmp(spec, kinds[i].name, size) == 0 && (spec[size] == '\0' || spec[size] == ':')) {
			*parameters = spec[size] == ':' ? spec + size + 1 : NULL;
			return &kinds[i];
		}
	}
	return NULL;
}

static gboolean
read_widths(FnHierarchy *hierarchy, const char *spec, const char *parameters, GError **error)
{
	g_auto(GStrv) width = g_strsplit(parameters != NULL ? parameters : "", ",", MAX_WIDTHS + 1);

	hierarchy->widths = g_strv_length(width);
	if (hierarchy->widths < 1 || hierarchy->widths > MAX_WIDTHS)
		return fn_hierarchy_refuse(error, spec, "expected 1 to %d widths, as in number:1,5,50", MAX_WIDTHS);
	for (guint i = 0; i < hierarchy->widths; i++) {
		guint64 value;

		if (!g_ascii_string_to_unsigned(width[i], 10, 1, MAX_WIDTH, &value, NULL))
			return fn_hierarchy_refuse(error, spec, "width \"%s\" is not a whole number from 1 to %d", width[i], MAX_WIDTH);
		hierarchy->width[i] = (guint32)value;
		if (i > 0 && (value <= hierarchy->width[i - 1] || value % hierarchy->width[i - 1] != 0))
			return fn_hierarchy_refuse(error, spec, "width %s is not a larger multiple of the one before", width[i]);
	}
	hierarchy->top = hierarchy->widths;
	return TRUE;
}

static gboolean
take_tree(FnHierarchy *hierarchy, const char *spec, const char *tree, gsize size, GError **error)
{
	if (tree == NULL)
		return hierarchy->kind->tree != TREE_MUST ||
			fn_hierarchy_refuse(error, spec, "it needs a tree of categories");
	if (hierarchy->kind->tree == TREE_NEVER)
		return fn_hierarchy_refuse(error, spec, "it takes no tree");
	hierarchy->tree =
		fn_categories_new(tree, size, hierarchy->top != 0 ? hierarchy->top : FN_TREE_MAX_DEPTH, hierarchy->kind->tree == TREE_MAY, spec, error);
	if (hierarchy->tree != NULL && hierarchy->top == 0)
		hierarchy->top = fn_categories_depth(hierarchy->tree);
	return hierarchy->tree != NULL;
}

/* "number/1:1,5,50", "list/1#<digest>". */
static char *
make_version(const FnHierarchy *hierarchy, const char *parameters)
{
	g_autofree char *digest = hierarchy->tree != NULL ? fn_categories_digest(hierarchy->tree) : NULL;

	return g_strdup_printf("%s/%u%s%s%s%s", hierarchy->kind->name, hierarchy->kind->table, parameters != NULL ? ":" : "",
		parameters != NULL ? parameters : "", digest != NULL ? "#" : "", digest != NULL ? digest : "");
}

FnHierarchy *
fn_hierarchy_new(const char *spec, const char *tree, gsize tree_size, GError **error)
{
	g_autoptr(FnHierarchy) hierarchy = g_new0(FnHierarchy, 1);
	const char *parameters = NULL;

	hierarchy->kind = find_kind(spec, &parameters);
	if (hierarchy->kind == NULL) {
		fn_hierarchy_refuse(error, spec, "known are date, region, number:WIDTH,… and list");
		return NULL;
	}
	hierarchy->top = hierarchy->kind->top;
	if (parameters != NULL && !hierarchy->kind->takes_widths) {
		fn_hierarchy_refuse(error, spec, "it takes no parameters");
		return NULL;
	}
	if ((hierarchy->kind->takes_widths && !read_widths(hierarchy, spec, parameters, error)) ||
		!take_tree(hierarchy, spec, tree, tree_size, error))
		return NULL;
	hierarchy->version = make_version(hierarchy, parameters);
	return g_steal_pointer(&hierarchy);
}

void
fn_hierarchy_free(FnHierarchy *hierarchy)
{
	if (hierarchy == NULL)
		return;
	fn_categories_free(hierarchy->tree);
	g_free(hierarchy->version);
	g_free(hierarchy);
}

const char *
fn_hierarchy_version(const FnHierarchy *hierarchy)
{
	return hierarchy->version;
}

guint
fn_hierarchy_top(const FnHierarchy *hierarchy)
{
	return hierarchy->top;
}

guint32
fn_hierarchy_encode(const FnHierarchy *hierarchy, const char *value, gsize size)
{
	return value != NULL ? hierarchy->kind->encode(hierarchy, value, size) : 0;
}

guint32
fn_hierarchy_coarsen(const FnHierarchy *hierarchy, guint32 code, guint level)
{
	return code != 0 && level < hierarchy->top ? hierarchy->kind->coarsen(hierarchy, code, level) : 0;
}

const char *
fn_hierarchy_label(const FnHierarchy *hierarchy, guint32 code, guint level, char scratch[FN_LABEL_SCRATCH], gsize *size_out)
{
	const char *label = code != 0 ? hierarchy->kind->label(hierarchy, code, level, scratch) : "*";

	*size_out = strlen(label);
	return label;
}

char *
fn_hierarchy_generalise(const FnHierarchy *hierarchy, const char *value, gsize size, guint level)
{
	guint32 code = fn_hierarchy_coarsen(hierarchy, fn_hierarchy_encode(hierarchy, value, size), level);
	char scratch[FN_LABEL_SCRATCH];

	return g_strdup(fn_hierarchy_label(hierarchy, code, level, scratch, &size));
}

/* name: stars for the characters of a personal name, but those of one part if the spec says so.
 *
 *   Han               2 to 6 characters: surname first, one character or a compound one
 *   Han with ·        names of minorities and transcriptions: what stands behind the last mark is the family's
 *   Latin             words: the last is the surname, or what stands before a comma
 *
 * Blanks and marks stay, each letter becomes one star. What is none of these is not a name. */
#include "mask/mask_priv.h"

#include <string.h>

enum { LONGEST = 64 };

/* A compound surname counts where at least one character is left for the given name. */
static const char *const compound[] = { "欧阳", "歐陽", "上官", "司马", "司馬", "东方", "東方", "独孤", "獨孤", "南宫", "南宮", "万俟", "萬俟", "闻人",
	"聞人", "夏侯", "诸葛", "諸葛", "尉迟", "尉遲", "公羊", "赫连", "赫連", "澹台", "澹臺", "皇甫", "宗政", "濮阳", "濮陽", "公冶", "太叔", "申屠", "公孙", "公孫",
	"慕容", "仲孙", "仲孫", "钟离", "鍾離", "长孙", "長孫", "宇文", "司徒", "鲜于", "鮮于", "司空", "闾丘", "閭丘", "子车", "亓官", "司寇", "巫马", "公西",
	"颛孙", "壤驷", "公良", "漆雕", "乐正", "宰父", "谷梁", "拓跋", "夹谷", "轩辕", "軒轅", "令狐", "段干", "百里", "呼延", "东郭", "東郭", "南门", "羊舌", "微生",
	"梁丘", "左丘", "东门", "西门", "西門", "南荣", "第五", "公仪", "太史", "端木", "完颜", "完顏", "耶律", "纳兰", "納蘭", "叶赫", "葉赫", "那拉" };

typedef struct {
	gunichar c[LONGEST];
	guint at[LONGEST + 1]; /* byte at which each begins, and where the last ends */
	guint n;
} Characters;

/* Characters [from, to). */
typedef struct {
	guint from, to;
} Range;

static gboolean
decode(const char *text, guint32 size, Characters *out)
{
	out->n = 0;
	if (!g_utf8_validate(text, (gssize)size, NULL))
		return FALSE;
	for (const char *at = text; at < text + size; at = g_utf8_next_char(at)) {
		if (out->n == LONGEST)
			return FALSE;
		out->at[out->n] = (guint)(at - text);
		out->c[out->n++] = g_utf8_get_char(at);
	}
	out->at[out->n] = size;
	return TRUE;
}

static gboolean
is_han(gunichar c)
{
	return g_unichar_get_script(c) == G_UNICODE_SCRIPT_HAN && g_unichar_isalnum(c);
}

/* The marks that are in use between the parts of a name. */
static gboolean
is_dot(gunichar c)
{
	return c == 0xB7 || c == 0x2022 || c == 0x2027 || c == 0x30FB || c == 0xFF0E;
}

static gboolean
is_latin(gunichar c)
{
	return g_unichar_isalpha(c) && g_unichar_get_script(c) == G_UNICODE_SCRIPT_LATIN;
}

static guint
surname_characters(const char *text, guint n)
{
	for (gsize i = 0; n > 2 && i < G_N_ELEMENTS(compound); i++)
		if (strncmp(text, compound[i], strlen(compound[i])) == 0)
			return 2;
	return 1;
}

/* Surname and given name of Han characters; with @dots the parts between them are told apart by these. */
static gboolean
split_han(const char *text, const Characters *name, Range *surname, Range *given)
{
	guint dots = 0, last = 0;

	for (guint i = 0; i < name->n; i++) {
		if (is_dot(name->c[i])) {
			if (i == 0 || i + 1 == name->n || is_dot(name->c[i - 1]))
				return FALSE;
			dots++;
			last = i;
		} else if (!is_han(name->c[i])) {
			return FALSE;
		}
	}
	if (dots > 0) {
		*given = (Range){ 0, last };
		*surname = (Range){ last + 1, name->n };
		return TRUE;
	}
	if (name->n < 2 || name->n > 6)
		return FALSE;
	*surname = (Range){ 0, surname_characters(text, name->n) };
	*given = (Range){ surname->to, name->n };
	return TRUE;
}

static gboolean
has_letter(const Characters *name, guint from, guint to)
{
	for (guint i = from; i < to; i++)
		if (is_latin(name->c[i]))
			return TRUE;
	return FALSE;
}

static gboolean
split_latin(const Characters *name, Range *surname, Range *given)
{
	guint commas = 0, comma = 0, blank = 0;

	for (guint i = 0; i < name->n; i++) {
		if (name->c[i] == ',') {
			commas++;
			comma = i;
		} else if (name->c[i] == ' ') {
			blank = i;
		} else if (!is_latin(name->c[i]) && name->c[i] != '-' && name->c[i] != '\'' && name->c[i] != '.' && name->c[i] != 0x2019) {
			return FALSE;
		}
	}
	if (commas > 1)
		return FALSE;
	*surname = commas == 1 ? (Range){ 0, comma } : (Range){ blank, name->n };
	*given = commas == 1 ? (Range){ comma, name->n } : (Range){ 0, blank };
	return has_letter(name, surname->from, surname->to) && has_letter(name, given->from, given->to);
}

static void
put_name(FnColumn *column, guint row, const Characters *name, Range keep, FnMaskArena *arena)
{
	char *start = fn_mask_arena_take(arena, column->size[row]), *out = start;

	for (guint i = 0; i < name->n; i++) {
		guint size = name->at[i + 1] - name->at[i];

		if ((i >= keep.from && i < keep.to) || (!is_han(name->c[i]) && !is_latin(name->c[i]))) {
			memcpy(out, column->value[row] + name->at[i], size);
			out += size;
		} else {
			*out++ = '*';
		}
	}
	*out = '\0';
	column->value[row] = start;
	column->size[row] = (guint32)(out - start);
}

void
fn_mask_apply_name(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	for (guint row = 0; row < column->n; row++) {
		Range surname, given, none = { 0, 0 };
		Characters name;

		if (column->value[row] == NULL)
			continue;
		if (decode(column->value[row], column->size[row], &name) &&
			(split_han(column->value[row], &name, &surname, &given) || split_latin(&name, &surname, &given)))
			put_name(column, row, &name,
				mask->spec.keep == FN_NAME_SURNAME ? surname : mask->spec.keep == FN_NAME_GIVEN ? given : none, arena);
		else
			fn_mask_fall_back(mask, column, row, arena);
	}
}

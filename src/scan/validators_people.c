/* What describes a person: name, date of birth, address, gender. */
#include "scan/validators_priv.h"

#include <string.h>

/* ---- names ---- */

/* The commonest surnames; over nine people in ten. */
static const char16_t surnames[] =
	u"丁万丛严乔于仇付仲任伍何佘余佟侯俞倪傅党全兰关冉农冯冷凌刁刘劉包华卓单卜卞卢卫古史叶司吉向吕吳吴呂周和唐商喬單"
	u"喻嚴夏姚姜姬娄婁孔孙孟季孫宁安宋宗宫寇尚尤尹屈岑岳崔左巩巫师席庄应庞康廖张彭徐成戚戴房敖文方施时明易晏景曲曹曾"
	u"朱李杜杨林柏查柯柳柴栾桂桑梁梅楊樊欧武段殷毕毛江池汤汪沈沙涂温游湯溫滕潘焦熊牛牟王甄甘甯田申白盛盧瞿石祁祝秦程"
	u"穆窦竇章童符简管範米紀繆纪缪罗羅翁翟耿聂聶肖胡臧舒艾芦苏苑苗苟范荣莊莫萧萬葉葛董蒋蒙蒲蓝蔡蕭薑薛藍蘆蘇虞衛袁裴"
	u"褚覃解許詹譚许谢谭谷費賀賈费贺贾赵趙路車车辛農边连迟連遊邓邝邢邬邱邵邹郎郑郝郭鄒鄧鄭金錢鐘钟钱閻關闫闵阎阮阳陆"
	u"陈陳陶陸隋雷霍靳韋韓韦韩項顏顧项顾颜饒饶馬馮駱马骆高魏魯鮑鲁鲍麥麦麻黃黄黎齊齐龍龐龔龙龚";
static const FnPair compounds[] = {
	"上官", "东方", "令狐", "公孙", "南宫", "司徒", "司馬", "司马", "呼延", "夏侯", "宇文", "尉迟", "慕容", "欧阳", "歐陽", "独孤",
	"皇甫", "端木", "西门", "諸葛", "诸葛", "轩辕", "长孙"
};
/* Characters that names do not have: of grammar, of offices, of forms. */
static const char16_t unlikely[] =
	u"不与为乡了于从以件会位使供信公关其写况别办区单厂厅县及可号司各名向员和在地址填处姓委室对将局市年应店府当性息情"
	u"或所手把提政无日时是有本机村某此每求理由电的盖目码科称站章等签组织给者街表被要见让证话该请道部镇门间院需项须";

/* What offices end in. */
static const char16_t offices[] =
	u"乡区厂厅县司处委室局市店府所科站组部镇门院";

static gsize
surname_at(const char *bytes, gsize size, gsize at)
{
	if (FN_PAIR_AMONG(compounds, bytes, size, at))
		return sizeof(FnPair) - 1;
	return FN_HAN_AMONG(surnames, bytes, size, at) ? fn_han_at(bytes, size, at) : 0;
}

/* Words that stand where a name would and begin like one. */
static const FnPair no_names[] = {
	"万元", "不明", "不详", "严格", "任职", "党员", "党委", "全体", "全部", "关于", "关系", "包括", "华东", "华北", "单位", "卫生",
	"古籍", "司法", "合计", "商业", "商务", "回族", "壮族", "备注", "安全", "安排", "宗教", "小计", "师资", "常委", "应当", "总计",
	"成员", "成立", "成都", "房产", "房屋", "文件", "文化", "方式", "方面", "施工", "无此", "时刻", "时间", "明确", "明细", "易于",
	"查看", "查询", "武汉", "汉族", "江苏", "江西", "温州", "满族", "田间", "白族", "盛大", "石家", "空白", "简介", "管理", "苗族",
	"藏族", "解释", "解除", "费用", "路径", "车牌", "车辆", "车间", "连接", "连续", "通过", "金额", "项目", "高中", "高新", "高级"
};
/* What may follow a name without anything between. */
static const char *const followers[] = { "先生", "女士", "同志", "同学", "老师", "医生", "教授", "主任", "局长", "科长", "处长", "经理", "性别", "身份证", "公民身份", "证件", "证号", "电话", "手机",
	"联系", "男", "女", "出生", "住址", "住所", "地址", "年龄", "民族", "职务", "单位", "于", "因", "系", "在", "向", "等", "申请", "提出", "提交", "到", "已", "称", "说", "表示", "本人", "邮箱",
	"，", "户籍", "现住", "的", "负责" };

/* Surnames that are words of grammar first: the second kind only where nothing follows the name. */
static const char *const joining[] = { "和", "向" }, *const staying[] = { "于" };

/* Whether the name that would end at @end can end there. */
static gboolean
closes(const char *bytes, gsize size, gsize end, FnGap gap)
{
	if (end == size || (fn_han_at(bytes, size, end) == 0 && !g_ascii_isalnum(bytes[end]) && memcmp(bytes + end, "*", 1) != 0))
		return TRUE;
	if (g_ascii_isdigit(bytes[end]))
		return TRUE;
	return gap != FN_GAP_NONE ? FN_AT(followers, bytes, size, end) > 0
		: FN_AT(followers, bytes, size, end) > 0 && FN_AT(((const char *const[]){ "的", "等", "在", "到" }), bytes, size, end) == 0;
}

/* "买买提·艾力": parts of Han characters with a middle dot. */
static gsize
dotted_end(const char *bytes, gsize size, gsize at)
{
	static const char *const dots[] = { "·", "•", "・" };
	gsize step, from = at;
	guint parts = 1, han = 0;

	while (at - from < 60) {
		if ((step = fn_han_at(bytes, size, at)) > 0)
			han++;
		else if (han >= 2 && (step = FN_AT(dots, bytes, size, at)) > 0 && fn_han_at(bytes, size, at + step) > 0)
			parts++;
		else
			break;
		at += step;
	}
	return parts >= 2 && han >= 4 ? at : 0;
}

/* A surname and one or two characters, three when @whole allows a double surname: where the name ends, or 0. */
static gsize
name_end(const char *bytes, gsize size, gsize at, FnGap gap)
{
	/* Behind a colon a form is filled in; without one the sentence may just go on. */
	gboolean said = gap == FN_GAP_SAID;
	gsize surname = surname_at(bytes, size, at), end[3] = { 0 }, step;
	guint given = 0;

	if (surname == 0 || FN_PAIR_AMONG(no_names, bytes, size, at) || (!said && FN_AT(joining, bytes, size, at) > 0))
		return 0;
	for (gsize next = at + surname; given < 2 && (step = fn_han_at(bytes, size, next)) > 0; next += step) {
		if (!said && FN_HAN_AMONG(unlikely, bytes, size, next))
			break;
		end[++given] = next + step;
	}
	for (; given > 0; given--) {
		if (FN_HAN_AMONG(offices, bytes, size, end[given] - fn_han_before(bytes, end[given])) || !closes(bytes, size, end[given], gap))
			continue;
		if (said || FN_AT(staying, bytes, size, at) == 0 || fn_han_at(bytes, size, end[given]) == 0)
			return end[given];
	}
	return 0;
}

/* Behind 姓名, 联系人 and the like. */
FN_AROUND(person_name)
{
	FnGap gap;

	*start = fn_value_at(place->bytes, place->size, place->end, &gap);
	*end = gap != FN_GAP_NONE ? dotted_end(place->bytes, place->size, *start) : 0;
	if (*end == 0)
		*end = name_end(place->bytes, place->size, *start, gap);
	return *end > 0 ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

FN_CHECK(person_name)
{
	gsize at = 0, step;
	guint han = 0;

	if (dotted_end(text, size, 0) == size && size > 0)
		return FN_MATCH_STRONG;
	/* "张　三" */
	for (; at < size && (step = fn_han_at(text, size, at)) > 0; at = fn_blanks_end(text, size, at + step)) {
		if (han > 0 && FN_HAN_AMONG(unlikely, text, size, at))
			return FN_MATCH_NONE;
		han++;
	}
	if (at != size || han < 2 || han > 4 || FN_PAIR_AMONG(no_names, text, size, 0))
		return FN_MATCH_NONE;
	return surname_at(text, size, 0) > 0 && (han < 4 || FN_PAIR_AMONG(compounds, text, size, 0)) ? FN_MATCH_STRONG : FN_MATCH_WEAK;
}

/* ---- dates ---- */

typedef struct {
	guint number[3];
	gsize end;
} Date;

/* 19900307, 1990-03-07, 1990/3/7, 1990.3.7, 1990年3月7日 at @at; end 0 when there is none. The day may be missing behind 月. */
static Date
read_date(const char *bytes, gsize size, gsize at)
{
	static const char *const marks[] = { "-", "/", ".", "年", "月", "－", "—" }, *const days[] = { "日", "号" };
	Date date = { .end = 0 };
	gsize end = fn_digits_end(bytes, size, at), step;

	if (end - at == 8) {
		for (guint i = 0, from = 0; i < 3; from += i == 0 ? 4 : 2, i++)
			for (guint k = 0; k < (i == 0 ? 4u : 2u); k++)
				date.number[i] = date.number[i] * 10 + (guint)(bytes[at + from + k] - '0');
		date.end = fn_identifier_date(date.number[0], date.number[1], date.number[2]) ? end : 0;
		return date;
	}
	for (guint i = 0; i < 3; i++) {
		end = fn_digits_end(bytes, size, at);
		if (end == at || end - at > (i == 0 ? 4u : 2u) || (i == 0 && end - at != 4))
			break;
		for (; at < end; at++)
			date.number[i] = date.number[i] * 10 + (guint)(bytes[at] - '0');
		at = fn_blanks_end(bytes, size, end);
		step = i < 2 ? FN_AT(marks, bytes, size, at) : FN_AT(days, bytes, size, at);
		if (i < 2 && step == 0)
			return date;
		if (i == 2 || step == strlen("月"))
			date.end = step > 0 ? at + step : end;
		at = fn_blanks_end(bytes, size, at + step);
	}
	if (!fn_identifier_date(date.number[0], date.number[1], date.number[2] > 0 ? date.number[2] : 1))
		date.end = 0;
	return date;
}

/* The date that ends at @at, read from where its digits can begin. */
static gsize
date_before(const char *bytes, gsize at)
{
	for (gsize from = at > 24 ? at - 24 : 0; from + 6 < at; from++)
		if (g_ascii_isdigit(bytes[from]) && !fn_alnum_before(bytes, from) && read_date(bytes, at, from).end == at)
			return from;
	return at;
}

/* "出生日期：…", "生于…", "…出生". */
FN_AROUND(birth_date)
{
	static const char *const rest[] = { "日期", "年月日", "年月", "时间", "時間", "年份", "于" };
	const char *bytes = place->bytes;
	gsize label = place->end + FN_AT(rest, bytes, place->size, place->end), clear;
	FnGap gap;

	*start = fn_value_at(bytes, place->size, label, &gap);
	*end = read_date(bytes, place->size, *start).end;
	if (*end > 0 && !fn_alnum_before(bytes, *start))
		return FN_MATCH_STRONG;
	if (label > place->end)
		return FN_MATCH_NONE;
	clear = fn_blanks_begin(bytes, place->start);
	*start = date_before(bytes, clear);
	*end = clear;
	return *start < clear ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

/* A time of day may follow. */
FN_CHECK(date)
{
	Date date = read_date(text, size, 0);

	if (date.end == 0)
		return FN_MATCH_NONE;
	return date.end == size || fn_is_one_of(text[date.end], " T") ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

/* ---- addresses ---- */

static const char16_t divisions[] = u"乡区區县州市旗盟省縣鄉鎮镇";
/* What a street, a village, a community ends in. */
static const char16_t street_ends[] = u"園坊屯巷庄弄村桥段組苑街路道里";
static const FnPair streets[] = { "公寓", "大厦", "大院", "家园", "小区", "新村", "社区", "胡同", "花园" };
/* What stands before an address and is none of it. */
static const char *const leads[] = { "地址", "住址", "住所地", "住所", "位于", "位於", "坐落于", "坐落", "家住", "现住", "現住", "居住于", "居住在", "住在", "住于", "户籍地", "户籍", "籍贯",
	"前往", "来到", "迁至", "搬至", "寄至", "寄往", "送至", "送往", "设在", "在", "到", "至", "是", "为", "从", "自", "由", "于", "：", ":" };
static const char *const provinces[] = { "北京", "天津", "上海", "重庆", "河北", "河南", "云南", "辽宁", "黑龙江", "湖南", "安徽", "山东", "新疆", "江苏", "浙江", "江西", "湖北",
	"广西", "甘肃", "山西", "内蒙古", "陕西", "吉林", "福建", "贵州", "广东", "青海", "西藏", "四川", "宁夏", "海南" };
enum { ADDRESS_MAX = 240 };

/* Characters of an address: Han, digits, letters, and what joins numbers. */
static gsize
address_step(const char *bytes, gsize size, gsize at)
{
	static const char *const joins[] = { "-", "－", "—", "#", "（", "）", "(", ")", "·" };
	gsize step = fn_han_at(bytes, size, at);

	if (step > 0)
		return step;
	return g_ascii_isalnum(bytes[at]) ? 1 : FN_AT(joins, bytes, size, at);
}

static guint
count_divisions(const char *bytes, gsize from, gsize to)
{
	guint found = 0;

	for (gsize at = from, step; at < to; at += step > 0 ? step : 1)
		if ((step = fn_han_at(bytes, to, at)) > 0)
			found += (guint)FN_HAN_AMONG(divisions, bytes, to, at);
	return found;
}

/* Bytes of the street's end at @at, or before it. */
static gsize
street_at(const char *bytes, gsize size, gsize at)
{
	if (FN_PAIR_AMONG(streets, bytes, size, at))
		return sizeof(FnPair) - 1;
	return FN_HAN_AMONG(street_ends, bytes, size, at) ? strlen("路") : 0;
}

static gboolean
street_before(const char *bytes, gsize at)
{
	const gsize one = strlen("路"), two = sizeof(FnPair) - 1;

	return (at >= one && FN_HAN_AMONG(street_ends, bytes, at, at - one)) || (at >= two && FN_PAIR_AMONG(streets, bytes, at, at - two));
}

/* May the number at @at be one of an address? Behind what else stands, it is an article's, a document's, a day's. */
static gboolean
joins_address(const char *bytes, gsize at)
{
	static const char *const before[] = { "区", "号", "號", "楼", "栋", "幢", "座", "单元", "院", "镇", "乡", "城", "府", "庭", "湾", "场", "厦", "中心", "-", "附" };

	return street_before(bytes, at) || FN_BEFORE(before, bytes, at) > 0;
}

/* Last place in [from, to) where a unit of an address ends that begins with a number: "12号", "3栋", "1单元", "502室". */
static gsize
last_number_end(const char *bytes, gsize from, gsize to)
{
	static const char *const units[] = { "号楼", "号院", "号", "號", "栋", "幢", "座", "单元", "室", "楼", "层", "弄", "组", "組", "社", "队", "户", "房" };
	gsize last = 0, step;
	gboolean joined;

	for (gsize at = from; at < to; at++) {
		if (!g_ascii_isdigit(bytes[at]) || (at > from && g_ascii_isdigit(bytes[at - 1])))
			continue;
		joined = joins_address(bytes, at);
		at = fn_digits_end(bytes, to, at);
		step = FN_AT(units, bytes, to, at);
		/* "3号楼-502": the last number may have no unit. */
		if (joined && (step > 0 || (last > 0 && fn_han_at(bytes, to, at) == 0)))
			last = at + step;
		at = MAX(at + step, at) - 1;
	}
	return last;
}

/* Last place in [from, to) where a street's, village's or community's name ends. */
static gsize
last_street_end(const char *bytes, gsize from, gsize to)
{
	gsize last = 0, step;

	for (gsize at = from; at < to; at += (step = fn_han_at(bytes, to, at)) > 0 ? step : 1)
		if (at > from && (step = street_at(bytes, to, at)) > 0)
			last = at + step;
	return last;
}

/* Judges the run [from, to): its end as an address, or 0. A division, and behind it a number with a street, or a street. */
static gsize
address_end(const char *bytes, gsize from, gsize to, gboolean labelled)
{
	gsize number = last_number_end(bytes, from, to), street = last_street_end(bytes, from, to), end = MAX(number, street);
	guint divided = count_divisions(bytes, from, end > 0 ? end : from);

	if (end == 0 || end - from < 12 || divided == 0)
		return 0;
	if (number > 0 && street > 0)
		return end;
	return labelled && divided >= 2 && street > 0 ? end : 0;
}

/* Where the address that @at is part of may begin: back to a mark, a blank, or a word that leads to it. */
static gsize
address_begin(const char *bytes, gsize at)
{
	gsize from = at, step;

	while (from > 0 && at - from < ADDRESS_MAX && FN_BEFORE(leads, bytes, from) == 0) {
		step = fn_han_before(bytes, from);
		if (step == 0 && g_ascii_isalnum(bytes[from - 1]))
			step = 1;
		if (step == 0)
			break;
		from -= step;
	}
	return from;
}

/* A province inside of [from, at) begins the address better than what stands before it. */
static gsize
province_begin(const char *bytes, gsize from, gsize at)
{
	for (gsize i = from; i < at; i++)
		if (FN_AT(provinces, bytes, at, i) > 0)
			return i;
	return from;
}

static gsize
run_end(const char *bytes, gsize size, gsize at)
{
	gsize from = at, step;

	while (at < size && at - from < ADDRESS_MAX && (step = address_step(bytes, size, at)) > 0)
		at += step;
	return at;
}

/* At a label, at a province's name, or at the digits of a house number. */
FN_AROUND(address)
{
	const char *bytes = place->bytes;
	gsize size = place->size;
	FnGap gap = FN_GAP_NONE;

	if (g_ascii_isdigit(bytes[place->start]) && !joins_address(bytes, place->start))
		return FN_MATCH_NONE;
	if (g_ascii_isdigit(bytes[place->start]))
		*start = province_begin(bytes, address_begin(bytes, place->start), place->start);
	else if (FN_AT(provinces, bytes, size, place->start) > 0)
		*start = place->start;
	else
		*start = fn_value_at(bytes, size, place->end, &gap);
	*end = address_end(bytes, *start, run_end(bytes, size, *start), *start >= place->end);
	return *end > place->start ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

FN_CHECK(address)
{
	static const char16_t place[] = u"号园室巷弄村栋楼组苑街路道";
	static const FnPair places[] = { "单元", "小区", "社区" };
	guint divided = count_divisions(text, 0, size), placed = 0;

	for (gsize at = 0, step; at < size; at += step > 0 ? step : 1)
		if ((step = fn_han_at(text, size, at)) > 0)
			placed += (guint)(FN_HAN_AMONG(place, text, size, at) || FN_PAIR_AMONG(places, text, size, at));
	if (size < 12 || divided == 0 || placed == 0)
		return FN_MATCH_NONE;
	return divided + placed >= 3 ? FN_MATCH_STRONG : FN_MATCH_WEAK;
}

FN_CHECK(gender)
{
	static const char *const words[] = { "男", "女", "男性", "女性", "未知", "M", "F", "m", "f", "male", "female", "0", "1", "2", "9" };

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (strlen(words[i]) == size && memcmp(words[i], text, size) == 0)
			return i < 4 ? FN_MATCH_STRONG : FN_MATCH_WEAK;
	return FN_MATCH_NONE;
}

/* Validators: what a token, or a whole value of a column, can be. */
#include "scan/scan_priv.h"

#include <string.h>

static FnMatch
check_resident_id(const char *text, gsize size, const FnIssued *issued)
{
	if (size == 15)
		return fn_resident_id15_check(text, size, issued) && fn_resident_id_region(text, issued) ? FN_MATCH_WEAK : FN_MATCH_NONE;
	if (!fn_resident_id_check(text, size, issued))
		return FN_MATCH_NONE;
	return fn_resident_id_region(text, issued) ? FN_MATCH_STRONG : FN_MATCH_WEAK;
}

static FnMatch
check_credit_code(const char *text, gsize size, const FnIssued *issued)
{
	if (!fn_credit_code_check(text, size, issued))
		return FN_MATCH_NONE;
	return fn_credit_code_is_telling(text, size) ? FN_MATCH_STRONG : FN_MATCH_WEAK;
}

static FnMatch
check_mobile(const char *text, gsize size, const FnIssued *issued)
{
	if (size == 13 && memcmp(text, "86", 2) == 0)
		text += 2, size -= 2;
	return fn_mobile_check(text, size, issued) ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

/* UnionPay's range and known banks are enough by themselves; of other numbers one in a hundred would pass. */
static FnMatch
check_bank_card(const char *text, gsize size, const FnIssued *issued)
{
	FnCard card = fn_bank_card_check(text, size, issued);

	if (card == FN_CARD_NONE)
		return FN_MATCH_NONE;
	return card == FN_CARD_BANK || memcmp(text, "62", 2) == 0 ? FN_MATCH_STRONG : FN_MATCH_WEAK;
}

static FnMatch
check_email(const char *text, gsize size, const FnIssued *issued)
{
	const char *at = memchr(text, '@', size);
	gsize start, end;

	if (at == NULL || !fn_email_around(text, size, (gsize)(at - text), &start, &end))
		return FN_MATCH_NONE;
	return start == 0 && end == size ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

/* Han characters of @text; -1 when there is anything else but the marks in @marks. */
static int
count_han(const char *text, gsize size, const char *marks)
{
	int han = 0;

	for (const char *at = text; at < text + size; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char_validated(at, (gssize)(text + size - at));

		if (c == (gunichar)-1 || c == (gunichar)-2)
			return -1;
		if (g_unichar_get_script(c) == G_UNICODE_SCRIPT_HAN)
			han++;
		else if (marks == NULL || g_utf8_strchr(marks, -1, c) == NULL)
			return -1;
	}
	return han;
}

/* The commonest surnames, with those of two characters; over nine people in ten. */
static const char surnames[] =
	"王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史"
	"陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管"
	"柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
	"桂冼欧阳上官诸葛司马夏侯皇甫东方尉迟令狐慕容端木轩辕";

static FnMatch
check_person_name(const char *text, gsize size, const FnIssued *issued)
{
	int han = count_han(text, size, "·");

	if (han < 2 || han > 15 || (han > 4 && memmem(text, size, "·", strlen("·")) == NULL))
		return FN_MATCH_NONE;
	return g_utf8_strchr(surnames, -1, g_utf8_get_char(text)) != NULL ? FN_MATCH_STRONG : FN_MATCH_WEAK;
}

static guint
count_of(const char *text, gsize size, const char *const *words, gsize n)
{
	guint found = 0;

	for (gsize i = 0; i < n; i++)
		found += (guint)(memmem(text, size, words[i], strlen(words[i])) != NULL);
	return found;
}

/* A division and a road, community or number. */
static FnMatch
check_address(const char *text, gsize size, const FnIssued *issued)
{
	static const char *const division[] = { "省", "市", "区", "县", "镇", "乡", "旗", "州" };
	static const char *const place[] = { "路", "街", "道", "巷", "弄", "号", "村", "小区", "社区", "楼", "栋", "单元", "室", "园", "苑", "组" };
	guint divisions = count_of(text, size, division, G_N_ELEMENTS(division));
	guint places = count_of(text, size, place, G_N_ELEMENTS(place));

	if (size < 12 || divisions == 0 || places == 0)
		return FN_MATCH_NONE;
	return divisions + places >= 3 ? FN_MATCH_STRONG : FN_MATCH_WEAK;
}

/* 19900307, 1990-03-07, 1990/3/7, 1990.3.7, 1990年3月7日; a time of day may follow. */
static FnMatch
check_date(const char *text, gsize size, const FnIssued *issued)
{
	guint number[3] = { 0 }, n = 0, digits = 0;
	gboolean compact = FALSE;

	for (gsize i = 0; i < size && n < 3; i++) {
		if (!g_ascii_isdigit(text[i])) {
			n += (guint)(digits > 0);
			digits = 0;
			if (n > 0 && n < 3 && strchr("-/.", text[i]) == NULL && (guint8)text[i] < 0x80)
				return FN_MATCH_NONE;
			continue;
		}
		number[n] = number[n] * 10 + (guint)(text[i] - '0');
		if (++digits > 8)
			return FN_MATCH_NONE;
	}
	compact = n == 0 && digits == 8 && size == 8;
	if (compact)
		return fn_identifier_date(number[0] / 10000, number[0] / 100 % 100, number[0] % 100) ? FN_MATCH_STRONG : FN_MATCH_NONE;
	n += (guint)(digits > 0 && n < 3);
	return n == 3 && fn_identifier_date(number[0], number[1], number[2]) ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

static FnMatch
check_gender(const char *text, gsize size, const FnIssued *issued)
{
	static const char *const words[] = { "男", "女", "男性", "女性", "未知", "M", "F", "m", "f", "male", "female", "0", "1", "2", "9" };

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (strlen(words[i]) == size && memcmp(words[i], text, size) == 0)
			return i < 4 ? FN_MATCH_STRONG : FN_MATCH_WEAK;
	return FN_MATCH_NONE;
}

static FnMatch
email_around(const FnPlace *place, gsize *start, gsize *end)
{
	return fn_email_around(place->bytes, place->size, place->start, start, end) ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

static const FnValidator table[] = {
	{ "resident_id", FN_VALIDATE_TOKEN, 15, 18, NULL, check_resident_id, NULL },
	{ "credit_code", FN_VALIDATE_TOKEN, 18, 18, NULL, check_credit_code, NULL },
	{ "bank_card", FN_VALIDATE_TOKEN, 13, 19, NULL, check_bank_card, NULL },
	{ "mobile", FN_VALIDATE_TOKEN, 11, 13, NULL, check_mobile, NULL },
	{ "email", FN_VALIDATE_AROUND, 0, 0, "@", check_email, email_around },
	{ "secrecy_mark", FN_VALIDATE_MARK, 0, 0, NULL, NULL, fn_mark_around },
	{ "words", FN_VALIDATE_WORD, 0, 0, NULL, NULL, NULL },
	{ "person_name", FN_VALIDATE_VALUE, 0, 0, NULL, check_person_name, NULL },
	{ "address", FN_VALIDATE_VALUE, 0, 0, NULL, check_address, NULL },
	{ "date", FN_VALIDATE_VALUE, 0, 0, NULL, check_date, NULL },
	{ "gender", FN_VALIDATE_VALUE, 0, 0, NULL, check_gender, NULL },
};

const FnValidator *
fn_validator(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
		if (g_strcmp0(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

guint
fn_validators(void)
{
	return G_N_ELEMENTS(table);
}

guint
fn_validator_rank(const FnValidator *validator)
{
	return (guint)(validator - table);
}

const char *
fn_validator_names(void)
{
	return "resident_id, credit_code, bank_card, mobile, email, secrecy_mark, words, person_name, address, date, gender";
}

/* ---- e-mail ---- */

static gboolean
is_local(char c)
{
	return g_ascii_isalnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
}

/* RFC 5321 as far as people use it: no quoted local parts, no address literals. */
gboolean
fn_email_around(const char *bytes, gsize size, gsize at, gsize *start, gsize *end)
{
	gsize first = at, last = at + 1, label, dots = 0;

	while (first > 0 && at - first < 64 && is_local(bytes[first - 1]))
		first--;
	while (first < at && !g_ascii_isalnum(bytes[first]))
		first++;
	if (first == at || bytes[at - 1] == '.')
		return FALSE;
	label = last;
	while (last < size && last - at < 254 && (g_ascii_isalnum(bytes[last]) || bytes[last] == '-' || bytes[last] == '.')) {
		if (bytes[last] == '.') {
			if (last == label || last + 1 >= size || !g_ascii_isalnum(bytes[last + 1]))
				break;
			dots++;
			label = last + 1;
		}
		last++;
	}
	while (last > label && bytes[last - 1] == '-')
		last--;
	if (dots == 0 || last - label < 2 || last - label > 63)
		return FALSE;
	for (gsize i = label; i < last; i++)
		if (!g_ascii_isalpha(bytes[i]))
			return FALSE;
	*start = first;
	*end = last;
	return TRUE;
}

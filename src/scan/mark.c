/* Marks: 密级★保密期限 on its own at the head of a document, in a cell, or behind a label; 内部资料 and the like in the same
 * places. The same words inside a sentence are a text about secrecy, and that is no mark. */
#include "scan/validators_priv.h"

#include <string.h>

enum { HEAD = 2048 };

static const char *const stars[] = { "★", "☆", "⭐", "✭", "✩", "✮", "✯", "🟊", "*", "＊", "※" };
/* What text recognition makes of the star; believed only when a term follows. */
static const char *const misread[] = { "妇", "女", "大", "太", "食", "火", "本", "育", "友", "k", "x", "K", "X", "+", "·", ".", "⋆", "•", "△", "▲", "、", "-", "一" };
static const char *const numerals[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "０", "１", "２", "３", "４", "５", "６", "７", "８", "９", "〇", "一",
	"二", "三", "四", "五", "六", "七", "八", "九", "十", "两", "百" };
static const char *const units[] = { "年", "个月", "個月", "月", "日", "天" };
static const char *const terms[] = { "长期", "長期", "永久", "启用前", "啟用前", "启封前", "公布前", "发布前", "解密前", "考试前", "开启前" };
static const char *const before_marks[] = { "\n", "\r", ",", ";", "|", "\"", ">", "，", "\t" };
static const char *const behind_marks[] = { "\n", "\r", ",", ";", "|", "\"", "<", "，", "\t" };
static const char *const open_marks[] = { "【", "[", "〔", "（", "(", "「", "［" };
static const char *const close_marks[] = { "】", "]", "〕", "）", ")", "」", "］" };
static const char *const colons[] = { ":", "：" };
static const char *const labels[] = { "密级", "密級", "密级和保密期限", "密级及保密期限", "密级和期限", "保密级别", "保密等级", "涉密等级", "秘密等级", "涉密级别", "密别",
	"文件密级", "标密" };

/* Behind the term at @at: its end, or 0 when there is none. Blanks may stand between the characters. */
static gsize
term_end(const char *bytes, gsize size, gsize at)
{
	gsize step, digits = 0;

	if ((step = FN_AT(terms, bytes, size, at)) > 0)
		return at + step;
	while (digits < 6 && (step = FN_AT(numerals, bytes, size, at)) > 0) {
		at = fn_blanks_end(bytes, size, at + step);
		digits++;
	}
	if (digits == 0)
		return 0;
	step = FN_AT(units, bytes, size, at);
	return step > 0 ? at + step : 0;
}

/* TRUE when nothing but blanks stands between @at and the border of its line. */
static gboolean
ends_line(const char *bytes, gsize size, gsize at)
{
	gsize clear = fn_blanks_end(bytes, size, at);

	return clear == size || bytes[clear] == '\n' || bytes[clear] == '\r';
}

static gboolean
begins_line(const char *bytes, gsize at)
{
	gsize clear = fn_blanks_begin(bytes, at);

	return clear == 0 || bytes[clear - 1] == '\n' || bytes[clear - 1] == '\r';
}

static gboolean
is_labelled(const char *bytes, gsize at, const char *const *words, gsize n)
{
	gsize clear = fn_blanks_begin(bytes, at), colon = FN_BEFORE(colons, bytes, clear);

	return clear > 0 && fn_word_before(bytes, fn_blanks_begin(bytes, clear - colon), words, n) > 0;
}

/* A mark begins where a line or a cell begins, or behind wide space. */
static gboolean
begins(const char *bytes, gsize at, gboolean head)
{
	gsize clear = fn_blanks_begin(bytes, at);

	if (clear == 0)
		return head || at == 0;
	if (FN_BEFORE(before_marks, bytes, clear) > 0)
		return TRUE;
	/* "000012　机密★1年　特急": copy number, mark and urgency on one line. */
	return at - clear > 0 && g_ascii_isdigit(bytes[clear - 1]);
}

/* Behind it may stand what limits the circle: "（此件发至县团级）". */
static gboolean
ends(const char *bytes, gsize size, gsize at)
{
	static const char *const circles[] = { "（", "(", "〔", "★" };
	gsize clear = fn_blanks_end(bytes, size, at);

	return clear == size || clear > at || FN_AT(behind_marks, bytes, size, clear) > 0 || FN_AT(circles, bytes, size, clear) > 0;
}

/* Between brackets that stand at the beginning or at the end of a line: "【绝密★启用前】", "…的通知（机密★5年）". */
static gboolean
in_brackets(const char *bytes, gsize size, gsize start, gsize end)
{
	gsize open = fn_blanks_begin(bytes, start), close = fn_blanks_end(bytes, size, end);
	gsize opening = FN_BEFORE(open_marks, bytes, open), closing = FN_AT(close_marks, bytes, size, close);

	if (opening == 0 || closing == 0)
		return FALSE;
	return ends_line(bytes, size, close + closing) || (begins_line(bytes, open - opening) && ends(bytes, size, close + closing));
}

/* Where the mark ends whose word is given; 0 when these words are just words. */
static gsize
mark_end(const char *bytes, gsize size, gsize start, gsize word_end, gboolean head)
{
	gboolean labelled = is_labelled(bytes, start, labels, G_N_ELEMENTS(labels)), begun = labelled || begins(bytes, start, head);
	gsize behind = fn_blanks_end(bytes, size, word_end), star = FN_AT(stars, bytes, size, behind), end;

	if (star > 0) {
		end = term_end(bytes, size, fn_blanks_end(bytes, size, behind + star));
		if (end == 0)
			end = behind + star;
		return (begun && ends(bytes, size, end)) || in_brackets(bytes, size, start, end) ? end : 0;
	}
	star = FN_AT(misread, bytes, size, behind);
	end = star > 0 ? term_end(bytes, size, fn_blanks_end(bytes, size, behind + star)) : 0;
	if (end > 0 && begun && ends(bytes, size, end))
		return end;
	/* The star is lost: a line of its own. */
	end = term_end(bytes, size, behind);
	if (end > 0 && (labelled || begins_line(bytes, start)) && ends_line(bytes, size, end))
		return end;
	if (labelled)
		return ends(bytes, size, word_end) ? word_end : 0;
	/* The bare word: only alone on its line, and only where documents carry their marks. */
	return head && word_end <= HEAD && ends_line(bytes, size, word_end) && begins_line(bytes, start) ? word_end : 0;
}

FN_AROUND(secrecy_mark)
{
	*start = place->start;
	*end = mark_end(place->bytes, place->size, place->start, place->end, place->head);
	return *end > 0 ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

/* ---- internal marks ---- */

/* What an internal mark is made of, with blanks and commas between. */
static const char *const parts[] = { "内部资料", "内部文件", "内部材料", "内部信息", "内部参考", "内部使用", "内部刊物", "内部传阅", "内部掌握", "内部公开", "內部資料", "內部文件",
	"工作秘密", "仅供内部", "仅限内部", "不予公开", "不公开", "不予公開", "注意保存", "注意保密", "妥善保管", "不得外传", "严禁外传", "请勿外传", "禁止外传", "不得外傳", "严禁翻印", "不得翻印", "严禁复制",
	"不得复制", "免费交流", "仅供", "仅限", "只限", "此件", "本件", "使用", "参考", "传阅" };
static const char *const between[] = { " ", "　", "，", ",", "、", "·", "★", "*", "—", "-", "！", "!", "；", ";", "：" };
static const char *const openness[] = { "公开属性", "公开方式", "公开类型", "公开形式", "信息公开选项", "公开选项", "主动公开", "是否公开", "密级", "信息类别", "文件性质", "资料性质",
	"公开范围", "性质" };

/* Past further parts, and a term behind a star: "工作秘密★3年". */
static gsize
parts_end(const char *bytes, gsize size, gsize at)
{
	for (gsize next = at, step; next < size;) {
		if ((step = FN_AT(parts, bytes, size, next)) > 0)
			at = next + step;
		else if ((step = FN_AT(between, bytes, size, next)) == 0)
			step = term_end(bytes, size, next) > 0 && FN_BEFORE(stars, bytes, next) > 0 ? (at = term_end(bytes, size, next)) - next : 0;
		if (step == 0)
			break;
		next += step;
	}
	return at;
}

static gsize
parts_begin(const char *bytes, gsize at)
{
	static const char *const first[] = { "此件", "本件", "仅供", "仅限", "只限", "属", "属于" };

	return at - FN_BEFORE(first, bytes, at);
}

FN_AROUND(internal_mark)
{
	const char *bytes = place->bytes;
	gsize size = place->size, full;
	gboolean closed, labelled;

	*start = parts_begin(bytes, place->start);
	*end = parts_end(bytes, size, place->end);
	full = *end + FN_AT(((const char *const[]){ "。", "！", "!" }), bytes, size, *end);
	labelled = is_labelled(bytes, *start, openness, G_N_ELEMENTS(openness));
	closed = ends_line(bytes, size, full) || fn_blanks_end(bytes, size, *end) > *end || FN_AT(behind_marks, bytes, size, *end) > 0;
	if (labelled && closed)
		return FN_MATCH_STRONG;
	if (in_brackets(bytes, size, *start, *end) || in_brackets(bytes, size, *start, full))
		return FN_MATCH_STRONG;
	/* A comma before it would be a sentence's, not a cell's. */
	return begins_line(bytes, *start) && (ends_line(bytes, size, full) || (place->head && *end <= HEAD && fn_blanks_end(bytes, size, *end) > *end))
		? FN_MATCH_STRONG : FN_MATCH_NONE;
}

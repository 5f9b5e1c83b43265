/* Secrecy marks: 密级★保密期限 on its own at the head of a document, in a cell, or behind a label. The same words inside
 * a sentence are a text about secrecy, and that is no mark. */
#include "scan/scan_priv.h"

#include <string.h>

enum { HEAD = 2048 };

static const char *const blanks[] = { " ", "\t", "\xe3\x80\x80" /* ideographic */, "\xc2\xa0" /* no-break */ };
static const char *const stars[] = { "★", "☆", "⭐", "✭", "✩", "*", "＊" };
/* What text recognition makes of the star; believed only when a term follows. */
static const char *const misread[] = { "妇", "女", "大", "太", "食", "火", "k", "x", "+", "·", "." };
static const char *const numerals[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "０", "１", "２", "３", "４", "５", "６", "７", "８", "９", "一",
	"二", "三", "四", "五", "六", "七", "八", "九", "十", "两" };
static const char *const units[] = { "年", "个月", "個月", "月", "日", "天" };
static const char *const terms[] = { "长期", "長期", "永久", "启用前", "启封前", "公布前", "发布前", "解密前" };
static const char *const before_marks[] = { "\n", "\r", ",", ";", "|", "\"", ">", "【", "[", "，", "\t" };
static const char *const behind_marks[] = { "\n", "\r", ",", ";", "|", "\"", "<", "】", "]", "，", "\t" };
static const char *const labels[] = { "密级", "密級", "密级和保密期限", "保密级别", "保密等级", "涉密等级", "秘密等级", "密别" };

/* Bytes of the word of @words at the beginning of @text, 0 for none. */
static gsize
word_at(const char *text, gsize size, const char *const *words, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		gsize length = strlen(words[i]);

		if (length <= size && memcmp(text, words[i], length) == 0)
			return length;
	}
	return 0;
}

static gsize
word_before(const char *text, gsize size, const char *const *words, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		gsize length = strlen(words[i]);

		if (length <= size && memcmp(text + size - length, words[i], length) == 0)
			return length;
	}
	return 0;
}

#define AT(set, text, size) word_at((text), (size), (set), G_N_ELEMENTS(set))
#define BEFORE(set, text, size) word_before((text), (size), (set), G_N_ELEMENTS(set))

static gsize
skip_blanks(const char *bytes, gsize size, gsize at)
{
	gsize step;

	while ((step = AT(blanks, bytes + at, size - at)) > 0)
		at += step;
	return at;
}

static gsize
skip_blanks_before(const char *bytes, gsize at)
{
	gsize step;

	while ((step = BEFORE(blanks, bytes, at)) > 0)
		at -= step;
	return at;
}

/* Behind the term at @at: its end, or 0 when there is none. */
static gsize
term_end(const char *bytes, gsize size, gsize at)
{
	gsize step, digits = 0;

	if ((step = AT(terms, bytes + at, size - at)) > 0)
		return at + step;
	while (digits < 6 && (step = AT(numerals, bytes + at, size - at)) > 0) {
		at += step;
		digits++;
	}
	if (digits == 0)
		return 0;
	at = skip_blanks(bytes, size, at);
	step = AT(units, bytes + at, size - at);
	return step > 0 ? at + step : 0;
}

/* A mark begins where a line or a cell begins, behind wide space, or behind a label. */
static gboolean
begins(const char *bytes, gsize at, gboolean head, gboolean *labelled)
{
	gsize clear = skip_blanks_before(bytes, at), colon;

	*labelled = FALSE;
	if (clear == 0)
		return head || at == 0;
	colon = BEFORE(((const char *const[]){ ":", "：" }), bytes, clear);
	if (BEFORE(labels, bytes, skip_blanks_before(bytes, clear - colon)) > 0)
		return *labelled = TRUE;
	if (BEFORE(before_marks, bytes, clear) > 0)
		return TRUE;
	/* "000012　机密★1年　特急": copy number, mark and urgency on one line. */
	return at - clear > 0 && g_ascii_isdigit(bytes[clear - 1]);
}

static gboolean
ends(const char *bytes, gsize size, gsize at)
{
	gsize clear = skip_blanks(bytes, size, at);

	return clear == size || clear > at || AT(behind_marks, bytes + clear, size - clear) > 0;
}

/* TRUE when nothing but blanks stands between @at and the end of its line. */
static gboolean
ends_line(const char *bytes, gsize size, gsize at)
{
	gsize clear = skip_blanks(bytes, size, at);

	return clear == size || bytes[clear] == '\n' || bytes[clear] == '\r';
}

static gboolean
begins_line(const char *bytes, gsize at)
{
	gsize clear = skip_blanks_before(bytes, at);

	return clear == 0 || bytes[clear - 1] == '\n' || bytes[clear - 1] == '\r';
}

/* "…的通知（机密★5年）" at the end of a line: a title that carries its mark. */
static gboolean
closes_title(const char *bytes, gsize size, gsize start, gsize end)
{
	gsize closing = AT(((const char *const[]){ "）", ")" }), bytes + end, size - end);

	return closing > 0 && BEFORE(((const char *const[]){ "（", "(" }), bytes, start) > 0 &&
		ends_line(bytes, size, end + closing);
}

/* Where the mark ends whose word is given; 0 when these words are just words. */
static gsize
mark_end(const char *bytes, gsize size, gsize word_start, gsize word_end, gboolean head)
{
	gboolean labelled, begun = begins(bytes, word_start, head, &labelled);
	gsize behind = skip_blanks(bytes, size, word_end), star = AT(stars, bytes + behind, size - behind), end;

	if (star > 0) {
		gsize term = skip_blanks(bytes, size, behind + star);

		end = term_end(bytes, size, term);
		if (end == 0)
			end = behind + star;
		return (begun && ends(bytes, size, end)) || closes_title(bytes, size, word_start, end) ? end : 0;
	}
	star = AT(misread, bytes + behind, size - behind);
	end = star > 0 ? term_end(bytes, size, behind + star) : 0;
	if (end > 0)
		return begun && ends(bytes, size, end) ? end : 0;
	/* The bare word: only alone on its line, or behind a label, and only where documents carry their marks. */
	if (!head || word_end > HEAD || !ends_line(bytes, size, word_end))
		return 0;
	return labelled || begins_line(bytes, word_start) ? word_end : 0;
}

FnMatch
fn_mark_around(const FnPlace *place, gsize *start, gsize *end)
{
	*start = place->start;
	*end = mark_end(place->bytes, place->size, place->start, place->end, place->head);
	return *end > 0 ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

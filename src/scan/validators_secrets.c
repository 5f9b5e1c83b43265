/* What opens a door: credentials in addresses, keys, tokens, passwords. */
#include "scan/validators_priv.h"

#include <math.h>
#include <string.h>

static gboolean
is_stop(char c)
{
	return (guint8)c <= ' ' || (guint8)c >= 0x7f || fn_is_one_of(c, "\"'<>`\\");
}

/* ---- user:password@host ---- */

static gsize
find_byte(const char *bytes, gsize from, gsize to, char byte)
{
	const char *found = from < to ? memchr(bytes + from, byte, to - from) : NULL;

	return found != NULL ? (gsize)(found - bytes) : to;
}

/* The last @ of the authority, as browsers read it; @to when there is none. */
static gsize
last_at(const char *bytes, gsize from, gsize to)
{
	gsize found = to;

	for (gsize i = from; i < to; i++)
		if (bytes[i] == '@')
			found = i;
	return found;
}

static const char *const secret_parameters[] = { "access_token=", "token=", "password=", "passwd=", "pwd=", "secret=", "api_key=", "apikey=", "access_key=",
	"client_secret=", "sign=", "signature=", "Signature=" };

/* Where the first secret parameter's value of the address ends, or 0. */
static gsize
parameter_end(const char *bytes, gsize from, gsize to)
{
	for (gsize i = find_byte(bytes, from, to, '?'); i < to; i++) {
		gsize value, end;

		if (bytes[i] != '?' && bytes[i] != '&')
			continue;
		value = i + 1 + FN_AT(secret_parameters, bytes, to, i + 1);
		end = find_byte(bytes, value, to, '&');
		if (value > i + 1 && end - value >= 6 && !fn_is_placeholder(bytes + value, end - value))
			return end;
	}
	return 0;
}

/* Host and port behind the @. */
static gsize
host_end(const char *bytes, gsize to, gsize at)
{
	while (at < to && (g_ascii_isalnum(bytes[at]) || fn_is_one_of(bytes[at], ".-_:[]%")))
		at++;
	while (fn_is_one_of(bytes[at - 1], ".:-"))
		at--;
	return at;
}

/* At "://". */
FN_AROUND(url_credential)
{
	const char *bytes = place->bytes;
	gsize from = place->start, to = place->end, authority, at, colon;

	while (from > 0 && place->start - from < 16 && (g_ascii_isalnum(bytes[from - 1]) || fn_is_one_of(bytes[from - 1], "+.-")))
		from--;
	while (to < place->size && to - place->end < 1024 && !is_stop(bytes[to]))
		to++;
	authority = place->end;
	while (authority < to && !fn_is_one_of(bytes[authority], "/?#"))
		authority++;
	if (from == place->start)
		return FN_MATCH_NONE;
	*start = from;
	at = last_at(bytes, place->end, authority);
	colon = find_byte(bytes, place->end, at, ':');
	if (at < authority && colon > place->end && colon + 1 < at && at + 1 < authority && !fn_is_placeholder(bytes + colon + 1, at - colon - 1)) {
		*end = host_end(bytes, authority, at + 1);
		return FN_MATCH_STRONG;
	}
	*end = parameter_end(bytes, authority, to);
	return *end > 0 ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

FN_CHECK(url_credential)
{
	const char *mark = memmem(text, size, "://", 3);
	FnPlace place = { text, size, mark != NULL ? (gsize)(mark - text) : 0, mark != NULL ? (gsize)(mark - text) + 3 : 0, FALSE, issued };
	gsize start, end;

	return mark != NULL && fn_around_url_credential(&place, &start, &end) != FN_MATCH_NONE && start == 0 ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

/* ---- keys and tokens ---- */

/* Shapes that their issuers publish: what follows the prefix. */
static const struct {
	const char *prefix;
	guint min, max;
	const char *besides; /* accepted besides letters and digits */
} keys[] = {
	{ "AKIA", 16, 16, "" }, { "ASIA", 16, 16, "" }, { "LTAI", 12, 26, "" }, { "AKID", 32, 36, "" }, { "AIza", 35, 35, "_-" },
	{ "ghp_", 36, 36, "" }, { "gho_", 36, 36, "" }, { "ghs_", 36, 36, "" }, { "ghu_", 36, 36, "" }, { "github_pat_", 22, 93, "_" },
	{ "glpat-", 20, 26, "_-" }, { "xoxb-", 20, 80, "-" }, { "xoxp-", 20, 80, "-" }, { "sk_live_", 16, 99, "" }, { "npm_", 36, 36, "" },
};

static gsize
span_of(const char *bytes, gsize size, gsize at, const char *besides)
{
	gsize from = at;

	while (at < size && (g_ascii_isalnum(bytes[at]) || fn_is_one_of(bytes[at], besides)))
		at++;
	return at - from;
}

static gsize
published_end(const char *bytes, gsize size, gsize at)
{
	for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
		gsize prefix = strlen(keys[i].prefix), rest;

		if (prefix > size - at || memcmp(bytes + at, keys[i].prefix, prefix) != 0)
			continue;
		rest = span_of(bytes, size, at + prefix, keys[i].besides);
		if (rest >= keys[i].min && rest <= keys[i].max && !fn_is_placeholder(bytes + at + prefix, rest))
			return at + prefix + rest;
	}
	return 0;
}

/* JSON web token: three parts of base64url, the first two of them objects. */
static gsize
token_end(const char *bytes, gsize size, gsize at)
{
	gsize head = span_of(bytes, size, at, "_-"), body, tail;

	if (head < 16 || at + head + 4 > size || memcmp(bytes + at + head, ".eyJ", 4) != 0)
		return 0;
	body = span_of(bytes, size, at + head + 1, "_-");
	if (at + head + body + 2 > size || bytes[at + head + 1 + body] != '.')
		return 0;
	tail = span_of(bytes, size, at + head + body + 2, "_-");
	return tail >= 16 ? at + head + body + 2 + tail : 0;
}

/* From BEGIN … PRIVATE KEY to its end line, or to the end of the first line. */
static gsize
private_key_end(const char *bytes, gsize size, gsize at)
{
	gsize line = find_byte(bytes, at, MIN(size, at + 80), '\n'), to = MIN(size, at + 2000);
	const char *last;

	if (memmem(bytes + at, line - at, "PRIVATE KEY-----", strlen("PRIVATE KEY-----")) == NULL)
		return 0;
	last = memmem(bytes + line, to - line, "PRIVATE KEY-----", strlen("PRIVATE KEY-----"));
	return last != NULL ? (gsize)(last - bytes) + strlen("PRIVATE KEY-----") : line;
}

static double
entropy(const char *text, gsize size)
{
	guint count[256] = { 0 };
	double bits = 0;

	for (gsize i = 0; i < size; i++)
		count[(guint8)text[i]]++;
	for (guint c = 0; c < 256; c++)
		if (count[c] > 0)
			bits -= count[c] * log2((double)count[c] / (double)size);
	return size > 0 ? bits / (double)size : 0;
}

/* Random enough: letters and digits mixed, no word of a language. */
static gboolean
is_random(const char *text, gsize size)
{
	guint digits = 0, letters = 0;

	for (gsize i = 0; i < size; i++) {
		digits += (guint)g_ascii_isdigit(text[i]);
		letters += (guint)g_ascii_isalpha(text[i]);
	}
	return size >= 16 && size <= 128 && digits >= 2 && letters >= 2 && entropy(text, size) >= 3.0 && !fn_is_placeholder(text, size);
}

/* Capitals, small letters and digits, as no word has them. */
static gboolean
is_mixed(const char *text, gsize size)
{
	gboolean upper = FALSE, lower = FALSE, digit = FALSE;

	for (gsize i = 0; i < size; i++) {
		upper |= g_ascii_isupper(text[i]);
		lower |= g_ascii_islower(text[i]);
		digit |= g_ascii_isdigit(text[i]);
	}
	return upper && lower && digit;
}

/* "client_secret": "…", SECRET=…, 密钥：… */
static gboolean
assigned(const FnPlace *place, gsize *start, gsize *end)
{
	FnGap gap;
	gsize name = place->end;

	while (name < place->size && name - place->end < 16 && (g_ascii_isalpha(place->bytes[name]) || fn_is_one_of(place->bytes[name], "_-")))
		name++;
	*start = fn_value_at(place->bytes, place->size, name, &gap);
	*end = *start + span_of(place->bytes, place->size, *start, "+/=_-.");
	while (*end > *start && place->bytes[*end - 1] == '.')
		(*end)--;
	if (gap == FN_GAP_NONE || !is_random(place->bytes + *start, *end - *start))
		return FALSE;
	return gap == FN_GAP_SAID || is_mixed(place->bytes + *start, *end - *start);
}

FN_AROUND(secret_key)
{
	const char *bytes = place->bytes;
	gsize size = place->size, at = place->start;

	*start = at;
	*end = published_end(bytes, size, at);
	if (*end == 0 && FN_AT(((const char *const[]){ "eyJ" }), bytes, size, at) > 0)
		*end = token_end(bytes, size, at);
	if (*end > 0)
		return fn_alnum_before(bytes, at) ? FN_MATCH_NONE : FN_MATCH_STRONG;
	if (bytes[at] == '-') {
		*end = private_key_end(bytes, size, at);
		return *end > 0 ? FN_MATCH_STRONG : FN_MATCH_NONE;
	}
	return assigned(place, start, end) ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

FN_CHECK(secret_key)
{
	if (published_end(text, size, 0) == size || token_end(text, size, 0) == size)
		return size > 0 ? FN_MATCH_STRONG : FN_MATCH_NONE;
	if (size > 30 && private_key_end(text, size, 0) > 0)
		return FN_MATCH_STRONG;
	return span_of(text, size, 0, "+/=_-.") == size && is_random(text, size) ? FN_MATCH_WEAK : FN_MATCH_NONE;
}

/* ---- account and password ---- */

static const char *const account_words[] = { "用户名", "登录名", "账号", "帐号", "賬號", "帳號", "账户", "帐户", "用户", "username", "Username", "UserName",
	"USERNAME", "userName", "account", "Account", "user", "User", "USER", "login", "uid" };
enum { ACCOUNT_FAR = 120, PASSWORD_MAX = 64 };

/* A password ends at a blank, a quote, a separator, or where Chinese goes on. */
static gsize
password_end(const char *bytes, gsize size, gsize at)
{
	gsize from = at;

	while (at < size && at - from < PASSWORD_MAX && !is_stop(bytes[at]) && !fn_is_one_of(bytes[at], ",;"))
		at++;
	while (at > from && fn_is_one_of(bytes[at - 1], ".)]}|"))
		at--;
	return at;
}

/* "不少于8位", "8-16 个字符": a rule for passwords. */
static gboolean
is_about_length(const char *bytes, gsize size, gsize end)
{
	static const char *const counts[] = { "位", "个", "個", "字", "至", "到", "次", "天", "月", "年", "分", "秒" };

	return FN_AT(counts, bytes, size, fn_blanks_end(bytes, size, end)) > 0;
}

static gboolean
is_password(const char *bytes, gsize size, gsize at, gsize end)
{
	static const char *const words[] = { "string", "null", "none", "true", "false", "required", "password" };

	if (end - at < 4 || is_about_length(bytes, size, end) || fn_is_placeholder(bytes + at, end - at))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		if (strlen(words[i]) == end - at && g_ascii_strncasecmp(words[i], bytes + at, end - at) == 0)
			return FALSE;
	return memmem(bytes + at, end - at, "://", 3) == NULL;
}

/* Where the account's value begins whose label stands last before @at; @at when there is none. */
static gsize
account_begin(const char *bytes, gsize at)
{
	gsize low = at > ACCOUNT_FAR ? at - ACCOUNT_FAR : 0;

	for (gsize label = at; label-- > low;) {
		gsize step = FN_AT(account_words, bytes, at, label), value;
		FnGap gap;

		if (step == 0)
			continue;
		value = fn_value_at(bytes, at, label + step, &gap);
		if (value < at && g_ascii_isalnum(bytes[value]) && (gap != FN_GAP_NONE || (guint8)bytes[label] >= 0x80))
			return value;
		if (value < at && gap == FN_GAP_SAID && fn_han_at(bytes, at, value) > 0)
			return value;
	}
	return at;
}

/* At the password's label. Alone it is WEAK: other words must say that it opens something. */
FN_AROUND(account_password)
{
	const char *bytes = place->bytes;
	FnGap gap;
	gsize value = fn_value_at(bytes, place->size, place->end, &gap), account;

	*end = password_end(bytes, place->size, value);
	if (!is_password(bytes, place->size, value, *end))
		return FN_MATCH_NONE;
	account = account_begin(bytes, place->start);
	*start = account < place->start ? account : value;
	if (account < place->start)
		return gap != FN_GAP_NONE || (guint8)bytes[place->start] >= 0x80 ? FN_MATCH_STRONG : FN_MATCH_NONE;
	return gap == FN_GAP_SAID && *end - value >= 6 ? FN_MATCH_WEAK : FN_MATCH_NONE;
}

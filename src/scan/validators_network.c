/* Addresses of machines, devices and places. */
#include "scan/validators_priv.h"

#include <string.h>

/* ---- IPv4 ---- */

/* Four numbers with dots at @at: where they end, 0 when there are none. */
static gsize
quad_end(const char *bytes, gsize size, gsize at, guint8 part[4])
{
	for (guint i = 0; i < 4; i++) {
		gsize end = fn_digits_end(bytes, MIN(size, at + 4), at);
		guint value = 0;

		if (end == at || end - at > 3 || (bytes[at] == '0' && end - at > 1))
			return 0;
		for (gsize k = at; k < end; k++)
			value = value * 10 + (guint)(bytes[k] - '0');
		if (value > 255 || (i < 3 && (end >= size || bytes[end] != '.')))
			return 0;
		part[i] = (guint8)value;
		at = end + (gsize)(i < 3);
	}
	return at;
}

/* Versions: "v1.2.3.4", "版本 10.0.19.1", "Chrome/99.0.4.51". */
static gboolean
is_version(const char *bytes, gsize start)
{
	static const char *const words[] = { "版本", "版本号", "版本為", "版本为", "版", "version", "Version", "VERSION", "ver", "Ver", "ver.", "Release", "release",
		"build", "Build", "内核", "固件", "补丁", "升级至", "升级到", "更新至", "更新到" };
	static const char *const colons[] = { ":", "：", "=", "号", "号：", "号:", "为", "是" };
	gsize clear = fn_blanks_begin(bytes, start);

	if (start > 1 && bytes[start - 1] == '/' && g_ascii_isalnum(bytes[start - 2]))
		return TRUE;
	clear -= FN_BEFORE(colons, bytes, clear);
	return FN_BEFORE(words, bytes, fn_blanks_begin(bytes, clear)) > 0;
}

/* "3.1.2.10 数据共享": the number of a heading. */
static gboolean
is_heading(const char *bytes, gsize size, gsize start, gsize end, const guint8 part[4])
{
	gsize clear = fn_blanks_begin(bytes, start);

	for (guint i = 0; i < 4; i++)
		if (part[i] > 30)
			return FALSE;
	return (clear == 0 || bytes[clear - 1] == '\n') && fn_han_at(bytes, size, fn_blanks_end(bytes, size, end)) > 0;
}

static FnMatch
judge_quad(const guint8 part[4])
{
	/* Nobody's address: the local machine, no machine, masks. */
	if (part[0] == 0 || part[0] == 127 || (part[0] == 255 && part[1] == 255))
		return FN_MATCH_NONE;
	return part[0] < 10 && part[1] < 10 && part[2] < 10 && part[3] < 10 ? FN_MATCH_WEAK : FN_MATCH_STRONG;
}

/* @at is the first of the dots. */
static FnMatch
ip4_around(const FnPlace *place, gsize *start, gsize *end)
{
	const char *bytes = place->bytes;
	gsize from = place->start, second = fn_digits_end(bytes, MIN(place->size, place->end + 4), place->end);
	guint8 part[4];
	FnMatch match;

	/* Most points are no address's. */
	if (second == place->end || second == place->size || bytes[second] != '.')
		return FN_MATCH_NONE;
	while (from > 0 && place->start - from < 4 && g_ascii_isdigit(bytes[from - 1]))
		from--;
	if (from == place->start || fn_alnum_before(bytes, from) || (from > 0 && fn_is_one_of(bytes[from - 1], ".-_")))
		return FN_MATCH_NONE;
	*start = from;
	*end = quad_end(bytes, place->size, from, part);
	if (*end == 0 || (*end < place->size && (g_ascii_isalnum(bytes[*end]) || bytes[*end] == '_')))
		return FN_MATCH_NONE;
	if (*end + 1 < place->size && bytes[*end] == '.' && g_ascii_isalnum(bytes[*end + 1]))
		return FN_MATCH_NONE;
	match = is_version(bytes, from) ? FN_MATCH_NONE : judge_quad(part);
	return match == FN_MATCH_STRONG && is_heading(bytes, place->size, from, *end, part) ? FN_MATCH_WEAK : match;
}

/* ---- IPv6 and MAC ---- */

typedef struct {
	guint groups, longest, pairs; /* pairs: groups of exactly two */
	guint gaps;                   /* "::" */
	gsize end;
} Chain;

/* Hexadecimal groups with colons, from @at on. */
static Chain
read_chain(const char *bytes, gsize size, gsize at)
{
	Chain chain = { 0 };

	for (;;) {
		gsize from = at;

		while (at < size && at - from < 5 && g_ascii_isxdigit(bytes[at]))
			at++;
		if (at > from) {
			chain.groups++;
			chain.longest = MAX(chain.longest, (guint)(at - from));
			chain.pairs += (guint)(at - from == 2);
			chain.end = at;
		}
		if (at + 1 < size && bytes[at] == ':' && bytes[at + 1] == ':') {
			chain.gaps++;
			at += 2;
			chain.end = at;
		} else if (at + 1 < size && at > from && bytes[at] == ':' && g_ascii_isxdigit(bytes[at + 1])) {
			at++;
		} else {
			return chain;
		}
		if (chain.groups > 24)
			return chain;
	}
}

/* Where the chain begins whose first colon is at @at; G_MAXSIZE when another colon stands before. */
static gsize
chain_begin(const char *bytes, gsize at)
{
	gsize from = at;

	while (from > 0 && at - from < 5 && g_ascii_isxdigit(bytes[from - 1]))
		from--;
	if (from == at || at - from > 4 || fn_alnum_before(bytes, from) || (from > 0 && (bytes[from - 1] == ':' || bytes[from - 1] == '_')))
		return G_MAXSIZE;
	return from;
}

static gboolean
is_open_end(const char *bytes, gsize size, gsize end)
{
	return end == size || (!g_ascii_isalnum(bytes[end]) && bytes[end] != ':' && bytes[end] != '_');
}

/* Eight groups, or fewer with a gap; "a::b" of a program is none, nor is a time. */
static gboolean
is_ip6(const char *text, const Chain *chain)
{
	if (chain->longest > 4 || chain->gaps > 1)
		return FALSE;
	if (chain->gaps == 0)
		return chain->groups == 8 && chain->pairs < 8;
	if (chain->groups >= 3 && chain->groups <= 7)
		return chain->longest >= 3;
	return chain->groups == 2 && g_ascii_isxdigit(text[3]) && (fn_is_one_of(text[0], "23") || g_ascii_strncasecmp(text, "fe8", 3) == 0 ||
		g_ascii_strncasecmp(text, "fd", 2) == 0 || g_ascii_strncasecmp(text, "fc", 2) == 0);
}

FN_AROUND(ip)
{
	Chain chain;

	if (place->bytes[place->start] == '.')
		return ip4_around(place, start, end);
	*start = chain_begin(place->bytes, place->start);
	if (*start == G_MAXSIZE)
		return FN_MATCH_NONE;
	chain = read_chain(place->bytes, place->size, *start);
	*end = chain.end;
	return is_ip6(place->bytes + *start, &chain) && is_open_end(place->bytes, place->size, *end) ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

FN_CHECK(ip)
{
	guint8 part[4];
	Chain chain;

	if (quad_end(text, size, 0, part) == size && size > 0)
		return judge_quad(part) != FN_MATCH_NONE ? FN_MATCH_STRONG : FN_MATCH_NONE;
	chain = read_chain(text, size, 0);
	return size > 5 && chain.end == size && is_ip6(text, &chain) ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

/* Six pairs with the same @separator between them, three groups of four with dots, or twelve digits. Where they end, or 0. */
static gsize
mac_end(const char *bytes, gsize size, gsize at, char separator, guint group)
{
	guint digits = 0, zeros = 0, ones = 0;

	while (at < size && digits < 12) {
		if (digits > 0 && digits % group == 0 && separator != '\0' && bytes[at++] != separator)
			return 0;
		if (at == size || !g_ascii_isxdigit(bytes[at]))
			return 0;
		zeros += (guint)(bytes[at] == '0');
		ones += (guint)((bytes[at] | 32) == 'f');
		digits++;
		at++;
	}
	if (digits < 12 || zeros == 12 || ones == 12)
		return 0;
	if (at < size && (g_ascii_isalnum(bytes[at]) || (separator == ':' && bytes[at] == ':') || (separator == '-' && bytes[at] == '-')))
		return 0;
	return at;
}

static gsize
any_mac_end(const char *bytes, gsize size, gsize at)
{
	gsize end = mac_end(bytes, size, at, ':', 2);

	end = end > 0 ? end : mac_end(bytes, size, at, '-', 2);
	end = end > 0 ? end : mac_end(bytes, size, at, '.', 4);
	return end > 0 ? end : mac_end(bytes, size, at, '\0', 12);
}

FN_AROUND(mac)
{
	FnGap gap;

	if (place->end - place->start == 1) {
		*start = chain_begin(place->bytes, place->start);
		*end = *start != G_MAXSIZE ? mac_end(place->bytes, place->size, *start, ':', 2) : 0;
	} else {
		static const char *const address[] = { "地址", "位址", " address", " Address", "_addr", "Addr" };
		gsize step = FN_AT(address, place->bytes, place->size, place->end);

		*start = fn_value_at(place->bytes, place->size, place->end + step, &gap);
		*end = any_mac_end(place->bytes, place->size, *start);
	}
	return *end > 0 ? FN_MATCH_STRONG : FN_MATCH_NONE;
}

FN_CHECK(mac)
{
	if (size < 12 || any_mac_end(text, size, 0) != size)
		return FN_MATCH_NONE;
	return size == 12 ? FN_MATCH_WEAK : FN_MATCH_STRONG;
}

/* ---- IMEI ---- */

/* 15 digits whose first two are a body that assigns type codes. One number in fifty passes: never STRONG. */
FN_CHECK(imei)
{
	static const char *const bodies[] = { "01", "10", "30", "33", "35", "44", "45", "49", "50", "51", "52", "53", "54", "86", "91", "98", "99" };

	return size == 15 && fn_luhn_check(text, size) && FN_AT(bodies, text, size, 0) > 0 ? FN_MATCH_WEAK : FN_MATCH_NONE;
}

/* ---- coordinates ---- */

typedef struct {
	double value;
	guint decimals;
	gsize end;
} Number;

/* "116.3974" at @at; end 0 when there is none. */
static Number
read_number(const char *bytes, gsize size, gsize at)
{
	Number number = { 0 };
	gsize point = fn_digits_end(bytes, size, at), end;
	double unit = 1;

	if (point == at || point - at > 3 || point + 1 >= size || bytes[point] != '.')
		return number;
	end = fn_digits_end(bytes, size, point + 1);
	if (end == point + 1 || end - point > 17)
		return number;
	for (gsize i = at; i < point; i++)
		number.value = number.value * 10 + (bytes[i] - '0');
	for (gsize i = point + 1; i < end; i++)
		number.value += (bytes[i] - '0') * (unit /= 10);
	number.decimals = (guint)(end - point - 1);
	number.end = end;
	return number;
}

/* A pair within China: from the southern reefs to the Amur, from the Pamirs to the Ussuri. */
static gboolean
is_pair(double a, double b)
{
	double latitude = MIN(a, b), longitude = MAX(a, b);

	return latitude >= 3.4 && latitude <= 53.6 && longitude >= 73.4 && longitude <= 135.1;
}

/* Past "°, 东经：" and the like between the two. */
static gsize
between_end(const char *bytes, gsize size, gsize at)
{
	static const char *const marks[] = { ",", "，", ";", "；", "/", "、", "|", "°", "度", "N", "E", "\"", "'", ":", "：", "=", "{", "}", "经度", "纬度", "东经", "北纬",
		"經度", "緯度", "longitude", "latitude", "lng", "lon", "lat", "和", "为", "\n" };
	gsize from = at, step;

	for (;;) {
		at = fn_blanks_end(bytes, size, at);
		if (at - from > 40 || (step = FN_AT(marks, bytes, size, at)) == 0)
			return at;
		at += step;
	}
}

/* @at is the point of the first number of the pair. */
FN_AROUND(geo_point)
{
	const char *bytes = place->bytes;
	gsize from = place->start, next;
	Number one, two, third;

	/* Most points have no two digits behind them. */
	if (place->size - place->end < 2 || !g_ascii_isdigit(bytes[place->end]) || !g_ascii_isdigit(bytes[place->end + 1]))
		return FN_MATCH_NONE;
	while (from > 0 && place->start - from < 4 && g_ascii_isdigit(bytes[from - 1]))
		from--;
	if (fn_alnum_before(bytes, from) || (from > 0 && fn_is_one_of(bytes[from - 1], ".-_")))
		return FN_MATCH_NONE;
	one = read_number(bytes, place->size, from);
	if (one.end == 0 || one.decimals < 2 || one.value < 3 || one.value > 136)
		return FN_MATCH_NONE;
	next = between_end(bytes, place->size, one.end);
	two = read_number(bytes, place->size, next);
	if (next == one.end || two.end == 0 || two.decimals < 2 || !is_pair(one.value, two.value))
		return FN_MATCH_NONE;
	if (two.end < place->size && (g_ascii_isalnum(bytes[two.end]) && !fn_is_one_of(bytes[two.end], "NE")))
		return FN_MATCH_NONE;
	*start = from;
	*end = two.end;
	/* Three such numbers in a row are a table of numbers. */
	third = read_number(bytes, place->size, between_end(bytes, place->size, two.end));
	return MIN(one.decimals, two.decimals) >= 4 && (third.end == 0 || third.decimals < 2) ? FN_MATCH_STRONG : FN_MATCH_WEAK;
}

/* A pair in one value, or one coordinate of a column that says so. */
FN_CHECK(geo_point)
{
	Number one = read_number(text, size, 0), two;

	if (one.end == 0)
		return FN_MATCH_NONE;
	if (one.end == size)
		return one.decimals >= 3 && one.value >= 3.4 && one.value <= 135.1 && (one.value <= 53.6 || one.value >= 73.4) ? FN_MATCH_WEAK : FN_MATCH_NONE;
	two = read_number(text, size, between_end(text, size, one.end));
	if (two.end != size || !is_pair(one.value, two.value))
		return FN_MATCH_NONE;
	return MIN(one.decimals, two.decimals) >= 4 ? FN_MATCH_STRONG : FN_MATCH_WEAK;
}

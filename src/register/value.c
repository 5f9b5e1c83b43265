/* Types of fields: how each is written, checked and stored. One row per type. */
#include "register/register_priv.h"

#include "base/identifiers.h"
#include "base/say.h"
#include "base/text.h"
#include "register_sql.h"

#include <arpa/inet.h>
#include <string.h>

enum { TEXT_MAX = 2000, TEXTS_MAX = 100, DIGITS_MAX = 30 };

#define BETWEEN FN_SAY("is out of its bounds")
#define ON_A_LINE FN_SAY("has characters that no text may have")

static const char *
limit(FnValue *value, gint64 number)
{
	g_snprintf(value->number, sizeof(value->number), "%" G_GINT64_FORMAT, number);
	value->limit = value->number;
	return NULL;
}

static gboolean
within(FnValue *value, gint64 measure)
{
	const FnBookField *field = value->field;

	if (field->min >= 0 && measure < field->min)
		limit(value, field->min);
	else if (field->max >= 0 && measure > field->max)
		limit(value, field->max);
	else
		return TRUE;
	return FALSE;
}

/* ---- texts ---- */

static const char *
bad_text(const char *text)
{
	for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (g_unichar_iscntrl(c) && c != '\n' && c != '\t')
			return ON_A_LINE;
		/* what turns the direction of writing hides what stands there */
		if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
			return ON_A_LINE;
	}
	return NULL;
}

static const char *
read_text(FnValue *value, const char *text, json_t **out)
{
	glong characters = g_utf8_strlen(text, -1);
	const char *bad = bad_text(text);

	if (bad != NULL)
		return bad;
	if (value->field->min >= 0 && characters < value->field->min) {
		limit(value, value->field->min);
		return FN_SAY("is shorter than it must be");
	}
	if (characters > (value->field->max >= 0 ? value->field->max : TEXT_MAX)) {
		limit(value, value->field->max >= 0 ? value->field->max : TEXT_MAX);
		return FN_SAY("is longer than it may be");
	}
	*out = json_string(text);
	return NULL;
}

static gboolean
all_digits(const char *text, gsize size)
{
	return size > 0 && strspn(text, "0123456789") >= size;
}

/* [-]digits[.digits], exact, in its shortest form. */
static char *
decimal_of(const char *text, guint fraction_max)
{
	gboolean minus = *text == '-';
	const char *whole = text + minus, *dot = strchr(whole, '.');
	gsize digits = dot != NULL ? (gsize)(dot - whole) : strlen(whole), fraction = dot != NULL ? strlen(dot + 1) : 0;
	GString *made;

	if (!all_digits(whole, digits) || digits > DIGITS_MAX || fraction > fraction_max || (dot != NULL && !all_digits(dot + 1, fraction)))
		return NULL;
	while (digits > 1 && *whole == '0')
		whole++, digits--;
	while (fraction > 0 && dot[fraction] == '0')
		fraction--;
	made = g_string_new_len(whole, (gssize)digits);
	if (fraction > 0) {
		g_string_append_c(made, '.');
		g_string_append_len(made, dot + 1, (gssize)fraction);
	}
	if (minus && strcmp(made->str, "0") != 0)
		g_string_prepend_c(made, '-');
	return g_string_free(made, FALSE);
}

static const char *
read_int(FnValue *value, const char *text, json_t **out)
{
	gint64 number;

	if (strspn(text, "-0123456789") != strlen(text) || !g_ascii_string_to_signed(text, 10, -999999999999999, 999999999999999, &number, NULL))
		return FN_SAY("is not a whole number");
	if (!within(value, number))
		return BETWEEN;
	*out = json_integer(number);
	return NULL;
}

/* The whole part decides about bounds, which are whole; what is just above the upper one is above it. */
static gboolean
decimal_within(FnValue *value, const char *decimal)
{
	gint64 whole = g_ascii_strtoll(decimal, NULL, 10);
	gboolean more = strchr(decimal, '.') != NULL && *decimal != '-', less = strchr(decimal, '.') != NULL && *decimal == '-';

	if (less && !within(value, whole - 1))
		return FALSE;
	return within(value, more && value->field->max >= 0 && whole == value->field->max ? whole + 1 : whole);
}

static const char *
read_number(FnValue *value, const char *text, json_t **out)
{
	g_autofree char *decimal = decimal_of(text, 9);

	if (decimal == NULL || strlen(decimal) > 27)
		return FN_SAY("is not a number such as 12.5");
	if (!decimal_within(value, decimal))
		return BETWEEN;
	*out = json_string(decimal);
	return NULL;
}

static const char *
read_percent(FnValue *value, const char *text, json_t **out)
{
	g_autofree char *plain = g_str_has_suffix(text, "%") ? g_strndup(text, strlen(text) - 1) : g_strdup(text);
	g_autofree char *decimal = decimal_of(plain, 4);
	gint64 whole = decimal != NULL ? g_ascii_strtoll(decimal, NULL, 10) : -1;

	if (decimal == NULL || *decimal == '-' || whole > 100 || (whole == 100 && strchr(decimal, '.') != NULL))
		return FN_SAY("is not a percentage from 0 to 100");
	if (!decimal_within(value, decimal))
		return BETWEEN;
	*out = json_string(decimal);
	return NULL;
}

/* Yuan with at most two decimals, or whole fen. */
static const char *
read_money(FnValue *value, const char *text, json_t **out)
{
	g_autofree char *decimal = decimal_of(text, value->whole ? 0 : 2);
	const char *dot = decimal != NULL ? strchr(decimal, '.') : NULL;
	gint64 whole = decimal != NULL ? g_ascii_strtoll(decimal, NULL, 10) : 0, fen;

	if (decimal == NULL || whole > 9999999999999 || whole < -9999999999999)
		return FN_SAY("is not an amount in yuan such as 1280.50");
	fen = value->whole ? whole : whole * 100;
	if (dot != NULL)
		fen += (*decimal == '-' ? -1 : 1) * (g_ascii_digit_value(dot[1]) * 10 + (dot[2] != '\0' ? g_ascii_digit_value(dot[2]) : 0));
	if (!within(value, fen))
		return BETWEEN;
	*out = json_integer(fen);
	return NULL;
}

static char *
say_money(FnDb *db, const FnBookField *field, const json_t *stored)
{
	gint64 fen = json_integer_value(stored), absolute = ABS(fen);

	return g_strdup_printf("%s%" G_GINT64_FORMAT ".%02d", fen < 0 ? "-" : "", absolute / 100, (int)(absolute % 100));
}

static const char *
read_bool(FnValue *value, const char *text, json_t **out)
{
	static const char *const yes[] = { "true", "yes", "1", "是", "有", NULL }, *const no[] = { "false", "no", "0", "否", "无", NULL };
	g_autofree char *lower = g_ascii_strdown(text, -1);

	if (!g_strv_contains(yes, lower) && !g_strv_contains(no, lower))
		return FN_SAY("is neither yes nor no; write true or false");
	*out = json_boolean(g_strv_contains(yes, lower));
	return NULL;
}

static const char *
read_date(FnValue *value, const char *text, json_t **out)
{
	GDate day;

	g_date_clear(&day, 1);
	if (!fn_date_parse(text, &day, NULL))
		return FN_SAY("is not a date; write YYYY-MM-DD");
	*out = json_string(text);
	return NULL;
}

static const char *
read_enum(FnValue *value, const char *text, json_t **out)
{
	const FnNode *values = fn_node_get(value->field->node, "values"), *names = fn_node_get(value->field->node, "names");
	const char *one;

	for (guint i = 0; (one = fn_node_word(values, i)) != NULL; i++) {
		const FnNode *name = fn_node_get(names, one);

		if (strcmp(one, text) == 0 || g_strcmp0(fn_node_text(name, "zh"), text) == 0 ||
			(name != NULL && g_ascii_strcasecmp(fn_node_text(name, "en"), text) == 0)) {
			*out = json_string(one);
			return NULL;
		}
	}
	return FN_SAY("is none of the values that the register declares");
}

/* ---- identifiers ---- */

static const char *
read_credit_code(FnValue *value, const char *text, json_t **out)
{
	g_autofree char *upper = g_ascii_strup(text, -1);

	if (!fn_credit_code_well_formed(upper, strlen(upper)))
		return FN_SAY("is not a unified social credit code: 18 characters, of which the last checks the others");
	*out = json_string(upper);
	return NULL;
}

/* A hexadecimal digest, colons or none. */
static const char *
read_digest(FnValue *value, const char *text, json_t **out)
{
	g_autoptr(GString) hex = g_string_new(NULL);

	for (const char *at = text; *at != '\0'; at++)
		if (*at != ':' && *at != ' ')
			g_string_append_c(hex, g_ascii_tolower(*at));
	if (hex->len != 64 || strspn(hex->str, "0123456789abcdef") != 64)
		return FN_SAY("is not 64 hexadecimal digits (SHA-256 or SM3)");
	*out = json_string(hex->str);
	return NULL;
}

static gboolean
is_landline(const char *digits)
{
	gsize size = strlen(digits);

	if (g_str_has_prefix(digits, "400") || g_str_has_prefix(digits, "800"))
		return size == 10;
	if (*digits == '0' && digits[1] != '0')
		return size >= 10 && size <= 12;
	return *digits != '0' && ((size >= 7 && size <= 8) || size == 5 || size == 3); /* local; 12345; 110 */
}

/* Mobile, landline with its area and perhaps an extension, service number. Numbers that nobody was ever given are taken, too: they are
 * what demonstrations use. */
static const char *
read_phone(FnValue *value, const char *text, json_t **out)
{
	g_auto(GStrv) part = g_strsplit(text, g_strrstr(text, "转") != NULL ? "转" : "#", 2);
	g_autoptr(GString) digits = g_string_new(NULL);
	FnIssued issued = fn_issued_national();
	gboolean fine;

	fn_issued_add_mobile(&issued, FN_DEMO_MOBILE);
	for (const char *at = g_str_has_prefix(part[0], "+86") ? part[0] + 3 : part[0]; *at != '\0'; at++)
		if (strchr(" -()", *at) == NULL)
			g_string_append_c(digits, *at);
	fine = all_digits(digits->str, digits->len) &&
		(fn_mobile_check(digits->str, digits->len, &issued) || (digits->len != 11 || digits->str[0] == '0' ? is_landline(digits->str) : FALSE));
	if (part[1] != NULL)
		fine = fine && all_digits(part[1], strlen(part[1])) && strlen(part[1]) <= 6;
	if (!fine)
		return FN_SAY("is not a telephone number");
	if (part[1] != NULL)
		g_string_append_printf(digits, "#%s", part[1]);
	*out = json_string(digits->str);
	return NULL;
}

static const char *
read_time(FnValue *value, const char *text, json_t **out)
{
	guint hour, minute;

	if (strlen(text) != 5 || strspn(text, "0123456789") != 2 || text[2] != ':' || strspn(text + 3, "0123456789") != 2 ||
		sscanf(text, "%2u:%2u", &hour, &minute) != 2 || hour > 23 || minute > 59)
		return FN_SAY("is not a time of day such as 08:30");
	*out = json_string(text);
	return NULL;
}

static const char *
read_hours(FnValue *value, const char *text, json_t **out)
{
	guint from_hour, from_minute, to_hour, to_minute;
	char behind;

	if (strlen(text) != 11 || strspn(text, "0123456789:-") != 11 ||
		sscanf(text, "%2u:%2u-%2u:%2u%c", &from_hour, &from_minute, &to_hour, &to_minute, &behind) != 4 || from_hour > 23 || from_minute > 59 ||
		to_minute > 59 || to_hour > 24 || (to_hour == 24 && to_minute > 0) || (from_hour == to_hour && from_minute == to_minute))
		return FN_SAY("is not a time of day such as 08:00-18:00");
	*out = json_string(text);
	return NULL;
}

/* ---- names of the net ---- */

static gboolean
is_label(const char *label)
{
	gsize size = strlen(label);

	return size >= 1 && size <= 63 && *label != '-' && label[size - 1] != '-' &&
		strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

/* What says that it is a name in another script must be one, and come back from there as it was. */
static gboolean
is_in_script(const char *label)
{
	g_autofree char *written = g_hostname_to_unicode(label), *again = written != NULL ? g_hostname_to_ascii(written) : NULL;

	return again != NULL && strcmp(written, label) != 0 && strcmp(again, label) == 0;
}

/* In ASCII and lower case; NULL when it is no name of at least two labels. */
static char *
domain_of(const char *text)
{
	g_autofree char *ascii = strlen(text) <= 253 && strchr(text, ' ') == NULL ? g_hostname_to_ascii(text) : NULL;
	g_autofree char *lower = ascii != NULL ? g_ascii_strdown(ascii, -1) : NULL;
	g_auto(GStrv) label = lower != NULL ? g_strsplit(lower, ".", -1) : NULL;
	guint labels = label != NULL ? g_strv_length(label) : 0;

	if (labels < 2 || strlen(lower) > 253 || all_digits(label[labels - 1], strlen(label[labels - 1])))
		return NULL;
	for (guint i = 0; i < labels; i++)
		if (!is_label(label[i]) || (g_str_has_prefix(label[i], "xn--") && !is_in_script(label[i])))
			return NULL;
	return g_steal_pointer(&lower);
}

/* @suffix ends @domain at the border of a label, and something stands before it. */
static gboolean
ends_with(const char *domain, const char *suffix)
{
	g_autofree char *ascii = g_hostname_to_ascii(*suffix == '.' ? suffix + 1 : suffix);
	g_autofree char *dotted = ascii != NULL ? g_strconcat(".", ascii, NULL) : NULL;

	return dotted != NULL && strlen(domain) > strlen(dotted) && g_str_has_suffix(domain, dotted);
}

static gboolean
suits(FnValue *value, const char *domain)
{
	const FnNode *suffix = fn_node_get(value->field->node, "suffix");
	const char *one;

	for (guint i = 0; (one = fn_node_word(suffix, i)) != NULL; i++)
		if (ends_with(domain, one))
			return TRUE;
	value->limit = fn_node_word(suffix, 0);
	return suffix == NULL;
}

#define ENDS_OTHERWISE FN_SAY("does not end as the register demands")

static const char *
read_domain(FnValue *value, const char *text, json_t **out)
{
	g_autofree char *domain = domain_of(text);

	if (domain == NULL)
		return FN_SAY("is not a domain name");
	if (!suits(value, domain))
		return ENDS_OTHERWISE;
	*out = json_string(domain);
	return NULL;
}

static char *
say_domain(FnDb *db, const FnBookField *field, const json_t *stored)
{
	const char *text = json_string_value(stored);

	return text != NULL && strstr(text, "xn--") != NULL ? g_hostname_to_unicode(text) : NULL;
}

static gboolean
is_mail_user(const char *user)
{
	gsize size = strlen(user);

	return size >= 1 && size <= 64 && *user != '.' && user[size - 1] != '.' && strstr(user, "..") == NULL &&
		strspn(user, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+/=?^_`{|}~-") == size;
}

static const char *
read_email(FnValue *value, const char *text, json_t **out)
{
	const char *at = strrchr(text, '@');
	g_autofree char *user = at != NULL ? g_strndup(text, (gsize)(at - text)) : NULL, *domain = at != NULL ? domain_of(at + 1) : NULL;
	g_autofree char *lower = user != NULL ? g_ascii_strdown(user, -1) : NULL, *whole = NULL;

	if (user == NULL || domain == NULL || !is_mail_user(user))
		return FN_SAY("is not a mail address");
	if (!suits(value, domain))
		return ENDS_OTHERWISE;
	whole = g_strconcat(lower, "@", domain, NULL);
	*out = json_string(whole);
	return NULL;
}

static const char *
read_url(FnValue *value, const char *text, json_t **out)
{
	g_autoptr(GUri) uri = strlen(text) <= 2000 ? g_uri_parse(text, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED, NULL) : NULL;
	const char *host = uri != NULL ? g_uri_get_host(uri) : NULL;
	g_autofree char *domain = host != NULL ? domain_of(host) : NULL;
	struct in6_addr address;

	if (uri == NULL || (strcmp(g_uri_get_scheme(uri), "https") != 0 && strcmp(g_uri_get_scheme(uri), "http") != 0) || host == NULL ||
		(domain == NULL && inet_pton(AF_INET, host, &address) != 1 && inet_pton(AF_INET6, host, &address) != 1))
		return FN_SAY("is not an address such as https://www.example.gov.cn/");
	if (g_uri_get_userinfo(uri) != NULL)
		return FN_SAY("holds a name or a password; take it out");
	if (domain != NULL && !suits(value, domain))
		return ENDS_OTHERWISE;
	*out = json_string(text);
	return NULL;
}

/* One address, or a network whose bits behind the prefix are 0. */
static const char *
read_ip(FnValue *value, const char *text, json_t **out)
{
	g_auto(GStrv) part = g_strsplit(text, "/", 3);
	int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	guint bits = family == AF_INET6 ? 128 : 32;
	guint8 bytes[16] = { 0 };
	char written[INET6_ADDRSTRLEN];
	g_autofree char *whole = NULL;
	guint64 prefix = bits;

	if (inet_pton(family, part[0] != NULL ? part[0] : "", bytes) != 1 || (part[1] != NULL && part[2] != NULL) ||
		(part[1] != NULL && (strlen(part[1]) > 3 || !g_ascii_string_to_unsigned(part[1], 10, 0, bits, &prefix, NULL))))
		return FN_SAY("is not an IP address or network such as 10.1.2.0/24");
	for (guint i = (guint)prefix; i < bits; i++)
		if ((bytes[i / 8] & (0x80 >> i % 8)) != 0)
			return FN_SAY("has bits behind the prefix of the network; write the first address of it");
	inet_ntop(family, bytes, written, sizeof(written));
	whole = part[1] != NULL ? g_strdup_printf("%s/%u", written, (guint)prefix) : g_strdup(written);
	*out = json_string(whole);
	return NULL;
}

/* Six bytes of two digits, with the colons or hyphens that systems print; one form of it, so that no card stands twice. */
static const char *
read_mac(FnValue *value, const char *text, json_t **out)
{
	g_autofree char *lower = g_strdelimit(g_ascii_strdown(text, -1), "-", ':');
	g_auto(GStrv) part = g_strsplit(lower, ":", 7);
	gboolean fine = g_strv_length(part) == 6;

	for (guint i = 0; fine && i < 6; i++)
		fine = strlen(part[i]) == 2 && strspn(part[i], "0123456789abcdef") == 2;
	if (!fine)
		return FN_SAY("is not a network card's address such as 00:1b:21:3c:4d:5e");
	*out = json_string(lower);
	return NULL;
}

/* ---- what points at something ---- */

static char *
ask(FnValue *value, const FnSql *sql, const char *text, gboolean within_organization)
{
	const FnBind binds[] = { FN_TEXT("value", text), within_organization ? FN_TEXT("organization", value->organization) : (FnBind){ 0 }, { 0 } };

	return value->failed != NULL ? NULL : fn_db_text(value->db, sql, binds, &value->failed);
}

static const char *
found(char *id, const char *reason, json_t **out)
{
	if (id == NULL)
		return reason;
	*out = json_string(id);
	g_free(id);
	return NULL;
}

/* An account of the organization whose record it is, by id, login or real name. */
static const char *
read_person(FnValue *value, const char *text, json_t **out)
{
	char *id = ask(value, &fn_sql_register_person, text, TRUE);

	if (id == NULL)
		id = ask(value, &fn_sql_register_person_login, text, TRUE);
	if (id == NULL && *value->organization != '\0')
		id = ask(value, &fn_sql_register_person_named, text, TRUE);
	return found(id, FN_SAY("is nobody with an active account in the organization"), out);
}

static char *
name_by(FnDb *db, const FnSql *sql, const json_t *stored)
{
	return fn_db_text(db, sql, FN_BINDS(FN_TEXT("id", json_string_value(stored))), NULL);
}

static char *
say_person(FnDb *db, const FnBookField *field, const json_t *stored)
{
	return name_by(db, &fn_sql_register_person_name, stored);
}

static const char *
read_organization(FnValue *value, const char *text, json_t **out)
{
	char *id = ask(value, &fn_sql_register_organization_active, text, FALSE);

	if (id == NULL)
		id = ask(value, &fn_sql_register_organization_named, text, FALSE);
	return found(id, FN_SAY("is no organization that the platform knows"), out);
}

static char *
say_organization(FnDb *db, const FnBookField *field, const json_t *stored)
{
	return name_by(db, &fn_sql_register_organization_name, stored);
}

static const char *
read_system(FnValue *value, const char *text, json_t **out)
{
	char *id = ask(value, &fn_sql_register_system, text, TRUE);

	if (id == NULL && *value->organization != '\0')
		id = ask(value, &fn_sql_register_system_named, text, TRUE);
	return found(id, FN_SAY("is no active system of the organization"), out);
}

static char *
say_system(FnDb *db, const FnBookField *field, const json_t *stored)
{
	return name_by(db, &fn_sql_register_system_name, stored);
}

static const char *
read_resource(FnValue *value, const char *text, json_t **out)
{
	return found(ask(value, &fn_sql_register_resource, text, FALSE), FN_SAY("is no resource of the catalog"), out);
}

static const char *
read_grant(FnValue *value, const char *text, json_t **out)
{
	return found(ask(value, &fn_sql_register_grant, text, TRUE), FN_SAY("is no grant of or from the organization"), out);
}

static const char *
read_case(FnValue *value, const char *text, json_t **out)
{
	return found(ask(value, &fn_sql_register_case, text, FALSE), FN_SAY("is no case"), out);
}

/* A record of another register, active now: the organization's own one, by id or key. */
static const char *
read_reference(FnValue *value, const char *text, json_t **out)
{
	g_autoptr(FnBook) other = fn_book_open(value->book->rules, fn_node_text(value->field->node, "of"), &value->failed);
	g_autoptr(FnRecord) record = NULL;
	g_autoptr(GError) why = NULL;

	if (other == NULL)
		return NULL;
	record = fn_record_read(value->db, other, text, &why);
	if (record == NULL && !g_error_matches(why, FN_REGISTER_ERROR, FN_REGISTER_ERROR_UNKNOWN)) {
		value->failed = g_steal_pointer(&why);
		return NULL;
	}
	if (record == NULL)
		record = fn_record_with_key(value->db, other, other->city ? "" : value->organization, text, &value->failed);
	if (value->failed != NULL)
		return NULL;
	if (record == NULL || strcmp(record->state, "active") != 0 ||
		(!other->city && *value->organization != '\0' && strcmp(record->organization, value->organization) != 0))
		return FN_SAY("is no active record of the register that it refers to");
	*out = json_string(record->id);
	return NULL;
}

static char *
say_reference(FnDb *db, const FnBookField *field, const json_t *stored)
{
	return name_by(db, &fn_sql_register_key_of, stored);
}

/* A list comes here one by one. */
const FnBookType fn_book_types[] = {
	{ "text", read_text, NULL },
	{ "texts", read_text, NULL },
	{ "int", read_int, NULL },
	{ "number", read_number, NULL },
	{ "bool", read_bool, NULL },
	{ "date", read_date, NULL },
	{ "enum", read_enum, NULL },
	{ "person", read_person, say_person },
	{ "organization", read_organization, say_organization },
	{ "credit_code", read_credit_code, NULL },
	{ "domain", read_domain, say_domain },
	{ "email", read_email, NULL },
	{ "url", read_url, NULL },
	{ "phone", read_phone, NULL },
	{ "ip", read_ip, NULL },
	{ "mac", read_mac, NULL },
	{ "fingerprint", read_digest, NULL },
	{ "time", read_time, NULL },
	{ "hours", read_hours, NULL },
	{ "percent", read_percent, NULL },
	{ "money", read_money, say_money },
	{ "digest", read_digest, NULL },
	{ "system", read_system, say_system },
	{ "resource", read_resource, NULL },
	{ "grant", read_grant, NULL },
	{ "case", read_case, NULL },
	{ "reference", read_reference, say_reference },
	{ 0 },
};

const FnBookType *
fn_book_type(const char *name)
{
	for (const FnBookType *type = fn_book_types; type->name != NULL; type++)
		if (strcmp(type->name, name) == 0)
			return type;
	g_error("rules: the schema lets the field type \"%s\" pass, which src/register/value.c does not know", name);
}

/* ---- taking ---- */

static json_t *
take_text(FnValue *value, const char *text, const char **reason_out)
{
	g_autofree char *own = g_strstrip(g_strdup(text));
	json_t *stored = NULL;

	*reason_out = !g_utf8_validate(own, -1, NULL) ? ON_A_LINE : *own == '\0' ? FN_SAY("is missing") : NULL;
	if (*reason_out != NULL)
		return NULL;
	*reason_out = value->field->type->read(value, own, &stored);
	return stored;
}

static gboolean
is_list(const FnValue *value)
{
	return strcmp(value->field->type->name, "texts") == 0;
}

static json_t *
take_list(FnValue *value, const json_t *given, const char **reason_out)
{
	json_t *stored = json_array();

	*reason_out = NULL;
	if (json_array_size(given) > TEXTS_MAX)
		*reason_out = FN_SAY("has more entries than a list may have");
	for (gsize i = 0; i < json_array_size(given) && *reason_out == NULL; i++) {
		const char *text = json_string_value(json_array_get(given, i));
		json_t *one = text != NULL ? take_text(value, text, reason_out) : NULL;

		if (text == NULL)
			*reason_out = FN_SAY("must be a list of texts");
		else if (one != NULL)
			json_array_append_new(stored, one);
	}
	if (*reason_out == NULL)
		return stored;
	json_decref(stored);
	return NULL;
}

json_t *
fn_value_take(FnValue *value, const json_t *given, const char **reason_out)
{
	char number[32];

	*reason_out = NULL;
	if (is_list(value) && json_is_array(given))
		return take_list(value, given, reason_out);
	if (json_is_string(given) && !is_list(value))
		return take_text(value, json_string_value(given), reason_out);
	if (json_is_boolean(given) && strcmp(value->field->type->name, "bool") == 0)
		return json_boolean(json_is_true(given));
	if (json_is_integer(given) && strcmp(value->field->type->name, "bool") != 0) {
		g_snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(given));
		value->whole = TRUE;
		return take_text(value, number, reason_out);
	}
	*reason_out = is_list(value) ? FN_SAY("must be a list of texts") : FN_SAY("is of another type than the field");
	return NULL;
}

/* A list stands in one cell with semicolons or line breaks between. What an export guarded against being a formula is taken as it was. */
json_t *
fn_value_take_cell(FnValue *value, const char *cell, const char **reason_out)
{
	const char *text = cell[0] == '\'' && cell[1] != '\0' && strchr("=+-@\t\r", cell[1]) != NULL ? cell + 1 : cell;
	g_auto(GStrv) part = NULL;
	json_t *list, *stored;

	if (!is_list(value))
		return take_text(value, text, reason_out);
	if (!g_utf8_validate(text, -1, NULL)) {
		*reason_out = ON_A_LINE;
		return NULL;
	}
	{
		g_autofree char *plain = g_strdelimit(g_strdup(text), "\n\r", ';');
		g_auto(GStrv) wide = g_strsplit(plain, "；", -1);
		g_autofree char *joined = g_strjoinv(";", wide);

		part = g_strsplit(joined, ";", -1);
	}
	list = json_array();
	for (guint i = 0; part[i] != NULL; i++)
		if (*g_strstrip(part[i]) != '\0')
			json_array_append_new(list, json_string(part[i]));
	stored = take_list(value, list, reason_out);
	json_decref(list);
	return stored;
}

char *
fn_value_text(const json_t *stored)
{
	if (json_is_string(stored))
		return g_strdup(json_string_value(stored));
	if (json_is_integer(stored))
		return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(stored));
	return g_strdup(json_is_true(stored) ? "true" : "false");
}

#include "people/people_priv.h"

#include "base/say.h"
#include "base/text.h"

#include <argon2.h>
#include <string.h>

static const FnPasswordCost standard = { 3, 64 * 1024 };
static const guint32 most_kib = 256 * 1024;

char *
fn_password_hash(const char *password, const FnPasswordCost *cost, GError **error)
{
	guint8 salt[16];
	char encoded[128];
	int failed;

	if (cost == NULL)
		cost = &standard;
	fn_random(salt, sizeof salt);
	failed = argon2id_hash_encoded(
		cost->passes, cost->kib, 1, password, strlen(password), salt, sizeof salt, 32, encoded, sizeof encoded);
	if (failed == ARGON2_OK)
		return g_strdup(encoded);
	fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_PASSWORD,
		"the password cannot be hashed (%s); check that 64 MiB of memory are free",
		argon2_error_message(failed));
	return NULL;
}

/* The memory that verifying would take stands in the text: what a damaged row asks for is bounded here. */
static gboolean
affordable(const char *encoded)
{
	static const char head[] = "$argon2id$v=19$m=";

	if (encoded == NULL || !g_str_has_prefix(encoded, head))
		return FALSE;
	return g_ascii_strtoull(encoded + strlen(head), NULL, 10) <= most_kib;
}

gboolean
fn_password_verify(const char *encoded, const char *password)
{
	return affordable(encoded) && argon2id_verify(encoded, password, strlen(password)) == ARGON2_OK;
}

gboolean
fn_password_verify_nobody(const char *password)
{
	/* Nobody's: random salt and hash at the standard cost. */
	static const char nobody[] = "$argon2id$v=19$m=65536,t=3,p=1$7XOQ0mVbPzbyGyjcCkqYyw$"
				     "5aDgDXGqLJZt4oYUR0cP3Gx7mBqjG0Rk0wWcW4XyJm8";

	(void)fn_password_verify(nobody, password);
	return FALSE;
}

/* Words that people in this country take, folded: lower case, with the usual replacements undone. */
static const char *const weak_words[] = {
	"administrator",
	"password",
	"passwd",
	"admin",
	"root",
	"guest",
	"manager",
	"master",
	"system",
	"server",
	"public",
	"welcome",
	"letmein",
	"iloveyou",
	"dragon",
	"monkey",
	"sunshine",
	"secret",
	"login",
	"user",
	"test",
	"demo",
	"pass",
	"hello",
	"super",
	"china",
	"office",
	"oracle",
	"mysql",
	"postgres",
	"huawei",
	"lenovo",
	"tencent",
	"weixin",
	"wechat",
	"taobao",
	"alibaba",
	"baidu",
	"woaini",
	"woaiwojia",
	"woaizhongguo",
	"aini",
	"wodemima",
	"mima",
	"nihao",
	"zhongguo",
	"zhonghua",
	"beijing",
	"shanghai",
	"guangzhou",
	"shenzhen",
	"hebei",
	"shandong",
	"henan",
	"shijiazhuang",
	"pingdingshan",
	"dezhou",
	"zhengfu",
	"zhengwu",
	"shuju",
	"xinxi",
	"gongan",
	"guanli",
	"guanliyuan",
	"ceshi",
	"bangong",
	"renmin",
	"fuwuqi",
	"diannao",
	"xiaoming",
	"zhangwei",
	"wangwei",
	"lina",
	"liwei",
	"caonima",
	"buzhidao",
	"wangyi",
	"xitong",
	"anquan",
	"gongxiang",
	"jiaohuan",
	"pingtai",
	"fengni",
};
/* Digits with a meaning, which no run catches. */
static const char *const weak_digits[] = { "5201314", "1314520", "147258369", "159357", "258456", "110120", "112233",
	"123321", "121212", "131313", "101010", "1314", "520", "521", "168", "886", "119" };
static const char *const rows_of_keys[] = { "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv", "qazwsxedcrfv",
	"zaq1xsw2cde3", "1234567890", "!@#$%^&*()", "abcdefghijklmnopqrstuvwxyz" };

static void
cut_word(char *text, const char *word)
{
	gsize size = strlen(word);
	char *at;

	while ((at = strstr(text, word)) != NULL)
		memmove(at, at + size, strlen(at + size) + 1);
}

/* How many characters from @text on stand side by side on a row of keys, forwards or backwards. */
static gsize
run_on_row(const char *text, const char *row)
{
	gsize longest = 0;

	for (const char *at = strchr(row, *text); at != NULL && *text != '\0'; at = strchr(at + 1, *text)) {
		gsize up = 1, down = 1;

		while (text[up] != '\0' && text[up] == at[up])
			up++;
		while (text[down] != '\0' && (gsize)(at - row) >= down && text[down] == at[-(gssize)down])
			down++;
		longest = MAX(longest, MAX(up, down));
	}
	return longest;
}

static gsize
run_length(const char *text)
{
	gsize longest = 1;

	while (text[longest] != '\0' && text[longest] == text[0])
		longest++;
	for (gsize i = 0; i < G_N_ELEMENTS(rows_of_keys); i++)
		longest = MAX(longest, run_on_row(text, rows_of_keys[i]));
	return longest;
}

/* Takes runs of three and more (123, cba, aaa, qwe) out. */
static void
cut_runs(char *text)
{
	char *to = text;

	while (*text != '\0') {
		gsize run = run_length(text);

		if (run >= 3) {
			text += run;
			continue;
		}
		*to++ = *text++;
	}
	*to = '\0';
}

static gboolean
two_digits(const char *text, guint from, guint until)
{
	guint number;

	if (!g_ascii_isdigit(text[0]) || !g_ascii_isdigit(text[1]))
		return FALSE;
	number = (guint)(text[0] - '0') * 10 + (guint)(text[1] - '0');
	return number >= from && number <= until;
}

/* 4 for a year from 1900 to 2049 at @text, 8 when month and day follow, else 0. */
static gsize
date_length(const char *text)
{
	gboolean year = two_digits(text, 19, 20) && two_digits(text + 2, 0, text[0] == '1' ? 99 : 49);

	if (!year)
		return 0;
	return two_digits(text + 4, 1, 12) && two_digits(text + 6, 1, 31) ? 8 : 4;
}

/* Birthdays, and the year of the last forced change. */
static void
cut_dates(char *text)
{
	char *to = text;

	while (*text != '\0') {
		gsize date = date_length(text);

		if (date > 0) {
			text += date;
			continue;
		}
		*to++ = *text++;
	}
	*to = '\0';
}

static void
undo_replacements(char *text)
{
	static const char from[] = "@0$3!1", to[] = "aoseii";

	for (; *text != '\0'; text++) {
		const char *at = strchr(from, *text);

		if (at != NULL)
			*text = to[at - from];
	}
}

static void
cut_words(char *text, const char *const *words, gsize n)
{
	for (gsize i = 0; i < n; i++)
		cut_word(text, words[i]);
}

/* What is left when everything that a guesser tries first is taken out. */
static gsize
own_characters(const char *folded, gboolean replace)
{
	g_autofree char *text = g_strdup(folded);
	gsize left;

	if (!replace) {
		cut_words(text, weak_digits, G_N_ELEMENTS(weak_digits));
		cut_dates(text);
		cut_runs(text);
	} else {
		undo_replacements(text);
	}
	cut_words(text, weak_words, G_N_ELEMENTS(weak_words));
	cut_runs(text);
	left = (gsize)g_utf8_strlen(text, -1);
	explicit_bzero(text, strlen(folded));
	return left;
}

/* Both views of the same text must leave enough: as it is typed, and with "p@ssw0rd" read as "password". */
static gboolean
is_weak(const char *folded)
{
	const gsize enough = 4;

	return own_characters(folded, FALSE) < enough || own_characters(folded, TRUE) < enough;
}

static gboolean
contains_folded(const char *folded, const char *word)
{
	g_autofree char *small = word == NULL ? NULL : g_utf8_casefold(word, -1);

	return small != NULL && g_utf8_strlen(small, -1) >= 2 && strstr(folded, small) != NULL;
}

static gboolean
contains_backwards(const char *folded, const char *login)
{
	g_autofree char *back = login == NULL ? NULL : g_utf8_strreverse(login, -1);

	return back != NULL && strlen(back) >= 3 && contains_folded(folded, back);
}

static const char *
broken_kind(const char *password)
{
	gboolean letter = FALSE, digit = FALSE, special = FALSE;

	for (const char *at = password; *at != '\0'; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (!g_unichar_isprint(c))
			return FN_SAY("holds a control character");
		letter |= g_unichar_isalpha(c);
		digit |= g_unichar_isdigit(c);
		special |= !g_unichar_isalnum(c);
	}
	if (!letter)
		return FN_SAY("has no letter");
	if (!digit)
		return FN_SAY("has no digit");
	return special ? NULL : FN_SAY("has no special character");
}

static const char *
broken_rule(const char *password, const char *login, const char *real_name)
{
	g_autofree char *folded = NULL;
	const char *kind, *broken = NULL;

	if (password == NULL || !g_utf8_validate(password, -1, NULL))
		return FN_SAY("is not UTF-8 text");
	if (strlen(password) > FN_PASSWORD_MAX)
		return FN_SAY("is longer than 256 bytes");
	if (g_utf8_strlen(password, -1) < 8)
		return FN_SAY("is shorter than 8 characters");
	kind = broken_kind(password);
	if (kind != NULL)
		return kind;
	folded = g_utf8_casefold(password, -1);
	if (contains_folded(folded, login) || contains_backwards(folded, login))
		broken = FN_SAY("contains the login name");
	else if (contains_folded(folded, real_name))
		broken = FN_SAY("contains the person's name");
	else if (is_weak(folded))
		broken = FN_SAY("is made of words, runs and dates that are guessed first; add at least four characters of "
			 "your own");
	explicit_bzero(folded, strlen(folded));
	return broken;
}

gboolean
fn_password_policy(const char *password, const char *login, const char *real_name, GError **error)
{
	const char *broken = broken_rule(password, login, real_name);

	if (broken == NULL)
		return TRUE;
	fn_refuse(error, FN_PEOPLE_ERROR, FN_PEOPLE_ERROR_PASSWORD, "the password %s", fn_say(broken));
	return FALSE;
}

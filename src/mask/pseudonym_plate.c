/* Number plates of civil vehicles (GA 36), table 1.
 *
 * Behind the province and the city's letter an ordinary plate has at most two letters among its digits, a new-energy plate one
 * letter for the kind of drive and at most one beside it. Pseudonyms have the same length, province and letter, and more
 * letters than any plate: three among an ordinary one's, two beside the letter for the drive. The letters I and O, which no
 * plate has, are not used to tell them apart: who copies a plate by hand would make 1 and 0 of them, and it would be someone's. */
#include "mask/pseudonym_priv.h"

static const char provinces[] = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新";
static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ", digits[] = "0123456789", drives[] = "DABCEFGHJK";
static const char *const dots[] = { "·", "•", "・", ".", "-", " " };
static const char *const suffixes[] = { "挂", "学", "警", "港", "澳", "使", "领", "试", "超", "应急" };
enum { HAN = 3, PROVINCES = (sizeof(provinces) - 1) / HAN, LETTERS = sizeof(letters) - 1, CITIES = PROVINCES * LETTERS, LONGEST = 16 };
G_STATIC_ASSERT(PROVINCES == 31 && LETTERS == 24);

/* What stands behind the city's letter: d a digit, L a letter, K a drive. A text fits one pattern of its shape and form. */
static const struct {
	guint n;
	gboolean suffix;
	const char *clear[17], *pseudonym[11];
} shapes[] = {
	{ 5, FALSE, { "ddddd", "Ldddd", "dLddd", "ddLdd", "dddLd", "ddddL", "LLddd", "LdLdd", "LddLd", "LdddL", "dLLdd", "dLdLd", "dLddL",
		"ddLLd", "ddLdL", "dddLL" },
		{ "LLLdd", "LLdLd", "LLddL", "LdLLd", "LdLdL", "LddLL", "dLLLd", "dLLdL", "dLdLL", "ddLLL" } },
	{ 4, TRUE, { "dddd", "Lddd", "dLdd", "ddLd", "dddL", "LLdd", "LdLd", "LddL", "dLLd", "dLdL", "ddLL" },
		{ "LLLd", "LLdL", "LdLL", "dLLL" } },
	{ 6, FALSE, { "Kddddd", "KLdddd" }, { "KLLddd" } },
	{ 6, FALSE, { "dddddK" }, { "LLdddK" } },
};

static const char *
class_of(char c)
{
	return c == 'd' ? digits : c == 'L' ? letters : drives;
}

static guint
count_one(const char *pattern)
{
	guint count = 1;

	for (; *pattern != '\0'; pattern++)
		count *= (guint)strlen(class_of(*pattern));
	return count;
}

static guint
count(const char *const *pattern)
{
	guint sum = 0;

	for (; *pattern != NULL; pattern++)
		sum += count_one(*pattern);
	return sum;
}

static void
describe(guint shape, guint *radix, guint *n, FnRank *domain)
{
	g_assert(count(shapes[shape].clear) <= count(shapes[shape].pseudonym));
	*domain = (FnRank)CITIES * count(shapes[shape].clear);
	*n = 3;
	*radix = fn_rank_radix(*domain, *n);
}

/* Bytes of the one of @texts at @at, 0 when none stands there. */
static guint32
one_of(const char *const *texts, gsize n, const char *at, const char *end)
{
	for (gsize i = 0; i < n; i++) {
		gsize size = strlen(texts[i]);

		if (size <= (gsize)(end - at) && memcmp(at, texts[i], size) == 0)
			return (guint32)size;
	}
	return 0;
}

/* A plate apart: the city's place, letters and digits behind it in capitals, and the suffix. */
typedef struct {
	guint city, n;
	char serial[6];
	const char *suffix; /* in the text that was read */
	guint32 suffix_size;
} Plate;

/* Where the province ends and a blank or two behind it; NULL when none begins @text. */
static const char *
read_province(const char *text, const char *end, guint *province)
{
	for (*province = 0; *province < PROVINCES; (*province)++)
		if (end - text > HAN && memcmp(text, provinces + *province * HAN, HAN) == 0) {
			for (text += HAN; text < end && *text == ' ';)
				text++;
			return text;
		}
	return NULL;
}

static gboolean
read_plate(const char *text, guint32 size, Plate *plate)
{
	const char *end = text + size, *at;
	int letter;
	guint province;

	at = read_province(text, end, &province);
	if (at == NULL || at == end || (letter = fn_rank_place(letters, LETTERS, (guint8)g_ascii_toupper(*at))) < 0)
		return FALSE;
	plate->city = province * LETTERS + (guint)letter;
	at++;
	at += one_of(dots, G_N_ELEMENTS(dots), at, end);
	for (plate->n = 0; at < end && g_ascii_isalnum(*at); at++) {
		if (plate->n == sizeof(plate->serial))
			return FALSE;
		plate->serial[plate->n++] = g_ascii_toupper(*at);
	}
	plate->suffix = at;
	plate->suffix_size = (guint32)(end - at);
	return plate->suffix_size == one_of(suffixes, G_N_ELEMENTS(suffixes), at, end);
}

static gboolean
read_pattern(const char *pattern, const char *serial, guint *rank)
{
	*rank = 0;
	for (; *pattern != '\0'; pattern++, serial++) {
		const char *class = class_of(*pattern);
		int place = fn_rank_place(class, strlen(class), (guint8)*serial);

		if (place < 0)
			return FALSE;
		*rank = *rank * (guint)strlen(class) + (guint)place;
	}
	return TRUE;
}

static gboolean
read_serial(const char *const *pattern, const char *serial, guint *rank)
{
	guint before = 0;

	for (; *pattern != NULL; before += count_one(*pattern++))
		if (read_pattern(*pattern, serial, rank)) {
			*rank += before;
			return TRUE;
		}
	return FALSE;
}

/* The city counts least, so that pseudonyms are of all provinces. */
static int
read_form(const char *text, guint32 size, gboolean pseudonym, FnRank *rank)
{
	Plate plate;
	guint serial;

	if (!read_plate(text, size, &plate))
		return -1;
	for (guint i = 0; i < G_N_ELEMENTS(shapes); i++)
		if (shapes[i].n == plate.n && shapes[i].suffix == (plate.suffix_size > 0) &&
			read_serial(pseudonym ? shapes[i].pseudonym : shapes[i].clear, plate.serial, &serial)) {
			*rank = (guint64)serial * CITIES + plate.city;
			return (int)i;
		}
	return -1;
}

static void
write_serial(const char *const *pattern, guint rank, char *out)
{
	guint n, here;

	for (; rank >= (here = count_one(*pattern)); rank -= here)
		pattern++;
	for (n = (guint)strlen(*pattern); n > 0; n--) {
		const char *class = class_of((*pattern)[n - 1]);

		out[n - 1] = class[rank % strlen(class)];
		rank /= (guint)strlen(class);
	}
}

static guint32
write_form(guint shape, guint64 rank, gboolean pseudonym, const char *beside, guint32 size, char *out)
{
	guint city = (guint)(rank % CITIES), n = HAN + 1 + shapes[shape].n;
	Plate plate;

	memcpy(out, provinces + city / LETTERS * HAN, HAN);
	out[HAN] = letters[city % LETTERS];
	write_serial(pseudonym ? shapes[shape].pseudonym : shapes[shape].clear, (guint)(rank / CITIES), out + HAN + 1);
	if (!shapes[shape].suffix)
		return n;
	g_assert(read_plate(beside, size, &plate));
	memcpy(out + n, plate.suffix, plate.suffix_size);
	return n + plate.suffix_size;
}

static int
read_clear(const char *text, guint32 size, FnRank *rank)
{
	return read_form(text, size, FALSE, rank);
}

static guint32
write_clear(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	return write_form(shape, (guint64)rank, FALSE, beside, size, out);
}

static int
read_pseudonym(const char *text, guint32 size, FnRank *rank)
{
	return read_form(text, size, TRUE, rank);
}

static guint32
write_pseudonym(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	return write_form(shape, (guint64)rank, TRUE, beside, size, out);
}

const FnPseudonymKind fn_pseudonym_plate = { "plate", 1, G_N_ELEMENTS(shapes), LONGEST, describe, { read_clear, write_clear },
	{ read_pseudonym, write_pseudonym } };

/* Unified social credit codes (GB 32100), table 1.
 *
 * In: the twelve authorities that register, categories 1-9, any six digits of place, an organization code. Out: authorities
 * and places that there are not; both check characters are right. An organization code whose own check character is wrong is
 * of another shape, and stays wrong. */
#include "mask/pseudonym_priv.h"

#include "base/identifiers.h"

static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
static const char authorities[] = "123456789ANY", categories[] = "123456789";
static const char free_authorities[] = "0BCDEFGHJKLMPQRTUWX", free_categories[] = "0123456789AB";
static const guint8 free_places[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 18, 19, 20, 24, 25, 26, 27, 28, 29, 30, 38, 39, 40, 47, 48, 49,
	55, 56, 57, 58, 59, 60, 70, 72, 73, 74, 75, 76, 77, 78, 79, 80, 84, 85, 86, 87, 88, 89 };
enum { SIZE = 18, PLACES = 1000000, FREE_PLACES = G_N_ELEMENTS(free_places) * 10000, LETTERS = sizeof(alphabet) - 1, WRONG = 1 };
#define HEADS ((sizeof(authorities) - 1) * (sizeof(categories) - 1))
#define FREE_HEADS ((sizeof(free_authorities) - 1) * (sizeof(free_categories) - 1))
#define ORGANIZATIONS G_GUINT64_CONSTANT(852891037441) /* LETTERS^8 */
G_STATIC_ASSERT(FREE_HEADS * FREE_PLACES >= HEADS * PLACES);

static void
describe(guint shape, guint *radix, guint *n, FnRank *domain)
{
	*domain = (FnRank)(HEADS * PLACES) * ORGANIZATIONS * (shape == WRONG ? LETTERS - 1 : 1);
	*n = 6;
	*radix = fn_rank_radix(*domain, *n);
}

/* Nine characters of organization: the shape, and the rank among its organizations; -1 when one is not in the alphabet. */
static int
read_organization(const char *text, FnRank *rank)
{
	int right, given, place;

	*rank = 0;
	for (guint i = 0; i < 8; i++) {
		if ((place = fn_rank_place(alphabet, LETTERS, (guint8)text[i])) < 0)
			return -1;
		*rank = *rank * LETTERS + (FnRank)place;
	}
	right = fn_rank_place(alphabet, LETTERS, (guint8)fn_organization_code_check_character(text));
	given = fn_rank_place(alphabet, LETTERS, (guint8)text[8]);
	if (given < 0 || given == right)
		return given < 0 ? -1 : 0;
	*rank = *rank * (LETTERS - 1) + (FnRank)(given - (given > right));
	return WRONG;
}

static void
write_organization(guint shape, FnRank rank, char *out)
{
	guint other = shape == WRONG ? (guint)(rank % (LETTERS - 1)) : 0;
	guint64 organization = (guint64)(shape == WRONG ? rank / (LETTERS - 1) : rank);
	int right;

	for (guint i = 8; i > 0; i--, organization /= LETTERS)
		out[i - 1] = alphabet[organization % LETTERS];
	out[8] = fn_organization_code_check_character(out);
	right = fn_rank_place(alphabet, LETTERS, (guint8)out[8]);
	if (shape == WRONG)
		out[8] = alphabet[other + (guint)((int)other >= right)];
}

/* How many organizations a shape has. */
static FnRank
organizations(guint shape)
{
	return (FnRank)ORGANIZATIONS * (shape == WRONG ? LETTERS - 1 : 1);
}

/* What both forms have: characters, check character, organization, six digits of place. @upper is the text in capitals. */
static int
read_code(const char *text, guint32 size, char *upper, FnRank *organization)
{
	if (size != SIZE)
		return -1;
	for (guint i = 0; i < SIZE; i++)
		upper[i] = g_ascii_toupper(text[i]);
	if (!fn_rank_digits(upper + 2, 6) || fn_credit_code_check_character(upper) != upper[17])
		return -1;
	return upper[17] == '\0' ? -1 : read_organization(upper + 8, organization);
}

static int
read_clear(const char *text, guint32 size, FnRank *rank)
{
	char upper[SIZE];
	FnRank organization;
	int shape = read_code(text, size, upper, &organization), authority, category;

	if (shape < 0)
		return -1;
	authority = fn_rank_place(authorities, sizeof(authorities) - 1, (guint8)upper[0]);
	category = fn_rank_place(categories, sizeof(categories) - 1, (guint8)upper[1]);
	if (authority < 0 || category < 0)
		return -1;
	*rank = ((guint64)authority * (sizeof(categories) - 1) + (guint64)category) * PLACES + fn_rank_number(upper + 2, 6);
	*rank = *rank * organizations((guint)shape) + organization;
	return shape;
}

static guint32
write_code(char authority, char category, guint place, guint shape, FnRank organization, char *out)
{
	out[0] = authority;
	out[1] = category;
	fn_rank_write(place, out + 2, 6);
	write_organization(shape, organization, out + 8);
	out[17] = fn_credit_code_check_character(out);
	return SIZE;
}

static guint32
write_clear(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	guint64 rest = (guint64)(rank / organizations(shape));
	guint head = (guint)(rest / PLACES);

	return write_code(authorities[head / (sizeof(categories) - 1)], categories[head % (sizeof(categories) - 1)],
		(guint)(rest % PLACES), shape, rank % organizations(shape), out);
}

static int
read_pseudonym(const char *text, guint32 size, FnRank *rank)
{
	char upper[SIZE];
	FnRank organization;
	int shape = read_code(text, size, upper, &organization), authority, category, place;

	if (shape < 0)
		return -1;
	authority = fn_rank_place(free_authorities, sizeof(free_authorities) - 1, (guint8)upper[0]);
	category = fn_rank_place(free_categories, sizeof(free_categories) - 1, (guint8)upper[1]);
	place = fn_rank_place(free_places, sizeof(free_places), fn_rank_number(upper + 2, 2));
	if (authority < 0 || category < 0 || place < 0)
		return -1;
	*rank = (guint64)authority * (sizeof(free_categories) - 1) + (guint64)category;
	*rank = *rank * FREE_PLACES + (guint64)place * 10000 + fn_rank_number(upper + 4, 4);
	*rank = *rank * organizations((guint)shape) + organization;
	return shape;
}

static guint32
write_pseudonym(guint shape, FnRank rank, const char *beside, guint32 size, char *out)
{
	guint64 rest = (guint64)(rank / organizations(shape));
	guint head = (guint)(rest / FREE_PLACES), place = (guint)(rest % FREE_PLACES);

	return write_code(free_authorities[head / (sizeof(free_categories) - 1)], free_categories[head % (sizeof(free_categories) - 1)],
		free_places[place / 10000] * 10000u + place % 10000, shape, rank % organizations(shape), out);
}

const FnPseudonymKind fn_pseudonym_credit_code = { "credit_code", 1, 2, SIZE, describe, { read_clear, write_clear },
	{ read_pseudonym, write_pseudonym } };

/* Inside of scan: detectors, validators, tokens, words. */
#pragma once

#include "base/identifiers.h"
#include "base/json.h"
#include "base/pool.h"
#include "scan/regex.h"
#include "scan/scan.h"
#include "scan/words.h"

typedef struct FnTable FnTable;

/* How sure a validator is. WEAK: the shape is right; STRONG: what can be checked was checked. */
typedef enum { FN_MATCH_NONE = 0, FN_MATCH_WEAK, FN_MATCH_STRONG } FnMatch;

typedef enum {
	FN_VALIDATE_TOKEN,  /* a run of ASCII letters and digits */
	FN_VALIDATE_AROUND, /* around the words of the file, and around signs */
	FN_VALIDATE_MARK,   /* the same; words may be spread by blanks */
	FN_VALIDATE_WORD,   /* the words of the file are the findings */
	FN_VALIDATE_REGEX,  /* a pattern of the file around its anchors */
	FN_VALIDATE_VALUE,  /* whole values of a column only */
} FnValidateKind;

/* Where something may stand: bytes of a window with a word of the file, or a sign, at [start, end). */
typedef struct {
	const char *bytes;
	gsize size;
	gsize start, end;
	gboolean head; /* the window begins the document */
	const FnIssued *issued;
} FnPlace;

/* What is told quickly where it is of its usual form (validators_quick.c). */
typedef enum { FN_QUICK_NONE = 0, FN_QUICK_RESIDENT_ID, FN_QUICK_CREDIT_CODE, FN_QUICK_BANK_CARD, FN_QUICK_MOBILE, FN_QUICK_EMAIL } FnQuick;

/* One row per validator. What it does not do stays NULL or 0. */
typedef struct {
	const char *name;
	FnValidateKind kind;
	guint min, max;    /* bytes of a token */
	const char *signs; /* of FN_SIGNS, where @around is asked besides at words */
	FnMatch (*check)(const char *text, gsize size, const FnIssued *issued); /* a token, or a whole value of a column */
	FnMatch (*around)(const FnPlace *place, gsize *start, gsize *end); /* gives the bounds of what it found */
	gboolean sure; /* a value whose check is STRONG is one token, or one sign's surroundings, and would be found as such too */
	FnQuick quick;
} FnValidator;
/* Validators in order of precedence: the first that takes a token has it. NULL when there is none of that name. */
const FnValidator *fn_validator(const char *name);
char *fn_validator_names(void); /* caller frees */
guint fn_validators(void); /* how many there are */
guint fn_validator_rank(const FnValidator *validator); /* its place in the order */

enum { FN_GROUPS_MAX = 6, FN_PATTERNS_MAX = 6, FN_DETECTORS_MAX = 4096, FN_NEAR_MAX = 200, FN_BESIDE_MAX = 200 /* characters */ };

typedef struct {
	const char *id; /* borrowed from the scanner's strings, as all texts here */
	const char *identifier, *mask;
	guint level;
	const FnValidator *validator;
	guint min, max;              /* accepted lengths, within the validator's */
	guint8 group[FN_PATTERNS_MAX][FN_GROUPS_MAX]; /* digits per group when written apart, the last repeats */
	guint groups[FN_PATTERNS_MAX];
	guint patterns; /* 0: not written apart */
	guint near; /* bytes before that count as context */
	FnRegex *regex; /* NULL: none */
	guint before, after; /* bytes beside an anchor in which it is looked for */
	int shape, validated, context, against, report; /* percent */
	gboolean blocks, needs_header;
	gboolean sure; /* as its validator */
	char **header, **header_not; /* lower case */
} FnDetector;

/* What a word means to a detector. */
typedef enum {
	FN_USE_CONTEXT, /* speaks for what stands near */
	FN_USE_AGAINST, /* speaks against it */
	FN_USE_FINDING, /* is the finding */
	FN_USE_AROUND,  /* the validator looks around it */
	FN_USE_ANCHOR,  /* the pattern is looked for near it */
} FnUseKind;
typedef struct {
	guint16 detector;
	guint8 kind; /* FnUseKind */
} FnUse;

/* Words and their uses: those of word w are use[first[w]] to use[first[w + 1] - 1]. */
typedef struct {
	FnWords *words;
	guint32 *first;
	FnUse *use;
	gboolean digits; /* stand in a word */
	GArray *entries; /* until it is closed */
} FnVocabulary;
void fn_vocabulary_init(FnVocabulary *vocabulary);
void fn_vocabulary_clear(FnVocabulary *vocabulary);
/* @text: 1 to FN_WORD_SIZE bytes. */
void fn_vocabulary_add(FnVocabulary *vocabulary, const char *text, guint detector, FnUseKind kind);
/* No more words; builds the automaton. @finder as for fn_words_compile(). */
gboolean fn_vocabulary_close(FnVocabulary *vocabulary, const FnWordFinder *finder, GError **error);

/* What the processor does many bytes at a time; each does what those before it do. All give the same findings. */
typedef enum {
	FN_MACHINE_PLAIN,
	FN_MACHINE_VECTOR, /* AVX2 with BMI, or NEON */
	FN_MACHINE_LONG,   /* AVX-512BW with VBMI2 */
} FnMachine;
FnMachine fn_machine(void); /* the best of this processor */

/* ---- tokens ---- */
typedef enum { FN_TOKEN_RUN, FN_TOKEN_GROUPS, FN_TOKEN_SIGN } FnTokenKind;
enum { FN_RUN_MIN = 9, FN_RUN_MAX = 19 };
/* Signs: every @; a . between digits; a : between letters or digits, or behind one of them and before another :; as A, the letter A-Z or a-z that begins a run
 * of at most 7 right behind a character that is not ASCII, as the second of a car plate does; as 0, the at most 5 digits between
 * such a character and 号, 栋, 幢, 弄, as a house number's. */
#define FN_SIGNS "@.:A0"
typedef struct {
	FnTokenKind kind;
	guint start, end;            /* bytes of the window */
	char sign;                   /* FN_TOKEN_SIGN: of FN_SIGNS */
	char separator;              /* FN_TOKEN_GROUPS: between the groups */
	guint8 group[FN_GROUPS_MAX]; /* digits in each group */
	guint groups;
	char digits[FN_RUN_MAX + 1]; /* joined */
} FnToken;
/* Who reads what: other tokens are not told. */
typedef struct {
	gboolean run[FN_RUN_MAX + 1];     /* runs of so many bytes, a digit at least among them */
	gboolean grouped[FN_RUN_MAX + 1]; /* numbers in groups of so many digits together */
	gboolean sign[128];
} FnTokenWants;
typedef void (*FnTokenFound)(const FnToken *token, gpointer data);
/* At @end, behind the run that began at @start (or at a full-width form: both its place), stands something that may be
 * folded. Gives the place up to which everything was told, 0 when there is nothing to fold. */
typedef guint (*FnTokenFold)(guint start, guint end, gpointer data);
/* Runs of ASCII letters and digits, numbers written in groups with one kind of separator between them, and signs.
 * @fold may be NULL. @known (or NULL): a bit for each byte (of a multiple of 64); runs and signs there are passed over.
 * @machine is at most fn_machine(). */
void fn_tokens(const char *bytes, gsize size, FnMachine machine, const FnTokenWants *wants, const guint64 *known, FnTokenFound found,
	FnTokenFold fold, gpointer data);

/* What a scanning thread needs to itself. */
typedef struct {
	gpointer words; /* of the finding words */
	GArray *hits; /* FnWordHit: context words near a candidate, by end */
	FnRegexScratch *regex;
	GArray *regions; /* FnRegion */
	GArray *known;   /* guint64: bits of the window's bytes that a table's cells told */
	GByteArray *squeezed; /* of fn_squeezed_find() */
	const FnDetector *gave_up; /* whose pattern was given up, as it took too long */
} FnScratch;

/* Where the pattern of a detector is to be looked for. */
typedef struct {
	guint32 which, start, end;
} FnRegion;

/* Percent; above 100 is 100. */
static inline int
fn_score_of(const FnDetector *detector, FnMatch match, int context)
{
	return detector->shape + (match == FN_MATCH_STRONG ? detector->validated : 0) +
		(context == 0 ? 0 : context > 0 ? detector->context : detector->against);
}

/* Who reads a token. */
typedef struct {
	FnMatch (*check)(const char *text, gsize size, const FnIssued *issued);
	guint which;
} FnReader;

/* Who reads a cell that its header tells. */
typedef struct {
	FnQuick quick; /* NONE where another detector comes first */
	guint8 score;  /* of a value that is STRONG; 0: it is not reported */
} FnCellReader;

struct FnScanner {
	gint owners;
	FnDetector *detector;
	guint detectors;
	FnIssued issued;
	FnVocabulary finding; /* words that are looked for in every byte */
	GPtrArray *near;      /* FnVocabulary by detector, NULL: none: words that say what a candidate near them is */
	GStringChunk *strings;
	GPtrArray *vectors;  /* char ** */
	GPtrArray *profiles; /* FnProfile */
	FnMutex lock;        /* guards idle */
	GPtrArray *idle;     /* FnScratch, one per scanning thread at most */
	GArray *of_size[20]; /* guint16: detectors that read tokens of that many bytes */
	FnReader *reader[20]; /* the same with their checks, ended by an empty one */
	GArray *of_sign[128]; /* guint16: detectors that look around that sign */
	FnTokenWants wants;  /* the same in short */
	FnCellReader *cell;  /* by detector */
	FnMachine machine;
	guint8 *six;         /* of fn_quick_six_new() */
};

/* "file:line: what; remedy"; gives FALSE. */
gboolean fn_scan_refuse(GError **error, const FnNode *node, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* For the detector that is being read. */
void fn_scan_add_word(FnScanner *scanner, const char *text, FnUseKind kind);
gboolean fn_dictionary_read(FnScanner *scanner, const FnNode *file, GError **error);
/* Reads the detectors and dictionaries of @rules into @scanner. */
gboolean fn_detectors_read(FnScanner *scanner, const FnRules *rules, GError **error);
FnScratch *fn_scratch_borrow(const FnScanner *scanner);
void fn_scratch_return(const FnScanner *scanner, FnScratch *scratch);

/* As fn_words_find(), for words without digits in a text of many. Only for FN_MACHINE_LONG. */
void fn_squeezed_find(const FnWords *words, FnScratch *scratch, const char *bytes, gsize size, GArray *hits);

/* ---- folding (fold.c) ---- */
enum { FN_FOLD_SIZE = 512 };
/* A piece of a text in plain ASCII, and where each byte of it stands there. */
typedef struct {
	char text[FN_FOLD_SIZE];
	guint32 from[FN_FOLD_SIZE], to[FN_FOLD_SIZE]; /* bytes of the window, end exclusive */
	guint size;
	guint begin, end; /* what was folded: before and behind it is what stands beside it, as it is */
} FnFolded;
/* May what stands behind the run that ends at @end be folded? Quick to say no. */
static inline gboolean
fn_fold_follows(const char *bytes, gsize size, gsize end)
{
	guint8 c, next;

	if (end + 1 >= size)
		return FALSE;
	c = (guint8)bytes[end];
	next = (guint8)bytes[end + 1];
	if (c >= 0x80)
		return c == 0xc2 || c == 0xe2 || (c == 0xe3 && next == 0x80 && end + 2 < size && (guint8)bytes[end + 2] == 0x80) ||
			(c == 0xef && (next == 0xbb || next == 0xb9 || next == 0xbc || next == 0xbd));
	/* A number that goes on in the next line. */
	if (c == '\n' || c == '\r')
		return next <= '9' || next == 0xe3 || next == 0xc2;
	if (c != ' ' && c != '-' && c != '.' && c != '@')
		return FALSE;
	return next == 0xc2 || next == 0xe2 || next == 0xef || (c == '-' && (next == '\n' || next == '\r'));
}
/* Does a full-width letter, digit or @ stand here? */
static inline gboolean
fn_fold_is_wide(const char *text, gsize size)
{
	guint8 third;

	if (size < 3 || (guint8)text[0] != 0xef)
		return FALSE;
	third = (guint8)text[2];
	if ((guint8)text[1] == 0xbc)
		return (third >= 0x90 && third <= 0x99) || (third >= 0xa0 && third <= 0xba);
	return (guint8)text[1] == 0xbd && third >= 0x81 && third <= 0x9a;
}
/* Folds what is connected to the run [@start, @end): full-width forms, separators of all kinds, characters without width.
 * FALSE when nothing is to be folded. @until: where the piece ends in the window. */
gboolean fn_fold_region(const char *bytes, gsize size, gsize start, gsize end, FnFolded *folded, gsize *until);
/* The same over a line break at @end; the folded text is broken at @folded->begin. @spaced: a separator stays in its place.
 * FALSE when there is no break, or the two parts cannot be one number. */
gboolean fn_fold_break(const char *bytes, gsize size, gsize start, gsize end, gboolean spaced, FnFolded *folded);

/* ---- findings, packed ---- */
typedef struct {
	guint64 start;
	guint32 size;
	guint16 which; /* index of the detector */
	guint8 score;
} FnFound;
G_STATIC_ASSERT(sizeof(FnFound) == 16 && FN_DETECTORS_MAX <= G_MAXUINT16);
struct FnFindings {
	FnScanner *scanner;
	FnFound *at;
	guint n, room;
	GString *where; /* texts with their end marks; the first is "" */
	guint32 *place; /* by finding: offset of its text in where; NULL while all are "" */
	guint places;   /* room in place */
};
FnFindings *fn_findings_new(const FnScanner *scanner);
void fn_findings_free(FnFindings *findings);
/* Where the next @n go; findings->n is the caller's to raise. */
FnFound *fn_findings_reserve(FnFindings *findings, guint n);
static inline void
fn_findings_add(FnFindings *findings, FnFound found)
{
	if (G_UNLIKELY(findings->n == findings->room))
		fn_findings_reserve(findings, 1);
	findings->at[findings->n++] = found;
}
/* Finding @i stands where @place says, an offset in findings->where. */
void fn_findings_put(FnFindings *findings, guint i, guint32 place);
/* From @first on, sorted by start: drops duplicates, and what lies inside of another finding. */
void fn_findings_settle(FnFindings *findings, guint first);
FnFinding fn_findings_get(const FnFindings *findings, guint i);

/* ---- profiles ---- */
/* Behind the detectors. */
gboolean fn_profiles_read(FnScanner *scanner, const FnRules *rules, GError **error);
void fn_profile_free(gpointer profile);
/* Of the findings from @first on: takes out those that do not count here, and adds the others to @count, by detector. */
void fn_profile_keep(const FnProfile *profile, FnFindings *findings, guint first, guint64 *count);
/* @count: findings by detector. */
gboolean fn_profile_blocks(const FnProfile *profile, const FnScanner *scanner, const guint64 *count);

/* ---- tables (table.c) ---- */
/* +1 when @header (UTF-8, lower case) names what @detector looks for, -1 when it names something else, 0 for neither. */
int fn_header_meaning(const FnDetector *detector, const char *header);
/* The header of delimited text, found in the first lines of @text, which begins at @base; NULL when it is none. */
FnTable *fn_table_new(const FnScanner *scanner, const char *text, gsize size, gsize base);
void fn_table_free(FnTable *table);
struct FnScanHeader {
	FnScanner *scanner;
	FnTable *table;
};
/* Where in a window the columns were counted last. Begin with zeros. */
typedef struct {
	gsize at;
	guint column;
	gboolean quoted;
} FnRow;

/* Scans @bytes, window of a document that begins at @base; findings that begin in [from, to) are appended to @out, by start. */
typedef struct {
	const char *bytes;
	gsize size;
	gsize base;
	gsize from, to;
	gboolean head; /* it begins the document */
	const FnTable *table; /* NULL: no table */
} FnWindow;
/* Does the header say anything about what detector @which looks for? */
gboolean fn_table_tells(const FnTable *table, guint which);
/* What the header says of the cell that [@start, @end) fills; 0 when it fills none. */
int fn_table_meaning(const FnTable *table, FnRow *row, const FnWindow *window, guint which, gsize start, gsize end);
/* The detectors that read whole cells of a column, as its header names them; -1: none. */
typedef struct {
	gint16 sure;  /* whose check tells by itself: most cells below its header need no other reading */
	gint16 value; /* only the header tells that the cell is one */
} FnAsked;
/* A cell, without blanks and quotes around it. */
typedef struct {
	guint32 start, size;
	FnAsked asked;
} FnCell;
enum { FN_CELLS_MAX = 512 };
typedef void (*FnTableCells)(const FnCell *cell, guint n, gpointer data);
/* Gives the cells of the window that anybody asks for, at most FN_CELLS_MAX at a time, in order. */
void fn_table_cells(const FnTable *table, const FnWindow *window, FnTableCells give, gpointer data);

/* ---- cells of the usual form (validators_quick.c) ---- */
guint8 *fn_quick_six_new(void); /* by six digits: what begins with them; caller frees */
/* Sets @sure of those of the @n cells, in order, of the window that are STRONG for the detector that is sure, and nothing for a
 * validator of more precedence, and marks them @known. The others may be so too: the usual form alone is looked for. */
void fn_quick_cells(const FnScanner *scanner, const FnWindow *window, const FnCell *cell, guint n, guint8 *sure, guint64 *known);
/* Sets the bits [@start, @start + @size), one at least; a word of bits stands behind theirs. */
static inline void
fn_known_mark(guint64 *known, guint start, guint size)
{
	guint64 bits;

	for (; size > 64; start += 64, size -= 64) {
		known[start / 64] |= G_MAXUINT64 << start % 64;
		known[start / 64 + 1] |= G_MAXUINT64 >> 1 >> (63 - start % 64);
	}
	bits = G_MAXUINT64 >> (64 - size);
	known[start / 64] |= bits << start % 64;
	known[start / 64 + 1] |= bits >> 1 >> (63 - start % 64);
}

/* ---- context ---- */
/* +1 when words near [@start, @end) speak for what detector @which looks for, -1 when they speak against it, 0 when none says
 * anything. The nearest word decides. What stands before a number says what it is; right behind it only when nothing stands
 * before. */
int fn_context_of(const FnScanner *scanner, FnScratch *scratch, const FnWindow *window, guint which, gsize start, gsize end);

void fn_scan_window(const FnScanner *scanner, FnScratch *scratch, const FnWindow *window, FnFindings *out);
/* Window arithmetic: what a finding may need before and behind its place. */
enum { FN_WINDOW = 256 * 1024, FN_OVERLAP = 2048, FN_FINDINGS_MAX = 1000000 };

/* Bytes of valid UTF-8 at the beginning; a sequence cut off by the end of @bytes is not an error (it is not counted). -1
 * when there is an error. */
gssize fn_utf8_span(const char *bytes, gsize size);

/* The words of a dictionary: in its rule file, or one a line in a file beside it. */
#include "scan/scan_priv.h"

#include "base/text.h"

#include <string.h>

enum { WORDS_MAX = 50000, FILE_MAX = WORDS_MAX * (FN_WORD_SIZE + 2) * 2 };

/* NULL when @word may stand in a dictionary, else why not. */
static const char *
check_word(const char *word)
{
	if (!g_utf8_validate(word, -1, NULL))
		return "is not UTF-8; save the file as UTF-8";
	if (strlen(word) > FN_WORD_SIZE)
		return "has more than 64 bytes; a part of it is enough";
	if (g_utf8_strlen(word, -1) < 2)
		return "is one character, which is everywhere; write a longer word";
	for (const char *at = word; *at != '\0'; at = g_utf8_next_char(at))
		if (g_unichar_iscntrl(g_utf8_get_char(at)))
			return "has a control character; take it out";
	return NULL;
}

static gboolean
read_list(FnScanner *scanner, const FnNode *words, GError **error)
{
	if (fn_node_count(words) > WORDS_MAX)
		return fn_scan_refuse(error, words, "a dictionary has at most %d words; make two of it", WORDS_MAX);
	for (guint i = 0; i < fn_node_count(words); i++) {
		const FnNode *node = fn_node_at(words, i);
		const char *word = fn_node_scalar(node), *why = check_word(word);

		if (why != NULL)
			return fn_scan_refuse(error, node, "\"%s\" %s", word, why);
		fn_scan_add_word(scanner, word, FN_USE_FINDING);
	}
	return TRUE;
}

/* One word a line; blanks around it, empty lines and lines that begin with # are left out. */
static gboolean
read_lines(FnScanner *scanner, const FnNode *node, const char *name, char *text, GError **error)
{
	guint line = 1, words = 0;
	char *next;

	for (char *at = g_str_has_prefix(text, "\xef\xbb\xbf") ? text + 3 : text; at != NULL; at = next, line++) {
		const char *why;

		next = strchr(at, '\n');
		if (next != NULL)
			*next++ = '\0';
		g_strstrip(at);
		if (*at == '\0' || *at == '#')
			continue;
		why = ++words > WORDS_MAX ? "is one word more than 50000; make two dictionaries of it" : check_word(at);
		if (why != NULL)
			return fn_scan_refuse(error, node, "%s:%u: \"%s\" %s", name, line, at, why);
		fn_scan_add_word(scanner, at, FN_USE_FINDING);
	}
	return words > 0 || fn_scan_refuse(error, node, "%s has no word; add one", name);
}

static gboolean
read_file(FnScanner *scanner, const FnNode *node, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autofree char *text = NULL;
	gsize size;

	if (!fn_node_read_beside(node, FILE_MAX, &text, &size, &why))
		return fn_scan_refuse(error, node, "%s", why->message);
	if (memchr(text, '\0', size) != NULL)
		return fn_scan_refuse(error, node, "%s is no text file; save it as UTF-8", fn_node_scalar(node));
	return read_lines(scanner, node, fn_node_scalar(node), text, error);
}

gboolean
fn_dictionary_read(FnScanner *scanner, const FnNode *file, GError **error)
{
	const FnNode *words = fn_node_get(file, "words"), *name = fn_node_get(file, "file");

	if ((words == NULL) == (name == NULL))
		return fn_scan_refuse(error, file, "a dictionary has either words or a file; write one of them");
	return words != NULL ? read_list(scanner, words, error) : read_file(scanner, name, error);
}

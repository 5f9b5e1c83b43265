#include "http/conf_priv.h"

#include "http/door.h"

#include <string.h>

#define DEPTH 8
#define WORDS 64

typedef struct {
	const char *at;
	guint line;
} Reader;

typedef enum { TOKEN_END, TOKEN_WORD, TOKEN_SEMICOLON, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_BROKEN } Token;

static FnConf *
conf_new(guint line)
{
	FnConf *conf = g_new0(FnConf, 1);

	conf->word = g_ptr_array_new_with_free_func(g_free);
	conf->line = line;
	return conf;
}

void
fn_conf_free(FnConf *conf)
{
	if (conf == NULL)
		return;
	g_ptr_array_unref(conf->word);
	g_clear_pointer(&conf->child, g_ptr_array_unref);
	g_free(conf);
}

static void
free_child(gpointer conf)
{
	fn_conf_free(conf);
}

static void
skip_blank(Reader *reader)
{
	for (;; reader->at++) {
		if (*reader->at == '#')
			while (reader->at[0] != '\0' && reader->at[1] != '\0' && reader->at[0] != '\n')
				reader->at++;
		if (*reader->at == '\n')
			reader->line++;
		else if (*reader->at == '\0' || !g_ascii_isspace(*reader->at))
			return;
	}
}

/* A quoted word runs to its quote, a bare one to the next blank or sign; a backslash takes the next character as it is. */
static gboolean
read_word(Reader *reader, GString *word)
{
	char quote = *reader->at == '"' || *reader->at == '\'' ? *reader->at++ : '\0';

	for (; *reader->at != '\0'; reader->at++) {
		if (quote != '\0' ? *reader->at == quote : strchr(" \t\r\n;{}", *reader->at) != NULL)
			break;
		if (*reader->at == '\\' && reader->at[1] != '\0')
			reader->at++;
		reader->line += *reader->at == '\n';
		g_string_append_c(word, *reader->at);
	}
	if (quote != '\0' && *reader->at++ != quote)
		return FALSE;
	return TRUE;
}

static Token
next(Reader *reader, GString *word)
{
	g_string_truncate(word, 0);
	skip_blank(reader);
	switch (*reader->at) {
	case '\0':
		return TOKEN_END;
	case ';':
		reader->at++;
		return TOKEN_SEMICOLON;
	case '{':
		reader->at++;
		return TOKEN_OPEN;
	case '}':
		reader->at++;
		return TOKEN_CLOSE;
	default:
		return read_word(reader, word) ? TOKEN_WORD : TOKEN_BROKEN;
	}
}

static gboolean read_block(Reader *reader, FnConf *block, guint depth);

/* One directive whose first word was read. */
static gboolean
read_directive(Reader *reader, FnConf *directive, guint depth)
{
	g_autoptr(GString) word = g_string_new(NULL);
	Token token;

	while ((token = next(reader, word)) == TOKEN_WORD && directive->word->len < WORDS)
		g_ptr_array_add(directive->word, g_strdup(word->str));
	if (token == TOKEN_SEMICOLON)
		return TRUE;
	return token == TOKEN_OPEN && depth < DEPTH && read_block(reader, directive, depth + 1);
}

static gboolean
read_block(Reader *reader, FnConf *block, guint depth)
{
	g_autoptr(GString) word = g_string_new(NULL);
	Token token;

	block->child = g_ptr_array_new_with_free_func(free_child);
	while ((token = next(reader, word)) == TOKEN_WORD) {
		FnConf *directive = conf_new(reader->line);

		g_ptr_array_add(block->child, directive);
		g_ptr_array_add(directive->word, g_strdup(word->str));
		if (!read_directive(reader, directive, depth))
			return FALSE;
	}
	return token == (depth == 0 ? TOKEN_END : TOKEN_CLOSE);
}

FnConf *
fn_conf_parse(const char *text, GError **error)
{
	g_autoptr(FnConf) root = conf_new(0);
	Reader reader = { text, 1 };

	if (read_block(&reader, root, 0))
		return g_steal_pointer(&root);
	g_set_error(error, FN_DOOR_ERROR, FN_DOOR_ERROR_SYNTAX, "line %u: no nginx configuration", reader.line);
	return NULL;
}

const char *
fn_conf_name(const FnConf *conf)
{
	return conf->word->len > 0 ? conf->word->pdata[0] : "";
}

const char *
fn_conf_argument(const FnConf *conf, guint n)
{
	return n < conf->word->len ? conf->word->pdata[n] : NULL;
}

char *
fn_conf_value(const FnConf *conf)
{
	GString *value = g_string_new(NULL);

	for (guint i = 1; i < conf->word->len; i++)
		g_string_append_printf(value, "%s%s", i > 1 ? " " : "", (const char *)conf->word->pdata[i]);
	return g_string_free(value, FALSE);
}

const FnConf *
fn_conf_next(const FnConf *block, const char *name, const FnConf *after)
{
	gboolean found = after == NULL;

	for (guint i = 0; block->child != NULL && i < block->child->len; i++) {
		const FnConf *child = block->child->pdata[i];

		if (found && g_str_equal(fn_conf_name(child), name))
			return child;
		found |= child == after;
	}
	return NULL;
}

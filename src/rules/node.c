#include "rules/node_priv.h"
#include "rules/node_json.h"

#include "base/say.h"
#include "base/text.h"

#include <string.h>
#include <yaml.h>

G_DEFINE_QUARK(fn-rules-error-quark, fn_rules_error)

typedef struct {
	yaml_document_t *document;
	const char *file;
	guint8 *seen; /* by node index: a value met twice is an alias */
	guint nodes;
} Reader;

void
fn_node_free(FnNode *node)
{
	if (node == NULL)
		return;
	g_free(node->text);
	g_clear_pointer(&node->keys, g_ptr_array_unref);
	g_clear_pointer(&node->values, g_ptr_array_unref);
	g_free(node);
}

static void
free_value(gpointer node)
{
	fn_node_free(node);
}

char *
fn_node_place(const FnNode *node)
{
	return node != NULL ? g_strdup_printf("%s:%u", node->file, node->line) : g_strdup("?");
}

gboolean
fn_node_refuse(const FnNode *node, const char *key, FnRulesError code, GError **error, const char *english, ...)
{
	g_autofree char *text = NULL;
	g_autofree char *shown = key != NULL ? fn_text_safe(key, -1, 80) : NULL;
	g_autofree char *place = fn_node_place(node);
	va_list list;

	va_start(list, english);
	text = g_strdup_vprintf(fn_say(english), list);
	va_end(list);
	if (shown != NULL)
		g_set_error(error, FN_RULES_ERROR, (int)code, "%s: %s: %s", place, shown, text);
	else
		g_set_error(error, FN_RULES_ERROR, (int)code, "%s: %s", place, text);
	return FALSE;
}

static FnNode *read_value(Reader *reader, int index, guint depth, GError **error);

static const char *
expected_tag(yaml_node_type_t type)
{
	switch (type) {
	case YAML_SEQUENCE_NODE:
		return YAML_SEQ_TAG;
	case YAML_MAPPING_NODE:
		return YAML_MAP_TAG;
	default:
		return YAML_STR_TAG;
	}
}

static gboolean
is_allowed(const Reader *reader, const FnNode *node, const yaml_node_t *raw, guint depth, GError **error)
{
	if (depth > FN_NODE_MAX_DEPTH)
		return fn_node_refuse(node, NULL, FN_RULES_ERROR_FILE, error, "nested deeper than %d; flatten it", FN_NODE_MAX_DEPTH);
	if (reader->nodes > FN_NODE_MAX_NODES)
		return fn_node_refuse(node, NULL, FN_RULES_ERROR_FILE, error, "more than %d values; split the file", FN_NODE_MAX_NODES);
	if (raw->tag != NULL && strcmp((const char *)raw->tag, expected_tag(raw->type)) != 0)
		return fn_node_refuse(node, NULL, FN_RULES_ERROR_FILE, error, "YAML tags are not used here; remove the \"!…\"");
	return TRUE;
}

static gboolean
take_scalar(FnNode *node, const yaml_node_t *raw, GError **error)
{
	const char *text = (const char *)raw->data.scalar.value;
	gsize size = raw->data.scalar.length;

	if (memchr(text, '\0', size) != NULL || !g_utf8_validate(text, (gssize)size, NULL))
		return fn_node_refuse(node, NULL, FN_RULES_ERROR_FILE, error, "holds a zero byte or is not UTF-8; remove it");
	node->text = g_strndup(text, size);
	node->quoted = raw->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return TRUE;
}

static gboolean
take_list(Reader *reader, FnNode *node, const yaml_node_t *raw, guint depth, GError **error)
{
	for (const yaml_node_item_t *item = raw->data.sequence.items.start; item < raw->data.sequence.items.top; item++) {
		FnNode *value = read_value(reader, *item, depth + 1, error);

		if (value == NULL)
			return FALSE;
		g_ptr_array_add(node->values, value);
	}
	return TRUE;
}

static gboolean
take_map(Reader *reader, FnNode *node, const yaml_node_t *raw, guint depth, GError **error)
{
	g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);

	node->keys = g_ptr_array_new_with_free_func(g_free);
	for (const yaml_node_pair_t *pair = raw->data.mapping.pairs.start; pair < raw->data.mapping.pairs.top; pair++) {
		g_autoptr(FnNode) key = read_value(reader, pair->key, depth + 1, error);
		FnNode *value;

		if (key == NULL)
			return FALSE;
		if (key->type != FN_NODE_SCALAR || *key->text == '\0')
			return fn_node_refuse(key, NULL, FN_RULES_ERROR_FILE, error, "a key must be a word; write \"key: value\"");
		if (g_hash_table_contains(known, key->text))
			return fn_node_refuse(key, key->text, FN_RULES_ERROR_FILE, error, "is given twice; keep one");
		if ((value = read_value(reader, pair->value, depth + 1, error)) == NULL)
			return FALSE;
		g_ptr_array_add(node->values, value);
		g_ptr_array_add(node->keys, g_steal_pointer(&key->text));
		g_hash_table_add(known, node->keys->pdata[node->keys->len - 1]);
	}
	return TRUE;
}

static FnNode *
read_value(Reader *reader, int index, guint depth, GError **error)
{
	const yaml_node_t *raw = yaml_document_get_node(reader->document, index);
	g_autoptr(FnNode) node = g_new0(FnNode, 1);
	gboolean fits;

	node->file = reader->file;
	node->line = raw != NULL ? (guint)raw->start_mark.line + 1 : 0;
	reader->nodes++;
	if (raw == NULL || raw->type == YAML_NO_NODE) {
		fn_node_refuse(node, NULL, FN_RULES_ERROR_FILE, error, "no value");
		return NULL;
	}
	if (reader->seen[index]) {
		fn_node_refuse(node, NULL, FN_RULES_ERROR_FILE, error,
			"anchors and aliases (&name, *name) are not used here; write the value out");
		return NULL;
	}
	reader->seen[index] = TRUE;
	if (!is_allowed(reader, node, raw, depth, error))
		return NULL;
	node->values = g_ptr_array_new_with_free_func(free_value);
	node->type = raw->type == YAML_SCALAR_NODE ? FN_NODE_SCALAR : raw->type == YAML_SEQUENCE_NODE ? FN_NODE_LIST : FN_NODE_MAP;
	fits = node->type == FN_NODE_SCALAR ? take_scalar(node, raw, error) :
		node->type == FN_NODE_LIST ? take_list(reader, node, raw, depth, error) :
		take_map(reader, node, raw, depth, error);
	return fits ? g_steal_pointer(&node) : NULL;
}

static guint
line_of(const char *bytes, gsize size, gsize offset)
{
	guint line = 1;

	for (gsize i = 0; i < MIN(size, offset); i++)
		line += bytes[i] == '\n';
	return line;
}

static void
refuse_syntax(const yaml_parser_t *parser, const char *bytes, gsize size, const char *file, GError **error)
{
	gboolean placed = parser->error == YAML_SCANNER_ERROR || parser->error == YAML_PARSER_ERROR ||
		parser->error == YAML_COMPOSER_ERROR;
	g_autofree char *problem = fn_text_safe(parser->problem != NULL ? parser->problem : "unreadable", -1, 200);

	if (placed)
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "%s:%zu: not YAML: %s; check indentation, quotes and brackets",
			file, parser->problem_mark.line + 1, problem);
	else
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "%s:%u: not YAML: %s at byte %zu; save the file as UTF-8 text",
			file, line_of(bytes, size, parser->problem_offset), problem, parser->problem_offset);
}

static FnNode *
read_document(yaml_document_t *document, const char *file, GError **error)
{
	gsize count = (gsize)(document->nodes.top - document->nodes.start);
	g_autofree guint8 *seen = g_new0(guint8, count + 1);
	Reader reader = { .document = document, .file = file, .seen = seen };

	if (yaml_document_get_root_node(document) == NULL) {
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "%s:1: the file is empty; write the rule or remove the file", file);
		return NULL;
	}
	return read_value(&reader, 1, 0, error);
}

static gboolean
ends_here(yaml_parser_t *parser, const char *bytes, gsize size, const char *file, GError **error)
{
	yaml_document_t more;
	gboolean ends;

	if (!yaml_parser_load(parser, &more)) {
		refuse_syntax(parser, bytes, size, file, error);
		return FALSE;
	}
	ends = yaml_document_get_root_node(&more) == NULL;
	if (!ends)
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "%s:%zu: a second document; one file holds one rule", file,
			more.start_mark.line + 1);
	yaml_document_delete(&more);
	return ends;
}

FnNode *
fn_node_read(const char *bytes, gsize size, const char *file, GError **error)
{
	g_autoptr(FnNode) root = NULL;
	yaml_document_t document;
	yaml_parser_t parser;
	gboolean fits = FALSE;

	if (size > FN_NODE_MAX_FILE) {
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "%s: larger than %d bytes; split it", file, FN_NODE_MAX_FILE);
		return NULL;
	}
	if (!yaml_parser_initialize(&parser)) {
		fn_refuse(error, FN_RULES_ERROR, FN_RULES_ERROR_FILE, "%s: no memory to read it", file);
		return NULL;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
	if (!yaml_parser_load(&parser, &document)) {
		refuse_syntax(&parser, bytes, size, file, error);
	} else {
		root = read_document(&document, file, error);
		yaml_document_delete(&document);
		fits = root != NULL && ends_here(&parser, bytes, size, file, error);
	}
	yaml_parser_delete(&parser);
	return fits ? g_steal_pointer(&root) : NULL;
}

const FnNode *
fn_node_get(const FnNode *map, const char *key)
{
	if (map == NULL || key == NULL || map->type != FN_NODE_MAP)
		return NULL;
	for (guint i = 0; i < map->keys->len; i++)
		if (strcmp(map->keys->pdata[i], key) == 0)
			return map->values->pdata[i];
	return NULL;
}

const char *
fn_node_scalar(const FnNode *scalar)
{
	return scalar != NULL && scalar->type == FN_NODE_SCALAR ? scalar->text : NULL;
}

const char *
fn_node_text(const FnNode *map, const char *key)
{
	return fn_node_scalar(fn_node_get(map, key));
}

gboolean
fn_node_read_int(const FnNode *scalar, gint64 *out)
{
	const char *text = fn_node_scalar(scalar);

	return text != NULL && !scalar->quoted && g_ascii_string_to_signed(text, 10, G_MININT64 / 2, G_MAXINT64 / 2, out, NULL);
}

gboolean
fn_node_read_number(const FnNode *scalar, double *out)
{
	const char *text = fn_node_scalar(scalar);
	char *end = NULL;
	double number;

	if (text == NULL || scalar->quoted || *text == '\0' || strspn(text, "0123456789.-") != strlen(text))
		return FALSE;
	number = g_ascii_strtod(text, &end);
	if (*end != '\0')
		return FALSE;
	*out = number;
	return TRUE;
}

gboolean
fn_node_read_bool(const FnNode *scalar, gboolean *out)
{
	const char *text = fn_node_scalar(scalar);

	if (text == NULL || scalar->quoted || (strcmp(text, "true") != 0 && strcmp(text, "false") != 0))
		return FALSE;
	*out = *text == 't';
	return TRUE;
}

gint64
fn_node_int(const FnNode *map, const char *key, gint64 otherwise)
{
	gint64 value;

	return fn_node_read_int(fn_node_get(map, key), &value) ? value : otherwise;
}

double
fn_node_number(const FnNode *map, const char *key, double otherwise)
{
	double value;

	return fn_node_read_number(fn_node_get(map, key), &value) ? value : otherwise;
}

gboolean
fn_node_bool(const FnNode *map, const char *key, gboolean otherwise)
{
	gboolean value;

	return fn_node_read_bool(fn_node_get(map, key), &value) ? value : otherwise;
}

gboolean
fn_node_is_map(const FnNode *node)
{
	return node != NULL && node->type == FN_NODE_MAP;
}

gboolean
fn_node_is_list(const FnNode *node)
{
	return node != NULL && node->type == FN_NODE_LIST;
}

guint
fn_node_count(const FnNode *list_or_map)
{
	return list_or_map != NULL ? list_or_map->values->len : 0;
}

const FnNode *
fn_node_at(const FnNode *list_or_map, guint i)
{
	return i < fn_node_count(list_or_map) ? list_or_map->values->pdata[i] : NULL;
}

const char *
fn_node_key_at(const FnNode *map, guint i)
{
	return map != NULL && map->type == FN_NODE_MAP && i < map->keys->len ? map->keys->pdata[i] : NULL;
}

const char *
fn_node_word(const FnNode *word_or_list, guint i)
{
	if (word_or_list == NULL || word_or_list->type == FN_NODE_SCALAR)
		return i == 0 ? fn_node_scalar(word_or_list) : NULL;
	return fn_node_scalar(fn_node_at(word_or_list, i));
}

gboolean
fn_node_has_word(const FnNode *word_or_list, const char *word)
{
	const char *found;

	for (guint i = 0; (found = fn_node_word(word_or_list, i)) != NULL; i++)
		if (strcmp(found, word) == 0)
			return TRUE;
	return FALSE;
}

json_t *
fn_node_json(const FnNode *node)
{
	json_t *whole;
	gboolean truth;
	gint64 number;

	if (node == NULL)
		return json_null();
	if (node->type == FN_NODE_SCALAR) {
		if (fn_node_read_bool(node, &truth))
			return json_boolean(truth);
		return fn_node_read_int(node, &number) ? json_integer((json_int_t)number) : json_string(node->text);
	}
	whole = node->type == FN_NODE_LIST ? json_array() : json_object();
	for (guint i = 0; i < node->values->len; i++) {
		json_t *one = fn_node_json(node->values->pdata[i]);

		if (node->type == FN_NODE_LIST)
			json_array_append_new(whole, one);
		else
			json_object_set_new(whole, node->keys->pdata[i], one);
	}
	return whole;
}

#include "extract/flow_priv.h"

#include <string.h>

/* Attributes that people write, by name; of others those are text that have letters beyond ASCII or a long number. */
static const struct {
	const char *name;
	Side side; /* BODY: never text */
} attribute_rules[] = {
	{"descr", NAMES}, {"title", NAMES}, {"alt", NAMES}, {"tooltip", NAMES}, {"instr", CODES}, {"string", WATERMARK},
	{"author", NAMES}, {"initials", NAMES}, {"userName", NAMES}, {"display", NAMES}, {"prompt", NAMES},
	{"promptTitle", NAMES}, {"error", NAMES}, {"errorTitle", NAMES}, {"location", NAMES}, {"caption", NAMES},
	{"v", NAMES}, {"displayName", NAMES}, {"tag", NAMES}, {"string-value", NAMES}, {"formula", CODES},
	{"rsid", BODY}, {"rsidR", BODY}, {"rsidRPr", BODY}, {"rsidRDefault", BODY}, {"rsidP", BODY}, {"rsidTr", BODY},
	{"rsidDel", BODY}, {"rsidSect", BODY}, {"paraId", BODY}, {"textId", BODY}, {"durableId", BODY}, {"anchorId", BODY},
	{"editId", BODY}, {"uri", BODY}, {"algorithmName", BODY}, {"hashValue", BODY}, {"saltValue", BODY}, {"path", BODY},
	{"adj", BODY}, {"panose1", BODY}, {"typeface", BODY}, {"ascii", BODY}, {"eastAsia", BODY}, {"hAnsi", BODY},
	{"cs", BODY}, {"sig", BODY}, {"usb0", BODY}, {"usb1", BODY}, {"usb2", BODY}, {"usb3", BODY}, {"csb0", BODY},
	{"csb1", BODY}, {"font-name", BODY}, {"font-family", BODY},
	{"style", BODY}, {"gfxdata", BODY}, {"guid", BODY}, {"coordsize", BODY},
};

GHashTable *
fn_flow_rules_new(void)
{
	GHashTable *rules = g_hash_table_new(g_str_hash, g_str_equal);

	for (gsize i = 0; i < G_N_ELEMENTS(attribute_rules); i++)
		g_hash_table_insert(rules, (gpointer)attribute_rules[i].name, GUINT_TO_POINTER(attribute_rules[i].side + 1));
	return rules;
}

/* May a value that no rule names hold something that a person wrote? Letters beyond ASCII, an address, a long number. */
static gboolean
is_telling(const char *value)
{
	guint digits = 0;

	for (; *value; value++) {
		if ((guchar)*value >= 0x80 || *value == '@')
			return TRUE;
		if (g_ascii_isdigit(*value))
			digits++;
		else if (*value != '-')
			digits = 0;
		if (digits >= 8)
			return TRUE;
	}
	return FALSE;
}

static gboolean
is_switch(const char *value)
{
	static const char *const values[] = {"", "0", "1", "none", "true", "false", "on", "off", "auto", "page"};

	for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
		if (values[i][0] == value[0] && strcmp(values[i], value) == 0)
			return TRUE;
	return FALSE;
}

Side
fn_flow_attribute_side(GHashTable *rules, FnFlowRole role, const char *name, const char *value)
{
	guint rule;

	if (is_switch(value))
		return BODY;
	rule = GPOINTER_TO_UINT(g_hash_table_lookup(rules, name));
	if (rule)
		return rule - 1;
	if (role == FN_FLOW_ATTRIBUTES || (role == FN_FLOW_GIVES && strcmp(name, "val") == 0))
		return NAMES;
	return is_telling(value) ? NAMES : BODY;
}

void
fn_flow_header_plain(GString *out, const char *text, gsize size)
{
	for (gsize i = 0; i < size; i++) {
		if (text[i] != '&' || i + 1 == size) {
			g_string_append_c(out, text[i]);
			continue;
		}
		i++;
		if (text[i] == '&')
			g_string_append_c(out, '&');
		else if (strchr("LCR", text[i]))
			g_string_append_c(out, '\n');
		else if (text[i] == '"')
			while (i + 1 < size && text[++i] != '"')
				continue;
		else if (g_ascii_isdigit(text[i]))
			while (i + 1 < size && g_ascii_isdigit(text[i + 1]))
				i++;
	}
}

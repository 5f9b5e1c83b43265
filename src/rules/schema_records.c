/* The shapes of what is recorded: registers, reports, rules of quality. */
#include "rules/schema_priv.h"

/* An amount that a pack may set. */
static const FnShape parameter_name = RECORD({ "parameter", NEEDED, &id });
static const FnShape amount = EITHER({ &whole, FN_NODE_SCALAR }, { &parameter_name, FN_NODE_MAP });

/* registers */
static const FnShape field_type = ENUM("text", "texts", "int", "number", "bool", "date", "enum", "person", "organization", "credit_code",
	"domain", "email", "url", "phone", "ip", "mac", "fingerprint", "time", "hours", "percent", "money", "digest", "system", "resource", "grant", "case",
	"reference");
static const FnShape names = { .type = SHAPE_MAP, .of = &both_languages, .min = 1 };
static const FnShape field = RECORD({ "type", NEEDED, &field_type }, { "zh", NEEDED, &text }, { "en", NEEDED, &text },
	{ "required", MAYBE, &truth }, { "unique", MAYBE, &truth }, { "sensitive", MAYBE, &truth }, { "search", MAYBE, &truth },
	{ "min", MAYBE, &whole }, { "max", MAYBE, &whole }, { "values", MAYBE, &some_ids }, { "names", MAYBE, &names },
	{ "suffix", MAYBE, &some_texts }, { "of", MAYBE, &id });
static const FnShape fields = { .type = SHAPE_MAP, .of = &field, .min = 1 };
static const FnShape scope = ENUM("organization", "city");
static const FnShape conditions = { .type = SHAPE_MAP, .of = &id_or_ids, .min = 1 };
/* exactly one of the five: check_registers.c */
static const FnShape across = RECORD({ "field", NEEDED, &id }, { "not_before", MAYBE, &id }, { "not_above", MAYBE, &id },
	{ "differs_from", MAYBE, &id }, { "required_when", MAYBE, &conditions }, { "forbidden_when", MAYBE, &conditions },
	{ "text", MAYBE, &both_languages });
static const FnShape some_across = { .type = SHAPE_LIST, .of = &across, .min = 1 };
static const FnShape every_unit = ENUM("day", "month");
static const FnShape renew = RECORD({ "field", MAYBE, &id }, { "every", MAYBE, &amount }, { "unit", MAYBE, &every_unit },
	{ "until", MAYBE, &id }, { "warn", MAYBE, &whole });
static const FnShape everybody = ENUM("everybody");
static const FnShape readers = EITHER({ &everybody, FN_NODE_SCALAR }, { &offices, FN_NODE_LIST });
const FnShape fn_shape_register = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", NEEDED, &some_ids },
	{ "scope", NEEDED, &scope }, { "write", NEEDED, &offices }, { "read", MAYBE, &readers }, { "key", NEEDED, &some_ids },
	{ "fields", NEEDED, &fields }, { "rules", MAYBE, &some_across }, { "renew", MAYBE, &renew });

/* reports */
static const FnShape period = ENUM("month", "quarter", "half_year", "year", "inspection");
static const FnShape column_unit = ENUM("count", "percent", "day", "points", "date", "text");
static const FnShape column_of = ENUM("checks", "procedures", "clocks", "states", "regulations", "subjects"); /* whose id it is: its title is shown */
static const FnShape column = RECORD({ "id", NEEDED, &id }, { "zh", NEEDED, &text }, { "en", NEEDED, &text }, { "unit", MAYBE, &column_unit },
	{ "names", MAYBE, &names }, { "of", MAYBE, &column_of });
static const FnShape columns = { .type = SHAPE_LIST, .of = &column, .min = 1 };
static const FnShape by_statement = RECORD({ "title", NEEDED, &both_languages }, { "sql", NEEDED, &id }, { "columns", NEEDED, &columns },
	{ "note", MAYBE, &both_languages });
static const FnShape by_function = RECORD({ "title", NEEDED, &both_languages }, { "builtin", NEEDED, &id }, { "columns", NEEDED, &columns },
	{ "note", MAYBE, &both_languages });
static const FnShape section = EITHER({ &by_statement, FN_NODE_MAP, "sql" }, { &by_function, FN_NODE_MAP, "builtin" });
static const FnShape sections = { .type = SHAPE_LIST, .of = &section, .min = 1 };
const FnShape fn_shape_report = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", NEEDED, &some_ids },
	{ "period", NEEDED, &period }, { "sections", NEEDED, &sections });

/* quality: what a batch must be like */
static const FnShape quality_kind = ENUM("complete", "valid", "unique", "reference", "fresh", "drift");
static const FnShape share = { .type = SHAPE_NUMBER, .min = 0, .max = 1 };
static const FnShape rule = RECORD({ "kind", NEEDED, &quality_kind }, { "field", MAYBE, &id_or_ids }, { "at_least", MAYBE, &share },
	{ "at_most", MAYBE, &number }, { "detector", MAYBE, &id }, { "values", MAYBE, &some_texts }, { "min", MAYBE, &scalar },
	{ "max", MAYBE, &scalar }, { "of", MAYBE, &id }, { "to", MAYBE, &id }, { "days", MAYBE, &amount }, { "zh", MAYBE, &text },
	{ "en", MAYBE, &text });
static const FnShape rules = { .type = SHAPE_LIST, .of = &rule, .min = 1 };
const FnShape fn_shape_quality = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", NEEDED, &some_ids },
	{ "resource", MAYBE, &text }, { "element", MAYBE, &id }, { "rules", NEEDED, &rules });

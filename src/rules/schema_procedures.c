/* The shape of a procedure: who acts, through which states, by which clocks; and the walks that prove it. */
#include "rules/schema_priv.h"

/* the form */
static const FnShape field_type = ENUM("text", "resource", "fields", "mode", "date", "enum", "int", "bool", "system",
	"operators", "names", "rows", "accepted", "day", "moment", "organization", "person", "case", "grant", "credit_code", "email", "phone",
	"domain", "url", "ip", "digest", "fingerprint", "number", "money", "percent", "texts", "record");
static const FnShape parameter_bound = RECORD({ "parameter", NEEDED, &id });
static const FnShape bound = EITHER({ &whole, FN_NODE_SCALAR }, { &parameter_bound, FN_NODE_MAP });
static const FnShape names = { .type = SHAPE_MAP, .of = &both_languages, .min = 1 };
static const FnShape field = RECORD({ "type", NEEDED, &field_type }, { "zh", NEEDED, &text }, { "en", NEEDED, &text },
	{ "required", MAYBE, &truth }, { "of", MAYBE, &id }, { "where", MAYBE, &id }, { "min", MAYBE, &whole }, { "max", MAYBE, &bound },
	{ "values", MAYBE, &some_ids }, { "names", MAYBE, &names });
static const FnShape fields = { .type = SHAPE_MAP, .of = &field };

/* people, states, clocks */
static const FnShape office_or_offices = EITHER({ &office, FN_NODE_SCALAR }, { &offices, FN_NODE_LIST });
static const FnShape people = { .type = SHAPE_MAP, .of = &office_or_offices, .min = 1 };
static const FnShape pair = { .type = SHAPE_LIST, .of = &id, .min = 2, .max = 2 };
static const FnShape pairs = { .type = SHAPE_LIST, .of = &pair };
static const FnShape states = { .type = SHAPE_MAP, .of = &both_languages, .min = 2 };
static const FnShape clock_unit = ENUM("working_day", "day", "hour");
static const FnShape chosen_parameters = { .type = SHAPE_MAP, .of = &id, .min = 1 };
static const FnShape clock_shape = RECORD({ "parameter", MAYBE, &id }, { "of", MAYBE, &id }, { "parameters", MAYBE, &chosen_parameters },
	{ "unit", NEEDED, &clock_unit }, { "warn", MAYBE, &whole }, { "zh", NEEDED, &text }, { "en", NEEDED, &text });
static const FnShape clocks = { .type = SHAPE_MAP, .of = &clock_shape };
static const FnShape extension = { .type = SHAPE_MAP, .of = &id, .min = 1 };

/* steps */
static const FnShape scalar_or_scalars = EITHER({ &scalar, FN_NODE_SCALAR }, { &scalars, FN_NODE_LIST });
static const FnShape condition = RECORD({ "field", NEEDED, &id }, { "is", NEEDED, &scalar_or_scalars });
static const FnShape conditions = { .type = SHAPE_LIST, .of = &condition, .min = 1 };
static const FnShape when = EITHER({ &condition, FN_NODE_MAP }, { &conditions, FN_NODE_LIST });
static const FnShape from_field = RECORD({ "field", NEEDED, &id });
static const FnShape from_party = RECORD({ "party", NEEDED, &id });
static const FnShape from_value = RECORD({ "value", NEEDED, &scalar_or_scalars });
static const FnShape source = EITHER({ &from_field, FN_NODE_MAP, "field" }, { &from_party, FN_NODE_MAP, "party" }, { &from_value, FN_NODE_MAP });
static const FnShape sources = { .type = SHAPE_MAP, .of = &source, .min = 1 };
static const FnShape record_do = ENUM("add", "change", "close");
static const FnShape record = RECORD({ "register", NEEDED, &id }, { "do", NEEDED, &record_do }, { "key", MAYBE, &sources },
	{ "set", MAYBE, &sources }, { "organization", MAYBE, &source });
static const FnShape records = { .type = SHAPE_LIST, .of = &record, .min = 1 };
static const FnShape record_or_records = EITHER({ &record, FN_NODE_MAP }, { &records, FN_NODE_LIST });
static const FnShape opening = RECORD({ "procedure", NEEDED, &id }, { "subject", MAYBE, &source }, { "parties", MAYBE, &sources },
	{ "set", MAYBE, &sources });
static const FnShape openings = { .type = SHAPE_LIST, .of = &opening, .min = 1 };
static const FnShape opening_or_openings = EITHER({ &opening, FN_NODE_MAP }, { &openings, FN_NODE_LIST });
static const FnShape step = RECORD({ "do", NEEDED, &id }, { "zh", NEEDED, &text }, { "en", NEEDED, &text }, { "from", NEEDED, &id_or_ids },
	{ "to", MAYBE, &id }, { "by", NEEDED, &id_or_ids }, { "may", MAYBE, &truth }, { "once", MAYBE, &truth }, { "say", MAYBE, &id },
	{ "needs", MAYBE, &some_ids }, { "after", MAYBE, &some_ids }, { "fields", MAYBE, &id_or_ids }, { "fill", MAYBE, &some_ids }, { "start", MAYBE, &id_or_ids },
	{ "pause", MAYBE, &id_or_ids }, { "resume", MAYBE, &id_or_ids }, { "stop", MAYBE, &id_or_ids }, { "extend", MAYBE, &extension },
	{ "effect", MAYBE, &id_or_ids }, { "with", MAYBE, &sources }, { "tell", MAYBE, &some_ids }, { "when", MAYBE, &when }, { "attach", MAYBE, &some_ids },
	{ "sign", MAYBE, &truth }, { "record", MAYBE, &record_or_records }, { "opens", MAYBE, &opening_or_openings });
static const FnShape steps = { .type = SHAPE_LIST, .of = &step, .min = 1 };
/* step: what the platform does by itself once the clock ran out */
static const FnShape late = RECORD({ "tell", NEEDED, &some_ids }, { "finding", MAYBE, &id }, { "step", MAYBE, &id });
static const FnShape overdue = { .type = SHAPE_MAP, .of = &late };
static const FnShape reason = RECORD({ "id", NEEDED, &id }, { "zh", NEEDED, &text }, { "en", NEEDED, &text });
static const FnShape reasons = { .type = SHAPE_LIST, .of = &reason, .min = 1 };

/* walks: [role, step] or [role, step, {field: value}] */
static const FnShape move = { .type = SHAPE_LIST, .of = &any, .min = 2, .max = 3 };
static const FnShape path = { .type = SHAPE_LIST, .of = &move, .min = 0 };
static const FnShape refusal = ENUM("office", "apart", "state", "once", "say", "needs", "form");
static const FnShape walk = RECORD({ "path", NEEDED, &path }, { "ends", MAYBE, &id }, { "refused", MAYBE, &move }, { "why", MAYBE, &refusal },
	{ "zh", MAYBE, &text }, { "en", MAYBE, &text });
static const FnShape walks = { .type = SHAPE_LIST, .of = &walk, .min = 1 };

const FnShape fn_shape_procedure = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", NEEDED, &some_ids },
	{ "parties", NEEDED, &ids }, { "opener", NEEDED, &id_or_ids }, { "start", MAYBE, &id_or_ids },
	{ "single", MAYBE, &truth }, { "restricted", MAYBE, &truth }, { "form", MAYBE, &fields }, { "people", NEEDED, &people },
	{ "apart", MAYBE, &pairs }, { "impartial", MAYBE, &some_ids }, { "states", NEEDED, &states }, { "clocks", MAYBE, &clocks },
	{ "steps", NEEDED, &steps }, { "overdue", MAYBE, &overdue }, { "reasons", MAYBE, &reasons }, { "sample", MAYBE, &any_map },
	{ "walks", MAYBE, &walks });

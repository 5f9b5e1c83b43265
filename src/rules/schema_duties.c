/* The shapes of what is owed, and how it is looked after: regulations, checks, rules of misuse. */
#include "rules/schema_priv.h"

static const FnShape parameter_name = RECORD({ "parameter", NEEDED, &id });
static const FnShape literal = RECORD({ "value", NEEDED, &number });
static const FnShape severity = ENUM("minor", "major", "critical");

/* checks */
static const FnShape wanted = { .type = SHAPE_MAP, .of = &some_ids, .min = 1 };
static const FnShape question = RECORD({ "id", NEEDED, &id }, { "zh", NEEDED, &text }, { "en", NEEDED, &text });
static const FnShape questions = { .type = SHAPE_LIST, .of = &question, .min = 1 };
static const FnShape by_sql = RECORD({ "sql", NEEDED, &id });
static const FnShape by_builtin = RECORD({ "builtin", NEEDED, &id });
static const FnShape each_has = RECORD({ "each_has", NEEDED, &id }, { "where", MAYBE, &wanted }, { "kinds", NEEDED, &organization_kinds });
static const FnShape none_overdue = RECORD({ "none_overdue", NEEDED, &id }, { "where", MAYBE, &wanted });
static const FnShape none_where = RECORD({ "none_where", NEEDED, &id }, { "where", NEEDED, &wanted });
static const FnShape by_clock = RECORD({ "late", NEEDED, &id }, { "clock", NEEDED, &id });
static const FnShape by_age = RECORD({ "open", NEEDED, &id }, { "older", NEEDED, &parameter_name });
static const FnShape by_watch = RECORD({ "watch", NEEDED, &id });
static const FnShape by_hand = RECORD({ "manual", NEEDED, &questions });
static const FnShape find = EITHER({ &by_sql, FN_NODE_MAP, "sql" }, { &by_builtin, FN_NODE_MAP, "builtin" }, { &each_has, FN_NODE_MAP, "each_has" },
	{ &none_overdue, FN_NODE_MAP, "none_overdue" }, { &none_where, FN_NODE_MAP, "none_where" }, { &by_clock, FN_NODE_MAP, "late" },
	{ &by_age, FN_NODE_MAP, "open" }, { &by_watch, FN_NODE_MAP, "watch" }, { &by_hand, FN_NODE_MAP, "manual" });
static const FnShape often = ENUM("day", "month", "quarter", "half_year", "year");
static const FnShape every = { .type = SHAPE_LIST, .of = &often, .min = 1 };
static const FnShape subject_names = { .type = SHAPE_MAP, .of = &both_languages };
static const FnShape subject = RECORD({ "register", MAYBE, &id }, { "field", MAYBE, &id }, { "names", MAYBE, &subject_names });
const FnShape fn_shape_check = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", NEEDED, &some_ids },
	{ "every", NEEDED, &every }, { "severity", NEEDED, &severity }, { "find", NEEDED, &find }, { "subject", MAYBE, &subject }, { "grace", MAYBE, &parameter_name }, { "finding", NEEDED, &both_languages },
	{ "score", NEEDED, &parameter_name }, { "fix_within", NEEDED, &parameter_name }, { "advice", NEEDED, &both_languages });

/* regulations */
static const FnShape rank = ENUM("law", "regulation", "department_rule", "province", "city_normative", "party_document", "notice");
static const FnShape level_of_text = ENUM("policy", "law");
static const FnShape who = ENUM("bureau", "department", "provider", "consumer", "collector", "lead", "platform", "cac", "police", "secrecy",
	"org_office", "cloud_provider", "contractor", "site", "mail_admin", "user", "operator", "government", "supervisors", "everyone");
static const FnShape gate = ENUM("mail", "site", "vault", "push", "front", "console", "open");
static const FnShape engine = RECORD({ "engine", NEEDED, &id_or_ids }, { "also", MAYBE, &some_ids });
static const FnShape by_procedure = RECORD({ "procedure", NEEDED, &id }, { "clock", MAYBE, &id }, { "also", MAYBE, &some_ids });
static const FnShape by_register = RECORD({ "register", NEEDED, &id }, { "also", MAYBE, &some_ids });
static const FnShape by_check = RECORD({ "check", NEEDED, &id }, { "also", MAYBE, &some_ids });
static const FnShape by_report = RECORD({ "report", NEEDED, &id }, { "also", MAYBE, &some_ids });
static const FnShape coming = RECORD({ "coming", NEEDED, &gate }, { "also", MAYBE, &some_ids });
static const FnShape control = EITHER({ &engine, FN_NODE_MAP, "engine" }, { &by_procedure, FN_NODE_MAP, "procedure" },
	{ &by_register, FN_NODE_MAP, "register" }, { &by_check, FN_NODE_MAP, "check" }, { &by_report, FN_NODE_MAP, "report" },
	{ &coming, FN_NODE_MAP, "coming" });
static const FnShape proof = RECORD({ "checks", MAYBE, &some_ids }, { "tests", MAYBE, &some_texts });
static const FnShape duty = RECORD({ "id", NEEDED, &id }, { "article", NEEDED, &text }, { "who", NEEDED, &who }, { "duty", NEEDED, &both_languages },
	{ "control", NEEDED, &control }, { "proof", MAYBE, &proof }, { "restates", MAYBE, &id }, { "unconfirmed", MAYBE, &truth });
static const FnShape duties = { .type = SHAPE_LIST, .of = &duty, .min = 1 };
static const FnShape in_force = RECORD({ "value", NEEDED, &date }, { "note", MAYBE, &text });
const FnShape fn_shape_regulation = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "scope", NEEDED, &level_of_text },
	{ "rank", NEEDED, &rank }, { "number", MAYBE, &text }, { "interpreter", MAYBE, &id }, { "in_force", MAYBE, &in_force },
	{ "duties", NEEDED, &duties });

/* rules of misuse */
static const FnShape per = ENUM("grant", "system", "account", "address", "person");
static const FnShape window_unit = ENUM("minute", "hour", "day");
static const FnShape window = RECORD({ "value", NEEDED, &whole }, { "unit", NEEDED, &window_unit });
static const FnShape threshold = EITHER({ &parameter_name, FN_NODE_MAP, "parameter" }, { &literal, FN_NODE_MAP, "value" });
static const FnShape then = ENUM("alert", "case");
static const FnShape thens = { .type = SHAPE_LIST, .of = &then, .min = 1 };
static const FnShape threshold_or_number = EITHER({ &threshold, FN_NODE_MAP }, { &whole, FN_NODE_SCALAR });
static const FnShape hours = RECORD({ "begin", NEEDED, &threshold_or_number }, { "end", NEEDED, &threshold_or_number });
static const FnShape windows = { .type = SHAPE_INT, .min = 5, .max = 31 };
static const FnShape unknown = ENUM("wait", "alert");
static const FnShape usual = RECORD({ "windows", NEEDED, &windows }, { "percent", NEEDED, &threshold_or_number }, { "unknown", NEEDED, &unknown });
const FnShape fn_shape_watch = RECORD({ "id", NEEDED, &id }, { "title", NEEDED, &both_languages }, { "law", NEEDED, &some_ids },
	{ "measure", NEEDED, &id }, { "per", NEEDED, &per }, { "window", NEEDED, &window }, { "threshold", NEEDED, &threshold },
	{ "severity", NEEDED, &severity }, { "then", NEEDED, &thens }, { "level", MAYBE, &level_number }, { "ratio", MAYBE, &threshold_or_number },
	{ "hours", MAYBE, &hours }, { "usual", MAYBE, &usual });

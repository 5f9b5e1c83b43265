/* What an organization owes and lacks: each check of the record books, accounts, catalog and cases finds its offender and not the innocent
 * twin. A new statement of checks.sql adds rows. */
#include "oversight/fixture.h"

#include "audit/testing.h"
#include "register/register_priv.h"

#include <glib/gstdio.h>

/* Days on which records are good until; the town stands on 2026-09-21 and checks warn fourteen days before. */
#define GOOD "2027-06-30"
#define ENDS "2026-09-30"
#define TODAY "2026-09-21"
#define OVER "2026-09-20"
#define EVER "9999-12-31"

typedef struct {
	const char *book, *whose, *key, *due;
	const char *body; /* JSON with ' for " */
	gint64 age;       /* days since it was entered */
} Entry;

/* Statements that make a resource, a grant, a case, a change of a record. */
#define RESOURCE(code_, type_, body_, accepted_) \
	"INSERT INTO resource (code, organization, serial, name, sharing_type, level, state, offered, version, published_version, created_by, " \
	"created_at, changed_at) SELECT '" code_ "', '@provider', 100 + COUNT(*), 'n', '" type_ "', 3, 'published', 'published', 1, 1, '@editor', 0, 0 " \
	"FROM resource", \
	"INSERT INTO resource_version (resource, version, body, sharing_type, level, edited_by, edited_at, basis_accepted_by, published_at) " \
	"VALUES ('" code_ "', 1, '" body_ "', '" type_ "', 3, '@editor', 0, " accepted_ ", 0)"
/* Five entries, of which some are open without condition. */
#define FIVE(free_) \
	"INSERT INTO resource (code, organization, serial, name, sharing_type, level, state, offered, version, published_version, created_by, " \
	"created_at, changed_at) SELECT 'c' || n, '@provider', 100 + n, 'n', 'conditional', 1, 'published', 'published', 1, 1, '@editor', 0, 0 FROM (" \
	"SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5) five", \
	"INSERT INTO resource_version (resource, version, body, sharing_type, level, edited_by, edited_at) SELECT code, 1, '{}', CASE WHEN serial <= 100 + " \
	free_ " THEN 'unconditional' ELSE 'conditional' END, 1, '@editor', 0 FROM resource"
#define BASIS "{\"sharing_basis\":{\"kind\":\"law\"}}"
#define GRANT(level_, state_, activated_) RESOURCE("c1", "unconditional", "{}", "NULL"), \
	"INSERT INTO sharing_grant (id, case_id, resource, resource_version, provider, consumer, system, mode, purpose, basis, scenario, row_scope, " \
	"operators, hour_from, hour_until, quota_day, case_required, level, valid_from, valid_until, state, content, prepared_at, activated_at, " \
	"changed_at) VALUES ('g1', 'k1', 'c1', 1, '@provider', '@consumer', '@system', 'query', 'p', 'b', 's', '[]', '[]', 0, 1440, 0, 0, " \
	level_ ", 0, 9000000000000000, '" state_ "', '{}', 0, " activated_ ", 0)"
#define PAPER(case_, signer_) \
	"INSERT INTO sharing_paper (id, kind, provider, consumer, case_id, digest, note, provider_signer, consumer_signer, created_at, valid_until) " \
	"VALUES ('p1', 'handover', '@provider', '@consumer', '" case_ "', 'd', '', '@sharing', " signer_ ", 0, 9000000000000000)"
#define CASE(procedure_, state_, whose_, opened_, changed_, ended_) \
	"INSERT INTO work_case (id, procedure, state, subject, form, parties, revision, opened_at, changed_at, ended) VALUES ('k1', '" procedure_ \
	"', '" state_ "', 's', '{}', '{\"organization\":\"@" whose_ "\"}', 1, @ago" opened_ ", @ago" changed_ ", " ended_ ")"
/* A case that waits for @whose, and its clock. */
#define CLOCK(procedure_, state_, party_, whose_, clock_, unit_, due_on_, due_at_, warned_) \
	"INSERT INTO work_case (id, procedure, state, subject, form, parties, revision, opened_at, changed_at, ended) VALUES ('k1', '" procedure_ \
	"', '" state_ "', 's', '{}', '{\"" party_ "\":\"@" whose_ "\"}', 1, 0, 0, 0)", \
	"INSERT INTO work_clock (case_id, name, state, from_on, days, due_on, provisional, extended, warned, late, unit, due_at) VALUES ('k1', '" clock_ \
	"', 'running', '2026-09-01', 1, '" due_on_ "', 0, 0, " warned_ ", 0, '" unit_ "', " due_at_ ")"
#define CHANGE(changes_) \
	"INSERT INTO register_history (record, number, at, kind, account, person, name, organization, changes) VALUES ('r0', 2, @ago2, 'change', 'a', " \
	"'p', 'n', 'o', '" changes_ "')"
#define INSPECTED(id_, period_, kind_) \
	"INSERT INTO oversight_inspection (id, period, kind, organization, checks, weights, rules_digest, opened_by, opened_at, looked_at, state) " \
	"VALUES ('" id_ "', '" period_ "', '" kind_ "', '', '[]', '{}', 'd', 'a', 0, 0, 'closed')"
/* The finding of CHANGE, of which CASE is the rectification. */
#define FOUND \
	"INSERT INTO oversight_finding (id, check_id, organization, subject, detail, severity, found_at, deadline, state, case_id, reopened) VALUES " \
	"('f1', 'change_without_ticket', '@provider', 'r0/2', '', 'major', 0, '2026-10-30', 'fixed', 'k1', 0)"
/* The case stands with the bureau. */
#define BUREAUS "UPDATE work_case SET parties = '{\"bureau\":\"@bureau\"}'"
#define LONG_AGO "UPDATE organization SET created_at = 0"
#define JOINED(days_) "UPDATE organization SET created_at = @ago" days_
#define ALERT(first_, state_) \
	"INSERT INTO watch_alert (id, rule, per, subject, organization, severity, state, first_at, last_at, count, log, from_index, to_index, measured, " \
	"threshold, entered) VALUES ('w1', 'off_hours', 'system', 's', '@consumer', 'major', '" state_ "', @ago" first_ ", 1, 1, 1, 1, 1, 9, 3, 1)"
#define ALERT_BY(rule_, state_) ALERT("1", state_), "UPDATE watch_alert SET rule = '" rule_ "'"
#define OFFICE(account_, office_) "INSERT INTO office (account, office, since) VALUES ('@" account_ "', '" office_ "', 0)"
#define LENT(account_, office_, ended_) \
	"INSERT INTO delegation (id, from_account, to_account, office, valid_from, valid_until, ended_at) VALUES ('d1', '@officer', '@" account_ \
	"', '" office_ "', 0, 9000000000000000, " ended_ ")"
#define LEFT(account_) "UPDATE account SET state = 'closed' WHERE id = '@" account_ "'"

#define BATCH(id_, state_, received_) \
	"INSERT INTO intake_batch (id, resource, organization, account, name, received_at, size, digest, attested_rows, attested_digest, period, whole, " \
	"rows, state, kept, reasons, measures, alarms) VALUES ('" id_ "', 'c1', '@provider', '@officer', '', @ago" received_ \
	", 1, 'd', 1, 'd', '2026-09', 0, 1, '" state_ "', 1, '[]', '{}', '[]')"
#define COMPARED(id_, at_, agrees_) \
	"INSERT INTO intake_comparison (id, resource, organization, at, source_count, source_digest, pool_count, pool_digest, agrees) " \
	"VALUES ('" id_ "', 'c1', '@provider', @ago" at_ ", 5, 's', 4, 'p', " agrees_ ")"
#define DRIFTED(id_, state_, received_) \
	BATCH(id_, state_, received_), "UPDATE intake_batch SET alarms = '[{\"kind\":\"drift\"}]' WHERE id = '" id_ "'"
#define BOUND "INSERT INTO binding (resource, version, ordinal, source, table_name, cursor_column) VALUES ('c1', 1, 0, '@source', 't', '')"
#define EVERY(period_) RESOURCE("c1", "conditional", "{\"update_period\":\"" period_ "\"}", "NULL")

#define SITE { "sites", "provider", "www.sjz.gov.cn", GOOD, "{'code':'1301000001','icp':'a','police':'b','filed_on':'2026-01-01'," \
	"'reviewed_on':'2026-01-01','tested_on':'2026-01-01','organizer':'organ'}", 0 }
#define DOMAIN_ { "domains", "provider", "www.sjz.gov.cn", GOOD, "{'kind':'site'}", 0 }
#define RISK_DONE CASE("risk_assessment", "accepted", "provider", "30", "20", "1")

static const struct {
	const char *check, *name, *whose;
	Entry entries[5];
	const char *sql[6];
	gint64 later; /* days that pass */
	guint offending, near; /* of whose */
} rows[] = {
	/* books in which something must stand */
	{ "policy_documents_missing", "none", "provider", .offending = 10 },
	{ "policy_documents_missing", "one", "provider", { { "documents", "provider", "a", GOOD, "{'kind':'security'}", 0 } }, .offending = 9 },
	{ "policy_documents_missing", "other", "provider", { { "documents", "provider", "a", GOOD, "{'kind':'technical'}", 0 } }, .offending = 10 },
	{ "policy_documents_missing", "another's", "provider", { { "documents", "consumer", "a", GOOD, "{'kind':'security'}", 0 } }, .offending = 10 },
	{ "policy_documents_missing", "ends", "provider", { { "documents", "provider", "a", ENDS, "{'kind':'security'}", 0 } }, .offending = 9, .near = 1 },
	{ "policy_documents_missing", "over", "provider", { { "documents", "provider", "a", OVER, "{'kind':'security'}", 0 } }, .offending = 10 },
	{ "policy_documents_missing", "renewed", "provider", { { "documents", "provider", "a", OVER, "{'kind':'security'}", 0 },
		{ "documents", "provider", "b", GOOD, "{'kind':'security'}", 0 } }, .offending = 9 },
	{ "policy_documents_missing", "site", "provider", { SITE }, .offending = 12 },
	{ "policy_documents_missing", "bureau", "bureau", .offending = 12 },
	{ "policy_documents_missing", "just-joined", "provider", .sql = { JOINED("59") }, .near = 10 },
	{ "policy_documents_missing", "no-longer", "provider", .sql = { JOINED("61") }, .offending = 10 },
	{ "plan_missing", "none", "provider", .offending = 3 },
	{ "plan_missing", "one", "provider", { { "plans", "provider", "a", GOOD, "{'kind':'incident'}", 0 } }, .offending = 2 },
	{ "plan_missing", "ends", "provider", { { "plans", "provider", "a", ENDS, "{'kind':'incident'}", 0 } }, .offending = 2, .near = 1 },
	{ "plan_missing", "site", "provider", { SITE }, .offending = 5 },
	{ "plan_missing", "bureau", "bureau", .offending = 5 },
	{ "plan_missing", "company", "company" },
	{ "budget_missing", "none", "provider", .offending = 2 },
	{ "budget_missing", "one", "provider", { { "budgets", "provider", "a", GOOD, "{'purpose':'training'}", 0 } }, .offending = 1 },
	{ "budget_missing", "all", "provider", { { "budgets", "provider", "a", GOOD, "{'purpose':'training'}", 0 },
		{ "budgets", "provider", "b", GOOD, "{'purpose':'construction'}", 0 } } },
	{ "budget_missing", "last-year", "provider", { { "budgets", "provider", "a", OVER, "{'purpose':'training'}", 0 } }, .offending = 2 },
	{ "budget_missing", "site", "provider", { SITE }, .offending = 3 },
	{ "budget_missing", "government", "bureau", .sql = { "UPDATE organization SET kind = 'government' WHERE id = '@bureau'" }, .offending = 1 },
	{ "training_missing", "none", "provider", .offending = 2 },
	{ "training_missing", "one", "provider", { { "trainings", "provider", "a", GOOD, "{'kind':'awareness'}", 0 } }, .offending = 1 },
	{ "training_missing", "ends", "provider", { { "trainings", "provider", "a", ENDS, "{'kind':'awareness'}", 0 } }, .offending = 1, .near = 1 },
	{ "training_missing", "critical", "provider", { { "systems", "provider", "a", GOOD, "{'cii':true,'level':3}", 0 } }, .offending = 3 },
	{ "training_missing", "ordinary", "provider", { { "systems", "provider", "a", GOOD, "{'cii':false,'level':3}", 0 } }, .offending = 2 },
	{ "training_missing", "all", "provider", { { "trainings", "provider", "a", GOOD, "{'kind':'awareness'}", 0 },
		{ "trainings", "provider", "b", GOOD, "{'kind':'technical'}", 0 } } },
	{ "training_missing", "bureau", "bureau", .offending = 3 },
	{ "responsible_person_missing", "none", "provider", .offending = 4 },
	{ "responsible_person_missing", "one", "provider", { { "responsible_persons", "provider", "a", EVER, "{'post':'first'}", 0 } }, .offending = 3 },
	{ "responsible_person_missing", "all", "provider", { { "responsible_persons", "provider", "a", EVER, "{'post':'first'}", 0 },
		{ "responsible_persons", "provider", "b", EVER, "{'post':'direct'}", 0 },
		{ "responsible_persons", "provider", "c", EVER, "{'post':'security_leader'}", 0 },
		{ "responsible_persons", "provider", "d", EVER, "{'post':'network_security'}", 0 } } },
	{ "responsible_person_missing", "there", "provider", { { "responsible_persons", "provider", "a", EVER,
		"{'post':'first','person':'@editor'}", 0 } }, .offending = 3 },
	{ "responsible_person_missing", "left", "provider", { { "responsible_persons", "provider", "a", EVER,
		"{'post':'first','person':'@editor'}", 0 } }, { LEFT("editor") }, .offending = 4 },
	{ "responsible_person_missing", "critical", "provider", { { "systems", "provider", "a", GOOD, "{'cii':true}", 0 } }, .offending = 5 },
	{ "responsible_person_missing", "operator", "provider", { { "systems", "provider", "a", GOOD, "{'cii':false,'primary':'@editor'}", 0 } },
		.offending = 4 },
	{ "responsible_person_missing", "operator-left", "provider", { { "systems", "provider", "a", GOOD, "{'cii':false,'primary':'@editor'}", 0 } },
		{ LEFT("editor") }, .offending = 5 },
	{ "drill_missing", "none", "provider", .offending = 1 },
	{ "drill_missing", "just-joined", "provider", .sql = { JOINED("1") }, .near = 1 },
	{ "drill_missing", "held", "provider", { { "drills", "provider", "a", GOOD, "{'evaluation':'e'}", 90 } } },
	{ "drill_missing", "ends", "provider", { { "drills", "provider", "a", ENDS, "{'evaluation':'e'}", 90 } }, .near = 1 },
	{ "drill_missing", "over", "provider", { { "drills", "provider", "a", OVER, "{'evaluation':'e'}", 90 } }, .offending = 1 },
	{ "drill_missing", "not-evaluated", "provider", { { "drills", "provider", "a", GOOD, "{}", 30 } }, .offending = 1 },
	{ "drill_missing", "not-yet", "provider", { { "drills", "provider", "a", GOOD, "{}", 5 } } },
	{ "backup_policy_missing", "none", "provider", .offending = 1 },
	{ "backup_policy_missing", "encrypted", "provider", { { "backup_policies", "provider", "a", GOOD, "{'important':true,'encrypted':true}", 0 } } },
	{ "backup_policy_missing", "unimportant", "provider", { { "backup_policies", "provider", "a", GOOD, "{'important':false,'encrypted':false}", 0 } } },
	{ "backup_policy_missing", "clear", "provider", { { "backup_policies", "provider", "a", GOOD, "{'important':true,'encrypted':false}", 0 } },
		.offending = 1 },
	{ "mailbox_admin_missing", "none", "provider", .offending = 1 },
	{ "mailbox_admin_missing", "one", "provider", { { "mailboxes", "provider", "a", EVER, "{'kind':'administrator','state':'in_use'}", 0 } } },
	{ "mailbox_admin_missing", "personal", "provider", { { "mailboxes", "provider", "a", EVER, "{'kind':'personal','state':'in_use'}", 0 } },
		.offending = 1 },
	{ "mailbox_admin_missing", "locked", "provider", { { "mailboxes", "provider", "a", EVER, "{'kind':'administrator','state':'locked'}", 0 } },
		.offending = 1 },
	{ "mailbox_admin_missing", "two", "provider", { { "mailboxes", "provider", "a", EVER, "{'kind':'administrator','state':'in_use'}", 0 },
		{ "mailboxes", "provider", "b", EVER, "{'kind':'administrator','state':'in_use'}", 0 } }, .offending = 1 },
	{ "mailbox_admin_missing", "of-another", "provider", { { "mailboxes", "bureau", "a", EVER,
		"{'kind':'administrator','state':'in_use','administers':'@provider'}", 0 } } },
	{ "mailbox_holder_left", "there", "provider", { { "mailboxes", "provider", "a", EVER, "{'holder':'@editor'}", 0 } } },
	{ "mailbox_holder_left", "left", "provider", { { "mailboxes", "provider", "a", EVER, "{'holder':'@editor'}", 0 } }, { LEFT("editor") },
		.offending = 1 },
	{ "mailbox_holder_left", "stranger", "provider", { { "mailboxes", "provider", "a", EVER, "{'holder':'@asker'}", 0 } }, .offending = 1 },
	{ "patrol_missing", "nothing-runs", "provider" },
	{ "patrol_missing", "none", "provider", { { "systems", "provider", "a", GOOD, "{}", 0 } }, .offending = 1 },
	{ "patrol_missing", "fresh", "provider", { { "systems", "provider", "a", GOOD, "{}", 0 },
		{ "patrols", "provider", "b", OVER, "{'kind':'daily'}", 1 } } },
	{ "patrol_missing", "old", "provider", { { "systems", "provider", "a", GOOD, "{}", 0 },
		{ "patrols", "provider", "b", OVER, "{'kind':'daily'}", 10 } }, .offending = 1 },
	{ "patrol_missing", "bureau", "bureau", .offending = 1 },
	{ "ledger_drill", "none", "bureau", .offending = 1 },
	{ "ledger_drill", "verified", "bureau", { { "patrols", "bureau", "a", OVER, "{'kind':'logs','log_backup':true}", 10 } } },
	{ "ledger_drill", "failed", "bureau", { { "patrols", "bureau", "a", OVER, "{'kind':'logs','log_backup':false}", 10 } }, .offending = 1 },
	{ "ledger_drill", "old", "bureau", { { "patrols", "bureau", "a", OVER, "{'kind':'logs','log_backup':true}", 40 } }, .offending = 1 },
	{ "standards_missing", "none", "bureau", .offending = 5 },
	{ "standards_missing", "one", "bureau", { { "standards", "", "a", GOOD, "{'topic':'grading','state':'current'}", 0 } }, .offending = 4 },
	{ "standards_missing", "all", "bureau", { { "standards", "", "a", GOOD, "{'topic':'grading','state':'current'}", 0 },
		{ "standards", "", "b", GOOD, "{'topic':'masking','state':'current'}", 0 },
		{ "standards", "", "c", GOOD, "{'topic':'sharing','state':'current'}", 0 },
		{ "standards", "", "d", GOOD, "{'topic':'metadata','state':'current'}", 0 },
		{ "standards", "", "e", GOOD, "{'topic':'security','state':'current'}", 0 } } },
	{ "standards_missing", "replaced", "bureau", { { "standards", "", "a", GOOD, "{'topic':'grading','state':'replaced'}", 0 } }, .offending = 5 },
	{ "standards_missing", "over", "bureau", { { "standards", "", "a", OVER, "{'topic':'grading','state':'current'}", 0 } }, .offending = 5 },
	{ "library_without_lead", "none", "bureau" },
	{ "library_without_lead", "alone", "bureau", { { "libraries", "", "a", GOOD, "{'kind':'base'}", 0 } }, .offending = 1 },
	{ "library_without_lead", "led", "bureau", { { "libraries", "", "a", GOOD, "{'kind':'base'}", 0 },
		{ "library_leads", "", "b", EVER, "{'library':'r0','organization':'@provider','role':'lead'}", 0 } } },
	{ "library_without_lead", "contributor", "bureau", { { "libraries", "", "a", GOOD, "{'kind':'theme'}", 0 },
		{ "library_leads", "", "b", EVER, "{'library':'r0','organization':'@provider','role':'contributor'}", 0 } }, .offending = 1 },
	{ "library_without_lead", "over", "bureau", { { "libraries", "", "a", GOOD, "{'kind':'base'}", 0 },
		{ "library_leads", "", "b", OVER, "{'library':'r0','organization':'@provider','role':'lead'}", 0 } }, .offending = 1 },
	{ "library_without_lead", "closed-house", "bureau", { { "libraries", "", "a", GOOD, "{'kind':'base'}", 0 },
		{ "library_leads", "", "b", EVER, "{'library':'r0','organization':'@company','role':'lead'}", 0 } },
		{ "UPDATE organization SET state = 'closed' WHERE id = '@company'" }, .offending = 1 },
	{ "library_without_lead", "scene", "bureau", { { "libraries", "", "a", GOOD, "{'kind':'scene'}", 0 } } },

	/* inspections */
	{ "inspection_missing", "new", "bureau", .sql = { "UPDATE organization SET created_at = @ago30" }, .near = 2 },
	{ "inspection_missing", "none", "bureau", .sql = { LONG_AGO }, .offending = 2, .near = 2 },
	{ "inspection_missing", "held", "bureau", .sql = { LONG_AGO, INSPECTED("i1", "2026-08", "routine"), INSPECTED("i2", "2026-H1", "full"),
		INSPECTED("i3", "2026-09", "routine"), INSPECTED("i4", "2026-H2", "routine") } },
	{ "inspection_missing", "special", "bureau", .sql = { LONG_AGO, INSPECTED("i1", "2026-08", "special") }, .offending = 2, .near = 2 },
	{ "inspection_missing", "january", "bureau", .sql = { LONG_AGO, INSPECTED("i1", "2026-12", "routine"), INSPECTED("i2", "2026-H2", "routine"),
		INSPECTED("i3", "2027-H1", "routine") }, .later = 110, .near = 1 },
	{ "inspection_missing", "november", "bureau", .sql = { LONG_AGO, INSPECTED("i1", "2026-10", "routine"), INSPECTED("i2", "2026-H1", "routine"),
		INSPECTED("i3", "2026-11", "routine") }, .later = 50, .near = 1 },

	/* systems and what they stand on */
	{ "app_untested", "good", "provider", { { "apps", "provider", "a", GOOD, "{'tampering':true,'viruses':true,'leakage':true}", 0 } } },
	{ "app_untested", "lacks", "provider", { { "apps", "provider", "a", GOOD, "{'tampering':true,'viruses':true,'leakage':false}", 0 } },
		.offending = 1 },
	{ "app_untested", "said-only", "provider", { { "apps", "provider", "a", GOOD, "{'name':'\\\"leakage\\\":false','leakage':true}", 0 } } },
	{ "app_untested", "over", "provider", { { "apps", "provider", "a", OVER, "{'leakage':true}", 0 } }, .offending = 1 },
	{ "app_untested", "ends", "provider", { { "apps", "provider", "a", ENDS, "{'leakage':true}", 0 } }, .near = 1 },
	{ "cloud_tenant_unreviewed", "good", "provider", { { "cloud_tenants", "provider", "a", GOOD, "{'open_flaws':0,'migration':'running'}", 0 } } },
	{ "cloud_tenant_unreviewed", "over", "provider", { { "cloud_tenants", "provider", "a", OVER, "{'open_flaws':0,'migration':'running'}", 0 } },
		.offending = 1 },
	{ "cloud_tenant_unreviewed", "left", "provider", { { "cloud_tenants", "provider", "a", OVER, "{'open_flaws':0,'migration':'left'}", 0 } } },
	{ "cloud_tenant_unreviewed", "flaws", "provider", { { "cloud_tenants", "provider", "a", GOOD,
		"{'open_flaws':3,'mend_by':'2026-09-01','migration':'running'}", 0 } }, .offending = 1 },
	{ "cloud_tenant_unreviewed", "mended", "provider", { { "cloud_tenants", "provider", "a", GOOD,
		"{'open_flaws':0,'mend_by':'2026-09-01','migration':'running'}", 0 } } },
	{ "cloud_tenant_unreviewed", "has-time", "provider", { { "cloud_tenants", "provider", "a", GOOD,
		"{'open_flaws':3,'mend_by':'2026-09-30','migration':'running'}", 0 } }, .near = 1 },
	{ "contractor_without_agreement", "none", "provider", { { "contractors", "provider", "a", GOOD, "{'state':'admitted','agreement':'A1'}", 0 } },
		.offending = 1 },
	{ "contractor_without_agreement", "signed", "provider", { { "contractors", "provider", "a", GOOD, "{'state':'admitted','agreement':'A1'}", 0 },
		{ "agreements", "provider", "A1", GOOD, "{}", 0 } } },
	{ "contractor_without_agreement", "over", "provider", { { "contractors", "provider", "a", GOOD, "{'state':'admitted','agreement':'A1'}", 0 },
		{ "agreements", "provider", "A1", OVER, "{}", 0 } }, .offending = 1 },
	{ "contractor_without_agreement", "another's", "provider", { { "contractors", "provider", "a", GOOD, "{'state':'admitted','agreement':'A1'}", 0 },
		{ "agreements", "consumer", "A1", GOOD, "{}", 0 } }, .offending = 1 },
	{ "contractor_without_agreement", "unnamed", "provider", { { "contractors", "provider", "a", GOOD, "{'state':'admitted'}", 0 } }, .offending = 1 },
	{ "contractor_without_agreement", "left", "provider", { { "contractors", "provider", "a", GOOD, "{'state':'left'}", 0 } } },
	{ "crypto_assessment_due", "none", "consumer", .offending = 1 },
	{ "crypto_assessment_due", "small", "consumer", .sql = { "UPDATE system SET mlps_level = 2" } },
	{ "crypto_assessment_due", "good", "consumer", { { "system_filings", "consumer", "a", GOOD,
		"{'system':'@system','kind':'crypto','result':'conforms'}", 0 } } },
	{ "crypto_assessment_due", "failed", "consumer", { { "system_filings", "consumer", "a", GOOD,
		"{'system':'@system','kind':'crypto','result':'fails'}", 0 } }, .offending = 1 },
	{ "crypto_assessment_due", "plan-only", "consumer", { { "system_filings", "consumer", "a", GOOD,
		"{'system':'@system','kind':'crypto_plan','result':'conforms'}", 0 } }, .offending = 1 },
	{ "crypto_assessment_due", "ends", "consumer", { { "system_filings", "consumer", "a", ENDS,
		"{'system':'@system','kind':'crypto','result':'basically'}", 0 } }, .near = 1 },
	{ "system_unfiled", "not-entered", "consumer", .offending = 1 },
	{ "system_unfiled", "not-filed", "consumer", { { "systems", "consumer", "a", GOOD, "{'system':'@system','level':3}", 0 } }, .offending = 1 },
	{ "system_unfiled", "small", "consumer", { { "systems", "consumer", "a", GOOD, "{'system':'@system','level':1}", 0 } } },
	{ "system_unfiled", "number", "consumer", { { "systems", "consumer", "a", GOOD, "{'system':'@system','level':3,'filing':'N1'}", 0 } } },
	{ "system_unfiled", "filed", "consumer", { { "systems", "consumer", "a", GOOD, "{'system':'@system','level':3}", 0 },
		{ "system_filings", "consumer", "b", GOOD, "{'system':'@system','kind':'mlps','state':'filed'}", 0 } } },
	{ "system_unfiled", "kept", "consumer", { { "systems", "consumer", "a", GOOD, "{'system':'@system','level':3}", 0 },
		{ "system_filings", "consumer", "b", GOOD, "{'system':'@system','kind':'mlps','state':'kept'}", 0 } }, .offending = 1 },
	{ "system_unconnected", "connected", "provider", { { "systems", "provider", "a", GOOD, "{'connection':'connected'}", 0 } } },
	{ "system_unconnected", "planned", "provider", { { "systems", "provider", "a", GOOD, "{'connection':'planned','connect_by':'2026-12-01'}", 0 } } },
	{ "system_unconnected", "soon", "provider", { { "systems", "provider", "a", GOOD, "{'connection':'planned','connect_by':'2026-09-30'}", 0 } },
		.near = 1 },
	{ "system_unconnected", "late", "provider", { { "systems", "provider", "a", GOOD, "{'connection':'planned','connect_by':'2026-09-01'}", 0 } },
		.offending = 1 },
	{ "system_unconnected", "no-day", "provider", { { "systems", "provider", "a", GOOD, "{'connection':'planned'}", 0 } }, .offending = 1 },
	{ "system_unconnected", "exempt", "provider", { { "systems", "provider", "a", GOOD, "{'connection':'exempt','exemption':'x'}", 0 } } },
	{ "system_unconnected", "no-reason", "provider", { { "systems", "provider", "a", GOOD, "{'connection':'exempt'}", 0 } }, .offending = 1 },
	{ "front_node_stale", "good", "provider", { { "front_nodes", "provider", "a", GOOD, "{'state':'enabled'}", 0 } } },
	{ "front_node_stale", "offline", "provider", { { "front_nodes", "provider", "a", GOOD, "{'state':'offline'}", 0 } }, .offending = 1 },
	{ "front_node_stale", "over", "provider", { { "front_nodes", "provider", "a", OVER, "{'state':'enabled'}", 0 } }, .offending = 1 },
	{ "front_node_stale", "ends", "provider", { { "front_nodes", "provider", "a", ENDS, "{'state':'enabled'}", 0 } }, .near = 1 },
	{ "front_node_stale", "suspended", "provider", { { "front_nodes", "provider", "a", OVER, "{'state':'suspended'}", 0 } } },
	{ "terminal_check_overdue", "good", "provider", { { "terminals", "provider", "a", GOOD, "{'antivirus':'ok','connection':'wired'}", 0 } } },
	{ "terminal_check_overdue", "outdated", "provider", { { "terminals", "provider", "a", GOOD, "{'antivirus':'outdated','connection':'wired'}", 0 } },
		.offending = 1 },
	{ "terminal_check_overdue", "wireless", "provider", { { "terminals", "provider", "a", GOOD, "{'antivirus':'ok','connection':'wireless'}", 0 } },
		.offending = 1 },
	{ "terminal_check_overdue", "approved", "provider", { { "terminals", "provider", "a", GOOD,
		"{'antivirus':'ok','connection':'wireless','approval':'k1'}", 0 } } },
	{ "terminal_check_overdue", "over", "provider", { { "terminals", "provider", "a", OVER, "{'antivirus':'ok','connection':'wired'}", 0 } },
		.offending = 1 },
	{ "terminal_check_overdue", "ends", "provider", { { "terminals", "provider", "a", ENDS, "{'antivirus':'ok','connection':'wired'}", 0 } },
		.near = 1 },
	{ "risk_assessment_due", "none", "provider", .offending = 1 },
	{ "risk_assessment_due", "done", "provider", .sql = { RISK_DONE } },
	{ "risk_assessment_due", "another's", "consumer", .sql = { RISK_DONE }, .offending = 1 },
	{ "risk_assessment_due", "barred", "provider", .sql = { CASE("risk_assessment", "barred", "provider", "30", "20", "1") }, .offending = 1 },
	{ "risk_assessment_due", "old", "provider", .sql = { CASE("risk_assessment", "accepted", "provider", "410", "400", "1") }, .offending = 1 },
	{ "risk_assessment_due", "ageing", "provider", .sql = { CASE("risk_assessment", "accepted", "provider", "370", "360", "1") }, .near = 1 },
	{ "risk_assessment_due", "risk", "provider", { { "risk_points", "provider", "a", OVER, "{}", 0 } }, { RISK_DONE }, .offending = 1 },
	{ "risk_assessment_due", "risk-good", "provider", { { "risk_points", "provider", "a", GOOD, "{}", 0 } }, { RISK_DONE } },
	{ "change_without_ticket", "none", "provider", { DOMAIN_ } },
	{ "change_without_ticket", "changed", "provider", { DOMAIN_ }, { CHANGE("{\"addresses\":[\"10.0.0.1\"]}") }, .offending = 1 },
	{ "change_without_ticket", "contact", "provider", { DOMAIN_ }, { CHANGE("{\"contact\":\"a\"}") } },
	{ "change_without_ticket", "ticket", "provider", { DOMAIN_ }, { CHANGE("{\"addresses\":[\"10.0.0.1\"]}"),
		CASE("change_ticket", "verified", "provider", "5", "1", "1") } },
	{ "change_without_ticket", "running", "provider", { DOMAIN_ }, { CHANGE("{\"servers\":[\"a\"]}"),
		CASE("change_ticket", "working", "provider", "5", "4", "0") } },
	{ "change_without_ticket", "asked", "provider", { DOMAIN_ }, { CHANGE("{\"servers\":[\"a\"]}"),
		CASE("change_ticket", "asked", "provider", "5", "4", "0") }, .offending = 1 },
	{ "change_without_ticket", "closed-before", "provider", { DOMAIN_ }, { CHANGE("{\"servers\":[\"a\"]}"),
		CASE("change_ticket", "verified", "provider", "9", "5", "1") }, .offending = 1 },
	{ "change_without_ticket", "afterwards", "provider", { DOMAIN_ }, { CHANGE("{\"servers\":[\"a\"]}"),
		CASE("change_ticket", "working", "provider", "1", "1", "0") }, .offending = 1 },
	{ "change_without_ticket", "another's", "provider", { DOMAIN_ }, { CHANGE("{\"servers\":[\"a\"]}"),
		CASE("change_ticket", "working", "consumer", "5", "4", "0") }, .offending = 1 },
	{ "change_without_ticket", "settled", "provider", { DOMAIN_ }, { CHANGE("{\"servers\":[\"a\"]}"),
		CASE("rectification", "verified", "provider", "1", "1", "1"), FOUND } },
	{ "change_without_ticket", "being-settled", "provider", { DOMAIN_ }, { CHANGE("{\"servers\":[\"a\"]}"),
		CASE("rectification", "fixing", "provider", "1", "1", "0"), FOUND }, .offending = 1 },
	{ "change_without_ticket", "policy", "provider", { { "security_products", "provider", "a", GOOD, "{}", 0 } },
		{ CHANGE("{\"policy_on\":\"2026-09-19\"}") }, .offending = 1 },
	{ "change_without_ticket", "last-year", "provider", { DOMAIN_ }, { CHANGE("{\"servers\":[\"a\"]}") }, .later = 400 },

	/* websites */
	{ "site_domain_suffix", "good", "provider", { SITE, DOMAIN_ } },
	{ "site_domain_suffix", "chinese", "provider", { { "sites", "provider", "石家庄.政务", GOOD, "{}", 0 } } },
	{ "site_domain_suffix", "punycode", "provider", { { "sites", "provider", "xn--a.xn--zfr164b", GOOD, "{}", 0 } } },
	{ "site_domain_suffix", "com", "provider", { { "sites", "provider", "sjz.com", GOOD, "{}", 0 } }, .offending = 1 },
	{ "site_domain_suffix", "lookalike", "provider", { { "sites", "provider", "evilgov.cn", GOOD, "{}", 0 } }, .offending = 1 },
	{ "site_domain_suffix", "inside", "provider", { { "sites", "provider", "www.gov.cn.example.com", GOOD, "{}", 0 } }, .offending = 1 },
	{ "site_domain_suffix", "province-mail", "provider", { { "domains", "provider", "dz.shandong.cn", GOOD, "{'kind':'mail'}", 0 } } },
	{ "site_domain_suffix", "province-site", "provider", { { "domains", "provider", "dz.shandong.cn", GOOD, "{'kind':'site'}", 0 } }, .offending = 1 },
	{ "site_domain_suffix", "interface", "provider", { { "domains", "provider", "api.dz.cn", GOOD, "{'kind':'service'}", 0 } } },
	{ "site_domain_suffix", "department", "provider", { { "sites", "provider", "school.cn", GOOD, "{}", 0 } }, .offending = 1 },
	{ "site_domain_suffix", "institution", "provider", { { "sites", "provider", "school.cn", GOOD, "{}", 0 } },
		{ "UPDATE organization SET kind = 'institution' WHERE id = '@provider'" } },
	{ "site_unfiled", "good", "provider", { SITE } },
	{ "site_unfiled", "police", "provider", { { "sites", "provider", "a", GOOD, "{'code':'1','icp':'2','filed_on':'2026-01-01'}", 0 } },
		.offending = 1 },
	{ "site_unreviewed", "good", "provider", { SITE } },
	{ "site_unreviewed", "over", "provider", { { "sites", "provider", "a", OVER, "{'reviewed_on':'2026-01-01','tested_on':'2026-01-01'}", 0 } },
		.offending = 1 },
	{ "site_unreviewed", "ends", "provider", { { "sites", "provider", "a", ENDS, "{'reviewed_on':'2026-01-01','tested_on':'2026-01-01'}", 0 } },
		.near = 1 },
	{ "site_unreviewed", "untested", "provider", { { "sites", "provider", "a", GOOD, "{'reviewed_on':'2026-01-01'}", 0 } }, .offending = 1 },
	{ "site_unreviewed", "exception", "provider", { { "sites", "provider", "a", GOOD,
		"{'organizer':'excepted','reviewed_on':'2026-01-01','tested_on':'2026-01-01'}", 0 } }, .offending = 1 },
	{ "site_unreviewed", "excepted", "provider", { { "sites", "provider", "a", GOOD,
		"{'exception':'k1','organizer':'excepted','reviewed_on':'2026-01-01','tested_on':'2026-01-01'}", 0 } } },

	/* accounts and alerts */
	{ "account_one_factor", "both", "provider", .sql = { "UPDATE account SET totp = 'x'" } },
	{ "account_one_factor", "one", "provider", .sql = { "UPDATE account SET totp = 'x'", "UPDATE account SET totp = NULL WHERE id = '@sharing'" },
		.offending = 1 },
	{ "account_one_factor", "no-office", "provider", .sql = { "UPDATE account SET totp = 'x'", "UPDATE account SET totp = NULL WHERE id = '@sharing'",
		"DELETE FROM office WHERE account = '@sharing'" } },
	{ "admins_not_separated", "parted", "provider" },
	{ "admins_not_separated", "two", "provider", .sql = { OFFICE("admin", "auditor") }, .offending = 1 },
	{ "admins_not_separated", "business", "provider", .sql = { OFFICE("officer", "security_admin") }, .offending = 1 },
	{ "admins_not_separated", "secrecy", "provider", .sql = { OFFICE("secrecy", "security_admin") } },
	{ "admins_not_separated", "lent", "provider", .sql = { LENT("admin", "officer", "NULL") }, .offending = 1 },
	{ "admins_not_separated", "taken-back", "provider", .sql = { LENT("admin", "officer", "1") } },
	{ "alerts_unhandled", "old", "consumer", .sql = { ALERT("10", "open") }, .offending = 1 },
	{ "alerts_unhandled", "new", "consumer", .sql = { ALERT("1", "open") }, .near = 1 },
	{ "alerts_unhandled", "handled", "consumer", .sql = { ALERT("10", "handled") } },

	/* catalog and grants */
	{ "base_not_unconditional", "open", "provider", .sql = { RESOURCE("c1", "unconditional", "{\"base_library\":\"population\"}", "NULL") } },
	{ "base_not_unconditional", "conditional", "provider", .sql = { RESOURCE("c1", "conditional", "{\"base_library\":\"population\"}", "NULL") },
		.offending = 1 },
	{ "base_not_unconditional", "ordinary", "provider", .sql = { RESOURCE("c1", "conditional", "{}", "NULL") } },
	{ "base_not_unconditional", "book", "provider", { { "libraries", "", "a", GOOD, "{'kind':'base','base':'licences','resource':'c1'}", 0 } },
		{ RESOURCE("c1", "conditional", "{}", "NULL") }, .offending = 1 },
	{ "base_not_unconditional", "theme", "provider", { { "libraries", "", "a", GOOD, "{'kind':'theme','resource':'c1'}", 0 } },
		{ RESOURCE("c1", "conditional", "{}", "NULL") } },
	{ "withheld_without_basis", "accepted", "provider", .sql = { RESOURCE("c1", "conditional", BASIS, "'@sharing'") } },
	{ "withheld_without_basis", "not-accepted", "provider", .sql = { RESOURCE("c1", "withheld", BASIS, "NULL") }, .offending = 1 },
	{ "withheld_without_basis", "no-basis", "provider", .sql = { RESOURCE("c1", "conditional", "{}", "'@sharing'") }, .offending = 1 },
	{ "withheld_without_basis", "open", "provider", .sql = { RESOURCE("c1", "unconditional", "{}", "NULL") } },
	{ "unconditional_share_low", "two-of-five", "provider", .sql = { FIVE("2") }, .offending = 1 },
	{ "unconditional_share_low", "three-of-five", "provider", .sql = { FIVE("3") } },
	{ "unconditional_share_low", "few", "provider", .sql = { RESOURCE("c1", "conditional", "{}", "NULL") } },
	{ "handover_missing", "none", "provider", .sql = { GRANT("3", "active", "0") }, .offending = 1 },
	{ "handover_missing", "low", "provider", .sql = { GRANT("2", "active", "0") } },
	{ "handover_missing", "ended", "provider", .sql = { GRANT("3", "disposed", "0") } },
	{ "handover_missing", "signed", "provider", .sql = { GRANT("3", "active", "0"), PAPER("k1", "'@asking_head'") } },
	{ "handover_missing", "one-side", "provider", .sql = { GRANT("3", "active", "0"), PAPER("k1", "NULL") }, .offending = 1 },
	{ "handover_missing", "other-case", "provider", .sql = { GRANT("3", "active", "0"), PAPER("k2", "'@asking_head'") }, .offending = 1 },
	{ "use_records_missing", "none", "consumer", .sql = { GRANT("3", "active", "@ago40") }, .offending = 1 },
	{ "use_records_missing", "soon", "consumer", .sql = { GRANT("3", "active", "@ago20") }, .near = 1 },
	{ "use_records_missing", "fresh", "consumer", .sql = { GRANT("3", "active", "@ago2") } },
	{ "use_records_missing", "never-active", "consumer", .sql = { GRANT("3", "provisioning", "NULL") } },
	{ "use_records_missing", "kept", "consumer", { { "use_records", "consumer", "a", EVER, "{'grant':'g1'}", 0 } },
		{ GRANT("3", "active", "@ago40") } },
	{ "use_records_missing", "another's", "consumer", { { "use_records", "provider", "a", EVER, "{'grant':'g1'}", 0 } },
		{ GRANT("3", "active", "@ago40") }, .offending = 1 },
	{ "batch_quarantined", "waits", "provider", .sql = { EVERY("daily"), BATCH("b1", "quarantined", "1") }, .offending = 1 },
	{ "batch_quarantined", "another's", "consumer", .sql = { EVERY("daily"), BATCH("b1", "quarantined", "1") } },
	{ "batch_quarantined", "treated", "provider", .sql = { EVERY("daily"), BATCH("b1", "released", "1"), BATCH("b2", "discarded", "1") } },
	{ "batch_quarantined", "refused", "provider", .sql = { EVERY("daily"), BATCH("b1", "refused", "1"), BATCH("b2", "pooled", "1") } },
	{ "batch_drift", "moved", "provider", .sql = { EVERY("daily"), BATCH("b1", "pooled", "2"), DRIFTED("b2", "pooled", "1") }, .offending = 1 },
	{ "batch_drift", "twice-is-one", "provider", .sql = { EVERY("daily"), DRIFTED("b1", "pooled", "2"), DRIFTED("b2", "released", "1") }, .offending = 1 },
	{ "batch_drift", "ordinary-again", "provider", .sql = { EVERY("daily"), DRIFTED("b1", "pooled", "2"), BATCH("b2", "pooled", "1") } },
	{ "batch_drift", "waits", "provider", .sql = { EVERY("daily"), DRIFTED("b1", "quarantined", "1") } },
	{ "data_uncompared", "never", "provider", .sql = { EVERY("daily"), BOUND, BATCH("b1", "pooled", "32") }, .offending = 1 },
	{ "data_uncompared", "soon", "provider", .sql = { EVERY("daily"), BOUND, BATCH("b1", "pooled", "60"), COMPARED("x1", "20", "1") }, .near = 1 },
	{ "data_uncompared", "compared", "provider", .sql = { EVERY("daily"), BOUND, BATCH("b1", "pooled", "60"), COMPARED("x1", "3", "0") } },
	{ "data_uncompared", "unbound", "provider", .sql = { EVERY("daily"), BATCH("b1", "pooled", "60") } },
	{ "data_uncompared", "nothing-came", "provider", .sql = { EVERY("daily"), BOUND, BATCH("b1", "quarantined", "60") } },
	{ "data_inconsistent", "differs", "provider", .sql = { EVERY("daily"), COMPARED("x1", "3", "1"), COMPARED("x2", "2", "0") }, .offending = 1 },
	{ "data_inconsistent", "agrees-again", "provider", .sql = { EVERY("daily"), COMPARED("x1", "3", "0"), COMPARED("x2", "2", "1") } },
	{ "data_inconsistent", "same-moment", "provider", .sql = { EVERY("daily"), COMPARED("x1", "2", "0"), COMPARED("x2", "2", "1") } },
	{ "data_inconsistent", "never", "provider", .sql = { EVERY("daily") } },
	{ "data_stale", "late", "provider", .sql = { EVERY("monthly"), BATCH("b1", "pooled", "40") }, .offending = 1 },
	{ "data_stale", "in-time", "provider", .sql = { EVERY("monthly"), BATCH("b1", "pooled", "40"), BATCH("b2", "pooled", "20") } },
	{ "data_stale", "only-quarantined", "provider", .sql = { EVERY("monthly"), BATCH("b1", "pooled", "40"), BATCH("b2", "quarantined", "20") },
		.offending = 1 },
	{ "data_stale", "irregular", "provider", .sql = { EVERY("irregular"), BATCH("b1", "pooled", "400") } },
	{ "data_stale", "not-by-batches", "provider", .sql = { EVERY("daily") } },

	/* books that run out: on the day after the last one, where the record is of the kind that counts */
	{ "backup_drill", "over", "provider", { { "backup_policies", "provider", "a", OVER, "{}", 0 } }, .offending = 1 },
	{ "backup_drill", "last-day", "provider", { { "backup_policies", "provider", "a", TODAY, "{}", 0 } }, .near = 1 },
	{ "backup_drill", "good", "provider", { { "backup_policies", "provider", "a", GOOD, "{}", 0 } } },
	{ "contractor_exit_overdue", "over", "provider", { { "contractors", "provider", "a", OVER, "{'state':'leaving'}", 0 } }, .offending = 1 },
	{ "contractor_exit_overdue", "last-day", "provider", { { "contractors", "provider", "a", TODAY, "{'state':'leaving'}", 0 } }, .near = 1 },
	{ "contractor_exit_overdue", "good", "provider", { { "contractors", "provider", "a", GOOD, "{'state':'leaving'}", 0 } } },
	{ "contractor_exit_overdue", "does-not-count", "provider", { { "contractors", "provider", "a", OVER, "{'state':'left'}", 0 } } },
	{ "holders_overdue", "over", "provider", { { "holders", "provider", "a", OVER, "{'disposed':'kept'}", 0 } }, .offending = 1 },
	{ "holders_overdue", "last-day", "provider", { { "holders", "provider", "a", TODAY, "{'disposed':'kept'}", 0 } }, .near = 1 },
	{ "holders_overdue", "good", "provider", { { "holders", "provider", "a", GOOD, "{'disposed':'kept'}", 0 } } },
	{ "holders_overdue", "does-not-count", "provider", { { "holders", "provider", "a", OVER, "{'disposed':'destroyed'}", 0 } } },
	{ "library_unmonitored", "over", "provider", { { "libraries", "provider", "a", OVER, "{}", 0 } }, .offending = 1 },
	{ "library_unmonitored", "last-day", "provider", { { "libraries", "provider", "a", TODAY, "{}", 0 } }, .near = 1 },
	{ "library_unmonitored", "good", "provider", { { "libraries", "provider", "a", GOOD, "{}", 0 } } },
	{ "media_unreturned", "over", "provider", { { "media", "provider", "a", OVER, "{'state':'issued'}", 0 } }, .offending = 1 },
	{ "media_unreturned", "last-day", "provider", { { "media", "provider", "a", TODAY, "{'state':'issued'}", 0 } }, .near = 1 },
	{ "media_unreturned", "good", "provider", { { "media", "provider", "a", GOOD, "{'state':'issued'}", 0 } } },
	{ "media_unreturned", "does-not-count", "provider", { { "media", "provider", "a", OVER, "{'state':'returned'}", 0 } } },
	{ "network_access_unreviewed", "over", "provider", { { "network_access", "provider", "a", OVER, "{'state':'enabled'}", 0 } }, .offending = 1 },
	{ "network_access_unreviewed", "last-day", "provider", { { "network_access", "provider", "a", TODAY, "{'state':'enabled'}", 0 } }, .near = 1 },
	{ "network_access_unreviewed", "good", "provider", { { "network_access", "provider", "a", GOOD, "{'state':'enabled'}", 0 } } },
	{ "network_access_unreviewed", "does-not-count", "provider", { { "network_access", "provider", "a", OVER, "{'state':'disabled'}", 0 } } },
	{ "private_channel_expired", "over", "provider", { { "private_channels", "provider", "a", OVER, "{'state':'open'}", 0 } }, .offending = 1 },
	{ "private_channel_expired", "last-day", "provider", { { "private_channels", "provider", "a", TODAY, "{'state':'open'}", 0 } }, .near = 1 },
	{ "private_channel_expired", "good", "provider", { { "private_channels", "provider", "a", GOOD, "{'state':'open'}", 0 } } },
	{ "private_channel_expired", "does-not-count", "provider", { { "private_channels", "provider", "a", OVER, "{'state':'closed'}", 0 } } },
	{ "received_documents_late", "over", "provider", { { "received_documents", "provider", "a", OVER, "{'state':'signed'}", 0 } }, .offending = 1 },
	{ "received_documents_late", "last-day", "provider", { { "received_documents", "provider", "a", TODAY, "{'state':'signed'}", 0 } }, .near = 1 },
	{ "received_documents_late", "good", "provider", { { "received_documents", "provider", "a", GOOD, "{'state':'signed'}", 0 } } },
	{ "received_documents_late", "does-not-count", "provider", { { "received_documents", "provider", "a", OVER, "{'state':'handled'}", 0 } } },
	{ "security_products_expired", "over", "provider", { { "security_products", "provider", "a", OVER, "{'state':'running'}", 0 } }, .offending = 1 },
	{ "security_products_expired", "last-day", "provider", { { "security_products", "provider", "a", TODAY, "{'state':'running'}", 0 } }, .near = 1 },
	{ "security_products_expired", "good", "provider", { { "security_products", "provider", "a", GOOD, "{'state':'running'}", 0 } } },
	{ "security_products_expired", "does-not-count", "provider", { { "security_products", "provider", "a", OVER, "{'state':'retired'}", 0 } } },
	{ "system_retest_due", "over", "provider", { { "system_filings", "provider", "a", OVER, "{'kind':'mlps'}", 0 } }, .offending = 1 },
	{ "system_retest_due", "last-day", "provider", { { "system_filings", "provider", "a", TODAY, "{'kind':'mlps'}", 0 } }, .near = 1 },
	{ "system_retest_due", "good", "provider", { { "system_filings", "provider", "a", GOOD, "{'kind':'mlps'}", 0 } } },
	{ "system_retest_due", "does-not-count", "provider", { { "system_filings", "provider", "a", OVER, "{'kind':'crypto'}", 0 } } },
	{ "crypto_inventory_missing", "none", "provider", .offending = 1 },
	{ "crypto_inventory_missing", "one", "provider", { { "crypto_inventory", "provider", "a", GOOD, "{'purpose':'storage'}", 0 } } },
	{ "crypto_inventory_missing", "key-over", "provider", { { "crypto_inventory", "provider", "a", OVER, "{'purpose':'storage'}", 0 } },
		.offending = 1 },
	{ "crypto_inventory_missing", "other", "provider", { { "crypto_inventory", "provider", "a", GOOD, "{'purpose':'signature'}", 0 } },
		.offending = 1 },
	{ "crypto_inventory_missing", "company", "company" },
	{ "duty_roster_missing", "none", "bureau", .offending = 1 },
	{ "duty_roster_missing", "another's", "bureau", { { "duty_rosters", "provider", "a", GOOD, "{}", 0 } }, .offending = 1 },
	{ "duty_roster_missing", "there", "bureau", { { "duty_rosters", "bureau", "a", GOOD, "{}", 0 } } },
	{ "duty_roster_missing", "department", "provider" },

	{ "editor_reviewer_missing", "both", "provider" },
	{ "editor_reviewer_missing", "none", "consumer", .offending = 1 },

	/* clocks of procedures */
	{ "catalog_review_late", "late", "bureau", .sql = { CLOCK("catalog_review", "submitted", "bureau", "bureau", "review", "working_day", "2026-09-20", "@ago1", "1") }, .offending = 1 },
	{ "catalog_review_late", "last-day", "bureau", .sql = { CLOCK("catalog_review", "submitted", "bureau", "bureau", "review", "working_day", "2026-09-21", "@ago0", "1") }, .near = 1 },
	{ "catalog_review_late", "long-yet", "bureau", .sql = { CLOCK("catalog_review", "submitted", "bureau", "bureau", "review", "working_day", "2026-09-30", "@ago0", "0") } },
	{ "catalog_review_late", "stopped", "bureau", .sql = { CLOCK("catalog_review", "submitted", "bureau", "bureau", "review", "working_day", "2026-09-20", "@ago1", "1"),
		"UPDATE work_clock SET state = 'stopped'" } },
	{ "late_correction", "late", "provider", .sql = { CLOCK("correction", "received", "provider", "provider", "answer", "working_day", "2026-09-20", "@ago1", "1") }, .offending = 1 },
	{ "late_correction", "last-day", "provider", .sql = { CLOCK("correction", "received", "provider", "provider", "answer", "working_day", "2026-09-21", "@ago0", "1") }, .near = 1 },
	{ "late_correction", "long-yet", "provider", .sql = { CLOCK("correction", "received", "provider", "provider", "answer", "working_day", "2026-09-30", "@ago0", "0") } },
	{ "late_correction", "stopped", "provider", .sql = { CLOCK("correction", "received", "provider", "provider", "answer", "working_day", "2026-09-20", "@ago1", "1"),
		"UPDATE work_clock SET state = 'stopped'" } },
	{ "warnings_unacknowledged", "late", "provider", .sql = { CLOCK("warning", "issued", "organization", "provider", "sign", "working_day", "2026-09-20", "@ago1", "1") }, .offending = 1 },
	{ "warnings_unacknowledged", "last-day", "provider", .sql = { CLOCK("warning", "issued", "organization", "provider", "sign", "working_day", "2026-09-21", "@ago0", "1") }, .near = 1 },
	{ "warnings_unacknowledged", "long-yet", "provider", .sql = { CLOCK("warning", "issued", "organization", "provider", "sign", "working_day", "2026-09-30", "@ago0", "0") } },
	{ "warnings_unacknowledged", "stopped", "provider", .sql = { CLOCK("warning", "issued", "organization", "provider", "sign", "working_day", "2026-09-20", "@ago1", "1"),
		"UPDATE work_clock SET state = 'stopped'" } },
	{ "incident_report_late", "late", "provider", .sql = { CLOCK("incident", "contained", "organization", "provider", "report", "hour", "2026-09-20", "@ago1", "1") }, .offending = 1 },
	{ "incident_report_late", "late-on-its-day", "provider", .sql = { CLOCK("incident", "contained", "organization", "provider", "report", "hour", "2026-09-21", "@ago0", "1") }, .offending = 1 },
	{ "incident_report_late", "hours-left", "provider", .sql = { CLOCK("incident", "contained", "organization", "provider", "report", "hour", "2026-09-21", "@ago0 + 1", "1") }, .near = 1 },
	{ "incident_report_late", "long-yet", "provider", .sql = { CLOCK("incident", "contained", "organization", "provider", "report", "hour", "2026-09-22", "@ago0 + 86400000000", "0") } },
	{ "incident_report_late", "stopped", "provider", .sql = { CLOCK("incident", "contained", "organization", "provider", "report", "hour", "2026-09-20", "@ago1", "1"),
		"UPDATE work_clock SET state = 'stopped'" } },
	{ "secret_report_late", "late", "provider", .sql = { CLOCK("secret_found", "found", "organization", "provider", "report", "hour", "2026-09-20", "@ago1", "1") }, .offending = 1 },
	{ "secret_report_late", "late-on-its-day", "provider", .sql = { CLOCK("secret_found", "found", "organization", "provider", "report", "hour", "2026-09-21", "@ago0", "1") }, .offending = 1 },
	{ "secret_report_late", "hours-left", "provider", .sql = { CLOCK("secret_found", "found", "organization", "provider", "report", "hour", "2026-09-21", "@ago0 + 1", "1") }, .near = 1 },
	{ "secret_report_late", "long-yet", "provider", .sql = { CLOCK("secret_found", "found", "organization", "provider", "report", "hour", "2026-09-22", "@ago0 + 86400000000", "0") } },
	{ "secret_report_late", "stopped", "provider", .sql = { CLOCK("secret_found", "found", "organization", "provider", "report", "hour", "2026-09-20", "@ago1", "1"),
		"UPDATE work_clock SET state = 'stopped'" } },
	{ "demands_stale", "old", "bureau", .sql = { CASE("data_demand", "at_bureau", "bureau", "400", "1", "0"), BUREAUS }, .offending = 1 },
	{ "demands_stale", "new", "bureau", .sql = { CASE("data_demand", "at_bureau", "bureau", "1", "1", "0"), BUREAUS } },
	{ "demands_stale", "ended", "bureau", .sql = { CASE("data_demand", "matched", "bureau", "400", "1", "1"), BUREAUS } },

	/* alerts of one rule */
	{ "accounts_shared", "open", "consumer", .sql = { ALERT_BY("shared_account", "open") }, .offending = 1 },
	{ "accounts_shared", "handled", "consumer", .sql = { ALERT_BY("shared_account", "handled") } },
	{ "accounts_shared", "another-rule", "consumer", .sql = { ALERT_BY("off_hours", "open") } },
	{ "purpose_breach", "open", "consumer", .sql = { ALERT_BY("purpose_denied", "open") }, .offending = 1 },
	{ "purpose_breach", "handled", "consumer", .sql = { ALERT_BY("purpose_denied", "handled") } },
	{ "purpose_breach", "another-rule", "consumer", .sql = { ALERT_BY("off_hours", "open") } },
	{ "scope_breach", "open", "consumer", .sql = { ALERT_BY("scope_denied", "open") }, .offending = 1 },
	{ "scope_breach", "handled", "consumer", .sql = { ALERT_BY("scope_denied", "handled") } },
	{ "scope_breach", "another-rule", "consumer", .sql = { ALERT_BY("off_hours", "open") } },
	{ "sensitive_misuse", "open", "consumer", .sql = { ALERT_BY("sensitive_volume", "open") }, .offending = 1 },
	{ "sensitive_misuse", "handled", "consumer", .sql = { ALERT_BY("sensitive_volume", "handled") } },
	{ "sensitive_misuse", "another-rule", "consumer", .sql = { ALERT_BY("off_hours", "open") } },
};

/* ---- setting up ---- */

static const char *
place(const Town *town, const char *whose)
{
	const City *city = town->city;

	return strcmp(whose, "provider") == 0 ? city->provider : strcmp(whose, "consumer") == 0 ? city->consumer :
		strcmp(whose, "bureau") == 0 ? city->bureau : strcmp(whose, "company") == 0 ? city->company : "";
}

/* @provider, @editor (the account) …, @ago7 (seven days before now). */
static char *
fill(const Town *town, const char *text)
{
	const City *city = town->city;
	const struct {
		const char *name, *value;
	} known[] = {
		{ "@provider", city->provider }, { "@consumer", city->consumer }, { "@bureau", city->bureau }, { "@company", city->company },
		{ "@system", city->system }, { "@source", city->source }, { "@editor", city->editor->account }, { "@secrecy", city->secrecy->account },
		{ "@sharing", city->sharing->account }, { "@officer", city->officer->account }, { "@admin", city->admin->account },
		{ "@asking_head", city->asking_head->account }, { "@asker", city->asker->account },
	};
	GString *filled = g_string_new(text);
	const char *at;

	for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
		g_string_replace(filled, known[i].name, known[i].value, 0);
	while ((at = strstr(filled->str, "@ago")) != NULL) {
		char *end;
		gint64 moment = town->now - (gint64)g_ascii_strtoull(at + 4, &end, 10) * DAY;
		gssize from = at - filled->str, size = end - at;
		g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, moment);

		g_string_erase(filled, from, size);
		g_string_insert(filled, from, number);
	}
	return g_string_free(filled, FALSE);
}

/* Statements are kept by their address for as long as the connection, so these live as long as the town's names. */
static void
run(Town *town, const char *text)
{
	static const char *const none[] = { NULL };
	FnSql *sql = g_new0(FnSql, 1);
	g_autoptr(GError) error = NULL;

	*sql = (FnSql){ "set_up", fill(town, text), NULL, none };
	sql->postgres = sql->sqlite;
	fn_db_exec(town->city->db, sql, FN_NO_BINDS, NULL, &error);
	g_assert_no_error(error);
	g_ptr_array_add(town->names, (gpointer)sql->sqlite);
	g_ptr_array_add(town->names, sql);
}

static void
enter(const Town *town, guint nth, const Entry *entry)
{
	g_autofree char *id = g_strdup_printf("r%u", nth), *filled = fill(town, entry->body), *body = NULL, *terms = NULL;
	const char *whose = place(town, entry->whose);
	g_autoptr(GError) error = NULL;
	g_autoptr(FnBook) book = fn_book_open(town->rules, entry->book, &error);
	json_t *values;

	g_strdelimit(filled, "'", '"');
	values = json_loads(filled, 0, NULL);
	g_assert_nonnull(values);
	body = json_dumps(values, JSON_COMPACT | JSON_SORT_KEYS);
	fn_db_exec(town->city->db, &fn_sql_register_add_record, FN_BINDS(FN_INT("number", nth + 1), FN_TEXT("id", id), FN_TEXT("register", entry->book),
		FN_TEXT("scope", whose), FN_TEXT("organization", whose), FN_TEXT("key", entry->key), FN_TEXT("due", entry->due), FN_TEXT("body", body),
		FN_TEXT("content", ""), FN_INT("now", town->now - entry->age * DAY)), NULL, &error);
	g_assert_no_error(error);
	terms = fn_terms_of_record(book, "active", values, "");
	fn_db_exec(town->city->db, &fn_sql_register_add_terms, FN_BINDS(FN_INT("number", nth + 1), FN_TEXT("terms", terms)), NULL, &error);
	g_assert_no_error(error);
	json_decref(values);
}

static void
count(const FnChecked *checked, const char *organization, guint *offending, guint *near)
{
	for (guint i = 0; i < checked->offenders->len; i++) {
		const FnOffender *offender = checked->offenders->pdata[i];

		if (strcmp(offender->organization, organization) != 0)
			continue;
		if (offender->near)
			(*near)++;
		else
			(*offending)++;
	}
}

static void
test_rows(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_true(fn_db_commit(town->city->db, &error)); /* each row is undone again */
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		FnOversight at = town_at(town);
		g_autoptr(FnLook) look = NULL;
		guint offending = 0, near = 0;
		const FnChecked *checked;

		g_assert_true(fn_db_begin(town->city->db, &error));
		for (guint j = 0; j < G_N_ELEMENTS(rows[i].entries) && rows[i].entries[j].book != NULL; j++)
			enter(town, j, &rows[i].entries[j]);
		for (guint j = 0; j < G_N_ELEMENTS(rows[i].sql) && rows[i].sql[j] != NULL; j++)
			run(town, rows[i].sql[j]);
		at.now += rows[i].later * DAY;
		look = fn_look_new(&at);
		checked = fn_look_check(look, rows[i].check);
		g_test_message("%s %s: %s", rows[i].check, rows[i].name, checked->cannot != NULL ? checked->cannot : "ran");
		g_assert_null(checked->cannot);
		count(checked, place(town, rows[i].whose), &offending, &near);
		g_assert_cmpuint(offending, ==, rows[i].offending);
		g_assert_cmpuint(near, ==, rows[i].near);
		fn_db_rollback(town->city->db);
	}
}

/* Who looks by itself is tried with somebody it finds and somebody it leaves alone: here, in find_test.c, or in a test of its own below. */
static void
test_covered(void)
{
	static const char *const elsewhere[] = { "unused_grants", "ledger_unwitnessed", NULL };
	guint n, tried = 0;
	const FnNode *const *all = fn_rules_all(test_tree_rules("shijiazhuang"), "checks", &n);

	for (guint i = 0; i < n; i++) {
		const char *id = fn_node_text(all[i], "id");
		guint offends = 0, innocent = 0;

		if (strcmp(fn_check_kind(all[i]), "manual") == 0 || g_strv_contains(town_played, id) || g_strv_contains(elsewhere, id))
			continue;
		for (gsize j = 0; j < G_N_ELEMENTS(rows); j++)
			if (strcmp(rows[j].check, id) == 0) {
				offends += rows[j].offending > 0;
				innocent += rows[j].offending == 0;
			}
		if (offends == 0 || innocent == 0)
			g_test_fail_printf("%s: %u trials in which it finds somebody, %u in which nobody", id, offends, innocent);
		tried++;
	}
	g_assert_cmpuint(tried, >, 50);
}

/* ---- grants that nobody uses ---- */

enum { UNUSED = 90, CALLS = 9000 }; /* days of the pack; one call a second, the index knows the time of every few thousand */

static const struct {
	const char *name, *first; /* the grant of the first call; the others are of another */
	gint64 since;             /* seconds from the first call to the day from which a grant must have been used */
	gint64 active;            /* days since the grant was activated */
	gboolean found;
} uses[] = {
	{ "never", "g2", -10, 400, TRUE },
	{ "before-that", "g1", CALLS - 10, 400, TRUE },
	{ "used", "g1", -10, 400, FALSE },
	{ "new", "g2", -10, UNUSED - 1, FALSE },
};

static void
test_uses(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);
	static const char *const grant[] = { GRANT("3", "active", "0"), NULL };

	for (guint i = 0; grant[i] != NULL; i++)
		run(town, grant[i]);
	for (gsize i = 0; i < G_N_ELEMENTS(uses); i++) {
		g_autofree char *directory = g_dir_make_tmp("fengni-uses-XXXXXX", NULL), *file = g_build_filename(directory, "index.db", NULL),
			*url = g_strconcat("sqlite:", file, NULL);
		g_autoptr(GError) error = NULL;
		g_autoptr(FnDb) index = fn_db_open(url, &error);
		g_autoptr(TestLog) log = test_log_new();
		FnOversight at = town_at(town);
		g_autoptr(FnLook) look = NULL;
		g_autofree char *active = NULL;

		g_assert_no_error(error);
		g_assert_true(fn_db_migrate(index, test_audit_rooms, &error));
		for (guint j = 0; j < CALLS; j++) {
			g_autofree char *entry = g_strdup_printf("{\"event\":\"share.query\",\"grant\":\"%s\"}", j == 0 ? uses[i].first : "g0");

			test_log_add(log, entry);
		}
		test_follow(index, log, 1000);
		town->now = TEST_START + UNUSED * DAY + uses[i].since * G_USEC_PER_SEC;
		active = g_strdup_printf("UPDATE sharing_grant SET activated_at = @ago%" G_GINT64_FORMAT, uses[i].active);
		run(town, active);
		at.index = url;
		at.now = town->now;
		look = fn_look_new(&at);
		g_test_message("%s", uses[i].name);
		g_assert_null(fn_look_check(look, "unused_grants")->cannot);
		g_assert_cmpuint(fn_look_check(look, "unused_grants")->offending, ==, uses[i].found);
		g_clear_pointer(&index, fn_db_close);
		g_unlink(file);
		g_assert_cmpint(g_rmdir(directory), ==, 0);
	}
}

/* ---- who vouches for the ledger ---- */

static const struct {
	const char *status;
	guint offending, near;
	gboolean cannot;
} standings[] = {
	{ NULL, 0, 0, TRUE },
	{ "not JSON", 0, 0, TRUE },
	{ "{}", 0, 0, TRUE },
	{ "{\"witnesses\":[]}", 1, 0, FALSE },
	{ "{\"witnesses\":[{\"name\":\"a\",\"state\":\"current\"}]}", 0, 0, FALSE },
	{ "{\"witnesses\":[{\"name\":\"a\",\"state\":\"unreachable\"}]}", 1, 0, FALSE },
	{ "{\"witnesses\":[{\"name\":\"a\",\"state\":\"current\"},{\"name\":\"b\",\"state\":\"behind\"}]}", 0, 1, FALSE },
	{ "{\"witnesses\":[{\"name\":\"a\",\"state\":\"current\"},{\"name\":\"b\",\"state\":\"fork\"}]}", 1, 0, FALSE },
	{ "{\"witnesses\":[{\"name\":\"a\",\"state\":\"current\"},{\"name\":\"b\"}]}", 0, 1, FALSE },
};

static void
test_witnesses(gconstpointer engine)
{
	g_autoptr(Town) town = town_new(engine, NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(standings); i++) {
		FnOversight at = town_at(town);
		g_autoptr(FnLook) look = NULL;
		const FnChecked *checked;

		at.witnesses = standings[i].status;
		look = fn_look_new(&at);
		checked = fn_look_check(look, "ledger_unwitnessed");
		g_test_message("%s", standings[i].status != NULL ? standings[i].status : "nothing");
		g_assert_cmpint(checked->cannot != NULL, ==, standings[i].cannot);
		g_assert_cmpuint(checked->offending, ==, standings[i].offending);
		g_assert_cmpuint(checked->near, ==, standings[i].near);
		if (checked->offending > 0)
			g_assert_cmpstr(((FnOffender *)checked->offenders->pdata[0])->organization, ==, town->city->bureau);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/oversight/owed/covered", test_covered);
	fn_test_add("/oversight/owed/rows", test_rows);
	fn_test_add("/oversight/owed/uses", test_uses);
	fn_test_add("/oversight/owed/witnesses", test_witnesses);
	return g_test_run();
}

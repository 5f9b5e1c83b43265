#include "api/api_priv.h"

#define EVERYBODY "department_head sharing_head officer editor reviewer secrecy_reviewer"
#define DECIDERS "department_head sharing_head officer editor reviewer secrecy_reviewer auditor security_admin" /* a procedure says who in which */

/* Every route of the console API and the permission it needs. A new route is a row here and a handler. */
const FnRoute fn_api_routes[] = {
	{ "POST", "/login", "", "session.login", fn_api_login, "name, password and code → token" },
	{ "GET", "/health", "", NULL, fn_api_health, "does the instance work?" },
	{ "POST", "/logout", "*", "session.logout", fn_api_logout, "ends the session" },
	{ "POST", "/renew", "*", "session.renew", fn_api_renew, "a new token with the offices held now" },
	{ "GET", "/me", "*", NULL, fn_api_me, "who am I, which offices do I hold" },
	{ "POST", "/me/password", "*", "account.password", fn_api_set_password, "changes the own password" },
	{ "POST", "/me/totp", "*", "account.totp", fn_api_enroll_totp, "enrolls an authenticator" },

	{ "GET", "/organizations", "*", NULL, fn_api_list_organizations, "organizations" },
	{ "POST", "/organizations", "system_admin", "organization.add", fn_api_add_organization, "adds one" },
	{ "GET", "/accounts", "security_admin auditor", NULL, fn_api_list_accounts, "accounts" },
	{ "POST", "/accounts", "security_admin", "account.add", fn_api_add_account, "one person, one account, real name" },
	{ "POST", "/accounts/*/close", "security_admin", "account.close", fn_api_close_account, "closes it at once" },
	{ "POST", "/accounts/*/offices", "security_admin", "account.office", fn_api_set_office, "gives or ends an office" },
	{ "POST", "/delegations", "*", "account.delegate", fn_api_delegate, "hands an own office to a deputy for a time" },
	{ "GET", "/systems", "*", NULL, fn_api_list_systems, "calling systems of the own organization" },
	{ "POST", "/systems", "system_admin", "system.add", fn_api_add_system, "adds one" },
	{ "POST", "/systems/*/close", "system_admin", "system.close", fn_api_close_system, "closes it at once" },
	{ "POST", "/systems/*/certificates", "security_admin", "certificate.issue", fn_api_issue_certificate, "signs a request (PEM) and pins the certificate" },
	{ "POST", "/certificates/*/revoke", "security_admin", "certificate.revoke", fn_api_revoke_certificate, "revokes it at once" },
	{ "POST", "/systems/*/operators", "security_admin", "system.operator", fn_api_allow_operator, "lets a system name an operator" },

	{ "GET", "/sources", "system_admin officer", NULL, fn_api_list_sources, "connections to data" },
	{ "POST", "/sources", "system_admin", "source.add", fn_api_add_source, "makes one from typed fields" },
	{ "GET", "/sources/*/tables", "system_admin officer", NULL, fn_api_source_tables, "tables and columns" },
	{ "POST", "/sources/*/profile", "officer", "source.profile", fn_api_profile_table, "what a table holds: proposes levels and masks" },

	{ "GET", "/search", "*", NULL, fn_api_search, "the catalog, by any two characters" },
	{ "POST", "/resources", "officer editor", "resource.add", fn_api_add_resource, "a draft" },
	{ "GET", "/resources/*", "*", NULL, fn_api_show_resource, "one resource" },
	{ "PATCH", "/resources/*", "officer editor", "resource.update", fn_api_update_resource, "changes a draft" },
	{ "GET", "/resources/*/missing", "officer editor", NULL, fn_api_missing, "what stands in the way of publication" },

	{ "POST", "/resources/*/assessments", "secrecy_reviewer officer reviewer", "resource.assess", fn_api_assess, "answers one question of the assessment" },
	{ "POST", "/resources/*/basis", "officer reviewer", "resource.basis", fn_api_accept_basis, "the bureau accepts the legal basis" },
	{ "GET", "/papers", "*", NULL, fn_api_list_papers, "agreements, handovers, risk assessments" },
	{ "POST", "/papers", EVERYBODY, "paper.add", fn_api_add_paper, "files one" },
	{ "POST", "/papers/*/sign", EVERYBODY, "paper.sign", fn_api_sign_paper, "signs for the own side" },

	{ "GET", "/inbox", "*", NULL, fn_api_inbox, "what waits for me" },
	{ "POST", "/cases", DECIDERS, "case.open", fn_api_open_case, "opens a case of a procedure" },
	{ "GET", "/cases/*", "*", NULL, fn_api_show_case, "state, clocks, history, allowed actions" },
	{ "POST", "/cases/*/steps", DECIDERS, "case.step", fn_api_step_case, "takes a step" },
	{ "POST", "/lookups", "auditor officer", "lookup.open", fn_api_open_lookup, "asks who looked a person up: opens and sends a case" },
	{ "POST", "/cases/*/lookups", "auditor officer", "lookup.use", fn_api_use_lookup, "who looked the persons of an approved case up, when and what for" },
	{ "POST", "/cases/*/originals", "officer", "reidentification.use", fn_api_use_reversal, "whom an approved case's pseudonyms stand for" },

	{ "GET", "/grants", "*", NULL, fn_api_list_grants, "grants of or from the own organization" },
	{ "GET", "/grants/*", "*", NULL, fn_api_show_grant, "one grant" },
	{ "POST", "/explain", "*", NULL, fn_api_explain, "why a call would be allowed or not" },
	{ "POST", "/scan", "*", "scan", fn_api_scan, "what is in this text, or in this document?" },
	{ "GET", "/scan/detectors", "*", NULL, fn_api_detectors, "what is looked for" },
	{ "GET", "/scan/profiles", "*", NULL, fn_api_profiles, "by which measures" },

	{ "GET", "/ledger/head", "", NULL, fn_api_ledger_head, "the last signed head, of both trees" },
	{ "GET", "/ledger/search", "auditor", "ledger.search", fn_api_search_ledger, "entries by who, what, where and when, newest first" },
	{ "GET", "/ledger/heads/*", "", NULL, fn_api_ledger_heads, "signed heads of more than so many entries" },
	{ "GET", "/ledger/checkpoint", "", NULL, fn_api_ledger_checkpoint, "the last signed head as a C2SP checkpoint" },
	{ "GET", "/ledger/tile/entries/**", "auditor", "ledger.read", fn_api_ledger_bundle, "a C2SP bundle of entries" },
	{ "GET", "/ledger/tile/**", "", NULL, fn_api_ledger_tile, "a C2SP tile of the SHA-256 tree" },
	{ "GET", "/ledger/sm3/tile/entries/**", "auditor", "ledger.read", fn_api_ledger_bundle, "the same bundle" },
	{ "GET", "/ledger/sm3/tile/**", "", NULL, fn_api_ledger_tile, "a tile of the SM3 tree" },
	{ "GET", "/ledger/proofs/inclusion", "", NULL, fn_api_ledger_inclusion, "that an entry is in a tree" },
	{ "GET", "/ledger/proofs/consistency", "", NULL, fn_api_ledger_consistency, "that one tree is the start of another" },
	{ "GET", "/ledger/entries", "auditor", "ledger.read", fn_api_ledger_entries, "entries from an index on" },
	{ "GET", "/ledger/entries/*", "auditor", "ledger.read", fn_api_ledger_entry, "one entry, byte for byte" },
	{ "GET", "/ledger/receipts/*", "auditor", "ledger.read", fn_api_ledger_receipt, "receipt of an entry" },
	{ "GET", "/ledger/stream", "auditor", "ledger.stream", fn_api_ledger_stream, "entries as they come" },
	{ "GET", "/ledger/export", "auditor", "ledger.export", fn_api_ledger_export, "entries as syslog, CEF or NDJSON" },
	{ "POST", "/test-clock", "system_admin", "clock.advance", fn_api_advance_clock, "moves the test clock of a throw-away instance" },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

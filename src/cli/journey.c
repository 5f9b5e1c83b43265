#include "cli/journey_priv.h"

#include "base/say.h"

#include <stdio.h>

typedef struct {
	const char *what;
	gboolean (*run)(FnJourney *journey, GError **error);
} Step;

static gboolean
populate(FnJourney *journey, GError **error)
{
	return fn_city_populate(journey->city, error);
}

static gboolean
make_sources(FnJourney *journey, GError **error)
{
	return fn_city_make_sources(journey->city, journey->divisions, journey->rules_directory, error);
}

static gboolean
add_systems(FnJourney *journey, GError **error)
{
	return fn_city_add_system(journey->city, "renshe", "pension", "renshe.officer", error) &&
		fn_city_add_system(journey->city, "yibao", "insurance", "yibao.officer", error);
}

static gboolean
keep_books(FnJourney *journey, GError **error)
{
	return fn_city_keep_books(journey->city, error);
}

static const Step prepare[] = {
	{ "organizations, people and offices", populate },
	{ "record books of departments that keep order", keep_books },
	{ "registers as sources", make_sources },
	{ "calling systems with certificates", add_systems },
	{ "a table is registered, profiled, assessed, approved, reviewed, published", fn_step_publish },
	{ "found by any two characters", fn_step_find },
	{ "applied for, agreed on working day 3, granted", fn_step_apply },
	{ NULL, NULL },
};

static const Step check[] = {
	{ "one person over mutual TLS: 6 fields, 2 masked, 1 pseudonymised", fn_step_query },
	{ "what was not granted is refused, each with its reason", fn_step_refusals },
	{ "term, quota and hours are kept", fn_step_other_grants },
	{ "missing, strange, expired and revoked certificates are refused", fn_step_certificates },
	{ "a suspension stops the very next query", fn_step_suspend },
	{ "a pseudonym is turned back by two persons, and by nobody else", fn_step_reversal },
	{ "who looked a person up is found by two persons, and by no other way", fn_step_lookup },
	{ "a batch of 200,000 rows flows with flat memory", fn_step_batch },
	{ "a table of counts: small cells are withheld, and the same table is told again", fn_step_aggregate },
	{ "the receipt verifies offline, and not with one byte changed", fn_step_receipt },
	{ "a marked text is blocked, an ID inside a zip is found, half a zip is never clean", fn_step_scan },
	{ "the log is everybody's to check, its entries are not everybody's to read", fn_step_log },
	{ "a record book is written by whose it is, a file goes in whole or not at all", fn_step_registers },
	{ "what is signed is signed with the password over what was seen; the record stands", fn_step_signed },
	{ "an account is opened by four people; who has it sets an own password first", fn_step_account },
	{ "an office that is taken away is gone with the next call", fn_step_office },
	{ "an answer that is late violates its article until it is put right; the score follows", fn_step_inspection },
	{ "other rules come into force while all goes on, and broken ones do not", fn_step_reload },
	{ "a run of refusals is noticed, judged by the bureau and closed", fn_step_misuse },
	{ "every answer and every refusal is in the ledger", fn_step_entered },
	{ "no log holds an identifier", fn_step_silent_logs },
	{ "a stream whose gate dies is seen as cut and closed as broken", fn_step_cut_stream },
	{ "any daemon killed under load: every answer has its entry", fn_step_kill },
	{ "the ledger verifies, and not with one byte changed", fn_step_verify },
	{ NULL, NULL },
};

static gboolean
run(const Step *steps, guint *number, FnJourney *journey, GError **error)
{
	for (; steps->run != NULL; steps++) {
		++*number;
		if (!steps->run(journey, error)) {
			g_prefix_error(error, fn_say("step %u (%s) failed: "), *number, fn_say(steps->what));
			return FALSE;
		}
		printf("ok %u - %s\n", *number, fn_say(steps->what));
		fflush(stdout);
	}
	return TRUE;
}

gboolean
fn_journey_prepare(FnJourney *journey, GError **error)
{
	guint number = 0;

	return run(prepare, &number, journey, error);
}

gboolean
fn_journey_run(FnJourney *journey, GError **error)
{
	guint number = 0;

	return run(prepare, &number, journey, error) && run(check, &number, journey, error);
}

void
fn_journey_clear(FnJourney *journey)
{
	g_free(journey->application);
	g_free(journey->grant);
	g_free(journey->receipt_id);
}

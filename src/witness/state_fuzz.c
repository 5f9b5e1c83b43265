/* What may lie in a file of state, and in witness.conf. */
#include "witness/witness_priv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

/* A key that nobody has the other half of: the base point of Ed25519, and that of SM2. */
static FnWitnessLog *
known_log(void)
{
	static const char gm[] = "gm:BDLEriwfGYEZX5kERmo5yZSP4wu/8mYL4XFaRYkzTHTHvDc2ovT2d5xZvc7ja2khU9Cph3zGKkdAAt8y5SE58KA=";
	static FnWitnessLog log;
	guint8 point[32];
	g_autofree char *key = NULL;

	if (log.key != NULL)
		return &log;
	memset(point, 0x66, sizeof(point));
	point[0] = 0x58;
	key = fn_note_key_text("log.test.example/one", FN_NOTE_ED25519, point);
	log.key = fn_note_key_parse(key, FN_NOTE_ED25519, NULL);
	g_assert(log.key != NULL);
	log.intl_text = fn_public_key_text(FN_SUITE_INTL, point);
	log.gm_text = g_strdup(gm);
	log.file = g_strdup("file");
	return &log;
}

int
LLVMFuzzerTestOneInput(const guint8 *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	FnWitnessConfig config;
	FnWitnessState state;

	if (fn_witness_state_parse((const char *)data, size, known_log(), &state, NULL))
		fn_witness_state_clear(&state);
	if (fn_witness_config_parse(text, &config, NULL))
		fn_witness_config_clear(&config);
	return 0;
}

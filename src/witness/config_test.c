#include "witness/testing.h"
#include "witness/witness_priv.h"

static void
test_good(void)
{
	g_autoptr(TestKeys) keys = test_keys_new();
	g_autofree guint8 *raw = NULL;
	g_autofree char *key = NULL, *text = NULL;
	g_autoptr(GError) error = NULL;
	FnWitnessConfig config;
	const FnWitnessLog *log;
	gsize size;

	raw = g_base64_decode(keys->intl_text + 5, &size);
	key = fn_note_key_text(TEST_ORIGIN, FN_NOTE_ED25519, raw);
	text = g_strdup_printf("# comment\n\nname=w.example/1\n listen = run/x.sock \nlog = %s %s\n", key, keys->gm_text);
	g_assert_true(fn_witness_config_parse(text, &config, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(config.name, ==, "w.example/1");
	g_assert_cmpstr(config.listen, ==, "run/x.sock");
	g_assert_cmpuint(config.rate, ==, 100);
	g_assert_cmpuint(config.logs->len, ==, 1);
	log = g_ptr_array_index(config.logs, 0);
	g_assert_cmpstr(log->key->name, ==, TEST_ORIGIN);
	g_assert_cmpstr(log->gm_text, ==, keys->gm_text);
	fn_witness_config_clear(&config);
	g_free(text);
	text = g_strdup_printf("name = a\nlisten = b\nlog = %s\nlog = %s\n", key, key);
	g_assert_false(fn_witness_config_parse(text, &config, NULL));
	g_free(text);
	text = g_strdup_printf("name = a\nlisten = b\nlog = %s %s\n", key, keys->intl_text);
	g_assert_false(fn_witness_config_parse(text, &config, NULL));
}

/* What `--init` writes is read as it is. */
static void
test_example(void)
{
	g_autofree char *text = fn_witness_config_example("w.example/1");
	FnWitnessConfig config;

	g_assert_true(fn_witness_config_parse(text, &config, NULL));
	g_assert_cmpstr(config.listen, ==, "127.0.0.1:8470");
	g_assert_cmpuint(config.logs->len, ==, 0);
	fn_witness_config_clear(&config);
}

#define START "name = w.example/1\nlisten = 127.0.0.1:1\n"
static const struct {
	const char *text, *place;
} wrong[] = {
	{ "", "must be there" },
	{ "name = a\n", "must be there" },
	{ "listen = a\n", "must be there" },
	{ "name\n", "witness.conf:1" },
	{ START "name = b\n", "witness.conf:3" },
	{ START "listen = b\n", "witness.conf:3" },
	{ START "unknown = b\n", "unknown key" },
	{ START "rate = 0\n", "rate" },
	{ START "rate = x\n", "rate" },
	{ START "rate = 1\nrate = 2\n", "witness.conf:4" },
	{ START "log =\n", "witness.conf:3" },
	{ START "log = a b c\n", "witness.conf:3" },
	{ START "log = a+b+c\n", "witness.conf:3" },
	{ "name = a b\nlisten = x\n", "witness.conf:1" },
	{ "name = a\nlisten =\n", "witness.conf:2" },
};

static void
test_wrong(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;
		FnWitnessConfig config;

		g_test_message("%s", wrong[i].text);
		g_assert_false(fn_witness_config_parse(wrong[i].text, &config, &error));
		g_assert_nonnull(error);
		if (strstr(error->message, wrong[i].place) == NULL)
			g_error("%s does not name %s", error->message, wrong[i].place);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/config/good", test_good);
	g_test_add_func("/config/example", test_example);
	g_test_add_func("/config/wrong", test_wrong);
	return g_test_run();
}

/* Every procedure proves itself, in every pack: its walks are taken on the real file, with effects and needs that agree to everything. */
#include "work/walking.h"

static void
test_walks(gconstpointer pack)
{
	Walk walk = { 0 };

	g_assert_cmpuint(take_walks(&walk, pack, "sqlite", fixture_rooms, NULL), >, 200);
}

int
main(int argc, char **argv)
{
	static const char *const packs[] = { "national", "dezhou", "pingdingshan", "shijiazhuang" };

	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(packs); i++) {
		g_autofree char *path = g_strconcat("/walk/every-procedure/", packs[i], NULL);

		g_test_add_data_func(path, packs[i], test_walks);
	}
	return g_test_run();
}

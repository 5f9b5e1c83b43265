/* A value of each type, as JSON and as a cell: taken or refused with a reason, and what was taken is taken again as it is written. */
#include "register/fixture.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static City *city;
static FnBook *book;

/* What is stored for @text; NULL where a reason says why not. */
static json_t *
take(const FnBookField *field, const char *text, gboolean cell)
{
	FnValue value = { .db = city->db, .book = book, .field = field, .organization = city->one };
	gboolean list = strcmp(field->type->name, "texts") == 0;
	json_t *given = list ? json_pack("[s]", text) : json_string(text), *stored;
	const char *reason = NULL;

	if (given == NULL) /* no UTF-8: only a cell may be so */
		return NULL;
	stored = cell ? fn_value_take_cell(&value, text, &reason) : fn_value_take(&value, given, &reason);
	g_assert_no_error(value.failed);
	g_assert_true((stored == NULL) == (reason != NULL));
	json_decref(given);
	return stored;
}

static void
check_field(const FnBookField *field, const char *text)
{
	json_t *stored = take(field, text, FALSE), *cell = take(field, text, TRUE), *again = NULL;
	g_autofree char *said = stored != NULL && field->type->say != NULL ? field->type->say(city->db, field, stored) : NULL;
	g_autofree char *written = stored == NULL || json_is_array(stored) ? NULL : said != NULL ? g_strdup(said) : fn_value_text(stored);

	if (written != NULL) {
		again = take(field, written, FALSE);
		g_assert_true(again != NULL && json_equal(again, stored));
	}
	json_decref(stored);
	json_decref(cell);
	json_decref(again);
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
	g_autofree char *text = g_strndup((const char *)data + MIN(size, 1), size - MIN(size, 1));
	const char *bad;

	if (city == NULL) {
		city = city_new("sqlite");
		book = fn_book_open(city->rules, "things", NULL);
	}
	if (size == 0)
		return 0;
	if (!g_utf8_validate(text, -1, &bad)) {
		const FnBookField *field = &book->field[data[0] % book->fields];
		FnValue value = { .db = city->db, .book = book, .field = field, .organization = city->one };
		const char *reason = NULL;

		g_assert_null(fn_value_take_cell(&value, text, &reason));
		g_assert_nonnull(reason);
		return 0;
	}
	check_field(&book->field[data[0] % book->fields], text);
	return 0;
}

/* Types of fields: what is taken, in which form it is stored, and what is refused with which reason. */
#include "register/fixture.h"

#define HEX64 "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"
#define LOWER "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* @stored in canonical JSON with ' for "; NULL: refused. */
static const struct {
	const char *field, *given, *stored;
} cases[] = {
	{ "name", "'  第一台  '", "'第一台'" },
	{ "name", "'\\u0007'", NULL },
	{ "name", "'a\\u202eb'", NULL },
	{ "name", "'12345678901234567890123456789012345678901'", NULL },
	{ "note", "'一'", NULL },
	{ "note", "'一二'", "'一二'" },
	{ "note", "['一二']", NULL },
	{ "note", "{}", NULL },
	{ "count", "5", "5" },
	{ "count", "' 5 '", "5" },
	{ "count", "0", NULL },
	{ "count", "101", NULL },
	{ "count", "'5.0'", NULL },
	{ "count", "true", NULL },
	{ "size", "'3.50'", "'3.5'" },
	{ "size", "'10'", "'10'" },
	{ "size", "'10.001'", NULL },
	{ "size", "'-0.1'", NULL },
	{ "size", "'1e3'", NULL },
	{ "size", "2.5", NULL },
	{ "size", "'007'", "'7'" },
	{ "ready", "true", "true" },
	{ "ready", "'是'", "true" },
	{ "ready", "'否'", "false" },
	{ "ready", "'perhaps'", NULL },
	{ "ready", "1", NULL },
	{ "seen", "'2026-02-28'", "'2026-02-28'" },
	{ "seen", "'2026-02-29'", NULL },
	{ "seen", "'2026-2-1'", NULL },
	{ "kind", "'big'", "'big'" },
	{ "kind", "'大'", "'big'" },
	{ "kind", "'BIG'", "'big'" },
	{ "kind", "'huge'", NULL },
	{ "code", "'11130100mb0000001%'", NULL },
	{ "code", "'91130100MA00000037'", NULL },
	{ "host", "'xn--zffengnir164b.cn'", NULL }, /* in its script it would be another name */
	{ "host", "'www.xn--zfr164b'", "'www.xn--zfr164b'" },
	{ "site", "'WWW.SJZ.gov.cn'", "'www.sjz.gov.cn'" },
	{ "site", "'石家庄.政务'", "'xn--fct28db79a.xn--zfr164b'" },
	{ "site", "'数据.政务.cn'", "'xn--vxup8b.xn--zfr164b.cn'" },
	{ "site", "'a.xn--zfr164b'", "'a.xn--zfr164b'" },
	{ "site", "'gov.cn'", NULL },
	{ "site", "'wwwgov.cn'", NULL },
	{ "site", "'www.notgov.cn'", NULL },
	{ "site", "'www.gov.cn.example.com'", NULL },
	{ "host", "'-a.cn'", NULL },
	{ "host", "'a..cn'", NULL },
	{ "host", "'localhost'", NULL },
	{ "host", "'10.1.2.3'", NULL },
	{ "host", "'a b.cn'", NULL },
	{ "host", "'xn--.cn'", NULL },
	{ "host", "'a_b.cn'", NULL },
	{ "mail", "'Li.Wei@SJZ.gov.cn'", "'li.wei@sjz.gov.cn'" },
	{ "mail", "'li wei@sjz.gov.cn'", NULL },
	{ "mail", "'.li@sjz.gov.cn'", NULL },
	{ "mail", "'li@'", NULL },
	{ "mail", "'li'", NULL },
	{ "link", "'https://www.sjz.gov.cn/a?b=c'", "'https://www.sjz.gov.cn/a?b=c'" },
	{ "link", "'https://u:p@www.sjz.gov.cn/'", NULL },
	{ "link", "'https://u@www.sjz.gov.cn/'", NULL },
	{ "link", "'ftp://www.sjz.gov.cn/'", NULL },
	{ "link", "'javascript:alert(1)'", NULL },
	{ "link", "'https://10.1.2.3:8443/'", "'https://10.1.2.3:8443/'" },
	{ "phone", "'+86 138 0031 1234'", "'13800311234'" },
	{ "phone", "'0311-86057890'", "'031186057890'" },
	{ "phone", "'0311-86057890转123'", "'031186057890#123'" },
	{ "phone", "'12345'", "'12345'" },
	{ "phone", "'10000311234'", NULL },
	{ "phone", "'call me'", NULL },
	{ "net", "'10.1.2.0/24'", "'10.1.2.0/24'" },
	{ "net", "'10.1.2.3/24'", NULL },
	{ "net", "'10.1.2.3'", "'10.1.2.3'" },
	{ "net", "'10.1.2.256'", NULL },
	{ "net", "'10.1.2.0/33'", NULL },
	{ "net", "'10.1.2.0/'", NULL },
	{ "net", "'2001:DB8:0::/32'", "'2001:db8::/32'" },
	{ "net", "'2001:db8::1/32'", NULL },
	{ "print", "'" HEX64 "'", "'" LOWER "'" },
	{ "print", "'" HEX64 "0'", NULL },
	{ "paper", "'xyz'", NULL },
	{ "at", "'08:30'", "'08:30'" },
	{ "at", "' 23:59 '", "'23:59'" },
	{ "at", "'24:00'", NULL },
	{ "at", "'8:30'", NULL },
	{ "at", "'08:60'", NULL },
	{ "at", "'08-30'", NULL },
	{ "at", "'08:300'", NULL },
	{ "card", "'00:1B:21:3c:4d:5E'", "'00:1b:21:3c:4d:5e'" },
	{ "card", "'00-1b-21-3c-4d-5e'", "'00:1b:21:3c:4d:5e'" },
	{ "card", "'00:1b:21:3c:4d'", NULL },
	{ "card", "'00:1b:21:3c:4d:5e:6f'", NULL },
	{ "card", "'00:1b:21:3c:4d:5g'", NULL },
	{ "card", "'0:01b:21:3c:4d:5e'", NULL },
	{ "card", "'001b213c4d5e'", NULL },
	{ "hours", "'08:00-18:00'", "'08:00-18:00'" },
	{ "hours", "'22:00-06:00'", "'22:00-06:00'" },
	{ "hours", "'08:00-08:00'", NULL },
	{ "hours", "'8:00-18:00'", NULL },
	{ "hours", "'24:00-25:00'", NULL },
	{ "hours", "'08:0--18:00'", NULL },
	{ "share", "'12.50%'", "'12.5'" },
	{ "share", "100", "'100'" },
	{ "share", "'100.01'", NULL },
	{ "share", "'-1'", NULL },
	{ "price", "'1280.50'", "128050" },
	{ "price", "128050", "128050" },
	{ "price", "'0.01'", "1" },
	{ "price", "'-0.5'", "-50" },
	{ "price", "'0.001'", NULL },
	{ "price", "'1,280'", NULL },
	{ "price", "'99999999999999999999'", NULL },
	{ "parts", "['甲','乙']", "['甲','乙']" },
	{ "parts", "'甲'", NULL },
	{ "parts", "[1]", NULL },
	{ "parts", "['123456789012345678901']", NULL },
	{ "resource", "'130100-x-1'", "'130100-x-1'" },
	{ "resource", "'130100-x-2'", NULL },
	{ "case", "'c-1'", "'c-1'" },
	{ "case", "'c-2'", NULL },
	{ "grant", "'g-2'", NULL },
	{ "grant", "'g-1'", "'g-1'" },
	{ "user", "'nobody'", NULL },
	{ "user", "'officer2'", NULL }, /* of another organization */
	{ "system", "'不存在'", NULL },
	{ "maker", "'某局'", NULL },
};

static void
test_types(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autoptr(FnBook) book = fn_book_open(city->rules, "things", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		FnValue value = { .db = city->db, .book = book, .field = fn_book_field(book, cases[i].field), .organization = city->one };
		g_autofree char *whole = g_strconcat("[", cases[i].given, "]", NULL), *text = NULL;
		const char *reason = NULL;
		json_t *given = fixture_json(whole), *stored;

		stored = fn_value_take(&value, json_array_get(given, 0), &reason);
		g_assert_no_error(value.failed);
		text = stored != NULL ? g_strdelimit(json_dumps(stored, JSON_COMPACT | JSON_ENCODE_ANY), "\"", '\'') : NULL;
		g_test_message("%s: %s → %s (%s)", cases[i].field, cases[i].given, text, reason);
		g_assert_cmpstr(text, ==, cases[i].stored);
		g_assert_true((reason == NULL) == (stored != NULL));
		json_decref(stored);
		json_decref(given);
	}
}

/* What is nothing but blanks is no value of any type, and setting it takes the value away. */
static void
test_blank(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autoptr(FnBook) book = fn_book_open(city->rules, "things", NULL);
	g_autofree char *id = city_must_add(city, "things", "{'name':'一','phone':' ','note':'\\t ','link':'  '}", city->officer);
	json_t *record = city_show(city, "things", id, city->officer), *blank = json_string("  "), *list = json_pack("[s]", " ");

	g_assert_cmpuint(json_object_size(json_object_get(record, "values")), ==, 1);
	for (guint i = 0; i < book->fields; i++) {
		FnValue value = { .db = city->db, .book = book, .field = &book->field[i], .organization = city->one };
		const char *reason = NULL;

		g_assert_null(fn_value_take(&value, strcmp(book->field[i].type->name, "texts") == 0 ? list : blank, &reason));
		g_assert_cmpstr(reason, ==, "is missing");
	}
	json_decref(record);
	json_decref(blank);
	json_decref(list);
}

/* Persons, organizations and systems by their names. */
static void
test_names(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *id = city_must_add(city, "things",
		"{'name':'一','user':'officer1','maker':'市卫健委','system':'窗口系统','price':'12.30','site':'石家庄.政务'}", city->officer);
	json_t *record = city_show(city, "things", id, city->officer), *values = json_object_get(record, "values"), *shown = json_object_get(record, "shown");

	g_assert_cmpstr(text_at(values, "user"), ==, city->officer->account);
	g_assert_cmpstr(text_at(values, "maker"), ==, city->other);
	g_assert_cmpstr(text_at(values, "system"), ==, city->system);
	g_assert_cmpstr(text_at(shown, "user"), ==, "officer1");
	g_assert_cmpstr(text_at(shown, "maker"), ==, "市卫健委");
	g_assert_cmpstr(text_at(shown, "system"), ==, "窗口系统");
	g_assert_cmpstr(text_at(shown, "price"), ==, "12.30");
	g_assert_cmpstr(text_at(shown, "site"), ==, "石家庄.政务");
	json_decref(record);
}

/* What another book holds, by key or id; not another organization's, not what is closed. */
static void
test_references(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);
	g_autofree char *thing = city_must_add(city, "things", "{'name':'甲'}", city->officer);
	g_autofree char *hall = city_must_add(city, "halls", "{'hall':'东/西','floor':3}", city->bureau_officer);
	g_autofree char *visit = city_must_add(city, "visits", "{'visitor':'张三','thing':'甲','hall':'东//西 / 3'}", city->officer);
	json_t *record = city_show(city, "visits", visit, city->officer);
	g_autoptr(GError) error = NULL;

	g_assert_cmpstr(text_at(json_object_get(record, "values"), "thing"), ==, thing);
	g_assert_cmpstr(text_at(json_object_get(record, "values"), "hall"), ==, hall);
	g_assert_cmpstr(text_at(json_object_get(record, "shown"), "thing"), ==, "甲");
	json_decref(record);
	g_assert_null(city_add(city, "visits", "{'visitor':'李四','thing':'甲'}", city->stranger, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
	g_assert_true(g_str_has_prefix(error->message, "Thing (thing): "));
	g_clear_error(&error);
	g_assert_true(fn_db_begin(city->db, NULL));
	g_assert_true(fn_register_close(city->db, city->rules, "things", thing, 1, "scrapped", city->officer, noon, &error));
	g_assert_true(fn_db_commit(city->db, NULL));
	g_assert_null(city_add(city, "visits", "{'visitor':'李四','thing':'甲'}", city->officer, &error));
	g_assert_error(error, FN_REGISTER_ERROR, FN_REGISTER_ERROR_INPUT);
}

static void
test_statements(gconstpointer engine)
{
	g_autoptr(City) city = city_new(engine);

	fn_test_statements(city->db, fn_sql_register_all);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	fn_test_add("/value/types", test_types);
	fn_test_add("/value/blank", test_blank);
	fn_test_add("/value/names", test_names);
	fn_test_add("/value/references", test_references);
	fn_test_add("/value/statements", test_statements);
	return g_test_run();
}

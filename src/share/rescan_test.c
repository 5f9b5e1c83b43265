#include "share/rescan.h"

#include "scan/testing.h"

#include <string.h>

enum { FIELDS = 3, ROWS = 3 };

/* The number is the standard's own example. */
#define ID     "11010519491231002X"
#define MOBILE "13800138000"

typedef struct {
	const char *says;
	FnRescanField field[FIELDS];
	const char *value[ROWS][FIELDS]; /* rows; the first without a first value is no row */
	guint count, at;                 /* 0: passes */
	const char *detectors;           /* with blanks between */
} Case;

#define NOTE(level)   { "note 备注 bz ", "keep", level }
#define NUMBER(level) { "code 代码 dm ", "keep", level }
#define TOWN          { "town 乡镇 xz ", "keep", 1 }
static const Case cases[] = {
	{ "nothing", { NOTE(1), NUMBER(1), TOWN }, { { "一切正常", "0017", "城关镇" } }, 0, 0, NULL },
	{ "a number in free text", { NOTE(1), NUMBER(1), TOWN }, { { "无", "1", "a" }, { "其父" ID "已故", "2", "b" } }, 1, 0, "cn.resident_id" },
	{ "just below its level", { NOTE(2), NUMBER(1), TOWN }, { { "其父" ID "已故", "2", "b" } }, 1, 0, "cn.resident_id" },
	{ "the field allows it", { NOTE(3), NUMBER(1), TOWN }, { { "其父" ID "已故", "2", "b" } }, 0, 0, NULL },
	{ "the neighbour's level does not help", { NOTE(3), NUMBER(1), TOWN }, { { "无", "1", ID } }, 1, 2, "cn.resident_id" },
	{ "two kinds, the first names the field", { NOTE(1), NUMBER(1), TOWN }, { { "无", MOBILE, "a" }, { ID, "2", MOBILE } }, 3, 1,
		"cn.mobile cn.resident_id" },
	{ "declared to hold it", { NOTE(1), { "sjh 手机号码 sjh ", "keep", 1 }, TOWN }, { { "无", MOBILE, "a" } }, 0, 0, NULL },
	{ "declared to hold something else", { NOTE(1), { "sjh 手机号码 sjh ", "keep", 1 }, TOWN }, { { "无", ID, "a" } }, 1, 1, "cn.resident_id" },
	{ "about it is not it", { NOTE(1), { "phone_type 手机号码类型 sjhlx ", "keep", 1 }, TOWN }, { { "无", "身份证" ID, "a" } }, 1, 1,
		"cn.resident_id" },
	{ "partly shown", { { "note 备注 bz ", "partial:keep=30.30", 1 }, NUMBER(1), TOWN }, { { "其父" ID "已故", "2", "b" } }, 1, 0, "cn.resident_id" },
	{ "hidden whole", { { "note 备注 bz ", "redact", 1 }, { "a", "hash", 1 }, { "b", "pseudonym:kind=mobile,table=1", 1 } },
		{ { ID, ID, MOBILE } }, 0, 0, NULL },
	{ "a secret's mark passes at no level below the highest", { NOTE(5), NUMBER(1), TOWN }, { { "绝密★长期", "2", "b" } }, 1, 0,
		"cn.secrecy_mark" },
	{ "nulls and empty texts", { NOTE(1), NUMBER(1), TOWN }, { { "", NULL, "" }, { "x", NULL, NULL } }, 0, 0, NULL },
	{ "behind delimiters, quotes and line ends", { NOTE(1), NUMBER(1), TOWN }, { { "a;\"b\"\nc\"", ";\t", ID }, { "\"", "2", "b" } }, 1, 2,
		"cn.resident_id" },
	{ "inside of them", { NOTE(1), NUMBER(1), TOWN }, { { "x", "\"", "b" }, { "\n\";" ID "\";", "2", "b" } }, 1, 0, "cn.resident_id" },
	{ "cells and rows are no one number", { { "a", "keep", 1 }, { "b", "keep", 1 }, { "c", "keep", 1 } },
		{ { "1101051949", "1231002X", "138" }, { "00138000", "138", "0013" }, { "8000", "1101051949", "12310 02X" } }, 0, 0, NULL },
	{ "two decimals in two columns are no place", { NOTE(1), NUMBER(1), TOWN }, { { "x", "39.9042", "116.4074" } }, 0, 0, NULL },
	{ "in one they are", { NOTE(1), NUMBER(1), TOWN }, { { "x", "1", "39.9042,116.4074" } }, 1, 2, "geo_point" },
	{ "not text", { NOTE(1), NUMBER(1), TOWN }, { { "\xff\xfe", "2", "b" } }, 1, 0, "not_fully_inspected" },
};

static void
check(const FnScanner *scanner, FnRescanRoom *room, const Case *one)
{
	g_autoptr(FnRescan) rescan = fn_rescan_new(scanner, one->field, FIELDS);
	const char *values[FIELDS][ROWS], **value[FIELDS];
	guint32 sizes[FIELDS][ROWS], *size[FIELDS];
	guint column[FIELDS] = { 2, 1, 0 }; /* in another order than granted */
	FnRowBatch batch = { .columns = FIELDS, .value = value, .size = size };
	FnRescanFound found = { .count = 77 };
	g_autofree char *detectors = NULL;

	for (guint i = 0; i < FIELDS; i++) {
		value[column[i]] = values[i];
		size[column[i]] = sizes[i];
		for (guint row = 0; row < ROWS; row++) {
			values[i][row] = one->value[row][i];
			sizes[i][row] = values[i][row] != NULL ? (guint32)strlen(values[i][row]) : 0;
		}
	}
	while (batch.rows < ROWS && one->value[batch.rows][0] != NULL)
		batch.rows++;
	g_test_message("%s", one->says);
	g_assert_cmpint(fn_rescan_look(rescan, room, column, &batch, &found), ==, one->count == 0);
	if (one->count == 0)
		return;
	g_assert_cmpuint(found.count, ==, one->count);
	g_assert_cmpuint(found.field, ==, one->at);
	detectors = g_strjoinv(" ", (char **)found.detector);
	g_assert_cmpstr(detectors, ==, one->detectors);
	/* who does not ask for the field is not told of it */
	column[0] = column[1] = column[2] = G_MAXUINT;
	g_assert_true(fn_rescan_look(rescan, room, column, &batch, &found));
}

static void
test_cases(gconstpointer scanner)
{
	g_autoptr(FnRescanRoom) room = fn_rescan_room_new();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		check(scanner, room, &cases[i]);
}

/* More kinds than there is room for: all are counted, the first are named. */
static void
test_many(gconstpointer scanner)
{
	static const char *const texts[] = { ID, MOBILE, "someone@example.org", "京A12345", "10.1.2.3 IP地址", "00:1A:2B:3C:4D:5E", "信用卡4111111111111111",
		"IMEI：490154203237518", "坐标（114.5149，38.0428）", "办公电话0311-86000000", "绝密★长期" };
	FnRescanField field = { "note", "keep", 1 };
	const char *values[G_N_ELEMENTS(texts)], **value[] = { values };
	guint32 sizes[G_N_ELEMENTS(texts)], *size[] = { sizes };
	guint column = 0;
	FnRowBatch batch = { 1, G_N_ELEMENTS(texts), value, size };
	g_autoptr(FnRescan) rescan = fn_rescan_new(scanner, &field, 1);
	g_autoptr(FnRescanRoom) room = fn_rescan_room_new();
	FnRescanFound found;

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		values[i] = texts[i];
		sizes[i] = (guint32)strlen(texts[i]);
	}
	g_assert_false(fn_rescan_look(rescan, room, &column, &batch, &found));
	g_assert_cmpuint(found.count, ==, G_N_ELEMENTS(texts));
	g_assert_cmpuint(g_strv_length((char **)found.detector), ==, FN_RESCAN_DETECTORS);
	g_assert_cmpstr(found.detector[0], ==, "cn.resident_id");
}

static void
test_nothing_to_look_at(gconstpointer scanner)
{
	g_autoptr(FnRescan) rescan = fn_rescan_new(scanner, NULL, 0);
	g_autoptr(FnRescanRoom) room = fn_rescan_room_new();
	FnRowBatch batch = { 0 };
	FnRescanFound found;

	g_assert_true(fn_rescan_look(rescan, room, NULL, &batch, &found));
	fn_rescan_free(NULL);
	fn_rescan_room_free(NULL);
}

int
main(int argc, char **argv)
{
	g_autoptr(FnScanner) scanner = NULL;

	g_test_init(&argc, &argv, NULL);
	scanner = fn_testing_scanner();
	g_test_add_data_func("/rescan/cases", scanner, test_cases);
	g_test_add_data_func("/rescan/many", scanner, test_many);
	g_test_add_data_func("/rescan/nothing", scanner, test_nothing_to_look_at);
	return g_test_run();
}

#include "cli/registers.h"

#include "base/identifiers.h"
#include "rules/rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DAYS 27000u /* birth dates from 1945-01-01 on */

static const char *const surnames[] = { "赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯", "陈", "褚", "卫", "蒋", "沈", "韩", "杨", "朱",
	"秦", "尤", "许", "何", "吕", "施", "张", "欧阳", "司马" };
static const char *const given[] = { "安", "博", "晨", "丹", "恩", "芳", "刚", "浩", "佳", "凯", "兰", "敏", "宁", "平", "琪", "瑞", "诗", "涛",
	"文", "欣", "雅", "泽", "明", "国", "建", "华", "玉", "梅", "志", "强" };
static const char *const districts[] = { "东泥区", "西泥区", "南印区", "北印区", "封城县", "函谷县", "简牍县", "竹书县", "绢帛县" };
static const char *const streets[] = { "甲骨路", "金文街", "小篆大道", "隶书巷", "楷书路", "行草街", "瓦当路", "铭文街" };
static const char *const marital[] = { "未婚", "已婚", "离婚", "丧偶" };
static const char *const education[] = { "小学", "初中", "高中", "大专", "本科", "硕士", "博士" };

/* splitmix64: the same register on every machine. */
static guint64
scramble(guint64 x)
{
	x += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

#define PICK(table_, random_) (table_)[(random_) % G_N_ELEMENTS(table_)]

static void
day_text(guint days_after_1945, char out[11])
{
	GDate date;

	g_date_clear(&date, 1);
	g_date_set_dmy(&date, 1, G_DATE_JANUARY, 1945);
	g_date_add_days(&date, days_after_1945);
	g_date_strftime(out, 11, "%Y-%m-%d", &date);
}

void
fn_demo_resident(guint index, FnResident *out)
{
	guint64 random = scramble(index), more = scramble(random);
	guint district = (guint)(random % G_N_ELEMENTS(districts));
	gboolean woman = (random >> 8) & 1;
	/* Day and hundred of the sequence number follow from the index, so that no number occurs twice. */
	guint sequence = index / DAYS * 100 + (guint)((random >> 16) % 49) * 2 + 1 + woman; /* odd for men, never 000 */

	g_assert(index < FN_DEMO_RESIDENTS);
	day_text(index % DAYS, out->birth_date);
	g_snprintf(out->id_number, sizeof(out->id_number), "6601%02u%.4s%.2s%.2s%03u", district + 1, out->birth_date, out->birth_date + 5,
		out->birth_date + 8, sequence);
	out->id_number[17] = fn_resident_id_check_character(out->id_number);
	out->id_number[18] = '\0';
	g_snprintf(out->name, sizeof(out->name), "%s%s%s", PICK(surnames, more), PICK(given, more >> 8),
		(more >> 16) % 3 == 0 ? "" : PICK(given, more >> 20));
	g_strlcpy(out->gender, woman ? "女" : "男", sizeof(out->gender));
	/* 736,879 and 10^8 have no common factor: every index has its own number. */
	g_snprintf(out->mobile, sizeof(out->mobile), "160%08u", (guint)(index * G_GUINT64_CONSTANT(736879) % 100000000));
	g_snprintf(out->address, sizeof(out->address), "丹泥市%s%s%u号%u室", districts[district], PICK(streets, more >> 32),
		(guint)((more >> 40) % 300) + 1, (guint)((more >> 48) % 30) * 100 + 101);
	g_snprintf(out->household, sizeof(out->household), "H%09u", index + 1);
	g_strlcpy(out->marital, PICK(marital, random >> 24), sizeof(out->marital));
	g_strlcpy(out->education, PICK(education, random >> 32), sizeof(out->education));
	day_text(29220 + (guint)((random >> 40) % 365), out->updated_on);
}

static gboolean
close_file(FILE *file, const char *path, GError **error)
{
	gboolean failed = ferror(file) != 0;

	if (fclose(file) == 0 && !failed)
		return TRUE;
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", path, g_strerror(errno));
	return FALSE;
}

static FILE *
open_file(const char *path, const char *mode, GError **error)
{
	FILE *file = fopen(path, mode);

	if (file == NULL)
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", path, g_strerror(errno));
	return file;
}

gboolean
fn_demo_write_residents(const char *path, GError **error)
{
	FILE *file = open_file(path, "we", error);

	if (file == NULL)
		return FALSE;
	fputs("id_number,name,gender,birth_date,mobile,address,household,marital,education,updated_on\n", file);
	for (guint i = 0; i < FN_DEMO_RESIDENTS; i++) {
		FnResident one;

		fn_demo_resident(i, &one);
		fprintf(file, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%s\n", one.id_number, one.name, one.gender, one.birth_date, one.mobile,
			one.address, one.household, one.marital, one.education, one.updated_on);
	}
	return close_file(file, path, error);
}

/* ---- divisions ---- */

static const struct {
	const char *file;
	guint level;
	guint parent_digits; /* leading digits of the code that are the parent's */
} division_files[] = { { "provinces.csv", 1, 0 }, { "cities.csv", 2, 2 }, { "areas.csv", 3, 4 }, { "streets.csv", 4, 6 }, { "villages.csv", 5, 9 } };

/* Lines are `code,"name",…`: the code and the quoted name are taken as they stand. */
static gboolean
copy_line(FILE *to, const char *line, guint level, guint parent_digits)
{
	gsize digits = strspn(line, "0123456789");
	const char *end = line[digits] == ',' && line[digits + 1] == '"' ? strchr(line + digits + 2, '"') : NULL;

	if (digits < parent_digits || end == NULL)
		return FALSE;
	fprintf(to, "%.*s,%.*s,%u,%.*s\n", (int)digits, line, (int)(end + 1 - line - (gssize)digits - 1), line + digits + 1, level,
		(int)parent_digits, line);
	return TRUE;
}

static gboolean
copy_file(FILE *to, const char *path, guint level, guint parent_digits, guint64 *rows, GError **error)
{
	FILE *from = open_file(path, "re", error);
	char line[1024];
	guint number = 1;
	gboolean right = from != NULL && fgets(line, sizeof(line), from) != NULL;

	while (right && fgets(line, sizeof(line), from) != NULL) {
		number++;
		right = copy_line(to, line, level, parent_digits);
		*rows += right;
	}
	if (from != NULL)
		fclose(from);
	if (!right && from != NULL)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s:%u: expected a line code,\"name\",…", path, number);
	return right;
}

gboolean
fn_demo_write_divisions(const char *directory, const char *path, guint64 *rows_out, GError **error)
{
	FILE *to = open_file(path, "we", error);
	guint64 rows = 0;

	if (to == NULL)
		return FALSE;
	fputs("code,name,level,parent\n", to);
	for (gsize i = 0; i < G_N_ELEMENTS(division_files); i++) {
		g_autofree char *from = g_build_filename(directory, division_files[i].file, NULL);

		if (!copy_file(to, from, division_files[i].level, division_files[i].parent_digits, &rows, error)) {
			fclose(to);
			return FALSE;
		}
	}
	*rows_out = rows;
	return close_file(to, path, error);
}

/* ---- holidays ---- */

static void
write_days(FILE *to, const FnNode *holiday, const char *list, const char *kind)
{
	const FnNode *days = fn_node_get(holiday, list);

	for (guint i = 0; i < fn_node_count(days); i++)
		fprintf(to, "%s,%s,%s\n", fn_node_scalar(fn_node_at(days, i)), fn_node_text(holiday, "zh"), kind);
}

gboolean
fn_demo_write_holidays(const char *rules_directory, const char *path, GError **error)
{
	g_autoptr(FnRules) rules = fn_rules_load(rules_directory, "national", NULL, error);
	const FnNode *const *years;
	guint n;
	FILE *to = rules != NULL ? open_file(path, "we", error) : NULL;

	if (to == NULL)
		return FALSE;
	fputs("date,name,kind\n", to);
	years = fn_rules_all(rules, "calendar", &n);
	for (guint i = 0; i < n; i++) {
		const FnNode *holidays = fn_node_get(years[i], "holidays");

		for (guint h = 0; h < fn_node_count(holidays); h++) {
			write_days(to, fn_node_at(holidays, h), "off", "off");
			write_days(to, fn_node_at(holidays, h), "work", "work");
		}
	}
	return close_file(to, path, error);
}

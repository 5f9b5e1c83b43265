#include "mask/testing.h"

static const TestCase cases[] = {
	{ "name:keep=surname", "张三", "张*" },
	{ "name:keep=surname", "王小五", "王**" },
	{ "name:keep=surname", "欧阳修远", "欧阳**" },
	{ "name:keep=surname", "欧阳修", "欧阳*" },
	{ "name:keep=surname", "歐陽修", "歐陽*" },
	{ "name:keep=surname", "司马", "司*" }, /* two characters: surname and given name */
	{ "name:keep=surname", "公孙某", "公孙*" },
	{ "name:keep=surname", "公孫某", "公孫*" },
	{ "name:keep=surname", "阿依古丽", "阿***" },
	{ "name:keep=given", "张三", "*三" },
	{ "name:keep=given", "诸葛某某", "**某某" },
	{ "name:keep=none", "张三", "**" },
	{ "name:keep=none", "欧阳修远", "****" },
	{ "name:keep=surname", "买买提·艾力", "***·艾力" },
	{ "name:keep=given", "买买提·艾力", "买买提·**" },
	{ "name:keep=surname", "某某•某•艾力", "**•*•艾力" },
	{ "name:keep=none", "买买提・艾力", "***・**" },
	{ "name:keep=surname", "Jane Doe", "**** Doe" },
	{ "name:keep=given", "Jane Q. Doe", "Jane Q. ***" },
	{ "name:keep=surname", "DOE, Jane", "DOE, ****" },
	{ "name:keep=given", "DOE, Jane", "***, Jane" },
	{ "name:keep=none", "Anne-Zoë O'Doe", "****-*** *'***" },
	{ "name:keep=surname", "张", "***" },
	{ "name:keep=surname", "", "***" },
	{ "name:keep=surname", NULL, NULL },
	{ "name:keep=surname", "张三2", "***" },
	{ "name:keep=surname", "张 三", "***" },
	{ "name:keep=surname", "某某市数据管理局", "***" }, /* too long for a name */
	{ "name:keep=surname", "张三\n", "***" },
	{ "name:keep=surname", "·张三", "***" },
	{ "name:keep=surname", "张·", "***" },
	{ "name:keep=surname", "张··三", "***" },
	{ "name:keep=surname", "Jane", "***" },
	{ "name:keep=surname", "Jane ", "***" },
	{ "name:keep=surname", ", Jane", "***" },
	{ "name:keep=surname", "a, b, c", "***" },
	{ "name:keep=surname", "Jane三", "***" },
	{ "name:keep=surname", "13800138000", "***" },
	{ "name:keep=surname", "张\xff", "***" },
	{ "name:keep=surname", "abcdefgh abcdefgh abcdefgh abcdefgh abcdefgh abcdefgh abcdefgh abc", "***" },
	{ "name:keep=surname,else=null", "张三2", NULL },
	{ "name:keep=surname,else=redact", "张三2", "***" },
};

static void
test_cases(void)
{
	test_mask_cases(cases, G_N_ELEMENTS(cases));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/name/cases", test_cases);
	return g_test_run();
}

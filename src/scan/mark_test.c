#include "scan/testing.h"

static const FnFindCase marks[] = {
	{ "机密★10年\n通知", "机密★10年" }, { "　　绝密 ★ 长期　特急\n", "绝密 ★ 长期" }, { "000012　秘密★6个月\n", "秘密★6个月" }, { "机　密★十年", "机　密★十年" },
	{ "机密★1 0 年\n", "机密★1 0 年" }, { "机密★\n", "机密★" }, { "机密*5年\n", "机密*5年" }, { "机密妇10年\n", "机密妇10年" }, { "机密女10年\n", "机密女10年" },
	{ "机密10年\n", "机密10年" }, { "密级：秘密\n", "秘密" }, { "密级：机密★长期（此件发至县团级）\n", "机密★长期" }, { "文件密级:秘密　编号：1\n", "秘密" },
	{ "编号,密级\n1,机密★10年,报告\n", "机密★10年" }, { "秘密\n某机关文件\n", "秘密" }, { "关于某事的通知（机密★5年）\n", "机密★5年" },
	{ "【绝密★启用前】\n", "绝密★启用前" }, { "〔秘密★1年〕\n", "秘密★1年" }, { "機密★10年", "機密★10年" }, { "机密★二十年\n", "机密★二十年" },
	{ "密级分为绝密、机密、秘密三级。", NULL }, { "标注为机密★10年的文件", NULL }, { "写作“机密★10年”。", NULL }, { "标志（机密★10年）的文件应当登记。", NULL },
	{ "如【机密★10年】字样", NULL }, { "机密文件须专人管理", NULL }, { "商业秘密", NULL }, { "机密女职工10年", NULL }, { "保守秘密10年以上", NULL },
	{ "公开\n机密\n", "机密" }, { "密级：秘密、机密、绝密\n", NULL }, { "密级：秘密□ 机密□\n", NULL }, { "绝密级国家秘密", NULL },
};

static void
test_marks(void)
{
	FN_FINDS("cn.secrecy_mark", marks);
}

/* The bare word counts at the head only. */
static void
test_head(void)
{
	g_autoptr(FnScanner) scanner = fn_testing_scanner();
	g_autofree char *filler = g_strnfill(3000, '.'), *late = g_strconcat(filler, "\n秘密\n", NULL), *marked = g_strconcat(filler, "\n秘密★1年\n", NULL);
	g_autofree char *found = fn_testing_find(scanner, "cn.secrecy_mark", marked);

	g_assert_null(fn_testing_find(scanner, "cn.secrecy_mark", late));
	g_assert_cmpstr(found, ==, "秘密★1年");
}

static const FnFindCase internals[] = {
	{ "内部资料\n报告", "内部资料" }, { "内部资料　注意保存\n", "内部资料　注意保存" }, { "内部文件，不得外传。\n", "内部文件，不得外传" }, { "【内部资料】\n", "内部资料" },
	{ "（此件不予公开）\n", "此件不予公开" }, { "公开属性：不予公开\n", "不予公开" }, { "工作秘密★3年\n通知", "工作秘密★3年" }, { "方案（内部资料，不得外传）\n", "内部资料，不得外传" },
	{ "仅供内部使用\n", "仅供内部使用" }, { "属于内部资料的，不得提供。", NULL }, { "工作秘密的管理", NULL }, { "依法不予公开的除外。", NULL },
	{ "涉及工作秘密，不予公开。", NULL }, { "不得将内部文件带出。", NULL }, { "主动公开、依申请公开、不予公开三类", NULL }, { "内部资料管理办法\n", NULL },
	{ "不予公开，并说明理由。\n", NULL },
};

static void
test_internal(void)
{
	FN_FINDS("cn.internal_mark", internals);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mark/secrecy", test_marks);
	g_test_add_func("/mark/head", test_head);
	g_test_add_func("/mark/internal", test_internal);
	return g_test_run();
}

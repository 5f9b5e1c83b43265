#include "scan/testing.h"

static const FnFindCase mobiles[] = {
	{ "电话13800138000。", "13800138000" }, { "138 0013 8000", "138 0013 8000" }, { "138-0013-8000", "138-0013-8000" },
	{ "13800138000、13900139000", "13800138000|13900139000" }, { "1380013800", NULL }, { "138001380001", NULL }, { "x13800138000", NULL },
	{ "12800138000", NULL }, { "15400138000", NULL }, { "0.13800138000", NULL }, { "订单号13800138000", NULL }, { "凭证8613800138000", NULL },
	{ "合同编号：13800138000", NULL },
};

static void
test_mobile(void)
{
	FN_FINDS("cn.mobile", mobiles);
}

static const FnFindCase landlines[] = {
	{ "0311-86000000", "0311-86000000" }, { "010-62000000", "010-62000000" }, { "0311 86000000", "0311 86000000" },
	{ "电话：（0311）86000000，", "（0311）86000000" }, { "电话：(0311) 8600-0000", "(0311) 8600-0000" }, { "传真86000000", NULL },
	{ "传真：86000000", "86000000" }, { "座机 031186000000", "031186000000" }, { "热线400-600-0000", "400-600-0000" },
	{ "电话：0311-86000000转8001", "0311-86000000" }, { "031186000000", NULL }, { "0300-86000000", NULL }, { "010-6200000", NULL },
	{ "0311-16000000", NULL }, { "0311-860000000", NULL }, { "编号0311-86000000", NULL }, { "电话：2024年", NULL }, { "电话：20240115", "20240115" },
	{ "400-600-0000", NULL }, { "2023-12345678", NULL },
};
static const FnCheckCase landline_values[] = {
	{ "0311-86000000", FN_MATCH_STRONG }, { "(0311)86000000", FN_MATCH_STRONG }, { "031186000000", FN_MATCH_WEAK },
	{ "400-600-0000", FN_MATCH_WEAK }, { "86000000", FN_MATCH_NONE }, { "0311-8600000x", FN_MATCH_NONE }, { "", FN_MATCH_NONE },
};

static void
test_landline(void)
{
	FN_FINDS("cn.landline", landlines);
	FN_CHECKS("landline", landline_values);
}

static const FnFindCase emails[] = {
	{ "a@example.com", "a@example.com" }, { "邮箱a.b+c@mail.example.org。", "a.b+c@mail.example.org" }, { "<x_y@example.com>", "x_y@example.com" },
	{ "a@example.com.", "a@example.com" }, { "a@b@example.com", "b@example.com" }, { "a@example", NULL }, { "a@example.1", NULL },
	{ "@example.com", NULL }, { ".@example.com", NULL }, { "a@.com", NULL }, { "a@example..com", NULL }, { "关注@张三", NULL },
};
static const FnCheckCase email_values[] = {
	{ "a@example.com", FN_MATCH_STRONG }, { "a@example.com b", FN_MATCH_NONE }, { "张三a@example.com", FN_MATCH_NONE }, { "a", FN_MATCH_NONE },
};

static void
test_email(void)
{
	FN_FINDS("email", emails);
	FN_CHECKS("email", email_values);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/contact/mobile", test_mobile);
	g_test_add_func("/contact/landline", test_landline);
	g_test_add_func("/contact/email", test_email);
	return g_test_run();
}

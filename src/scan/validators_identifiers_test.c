#include "scan/testing.h"

static const FnFindCase residents[] = {
	{ "11010519491231002X", "11010519491231002X" }, { "张三11010519491231002x男", "11010519491231002x" }, { "110105 19491231 002X。", "110105 19491231 002X" },
	{ "110105194912310021", NULL }, { "11010519491331002X", NULL }, { "A11010519491231002X", NULL }, { "11010519491231002X1", NULL },
	{ "身份证110105491231002", "110105491231002" }, { "110105491231002", NULL }, { "身份证110199491231002", NULL } /* no such place */,
	{ "810000199408230021", "810000199408230021" },
};

static void
test_resident(void)
{
	g_autoptr(FnScanner) scanner = fn_testing_scanner();
	char unknown[19] = "13999919900307123";
	g_autofree char *labelled = NULL, *found = NULL;

	FN_FINDS("cn.resident_id", residents);
	/* A place that never was: only where the text says what it is. */
	unknown[17] = fn_resident_id_check_character(unknown);
	labelled = g_strconcat("身份证号", unknown, NULL);
	g_assert_null(fn_testing_find(scanner, "cn.resident_id", unknown));
	found = fn_testing_find(scanner, "cn.resident_id", labelled);
	g_assert_cmpstr(found, ==, unknown);
}

/* The checked number for a body, in @out of 19 bytes. */
static void
make_credit_code(const char *body17, char *out)
{
	g_strlcpy(out, body17, 19);
	out[16] = out[16] == '?' ? fn_organization_code_check_character(out + 8) : out[16];
	out[17] = fn_credit_code_check_character(out);
	out[18] = '\0';
}

static void
test_credit(void)
{
	static const FnFindCase codes[] = {
		{ "91350100M000100Y43", "91350100M000100Y43" }, { "信用代码：91350100m000100y43", "91350100m000100y43" }, { "91350100M000100Y44", NULL },
		{ "订单号91350100M000100Y43", NULL }, { "911301001000000007", NULL }, { "信用代码911301001000000007", "911301001000000007" },
		{ "X91350100M000100Y43", NULL },
	};
	static const struct {
		const char *body;
		gboolean bare; /* found without a word beside it */
	} made[] = {
		{ "91130100MA0ABC12?", TRUE }, { "91139900MA0ABC12?", TRUE } /* zones have codes of their own */, { "9199010012345678?", FALSE },
		{ "D1130100MA0ABC12?", FALSE } /* no such authority */, { "98130100MA0ABC12?", FALSE } /* nor category */,
	};
	g_autoptr(FnScanner) scanner = fn_testing_scanner();
	char text[19];

	FN_FINDS("cn.credit_code", codes);
	for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
		g_autofree char *found = NULL;

		make_credit_code(made[i].body, text);
		found = fn_testing_find(scanner, "cn.credit_code", text);
		g_test_message("%s", text);
		g_assert_cmpstr(found, ==, made[i].bare ? text : NULL);
	}
}

static const FnFindCase organizations[] = {
	{ "组织机构代码：D2143569-X", "D2143569-X" }, { "组织机构代码证号 D2143569X。", "D2143569X" }, { "机构代码（旧）为d2143569-x", "d2143569-x" },
	{ "D2143569-X", NULL }, { "组织机构代码：D2143569-1", NULL }, { "机构代码D2143569-XY", NULL }, { "型号D2143569X", NULL },
};

static void
test_organization(void)
{
	FN_FINDS("cn.org_code", organizations);
}

static const FnFindCase cards[] = {
	{ "6222020000000000000", "6222020000000000000" }, { "卡号6222 0200 0000 0000 000。", "6222 0200 0000 0000 000" }, { "6217000000000006", "6217000000000006" },
	{ "6222020000000000001", NULL }, { "4111111111111111", NULL }, { "卡号4111111111111111", "4111111111111111" }, { "4111 1111 1111 1111", "4111 1111 1111 1111" },
	{ "订单号6222020000000000000", NULL }, { "622202000000000000", NULL }, { "6299990000000000002", NULL } /* nobody's number */,
	{ "卡号0000000000000000", NULL },
};

static void
test_card(void)
{
	FN_FINDS("cn.bank_card", cards);
}

static const FnFindCase passports[] = {
	{ "护照E12345678", "E12345678" }, { "护照号码：EA1234567、G12345678", "EA1234567|G12345678" }, { "护照e12345678", "e12345678" },
	{ "护照号DE1234567", "DE1234567" }, { "护照141234567", "141234567" }, { "E12345678", NULL }, { "护照EI1234567", NULL }, { "护照E1234567", NULL },
	{ "护照Z12345678", NULL }, { "护照型号E12345678", NULL }, { "港澳居民来往内地通行证H12345678", NULL },
};
static const FnFindCase permits[] = {
	{ "往来港澳通行证C12345678", "C12345678" }, { "回乡证H1234567801", "H1234567801" }, { "港澳通行证W12345678", "W12345678" },
	{ "港澳通行证号CA1234567", "CA1234567" }, { "H12345678", NULL }, { "护照H12345678", NULL }, { "港澳通行证C1234567", NULL },
};
static const FnFindCase taiwan[] = {
	{ "台胞证12345678", "12345678" }, { "台湾居民来往大陆通行证号码：0123456789", "0123456789" }, { "往来台湾通行证T12345678", "T12345678" },
	{ "往来台湾通行证L12345678", "L12345678" }, { "12345678", NULL }, { "台胞证1234567", NULL }, { "台湾居民12345678人", NULL }, { "T12345678", NULL },
};
static const FnFindCase officers[] = {
	{ "军字第2001988号", "军字第2001988号" }, { "持武字第01234567号证", "武字第01234567号" }, { "军官证号：南字第01234567号", "南字第01234567号" },
	{ "警官证：012345", "012345" }, { "南字第01234567号", NULL }, { "京民字第1234567号", NULL }, { "军字第3期", NULL }, { "军官证2024年换发", NULL },
};

static void
test_permits(void)
{
	FN_FINDS("cn.passport", passports);
	FN_FINDS("cn.hkm_permit", permits);
	FN_FINDS("cn.tw_permit", taiwan);
	FN_FINDS("cn.officer_id", officers);
}

static const FnFindCase social[] = {
	{ "社保卡号：A12345678", "A12345678" }, { "医保编号1301000012345678", "1301000012345678" }, { "医疗保险个人编号为1000123456", "1000123456" },
	{ "公积金账号 001234567890", "001234567890" }, { "社保号：11010519491231002X", NULL }, { "社保卡12345678", NULL }, { "医保卡号13800138000", NULL },
	{ "社保号ABCDEFGH", NULL }, { "参保人数12345678", NULL },
};
static const FnFindCase estates[] = {
	{ "冀（2023）石家庄市不动产权第0012345号", "冀（2023）石家庄市不动产权第0012345号" }, { "持粤(2023)深圳市不动产权第 0012345 号", "粤(2023)深圳市不动产权第 0012345" },
	{ "石房权证长字第123456789号", "石房权证长字第123456789号" }, { "石国用（2010）第01234-1号", "石国用（2010）第01234-1号" },
	{ "不动产单元号：130102 001001 GB00012 F00010001", "130102 001001 GB00012 F00010001" }, { "不动产单元号130102001001GB00012F00010001", "130102001001GB00012F00010001" },
	{ "不动产权第1次登记", NULL }, { "房权证共5万本", NULL }, { "国用第12号", NULL }, { "不动产单元号130102001001GB00012F0001000", NULL },
};
static const FnCheckCase estate_values[] = {
	{ "冀（2023）石家庄市不动产权第0012345号", FN_MATCH_STRONG }, { "石房权证长字第123456789号", FN_MATCH_STRONG },
	{ "130102001001GB00012F00010001", FN_MATCH_STRONG }, { "不动产权第1次", FN_MATCH_NONE }, { "", FN_MATCH_NONE },
};

static void
test_insurance_and_estate(void)
{
	FN_FINDS("cn.social_security", social);
	FN_FINDS("cn.estate_cert", estates);
	FN_CHECKS("estate_cert", estate_values);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/identifiers/resident", test_resident);
	g_test_add_func("/identifiers/credit", test_credit);
	g_test_add_func("/identifiers/organization", test_organization);
	g_test_add_func("/identifiers/card", test_card);
	g_test_add_func("/identifiers/permits", test_permits);
	g_test_add_func("/identifiers/insurance-and-estate", test_insurance_and_estate);
	return g_test_run();
}

#include "scan/testing.h"

static const FnFindCase plates[] = {
	{ "京A12345", "京A12345" }, { "一辆冀A1B2C3的", "冀A1B2C3" }, { "沪AD12345", "沪AD12345" }, { "粤B12345D", "粤B12345D" },
	{ "京A·12345", "京A·12345" }, { "京A-12345", "京A-12345" }, { "川A1234警", "川A1234警" }, { "粤Z1234港", "粤Z1234港" },
	{ "冀A1234挂车", "冀A1234挂" }, { "京a12345", "京a12345" }, { "车牌号：京 A12345", "京 A12345" }, { "号牌WJ京1234X", "WJ京1234X" },
	{ "车牌使012345", "使012345" }, { "车牌：VA12345", "VA12345" }, { "京A12345和津B54321", "京A12345|津B54321" }, { "京A1234", NULL },
	{ "京AB1C2D", NULL } /* three letters in five */, { "京I12345", NULL }, { "京A1234O", NULL }, { "京A123456", NULL }, { "东A12345", NULL },
	{ "使012345人受益", NULL }, { "沪G60高速", NULL }, { "京", NULL }, { "冀A", NULL }, { "津A12345678", NULL },
};
static const FnCheckCase plate_values[] = {
	{ "京A12345", FN_MATCH_STRONG }, { "京 A12345", FN_MATCH_STRONG }, { "使012345", FN_MATCH_WEAK }, { "VA12345", FN_MATCH_WEAK },
	{ "京A1234", FN_MATCH_NONE }, { "A12345", FN_MATCH_NONE }, { "", FN_MATCH_NONE },
};

static void
test_plate(void)
{
	FN_FINDS("cn.plate", plates);
	FN_CHECKS("plate", plate_values);
}

static const FnFindCase vins[] = {
	{ "LSVAA4183E2000001", "LSVAA4183E2000001" }, { "lsvaa4183e2000001", "lsvaa4183e2000001" }, { "LSVAA4184E2000001", NULL },
	{ "1M8GDM9AXKP042788", NULL }, { "VIN：1M8GDM9AXKP042788", "1M8GDM9AXKP042788" }, { "VIN：1M8GDM9A1KP042788", NULL },
	{ "车架号11111111111111111", NULL }, { "订单号LSVAA4183E2000001", NULL }, { "LSVAA4183E20000011", NULL },
};

static void
test_vin(void)
{
	FN_FINDS("cn.vin", vins);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vehicles/plate", test_plate);
	g_test_add_func("/vehicles/vin", test_vin);
	return g_test_run();
}

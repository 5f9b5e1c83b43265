#include "mask/testing.h"

/* What stays at each level; "-" for what is redacted. */
static const struct {
	const char *address, *province, *city, *district;
} addresses[] = {
	{ "河北省石家庄市藁城区某某路12号", "河北省", "河北省石家庄市", "河北省石家庄市藁城区" },
	{ "河北石家庄市长安区某某街", "河北", "河北石家庄市", "河北石家庄市长安区" },
	{ "石家庄市正定县某某镇某某村", "-", "石家庄市", "石家庄市正定县" },
	{ "北京市西城区某某胡同5号院", "北京市", "北京市", "北京市西城区" },
	{ "上海市浦东新区某某路1号", "上海市", "上海市", "上海市浦东新区" },
	{ "天津市滨海新区某某道1号", "天津市", "天津市", "天津市滨海新区" },
	{ "内蒙古自治区呼伦贝尔市莫力达瓦达斡尔族自治旗某某镇", "内蒙古自治区", "内蒙古自治区呼伦贝尔市", "内蒙古自治区呼伦贝尔市莫力达瓦达斡尔族自治旗" },
	{ "内蒙古自治区锡林郭勒盟锡林浩特市某某街", "内蒙古自治区", "内蒙古自治区锡林郭勒盟", "内蒙古自治区锡林郭勒盟锡林浩特市" },
	{ "新疆维吾尔自治区克孜勒苏柯尔克孜自治州阿图什市某某乡", "新疆维吾尔自治区", "新疆维吾尔自治区克孜勒苏柯尔克孜自治州",
		"新疆维吾尔自治区克孜勒苏柯尔克孜自治州阿图什市" },
	{ "新疆维吾尔自治区喀什地区塔什库尔干塔吉克自治县某某乡", "新疆维吾尔自治区", "新疆维吾尔自治区喀什地区",
		"新疆维吾尔自治区喀什地区塔什库尔干塔吉克自治县" },
	{ "甘肃省临夏回族自治州积石山保安族东乡族撒拉族自治县某某村", "甘肃省", "甘肃省临夏回族自治州", "甘肃省临夏回族自治州积石山保安族东乡族撒拉族自治县" },
	{ "山东省青岛市市南区某某路", "山东省", "山东省青岛市", "山东省青岛市市南区" },
	{ "湖北省荆州市沙市区某某路", "湖北省", "湖北省荆州市", "湖北省荆州市沙市区" },
	{ "湖南省常德市津市市某某路", "湖南省", "湖南省常德市", "湖南省常德市津市市" },
	{ "湖南省永州市道县某某镇", "湖南省", "湖南省永州市", "湖南省永州市道县" },
	{ "河南省新乡市新乡县某某村", "河南省", "河南省新乡市", "河南省新乡市新乡县" },
	{ "江西省景德镇市昌江区某某路", "江西省", "江西省景德镇市", "江西省景德镇市昌江区" },
	{ "江苏省南京市鼓楼区某某路", "江苏省", "江苏省南京市", "江苏省南京市鼓楼区" },
	{ "浙江省宁波市镇海区某某路", "浙江省", "浙江省宁波市", "浙江省宁波市镇海区" },
	{ "浙江省台州市路桥区某某街", "浙江省", "浙江省台州市", "浙江省台州市路桥区" },
	{ "北京朝阳区某某路1号", "北京", "北京", "北京朝阳区" },
	{ "天津河北区某某道1号", "天津", "天津", "天津河北区" },
	{ "陕西省西安市西咸新区某某路", "陕西省", "陕西省西安市", "陕西省西安市西咸新区" },
	{ "河北省邯郸市峰峰矿区某某路", "河北省", "河北省邯郸市", "河北省邯郸市峰峰矿区" },
	{ "河南省郑州市管城回族区某某街", "河南省", "河南省郑州市", "河南省郑州市管城回族区" },
	{ "四川省成都市青羊区某某街", "四川省", "四川省成都市", "四川省成都市青羊区" },
	{ "福建省三明市沙县区某某街", "福建省", "福建省三明市", "福建省三明市沙县区" },
	{ "湖南省怀化市通道侗族自治县某某镇", "湖南省", "湖南省怀化市", "湖南省怀化市通道侗族自治县" },
	{ "吉林省吉林市船营区某某街", "吉林省", "吉林省吉林市", "吉林省吉林市船营区" },
	{ "吉林市船营区某某街", "-", "吉林市", "吉林市船营区" },
	{ "海南藏族自治州共和县某某镇", "-", "海南藏族自治州", "海南藏族自治州共和县" },
	/* a level is missing: the coarser one is all that stays */
	{ "广东省东莞市某某镇某某路12号", "广东省", "广东省东莞市", "广东省东莞市" },
	{ "广东省东莞市某某街道某某小区3栋", "广东省", "广东省东莞市", "广东省东莞市" },
	{ "广东省东莞市某某小区3栋", "广东省", "广东省东莞市", "广东省东莞市" },
	{ "广东省东莞市某某花园东区3栋", "广东省", "广东省东莞市", "广东省东莞市" },
	{ "广东省东莞市解放路市场3号", "广东省", "广东省东莞市", "广东省东莞市" },
	{ "河北省某某市新县镇某某村", "河北省", "河北省某某市", "河北省某某市" },
	{ "河北省石家庄市南城区街道1号", "河北省", "河北省石家庄市", "河北省石家庄市" },
	{ "河北省石家庄市某区域中心", "河北省", "河北省石家庄市", "河北省石家庄市" },
	{ "河北省石家庄市某某新区3栋", "河北省", "河北省石家庄市", "河北省石家庄市" },
	{ "河北省石家庄市某某超市", "河北省", "河北省石家庄市", "河北省石家庄市" },
	{ "河北省石家庄市南三条市场3号", "河北省", "河北省石家庄市", "河北省石家庄市" },
	{ "河北省石家庄市五星红旗路", "河北省", "河北省石家庄市", "河北省石家庄市" },
	{ "河北省石家庄市某家属区", "河北省", "河北省石家庄市", "河北省石家庄市" },
	{ "河北省好又多超市", "河北省", "河北省", "河北省" },
	{ "河北省东联盟路", "河北省", "河北省", "河北省" },
	{ "河北省正定县某某镇某某市场", "河北省", "河北省", "河北省正定县" },
	{ "河北省某某镇某某市场", "河北省", "河北省", "河北省" },
	{ "湖北省神农架林区某某镇", "湖北省", "湖北省", "湖北省神农架林区" },
	{ "河北省", "河北省", "河北省", "河北省" },
	{ "河北省12号", "河北省", "河北省", "河北省" },
	/* not read */
	{ "某某路12号", "-", "-", "-" },
	{ "河北区某某路1号", "-", "-", "-" },
	{ "上海路某区1号", "-", "-", "-" },
	{ "正定县某某村", "-", "-", "-" },
	{ "12号楼石家庄市", "-", "-", "-" },
	{ " 河北省石家庄市", "-", "-", "-" },
	{ "Hebei, Shijiazhuang", "-", "-", "-" },
	{ "市", "-", "-", "-" },
	{ "", "-", "-", "-" },
	{ "河北省\xff", "-", "-", "-" },
};

static void
test_levels(void)
{
	static const char *const specs[] = { "address:keep=province", "address:keep=city", "address:keep=district" };

	for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
		const char *const expected[] = { addresses[i].province, addresses[i].city, addresses[i].district };

		for (guint level = 0; level < G_N_ELEMENTS(specs); level++) {
			g_autofree char *out = test_mask_one(specs[level], FN_SUITE_GM, NULL, "c", addresses[i].address);

			test_mask_say(specs[level], addresses[i].address);
			g_assert_cmpstr(out, ==, g_str_equal(expected[level], "-") ? FN_MASK_REDACTED : expected[level]);
		}
	}
}

/* Texts are not followed by an end mark: nothing behind the size is looked at. */
static void
test_cut(void)
{
	static const char whole[] = "新疆维吾尔自治区喀什地区塔什库尔干塔吉克自治县某某乡";

	for (gsize size = 0; size < sizeof(whole); size++) {
		g_autoptr(FnMaskColumn) mask = fn_mask_column_new("address:keep=district", FN_SUITE_GM, NULL, "c", NULL);
		g_autoptr(FnMaskArena) arena = fn_mask_arena_new();
		g_autofree char *cut = g_memdup2(whole, size);
		const char *cell = size > 0 ? cut : "";
		guint32 left = (guint32)size;
		FnColumn column = { &cell, &left, 1 };

		fn_mask_apply(mask, &column, arena);
		g_assert_true(g_str_equal(cell, FN_MASK_REDACTED) || (left <= size && g_str_has_prefix(whole, cell)));
	}
}

static const TestCase otherwise[] = {
	{ "address:keep=city,else=null", "某某路12号", NULL },
	{ "address:keep=city", NULL, NULL },
};

static void
test_else(void)
{
	test_mask_cases(otherwise, G_N_ELEMENTS(otherwise));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/address/levels", test_levels);
	g_test_add_func("/address/cut", test_cut);
	g_test_add_func("/address/else", test_else);
	return g_test_run();
}

#include "scan/testing.h"

static const FnFindCase names[] = {
	{ "姓名：张三", "张三" }, { "姓名张三，", "张三" }, { "姓　名：王小五\n", "王小五" }, { "联系人：欧阳小三 电话", "欧阳小三" }, { "申请人李四，男", "李四" },
	{ "姓名：张三性别：男", "张三" }, { "法定代表人：赵六；注册资本", "赵六" }, { "姓名：买买提·艾力，", "买买提·艾力" }, { "<姓名>张三</姓名>", "张三" },
	{ "\"姓名\": \"张三\"", "张三" }, { "当事人赵六于昨日", "赵六" }, { "姓名：李有为", "李有为" }, { "申请人于静，", "于静" }, { "姓名：张三、李四", "张三" },
	{ "姓名：", NULL }, { "姓名：□□", NULL }, { "申请人应当提交", NULL }, { "联系人和联系方式", NULL }, { "负责人：办公室", NULL }, { "负责人：安全科", NULL },
	{ "联系人：高新区", NULL }, { "姓名、性别", NULL }, { "当事人对处罚不服", NULL }, { "张三来了", NULL }, { "姓名：张某", "张某" }, { "姓名：甲", NULL },
	{ "申请人单位", NULL }, { "姓名：123", NULL }, { "申请人为公司", NULL }, { "患者就医", NULL }, { "原告诉称", NULL },
};
static const FnCheckCase name_values[] = {
	{ "张三", FN_MATCH_STRONG }, { "欧阳小三", FN_MATCH_STRONG }, { "张　三", FN_MATCH_STRONG }, { "买买提·艾力", FN_MATCH_STRONG }, { "某甲", FN_MATCH_WEAK },
	{ "单位", FN_MATCH_NONE }, { "张", FN_MATCH_NONE }, { "张三李四王五", FN_MATCH_NONE }, { "张三1", FN_MATCH_NONE }, { "\xff\xfe", FN_MATCH_NONE }, { "", FN_MATCH_NONE },
};

static void
test_name(void)
{
	FN_FINDS("cn.name", names);
	FN_CHECKS("person_name", name_values);
}

static const FnFindCase births[] = {
	{ "出生日期：1990-03-07", "1990-03-07" }, { "出生年月 1990.3", NULL }, { "出生年月：1990年3月", "1990年3月" }, { "生于1990年3月7日，", "1990年3月7日" },
	{ "1990年3月7日出生", "1990年3月7日" }, { "生日19900307", "19900307" }, { "出生：1990/3/7", "1990/3/7" }, { "出生日期：1990 年 3 月 7 日", "1990 年 3 月 7 日" },
	{ "出生日期：1990-13-07", NULL }, { "出生日期：19901307", NULL }, { "1990-03-07", NULL }, { "出生人口2023年", NULL }, { "2023年出生人口902万", NULL },
	{ "出生医学证明2023-01-01启用", NULL },
};
static const FnCheckCase date_values[] = {
	{ "1990-03-07", FN_MATCH_STRONG }, { "1990/3/7 10:00", FN_MATCH_STRONG }, { "19900307", FN_MATCH_STRONG }, { "1990年3月", FN_MATCH_STRONG },
	{ "1990-02-30", FN_MATCH_NONE }, { "90-03-07", FN_MATCH_NONE }, { "1990", FN_MATCH_NONE }, { "199003071", FN_MATCH_NONE }, { "", FN_MATCH_NONE },
};

static void
test_birth(void)
{
	FN_FINDS("cn.birth_date", births);
	FN_CHECKS("birth_date", date_values);
}

static const FnFindCase addresses[] = {
	{ "河北省石家庄市长安区某某路123号", "河北省石家庄市长安区某某路123号" }, { "家住石家庄市桥西区某某小区3号楼2单元501室，", "石家庄市桥西区某某小区3号楼2单元501室" },
	{ "住址：正定县某某镇某某村\n", "正定县某某镇某某村" }, { "地址：北京市西城区某某胡同5号院", "北京市西城区某某胡同5号院" },
	{ "位于藁城区某某街12-3号的房屋", "藁城区某某街12-3号" }, { "石家庄市长安区某某路12号某某大厦", "石家庄市长安区某某路12号某某大厦" },
	{ "河北省人民政府", NULL }, { "石家庄市人民政府令第12号", NULL }, { "某某路12号", NULL }, { "北京市数据局", NULL }, { "地址：http://example.com", NULL },
	{ "住所变更的，应当登记", NULL }, { "全市11个县区", NULL }, { "冀数〔2024〕12号", NULL }, { "户籍人口980万人", NULL },
};
static const FnCheckCase address_values[] = {
	{ "河北省石家庄市长安区某某路123号", FN_MATCH_STRONG }, { "某某路1号", FN_MATCH_NONE }, { "石家庄市", FN_MATCH_NONE }, { "", FN_MATCH_NONE },
};

static void
test_address(void)
{
	FN_FINDS("cn.address", addresses);
	FN_CHECKS("address", address_values);
}

static const FnCheckCase genders[] = { { "男", FN_MATCH_STRONG }, { "女性", FN_MATCH_STRONG }, { "1", FN_MATCH_WEAK }, { "张", FN_MATCH_NONE }, { "", FN_MATCH_NONE } };

static void
test_gender(void)
{
	FN_CHECKS("gender", genders);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/people/name", test_name);
	g_test_add_func("/people/birth", test_birth);
	g_test_add_func("/people/address", test_address);
	g_test_add_func("/people/gender", test_gender);
	return g_test_run();
}

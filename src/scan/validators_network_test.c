#include "scan/testing.h"

static const FnFindCase ips[] = {
	{ "10.20.30.40", "10.20.30.40" }, { "地址192.168.1.10，", "192.168.1.10" }, { "http://172.16.0.1:8080/", "172.16.0.1" },
	{ "10.0.0.0/8", "10.0.0.0" }, { "从10.1.2.3到10.1.2.4", "10.1.2.3|10.1.2.4" }, { "10.1.2.3.", "10.1.2.3" }, { "DNS 8.8.8.8", "8.8.8.8" },
	{ "8.8.8.8", NULL }, { "1.2.3.4", NULL }, { "256.20.30.40", NULL }, { "10.20.30", NULL }, { "10.20.30.40.50", NULL }, { "10.20.030.40", NULL },
	{ "0.0.0.0", NULL }, { "127.0.0.1", NULL }, { "255.255.255.0", NULL }, { "版本10.20.30.40", NULL }, { "v10.20.30.40", NULL },
	{ "版本号：10.20.30.40", NULL }, { "Firefox/115.20.30.40", NULL }, { "10.20.30.40a", NULL }, { "3.1.2.10 数据共享\n", NULL },
	{ "1.2.156.10197.1.301", NULL }, { "2001:db8::1", "2001:db8::1" }, { "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "2001:0db8:85a3:0000:0000:8a2e:0370:7334" },
	{ "fe80::1", "fe80::1" }, { "fd00:1234:5678::9", "fd00:1234:5678::9" }, { "12:30:45", NULL }, { "::1", NULL }, { "std::vector", NULL },
	{ "a::b", NULL }, { "2001:db8::1::2", NULL }, { "00:11:22:33:44:55:66:77", NULL }, { "12345::1", NULL },
};
static const FnCheckCase ip_values[] = {
	{ "10.1.2.3", FN_MATCH_STRONG }, { "1.2.3.4", FN_MATCH_STRONG }, { "2001:db8::1", FN_MATCH_STRONG }, { "127.0.0.1", FN_MATCH_NONE },
	{ "10.1.2.3:80", FN_MATCH_NONE }, { "10.1.2", FN_MATCH_NONE }, { "12:30", FN_MATCH_NONE }, { "", FN_MATCH_NONE },
};

static void
test_ip(void)
{
	FN_FINDS("ip", ips);
	FN_CHECKS("ip", ip_values);
}

static const FnFindCase macs[] = {
	{ "00:1A:2B:3C:4D:5E", "00:1A:2B:3C:4D:5E" }, { "网卡3c:97:0e:12:34:56，", "3c:97:0e:12:34:56" }, { "MAC：00-1A-2B-3C-4D-5E", "00-1A-2B-3C-4D-5E" },
	{ "MAC地址 001a.2b3c.4d5e", "001a.2b3c.4d5e" }, { "mac=001A2B3C4D5E", "001A2B3C4D5E" }, { "00:1A:2B:3C:4D", NULL },
	{ "00:1A:2B:3C:4D:5E:6F", NULL }, { "00:00:00:00:00:00", NULL }, { "ff:ff:ff:ff:ff:ff", NULL }, { "00:1A:2B:3C:4D:5G", NULL },
	{ "00-1A-2B-3C-4D-5E", NULL }, { "MAC层001A2B3C4D5E", NULL }, { "12:30:45", NULL },
};

static void
test_mac(void)
{
	FN_FINDS("mac", macs);
}

static const FnFindCase imeis[] = {
	{ "IMEI：490154203237518", "490154203237518" }, { "串号 490154203237518。", "490154203237518" }, { "490154203237518", NULL },
	{ "IMEI：490154203237519", NULL }, { "IMEI：200154203237510", NULL }, { "订单号490154203237518", NULL },
};

static void
test_imei(void)
{
	FN_FINDS("imei", imeis);
}

static const FnFindCase points[] = {
	{ "39.9042,116.4074", "39.9042,116.4074" }, { "116.397128, 39.916527。", "116.397128, 39.916527" },
	{ "北纬39.9042°，东经116.4074°", "39.9042°，东经116.4074" }, { "坐标39.90,116.40", "39.90,116.40" }, { "39.90,116.40", NULL },
	{ "139.9042,216.4074", NULL }, { "12.3456,23.4567", NULL }, { "39.9042", NULL }, { "39.9042 116.4074 88.1234", NULL },
	{ "1.39.9042,116.4074", NULL }, { "39.9042,116.4074.5x", "39.9042,116.4074" }, { "39.9042%，116.4074%", NULL },
};
static const FnCheckCase point_values[] = {
	{ "39.9042,116.4074", FN_MATCH_STRONG }, { "116.3974", FN_MATCH_WEAK }, { "39.91", FN_MATCH_NONE }, { "60.1234", FN_MATCH_NONE },
	{ "39.9042,216.4074", FN_MATCH_NONE }, { "", FN_MATCH_NONE },
};

static void
test_point(void)
{
	FN_FINDS("geo_point", points);
	FN_CHECKS("geo_point", point_values);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/network/ip", test_ip);
	g_test_add_func("/network/mac", test_mac);
	g_test_add_func("/network/imei", test_imei);
	g_test_add_func("/network/point", test_point);
	return g_test_run();
}

#include "scan/testing.h"

static const FnFindCase urls[] = {
	{ "https://admin:Abc123@10.1.2.3/login", "https://admin:Abc123@10.1.2.3" }, { "见mysql://root:p4ss@db.example.com:3306/t。", "mysql://root:p4ss@db.example.com:3306" },
	{ "ftp://u:a@b@example.com", "ftp://u:a@b@example.com" }, { "https://example.com/a?x=1&token=9f8e7d6c5b4a&y=2", "https://example.com/a?x=1&token=9f8e7d6c5b4a" },
	{ "https://example.com/", NULL }, { "https://zhang@example.com/", NULL }, { "https://user:@example.com/", NULL }, { "https://:x1y2@example.com/", NULL },
	{ "https://${U}:${P}@example.com", NULL }, { "https://u:****@example.com", NULL }, { "https://example.com/a:b@c", NULL }, { "://a:b@c", NULL },
	{ "https://example.com/?token=abc", NULL },
};

static void
test_url(void)
{
	FN_FINDS("url_credential", urls);
}

static const FnFindCase keys[] = {
	{ "AKIAIOSFODNN7ABCDEFG", "AKIAIOSFODNN7ABCDEFG" }, { "AKIAIOSFODNN7EXAMPLE", NULL }, { "AKIA短", NULL }, { "xAKIAIOSFODNN7ABCDEFG", NULL },
	{ "LTAI5tKz9pQwErTy2uIo。", "LTAI5tKz9pQwErTy2uIo" }, { "ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5", "ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5" },
	{ "ghp_aB3dE5", NULL }, { "-----BEGIN CERTIFICATE-----\nMII\n", NULL }, { "-----BEGIN PRIVATE KEY-----\nMII", "-----BEGIN PRIVATE KEY-----" },
	{ "-----BEGIN EC PRIVATE KEY-----\nMII\n-----END EC PRIVATE KEY-----\n后", "-----BEGIN EC PRIVATE KEY-----\nMII\n-----END EC PRIVATE KEY-----" },
	{ "eyJhbGciOiJIUzI1NiJ9.x", NULL }, { "\"client_secret\": \"f3A9k2Lq8Zx71Vb0\"", "f3A9k2Lq8Zx71Vb0" }, { "SECRET_KEY=f3A9k2Lq8Zx71Vb0", "f3A9k2Lq8Zx71Vb0" },
	{ "密钥：Q7x2Lk9PzW4vT8nB3m", "Q7x2Lk9PzW4vT8nB3m" }, { "密钥长度为256位", NULL }, { "api_key: aaaaaaaaaaaaaaaaaaaa", NULL },
	{ "secret=${VAULT_SECRET_1234567890}", NULL }, { "secret santa 2024 party at home", NULL }, { "access_token: your_access_token_12", NULL },
};

static void
test_key(void)
{
	FN_FINDS("secret_key", keys);
}

static const FnFindCase passwords[] = {
	{ "账号：admin，密码：Abc@12345。", "admin，密码：Abc@12345" }, { "用户名zhang密码Zs#2024", "zhang密码Zs#2024" },
	{ "username=root password=Passw0rd!", "root password=Passw0rd!" }, { "账号：张三 密码：abc12345", "张三 密码：abc12345" },
	{ "后台登录密码：Gov@2024xyz", "Gov@2024xyz" }, { "密码：Gov@2024xyz", NULL }, { "账号和密码请妥善保管", NULL }, { "账号：admin，密码：******", NULL },
	{ "账号：admin 密码长度8-16位", NULL }, { "账号：admin，密码：12345678位", NULL }, { "账号：admin，密码：见附件", NULL },
	{ "user: string, password: string", NULL }, { "账号：admin，密码：abc", NULL },
};

static void
test_password(void)
{
	FN_FINDS("account_password", passwords);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/secrets/url", test_url);
	g_test_add_func("/secrets/key", test_key);
	g_test_add_func("/secrets/password", test_password);
	return g_test_run();
}

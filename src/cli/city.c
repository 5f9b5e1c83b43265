#include "cli/city.h"

#include "base/identifiers.h"
#include "base/text.h"
#include "base/time.h"

#include <string.h>

#define REGION "660100" /* a region nobody was ever given */

static G_DEFINE_QUARK(fn-city-error-quark, fn_city_error)

const FnCityOrganization fn_city_organizations[] = {
	{ "zhengfu", "丹泥市人民政府", "government", "00000001", NULL },
	{ "shuju", "丹泥市数据局", "bureau", "00000002", NULL },
	{ "wangxin", "丹泥市互联网信息办公室", "regulator", "00000003", "cac" },
	{ "wangan", "丹泥市公安局网络安全保卫支队", "regulator", "00000004", "police" },
	{ "baomi", "丹泥市国家保密局", "regulator", "00000005", "secrecy" },
	{ "minzheng", "丹泥市民政局", "department", "00000011", NULL },
	{ "gongan", "丹泥市公安局", "department", "00000012", NULL },
	{ "renshe", "丹泥市人力资源和社会保障局", "department", "00000013", NULL },
	{ "yibao", "丹泥市医疗保障局", "department", "00000014", NULL },
	{ "shijian", "丹泥市市场监督管理局", "department", "00000015", NULL },
	{ "zirgh", "丹泥市自然资源和规划局", "department", "00000016", NULL },
	{ "zhujian", "丹泥市住房和城乡建设局", "department", "00000017", NULL },
	{ "jiaoyu", "丹泥市教育局", "department", "00000018", NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

/* Which offices each kind of organization has one account for; the login is "key.office". */
static const struct {
	const char *kind, *offices;
} staff[] = {
	{ "department", "officer sharing_head department_head secrecy_reviewer" },
	{ "bureau", "officer sharing_head department_head secrecy_reviewer" },
	{ "government", "officer department_head" },
	{ "regulator", "officer" },
};

static const struct {
	const char *office, *title;
} titles[] = { { "officer", "数据专员" }, { "sharing_head", "共享负责人" }, { "department_head", "主要负责人" }, { "secrecy_reviewer", "保密审查员" } };

gboolean
fn_city_fail(GError **error, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error_literal(error, fn_city_error_quark(), 0, text);
	return FALSE;
}

FnCity *
fn_city_new(const char *directory, const char *console, const char *share, const char *password, void (*progress)(const char *what))
{
	FnCity *city = g_new0(FnCity, 1);

	city->directory = g_strdup(directory);
	city->console = g_strdup(console);
	city->share = g_strdup(share);
	city->password = g_strdup(password);
	city->ca = g_build_filename(directory, "door", "ca.crt", NULL);
	city->client = fn_client_new(console, city->ca);
	city->tokens = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)fn_secret_free);
	city->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	city->progress = progress;
	return city;
}

void
fn_city_free(FnCity *city)
{
	if (city == NULL)
		return;
	fn_client_free(city->client);
	g_hash_table_unref(city->tokens);
	g_hash_table_unref(city->ids);
	fn_secret_free(city->password);
	g_free(city->directory);
	g_free(city->console);
	g_free(city->share);
	g_free(city->ca);
	g_free(city);
}

const char *
fn_city_id(const FnCity *city, const char *kind, const char *name)
{
	g_autofree char *key = g_strconcat(kind, "/", name, NULL);
	const char *id = g_hash_table_lookup(city->ids, key);

	g_assert(id != NULL);
	return id;
}

void
fn_city_set_id(FnCity *city, const char *kind, const char *name, const char *id)
{
	g_hash_table_insert(city->ids, g_strconcat(kind, "/", name, NULL), g_strdup(id));
}

/* ---- calls ---- */

static gboolean
log_in(FnCity *city, const char *login, GError **error)
{
	json_t *reply;

	if (g_hash_table_contains(city->tokens, login))
		return TRUE;
	fn_client_set_token(city->client, NULL);
	reply = fn_client_call(city->client, "POST", "/api/v1/login", json_pack("{s:s, s:s}", "login", login, "password", city->password),
		error);
	if (reply == NULL) {
		g_prefix_error(error, "%s: ", login);
		return FALSE;
	}
	g_hash_table_insert(city->tokens, g_strdup(login), g_strdup(json_string_value(json_object_get(reply, "token"))));
	json_decref(reply);
	return TRUE;
}

json_t *
fn_city_call(FnCity *city, const char *login, const char *method, const char *path, json_t *body, GError **error)
{
	g_autofree char *whole = g_strconcat("/api/v1", path, NULL);
	json_t *reply;

	if (!log_in(city, login, error)) {
		json_decref(body);
		return NULL;
	}
	fn_client_set_token(city->client, g_hash_table_lookup(city->tokens, login));
	reply = fn_client_call(city->client, method, whole, body, error);
	if (reply == NULL)
		g_prefix_error(error, "%s %s as %s: ", method, path, login);
	return reply;
}

json_t *
fn_city_upload(FnCity *city, const char *login, const char *path, const void *bytes, gsize size, GError **error)
{
	g_autofree char *whole = g_strconcat("/api/v1", path, NULL);
	json_t *reply;

	if (!log_in(city, login, error))
		return NULL;
	fn_client_set_token(city->client, g_hash_table_lookup(city->tokens, login));
	reply = fn_client_upload(city->client, whole, bytes, size, error);
	if (reply == NULL)
		g_prefix_error(error, "POST %s as %s: ", path, login);
	return reply;
}

gboolean
fn_city_do(FnCity *city, const char *login, const char *method, const char *path, json_t *body, GError **error)
{
	json_t *reply = fn_city_call(city, login, method, path, body, error);

	json_decref(reply);
	return reply != NULL;
}

gboolean
fn_city_refused(FnCity *city, const char *login, const char *method, const char *path, json_t *body, const char *code, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autofree char *wanted = g_strconcat(" ", code, ": ", NULL);

	if (fn_city_do(city, login, method, path, body, &why)) {
		g_set_error(error, fn_city_error_quark(), 0, "%s %s as %s went through but must be refused with %s", method, path, login, code);
		return FALSE;
	}
	if (strstr(why->message, wanted) != NULL)
		return TRUE;
	g_set_error(error, fn_city_error_quark(), 0, "expected a refusal with %s, got: %s", code, why->message);
	return FALSE;
}

gint64
fn_city_now(FnCity *city)
{
	json_t *reply = fn_client_call(city->client, "GET", "/api/v1/health", NULL, NULL);
	gint64 now = fn_time_now();

	fn_time_parse(json_string_value(json_object_get(reply, "now")), &now);
	json_decref(reply);
	return now;
}

/* ---- organizations and people ---- */

char *
fn_city_credit_code(const FnCityOrganization *organization)
{
	char code[19];

	/* 1 organs of the state establishment, 1 organ; region; organization code of eight digits and its check character. */
	g_snprintf(code, sizeof(code), "11" REGION "%s", organization->serial);
	code[16] = fn_organization_code_check_character(organization->serial);
	code[17] = fn_credit_code_check_character(code);
	code[18] = '\0';
	return g_strdup(code);
}

static gboolean
add_organization(FnCity *city, const FnCityOrganization *organization, GError **error)
{
	g_autofree char *id = fn_city_credit_code(organization);

	fn_city_set_id(city, "org", organization->key, id);
	if (g_str_equal(organization->kind, "bureau"))
		return TRUE; /* made with the instance */
	return fn_city_do(city, "system_admin", "POST", "/organizations", json_pack("{s:s, s:s, s:s, s:s, s:s*}", "id", id, "name",
		organization->name, "kind", organization->kind, "region", REGION, "authority", organization->authority), error);
}

static const char *
title_of(const char *office)
{
	for (gsize i = 0; i < G_N_ELEMENTS(titles); i++)
		if (g_str_equal(titles[i].office, office))
			return titles[i].title;
	return office;
}

static gboolean
add_account(FnCity *city, const FnCityOrganization *organization, const char *office, GError **error)
{
	g_autofree char *login = g_strdup_printf("%s.%s", organization->key, office);
	g_autofree char *name = g_strdup_printf("%s（演示）", title_of(office));
	g_autofree char *path = NULL;
	json_t *reply = fn_city_call(city, "security_admin", "POST", "/accounts", json_pack("{s:s, s:s, s:s, s:s}", "organization",
		fn_city_id(city, "org", organization->key), "login", login, "name", name, "password", city->password), error);

	if (reply == NULL)
		return FALSE;
	fn_city_set_id(city, "account", login, json_string_value(json_object_get(reply, "id")));
	json_decref(reply);
	path = g_strdup_printf("/accounts/%s/offices", fn_city_id(city, "account", login));
	return fn_city_do(city, "security_admin", "POST", path, json_pack("{s:s}", "office", office), error);
}

static gboolean
add_staff(FnCity *city, const FnCityOrganization *organization, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(staff); i++) {
		g_auto(GStrv) office = NULL;

		if (!g_str_equal(staff[i].kind, organization->kind))
			continue;
		office = g_strsplit(staff[i].offices, " ", -1);
		for (guint o = 0; office[o] != NULL; o++)
			if (!add_account(city, organization, office[o], error))
				return FALSE;
	}
	return TRUE;
}

gboolean
fn_city_populate(FnCity *city, GError **error)
{
	for (const FnCityOrganization *one = fn_city_organizations; one->key != NULL; one++) {
		city->progress(one->name);
		if (!add_organization(city, one, error) || !add_staff(city, one, error))
			return FALSE;
	}
	return TRUE;
}

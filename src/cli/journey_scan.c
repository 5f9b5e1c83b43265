/* What leaves is looked at first: texts and documents through the console API. */
#include "cli/journey_priv.h"

#include "cli/registers.h"

#include <string.h>

#define LIST "名单.txt"

/* ---- a zip with one stored member ---- */

static void
put(GByteArray *to, guint32 value, guint bytes)
{
	for (guint i = 0; i < bytes; i++) {
		guint8 byte = (guint8)(value >> 8 * i);

		g_byte_array_append(to, &byte, 1);
	}
}

static guint32
crc32_of(const char *text)
{
	guint32 crc = 0xffffffff;

	for (; *text != '\0'; text++) {
		crc ^= (guint8)*text;
		for (guint bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* What the local head and the directory say alike. */
static void
put_about(GByteArray *to, const char *name, const char *text)
{
	put(to, 20, 2);     /* version needed */
	put(to, 0x800, 2);  /* the name is UTF-8 */
	put(to, 0, 2);      /* stored */
	put(to, 0, 2);      /* time, date */
	put(to, 0x21, 2);
	put(to, crc32_of(text), 4);
	put(to, (guint32)strlen(text), 4);
	put(to, (guint32)strlen(text), 4);
	put(to, (guint32)strlen(name), 2);
	put(to, 0, 2); /* nothing extra */
}

static GByteArray *
zip_of(const char *name, const char *text)
{
	GByteArray *zip = g_byte_array_new();
	guint32 directory, end;

	put(zip, 0x04034b50, 4);
	put_about(zip, name, text);
	g_byte_array_append(zip, (const guint8 *)name, (guint)strlen(name));
	g_byte_array_append(zip, (const guint8 *)text, (guint)strlen(text));
	directory = zip->len;
	put(zip, 0x02014b50, 4);
	put(zip, 20, 2);
	put_about(zip, name, text);
	put(zip, 0, 4);
	put(zip, 0, 4);
	put(zip, 0, 2);
	put(zip, 0, 4); /* where the member begins */
	g_byte_array_append(zip, (const guint8 *)name, (guint)strlen(name));
	end = zip->len;
	put(zip, 0x06054b50, 4);
	put(zip, 0, 4);
	put(zip, 1, 2);
	put(zip, 1, 2);
	put(zip, end - directory, 4);
	put(zip, directory, 4);
	put(zip, 0, 2);
	return zip;
}

/* ---- the step ---- */

/* Takes @reply over. */
static gboolean
says(json_t *reply, const char *what, const char *verdict, const char *detector, const char *where, GError **error)
{
	const char *said = json_string_value(json_object_get(reply, "verdict"));
	gboolean right = g_strcmp0(said, verdict) == 0, found = detector == NULL;
	const json_t *one;
	size_t i;

	if (reply == NULL)
		return FALSE;
	json_array_foreach(json_object_get(reply, "findings"), i, one)
		found |= g_strcmp0(json_string_value(json_object_get(one, "detector")), detector) == 0 &&
			g_strcmp0(json_string_value(json_object_get(one, "where")), where) == 0;
	if (!right || !found)
		fn_city_fail(error, "%s: expected %s with %s in \"%s\", got %s", what, verdict, detector != NULL ? detector : "anything",
			where, said != NULL ? said : "no verdict");
	json_decref(reply);
	return right && found;
}

gboolean
fn_step_scan(FnJourney *journey, GError **error)
{
	static const char who[] = "renshe.officer";
	FnCity *city = journey->city;
	g_autofree char *list = NULL;
	g_autoptr(GByteArray) zip = NULL;
	FnResident one;

	fn_demo_resident(7, &one);
	list = g_strdup_printf("待遇核定名单\n身份证号：%s\n", one.id_number);
	zip = zip_of(LIST, list);
	return says(fn_city_call(city, who, "POST", "/scan", json_pack("{s:s}", "text", "机密★10年\n关于某项工作的通知\n"), error),
		       "a marked text", "blocked", "cn.secrecy_mark", "", error) &&
		says(fn_city_call(city, who, "POST", "/scan", json_pack("{s:s}", "text", "涉及国家秘密的数据不得上传。\n"), error),
			"a text about secrecy", "clean", NULL, "", error) &&
		says(fn_city_upload(city, who, "/scan?name=a.zip", zip->data, zip->len, error), "a zip with an ID", "found", "cn.resident_id", LIST, error) &&
		says(fn_city_upload(city, who, "/scan?name=a.zip", zip->data, zip->len / 2, error), "half a zip", "not_fully_inspected", NULL, "", error);
}

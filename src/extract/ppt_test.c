#include "extract/testing_ole.h"

static void
atom(GByteArray *to, guint instance, guint kind, const GByteArray *bytes)
{
	testing_le(to, instance << 4, 2);
	testing_le(to, kind, 2);
	testing_le(to, bytes->len, 4);
	testing_bytes(to, bytes->data, bytes->len);
}

static void
wide_atom(GByteArray *to, guint kind, const char *text)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	testing_wide(bytes, text);
	atom(to, 0, kind, bytes);
}

static void
narrow_atom(GByteArray *to, guint kind, const char *text)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();

	testing_bytes(bytes, text, strlen(text));
	atom(to, 0, kind, bytes);
}

static void
container(GByteArray *to, guint kind, GByteArray *inside)
{
	testing_le(to, 15, 2);
	testing_le(to, kind, 2);
	testing_le(to, inside->len, 4);
	testing_bytes(to, inside->data, inside->len);
	g_byte_array_set_size(inside, 0);
}

/* A compound file with one strange stream, packed as PowerPoint packs embedded documents. */
static GByteArray *
packed_object(void)
{
	TestingOle ole = testing_ole();
	g_autoptr(GByteArray) inside = g_byte_array_new(), bytes = NULL;
	GByteArray *out = g_byte_array_new();
	uLongf size;

	testing_wide(inside, "embedded MARKER");
	testing_ole_stream(&ole, 0, "Contents", inside);
	bytes = testing_ole_end(&ole);
	size = compressBound(bytes->len);
	testing_le(out, bytes->len, 4);
	g_byte_array_set_size(out, (guint)(4 + size));
	g_assert_true(compress(out->data + 4, &size, bytes->data, bytes->len) == Z_OK);
	g_byte_array_set_size(out, (guint)(4 + size));
	return out;
}

static GByteArray *
picture(void)
{
	static const char png[] = "\x89PNG\r\n\x1A\n a picture";
	GByteArray *bytes = g_byte_array_new();

	for (guint i = 0; i < 17; i++)
		testing_le(bytes, 0xEE, 1);
	testing_bytes(bytes, png, sizeof png - 1);
	return bytes;
}

static GByteArray *
show(void)
{
	GByteArray *to = g_byte_array_new();
	g_autoptr(GByteArray) inside = g_byte_array_new(), shape = g_byte_array_new(), object = packed_object();

	wide_atom(inside, 0x0FA0, "\xe5\xa4\xa7\xe7\xba\xb2\rsecond line");
	container(to, 0x03E8, inside);
	narrow_atom(inside, 0x0FA8, "bytes on the slide");
	wide_atom(shape, 0x0FBA, "\xe5\xbc\xa0\xe4\xb8\x89 says");
	container(inside, 0x2EE0, shape);
	container(to, 0x03EE, inside);
	wide_atom(inside, 0x0FA0, "hidden slide");
	container(to, 0x03EE, inside);
	wide_atom(inside, 0x0FA0, "\xe5\xa4\x87\xe6\xb3\xa8");
	container(to, 0x03F0, inside);
	wide_atom(to, 0xF00B, "a shape's description MARKER");
	atom(to, 1, 0x1011, object);
	return to;
}

static GByteArray *
file_of(const GByteArray *stream, guint32 token, const GByteArray *pictures)
{
	TestingOle ole = testing_ole();
	g_autoptr(GByteArray) user = g_byte_array_new();

	testing_le(user, 0x0FF60000, 4);
	testing_le(user, 0x18, 4);
	testing_le(user, 0x14, 4);
	testing_le(user, token, 4);
	testing_bytes(user, "a user's name", 13);
	testing_ole_stream(&ole, 0, "PowerPoint Document", stream);
	testing_ole_stream(&ole, 0, "Current User", user);
	if (pictures != NULL)
		testing_ole_stream(&ole, 0, "Pictures", pictures);
	return testing_ole_end(&ole);
}

static void
test_show(void)
{
	static const char *const texts[] = { "[]{presentation}\xe5\xa4\xa7\xe7\xba\xb2\nsecond line\n", "{slide 1}bytes on the slide\n",
		"{comment}\xe5\xbc\xa0\xe4\xb8\x89 says\n", "{slide 2}hidden slide\n", "{notes 1}\xe5\xa4\x87\xe6\xb3\xa8\n",
		"[shapes and settings]a shape's description MARKER", "[embedded object: Contents]embedded MARKER", "picture.png",
		" user's name", NULL };
	g_autoptr(GByteArray) stream = show(), image = picture(), pictures = g_byte_array_new(), bytes = NULL;
	g_autofree char *said = NULL;

	atom(pictures, 0x6E0, 0xF01E, image);
	bytes = file_of(stream, 0xE391C05F, pictures);
	said = testing_extract("a.ppt", bytes->data, bytes->len, NULL);
	testing_has(said, texts);
	testing_maim_some("a.ppt", bytes);
}

static void
test_encrypted(void)
{
	g_autoptr(GByteArray) stream = show(), marked = g_byte_array_new(), empty = g_byte_array_new();
	g_autoptr(GByteArray) by_user = file_of(stream, 0xF3D1C4DF, stream), by_record = NULL;
	g_autofree char *said = testing_extract("a.ppt", by_user->data, by_user->len, NULL), *said_record = NULL;

	testing_has(said, (const char *const[]){ "!encrypted", NULL });
	g_assert_null(strstr(said, "hidden slide"));
	container(marked, 0x2F14, empty);
	testing_bytes(marked, stream->data, stream->len);
	by_record = file_of(marked, 0xE391C05F, NULL);
	said_record = testing_extract("a.ppt", by_record->data, by_record->len, NULL);
	testing_has(said_record, (const char *const[]){ "!encrypted", NULL });
}

static void
test_broken(void)
{
	g_autoptr(GByteArray) stream = show(), bytes = NULL;
	g_autofree char *said = NULL;

	memset(stream->data + 8 + 4, 0xFF, 4);
	bytes = file_of(stream, 0xE391C05F, NULL);
	said = testing_extract("a.ppt", bytes->data, bytes->len, NULL);
	testing_has(said, (const char *const[]){ "!broken : record beyond the stream", "hidden slide", NULL });
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ppt/show", test_show);
	g_test_add_func("/ppt/encrypted", test_encrypted);
	g_test_add_func("/ppt/broken", test_broken);
	return g_test_run();
}

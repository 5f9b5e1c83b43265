#include "extract/testing.h"
#include "extract/wire.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whatever is written to a sink, as bytes. */
static GByteArray *
written(void (*write_all)(const FnSink *sink))
{
	int fd = memfd_create("wire", MFD_CLOEXEC);
	FnSink sink = fn_wire_sink(fd);
	GByteArray *bytes = g_byte_array_new();
	guint8 piece[4096];
	ssize_t n;

	write_all(&sink);
	fn_wire_end(&sink);
	g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		g_byte_array_append(bytes, piece, (guint)n);
	close(fd);
	return bytes;
}

static void
write_some(const FnSink *sink)
{
	g_autofree guint8 *large = g_malloc0(200000);
	g_autofree char *text = g_malloc(200001);

	for (gsize i = 0; i < 200001; i++)
		text[i] = "\xE5\xA7\x93"[i % 3];
	sink->segment("a.zip/b: header 1", sink->data);
	sink->place("Sheet1!B3", sink->data);
	sink->text("hello", 5, sink->data);
	sink->note(FN_NOTE_ENCRYPTED, "c", "needs a password", sink->data);
	sink->segment("", sink->data);
	sink->text(text, 200001, sink->data); /* cut within characters */
	sink->outside("pdf", "d.pdf", large, 200000, sink->data);
	sink->outside("picture", "", large, 0, sink->data);
}

static void
test_round(void)
{
	static const gsize steps[] = { 1, 3, 100, 70000, 1000000 };
	g_autoptr(GByteArray) bytes = written(write_some);

	for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_autoptr(GString) said = g_string_new(NULL);
		FnSink sink = testing_sink(said, TRUE);
		g_autoptr(FnWireReader) reader = fn_wire_reader_new(&sink, 1 << 20);
		FnWireState state = FN_WIRE_MORE;

		for (gsize at = 0; at < bytes->len; at += steps[i]) {
			g_assert_cmpint(state, ==, FN_WIRE_MORE);
			state = fn_wire_reader_add(reader, bytes->data + at, MIN(steps[i], bytes->len - at));
		}
		g_assert_cmpint(state, ==, FN_WIRE_ENDED);
		g_assert_true(g_str_has_prefix(said->str, "[a.zip/b: header 1]{Sheet1!B3}hello!encrypted c: needs a password\n[]\xE5\xA7\x93\xE5"));
		g_assert_true(g_str_has_suffix(said->str, "outside pdf d.pdf 200000\noutside picture  0\n"));
		g_assert_cmpint(fn_wire_reader_add(reader, (const guint8 *)"x", 1), ==, FN_WIRE_BROKEN);
	}
}

static void
test_outside_limits(void)
{
	g_autoptr(GByteArray) bytes = written(write_some);
	g_autoptr(GString) said = g_string_new(NULL);
	FnSink sink = testing_sink(said, TRUE);
	g_autoptr(FnWireReader) reader = fn_wire_reader_new(&sink, 199999);
	g_autoptr(FnWireReader) without = NULL;

	g_assert_cmpint(fn_wire_reader_add(reader, bytes->data, bytes->len), ==, FN_WIRE_ENDED);
	g_assert_nonnull(strstr(said->str, "!limit d.pdf: size of a document for an outside program\noutside picture  0\n"));
	g_string_truncate(said, 0);
	sink.outside = NULL;
	without = fn_wire_reader_new(&sink, 1 << 20);
	g_assert_cmpint(fn_wire_reader_add(without, bytes->data, bytes->len), ==, FN_WIRE_ENDED);
	g_assert_nonnull(strstr(said->str, "!unknown d.pdf: nothing outside reads it\n!picture : nothing outside reads it\n"));
}

#define FRAME(kind, size, payload) kind size "\0\0\0" payload
#define CASE(why, bytes, state)    { why, bytes, sizeof(bytes) - 1, state }

static void
test_hostile(void)
{
	static const struct {
		const char *why, *bytes;
		gsize size;
		FnWireState state;
	} cases[] = {
		CASE("the end", FRAME("E", "\0", ""), FN_WIRE_ENDED),
		CASE("nothing whole", "S\5\0\0\0abc", FN_WIRE_MORE),
		CASE("an unknown kind", FRAME("X", "\0", ""), FN_WIRE_BROKEN),
		CASE("too large", "T\1\0\1\0", FN_WIRE_BROKEN),
		CASE("far too large", "T\xff\xff\xff\xff", FN_WIRE_BROKEN),
		CASE("a segment that is no UTF-8", FRAME("S", "\1", "\xff"), FN_WIRE_BROKEN),
		CASE("a segment with a NUL", FRAME("S", "\1", "\0"), FN_WIRE_BROKEN),
		CASE("a place that is no UTF-8", FRAME("P", "\1", "\x80"), FN_WIRE_BROKEN),
		CASE("a text that is no UTF-8", FRAME("T", "\2", "a\xff"), FN_WIRE_BROKEN),
		CASE("a text with a NUL", FRAME("T", "\2", "a\0"), FN_WIRE_BROKEN),
		CASE("a cut text goes on", FRAME("T", "\1", "\xE5") FRAME("T", "\2", "\xA7\x93") FRAME("E", "\0", ""), FN_WIRE_ENDED),
		CASE("a cut text does not go on", FRAME("T", "\1", "\xE5") FRAME("E", "\0", ""), FN_WIRE_BROKEN),
		CASE("a cut text goes on wrongly", FRAME("T", "\1", "\xE5") FRAME("T", "\1", "a"), FN_WIRE_BROKEN),
		CASE("a note", FRAME("N", "\3", "\1\0x"), FN_WIRE_MORE),
		CASE("a note of no kind", FRAME("N", "\3", "\0\0x"), FN_WIRE_BROKEN),
		CASE("a note of an unknown kind", FRAME("N", "\3", "\x63\0x"), FN_WIRE_BROKEN),
		CASE("a note without a place", FRAME("N", "\2", "\1x"), FN_WIRE_BROKEN),
		CASE("an empty note", FRAME("N", "\0", ""), FN_WIRE_BROKEN),
		CASE("an outside document", FRAME("O", "\5", "pdf\0\0") FRAME("B", "\1", "x") FRAME("B", "\0", "") FRAME("E", "\0", ""),
			FN_WIRE_ENDED),
		CASE("another frame within it", FRAME("O", "\5", "pdf\0\0") FRAME("T", "\1", "x"), FN_WIRE_BROKEN),
		CASE("an end within it", FRAME("O", "\5", "pdf\0\0") FRAME("E", "\0", ""), FN_WIRE_BROKEN),
		CASE("bytes of nothing", FRAME("B", "\1", "x"), FN_WIRE_BROKEN),
		CASE("an outside document of no known kind", FRAME("O", "\5", "exe\0\0"), FN_WIRE_BROKEN),
		CASE("an outside document without a place", FRAME("O", "\4", "pdf\0"), FN_WIRE_BROKEN),
		CASE("an end that says something", FRAME("E", "\1", "x"), FN_WIRE_BROKEN),
		CASE("more behind the end", FRAME("E", "\0", "") "S", FN_WIRE_BROKEN),
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		for (gsize step = 1; step < 20; step += 6) {
			g_autoptr(GString) said = g_string_new(NULL);
			FnSink sink = testing_sink(said, TRUE);
			g_autoptr(FnWireReader) reader = fn_wire_reader_new(&sink, 100);
			FnWireState state = FN_WIRE_MORE;

			for (gsize at = 0; at < cases[i].size; at += step)
				state = fn_wire_reader_add(reader, (const guint8 *)cases[i].bytes + at, MIN(step, cases[i].size - at));
			if (state != cases[i].state)
				g_error("%s: %d", cases[i].why, state);
		}
}

/* Nobody listens any more: the worker ends. */
static void
test_nobody_listens(void)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	FnSink sink;

	if (g_test_subprocess()) {
		sink = fn_wire_sink(fd);
		fn_wire_end(&sink);
		_exit(0);
	}
	close(fd);
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_failed();
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/wire/round", test_round);
	g_test_add_func("/wire/outside-limits", test_outside_limits);
	g_test_add_func("/wire/hostile", test_hostile);
	g_test_add_func("/wire/nobody-listens", test_nobody_listens);
	return g_test_run();
}

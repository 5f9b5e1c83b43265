#include "ipc/frame_priv.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How many bytes the inbox took. */
static gsize
feed(FnInbox *inbox, const guint8 *data, gsize size)
{
	gsize room;
	guint8 *to = fn_inbox_room(inbox, &room);

	size = MIN(room, size);
	g_assert_cmpuint(size, >, 0);
	memcpy(to, data, size);
	fn_inbox_added(inbox, size);
	return size;
}

/* Frames of many sizes, fed in pieces of random sizes, come out as they went in. */
static void
test_round_trip(void)
{
	static const gsize size[] = { 0, 1, 15, 16, 17, 4096, 65536, 300000, FN_IPC_MAX };
	g_autoptr(GByteArray) wire = g_byte_array_new();
	g_autofree guint8 *payload = g_malloc(FN_IPC_MAX);
	g_autoptr(GRand) random = g_rand_new_with_seed(7);
	FnInbox inbox = { 0 };
	FnFrame frame;
	guint seen = 0;

	memset(payload, 0xa5, FN_IPC_MAX);
	for (guint i = 0; i < G_N_ELEMENTS(size); i++)
		fn_frame_append(wire, 16 + i, G_GUINT64_CONSTANT(0x8000000100000000) + i, payload, size[i]);
	for (gsize at = 0; at < wire->len;) {
		gsize most = (gsize)g_rand_int_range(random, 1, 20000), n = MIN(most, wire->len - at);

		at += feed(&inbox, wire->data + at, n);
		while (fn_inbox_next(&inbox, &frame) == FN_FRAME_READY) {
			g_assert_cmpuint(frame.op, ==, 16 + seen);
			g_assert_cmpuint(frame.id, ==, G_GUINT64_CONSTANT(0x8000000100000000) + seen);
			g_assert_cmpuint(frame.size, ==, size[seen]);
			g_assert_cmpint(memcmp(frame.payload, payload, frame.size), ==, 0);
			seen++;
		}
	}
	g_assert_cmpuint(seen, ==, G_N_ELEMENTS(size));
	fn_inbox_clear(&inbox);
}

static void
test_wire_form(void)
{
	static const guint8 expected[] = { 2, 0, 0, 0, 0x11, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 'h', 'i' };
	g_autoptr(GByteArray) wire = g_byte_array_new();

	fn_frame_append(wire, 0x11, G_GUINT64_CONSTANT(0x0102030405060708), "hi", 2);
	g_assert_cmpuint(wire->len, ==, sizeof(expected));
	g_assert_cmpint(memcmp(wire->data, expected, sizeof(expected)), ==, 0);
}

static void
test_broken(void)
{
	static const guint8 large[FN_FRAME_HEAD] = { 1, 0, 0x10, 0, 16 }; /* one byte too many */
	static const guint8 huge[FN_FRAME_HEAD] = { 0xff, 0xff, 0xff, 0xff, 16 };
	FnInbox inbox = { 0 };
	FnFrame frame;
	gsize room;

	g_assert_cmpint(fn_inbox_next(&inbox, &frame), ==, FN_FRAME_MORE);
	feed(&inbox, large, sizeof(large));
	g_assert_cmpint(fn_inbox_next(&inbox, &frame), ==, FN_FRAME_BROKEN);
	fn_inbox_clear(&inbox);
	feed(&inbox, huge, sizeof(huge));
	fn_inbox_room(&inbox, &room);
	g_assert_cmpuint(room, <, 2 * FN_IPC_MAX);
	g_assert_cmpint(fn_inbox_next(&inbox, &frame), ==, FN_FRAME_BROKEN);
	fn_inbox_clear(&inbox);
}

/* A socket that takes only part of it: what is queued meanwhile follows in order. */
static void
test_outbox(void)
{
	g_autofree guint8 *block = g_malloc0(FN_IPC_MAX);
	g_autofree guint8 *got = g_malloc(FN_IPC_MAX);
	FnOutbox outbox;
	gsize total = 0;
	int pair[2];
	ssize_t n;

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), ==, 0);
	fn_outbox_init(&outbox);
	g_assert_false(fn_outbox_take(&outbox));
	fn_frame_append(outbox.queued, 16, 1, block, FN_IPC_MAX);
	g_assert_true(fn_outbox_take(&outbox));
	g_assert_cmpint(fn_outbox_write(&outbox, pair[0]), ==, FN_OUTBOX_FULL);
	fn_frame_append(outbox.queued, 17, 2, "end", 3);
	while (fn_outbox_take(&outbox)) {
		fn_outbox_write(&outbox, pair[0]);
		while ((n = read(pair[1], got, FN_IPC_MAX)) > 0)
			total += (gsize)n;
	}
	g_assert_cmpuint(total, ==, 2 * FN_FRAME_HEAD + FN_IPC_MAX + 3);
	close(pair[1]);
	fn_frame_append(outbox.queued, 16, 1, "x", 1);
	g_assert_true(fn_outbox_take(&outbox));
	g_assert_cmpint(fn_outbox_write(&outbox, pair[0]), ==, FN_OUTBOX_BROKEN);
	close(pair[0]);
	fn_outbox_clear(&outbox);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/frame/round-trip", test_round_trip);
	g_test_add_func("/frame/wire-form", test_wire_form);
	g_test_add_func("/frame/broken", test_broken);
	g_test_add_func("/frame/outbox", test_outbox);
	return g_test_run();
}

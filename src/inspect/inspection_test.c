/* Real documents through the real worker, and workers that lie. */
#include "extract/testing.h"
#include "extract/wire.h"
#include "inspect/inspect_priv.h"
#include "inspect/job.h"
#include "inspect/nursery_priv.h"
#include "ipc/confine_priv.h"
#include "scan/fixture.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define TEXT "联系 li.si@example.com 即可\n"

static FnInspector *honest, *recognising, *poor, *lying; /* made before any thread */
static FnScanner *scanner;

/* ---- a worker that lies, in whatever way the document's name says ---- */

static void
say(const void *bytes, gsize size)
{
	const guint8 *at = bytes;

	while (size > 0) {
		ssize_t n = write(FN_JOB_ANSWER, at, size);

		if (n <= 0)
			_exit(1);
		at += n;
		size -= (gsize)n;
	}
}

static void
say_frame(char kind, const char *bytes, guint32 size)
{
	guint8 head[5] = { (guint8)kind, (guint8)size, (guint8)(size >> 8), (guint8)(size >> 16), (guint8)(size >> 24) };

	say(head, sizeof(head));
	say(bytes, size);
}

static void
lie_garbage(void)
{
	say("\xff\xfe garbage, and more of it", 27);
	say_frame('E', "", 0);
}

static void
lie_silence(void)
{
	for (;;)
		pause();
}

static void
lie_deaf(void)
{
	close(FN_JOB_ANSWER);
	lie_silence();
}

static void
lie_endless(void)
{
	static const char text[FN_WIRE_MAX] = { [0 ... FN_WIRE_MAX - 1] = 'x' };

	for (;;)
		say_frame('T', text, sizeof(text));
}

static void
lie_endless_places(void)
{
	for (;;)
		say_frame('P', "Sheet1!A1", 9);
}

static void
lie_endless_errors(void)
{
	static const char line[] = "Syntax Error: nothing is right here\n";

	for (int i = 0; i < 100000; i++)
		if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
			_exit(1);
	say_frame('E', "", 0);
}

static void
lie_death(void)
{
	_exit(0);
}

static void
lie_crash(void)
{
	say_frame('T', TEXT, strlen(TEXT));
	abort();
}

static void
lie_half(void)
{
	say_frame('T', TEXT, strlen(TEXT));
	say("T\x10\0\0\0half", 9);
}

static void
lie_no_end(void)
{
	say_frame('T', TEXT, strlen(TEXT));
}

static void
lie_after_end(void)
{
	say_frame('E', "", 0);
	say_frame('T', TEXT, strlen(TEXT));
}

static void
lie_code(void)
{
	say_frame('E', "", 0);
	_exit(7);
}

static void
lie_huge_frame(void)
{
	say("T\xff\xff\xff\x7f", 5);
	lie_endless();
}

static void
lie_notes(void)
{
	for (int i = 0; i < 10000; i++)
		say_frame('N', "\3where\0detail\x1b[2J", 17);
	say_frame('E', "", 0);
}

static void
lie_outside(void)
{
	for (int i = 0; i < 400; i++) {
		say_frame('O', "picture\0x\0", 10);
		say_frame('B', "\x89PNG", 4);
		say_frame('B', "", 0);
	}
	say_frame('E', "", 0);
}

static void
lie_honestly(void)
{
	say_frame('S', "a.txt", 5);
	say_frame('T', TEXT, strlen(TEXT));
	say_frame('E', "", 0);
}

static const struct {
	const char *name;
	void (*lie)(void);
	const char *expected; /* what describe() says begins so */
} lies[] = {
	{ "garbage", lie_garbage, "not_fully_inspected the program that reads it gave a broken answer" },
	{ "silence", lie_silence, "not_fully_inspected it was not read within 1 seconds" },
	{ "deaf", lie_deaf, "not_fully_inspected it was not read within 1 seconds" },
	{ "endless", lie_endless, "not_fully_inspected it " /* holds more text than is inspected, or on a slow machine was late */ },
	{ "endless places", lie_endless_places, "not_fully_inspected it " },
	{ "endless errors", lie_endless_errors, "clean" },
	{ "death", lie_death, "not_fully_inspected the program that reads it ended too early" },
	{ "crash", lie_crash, "not_fully_inspected the program that reads it ended by signal 6: a fault, or no memory left email@" },
	{ "half", lie_half, "not_fully_inspected the program that reads it ended too early email@" },
	{ "no end", lie_no_end, "not_fully_inspected the program that reads it ended too early email@" },
	{ "after end", lie_after_end, "not_fully_inspected the program that reads it gave a broken answer" },
	{ "code", lie_code, "not_fully_inspected the program that reads it gave up (exit code 7)" },
	{ "huge frame", lie_huge_frame, "not_fully_inspected the program that reads it gave a broken answer" },
	{ "notes", lie_notes, "not_fully_inspected where: it exceeds a limit of inspection (detail\\x1b[2J)" },
	{ "outside", lie_outside, "not_fully_inspected x: it exceeds a limit of inspection (too many pictures or PDF documents)" },
	{ "honest", lie_honestly, "found email@a.txt" },
};

static G_GNUC_NORETURN void
lie(void)
{
	const FnJobHead *head = mmap(NULL, FN_JOB_HEAD, PROT_READ, MAP_PRIVATE, FN_JOB_DOCUMENT, 0);

	for (guint i = 0; i < G_N_ELEMENTS(lies); i++)
		if (g_str_equal(lies[i].name, head->name))
			lies[i].lie();
	_exit(0);
}

/* ---- asking ---- */

/* "verdict reason detector@where …" */
static char *
describe(const FnScanResult *result)
{
	GString *text = g_string_new(fn_scan_verdict_name(result->verdict));

	if (result->reason != NULL)
		g_string_append_printf(text, " %s", result->reason);
	for (guint i = 0; i < result->listed; i++) {
		FnFinding finding = fn_scan_finding(result, i);

		g_string_append_printf(text, " %s@%s", finding.detector, finding.where);
	}
	return g_string_free(text, FALSE);
}

/* @piece: bytes at a time. */
static char *
inspect(FnInspector *inspector, const char *name, const void *bytes, gsize size, gsize piece)
{
	g_autoptr(FnInspection) inspection = fn_inspection_new(inspector, scanner, NULL, name, NULL, NULL, NULL);
	g_autoptr(FnScanResult) result = NULL;

	for (gsize at = 0; at < size; at += piece)
		fn_inspection_add(inspection, (const char *)bytes + at, MIN(piece, size - at));
	result = fn_inspection_end(inspection, NULL);
	return describe(result);
}

static void
expect(const char *got, const char *beginning)
{
	if (!g_str_has_prefix(got, beginning))
		g_error("got: %s\nexpected: %s", got, beginning);
}

/* ---- tests ---- */

static void
test_plain(void)
{
	static const gsize pieces[] = { 1, 7, 4096, 100000 };
	g_autoptr(GString) text = g_string_new(NULL);

	while (text->len < 9000)
		g_string_append(text, "这里什么也没有。\n");
	g_string_append(text, TEXT);
	for (guint i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_autofree char *said = inspect(honest, "a.txt", text->str, text->len, pieces[i]);

		g_assert_cmpstr(said, ==, "found email@");
	}
}

static void
test_empty(void)
{
	static const char *const names[] = { "", "a.txt", "a.docx", "a.gz" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *said = inspect(honest, names[i], "", 0, 1);

		g_assert_cmpstr(said, ==, "clean");
	}
}

static GByteArray *
nest(void)
{
	TestingZip inner = testing_zip(), outer = testing_zip();
	g_autoptr(GByteArray) packed = NULL;

	testing_zip_add_text(&inner, "名单.csv", "邮箱\nli.si@example.com\n");
	packed = testing_zip_end(&inner);
	testing_zip_add_text(&outer, "说明.txt", "没有");
	testing_zip_add(&outer, "内.zip", packed->data, packed->len, FALSE, 0);
	return testing_zip_end(&outer);
}

static void
test_zip_in_zip(void)
{
	g_autoptr(GByteArray) bytes = nest();
	g_autofree char *said = inspect(honest, "外.zip", bytes->data, bytes->len, 100);

	g_assert_cmpstr(said, ==, "found email@内.zip/名单.csv");
}

static void
test_cut_zip(void)
{
	g_autoptr(GByteArray) bytes = nest();

	for (gsize size = 4; size < bytes->len; size += bytes->len / 7) {
		g_autofree char *said = inspect(honest, "外.zip", bytes->data, size, 1000);

		expect(said, "not_fully_inspected ");
	}
}

/* ---- PDF ---- */

typedef struct {
	GString *bytes;
	gsize at[32];
	guint objects;
} Pdf;

static void
pdf_object(Pdf *pdf, const char *text)
{
	pdf->at[++pdf->objects] = pdf->bytes->len;
	g_string_append_printf(pdf->bytes, "%u 0 obj\n%s\nendobj\n", pdf->objects, text);
}

/* A page for each text, ended by NULL; "" is a page with a picture alone. */
static GString *
make_pdf(const char *const *text, const char *trailer)
{
	Pdf pdf = { .bytes = g_string_new("%PDF-1.4\n") };
	g_autoptr(GString) kids = g_string_new(NULL), pages = g_string_new(NULL);
	gsize table;

	pdf_object(&pdf, "<< /Type /Catalog /Pages 2 0 R >>");
	for (guint i = 0; text[i] != NULL; i++)
		g_string_append_printf(kids, "%u 0 R ", 6 + 2 * i);
	g_string_printf(pages, "<< /Type /Pages /Count %u /Kids [%s] >>", g_strv_length((char **)text), kids->str);
	pdf_object(&pdf, pages->str);
	pdf_object(&pdf, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
	pdf_object(&pdf, "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\nstream\nx\nendstream");
	for (guint i = 0; text[i] != NULL; i++) {
		g_autofree char *paint = *text[i] == '\0' ? g_strdup("q 600 0 0 800 0 0 cm /I1 Do Q") : g_strdup_printf("BT /F1 24 Tf 50 700 Td (%s) Tj ET", text[i]);
		g_autofree char *stream = g_strdup_printf("<< /Length %zu >>\nstream\n%s\nendstream", strlen(paint), paint);
		g_autofree char *page = g_strdup_printf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %u 0 R "
			"/Resources << /Font << /F1 3 0 R >> /XObject << /I1 4 0 R >> >> >>", 5 + 2 * i);

		pdf_object(&pdf, stream);
		pdf_object(&pdf, page);
	}
	table = pdf.bytes->len;
	g_string_append_printf(pdf.bytes, "xref\n0 %u\n0000000000 65535 f \n", pdf.objects + 1);
	for (guint i = 1; i <= pdf.objects; i++)
		g_string_append_printf(pdf.bytes, "%010zu 00000 n \n", pdf.at[i]);
	g_string_append_printf(pdf.bytes, "trailer << /Size %u /Root 1 0 R %s >>\nstartxref\n%zu\n%%%%EOF\n", pdf.objects + 1, trailer, table);
	return pdf.bytes;
}

static void
test_pdf(void)
{
	static const struct {
		const char *text[4];
		const char *trailer;
		gsize cut; /* bytes off the end */
		const char *expected;
	} cases[] = {
		{ { "Nothing", "Mail li.si@example.com now" }, "", 0, "found email@page 2" },
		{ { "Nothing", "", "Mail li.si@example.com now" }, "", 0,
			"not_fully_inspected page 2: it is a picture whose text was not recognised email@page 3" },
		{ { "Nothing", "Mail li.si@example.com now" }, "", 100, "not_fully_inspected " },
		{ { "Nothing" }, "/Encrypt << /Filter /Standard /V 1 /R 2 /O (12345678901234567890123456789012) /U (12345678901234567890123456789012) /P -4 >> /ID [(1) (1)]", 0,
			"not_fully_inspected objects: it needs a password" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) pdf = make_pdf(cases[i].text, cases[i].trailer);
		g_autofree char *said = inspect(honest, "a.pdf", pdf->str, pdf->len - cases[i].cut, 1000);

		g_test_message("%s", said);
		expect(said, cases[i].expected);
	}
}

/* A picture of the first page of a PDF. */
static GByteArray *
draw(const char *text)
{
	const char *const words[] = { text, NULL };
	const char *const command[] = { "pdftoppm", "-r", "100", "-png", NULL };
	g_autoptr(GString) pdf = make_pdf(words, "");
	GByteArray *picture = g_byte_array_new();
	guint8 buffer[4096];
	int in, out;
	gssize n;

	g_assert_true(g_spawn_async_with_pipes(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &in, &out, NULL, NULL));
	g_assert_cmpint(write(in, pdf->str, pdf->len), ==, pdf->len);
	close(in);
	while ((n = read(out, buffer, sizeof(buffer))) > 0)
		g_byte_array_append(picture, buffer, (guint)n);
	close(out);
	return picture;
}

static void
test_picture(void)
{
	g_autoptr(GByteArray) picture = draw("IP 192.168.1.10");
	g_autofree char *unread = inspect(honest, "a.png", picture->data, picture->len, 1000);
	g_autofree char *read = inspect(recognising, "a.png", picture->data, picture->len, 1000);

	expect(unread, "not_fully_inspected it is a picture whose text was not recognised");
	if (fn_nursery_has(recognising->nursery, FN_WORKER_PICTURE))
		g_assert_cmpstr(read, ==, "found ip@");
	else
		g_assert_cmpstr(read, ==, unread);
}

/* Where there is no pdftotext, or nothing to hold it, the verdict says so. */
static void
test_no_program(void)
{
	static const char *const text[] = { "Nothing", NULL };
	int before = honest->nursery->program[FN_WORKER_PDF];
	g_autoptr(GString) pdf = make_pdf(text, "");
	g_autofree char *said = NULL;

	honest->nursery->program[FN_WORKER_PDF] = -1;
	said = inspect(honest, "a.pdf", pdf->str, pdf->len, 1000);
	expect(said, "not_fully_inspected its format or encoding is not read here");
	g_assert_nonnull(strstr(fn_inspector_gap(honest), "pdftotext"));
	honest->nursery->program[FN_WORKER_PDF] = before;
	g_assert_null(fn_inspector_gap(honest));
}

/* A member that does not fit the worker's memory. */
static void
test_little_memory(void)
{
	TestingZip zip = testing_zip();
	g_autofree char *zeros = g_malloc0(80 << 20), *said = NULL;
	g_autoptr(GByteArray) bytes = NULL;

	testing_zip_add(&zip, "zeros.txt", zeros, 80 << 20, TRUE, 0);
	bytes = testing_zip_end(&zip);
	said = inspect(poor, "a.zip", bytes->data, bytes->len, 100000);
	expect(said, FN_SANITIZED ? "" : "not_fully_inspected ");
}

static guint
open_descriptors(void)
{
	g_autoptr(GDir) directory = g_dir_open("/proc/self/fd", 0, NULL);
	guint count = 0;

	while (g_dir_read_name(directory) != NULL)
		count++;
	return count;
}

static void
test_nothing_left(void)
{
	static const char *const text[] = { "Mail li.si@example.com now", NULL };
	g_autoptr(GString) pdf = make_pdf(text, "");
	guint before = open_descriptors();

	for (int i = 0; i < 20; i++) {
		g_autofree char *said = inspect(honest, "a.pdf", pdf->str, pdf->len, 1000);

		g_assert_cmpstr(said, ==, "found email@page 1");
	}
	g_assert_cmpuint(open_descriptors(), ==, before);
}

static void
test_too_large(void)
{
	FnInspectOptions before = honest->options;
	g_autoptr(GByteArray) bytes = nest();
	g_autoptr(FnInspection) inspection = NULL;
	g_autoptr(FnScanResult) result = NULL;
	g_autofree guint8 *more = g_malloc0(5 << 20);

	honest->options.document_max = 3 << 20;
	inspection = fn_inspection_new(honest, scanner, NULL, "外.zip", NULL, NULL, NULL);
	g_assert_true(fn_inspection_add(inspection, (const char *)bytes->data, bytes->len));
	g_assert_false(fn_inspection_add(inspection, (const char *)more, 5 << 20));
	g_assert_cmpuint(fn_inspection_held(inspection), ==, 3 << 20);
	result = fn_inspection_end(inspection, NULL);
	g_assert_cmpint(result->verdict, ==, FN_SCAN_NOT_FULLY_INSPECTED);
	g_assert_nonnull(strstr(result->reason, "it exceeds a limit of inspection (3 MiB)"));
	honest->options = before;
}

static void
test_profile(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_inspection_new(honest, scanner, "no-such", "", NULL, NULL, &error));
	g_assert_error(error, FN_SCAN_ERROR, FN_SCAN_ERROR_RULE);
	g_assert_nonnull(strstr(error->message, "default"));
}

static void
test_lies(void)
{
	g_autoptr(GByteArray) bytes = nest();

	for (guint i = 0; i < G_N_ELEMENTS(lies); i++) {
		g_autofree char *said = inspect(lying, lies[i].name, bytes->data, bytes->len, 4096);

		g_test_message("%s: %s", lies[i].name, said);
		expect(said, lies[i].expected);
	}
}

/* Nobody is left behind by a worker that was given up. */
static void
test_nursery_gone(void)
{
	FnInspectOptions options = fn_inspect_options_default();
	g_autoptr(FnInspector) inspector = fn_inspector_new(&options, "/proc/self/exe", NULL);
	g_autoptr(GByteArray) bytes = nest();
	g_autofree char *said = NULL;

	g_assert_nonnull(inspector);
	g_assert_cmpint(kill(inspector->nursery->pid, SIGKILL), ==, 0);
	said = inspect(inspector, "honest", bytes->data, bytes->len, 4096);
	expect(said, "not_fully_inspected the program that reads it could not be started");
}

static void
test_no_worker(void)
{
	FnInspectOptions options = fn_inspect_options_default();
	g_autoptr(GError) error = NULL;

	g_assert_null(fn_inspector_new(&options, "/no/such/fengni-extract", &error));
	g_assert_nonnull(strstr(error->message, "/no/such/fengni-extract"));
}

int
main(int argc, char **argv)
{
	g_autofree char *worker = g_build_filename(g_getenv("FENGNI_BUILD"), "fengni-extract", NULL);
	FnInspectOptions options = fn_inspect_options_default();
	int failed;

	if (g_str_equal(argv[0], "fengni-extract"))
		lie();
	g_test_init(&argc, &argv, NULL);
	honest = fn_inspector_new(&options, worker, NULL);
	options.recognise = TRUE;
	recognising = fn_inspector_new(&options, worker, NULL);
	options.memory = 64 << 20;
	poor = fn_inspector_new(&options, worker, NULL);
	options.wall_seconds = 1;
	options.limits.output = 32 << 20;
	options.document_max = 8 << 20;
	lying = fn_inspector_new(&options, "/proc/self/exe", NULL);
	g_assert_true(honest != NULL && recognising != NULL && poor != NULL && lying != NULL);
	scanner = fixture_scanner(NULL, NULL);
	g_test_add_func("/inspect/plain", test_plain);
	g_test_add_func("/inspect/empty", test_empty);
	g_test_add_func("/inspect/zip-in-zip", test_zip_in_zip);
	g_test_add_func("/inspect/cut-zip", test_cut_zip);
	g_test_add_func("/inspect/pdf", test_pdf);
	g_test_add_func("/inspect/picture", test_picture);
	g_test_add_func("/inspect/no-program", test_no_program);
	g_test_add_func("/inspect/little-memory", test_little_memory);
	g_test_add_func("/inspect/nothing-left", test_nothing_left);
	g_test_add_func("/inspect/too-large", test_too_large);
	g_test_add_func("/inspect/profile", test_profile);
	g_test_add_func("/inspect/no-worker", test_no_worker);
	g_test_add_func("/inspect/lies", test_lies);
	g_test_add_func("/inspect/nursery-gone", test_nursery_gone);
	failed = g_test_run();
	fn_scanner_free(scanner);
	fn_inspector_free(honest);
	fn_inspector_free(recognising);
	fn_inspector_free(poor);
	fn_inspector_free(lying);
	return failed;
}

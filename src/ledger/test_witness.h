/* For tests: a witness with a key of its own, which signs whatever it is shown. */
#pragma once

#include "ledger/note.h"
#include "ledger/test_keys.h"

typedef struct {
	EVP_PKEY *private;
	FnNoteKey *key;
	char *text; /* of the key */
} TestWitness;

static inline TestWitness *
test_witness_new(const char *name)
{
	TestWitness *witness = g_new0(TestWitness, 1);
	guint8 raw[32];
	gsize size = sizeof(raw);

	witness->private = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	g_assert_cmpint(EVP_PKEY_get_raw_public_key(witness->private, raw, &size), ==, 1);
	witness->text = fn_note_key_text(name, FN_NOTE_COSIGNATURE, raw);
	witness->key = fn_note_key_parse(witness->text, FN_NOTE_COSIGNATURE, NULL);
	g_assert_nonnull(witness->key);
	return witness;
}

static inline void
test_witness_free(TestWitness *witness)
{
	EVP_PKEY_free(witness->private);
	fn_note_key_free(witness->key);
	g_free(witness->text);
	g_free(witness);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestWitness, test_witness_free)

/* The line of a cosignature over a note; caller frees. */
static inline char *
test_witness_sign(const TestWitness *witness, const char *note, guint64 time)
{
	g_autofree char *message = fn_cosigned_text((FnSpan){ note, (gsize)(strstr(note, "\n\n") + 1 - note) }, time);
	g_autofree guint8 *signature = NULL;
	gsize size;

	signature = test_keys_sign_bytes(witness->private, FALSE, message, strlen(message), &size);
	g_assert_cmpuint(size, ==, 64);
	return fn_cosignature_line(witness->key, time, signature);
}

/* The key of a log as notes name it. */
static inline FnNoteKey *
test_log_key(const TestKeys *keys, const char *origin)
{
	gsize size;
	g_autofree guint8 *raw = g_base64_decode(keys->intl_text + 5, &size);
	g_autofree char *text = fn_note_key_text(origin, FN_NOTE_ED25519, raw);

	return fn_note_key_parse(text, FN_NOTE_ED25519, NULL);
}

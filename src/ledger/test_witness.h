/* For tests: a witness with a key of its own, which signs whatever it is shown. */
#pragma once

#include "ledger/note.h"
#include "ledger/test_keys.h"

typedef struct {
	EVP_PKEY *key;
	FnVkey vkey;
	char *text; /* of the vkey */
} TestWitness;

static inline TestWitness *
test_witness_new(const char *name)
{
	TestWitness *witness = g_new0(TestWitness, 1);
	guint8 raw[32];
	gsize size = sizeof(raw);

	witness->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	g_assert_cmpint(EVP_PKEY_get_raw_public_key(witness->key, raw, &size), ==, 1);
	g_assert_true(fn_vkey_make(name, FN_VKEY_WITNESS, raw, &witness->vkey));
	witness->text = fn_vkey_text(&witness->vkey);
	return witness;
}

static inline void
test_witness_free(TestWitness *witness)
{
	EVP_PKEY_free(witness->key);
	fn_vkey_clear(&witness->vkey);
	g_free(witness->text);
	g_free(witness);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestWitness, test_witness_free)

/* The line of a cosignature over a note; caller frees. */
static inline char *
test_witness_sign(const TestWitness *witness, const char *note, guint64 time)
{
	g_autofree char *body = g_strndup(note, (gsize)(strstr(note, "\n\n") + 1 - note));
	g_autofree char *message = fn_cosignature_message(body, time);
	g_autofree guint8 *signature = NULL;
	gsize size;

	signature = test_keys_sign_bytes(witness->key, FALSE, message, strlen(message), &size);
	g_assert_cmpuint(size, ==, 64);
	return fn_note_line(&witness->vkey, time, signature);
}

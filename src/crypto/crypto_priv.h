/* What the files of this room share. */
#pragma once

#include "crypto/crypto.h"

#include <gcrypt.h>

/* The digest of a suite as libgcrypt knows it. */
int fn_suite_digest(FnSuite suite);
/* HKDF with a salt, as RFC 5869 has it: for its published vectors. */
void fn_hkdf_salted(FnSuite suite, const void *key, gsize key_size, const void *salt, gsize salt_size, const void *info,
	gsize info_size, guint8 *out, gsize out_size);
/* The digest of @before (no byte when negative) and each of @messages, or each of @pairs when that is NULL, in as many lanes as this
 * machine has but at most @most; FALSE when there is nothing so narrow. */
gboolean fn_lanes_run(FnSuite suite, guint most, int before, const FnMessage *messages, const guint8 *pairs, gsize count, guint8 *out);

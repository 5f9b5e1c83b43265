/* Signatures and seals (DER: X.690, GM/T 0031, PKCS #7) as office packages hold them: names, titles and the seal's picture. */
#pragma once

#include "extract/extract_priv.h"

/* TRUE when @bytes are one DER sequence from end to end. */
gboolean fn_der_is(const guint8 *bytes, gsize size);
/* Says the strings in them, one a line, as the current segment, and gives the documents in them (a seal's picture) to their
 * readers. Numbers, keys and signature values are nobody's words. */
void fn_der_read(FnExtract *extract, const guint8 *bytes, gsize size);

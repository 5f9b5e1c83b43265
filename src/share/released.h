/* What left of a grant whose increments leave jointly, as counts per group, in files below the gate's own directory: one for each part,
 * named by grant and digest, never changed. The registry names the digest with the part, so that a file that was lost, cut or changed is
 * an error, and nothing leaves. Files that no part names (a gate that died before the part was written down) are left alone. */
#pragma once

#include "base/settings.h"
#include "disclosure/disclosure.h"

/* The digest, "sm3:" and 64 hexadecimal digits, once the file is durable; NULL: an error. Caller frees. */
char *fn_released_save(const FnSettings *settings, const char *grant, const FnReleased *released, GError **error);
FnReleased *fn_released_load(const FnSettings *settings, const char *grant, const char *digest, const FnDisclosurePlan *plan, GError **error);

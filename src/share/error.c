#include "share/share.h"

G_DEFINE_QUARK(fn-share-error-quark, fn_share_error)

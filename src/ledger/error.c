#include "ledger/ledger.h"

G_DEFINE_QUARK(fn-ledger-error-quark, fn_ledger_error)

/* Keyed digests of identifiers: what the ledger holds in place of whom a query was about.
 *
 * The key is the keeper's: purpose "receipt_digest", context "subject/<year>", leased to fengni-gate alone and to nobody else (the
 * keeper's table). One key serves every grant, resource and field, so that a person has one digest a year wherever they were looked
 * up; with the year it changes, so that it can be destroyed once the entries of a year have lived. Without the key a digest can
 * neither be made nor tried against a list of all numbers there are.
 *
 * An identifier is taken as what it means: white space around it is left out, full-width forms (NFKC) and case do not count, and a
 * resident number of 15 digits is the one of 18 that took its place. */
#pragma once

#include "crypto/crypto.h"
#include "ipc/ipc.h"

typedef struct FnSubjects FnSubjects;
/* Asks nobody before the first digest. @keeper is borrowed. */
FnSubjects *fn_subjects_new(FnIpcClient *keeper, FnSuite suite);
void fn_subjects_free(FnSubjects *subjects);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FnSubjects, fn_subjects_free)

/* The digest in @year as 64 hexadecimal digits; caller frees. The keeper refuses with "destroyed" when the key is gone for ever.
 * @identifier is valid UTF-8. Thread-safe. */
char *fn_subject_digest(FnSubjects *subjects, guint year, const char *identifier, GError **error);

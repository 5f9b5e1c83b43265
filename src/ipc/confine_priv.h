/* The steps of fn_confine(), each in its file. */
#pragma once

#include "ipc/roles.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FN_SANITIZED 1
#endif
#endif
#ifndef FN_SANITIZED
#define FN_SANITIZED 0 /* sanitizers reserve huge memory, start a thread of their own and trace themselves at the end */
#endif

/* The directories of one role: made, and with @recursive also everything in them handed to the role (root only). */
gboolean fn_directories_prepare(const FnPrivilege *privilege, const FnSettings *settings, gboolean recursive, GError **error);

/* The version of Landlock that the kernel offers; 0: none. */
int fn_landlock_version(void);
gboolean fn_landlock_restrict(const FnPrivilege *privilege, const FnSettings *settings, const char *rules_directory,
	GError **error);
gboolean fn_seccomp_restrict(const FnPrivilege *privilege, GError **error);
/* The first name in the lists of system calls that the library does not know; NULL when all are fine. For the test. */
const char *fn_seccomp_unknown(void);

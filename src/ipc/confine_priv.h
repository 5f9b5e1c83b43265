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

typedef struct {
	guint64 handled_fs, handled_net, scoped; /* struct landlock_ruleset_attr of the latest kernels */
} FnLandlockRules;

/* The version of Landlock that the kernel offers; 0: none. */
int fn_landlock_version(void);
/* All that @version can forbid, but for what @may (FnMay) allows on the network. */
FnLandlockRules fn_landlock_rules(guint may, int version);
/* Opens @path and what is below to @access. One that does not exist is an error only when it is @required. */
gboolean fn_landlock_allow(int ruleset, const FnLandlockRules *rules, const char *path, guint64 access, gboolean required,
	GError **error);
gboolean fn_landlock_allow_fd(int ruleset, const FnLandlockRules *rules, int fd, guint64 access);
gboolean fn_landlock_restrict(const FnPrivilege *privilege, const FnSettings *settings, const char *rules_directory,
	GError **error);
gboolean fn_seccomp_restrict(const FnPrivilege *privilege, GError **error);
/* @filter is a scmp_filter_ctx. Calls of other machines only are passed over; FALSE for a name the library does not know. */
gboolean fn_seccomp_add(void *filter, guint32 action, const char *const *name, gsize count);
/* What no program of ours may do: look into other processes, load code into the kernel, change mounts, clocks, names. */
const char *const *fn_seccomp_dangerous(gsize *count);
/* The first name in the lists of system calls that the library does not know; NULL when all are fine. For the test. */
const char *fn_seccomp_unknown(void);

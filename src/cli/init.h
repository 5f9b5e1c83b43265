/* Making an instance: directories with their owners, keys, the ledger's first entry, registry, bureau, administrators, door. */
#pragma once

#include "instance/instance.h"

typedef struct FnInitOptions {
	const char *directory, *city;
	const char *bureau_id, *bureau_name, *region; /* the first organization */
	const char *password;    /* of the three administrators: system_admin, security_admin, auditor */
	const char *settings;    /* further lines of fengni.conf, or NULL */
	gboolean (*prepare)(const char *directory, GError **error); /* before settings are read: further rule files, or NULL */
	void (*tell)(const struct FnInitOptions *options); /* all is made but what lets it run: say the password now, or NULL */
	gboolean bench_page;     /* the door serves the benchmarks' yardstick */
	gboolean throw_away;     /* said in the first ledger entry; allows a test clock */
} FnInitOptions;

/* Refuses a directory that holds anything. On failure everything made is removed again. */
gboolean fn_init(const FnInitOptions *options, GError **error);

/* Path of the unseal secret that fn_init() leaves (0600, root): 32 bytes. */
char *fn_init_unseal_path(const FnSettings *settings);
/* Removes what fn_init() made. */
void fn_init_remove(const char *directory);

/* `fengni init DIR …` and `fengni doctor DIR`. */
int fn_init_command(int argc, char **argv);
int fn_doctor_command(int argc, char **argv);

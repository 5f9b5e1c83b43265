/* Between the parent's half (worker.c) and the child's (nursery.c). */
#pragma once

#include "inspect/nursery.h"

#include <sys/types.h>

/* The descriptors of a request, in this order. */
enum { FN_PASS_DOCUMENT, FN_PASS_ANSWER, FN_PASS_ERRORS, FN_PASS_EXIT, FN_PASSED };

typedef struct {
	guint32 kind;  /* FnWorkerKind */
	guint32 unused;
	gint64 deadline; /* monotonic µs */
} FnWorkerRequest;

/* Written to FN_PASS_EXIT once the worker is reaped. */
typedef struct {
	gint32 status;
	guint32 late;
} FnWorkerReport;

struct FnNursery {
	FnInspectOptions options;
	int socket; /* to the other half */
	pid_t pid;
	int program[FN_WORKERS]; /* descriptors; -1: there is none. In the parent they only say whether */
};

/* For tests that print: what fontconfig reads of its own configuration it keeps until the process ends, in part where the leak checker does
 * not see that it is kept. No code of ours calls it but to set up a test, so nothing of ours is hidden by this. */
#pragma once

const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"), used)) const char *
__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

/* For tests of what people read. */
#pragma once

#include "base/say.h"

/* Whether a text is one in Chinese: ids, codes and values are single words, so three English ones in a row are a text nobody translated. */
static inline gboolean
test_say_is_chinese(const char *text)
{
	return g_regex_match_simple("\\p{Han}", text, 0, 0) && !g_regex_match_simple("[A-Za-z']+ [a-z']+ [a-z']+", text, 0, 0);
}

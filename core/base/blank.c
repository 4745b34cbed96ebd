/* SPDX-License-Identifier: Apache-2.0 */
#include "base/blank.h"

#include <string.h>

/* U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000 */
static const char *const wide[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80",
				   "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84",
				   "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88",
				   "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9",
				   "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

static size_t wide_at(const char *text)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(wide); i++)
		if (sb_starts_with(text, wide[i]))
			return strlen(wide[i]);
	return 0;
}

size_t sb_blank_at(const char *text)
{
	unsigned char c = (unsigned char)*text;

	if (c >= 0x80)
		return wide_at(text);
	return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

const char *sb_blank_skip(const char *text)
{
	size_t len;

	while ((len = sb_blank_at(text)) > 0)
		text += len;
	return text;
}

size_t sb_blank_trimmed(const char *text, size_t len)
{
	size_t n;

	while (len) {
		for (n = 1; n <= 3 && n <= len; n++)
			if (sb_blank_at(text + len - n) == n)
				break;
		if (n > 3 || n > len)
			break;
		len -= n;
	}
	return len;
}

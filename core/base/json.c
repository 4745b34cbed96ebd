/* SPDX-License-Identifier: Apache-2.0 */
/* Typed reads of JSON from a remote server. */
#include "stagebox/json.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"

const char *sb_json_str(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* Absent, null and "" mean the same to Proxmox VE. */
static bool is_absent(const json_t *value)
{
	return !value || json_is_null(value) ||
	       (json_is_string(value) && !json_string_length(value));
}

/* The numeric parsers of libc skip spaces and accept hex, inf and nan, so the first digit is
 * checked here. */
static bool starts_with_digit(const char *text)
{
	if (*text == '-')
		text++;
	return isdigit((unsigned char)*text) && !(text[0] == '0' && (text[1] | 0x20) == 'x');
}

static int int_of_text(const char *text, int64_t *ret_value)
{
	long long value;
	char *end;

	if (!starts_with_digit(text))
		return SB_E_SHAPE;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || *end)
		return SB_E_SHAPE;
	*ret_value = value;
	return 0;
}

static int int_of_real(double real, int64_t *ret_value)
{
	if (!(real >= -9007199254740992.0 && real <= 9007199254740992.0) ||
	    real != (double)(int64_t)real)
		return SB_E_SHAPE;
	*ret_value = (int64_t)real;
	return 0;
}

int sb_json_int(const json_t *object, const char *name, int64_t *ret_value)
{
	const json_t *value = json_object_get(object, name);

	if (is_absent(value))
		return SB_E_NOTFOUND;
	switch (json_typeof(value)) {
	case JSON_INTEGER: *ret_value = json_integer_value(value); return 0;
	case JSON_REAL: return int_of_real(json_real_value(value), ret_value);
	case JSON_TRUE: *ret_value = 1; return 0;
	case JSON_FALSE: *ret_value = 0; return 0;
	case JSON_STRING: return int_of_text(json_string_value(value), ret_value);
	default: return SB_E_SHAPE;
	}
}

bool sb_json_bool(const json_t *object, const char *name, bool dflt)
{
	static const char *const yes[] = {"1", "yes", "on", "true"};
	static const char *const no[] = {"0", "no", "off", "false"};
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);
	size_t i;

	if (json_is_boolean(value))
		return json_is_true(value);
	if (json_is_number(value))
		return json_number_value(value) != 0;
	for (i = 0; text && i < SB_ARRAY_LEN(yes); i++) {
		if (!strcasecmp(text, yes[i]))
			return true;
		if (!strcasecmp(text, no[i]))
			return false;
	}
	return dflt;
}

int sb_json_real(const json_t *object, const char *name, double *ret_value)
{
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);
	double real;
	char *end;

	if (is_absent(value))
		return SB_E_NOTFOUND;
	if (json_is_number(value)) {
		*ret_value = json_number_value(value);
		return 0;
	}
	if (!text || !starts_with_digit(text))
		return SB_E_SHAPE;
	real = strtod(text, &end);
	if (*end || !isfinite(real))
		return SB_E_SHAPE;
	*ret_value = real;
	return 0;
}

/* Bytes of the control character at text: C0 (but newline and tab), DEL, C1; 0 = none. */
static size_t control_len(const unsigned char *text)
{
	if ((*text < 0x20 && *text != '\n' && *text != '\t') || *text == 0x7f)
		return 1;
	if (text[0] == 0xc2 && text[1] >= 0x80 && text[1] < 0xa0)
		return 2;
	return 0;
}

json_t *sb_json_text(const char *text, size_t max_chars)
{
	const unsigned char *c = (const unsigned char *)text;
	sb_autobuf buf = SB_BUF_INIT(SIZE_MAX / 2);
	size_t chars = 0;

	while (*c) {
		size_t len = control_len(c);

		if (len) {
			c += len;
			continue;
		}
		/* 10xxxxxx continues the character before it */
		if ((*c & 0xc0) != 0x80 && chars++ == max_chars)
			break;
		sb_buf_add_mem(&buf, c++, 1);
	}
	if (buf.failed)
		return NULL;
	return json_stringn(sb_buf_str(&buf), buf.len);
}

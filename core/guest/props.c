/* SPDX-License-Identifier: Apache-2.0 */
/* Parses property strings and sizes of Proxmox VE. */
#include "guest/guest_priv.h"

#include <ctype.h>
#include <string.h>

static void trim_blanks(const char **text, size_t *len)
{
	while (*len && isspace((unsigned char)**text)) {
		(*text)++;
		(*len)--;
	}
	while (*len && isspace((unsigned char)(*text)[*len - 1]))
		(*len)--;
}

/* Add one part: "key=value", split at the first "=", or a bare value. */
static int add_part(json_t *props, const char *part, size_t len, const char *bare)
{
	const char *value, *key;
	size_t key_len, value_len;

	trim_blanks(&part, &len);
	if (!len)
		return 0;
	value = memchr(part, '=', len);
	if (value) {
		key = part;
		key_len = (size_t)(value - part);
		value++;
		value_len = len - key_len - 1;
	} else {
		if (!bare)
			return 0;
		key = bare;
		key_len = strlen(bare);
		value = part;
		value_len = len;
	}
	trim_blanks(&key, &key_len);
	if (!key_len)
		return 0;
	return json_object_setn_new(props, key, key_len, json_stringn(value, value_len));
}

json_t *sb_guest_props(const char *text, const char *bare)
{
	sb_autojson *props = json_object();
	size_t len;

	if (!props)
		return NULL;
	for (; *text; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		if (add_part(props, text, len, bare) < 0)
			return NULL;
	}
	return sb_steal(props);
}

/* The power of two of "", "K", "MiB", "gb"; negative = unknown unit. */
static int parse_unit(const char *unit)
{
	static const char letters[] = "kmgtp";
	const char *letter;

	if (!*unit)
		return 0;
	letter = strchr(letters, tolower((unsigned char)*unit));
	if (!letter)
		return (*unit == 'B' && !unit[1]) ? 0 : -1;
	unit++;
	if (*unit == 'i')
		unit++;
	if (*unit == 'B' || *unit == 'b')
		unit++;
	return *unit ? -1 : 10 * ((int)(letter - letters) + 1);
}

int sb_guest_size_mib(const char *text, int64_t *ret_mib)
{
	const int64_t mib = INT64_C(1) << 20;
	int64_t whole = 0, part = 0, scale = 1, bytes;
	int shift;

	if (!isdigit((unsigned char)*text))
		return SB_E_SHAPE;
	for (; isdigit((unsigned char)*text); text++) {
		if (whole > INT64_MAX / 16)
			return SB_E_SHAPE;
		whole = whole * 10 + (*text - '0');
	}
	if (*text == '.')
		for (text++; isdigit((unsigned char)*text); text++) {
			/* Three digits are precise enough and cannot overflow with unit P. */
			if (scale < 1000) {
				part = part * 10 + (*text - '0');
				scale *= 10;
			}
		}
	shift = parse_unit(text);
	if (shift < 0 || whole >= INT64_MAX >> (shift + 1))
		return SB_E_SHAPE;
	bytes = (whole << shift) + ((part << shift) + scale - 1) / scale;
	*ret_mib = bytes / mib + (bytes % mib != 0);
	return 0;
}

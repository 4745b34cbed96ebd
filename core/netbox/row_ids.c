/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the ids from the text of the answer to a write: to parse all the values that NetBox sends
 * back would be a sixth of the work of a first sync. */
#include <ctype.h>

#include "netbox/client_priv.h"
#include "base/scan.h"

enum { MAX_ID_DIGITS = 18 };

static bool read_id(struct sb_scan *text, int64_t *ret_id)
{
	int64_t id = 0;
	int digits = 0;

	sb_scan_next(text);
	while (text->at < text->end && isdigit((unsigned char)*text->at)) {
		if (++digits > MAX_ID_DIGITS)
			return false;
		id = 10 * id + (*text->at++ - '0');
	}
	*ret_id = id;
	return id > 0;
}

static bool read_row(struct sb_scan *text, int64_t *ret_id)
{
	*ret_id = 0;
	if (!sb_scan_take(text, '{'))
		return false;
	do {
		size_t len;
		const char *name = sb_scan_name(text, &len);

		if (!name)
			return false;
		if (sb_scan_is(name, len, "id") ? !read_id(text, ret_id) : !sb_scan_value(text))
			return false;
	} while (sb_scan_take(text, ','));
	return sb_scan_take(text, '}') && *ret_id;
}

int sb_netbox_row_ids(const char *body, size_t len, int64_t *ret_ids, size_t room)
{
	struct sb_scan text = {.at = body, .end = body + len};
	size_t n = 0;

	if (!sb_scan_take(&text, '['))
		return SB_E_SHAPE;
	if (!sb_scan_take(&text, ']')) {
		do {
			if (n == room || !read_row(&text, &ret_ids[n]))
				return SB_E_SHAPE;
			n++;
		} while (sb_scan_take(&text, ','));
		if (!sb_scan_take(&text, ']'))
			return SB_E_SHAPE;
	}
	sb_scan_next(&text);
	return text.at == text.end ? (int)n : SB_E_SHAPE;
}

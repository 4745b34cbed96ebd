/* SPDX-License-Identifier: Apache-2.0 */
/* Strips from lists the details of related objects that NetBox repeats in each row: to parse them
 * would be a fifth of the work of reading a list. */
#include "netbox/client_priv.h"
#include "base/scan.h"

/* The answer has depth 1, its results 2, a row 3: the members of a row have 4. */
enum { RELATED_DEPTH = 4 };

struct walk {
	struct sb_scan text;
	const char *kept; /* start of the text that was not copied to out yet */
	struct sb_buf *out;
};

/* Members of a related object that NetBox repeats in every row that refers to it. */
static bool is_repeated(const char *name, size_t len)
{
	return sb_scan_is(name, len, "url") || sb_scan_is(name, len, "display") ||
	       sb_scan_is(name, len, "description");
}

/* Copies the text up to from, and leaves out the rest up to the current position. */
static void copy_without(struct walk *walk, const char *from)
{
	sb_buf_add_mem(walk->out, walk->kept, (size_t)(from - walk->kept));
	walk->kept = walk->text.at;
}

static bool walk_value(struct walk *walk, unsigned depth);

/* A related object begins with its id and its url: the values in the change log, which may have any
 * name, do not. Custom fields are left as they are: a value of type JSON may look like anything. */
static bool walk_object(struct walk *walk, unsigned depth)
{
	struct sb_scan *text = &walk->text;
	const char *comma = NULL;
	bool has_id = false, is_related = false;
	size_t n, len;

	if (sb_scan_take(text, '}'))
		return true;
	for (n = 0; n == 0 || sb_scan_take(text, ','); n++) {
		const char *name = sb_scan_name(text, &len);

		if (!name)
			return false;
		if (n == 0)
			has_id = depth >= RELATED_DEPTH && sb_scan_is(name, len, "id");
		if (n == 1)
			is_related = has_id && sb_scan_is(name, len, "url");
		if (sb_scan_is(name, len, "custom_fields")) {
			if (!sb_scan_value(text))
				return false;
		} else if (is_related && is_repeated(name, len)) {
			if (!sb_scan_value(text))
				return false;
			copy_without(walk, comma);
		} else if (!walk_value(walk, depth + 1)) {
			return false;
		}
		sb_scan_next(text);
		comma = text->at;
	}
	return sb_scan_take(text, '}');
}

static bool walk_array(struct walk *walk, unsigned depth)
{
	if (sb_scan_take(&walk->text, ']'))
		return true;
	do {
		if (!walk_value(walk, depth + 1))
			return false;
	} while (sb_scan_take(&walk->text, ','));
	return sb_scan_take(&walk->text, ']');
}

static bool walk_value(struct walk *walk, unsigned depth)
{
	if (depth > SB_SCAN_DEPTH)
		return false;
	if (sb_scan_take(&walk->text, '{'))
		return walk_object(walk, depth);
	if (sb_scan_take(&walk->text, '['))
		return walk_array(walk, depth);
	return sb_scan_value(&walk->text);
}

bool sb_netbox_strip_list(const char *body, size_t len, struct sb_buf *out)
{
	struct walk walk = {.text = {body, body + len}, .kept = body, .out = out};

	if (!walk_value(&walk, 1) || sb_scan_next(&walk.text))
		return false;
	copy_without(&walk, walk.text.at);
	return !out->failed;
}

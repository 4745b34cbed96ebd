/* SPDX-License-Identifier: Apache-2.0 */
/* Forgets the values of former objects. */
#include "parent/former.h"

#include "parent/applied.h"
#include "stagebox/json.h"

/* An update has the key among its values only when it changes it. */
static bool gives_key(const char *method, const json_t *entry)
{
	const json_t *custom = json_object_get(json_object_get(entry, "sent"), "custom_fields");

	return sb_streq(method, "POST") || sb_json_str(custom, "stagebox_key");
}

int sb_parent_forget_former(struct sb_parent *parent, const char *method, const json_t *keys,
			    struct sb_error *err)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (keys, i, entry) {
		const char *key = json_is_string(entry) ? json_string_value(entry)
							: sb_json_str(entry, "key");
		int rc = gives_key(method, entry) ? sb_parent_drop_applied(parent, key, err) : 0;

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Objects whose key cannot be used. A name with a control character would otherwise get into the
 * journal, logs and terminals. */
#include "diff/bad_key.h"

#include "base/text.h"
#include "diff/describe.h"
#include "diff/want.h"
#include "model/key.h"
#include "stagebox/json.h"

bool sb_bad_key_leave(struct sb_want *want)
{
	struct sb_error why;

	if (sb_key_is_valid(want->key))
		return false;
	sb_fail(&why, SB_E_STATE,
		"its name in Proxmox VE contains a character that cannot be printed, or is not "
		"valid UTF-8: rename it there");
	sb_want_leave(want, &why);
	return true;
}

void sb_bad_keys_report(struct sb_pass *pass)
{
	const json_t *pair;
	size_t i;

	json_array_foreach (pass->list->bad_keys, i, pair) {
		const char *key = json_string_value(json_array_get(pair, 0));
		sb_autobuf clean = SB_BUF_INIT(1000);
		struct sb_error why;
		char url[300];

		if (!sb_starts_with(key, pass->reconcile->prefix))
			continue;
		sb_text_add_clean(&clean, key, '?');
		sb_describe_url(pass->run, pass->kind, json_array_get(pair, 1), url, sizeof(url));
		sb_fail(&why, SB_E_STATE,
			"%s has a stagebox_key with a character that cannot be printed "
			"(\"%.100s\"): "
			"it does not count as an object of stagebox and is not changed; clear the "
			"field in NetBox, or delete the object",
			url, sb_buf_str(&clean));
		sb_run_partial(pass->run, pass->at, &why);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a CRUSH map. The answer is at most a small multiple of the text, and the text of each
 * rule gives the same rule again. */
#include <stdlib.h>

#include "../../modules/ceph/crush.h"
#include "fuzz.h"
#include "stagebox/json.h"

/* The names of a rule's members, and their quotes. */
#define BYTES_OF_RULE 256

static size_t count_bytes(const json_t *value)
{
	return json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

static void check_size(const json_t *map, const char *text, size_t len)
{
	sb_autojson *whole = json_stringn(text, len);
	size_t n_rules = json_array_size(json_object_get(map, "rules"));

	if (count_bytes(map) > 4 * count_bytes(whole) + (n_rules + 1) * BYTES_OF_RULE)
		abort();
}

/* A rule alone is the same, but not the second one of its name. */
static void check_rule(const json_t *rule)
{
	const json_t *text = json_object_get(rule, "text");
	sb_autojson *map = ceph_crush_read(json_string_value(text), json_string_length(text), NULL);
	sb_autojson *expected = json_copy((json_t *)(uintptr_t)rule);
	const json_t *rules = json_object_get(map, "rules");

	json_object_del(expected, "duplicate");
	if (json_array_size(rules) != 1 || !json_equal(json_array_get(rules, 0), expected))
		abort();
	if (json_object_get(map, "unknown"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *map = ceph_crush_read((const char *)data, size, &err);
	const json_t *rule;
	size_t i;

	if (!map && !err.text[0])
		abort();
	if (map)
		check_size(map, (const char *)data, size);
	json_array_foreach (json_object_get(map, "rules"), i, rule)
		check_rule(rule);
	return 0;
}

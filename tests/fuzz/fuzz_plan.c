/* SPDX-License-Identifier: Apache-2.0 */
/* A plan document from anybody, whose hashes are those of its content: read, its ops taken, linked,
 * written back, counted, hashed. */
#include "fuzz.h"
#include "model/kinds.h"
#include "model/plan.h"
#include "model/plan_document.h"
#include "stagebox/json.h"

/* Anybody can compute hashes, and a fuzzer cannot guess them. Input that is not an object stays. */
static const char *seal_input(const uint8_t *data, size_t size)
{
	const struct sb_plan_origin origin = {.lasts_s = 1, .program = "fuzz"};
	sb_autojson *doc = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	sb_autofree char *text = NULL;

	if (!json_is_object(doc) || sb_plan_document_seal(doc, &origin, NULL) < 0)
		return fuzz_file(data, size);
	text = json_dumps(doc, JSON_COMPACT);
	return text ? fuzz_file((const uint8_t *)text, strlen(text)) : NULL;
}

static void take_endpoint(const struct sb_kinds *kinds, const json_t *doc, const char *slug)
{
	sb_autojson *part = sb_plan_document_part(doc, slug), *ops = NULL, *shared = NULL;
	struct sb_plan plan = {0};

	if (sb_plan_from_json(&plan, kinds, json_object_get(part, "shared"), NULL) == 0 &&
	    sb_plan_from_json(&plan, kinds, json_object_get(part, "ops"), NULL) == 0 &&
	    sb_plan_link(&plan, NULL) == 0)
		sb_plan_to_json(&plan, &ops, &shared);
	sb_plan_finish(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = seal_input(data, size);
	sb_autojson *doc = NULL, *summary = NULL;
	char plan[SB_JSON_HASH_CHARS + 1], document[SB_JSON_HASH_CHARS + 1];
	struct sb_kinds *kinds;
	const json_t *endpoint;
	size_t i;

	if (!path || sb_plan_document_read(path, &doc, NULL) < 0)
		return 0;
	kinds = sb_kinds_create();
	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint)
		if (kinds)
			take_endpoint(kinds, doc, sb_json_str(endpoint, "slug"));
	sb_kinds_destroy(kinds);
	summary = sb_plan_document_summary(doc);
	if (summary)
		sb_plan_document_exit(summary);
	sb_plan_document_hashes(doc, plan, document, NULL);
	return 0;
}

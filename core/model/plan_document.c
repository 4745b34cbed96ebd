/* SPDX-License-Identifier: Apache-2.0 */
/* The plan document: merge the parts of jobs, count, extract parts. */
#include "model/plan_document.h"

#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "base/list.h"
#include "model/decimal.h"
#include "stagebox/json.h"

enum { N_WRITES = 4 }; /* counters of count_stages() that are writes */

static bool ops_name_same_object(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "kind"), json_object_get(b, "kind")) &&
	       json_equal(json_object_get(a, "key"), json_object_get(b, "key"));
}

/* Several endpoints may need the same shared object: equal ops become one, a differing op becomes a
 * conflict. */
static int add_shared(json_t *doc, json_t *endpoint, const json_t *ops, struct sb_error *err)
{
	json_t *shared = json_object_get(doc, "shared"), *op, *other;
	size_t i, j;

	json_array_foreach (ops, i, op) {
		bool is_known = false;

		json_array_foreach (shared, j, other) {
			if (!ops_name_same_object(op, other))
				continue;
			is_known = true;
			if (json_equal(json_object_get(op, "set"), json_object_get(other, "set")))
				continue;
			json_array_append_new(
				json_object_get(endpoint, "conflicts"),
				json_pack(
					"{s:O, s:O, s:s}", "key", json_object_get(op, "key"),
					"kind", json_object_get(op, "kind"), "why",
					"another endpoint defines this shared object differently"));
		}
		if (!is_known && json_array_append(shared, op) != 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return 0;
}

/* Run times would make plans of equal states differ. */
static json_t *copy_without_times(const json_t *stages)
{
	json_t *clean = json_deep_copy(stages), *stage;
	size_t i;

	if (!json_is_array(clean)) {
		json_decref(clean);
		return json_array();
	}
	json_array_foreach (clean, i, stage)
		json_object_del(stage, "runtime_seconds");
	return clean;
}

static json_t *copy_array(const json_t *part, const char *name)
{
	json_t *list = json_object_get(part, name);

	return json_is_array(list) ? json_deep_copy(list) : json_array();
}

static int add_part(json_t *doc, const char *slug, const json_t *part, struct sb_error *err)
{
	static const char *const optional[] = {"identity",   "kept",   "similar", "names",
					       "refs",       "labels", "parts",   "gone",
					       "duplicates", "overlap"};
	const char *instance_id = sb_json_str(part, "netbox"), *known = sb_json_str(doc, "netbox");
	json_t *endpoint;
	size_t i;

	if (instance_id && !known[0])
		json_object_set_new(doc, "netbox", json_string(instance_id));
	else if (instance_id && !sb_streq(instance_id, known))
		return sb_fail(
			err, SB_E_REFUSED,
			"endpoint \"%s\" was planned for another instance of NetBox than the "
			"endpoints before it; plan again",
			slug);
	endpoint = json_pack("{s:s, s:o, s:o, s:o}", "slug", slug, "ops", copy_array(part, "ops"),
			     "stages", copy_without_times(json_object_get(part, "stages")),
			     "conflicts", copy_array(part, "conflicts"));
	for (i = 0; endpoint && i < SB_ARRAY_LEN(optional); i++) {
		json_t *value = json_object_get(part, optional[i]);

		if (value)
			json_object_set(endpoint, optional[i], value);
	}
	if (json_array_append_new(json_object_get(doc, "endpoints"), endpoint) != 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return add_shared(doc, endpoint, json_object_get(part, "shared"), err);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Parts and document share values, so that a document with a decimal becomes a copy. */
static int hide_decimals(json_t **doc, struct sb_error *err)
{
	json_t *copy;

	if (!sb_decimal_is_in(*doc))
		return 0;
	copy = json_deep_copy(*doc);
	json_decref(*doc);
	*doc = copy;
	return copy && sb_decimal_hide(copy) == 0 ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

int sb_plan_document_create(const json_t *parts, json_t **ret_doc, struct sb_error *err)
{
	sb_autojson *doc = json_pack("{s:i, s:s, s:[], s:[]}", "version", SB_PLAN_DOCUMENT_VERSION,
				     "netbox", "", "shared", "endpoints");
	sb_autofree const char **slugs = calloc(json_object_size(parts) + 1, sizeof(*slugs));
	const char *slug;
	json_t *part;
	size_t n = 0, i;
	int rc = 0;

	if (!doc || !slugs)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	json_object_foreach ((json_t *)(uintptr_t)parts, slug, part)
		slugs[n++] = slug;
	qsort(slugs, n, sizeof(*slugs), compare_names);
	for (i = 0; !rc && i < n; i++)
		rc = add_part(doc, slugs[i], json_object_get(parts, slugs[i]), err);
	if (!rc)
		rc = hide_decimals(&doc, err);
	if (!rc)
		*ret_doc = sb_steal(doc);
	return rc;
}

json_t *sb_plan_document_part(const json_t *doc, const char *slug)
{
	json_t *endpoint, *part;
	size_t i;

	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint) {
		if (!sb_streq(sb_json_str(endpoint, "slug"), slug))
			continue;
		part = json_copy(endpoint);
		json_object_del(part, "slug");
		json_object_set_new(part, "endpoint", json_string(slug));
		json_object_set(part, "netbox", json_object_get(doc, "netbox"));
		json_object_set(part, "shared", json_object_get(doc, "shared"));
		json_object_set(part, "envelope", json_object_get(doc, "envelope"));
		json_object_set(part, "hashes", json_object_get(doc, "hashes"));
		return part;
	}
	return NULL;
}

/* Shared objects are counted by their ops, because each endpoint counts them, too. */
static void count_shared(const json_t *ops, json_t *sum)
{
	sb_autojson *seen = json_object();
	const json_t *op;
	size_t i;

	json_array_foreach (ops, i, op) {
		const char *verb = sb_json_str(op, "verb"), *key = sb_json_str(op, "key");
		json_t *n = verb ? json_object_get(sum, verb) : NULL;

		if (!n || !key || json_object_get(seen, key))
			continue;
		json_object_set_new(seen, key, json_true());
		json_integer_set(n, json_integer_value(n) + 1);
	}
}

/* Objects, as a run counts them: parts that are deleted with their parent included. */
static void count_stages(const json_t *stages, json_t *sum)
{
	static const char *const names[] = {"create",  "update",  "delete", "release",
					    "skipped", "unknown", "gone"};
	const json_t *stage;
	size_t i, j;

	json_array_foreach (stages, i, stage) {
		const json_t *counts = json_object_get(stage, "counts");
		const char *name = sb_json_str(stage, "stage");
		bool is_shared = name && sb_streq(name, "shared");

		if (!counts)
			counts = json_object_get(json_object_get(stage, "response"), "counts");
		for (j = 0; j < SB_ARRAY_LEN(names); j++) {
			json_t *n = json_object_get(sum, names[j]);

			if (is_shared && j < N_WRITES)
				continue;
			json_integer_set(
				n, json_integer_value(n) +
					   json_integer_value(json_object_get(counts, names[j])));
		}
	}
}

/* Objects that several stages count. */
static void subtract_overlap(const json_t *overlap, json_t *sum)
{
	json_t *terms, *value, *n;
	const char *kind, *term;

	json_object_foreach ((json_t *)(uintptr_t)overlap, kind, terms) {
		json_object_foreach (terms, term, value) {
			n = json_object_get(sum, term);
			if (n)
				json_integer_set(n,
						 json_integer_value(n) - json_integer_value(value));
		}
	}
}

json_t *sb_plan_document_modules(const json_t *part)
{
	json_t *modules = json_array(), *op;
	size_t i;

	json_array_foreach (json_object_get(part, "ops"), i, op) {
		const char *stage = sb_json_str(op, "stage");
		sb_autojson *module = stage ? json_stringn(stage, strcspn(stage, ".")) : NULL;

		if (module && !sb_list_holds(modules, module))
			json_array_append(modules, module);
	}
	return modules;
}

bool sb_plan_document_acts(const json_t *part)
{
	const json_t *op;
	size_t i;

	json_array_foreach (json_object_get(part, "ops"), i, op) {
		const char *system = sb_json_str(op, "system");

		if (system && sb_streq(system, "pve"))
			return true;
	}
	return false;
}

json_t *sb_plan_document_summary(const json_t *doc)
{
	json_t *sum = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "create", 0, "update",
				0, "delete", 0, "release", 0, "conflicts", 0, "skipped", 0,
				"unknown", 0, "gone", 0);
	const json_t *endpoint;
	json_t *conflicts;
	size_t i;

	if (!sum)
		return NULL;
	count_shared(json_object_get(doc, "shared"), sum);
	conflicts = json_object_get(sum, "conflicts");
	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint) {
		size_t n = json_array_size(json_object_get(endpoint, "conflicts"));

		count_stages(json_object_get(endpoint, "stages"), sum);
		if (sb_streq(sb_json_str(endpoint, "slug"), "")) /* of NetBox alone */
			count_shared(json_object_get(endpoint, "ops"), sum);
		subtract_overlap(json_object_get(endpoint, "overlap"), sum);
		json_integer_set(conflicts, json_integer_value(conflicts) + (json_int_t)n);
	}
	return sum;
}

int sb_plan_document_exit(const json_t *summary)
{
	bool has_changes = json_integer_value(json_object_get(summary, "create")) ||
			   json_integer_value(json_object_get(summary, "update")) ||
			   json_integer_value(json_object_get(summary, "delete")) ||
			   json_integer_value(json_object_get(summary, "release"));
	bool has_conflicts = json_integer_value(json_object_get(summary, "conflicts")) > 0;

	if (has_conflicts)
		return SB_EXIT_CONFLICTS;
	return has_changes ? SB_EXIT_CHANGES : SB_EXIT_OK;
}

int sb_plan_document_answer(json_t *doc, json_t **ret_answer, struct sb_error *err)
{
	json_t *hashes = json_object_get(doc, "hashes");

	*ret_answer =
		json_pack("{s:O, s:O, s:o, s:O}", "hash", json_object_get(hashes, "plan"), "hashes",
			  hashes, "summary", sb_plan_document_summary(doc), "plan", doc);
	return *ret_answer ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

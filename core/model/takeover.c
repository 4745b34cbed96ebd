/* SPDX-License-Identifier: Apache-2.0 */
/* Summary of the plans for taking over a NetBox that another tool filled. */
#include "model/takeover.h"

#include <string.h>

#include "stagebox/json.h"

/* Milliseconds of one core per object written in bulk, for the fastest and the slowest kind;
 * measured on NetBox 4.7 with two cores and two requests in flight. */
enum { MS_MIN = 11, MS_MAX = 16, LANES = 2, EXAMPLES = 3 };

/* Fields that an adoption corrects, in the order of the output; kind NULL = any kind. */
static const struct finding {
	const char *id, *kind, *field, *words;
	bool was_empty; /* only where the field was empty in NetBox */
} findings[] = {
	{"lost-mac", "vm-interface", "mac_address", "MAC addresses that are missing", true},
	{"wrong-mac", "vm-interface", "mac_address", "MAC addresses that are wrong", false},
	/* Up to NetBox 4.6 a MAC address is an object of its own. */
	{"lost-mac", "vm-interface", "primary_mac_address", "MAC addresses that are missing", true},
	{"wrong-mac", "vm-interface", "primary_mac_address", "MAC addresses that are wrong", false},
	{"wrong-disk-size", "virtual-disk", "size", "disks with the wrong size", false},
	{"wrong-memory", "vm", "memory", "guests with the wrong memory", false},
	{"wrong-vcpus", "vm", "vcpus", "guests with the wrong number of CPUs", false},
	{"wrong-status", NULL, "status", "objects with the wrong status", false},
	{"lost-tags", NULL, "tags", "objects whose tags differ", false},
	{"wrong-name", NULL, "name", "objects whose name differs from the source", false},
	{"lost-primary", NULL, "primary_ip4", "guests without their primary IPv4 address", true},
	{"lost-primary6", NULL, "primary_ip6", "guests without their primary IPv6 address", true},
	{"lost-vlan", "vm-interface", "untagged_vlan", "interfaces without their VLAN", true},
	{"wrong-mtu", NULL, "mtu", "interfaces with the wrong MTU", false},
	{"wrong-type", "interface", "type", "interfaces of nodes with the wrong type", false},
};

static void count_entry(json_t *list, const char *member, const char *value, const char *second,
			const char *second_value)
{
	json_t *entry, *n;
	size_t i;

	json_array_foreach (list, i, entry) {
		if (!sb_streq(sb_json_str(entry, member), value) ||
		    (second && !sb_streq(sb_json_str(entry, second), second_value)))
			continue;
		n = json_object_get(entry, "count");
		json_integer_set(n, json_integer_value(n) + 1);
		return;
	}
	entry = json_pack("{s:s, s:i}", member, value, "count", 1);
	if (second)
		json_object_set_new(entry, second, json_string(second_value));
	json_array_append_new(list, entry);
}

static bool is_value_empty(const json_t *value)
{
	return !value || json_is_null(value) ||
	       (json_is_string(value) && !json_string_length(value));
}

static void add_findings(json_t *list, const json_t *op)
{
	const json_t *set = json_object_get(op, "set"), *was = json_object_get(op, "was");
	const char *kind = sb_json_str(op, "kind");
	bool lost_mac = false;
	size_t i, j;

	for (i = 0; i < SB_ARRAY_LEN(findings); i++) {
		const struct finding *finding = &findings[i];
		json_t *entry = NULL, *known;

		if ((finding->kind && !sb_streq(finding->kind, kind)) ||
		    !json_object_get(set, finding->field) ||
		    (finding->was_empty && !is_value_empty(json_object_get(was, finding->field))) ||
		    (lost_mac && sb_streq(finding->id, "wrong-mac")))
			continue;
		lost_mac = lost_mac || sb_streq(finding->id, "lost-mac");
		json_array_foreach (list, j, known) {
			if (sb_streq(sb_json_str(known, "id"), finding->id))
				entry = known;
		}
		if (!entry) {
			entry = json_pack("{s:s, s:s, s:i, s:[]}", "id", finding->id, "what",
					  finding->words, "count", 0, "examples");
			json_array_append_new(list, entry);
		}
		known = json_object_get(entry, "count");
		json_integer_set(known, json_integer_value(known) + 1);
		if (json_array_size(json_object_get(entry, "examples")) < EXAMPLES)
			json_array_append_new(
				json_object_get(entry, "examples"),
				json_pack("{s:O, s:O?, s:O?}", "key", json_object_get(op, "key"),
					  "was", json_object_get(was, finding->field), "set",
					  json_object_get(set, finding->field)));
	}
}

/* The rule in the reason of an op: "adopted by its name: it was vm 7 ..." gives "its name". Caller
 * frees; NULL when the op is not an adoption. */
static char *adoption_rule(const json_t *op)
{
	static const char prefix[] = "adopted by ";
	const char *why = sb_json_str(op, "why");

	if (!why || !sb_starts_with(why, prefix))
		return NULL;
	why += strlen(prefix);
	return strndup(why, strcspn(why, ":"));
}

/* Objects that the stages of one endpoint write, as a run counts them: parts that are deleted with
 * their parent included. Shared objects are counted apart. */
static json_int_t count_writes(const json_t *part, const char *name)
{
	json_int_t sum = 0;
	const json_t *stage;
	size_t i;

	json_array_foreach (json_object_get(part, "stages"), i, stage) {
		const char *own = sb_json_str(stage, "stage");

		if (own && sb_streq(own, "shared"))
			continue;
		sum += json_integer_value(json_object_get(
			json_object_get(json_object_get(stage, "response"), "counts"), name));
	}
	return sum;
}

static json_t *build_endpoint(const char *slug, const json_t *part, json_int_t *ret_writes)
{
	json_t *adopted = json_array(), *wrong = json_array(), *missing = json_array();
	json_t *stages = json_array(), *stage;
	const json_t *op, *ops = json_object_get(part, "ops");
	json_int_t repairs = 0, changes, creates = count_writes(part, "create");
	size_t i;

	json_array_foreach (ops, i, op) {
		const char *verb = sb_json_str(op, "verb"), *kind = sb_json_str(op, "kind");
		sb_autofree char *rule = adoption_rule(op);

		if (sb_streq(verb, "create")) {
			count_entry(missing, "kind", kind, NULL, NULL);
		} else if (rule && json_object_get(json_object_get(op, "set"), "stagebox_key")) {
			count_entry(adopted, "kind", kind, "by", rule);
			repairs++;
			add_findings(wrong, op);
		} else {
			add_findings(wrong, op);
		}
	}
	changes = count_writes(part, "update") + count_writes(part, "delete") +
		  count_writes(part, "release") - repairs;
	if (changes < 0)
		changes = 0;
	json_array_foreach (json_object_get(part, "stages"), i, stage) {
		if (!sb_streq(sb_json_str(stage, "status"), "ok"))
			json_array_append_new(stages,
					      json_pack("{s:O, s:O, s:O?}", "stage",
							json_object_get(stage, "stage"), "status",
							json_object_get(stage, "status"), "error",
							json_object_get(stage, "error")));
	}
	*ret_writes += creates + repairs + changes;
	return json_pack("{s:s, s:o, s:o, s:o, s:O, s:O, s:o, s:{s:I, s:I, s:I}}", "slug", slug,
			 "adopted", adopted, "wrong", wrong, "missing", missing, "conflicts",
			 json_object_get(part, "conflicts"), "left", json_object_get(part, "left"),
			 "unread", stages, "writes", "adopt", repairs, "create", creates, "change",
			 changes);
}

json_t *sb_takeover_document(const json_t *parts)
{
	json_t *endpoints = json_array(), *part;
	json_int_t writes = 0, shared = 0;
	const char *slug;

	json_object_foreach ((json_t *)(uintptr_t)parts, slug, part) {
		shared += (json_int_t)json_array_size(json_object_get(part, "shared"));
		json_array_append_new(endpoints, build_endpoint(slug, part, &writes));
	}
	writes += shared;
	return json_pack("{s:o, s:{s:I, s:I, s:[i, i], s:i, s:f, s:f}}", "endpoints", endpoints,
			 "cost", "objects", writes, "shared", shared, "ms_per_object", MS_MIN,
			 MS_MAX, "in_flight", LANES, "seconds_min",
			 (double)(writes * MS_MIN) / 1000.0 / LANES, "seconds_max",
			 (double)(writes * MS_MAX) / 1000.0);
}

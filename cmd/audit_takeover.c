/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox audit-takeover: one page about what another tool left in NetBox. The page is a summary
 * of a plan, so only GET requests are sent. */
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "jobs.h"
#include "model/protocol.h"
#include "stagebox/json.h"

/* Milliseconds of one core per object written in bulk, for the cheapest and for the most expensive
 * kind; measured on NetBox 4.7 with two cores and two requests in flight. */
enum { MS_CHEAP = 11, MS_DEAR = 16, LANES = 2, EXAMPLES = 3 };

/* Fields that an adoption repairs, in the order of the page; kind NULL = any kind. */
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

static json_t *build_endpoint(const char *slug, const json_t *part, json_int_t *ret_writes)
{
	json_t *adopted = json_array(), *wrong = json_array(), *missing = json_array();
	json_t *stages = json_array(), *stage;
	const json_t *op, *ops = json_object_get(part, "ops");
	json_int_t repairs = 0, changes = 0;
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
			changes++;
			add_findings(wrong, op);
		}
	}
	json_array_foreach (json_object_get(part, "stages"), i, stage) {
		if (!sb_streq(sb_json_str(stage, "status"), "ok"))
			json_array_append_new(stages,
					      json_pack("{s:O, s:O, s:O?}", "stage",
							json_object_get(stage, "stage"), "status",
							json_object_get(stage, "status"), "error",
							json_object_get(stage, "error")));
	}
	*ret_writes += (json_int_t)json_array_size(ops);
	return json_pack("{s:s, s:o, s:o, s:o, s:O, s:O, s:o, s:{s:I, s:I, s:I}}", "slug", slug,
			 "adopted", adopted, "wrong", wrong, "missing", missing, "conflicts",
			 json_object_get(part, "conflicts"), "left", json_object_get(part, "left"),
			 "unread", stages, "writes", "adopt", repairs, "create",
			 (json_int_t)json_array_size(ops) - repairs - changes, "change", changes);
}

static json_t *build_document(const struct jobs *jobs)
{
	json_t *endpoints = json_array();
	json_int_t writes = 0, shared = 0;
	size_t i;

	for (i = 0; i < jobs->all.n; i++) {
		const json_t *part = jobs->all.outcomes[i].result.plan;

		if (!part)
			continue;
		shared += (json_int_t)json_array_size(json_object_get(part, "shared"));
		json_array_append_new(endpoints,
				      build_endpoint(jobs->all.outcomes[i].slug, part, &writes));
	}
	writes += shared;
	return json_pack("{s:o, s:{s:I, s:I, s:[i, i], s:i, s:f, s:f}}", "endpoints", endpoints,
			 "cost", "objects", writes, "shared", shared, "ms_per_object", MS_CHEAP,
			 MS_DEAR, "in_flight", LANES, "seconds_min",
			 (double)(writes * MS_CHEAP) / 1000.0 / LANES, "seconds_max",
			 (double)(writes * MS_DEAR) / 1000.0);
}

static json_int_t count_of(const json_t *entry)
{
	return json_integer_value(json_object_get(entry, "count"));
}

static void print_counts(struct out *out, const json_t *list, const char *title)
{
	const json_t *entry;
	size_t i;

	out_colored(out, OUT_BOLD, "  %s\n", title);
	if (!json_array_size(list))
		out_text(out, "    nothing\n");
	json_array_foreach (list, i, entry) {
		const char *by = sb_json_str(entry, "by");

		out_text(out, "    %6lld %s%s%s\n", (long long)count_of(entry),
			 sb_json_str(entry, "kind"), by ? ", by " : "", by ? by : "");
	}
}

static void print_repairs(struct out *out, const json_t *list)
{
	const json_t *entry, *example;
	size_t i;

	if (json_array_size(list))
		out_colored(out, OUT_BOLD, "  would be repaired\n");
	json_array_foreach (list, i, entry) {
		example = json_array_get(json_object_get(entry, "examples"), 0);
		out_text(out, "    %6lld %s; first ", (long long)count_of(entry),
			 sb_json_str(entry, "what"));
		out_safe(out, sb_json_str(example, "key"));
		out_text(out, "\n");
	}
}

static void print_conflicts(struct out *out, const json_t *list)
{
	const json_t *entry;
	size_t i;

	if (json_array_size(list))
		out_colored(out, OUT_YELLOW, "  conflicts, which need a decision\n");
	json_array_foreach (list, i, entry) {
		out_text(out, "    ");
		out_safe(out, sb_json_str(entry, "key"));
		out_text(out, "  ");
		out_safe(out, sb_json_str(entry, "why"));
		out_text(out, "\n");
	}
}

static void print_left(struct out *out, const json_t *list, bool is_stale, const char *title)
{
	const json_t *entry;
	size_t i, n = 0;

	json_array_foreach (list, i, entry) {
		const char *of = sb_json_str(entry, "of"), *status = sb_json_str(entry, "status");

		if (json_is_true(json_object_get(entry, "stale")) != is_stale)
			continue;
		if (!n++)
			out_colored(out, OUT_BOLD, "  %s\n", title);
		if (n == 11)
			out_text(out, "    ... (--format json lists all)\n");
		if (n > 10)
			continue;
		out_text(out, "    %s %lld \"", sb_json_str(entry, "kind"),
			 (long long)json_integer_value(json_object_get(entry, "id")));
		out_safe(out, sb_json_str(entry, "name"));
		out_text(out, "\"%s%s%s%s\n", of ? " of " : "", of ? of : "", status ? ", " : "",
			 status ? status : "");
	}
}

static void print_unread(struct out *out, const json_t *list)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry) {
		const char *error = sb_json_str(entry, "error");

		out_colored(out, OUT_RED, "  unknown: ");
		out_text(out, "%s: ", sb_json_str(entry, "stage"));
		out_safe(out, error ? error : sb_json_str(entry, "status"));
		out_text(out, "\n");
	}
}

static void print_audit(struct out *out, const json_t *doc)
{
	const json_t *cost = json_object_get(doc, "cost"), *endpoint;
	size_t i;

	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint) {
		const json_t *left = json_object_get(endpoint, "left");

		out_colored(out, OUT_CYAN, "%s\n", sb_json_str(endpoint, "slug"));
		print_counts(out, json_object_get(endpoint, "adopted"), "would be adopted");
		print_repairs(out, json_object_get(endpoint, "wrong"));
		print_counts(out, json_object_get(endpoint, "missing"),
			     "missing, would be created");
		print_conflicts(out, json_object_get(endpoint, "conflicts"));
		print_left(out, left, true,
			   "stale: its guest no longer exists; would not be changed");
		print_left(out, left, false, "matches nothing at the source; would not be changed");
		print_unread(out, json_object_get(endpoint, "unread"));
		out_text(out, "\n");
	}
	out_text(out,
		 "Nothing was written. A sync would write %lld objects, in about %.0f to %.0f "
		 "seconds\n(%d to %d ms each, as measured on NetBox 4.7 with two cores).\n",
		 (long long)json_integer_value(json_object_get(cost, "objects")),
		 json_real_value(json_object_get(cost, "seconds_min")),
		 json_real_value(json_object_get(cost, "seconds_max")), MS_CHEAP, MS_DEAR);
}

static int run_audit_takeover(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *doc = NULL;
	struct jobs jobs;
	size_t i;
	int rc, code = SB_EXIT_OK;

	if (jobs_open(cmd, SB_JOB_AUDIT, &jobs, &err) < 0)
		return cmd_fail(cmd, &err);
	rc = jobs_run_all(&jobs, &err);
	doc = build_document(&jobs);
	if (!rc && !cmd_signal() && doc && json_array_size(json_object_get(doc, "endpoints")))
		out_document(&cmd->out, doc, print_audit);
	jobs_report(&jobs);
	/* Pending changes are the subject of the page, not a failure. */
	for (i = 0; i < jobs.all.n; i++)
		if (jobs.all.outcomes[i].result.exit_code != SB_EXIT_CHANGES)
			code = sb_exit_worse(code, jobs.all.outcomes[i].result.exit_code);
	if (rc < 0)
		code = sb_exit_worse(code, cmd_fail(cmd, &err));
	if (cmd_signal())
		code = 128 + cmd_signal();
	jobs_close(&jobs);
	return code;
}

const struct cmd_entry cmd_audit_takeover = {
	.name = "audit-takeover",
	.args = "",
	.summary = "show what another tool left in NetBox and what a sync would do with it",
	.about =
		"Sends only GET requests. Reports what would be adopted and by which rule, what is "
		"wrong and would be repaired, what is missing, which conflicts need a decision, "
		"what would not be changed, and how long the first sync would take. Run "
		"\"bootstrap\" before, as for \"plan\".",
	.takes = CMD_TAKES_SELECTION,
	.run = run_audit_takeover,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* A run without a network: the test puts the rows, runs the diff, and checks plan and counters. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "diff/diff.h"
#include "diff/origin.h"
#include "run/account.h"
#include "run/account_count.h"
#include "run/policies.h"
#include "load/stages.h"
#include "run/run_create.h"
#include "stagebox/json.h"
#include "stagebox/record.h"

/*
 * The module "t" has six stages, each after the one before: t.guests (kind vm, rows "guest"),
 * t.nics (vm-interface, "nic"), t.ips (ip, "ip"), t.primary, which owns nothing and sets fields
 * of vm (rows "primary"), t.zports (interface, "port", keys "lab/node/..."), and t.znodes (device,
 * "node"); the last two run only when a test calls with_ports() or with_nodes(). A source row is a
 * description of the wanted object:
 *   {"set": {field: value}, "ref": {field: [kind, key]}, "refs": {field: [[kind, key], ...]},
 *    "unknown": {field: why}, "guess": {field: value}, "birth": marks, "was": [keys], "skip": why,
 *    "leave": why, "leave404": why, "fail": why, "asks": true (sends a request), "returns": code}
 * Texts of these tests write ' for ".
 */
struct fixture {
	struct sb_registry *registry;
	json_t *conf;
	struct sb_run *run;
	const char *demands[7]; /* per stage: [[kind, fields], ...] or NULL */
	int gone;               /* answer of prove_gone: 1, 0; -1 = it fails */
	unsigned gone_asked;
};

static struct fixture *fx;
static const struct sb_module *further; /* a further module of the test, or NULL */

static SB_UNUSED json_t *parse_quoted(const char *text)
{
	char *copy = strdup(text), *c;
	json_error_t where;
	json_t *value;

	for (c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	value = json_loads(copy, JSON_DECODE_ANY, &where);
	if (!value)
		print_error("%s: %s\n", copy, where.text);
	free(copy);
	assert_non_null(value);
	return value;
}

static void want_refs(struct sb_want *want, const json_t *row)
{
	const json_t *pair;
	const char *field;
	json_t *list;
	size_t i;

	json_object_foreach (json_object_get(row, "ref"), field, list)
		sb_want_ref(want, field, json_string_value(json_array_get(list, 0)),
			    json_string_value(json_array_get(list, 1)));
	json_object_foreach (json_object_get(row, "refs"), field, list) {
		sb_want_ref_add(want, field, NULL, NULL);
		json_array_foreach (list, i, pair)
			sb_want_ref_add(want, field, json_string_value(json_array_get(pair, 0)),
					json_string_value(json_array_get(pair, 1)));
	}
}

/* A row may also have "choice": {field: [[kind, key, is worse], ...]}. */
static void want_choices(struct sb_want *want, const json_t *row)
{
	const json_t *choice;
	const char *field;
	json_t *list;
	size_t i;

	json_object_foreach (json_object_get(row, "choice"), field, list)
		json_array_foreach (list, i, choice)
			sb_want_ref_choice(want, field,
					   json_string_value(json_array_get(choice, 0)),
					   json_string_value(json_array_get(choice, 1)),
					   json_is_true(json_array_get(choice, 2)));
}

static int want_row(struct sb_stage_run *stage, const char *key, const json_t *row,
		    struct sb_want *want, void *arg, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	const char *field, *text, *gone;
	json_t *value;
	size_t i;

	(void)arg;
	json_object_foreach (json_object_get(row, "set"), field, value)
		sb_want_set(want, field, json_incref(value));
	want_refs(want, row);
	want_choices(want, row);
	json_object_foreach (json_object_get(row, "unknown"), field, value) {
		sb_fail(&why, SB_E_TIMEOUT, "%s", json_string_value(value));
		sb_want_unknown(want, field, &why);
	}
	json_object_foreach (json_object_get(row, "guess"), field, value)
		if (sb_want_is_new(want))
			sb_want_set(want, field, json_incref(value));
	json_array_foreach (json_object_get(row, "was"), i, value)
		sb_want_was(want, json_string_value(value));
	json_array_foreach (json_object_get(row, "evidence"), i, value)
		sb_want_evidence(want, json_string_value(json_array_get(value, 0)),
				 json_string_value(json_array_get(value, 1)));
	text = sb_json_str(row, "birth");
	if (text)
		sb_want_birth(want, text);
	text = sb_json_str(row, "skip");
	if (text)
		sb_want_skip(want, text);
	gone = sb_json_str(row, "leave404");
	text = gone ? gone : sb_json_str(row, "leave");
	if (text) {
		sb_fail(&why, gone ? SB_E_NOTFOUND : SB_E_TIMEOUT, "%s", text);
		sb_want_leave(want, &why);
	}
	text = sb_json_str(row, "fail");
	if (text)
		return sb_fail(err, SB_E_SHAPE, "%s: %s", key, text);
	if (json_object_get(row, "absent"))
		sb_stage_absent(stage, "");
	if (json_object_get(row, "asks"))
		return sb_pve_ask(stage, NULL, NULL, key, SB_PVE_INLINE, err, "/version");
	return (int)json_integer_value(json_object_get(row, "returns"));
}

static int demand_shared(struct sb_stage_run *stage, const char *demands, struct sb_error *err)
{
	sb_autojson *list = demands ? parse_quoted(demands) : NULL;
	const json_t *pair;
	size_t i;
	int rc = 0;

	json_array_foreach (list, i, pair) {
		if (rc < 0)
			break;
		rc = sb_shared(stage, json_string_value(json_array_get(pair, 0)),
			       json_incref(json_array_get(pair, 1)), NULL, err);
	}
	return rc;
}

/* The comparison of one stage: the argument of its diff. */
struct part {
	size_t at; /* position of the stage */
	const char *kind, *source, *prefix;
	unsigned flags;
};

static struct part parts[] = {
	{0, "vm", "guest", "lab/qemu/", 0},
	{1, "vm-interface", "nic", "lab/qemu/", 0},
	{2, "ip", "ip", "lab/qemu/", 0},
	{3, "vm", "primary", "lab/qemu/", SB_RECONCILE_FIELDS},
	{4, "interface", "port", "lab/node/", 0},
	{5, "device", "node", "lab/node/", 0},
	{6, "t-gauge", "gauge", "lab/gauge/", 0},
};

/* A kind of the module: its used space changes by itself. */
static const struct sb_kind_field gauge_fields[] = {
	{.name = "name", .type = SB_FIELD_NAME, .traits = SB_TRAIT_TITLE},
	{.name = "used", .type = SB_FIELD_INT, .traits = SB_TRAIT_VOLATILE},
	{.name = "answer", .type = SB_FIELD_JSON, .traits = SB_TRAIT_UNREAD},
	{.name = "size", .type = SB_FIELD_INT},
	{.name = NULL},
};
static const struct sb_kind gauge_kind = {.size = sizeof(gauge_kind),
					  .name = "t-gauge",
					  .path = "t/gauges",
					  .object_type = "t.gauge",
					  .natural = (const char *const[]){"name", NULL},
					  .flags = SB_KIND_OWNED,
					  SB_TABLE(field, gauge_fields)};
static int64_t part_refresh_s; /* of the next diff */
static int diff_part(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	const struct part *part = arg;
	struct sb_reconcile reconcile = {.size = sizeof(reconcile),
					 .kind = part->kind,
					 .source = part->source,
					 .prefix = part->prefix,
					 .flags = part->flags,
					 .refresh_s = part_refresh_s,
					 .want = want_row};
	int rc = demand_shared(stage, fx->demands[part->at], err);

	return rc < 0 ? rc : sb_reconcile(stage, &reconcile, err);
}

static int prove_gone(struct sb_stage_run *stage, const char *key, void *arg, struct sb_error *err)
{
	(void)arg;
	fx->gone_asked++;
	if (fx->gone < 0)
		return sb_fail(err, SB_E_TIMEOUT, "asking for %s: no answer", key);
	return sb_gone(stage, key, fx->gone == 1);
}

/* All fields of a kind but those that another stage writes. The registry keeps the table until the
 * names are replaced by those of the next test. */
static const struct sb_write *all_fields(struct sb_ctx *ctx, size_t at, const char *const *others)
{
	static const char *names[7][64];
	static struct sb_write writes[7][2];
	const struct sb_kind *kind =
		sb_kinds_find(sb_registry_kinds(ctx->registry), parts[at].kind);
	const struct sb_kind_field *field;
	const char *const *other;
	size_t n = 0;

	for (field = kind->fields; field->name; field++) {
		for (other = others; other && *other && !sb_streq(*other, field->name); other++)
			;
		if (!other || !*other)
			names[at][n++] = field->name;
	}
	names[at][n] = NULL;
	writes[at][0] = (struct sb_write){kind->name, names[at], parts[at].prefix};
	return writes[at];
}

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	static const char *const of_primary[] = {"serial", "primary_ip4", "primary_ip6", NULL};
	static const struct sb_write primary[] = {{"vm", of_primary, "lab/qemu/"}, {0}};
	static const char *const after_guests[] = {"t.guests", NULL};
	static const char *const after_nics[] = {"t.nics", NULL};
	static const char *const after_ips[] = {"t.ips", NULL};
	static const char *const after_primary[] = {"?t.primary", NULL};
	static const char *const after_ports[] = {"?t.zports", NULL};
	static const char *const names[] = {"t.guests", "t.nics",   "t.ips", "t.primary",
					    "t.zports", "t.znodes", "t.zz"};
	static const char *const *const after[] = {
		NULL, after_guests, after_nics, after_ips, after_primary, after_ports, after_ports};
	struct sb_stage stage = {.size = sizeof(stage), .diff = diff_part};
	size_t i;
	int rc = 0;

	(void)ret_state;
	rc = sb_kind_add(ctx, &gauge_kind, err);
	for (i = 0; !rc && i < SB_ARRAY_LEN(names); i++) {
		stage.name = names[i];
		stage.after = after[i];
		stage.prove_gone = i == 0 ? prove_gone : NULL;
		stage.writes = i == 3 ? primary : all_fields(ctx, i, i == 0 ? of_primary : NULL);
		stage.write_size = sizeof(struct sb_write);
		stage.arg = &parts[i];
		rc = sb_stage_add(ctx, &stage, err);
	}
	return rc;
}

static const struct sb_module module_t = {.magic = SB_MODULE_MAGIC,
					  .abi_major = SB_ABI_MAJOR,
					  .abi_minor = SB_ABI_MINOR,
					  .size = sizeof(module_t),
					  .name = "t",
					  .version = "1",
					  .summary = "stages of data",
					  .start = start_module};

/* A stage by its position: 0 guests, 1 nics, 2 ips, 3 primary, 4 ports, 5 nodes. */
static SB_UNUSED struct sb_stage_run *get_stage(size_t at)
{
	return &fx->run->stages[at];
}

static SB_UNUSED int setup(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	size_t i;

	fx = calloc(1, sizeof(*fx));
	*state = fx;
	fx->gone = 1;
	fx->conf = parse_quoted("{'endpoints': [{'slug': 'lab', 'site': 'dc1'}], 'policy': {},"
				" 'prune': {'enabled': false, 'runs': 3, 'grace': 3600,"
				" 'address_runs': 2, 'address_grace': 600,"
				" 'max_percent': 100, 'max_count': 10}}");
	assert_int_equal(sb_registry_create(&fx->registry, &err), 0);
	if (sb_registry_add_static(fx->registry, &module_t, NULL, &err) < 0 ||
	    (further && sb_registry_add_static(fx->registry, further, NULL, &err) < 0) ||
	    sb_registry_seal(fx->registry, &err) < 0 ||
	    sb_run_create(fx->registry, fx->conf, "lab", 100000, &fx->run, &err) < 0)
		fail_msg("%s", err.text);
	for (i = 0; i < 4; i++)
		get_stage(i)->selected = get_stage(i)->needed = true;
	for (i = 0; i < fx->run->snap->n_lists; i++)
		fx->run->snap->lists[i].known = SB_KNOWN_COMPLETE;
	/* No other tool has written into this NetBox. */
	fx->run->snap->tools = json_object();
	return sb_table_put(fx->run->snap->asked, "?tools", "");
}

static SB_UNUSED void with_ports(void)
{
	get_stage(4)->selected = get_stage(4)->needed = true;
}

static SB_UNUSED void with_nodes(void)
{
	get_stage(5)->selected = get_stage(5)->needed = true;
}

static SB_UNUSED void with_gauges(void)
{
	get_stage(6)->selected = get_stage(6)->needed = true;
}

static SB_UNUSED int teardown(void **state)
{
	(void)state;
	sb_run_destroy(fx->run);
	sb_registry_destroy(fx->registry);
	json_decref(fx->conf);
	free(fx);
	fx = NULL;
	return 0;
}

static SB_UNUSED struct sb_nb_list *get_list(const char *kind)
{
	return sb_snapshot_list(fx->run->snap, kind);
}

/* Put a row of the source. */
static SB_UNUSED void put_row(const char *source, const char *key, const char *text)
{
	assert_int_equal(sb_row_put(get_stage(0), source, parse_quoted(text), NULL, "%s", key), 0);
}

static SB_UNUSED void read_empty(const char *source)
{
	assert_int_equal(sb_rows_read(get_stage(0), source), 0);
}

static SB_UNUSED void put_unknown(const char *source, const char *prefix, const char *why)
{
	struct sb_error err = SB_ERROR_INIT;

	sb_fail(&err, SB_E_TIMEOUT, "%s", why);
	assert_int_equal(sb_rows_unknown(get_stage(0), source, prefix, &err), 0);
}

/* By NetBox's change log our user created the object with this key. */
static SB_UNUSED void put_our_creation(const char *kind, const char *key, const json_t *answer)
{
	json_int_t id = json_integer_value(json_object_get(answer, "id"));
	sb_autojson *written = json_pack("{s:s}", "stagebox_key", key);
	char index[600];

	snprintf(index, sizeof(index), "%s#%" JSON_INTEGER_FORMAT, kind, id);
	assert_int_equal(sb_table_put(fx->run->snap->made, index, "1"), 0);
	snprintf(index, sizeof(index), "%s#%" JSON_INTEGER_FORMAT, key, id);
	assert_int_equal(sb_table_put_json(fx->run->snap->base, index, written), 0);
}

/* Put an object of NetBox, in the form of its answers; key "" = unowned or shared. It is one that
 * we created; "adopted": true = adopted, null = of version 0.1.0, which did not note that. */
static SB_UNUSED void put_netbox(const char *kind, const char *key, const char *text)
{
	sb_autojson *answer = parse_quoted(text);
	json_t *adopted = json_object_get(answer, "adopted");

	if (*key)
		json_object_set_new(
			answer, "custom_fields",
			json_pack("{s:s, s:s*, s:O}", "stagebox_key", key, "stagebox_birth",
				  sb_json_str(answer, "birth"), "stagebox_adopted",
				  adopted ? adopted : json_false()));
	assert_int_equal(sb_nb_list_take(get_list(kind), "lab", answer), 0);
	if (*key && (!adopted || json_is_false(adopted)))
		put_our_creation(kind, key, answer);
}

/* Answer the questions that are put before a part is deleted: NetBox's whole row of it, and (for an
 * interface) that no address is on it. */
static SB_UNUSED void answer_part(const char *kind, const char *key, const char *text)
{
	sb_autojson *answer = parse_quoted(text);
	json_int_t id = json_integer_value(json_object_get(answer, "id"));
	json_t *custom = json_object_get(answer, "custom_fields");
	char asked[100];

	if (!custom) {
		custom = json_object();
		json_object_set_new(answer, "custom_fields", custom);
	}
	json_object_set_new(custom, "stagebox_key", json_string(key));
	assert_int_equal(sb_origin_take(fx->run, NULL, get_list(kind)->kind, answer), 0);
	snprintf(asked, sizeof(asked), "%s?id=%" JSON_INTEGER_FORMAT, kind, id);
	assert_int_equal(sb_table_put(fx->run->snap->asked, asked, ""), 0);
	snprintf(asked, sizeof(asked), "ip?%sinterface_id=%" JSON_INTEGER_FORMAT,
		 sb_streq(kind, "interface") ? "" : "vm", id);
	assert_int_equal(sb_table_put(fx->run->snap->asked, asked, ""), 0);
}

/* Put a part of ours that may be deleted. */
static SB_UNUSED void put_part(const char *kind, const char *key, const char *text)
{
	put_netbox(kind, key, text);
	answer_part(kind, key, text);
}

/* Put a candidate for adoption, under the text of its natural key. */
static SB_UNUSED void put_unowned(const char *kind, const char *text)
{
	sb_autojson *answer = parse_quoted(text);
	sb_autojson *flat = sb_value_flatten(get_list(kind)->kind, answer);
	sb_autofree char *natural = sb_natural_text(get_list(kind)->kind, flat);

	assert_non_null(natural);
	assert_int_equal(sb_nb_list_take_unowned(get_list(kind), natural, answer), 0);
}

/* Mark a question as answered, with the rows of put_unowned() or with none. */
static SB_UNUSED void mark_asked(const char *question)
{
	assert_int_equal(sb_table_put(fx->run->snap->asked, question, ""), 0);
}

/* Mark the questions for unowned objects of cluster 1 and of guests 7 and 8 as answered. */
static SB_UNUSED void mark_all_asked(void)
{
	mark_asked("vm?cf_stagebox_key__empty=true&cluster_id=1");
	mark_asked("vm-interface?cf_stagebox_key__empty=true&virtual_machine_id=7");
	mark_asked("vm-interface?cf_stagebox_key__empty=true&virtual_machine_id=8");
}

/* Put the values that we wrote last into the store. */
static SB_UNUSED void put_applied(const char *key, const char *text)
{
	sb_autojson *fields = parse_quoted(text);

	assert_int_equal(sb_table_put_json(fx->run->snap->applied, key, fields), 0);
}

/* Put the values that we wrote last into NetBox's change log, asked and answered. */
static SB_UNUSED void put_change_log(const char *key, const char *text)
{
	sb_autojson *fields = parse_quoted(text);

	assert_int_equal(sb_table_put_json(fx->run->snap->base, key, fields), 0);
}

static SB_UNUSED void set_policy(const char *field, const char *word)
{
	json_t *policies = json_object_get(fx->conf, "policy");

	json_object_set_new(policies, field, json_string(word));
	assert_int_equal(sb_policies_read(fx->run, policies), 0);
}

static SB_UNUSED void prune_set(const char *name, json_t *value_take)
{
	json_object_set_new(json_object_get(fx->conf, "prune"), name, value_take);
}

static SB_UNUSED void put_missed(const char *key, int runs, int64_t seconds_ago)
{
	json_object_set_new(fx->run->snap->misses, key,
			    json_pack("{s:i, s:I}", "runs", runs, "since",
				      (json_int_t)(fx->run->now_s - seconds_ago)));
}

static SB_UNUSED struct sb_account *find_account(const char *kind)
{
	struct sb_diff *diff = fx->run->diff;
	size_t i;

	for (i = 0; i < diff->n_accounts; i++) {
		if (sb_streq(diff->accounts[i].kind->name, kind))
			return &diff->accounts[i];
	}
	fail_msg("no account of kind %s", kind);
	return NULL;
}

/* The account of a stage for fields of other stages' objects. */
static SB_UNUSED struct sb_account *find_fields_account(const char *stage, const char *kind)
{
	struct sb_diff *diff = fx->run->diff;
	size_t i;

	for (i = 0; i < diff->n_accounts; i++) {
		if (diff->accounts[i].fields_only && sb_streq(diff->accounts[i].kind->name, kind) &&
		    sb_streq(sb_run_stage_name(fx->run, diff->accounts[i].stage), stage))
			return &diff->accounts[i];
	}
	fail_msg("stage %s has no account for fields of kind %s", stage, kind);
	return NULL;
}

/* Diff with all questions answered, and check that every account balances after the plan. */
static SB_UNUSED void run_diff(void)
{
	struct sb_error err = SB_ERROR_INIT;
	size_t i;

	if (sb_diff_all(fx->run, &err) < 0 || sb_plan_link(&fx->run->diff->plan, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(fx->run->diff->n_questions, 0);
	assert_int_equal(sb_account_finish(fx->run), 0);
	for (i = 0; i < fx->run->diff->n_accounts; i++) {
		const struct sb_account *counts = &fx->run->diff->accounts[i];

		if (sb_account_check(counts, sb_run_stage_name(fx->run, counts->stage), &err) < 0)
			fail_msg("%s", err.text);
	}
}

static SB_UNUSED size_t n_ops(void)
{
	return fx->run->diff->plan.n;
}

/* The op of a key; the last one, when an update to a temporary name comes first. */
static SB_UNUSED const struct sb_op *op_of(const char *key, enum sb_verb verb)
{
	const struct sb_plan *plan = &fx->run->diff->plan;
	struct sb_op *found = NULL;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		if (sb_streq(plan->ops[i].key, key) && plan->ops[i].verb == verb)
			found = &plan->ops[i];
	}
	if (!found)
		fail_msg("no op of verb %d for %s", (int)verb, key);
	assert_int_equal(sb_op_open(found), 0);
	return found;
}

/* The update of a key by one stage. */
static SB_UNUSED struct sb_op *update_of(const char *stage, const char *key)
{
	struct sb_plan *plan = &fx->run->diff->plan;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		if (plan->ops[i].verb != SB_UPDATE || !sb_streq(plan->ops[i].key, key) ||
		    !sb_streq(plan->ops[i].stage, stage))
			continue;
		assert_int_equal(sb_op_open(&plan->ops[i]), 0);
		return &plan->ops[i];
	}
	fail_msg("stage %s does not update %s", stage, key);
	return NULL;
}

static SB_UNUSED void assert_json(const json_t *value, const char *expected)
{
	sb_autojson *want = parse_quoted(expected);
	char *text;

	if (json_equal(value, want))
		return;
	text = value ? json_dumps(value, JSON_SORT_KEYS | JSON_ENCODE_ANY) : strdup("(none)");
	print_error("is:     %s\nwanted: %s\n", text, expected);
	free(text);
	fail();
}

static SB_UNUSED void assert_says(const struct sb_error *why, const char *word)
{
	if (!strstr(why->text, word))
		fail_msg("\"%s\" is not in \"%s\"", word, why->text);
}

static SB_UNUSED void assert_status(size_t at, enum sb_stage_status status)
{
	if (get_stage(at)->status != status)
		fail_msg("stage %zu: status %d, not %d: %s", at, (int)get_stage(at)->status,
			 (int)status, get_stage(at)->why.text);
}

/* One guest as the source and as NetBox have it. */
#define GUEST(name)                                                                                \
	"{'set': {'name': '" name "', 'status': 'active', 'cluster': 1, 'memory': 2048}}"
#define GUEST_IN_NETBOX(id, name)                                                                  \
	"{'id': " #id ", 'name': '" name "', 'status': {'value': 'active'},"                       \
	" 'cluster': {'id': 1}, 'memory': 2048}"

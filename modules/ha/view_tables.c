/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the view for people. */
#include "view.h"

#include <stdlib.h>
#include <string.h>

void ha_add_table(struct ha_view *view, const char *title, const char *const *columns,
		  json_t *rows_take)
{
	json_t *table = json_pack("{s:s, s:o}", "title", title, "rows", rows_take);
	json_t *titles = columns ? json_array() : NULL;

	for (; columns && *columns; columns++)
		json_array_append_new(titles, json_string(*columns));
	if (titles)
		json_object_set_new(table, "columns", titles);
	json_array_append_new(json_object_get(view->document, "tables"), table);
}

json_t *ha_list_text(const json_t *texts)
{
	sb_autofree char *text = ha_join(texts);

	return text && *text ? json_string(text) : json_null();
}

json_t *ha_nodes_text(const json_t *nodes)
{
	sb_autojson *texts = json_array();
	const json_t *node;
	size_t i;

	json_array_foreach (nodes, i, node) {
		json_int_t priority = json_integer_value(json_object_get(node, "priority"));
		const char *name = sb_json_str(node, "node");

		json_array_append_new(
			texts, priority ? json_sprintf("%s:%" JSON_INTEGER_FORMAT, name, priority)
					: json_string(name));
	}
	return ha_list_text(texts);
}

json_t *ha_value_of(const json_t *object, const char *name)
{
	json_t *value = json_object_get(object, name);

	return value ? json_incref(value) : json_null();
}

/* "disarmed (freeze)"; null when it is unknown, and before the version that has it. */
static json_t *state_with_mode(const char *state, const char *mode)
{
	if (!state)
		return json_null();
	return mode ? json_sprintf("%s (%s)", state, mode) : json_string(state);
}

/* "static, ha-rebalance-on-start=1" */
static json_t *scheduler_text(const json_t *crs)
{
	sb_autojson *texts = json_array();
	const char *name;
	json_t *value;

	if (!json_is_object(crs))
		return json_null();
	json_array_append(texts, json_object_get(crs, "ha"));
	json_object_foreach ((json_t *)(uintptr_t)crs, name, value)
		if (!sb_streq(name, "ha"))
			json_array_append_new(
				texts, json_sprintf("%s=%s", name, json_string_value(value)));
	return ha_list_text(texts);
}

static void add_cluster(struct ha_view *view)
{
	static const char *const columns[] = {"QUORUM",    "MASTER",   "FENCING",
					      "SCHEDULER", "SHUTDOWN", NULL};
	const json_t *data = view->data;

	ha_add_table(
		view, "Cluster", columns,
		json_pack("[[o, o, o, o, o]]", ha_value_of(data, "quorate"),
			  ha_value_of(data, "master"),
			  state_with_mode(sb_json_str(data, "armed"), sb_json_str(data, "mode")),
			  scheduler_text(json_object_get(data, "crs")),
			  ha_value_of(data, "shutdown_policy")));
}

static void add_nodes(struct ha_view *view)
{
	static const char *const columns[] = {"NODE", "STATE", "LRM", NULL};
	json_t *rows = json_array(), *node;
	size_t i;

	json_array_foreach (json_object_get(view->data, "nodes"), i, node) {
		const char *mode = json_is_true(json_object_get(node, "dead"))
					   ? "dead"
					   : sb_json_str(node, "mode");

		json_array_append_new(rows,
				      json_pack("[o, o, o]", ha_value_of(node, "node"),
						ha_value_of(node, "state"),
						state_with_mode(sb_json_str(node, "lrm"), mode)));
	}
	ha_add_table(view, "Nodes", columns, rows);
}

/* "applied", "disabled", or what is wrong with it. */
static json_t *rule_state(const json_t *rule)
{
	const json_t *errors = json_object_get(rule, "errors");

	if (json_is_true(json_object_get(rule, "disabled")))
		return json_string("disabled");
	return json_array_size(errors) ? ha_list_text(errors) : json_string("applied");
}

/* "node-affinity", "resource-affinity (negative)" */
static json_t *rule_type(const json_t *rule)
{
	return state_with_mode(sb_json_str(rule, "type"), sb_json_str(rule, "affinity"));
}

static void add_rules(struct ha_view *view, const json_t *rules)
{
	static const char *const columns[] = {"RULE",   "TYPE",  "RESOURCES", "NODES",
					      "STRICT", "STATE", "COMMENT",   NULL};
	json_t *rows = json_array();
	const json_t *rule;
	size_t i;

	json_array_foreach (rules, i, rule) {
		bool has_nodes = json_array_size(json_object_get(rule, "nodes"));

		json_array_append_new(
			rows,
			json_pack("[o, o, o, o, o, o, o]", ha_value_of(rule, "rule"),
				  rule_type(rule), ha_list_text(json_object_get(rule, "resources")),
				  ha_nodes_text(json_object_get(rule, "nodes")),
				  has_nodes ? ha_value_of(rule, "strict") : json_null(),
				  rule_state(rule), ha_value_of(rule, "comment")));
	}
	ha_add_table(view, "Rules", columns, rows);
}

static void add_groups(struct ha_view *view, const json_t *groups)
{
	static const char *const columns[] = {"GROUP",      "NODES",   "RESTRICTED",
					      "NOFAILBACK", "COMMENT", NULL};
	json_t *rows = json_array();
	const json_t *group;
	size_t i;

	json_array_foreach (groups, i, group)
		json_array_append_new(
			rows,
			json_pack("[o, o, o, o, o]", ha_value_of(group, "group"),
				  ha_nodes_text(json_object_get(group, "nodes")),
				  ha_value_of(group, "restricted"),
				  ha_value_of(group, "nofailback"), ha_value_of(group, "comment")));
	ha_add_table(view, "Groups", columns, rows);
}

void ha_add_bindings(struct ha_view *view, const json_t *rules, const json_t *groups)
{
	if (json_is_array(rules))
		add_rules(view, rules);
	if (json_is_array(groups))
		add_groups(view, groups);
}

static void add_resources(struct ha_view *view)
{
	static const char *const by_group[] = {"RESOURCE", "GUEST",   "REQUESTED", "STATE",
					       "NODE",     "GROUP",   "RESTART",   "RELOCATE",
					       "FAILBACK", "COMMENT", NULL};
	static const char *const by_rule[] = {"RESOURCE", "GUEST",   "REQUESTED", "STATE",
					      "NODE",     "RULES",   "RESTART",   "RELOCATE",
					      "FAILBACK", "COMMENT", NULL};
	bool has_groups = json_object_get(view->data, "groups");
	json_t *rows = json_array(), *row;
	size_t i;

	json_array_foreach (json_object_get(view->data, "resources"), i, row)
		json_array_append_new(
			rows,
			json_pack("[o, s?, o, o, o, o, o, o, o, o]", ha_value_of(row, "sid"),
				  ha_name_of(row), ha_value_of(row, "requested"),
				  ha_value_of(row, "state"), ha_value_of(row, "node"),
				  has_groups ? ha_value_of(row, "group")
					     : ha_list_text(json_object_get(row, "rules")),
				  ha_value_of(row, "max_restart"), ha_value_of(row, "max_relocate"),
				  ha_value_of(row, "failback"), ha_value_of(row, "comment")));
	ha_add_table(view, "Resources", has_groups ? by_group : by_rule, rows);
}

void ha_add_tables(struct ha_view *view)
{
	add_cluster(view);
	if (json_is_array(json_object_get(view->data, "nodes")))
		add_nodes(view);
	ha_add_bindings(view, json_object_get(view->data, "rules"),
			json_object_get(view->data, "groups"));
	if (json_is_array(json_object_get(view->data, "resources")))
		add_resources(view);
}

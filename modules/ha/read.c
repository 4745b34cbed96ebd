/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about high availability as rows. Texts for people ("status") are in the format of the
 * server's locale, and times change with each request, so that neither is read. */
#include "ha.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stagebox/conf.h"
#include "stagebox/snap.h"
#include "stagebox/source.h"

const char *const ha_states[] = {
	"started",  "stopped",      "request_start", "request_start_balance",
	"starting", "request_stop", "stopping",      "disabled",
	"ignored",  "ignore",       "queued",        "not found",
	"migrate",  "relocate",     "freeze",        "fence",
	"recovery", "error",        "deleting",      "clearing error flag",
	"other",    NULL,
};

const char *ha_state_word(const char *state)
{
	const char *const *word;

	for (word = ha_states; *word; word++)
		if (sb_streq(*word, state))
			return *word;
	return "other";
}

const struct ha_reading ha_for_sync = {.is_full = false}, ha_for_view = {.is_full = true};

static bool is_full(const void *reading)
{
	return reading && ((const struct ha_reading *)reading)->is_full;
}

/* Another version of Proxmox VE has the call: its answers are 501, 404, and for groups this 500. */
static bool is_other_version(const struct sb_error *why)
{
	return why->http_status == 501 || why->http_status == 404 ||
	       strstr(why->text, "migrated to rules") != NULL;
}

static int note_absent(struct sb_stage_run *stage, const char *source, const char *what,
		       const struct sb_error *why, struct sb_error *err)
{
	struct sb_error reason = SB_ERROR_INIT;

	sb_fail(&reason, SB_E_UNSUPPORTED, "this Proxmox VE has no %s: %s", what, why->text);
	if (sb_rows_limited(stage, source, "", &reason) < 0)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", what);
	return 0;
}

/* A list that could not be read, or is none. */
static int note_unread(struct sb_stage_run *stage, const char *source, const char *what,
		       const struct sb_error *why, const void *reading, struct sb_error *err)
{
	struct sb_error reason = SB_ERROR_INIT;

	if (why && is_full(reading) && is_other_version(why))
		return note_absent(stage, source, what, why, err);
	if (why)
		reason = *why;
	else
		sb_fail(&reason, SB_E_SHAPE, "the answer has an unexpected structure");
	sb_context(&reason, reason.code, "%s", what);
	if (sb_rows_unknown(stage, source, "", &reason) < 0)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", what);
	return 0;
}

static int put_document(struct sb_stage_run *stage, const char *source, json_t *row_take,
			struct sb_error *err)
{
	int rc = sb_row_put(stage, source, row_take, err, "%s/ha", sb_run_endpoint(stage));

	return rc < 0 ? rc : sb_rows_read(stage, source);
}

static int put_item(struct sb_stage_run *stage, const char *source, const char *id,
		    json_t *row_take, struct sb_error *err)
{
	return sb_row_put(stage, source, row_take, err, "%s/ha/%s", sb_run_endpoint(stage), id);
}

/* Are the members absent, or texts? Names end with NULL. */
static bool has_texts(const json_t *item, const char *const *names)
{
	for (; *names; names++) {
		const json_t *value = json_object_get(item, *names);

		if (value && !json_is_null(value) && !json_is_string(value))
			return false;
	}
	return true;
}

/* Is the member absent, or an object? */
static bool may_be_object(const json_t *item, const char *name)
{
	const json_t *value = json_object_get(item, name);

	return !value || json_is_null(value) || json_is_object(value);
}

/* A word of Proxmox VE that is part of a key. */
static bool is_id(const char *text)
{
	return text && *text && strlen(text) < 128 && !strchr(text, '/');
}

/* Without quorum a node answers with what it knew when it was cut off. */
static int note_no_quorum(struct sb_stage_run *stage, struct sb_error *err)
{
	static const char *const sources[] = {HA_RESOURCES, HA_SERVICES, HA_BINDINGS};
	struct sb_error why = SB_ERROR_INIT;
	size_t i;

	sb_fail(&why, SB_E_STATE, "the cluster has no quorum: its lists may be outdated");
	for (i = 0; i < SB_ARRAY_LEN(sources); i++)
		if (sb_rows_unknown(stage, sources[i], "", &why) < 0)
			return sb_fail(err, SB_E_NOMEM, "HA: out of memory");
	return 0;
}

/* A list whose items have ids. */
struct list {
	const char *source, *what;
	const char *id; /* the member that is the id of an item */
	/** Put the row of an item. Returns 0, 1 when the item is malformed, or a failure. */
	int (*put)(struct sb_stage_run *stage, const char *id, const json_t *item,
		   const void *reading, struct sb_error *err);
};

static int read_list(struct sb_stage_run *stage, const struct list *list, const json_t *data,
		     const struct sb_error *why, const void *reading, struct sb_error *err)
{
	const json_t *item;
	size_t i;
	int rc;

	if (!json_is_array(data))
		return note_unread(stage, list->source, list->what, why, reading, err);
	json_array_foreach (data, i, item) {
		const char *id = sb_json_str(item, list->id);

		rc = is_id(id) ? list->put(stage, id, item, reading, err) : 1;
		if (rc > 0)
			return note_unread(stage, list->source, list->what, NULL, reading, err);
		if (rc < 0)
			return rc;
	}
	return sb_rows_read(stage, list->source);
}

static int put_resource(struct sb_stage_run *stage, const char *sid, const json_t *item,
			const void *reading, struct sb_error *err)
{
	static const char *const texts[] = {"group", "state", NULL};

	if (!has_texts(item, texts))
		return 1;
	return put_item(stage, HA_RESOURCES, sid,
			is_full(reading)
				? ha_parse_resource(item, sb_pve_major(stage))
				: json_pack("{s:s*, s:s*}", "group", sb_json_str(item, "group"),
					    "requested", sb_json_str(item, "state")),
			err);
}

static int on_resources(struct sb_stage_run *stage, const char *key, const json_t *data,
			const struct sb_error *why, void *arg, struct sb_error *err)
{
	static const struct list list = {HA_RESOURCES, "list of HA resources", "sid", put_resource};

	(void)key;
	return read_list(stage, &list, data, why, arg, err);
}

static int put_rule(struct sb_stage_run *stage, const char *rule, const json_t *item,
		    const void *reading, struct sb_error *err)
{
	const char *resources = sb_json_str(item, "resources");

	if (!resources || !may_be_object(item, "errors"))
		return 1;
	if (is_full(reading))
		return put_item(stage, HA_BINDINGS, rule, ha_parse_rule(item), err);
	if (!ha_rule_is_applied(item))
		return 0;
	return put_item(stage, HA_BINDINGS, rule,
			json_pack("{s:o}", "resources", ha_parse_list(resources)), err);
}

/* Rules since Proxmox VE 9. */
static int on_rules(struct sb_stage_run *stage, const char *key, const json_t *data,
		    const struct sb_error *why, void *arg, struct sb_error *err)
{
	static const struct list list = {HA_BINDINGS, "list of HA rules", "rule", put_rule};

	(void)key;
	return read_list(stage, &list, data, why, arg, err);
}

static int put_group(struct sb_stage_run *stage, const char *group, const json_t *item,
		     const void *reading, struct sb_error *err)
{
	(void)reading;
	return put_item(stage, HA_GROUPS, group, ha_parse_group(item), err);
}

/* Groups until Proxmox VE 8. */
static int on_groups(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	static const struct list list = {HA_GROUPS, "list of HA groups", "group", put_group};

	(void)key;
	return read_list(stage, &list, data, why, arg, err);
}

/* The guests of Proxmox VE, by whose names people know them. */
static int on_guests(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *item;
	int64_t vmid;
	size_t i;
	int rc = 0;

	(void)key;
	if (!json_is_array(data))
		return note_unread(stage, HA_GUESTS, "list of guests", why, arg, err);
	json_array_foreach (data, i, item) {
		const char *type = sb_json_str(item, "type"), *word = ha_word_of(type);

		if (!word || sb_json_int(item, "vmid", &vmid) < 0)
			continue;
		rc = sb_row_put(
			stage, HA_GUESTS,
			json_pack("{s:o, s:s*}", "sid", json_sprintf("%s:%" PRId64, word, vmid),
				  "name", sb_json_str(item, "name")),
			err, "%s/%s/%" PRId64, sb_run_endpoint(stage), type, vmid);
		if (rc < 0)
			return rc;
	}
	return sb_rows_read(stage, HA_GUESTS);
}

static int put_service(struct sb_stage_run *stage, const json_t *item, const void *reading,
		       struct sb_error *err)
{
	const char *sid = sb_json_str(item, "sid"), *state = sb_json_str(item, "state");

	if (!state)
		state = sb_json_str(item, "crm_state");
	if (!is_id(sid) || !state)
		return note_unread(stage, HA_SERVICES, "HA status", NULL, reading, err);
	return put_item(stage, HA_SERVICES, sid,
			is_full(reading) ? json_pack("{s:s, s:s?, s:s?}", "state", state, "node",
						     sb_json_str(item, "node"), "crm_state",
						     sb_json_str(item, "crm_state"))
					 : json_pack("{s:s}", "state", ha_state_word(state)),
			err);
}

/* Of the text for people, these parts are changed by no locale. */
static const struct {
	const char *part, *list;
} signs[] = {
	/* the last sign of life of a master or local resource manager is older than 30 seconds */
	{"old timestamp - dead?", "dead"},
	{"unable to read lrm status", "dead"},
	/* its time is ahead of that of the node that answered */
	{"detected time drift", "drift"},
};

/* In alphabetical order, whatever that of the answer is. */
static void insert_name(json_t *names, const char *name)
{
	const json_t *other;
	size_t i;

	json_array_foreach (names, i, other)
		if (strcmp(json_string_value(other), name) > 0)
			break;
	json_array_insert_new(names, i, json_string(name));
}

static void note_sign(const json_t *item, json_t *status)
{
	const char *text = sb_json_str(item, "status"), *id = sb_json_str(item, "id"),
		   *node = sb_json_str(item, "node");
	size_t i;

	if (node && !*node) /* of a manager that could not read the list of members */
		return;
	for (i = 0; text && id && i < SB_ARRAY_LEN(signs); i++) {
		if (!strstr(text, signs[i].part))
			continue;
		if (!json_object_get(status, signs[i].list))
			json_object_set_new(status, signs[i].list, json_array());
		insert_name(json_object_get(status, signs[i].list), id);
	}
}

/* 1, "1", true and their opposites. */
static bool is_bool(const json_t *item, const char *name)
{
	return sb_json_bool(item, name, false) == sb_json_bool(item, name, true);
}

/* Rows of quorum, master and fencing, and which of the others are dead. */
static void note_status(const json_t *item, const char *type, json_t *status)
{
	note_sign(item, status);
	if (sb_streq(type, "quorum") && is_bool(item, "quorate"))
		json_object_set_new(status, "quorate",
				    json_boolean(sb_json_bool(item, "quorate", false)));
	else if (sb_streq(type, "master") && sb_json_str(item, "node"))
		json_object_set(status, "master", json_object_get(item, "node"));
	if (!sb_streq(type, "fencing"))
		return;
	if (sb_json_str(item, "armed-state"))
		json_object_set(status, "armed", json_object_get(item, "armed-state"));
	if (sb_json_str(item, "resource_mode"))
		json_object_set(status, "mode", json_object_get(item, "resource_mode"));
}

static int read_status(struct sb_stage_run *stage, const json_t *data, const void *reading,
		       json_t *status, struct sb_error *err)
{
	const json_t *item;
	size_t i;
	int rc = 0;

	json_array_foreach (data, i, item) {
		const char *type = sb_json_str(item, "type");

		if (type && sb_streq(type, "service"))
			rc = put_service(stage, item, reading, err);
		else if (type)
			note_status(item, type, status);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int on_status(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	sb_autojson *status = json_object();
	int rc;

	(void)key;
	rc = json_is_array(data) ? read_status(stage, data, arg, status, err) : 0;
	if (rc < 0)
		return rc;
	if (!json_object_get(status, "quorate")) { /* no list, or one without this row */
		rc = note_unread(stage, HA_SERVICES, "HA status", why, arg, err);
		return rc < 0 ? rc : note_unread(stage, HA_STATUS, "HA status", why, arg, err);
	}
	rc = sb_rows_read(stage, HA_SERVICES);
	if (!rc && !is_full(arg) && !json_is_true(json_object_get(status, "quorate")))
		rc = note_no_quorum(stage, err);
	return rc < 0 ? rc : put_document(stage, HA_STATUS, sb_steal(status), err);
}

/* {"<node>": {"state", "lrm"}} of what the manager and the local resource managers say. */
static json_t *list_nodes(const json_t *manager, const json_t *lrms)
{
	json_t *nodes = json_object(), *value;
	const char *name;

	/* A manager that could not read the list of members knows a node without a name. */
	json_object_foreach ((json_t *)(uintptr_t)json_object_get(manager, "node_status"), name,
			     value)
		if (*name)
			json_object_set_new(nodes, name, json_pack("{s:O}", "state", value));
	json_object_foreach ((json_t *)(uintptr_t)lrms, name, value) {
		json_t *node = json_object_get(nodes, name);
		const char *state = sb_json_str(value, "state"), *mode = sb_json_str(value, "mode");

		if (!*name)
			continue;
		if (!node) {
			node = json_object();
			json_object_set_new(nodes, name, node);
		}
		json_object_set_new(node, "lrm", json_string(state ? state : "unknown"));
		if (mode && !sb_streq(mode, "active"))
			json_object_set_new(node, "mode", json_string(mode));
	}
	return nodes;
}

/* The manager knows nothing before its first run. */
static int on_manager(struct sb_stage_run *stage, const char *key, const json_t *data,
		      const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *manager = json_object_get(data, "manager_status");

	(void)key;
	if (!json_is_object(manager) || !may_be_object(manager, "node_status") ||
	    !may_be_object(data, "lrm_status"))
		return note_unread(stage, HA_MANAGER, "status of the HA manager", why, arg, err);
	return put_document(
		stage, HA_MANAGER,
		json_pack("{s:s*, s:o}", "master", sb_json_str(manager, "master_node"), "nodes",
			  list_nodes(manager, json_object_get(data, "lrm_status"))),
		err);
}

/* Is the member absent, or an option of several values? */
static bool is_option(const json_t *options, const char *name)
{
	return json_is_string(json_object_get(options, name)) || may_be_object(options, name);
}

/* Without an option Proxmox VE uses these. */
static int on_options(struct sb_stage_run *stage, const char *key, const json_t *data,
		      const struct sb_error *why, void *arg, struct sb_error *err)
{
	sb_autojson *crs = NULL, *ha = NULL;
	const char *policy;

	(void)key;
	if (!json_is_object(data) || !is_option(data, "crs") || !is_option(data, "ha"))
		return note_unread(stage, HA_OPTIONS, "options of the cluster", why, arg, err);
	crs = ha_parse_property(json_object_get(data, "crs"), "ha");
	ha = ha_parse_property(json_object_get(data, "ha"), "shutdown_policy");
	if (!json_object_get(crs, "ha"))
		json_object_set_new(crs, "ha", json_string("basic"));
	policy = sb_json_str(ha, "shutdown_policy");
	return put_document(stage, HA_OPTIONS,
			    json_pack("{s:O, s:s}", "crs", crs, "shutdown_policy",
				      policy ? policy : "conditional"),
			    err);
}

static int ask_path(struct sb_stage_run *stage, const char *path, sb_answer_fn *on_answer,
		    void *arg, struct sb_error *err)
{
	const struct sb_ask request = {.size = sizeof(request),
				       .what = path,
				       .cost = SB_PVE_INLINE,
				       .on_answer = on_answer,
				       .arg = arg};

	return sb_ask(stage, &request, err);
}

/* Up to Proxmox VE 8 the group is a member of the resource, and only people want to know more. */
static int ask_bindings(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	if (sb_pve_major(stage) >= 9)
		return ask_path(stage, "/cluster/ha/rules", on_rules, arg, err);
	return is_full(arg) ? ask_path(stage, "/cluster/ha/groups", on_groups, arg, err)
			    : sb_rows_read(stage, HA_BINDINGS);
}

static int ask_all(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	static const struct {
		const char *path;
		sb_answer_fn *on_answer;
	} lists[] = {
		{"/cluster/ha/resources", on_resources},
		{"/cluster/ha/status/current", on_status},
		{"/cluster/ha/status/manager_status", on_manager},
		{"/cluster/options", on_options},
	};
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < SB_ARRAY_LEN(lists); i++)
		rc = ask_path(stage, lists[i].path, lists[i].on_answer, arg, err);
	return rc < 0 ? rc : ask_bindings(stage, arg, err);
}

int ha_fetch(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	int rc = sb_row_put(stage, HA_CLUSTER, json_object(), err, "%s/cluster",
			    sb_run_endpoint(stage));

	return rc < 0 ? rc : ask_all(stage, arg, err);
}

int ha_fetch_view(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	int rc = ask_path(stage, "/cluster/resources?type=vm", on_guests, arg, err);

	return rc < 0 ? rc : ask_all(stage, arg, err);
}

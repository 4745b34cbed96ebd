/* SPDX-License-Identifier: Apache-2.0 */
/* Stage ceph.crush: the rules of the CRUSH map. Their list has names only; what they do is in the
 * map, one text that the server makes with crushtool. */
#include "ceph.h"

#include <stdio.h>
#include <string.h>

#include "crush.h"
#include "stagebox/conf.h"
#include "stagebox/snap.h"

static int read_names(struct sb_stage_run *stage, const json_t *data, struct sb_error *err);
static int read_map(struct sb_stage_run *stage, const json_t *data, struct sb_error *err);

static const char *const sources[] = {CEPH_CRUSH_RULE, NULL};
static const struct ceph_list name_list = {
	.path = "rules", .what = "list of CRUSH rules", .sources = sources, .read = read_names};
static const struct ceph_list map_list = {
	.path = "crush", .what = "CRUSH map", .sources = sources, .read = read_map};

/* The other fields are not set: without the map, NetBox's values stay. */
static int put_name(struct sb_stage_run *stage, const struct ceph_list *list, const json_t *item,
		    struct sb_error *err)
{
	const char *name = sb_json_str(item, "name");

	(void)list;
	return sb_row_put(stage, CEPH_CRUSH_RULE, json_pack("{s:{s:s}}", "fields", "name", name),
			  err, "%s/" CEPH_CRUSH_RULE "/%s", sb_run_endpoint(stage), name);
}

static int read_names(struct sb_stage_run *stage, const json_t *data, struct sb_error *err)
{
	int rc = ceph_put_items(stage, &name_list, data, "name", put_name, err);

	if (rc < 0)
		return rc;
	rc = sb_rows_read(stage, CEPH_CRUSH_RULE);
	if (rc < 0 || !sb_opt_bool(stage, "crush_map"))
		return rc;
	return ceph_ask(stage, &map_list, err);
}

/* Is it in the list of names, which says what exists? Of rules of one name the first one counts. */
static bool is_listed(const struct sb_stage_run *stage, const json_t *rule)
{
	const char *name = sb_json_str(rule, "name");
	sb_autojson *row = NULL;
	char key[512];

	if (!ceph_is_id(name) || json_object_get(rule, "duplicate") ||
	    json_object_get(rule, "incomplete"))
		return false;
	snprintf(key, sizeof(key), "%s/" CEPH_CRUSH_RULE "/%s", sb_run_endpoint(stage), name);
	row = sb_row_get(stage, CEPH_CRUSH_RULE, key);
	return row != NULL;
}

/* New reference; NULL = the map has none. */
static json_t *scrub_steps(const json_t *rule)
{
	const json_t *steps = json_object_get(rule, "steps");

	return steps ? sb_json_scrub(steps) : NULL;
}

static int put_rule(struct sb_stage_run *stage, const json_t *rule, struct sb_error *err)
{
	static const char *const stable[] = {"text", NULL};
	const char *name = sb_json_str(rule, "name");
	const struct ceph_object object = {
		.kind = CEPH_CRUSH_RULE,
		.id = name,
		.fields = json_pack("{s:s, s:o*, s:o*, s:o*, s:o*}", "name", name, "rule_id",
				    ceph_int(rule, "id"), "rule_type", ceph_text(rule, "type"),
				    "device_class", ceph_text(rule, "device_class"), "steps",
				    scrub_steps(rule)),
		.from = rule,
		.stable = stable,
	};

	return ceph_put_object(stage, &object, err);
}

static int note_incomplete(struct sb_stage_run *stage, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;

	sb_fail(&why, SB_E_SHAPE, "the text ends within a block");
	return ceph_note_unread(stage, &map_list, &why, err);
}

static int read_map(struct sb_stage_run *stage, const json_t *data, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *map = NULL;
	const json_t *rule;
	size_t i;
	int rc = 0;

	if (!json_is_string(data))
		return ceph_note_unread(stage, &map_list, NULL, err);
	map = ceph_crush_read(json_string_value(data), json_string_length(data), &why);
	if (!map)
		return why.code == SB_E_NOMEM ? sb_fail(err, SB_E_NOMEM, "%s", why.text)
					      : ceph_note_unread(stage, &map_list, &why, err);
	json_array_foreach (json_object_get(map, "rules"), i, rule) {
		if (is_listed(stage, rule))
			rc = put_rule(stage, rule, err);
		if (rc < 0)
			return rc;
	}
	return json_object_get(map, "incomplete") ? note_incomplete(stage, err) : 0;
}

int ceph_fetch_crush(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return ceph_ask(stage, &name_list, err);
}

int ceph_diff_crush(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return ceph_reconcile(stage, CEPH_CRUSH_RULE, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Stage ha.guests: what the HA manager does with each guest, in custom fields that people can
 * filter by. The guests themselves belong to other modules. */
#include "ha.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stagebox/conf.h"
#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

/* The families of guests, in keys, and the words for them in the ids of resources. */
static const struct {
	const char *type, *word;
} families[] = {{"qemu", "vm"}, {"lxc", "ct"}};

const char *ha_word_of(const char *type)
{
	size_t i;

	for (i = 0; type && i < SB_ARRAY_LEN(families); i++)
		if (sb_streq(families[i].type, type))
			return families[i].word;
	return NULL;
}

const char *ha_type_of(const char *sid)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(families); i++)
		if (sb_starts_with(sid, families[i].word) && sid[strlen(families[i].word)] == ':')
			return families[i].type;
	return NULL;
}

struct guests {
	const char *word;
};

static int put_guest(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		     struct sb_error *err)
{
	const struct guests *guests = arg;
	const char *vmid = strrchr(key, '/');

	(void)row;
	return sb_row_put(stage, HA_GUESTS,
			  json_pack("{s:o}", "sid", json_sprintf("%s:%s", guests->word, vmid + 1)),
			  err, "%s", key);
}

int ha_fetch_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	char prefix[128];
	size_t i;
	struct sb_error why = SB_ERROR_INIT;
	enum sb_rows_known known = sb_rows_state(stage, "resource", "", &why);
	int rc = sb_rows_read(stage, HA_GUESTS);

	(void)arg;
	if (!rc && (known == SB_ROWS_UNKNOWN || known == SB_ROWS_PARTIAL))
		rc = sb_rows_unknown(stage, HA_GUESTS, "", &why);
	for (i = 0; !rc && i < SB_ARRAY_LEN(families); i++) {
		struct guests guests = {families[i].word};

		snprintf(prefix, sizeof(prefix), "%s/%s/", sb_run_endpoint(stage),
			 families[i].type);
		rc = sb_rows_each(stage, "resource", prefix, put_guest, &guests, err);
	}
	return rc;
}

json_t *ha_get_item(const struct sb_stage_run *stage, const char *source, const char *id)
{
	char key[256];

	snprintf(key, sizeof(key), "%s/ha/%s", sb_run_endpoint(stage), id);
	return sb_row_get(stage, source, key);
}

/* Is a list known as a whole? Else NetBox's value of the field stays, with the reason. */
static bool is_read(const struct sb_stage_run *stage, const char *source, const char *field,
		    struct sb_want *want)
{
	struct sb_error why = SB_ERROR_INIT;
	enum sb_rows_known known = sb_rows_state(stage, source, "", &why);

	if (known != SB_ROWS_COMPLETE)
		sb_want_unknown(want, field, &why);
	return known == SB_ROWS_COMPLETE;
}

/* A resource that came between the two lists: its state stays. */
static void want_state(const struct sb_stage_run *stage, const char *sid, struct sb_want *want)
{
	sb_autojson *service = NULL;

	if (!is_read(stage, HA_SERVICES, HA_FIELD_STATE, want))
		return;
	service = ha_get_item(stage, HA_SERVICES, sid);
	if (service)
		sb_want_str(want, HA_FIELD_STATE, sb_json_str(service, "state"));
}

struct search {
	const char *sid;
	json_t *rules; /* names of the rules so far */
};

static int note_rule(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		     struct sb_error *err)
{
	struct search *search = arg;
	const json_t *resource;
	size_t i;

	(void)stage;
	json_array_foreach (json_object_get(row, "resources"), i, resource)
		if (sb_streq(json_string_value(resource), search->sid))
			return json_array_append_new(search->rules,
						     json_string(strrchr(key, '/') + 1)) < 0
				       ? sb_fail(err, SB_E_NOMEM, "HA rules: out of memory")
				       : 0;
	return 0;
}

/* The names of the rules that bind the guest, by name. */
static int want_rules(struct sb_stage_run *stage, const char *sid, struct sb_want *want,
		      struct sb_error *err)
{
	sb_autojson *rules = json_array();
	struct search search = {.sid = sid, .rules = rules};
	sb_autofree char *text = NULL;
	int rc;

	if (!is_read(stage, HA_BINDINGS, HA_FIELD_GROUP, want))
		return 0;
	rc = sb_rows_each(stage, HA_BINDINGS, "", note_rule, &search, err);
	text = rc < 0 ? NULL : ha_join(rules);
	if (rc < 0 || !text)
		return rc < 0 ? rc : sb_fail(err, SB_E_NOMEM, "HA rules: out of memory");
	sb_want_str(want, HA_FIELD_GROUP, *text ? text : NULL);
	return 0;
}

/* Groups until Proxmox VE 8; since then they are rules, also while they are not migrated. */
static int want_group(struct sb_stage_run *stage, const char *sid, const json_t *resource,
		      struct sb_want *want, struct sb_error *err)
{
	if (sb_pve_major(stage) >= 9)
		return want_rules(stage, sid, want, err);
	sb_want_str(want, HA_FIELD_GROUP, sb_json_str(resource, "group"));
	return 0;
}

static int want_guest(struct sb_stage_run *stage, const char *key, const json_t *row,
		      struct sb_want *want, void *arg, struct sb_error *err)
{
	const char *sid = sb_json_str(row, "sid");
	sb_autojson *resource = NULL;

	(void)key, (void)arg;
	if (!is_read(stage, HA_RESOURCES, HA_FIELD_MANAGED, want))
		return 0;
	resource = ha_get_item(stage, HA_RESOURCES, sid);
	sb_want_bool(want, HA_FIELD_MANAGED, ha_is_managed(resource));
	if (!resource) {
		sb_want_null(want, HA_FIELD_STATE);
		sb_want_null(want, HA_FIELD_GROUP);
		return 0;
	}
	want_state(stage, sid, want);
	return want_group(stage, sid, resource, want, err);
}

int ha_diff_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	char prefix[128];
	const struct sb_reconcile reconcile = {
		.size = sizeof(reconcile),
		.kind = "vm",
		.source = HA_GUESTS,
		.prefix = prefix,
		.flags = SB_RECONCILE_FIELDS,
		.want = want_guest,
	};
	size_t i;
	int rc = 0;

	(void)arg;
	for (i = 0; !rc && i < SB_ARRAY_LEN(families); i++) {
		snprintf(prefix, sizeof(prefix), "%s/%s/", sb_run_endpoint(stage),
			 families[i].type);
		rc = sb_reconcile(stage, &reconcile, err);
	}
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The diff of guests, which are virtual machines in NetBox. */
#include "guest/guest_priv.h"

#include <stdio.h>
#include <string.h>

#define MAX_VCPUS  9999.99
#define MAX_MEMORY INT64_C(2147483647)

/* Data for all guests of one diff. */
struct guests {
	const struct sb_guest_family *family;
	struct sb_guest_sources sources;
	char *cluster_key;  /* owned */
	json_t *names;      /* owned; see sb_guest_names() */
	json_t *tag_colors; /* owned; NULL = could not be read */
	bool tags_are_cased;
	const char *site, *role, *vm_type; /* keys, borrowed from the run; NULL = none */
};

static void guests_finish(struct guests *guests)
{
	free(guests->cluster_key);
	json_decref(guests->names);
	json_decref(guests->tag_colors);
}

#define autoguests SB_CLEANUP(guests_finish) struct guests

const char *sb_guest_status(const char *status)
{
	static const struct {
		const char *from, *to;
	} map[] = {
		{"running", "active"},        {"stopped", "offline"},       {"paused", "paused"},
		{"suspended", "paused"},      {"prelaunch", "staged"}, /* exists, but its CPUs are
									  not started */
		{"shutdown", "offline"},      {"io-error", "failed"}, /* these three pause a machine
									 until somebody acts */
		{"internal-error", "failed"}, {"guest-panicked", "failed"},
	};
	size_t i;

	for (i = 0; status && i < SB_ARRAY_LEN(map); i++)
		if (sb_streq(status, map[i].from))
			return map[i].to;
	return NULL;
}

int sb_guest_demand(struct sb_stage_run *stage, const char *kind, const char *name,
		    const char *slug, json_t *extra_take, const char **ret_key,
		    struct sb_error *err)
{
	sb_autojson *extra = extra_take;
	sb_autofree char *made = slug ? NULL : sb_slug(name);
	sb_autojson *fields = NULL;

	if (slug || made)
		fields = json_pack("{s:s,s:s}", "name", name, "slug", slug ? slug : made);
	if (!fields || (extra && json_object_update(fields, extra) < 0))
		return sb_fail(err, SB_E_NOMEM, "%s %s: out of memory", kind, name);
	return sb_shared(stage, kind, sb_steal(fields), ret_key, err);
}

int sb_guest_demand_site(struct sb_stage_run *stage, const char **ret_key, struct sb_error *err)
{
	const char *site = sb_run_site(stage);

	*ret_key = NULL;
	if (!*site)
		return 0;
	return sb_guest_demand(stage, "site", site, NULL, json_pack("{s:s}", "status", "active"),
			       ret_key, err);
}

static int demand_shared(struct sb_stage_run *stage, struct guests *guests, struct sb_error *err)
{
	const struct sb_guest_family *family = guests->family;
	int rc = sb_guest_demand_site(stage, &guests->site, err);

	if (rc < 0)
		return rc;
	rc = sb_guest_demand(stage, "device-role", family->role_name, family->role_slug,
			     json_pack("{s:s,s:b}", "color", family->role_color, "vm_role", 1),
			     &guests->role, err);
	if (rc < 0 || !sb_kind_available(stage, "vm-type"))
		return rc;
	return sb_guest_demand(stage, "vm-type", family->vm_type_name, family->vm_type_slug, NULL,
			       &guests->vm_type, err);
}

/* Request one tag of a guest. Its colour is not managed if the datacenter options are unread. */
static int want_tag(struct sb_stage_run *stage, const struct guests *guests, struct sb_want *want,
		    const char *tag, struct sb_error *err)
{
	const char *color = sb_json_str(guests->tag_colors, tag), *key;
	sb_autofree char *slug = NULL;
	json_t *extra = NULL;
	char derived[7];
	int rc;

	if (guests->tag_colors) {
		sb_guest_tag_color(tag, derived);
		extra = json_pack("{s:s}", "color", color ? color : derived);
	}
	if (guests->tags_are_cased)
		slug = sb_slug_exact(tag);
	rc = sb_guest_demand(stage, "tag", tag, slug, extra, &key, err);
	if (rc < 0)
		return rc;
	sb_want_ref_add(want, "tags", "tag", key);
	return 0;
}

static int want_tags(struct sb_stage_run *stage, const struct guests *guests, const json_t *row,
		     struct sb_want *want, struct sb_error *err)
{
	const json_t *written = json_object_get(row, "tags"), *tag; /* borrowed */
	sb_autojson *folded = guests->tags_are_cased ? NULL : sb_guest_tags_folded(written);
	struct sb_error why = SB_ERROR_INIT;
	size_t i;
	int rc;

	if (!written) /* unknown */
		return 0;
	if (!guests->tag_colors && sb_guest_tags_have_case(written)) {
		sb_fail(&why, SB_E_STATE,
			"the datacenter options were not read, so it is not known whether the case "
			"of its tags counts");
		sb_want_unknown(want, "tags", &why);
		return 0;
	}
	sb_want_ref_add(want, "tags", "tag", NULL);
	json_array_foreach (guests->tags_are_cased ? written : folded, i, tag) {
		rc = want_tag(stage, guests, want, json_string_value(tag), err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int want_named_platform(struct sb_stage_run *stage, const char *name, const char *slug,
			       struct sb_want *want, struct sb_error *err)
{
	const char *key;
	int rc = sb_guest_demand(stage, "platform", name, slug, NULL, &key, err);

	if (rc < 0)
		return rc;
	sb_want_ref(want, "platform", "platform", key);
	return 0;
}

static int want_platform(struct sb_stage_run *stage, const struct guests *guests, const char *guest,
			 const json_t *row, struct sb_want *want, struct sb_error *err)
{
	const struct sb_guest_platform *platform = guests->family->platforms;
	const char *ostype = sb_json_str(row, "ostype"), *name;
	sb_autojson *os = sb_row_get(stage, guests->sources.os, guest);

	name = sb_json_str(os, "name");
	if (name)
		return want_named_platform(stage, name, NULL, want, err);
	if (os && !sb_want_is_new(want)) /* an earlier answer is better than a guess */
		return 0;
	for (; ostype && platform->ostype; platform++) {
		if (!sb_streq(ostype, platform->ostype))
			continue;
		return want_named_platform(stage, platform->name, platform->slug, want, err);
	}
	return 0; /* people set the platform of other systems */
}

static int want_notes(const json_t *row, struct sb_want *want, struct sb_error *err)
{
	const char *notes = sb_json_str(row, "notes");
	json_t *description, *comments;
	int rc = sb_guest_notes(notes ? notes : "", &description, &comments, err);

	if (rc < 0)
		return rc;
	sb_want_set(want, "description", description);
	sb_want_set(want, "comments", comments);
	return 0;
}

static void want_status(const json_t *row, struct sb_want *want)
{
	const char *status = sb_json_str(row, "status"), *choice = sb_guest_status(status);
	struct sb_error why = SB_ERROR_INIT;

	if (choice) {
		sb_want_str(want, "status", choice);
		return;
	}
	sb_fail(&why, SB_E_UNSUPPORTED, "status \"%s\" has no counterpart in NetBox",
		status ? status : "");
	sb_want_unknown(want, "status", &why);
}

/* A size in the config that NetBox cannot hold, or that is not a number. */
static void want_unusable(struct sb_want *want, const char *field, const json_t *value)
{
	sb_autofree char *text = json_dumps(value, JSON_ENCODE_ANY);
	struct sb_error why = SB_ERROR_INIT;

	sb_fail(&why, SB_E_SHAPE, "the value of its config is not valid: %.60s", text ? text : "");
	sb_want_unknown(want, field, &why);
}

static void want_size(const json_t *row, struct sb_want *want)
{
	double vcpus;
	int64_t memory;

	if (!json_object_get(row, "vcpus"))
		;
	else if (!sb_json_real(row, "vcpus", &vcpus) && vcpus >= 0.01 && vcpus <= MAX_VCPUS)
		sb_want_set(want, "vcpus", json_incref(json_object_get(row, "vcpus")));
	else
		want_unusable(want, "vcpus", json_object_get(row, "vcpus"));
	if (!json_object_get(row, "memory"))
		;
	else if (!sb_json_int(row, "memory", &memory) && memory >= 0 && memory <= MAX_MEMORY)
		sb_want_int(want, "memory", memory);
	else
		want_unusable(want, "memory", json_object_get(row, "memory"));
}

static int want_device(struct sb_stage_run *stage, const json_t *row, struct sb_want *want,
		       struct sb_error *err)
{
	const char *node = sb_json_str(row, "node");
	sb_autofree char *key =
		sb_guest_format("%s/node/%s", sb_run_endpoint(stage), node ? node : "");

	if (!key)
		return sb_fail(err, SB_E_NOMEM, "node of a guest: out of memory");
	sb_want_ref(want, "device", "device", key);
	/* The name of the node is written only while the reference cannot show it. */
	if (!sb_want_refers(want, "device", "device", key))
		sb_want_str(want, "stagebox_node", node);
	else if (!sb_want_is_new(want))
		sb_want_null(want, "stagebox_node");
	return 0;
}

static int want_name(const struct guests *guests, const json_t *row, struct sb_want *want,
		     struct sb_error *err)
{
	const char *name = sb_json_str(row, "name");
	sb_autofree char *unique = NULL;
	int64_t vmid = 0;

	sb_json_int(row, "vmid", &vmid);
	unique = sb_guest_unique_name(guests->names, name ? name : "", (uint32_t)vmid);
	if (!unique)
		return sb_fail(err, SB_E_NOMEM, "name of a guest: out of memory");
	sb_want_str(want, "name", unique);
	if (vmid)
		sb_want_int(want, "stagebox_vmid", vmid);
	return 0;
}

void sb_guest_want_unknown(const json_t *row, struct sb_want *want)
{
	json_t *unknown = json_object_get(row, "unknown"), *reason; /* borrowed */
	struct sb_error why = SB_ERROR_INIT;
	const char *field;

	json_object_foreach (unknown, field, reason) {
		/* NetBox needs a name: a new object gets the one that is left. */
		if (sb_streq(field, "name") && sb_want_is_new(want))
			continue;
		sb_fail(&why, SB_E_SHAPE, "%s", json_string_value(reason));
		sb_want_unknown(want, field, &why);
	}
}

static int want_guest(struct sb_stage_run *stage, const char *key, const json_t *row,
		      struct sb_want *want, void *arg, struct sb_error *err)
{
	const struct guests *guests = arg;
	const char *skip = sb_json_str(row, "skip"), *birth = sb_json_str(row, "birth");
	int rc;

	if (skip) {
		sb_want_skip(want, skip);
		return 0;
	}
	rc = want_name(guests, row, want, err);
	if (rc < 0)
		return rc;
	sb_want_ref(want, "cluster", "cluster", guests->cluster_key);
	if (guests->site)
		sb_want_ref(want, "site", "site", guests->site);
	else if (!sb_want_is_new(want))
		sb_want_null(want, "site");
	sb_want_ref(want, "role", "device-role", guests->role);
	if (guests->vm_type)
		sb_want_ref(want, "virtual_machine_type", "vm-type", guests->vm_type);
	want_status(row, want);
	want_size(row, want);
	sb_want_str(want, "start_on_boot", sb_json_bool(row, "onboot", false) ? "on" : "off");
	if (birth)
		sb_want_birth(want, birth);
	rc = want_device(stage, row, want, err);
	if (!rc)
		rc = want_platform(stage, guests, key, row, want, err);
	if (!rc)
		rc = want_notes(row, want, err);
	if (!rc)
		sb_guest_want_metadata(stage, json_object_get(row, "metadata"), guests->site, want);
	if (!rc)
		rc = want_tags(stage, guests, row, want, err);
	sb_guest_want_unknown(row, want);
	return rc;
}

int sb_guest_diff_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	const struct sb_guest_family *family = arg;
	sb_autofree char *prefix = sb_guest_prefix(stage, family);
	sb_autojson *options = NULL;
	autoguests guests = {.family = family,
			     .cluster_key = sb_guest_format("%s/cluster", sb_run_endpoint(stage))};
	struct sb_reconcile reconcile = {.size = sizeof(reconcile), .kind = "vm"};
	int rc;

	if (!prefix || !guests.cluster_key)
		return sb_fail(err, SB_E_NOMEM, "guests: out of memory");
	options = sb_row_get(stage, "cluster-options", guests.cluster_key);
	if (options) {
		guests.tag_colors = sb_guest_tag_colors(json_object_get(options, "tag-style"));
		guests.tags_are_cased =
			sb_guest_tags_are_cased(json_object_get(options, "tag-style"));
	}
	rc = sb_guest_names(stage, &guests.names, err);
	if (!rc)
		rc = demand_shared(stage, &guests, err);
	if (rc < 0)
		return rc;
	sb_guest_sources_init(&guests.sources, family);
	reconcile.source = guests.sources.guest;
	reconcile.prefix = prefix;
	reconcile.want = want_guest;
	reconcile.arg = &guests;
	return sb_reconcile(stage, &reconcile, err);
}

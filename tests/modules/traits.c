/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up kinds that have every trait. The notes of one guest say which objects there are, and
 * TRAITS_WITHOUT which single trait the kinds do not have: tests/e2e/39_traits.sh. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stagebox/conf.h"
#include "stagebox/json.h"
#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

#define WITHOUT "TRAITS_WITHOUT" /* "bed.CHILD", "bed.status.initial"; "?" prints them all */
#define ROUND   "round"          /* the source of the one row that names the prefix of all keys */
#define SHARED  "shared"         /* the source of the demands for shared objects */
#define GUEST   101              /* the guest whose notes are read */

enum { MAX_KEY = 512, MAX_FIELDS = 12 };

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* A shared kind: two objects of people can have its name and its slug. */
static const struct sb_kind_field guild_fields[] = {
	{.name = "name",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_CREATE_ONLY,
	 .traits = SB_TRAIT_TITLE},
	{.name = "slug",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_CREATE_ONLY,
	 .traits = SB_TRAIT_SLUG},
	{0},
};

/* A shared kind that is known by a number. */
static const struct sb_kind_field lode_fields[] = {
	{.name = "group",
	 .type = SB_FIELD_REF,
	 .kind = "vlan-group",
	 .policy = SB_POLICY_CREATE_ONLY},
	{.name = "vid",
	 .type = SB_FIELD_INT,
	 .policy = SB_POLICY_CREATE_ONLY,
	 .traits = SB_TRAIT_NUMBER},
	{.name = "name",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_CREATE_ONLY,
	 .traits = SB_TRAIT_TITLE},
	{0},
};

/* An object and its parts, of models that no kind of core has. */
static const struct sb_kind_field claim_fields[] = {
	{.name = "name", .type = SB_FIELD_TEXT, .max_chars = 100},
	{.name = "rd", .type = SB_FIELD_TEXT, .traits = SB_TRAIT_NEEDED},
	{.name = "description", .type = SB_FIELD_TEXT, .traits = SB_TRAIT_VOLATILE},
	{.name = "enforce_unique", .type = SB_FIELD_BOOL, .journal = NAMES("false")},
	{0},
};
static const struct sb_kind_field bed_fields[] = {
	{.name = "vrf", .type = SB_FIELD_REF, .kind = "claim"},
	{.name = "prefix", .type = SB_FIELD_TEXT},
	{.name = "status",
	 .type = SB_FIELD_CHOICE,
	 .traits = SB_TRAIT_STATE,
	 .initial = "active",
	 .instead = NAMES("buried", "container")},
	{.name = "is_pool", .type = SB_FIELD_BOOL},
	{.name = "mark_utilized",
	 .type = SB_FIELD_BOOL,
	 .policy = SB_POLICY_NEVER,
	 .traits = SB_TRAIT_OCCUPIED},
	{.name = "description",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_IF_UNCHANGED,
	 .traits = SB_TRAIT_NOTE},
	{0},
};
static const struct sb_kind_keep bed_keeps[] = {
	{"is_pool", "mark_utilized", NULL, false, "it is used up"},
	{0},
};

/* The home of others, in a place. */
static const struct sb_kind_field mine_fields[] = {
	{.name = "name", .type = SB_FIELD_TEXT},
	{.name = "type", .type = SB_FIELD_REF, .kind = "cluster-type"},
	{.name = "scope",
	 .type = SB_FIELD_OBJECT,
	 .kind = "site",
	 .policy = SB_POLICY_IF_UNCHANGED,
	 .traits = SB_TRAIT_PLACE},
	{0},
};

static const struct sb_kind_field shaft_fields[] = {
	{.name = "cluster",
	 .type = SB_FIELD_REF,
	 .kind = "mine",
	 .counter = "virtualmachine_count",
	 .traits = SB_TRAIT_HOME},
	{.name = "name", .type = SB_FIELD_NAME, .traits = SB_TRAIT_TITLE},
	{.name = "site",
	 .type = SB_FIELD_REF,
	 .kind = "site",
	 .policy = SB_POLICY_IF_UNCHANGED,
	 .inherits = NAMES("cluster")},
	{.name = "virtual_machine_type", .type = SB_FIELD_REF, .kind = "vm-type"},
	{.name = "serial",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_IF_EMPTY,
	 .traits = SB_TRAIT_HARDWARE},
	{.name = "description",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_IF_UNCHANGED,
	 .generated = "Dug by #"},
	{.name = "primary_ip4",
	 .type = SB_FIELD_REF,
	 .kind = "tap",
	 .policy = SB_POLICY_IF_UNCHANGED,
	 .traits = SB_TRAIT_PRIMARY},
	{.name = "local_context_data", .type = SB_FIELD_JSON, .traits = SB_TRAIT_UNREAD},
	{0},
};
static const struct sb_adopt_rule shaft_rules[] = {
	{.name = "pit",
	 .words = "its number in the land register",
	 .needs_field = "pit_id",
	 .filter = "cf_pit_id",
	 .filter_value = SB_MATCH_LAST,
	 .checks = {{"origin/pit_id", SB_MATCH_LAST}}},
	{0},
};

static const struct sb_kind_field gallery_fields[] = {
	{.name = "virtual_machine", .type = SB_FIELD_REF, .kind = "shaft"},
	{.name = "name", .type = SB_FIELD_TEXT},
	{.name = "parent", .type = SB_FIELD_REF, .kind = "gallery", .traits = SB_TRAIT_TREE},
	{.name = "mac_address", .type = SB_FIELD_MAC, .traits = SB_TRAIT_WITNESS, .makes = "plate"},
	{0},
};
static const struct sb_adopt_part gallery_part = {sizeof(gallery_part), "mac_address",
						  "mac_address", "its plate"};

static const struct sb_kind_field plate_fields[] = {
	{.name = "mac_address", .type = SB_FIELD_MAC},
	{0},
};

/* Known by its name and by what is evident. */
static const struct sb_kind_field rig_fields[] = {
	{.name = "name", .type = SB_FIELD_NAME},
	{.name = "site", .type = SB_FIELD_REF, .kind = "site", .traits = SB_TRAIT_PLACE},
	{.name = "cluster", .type = SB_FIELD_REF, .kind = "mine", .traits = SB_TRAIT_HOME},
	{.name = "role",
	 .type = SB_FIELD_REF,
	 .kind = "device-role",
	 .policy = SB_POLICY_IF_UNCHANGED,
	 .traits = SB_TRAIT_EVIDENCE},
	{.name = "device_type",
	 .type = SB_FIELD_REF,
	 .kind = "device-type",
	 .policy = SB_POLICY_IF_UNCHANGED},
	{0},
};

static const struct sb_kind_field tap_fields[] = {
	{.name = "address", .type = SB_FIELD_ADDRESS},
	{.name = "assigned_object",
	 .type = SB_FIELD_OBJECT,
	 .kind = "gallery",
	 .traits = SB_TRAIT_TIED},
	{.name = "vrf",
	 .type = SB_FIELD_REF,
	 .kind = "claim",
	 .policy = SB_POLICY_NEVER,
	 .apart = "it is in the claim of others"},
	{.name = "status",
	 .type = SB_FIELD_CHOICE,
	 .policy = SB_POLICY_IF_UNCHANGED,
	 .plain = NAMES("active")},
	{.name = "role",
	 .type = SB_FIELD_CHOICE,
	 .policy = SB_POLICY_IF_UNCHANGED,
	 .shared = NAMES("anycast")},
	{0},
};

#define KIND(id, path_, type_, ...)                                                                \
	{                                                                                          \
		.size = sizeof(struct sb_kind), .name = #id, .path = path_, .object_type = type_,  \
		SB_TABLE(field, id##_fields), __VA_ARGS__                                          \
	}
static const struct sb_kind kinds[] = {
	KIND(guild, "tenancy/tenant-groups", "tenancy.tenantgroup", .natural = NAMES("slug"),
	     .flags = SB_KIND_SHARED),
	KIND(lode, "ipam/vlans", "ipam.vlan", .natural = NAMES("group", "vid"),
	     .flags = SB_KIND_SHARED),
	KIND(claim, "ipam/vrfs", "ipam.vrf", .natural = NAMES("name"),
	     .flags = SB_KIND_OWNED | SB_KIND_BIRTH),
	KIND(bed, "ipam/prefixes", "ipam.prefix", .natural = NAMES("vrf", "prefix"),
	     .flags = SB_KIND_OWNED | SB_KIND_CHILD, .parent_field = "vrf",
	     SB_TABLE(keep, bed_keeps)),
	KIND(mine, "virtualization/clusters", "virtualization.cluster", .natural = NAMES("name"),
	     .flags = SB_KIND_OWNED | SB_KIND_ENDPOINT),
	KIND(rig, "dcim/devices", "dcim.device", .natural = NAMES("name", "site"),
	     .flags = SB_KIND_OWNED | SB_KIND_HOST),
	KIND(shaft, "virtualization/virtual-machines", "virtualization.virtualmachine",
	     .natural = NAMES("cluster", "name"), .flags = SB_KIND_OWNED | SB_KIND_BIRTH,
	     .counted_field = "virtual_machine_type", SB_TABLE(adopt_rule, shaft_rules)),
	KIND(gallery, "virtualization/interfaces", "virtualization.vminterface",
	     .natural = NAMES("virtual_machine", "name"), .flags = SB_KIND_OWNED | SB_KIND_CHILD,
	     .parent_field = "virtual_machine", .attached_by = "vminterface_id",
	     .adopt_part = &gallery_part),
	KIND(plate, "dcim/mac-addresses", "dcim.macaddress", .natural = NAMES("mac_address"),
	     .flags = SB_KIND_OWNED | SB_KIND_UNMARKED),
	KIND(tap, "ipam/ip-addresses", "ipam.ipaddress", .natural = NAMES("address"),
	     .flags = SB_KIND_OWNED | SB_KIND_CHILD | SB_KIND_SERIAL | SB_KIND_DETACHABLE,
	     .parent_field = "assigned_object"),
};

/* A word of TRAITS_WITHOUT deletes this: bits of one member, or a whole member. */
struct part {
	const char *word;
	size_t offset, size;
	unsigned bits; /* 0 = the member */
};

#define PART(type, name, member, bits_)                                                            \
	{                                                                                          \
		.word = name, .offset = offsetof(type, member),                                    \
		.size = sizeof(((type *)0)->member), .bits = bits_                                 \
	}
#define TRAIT(name)    PART(struct sb_kind_field, #name, traits, SB_TRAIT_##name)
#define OF_FIELD(name) PART(struct sb_kind_field, #name, name, 0)
#define FLAG(name)     PART(struct sb_kind, #name, flags, SB_KIND_##name)
#define OF_KIND(name)  PART(struct sb_kind, #name, name, 0)

static const struct part field_parts[] = {
	TRAIT(NEEDED),
	TRAIT(TITLE),
	TRAIT(TREE),
	TRAIT(WITNESS),
	TRAIT(STATE),
	TRAIT(PLACE),
	TRAIT(HOME),
	TRAIT(HARDWARE),
	TRAIT(PRIMARY),
	TRAIT(TIED),
	TRAIT(NOTE),
	TRAIT(OCCUPIED),
	TRAIT(EVIDENCE),
	TRAIT(NUMBER),
	TRAIT(SLUG),
	TRAIT(VOLATILE),
	TRAIT(UNREAD),
	OF_FIELD(max_chars),
	OF_FIELD(initial),
	OF_FIELD(instead),
	OF_FIELD(shared),
	OF_FIELD(counter),
	OF_FIELD(inherits),
	OF_FIELD(makes),
	OF_FIELD(apart),
	OF_FIELD(plain),
	OF_FIELD(generated),
	OF_FIELD(journal),
	{0},
};
static const struct part kind_parts[] = {
	FLAG(CHILD),
	FLAG(BIRTH),
	FLAG(UNMARKED),
	FLAG(SERIAL),
	FLAG(DETACHABLE),
	FLAG(ENDPOINT),
	FLAG(HOST),
	OF_KIND(parent_field),
	OF_KIND(counted_field),
	OF_KIND(keeps),
	OF_KIND(attached_by),
	OF_KIND(adopt_rules),
	OF_KIND(adopt_part),
	{0},
};

/* True when the word names this part of the struct, which is then deleted. */
static bool delete_part(const struct part *part, void *of, const char *name, const char *word)
{
	static const char nothing[sizeof(void *)];
	char *member = (char *)of + part->offset, full[100];
	unsigned bits;

	if (!memcmp(member, nothing, part->size))
		return false;
	memcpy(&bits, member, sizeof(bits));
	if (part->bits && !(bits & part->bits))
		return false;
	snprintf(full, sizeof(full), "%s.%s", name, part->word);
	if (sb_streq(word, "?"))
		fprintf(stderr, "trait: %s\n", full);
	if (!sb_streq(word, full))
		return false;
	bits &= ~part->bits;
	if (part->bits)
		memcpy(member, &bits, sizeof(bits));
	else
		memset(member, 0, part->size);
	return true;
}

/* Add a kind without the part that the word names. *is_found: it had the part. */
static int add_kind(struct sb_ctx *ctx, const struct sb_kind *kind, const char *word,
		    bool *is_found, struct sb_error *err)
{
	struct sb_kind_field fields[MAX_FIELDS] = {0};
	struct sb_kind ours = *kind;
	const struct part *part;
	char name[60];
	size_t i;

	for (i = 0; kind->fields[i].name && i < MAX_FIELDS - 1; i++) {
		fields[i] = kind->fields[i];
		snprintf(name, sizeof(name), "%s.%s", kind->name, fields[i].name);
		for (part = field_parts; part->word; part++)
			*is_found = delete_part(part, &fields[i], name, word) || *is_found;
	}
	ours.fields = fields;
	for (part = kind_parts; part->word; part++)
		*is_found = delete_part(part, &ours, kind->name, word) || *is_found;
	return sb_kind_add(ctx, &ours, err);
}

/* Fetch: {"round": "r1", "rows": {"<kind>": {"r1/a": {"<field>": ...}}}, "shared": {"<kind>":
 * {...}}} becomes one row for each object, under the name of its kind. */

static int put_rows(struct sb_stage_run *stage, const char *source, const json_t *rows,
		    struct sb_error *err)
{
	const char *key;
	json_t *row;
	int rc = sb_rows_read(stage, source);

	json_object_foreach ((json_t *)(uintptr_t)rows, key, row)
		if (!rc)
			rc = sb_row_put(stage, source, json_incref(row), err, "%s/%s",
					sb_run_endpoint(stage), key);
	return rc;
}

static int on_config(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	const char *notes = sb_json_str(data, "description");
	sb_autojson *all = notes ? json_loads(notes, 0, NULL) : NULL;
	const char *round = sb_json_str(all, "round");
	size_t i;
	int rc;

	(void)arg;
	if (!round)
		return sb_fail(err, SB_E_SHAPE, "%s: no round in the notes: %s", key,
			       why ? why->text : "not JSON");
	rc = sb_row_put(stage, ROUND, json_pack("{s:s}", "name", round), err, "%s/" ROUND,
			sb_run_endpoint(stage));
	for (i = 0; !rc && i < SB_ARRAY_LEN(kinds); i++)
		rc = put_rows(stage, kinds[i].name,
			      json_object_get(json_object_get(all, "rows"), kinds[i].name), err);
	return rc ? rc : put_rows(stage, SHARED, json_object_get(all, "shared"), err);
}

static int on_resources(struct sb_stage_run *stage, const char *key, const json_t *data,
			const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *item;
	int64_t vmid;
	size_t i;

	(void)arg;
	(void)why;
	json_array_foreach (data, i, item)
		if (sb_json_int(item, "vmid", &vmid) == 0 && vmid == GUEST)
			return sb_pve_ask(stage, on_config, NULL, key, SB_PVE_INLINE, err,
					  "/nodes/%s/qemu/%d/config", sb_json_str(item, "node"),
					  GUEST);
	return sb_fail(err, SB_E_SHAPE, "there is no guest %d", GUEST);
}

static int fetch_rows(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return sb_pve_ask(stage, on_resources, NULL, "the notes", SB_PVE_INLINE, err,
			  "/cluster/resources?type=vm");
}

/* Diff: a member of a row is a field of the object. */

static void want_field(struct sb_stage_run *stage, struct sb_want *want,
		       const struct sb_kind_field *field, const json_t *value)
{
	const char *to = sb_json_str(value, "ref"), *why = sb_json_str(value, "unknown");
	struct sb_error reason = SB_ERROR_INIT;
	char key[MAX_KEY];

	if (to && !sb_starts_with(to, "shared/")) {
		snprintf(key, sizeof(key), "%s/%s", sb_run_endpoint(stage), to);
		to = key;
	}
	if (why) {
		sb_fail(&reason, SB_E_STATE, "%s", why);
		sb_want_unknown(want, field->name, &reason);
	} else if (to) {
		sb_want_ref(want, field->name, field->kind, to);
	} else {
		sb_want_set(want, field->name, json_incref((json_t *)(uintptr_t)value));
	}
}

static int want_row(struct sb_stage_run *stage, const char *key, const json_t *row,
		    struct sb_want *want, void *arg, struct sb_error *err)
{
	const struct sb_kind *kind = arg;
	const struct sb_kind_field *field;
	const char *birth = sb_json_str(row, "birth");

	(void)key;
	(void)err;
	for (field = kind->fields; field->name; field++)
		if (json_object_get(row, field->name))
			want_field(stage, want, field, json_object_get(row, field->name));
	if (birth)
		sb_want_birth(want, birth);
	return 0;
}

static int demand_shared(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
			 struct sb_error *err)
{
	(void)key;
	(void)arg;
	return sb_shared(stage, sb_json_str(row, "kind"),
			 json_incref(json_object_get(row, "fields")), NULL, err);
}

static int diff_rows(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	char prefix[MAX_KEY], key[MAX_KEY];
	struct sb_reconcile reconcile = {
		.size = sizeof(reconcile), .prefix = prefix, .want = want_row};
	sb_autojson *round = NULL;
	size_t i;
	int rc = sb_rows_each(stage, SHARED, "", demand_shared, NULL, err);

	(void)arg;
	snprintf(key, sizeof(key), "%s/" ROUND, sb_run_endpoint(stage));
	round = sb_row_get(stage, ROUND, key);
	if (!round)
		return sb_fail(err, SB_E_STATE, "the notes were not read");
	snprintf(prefix, sizeof(prefix), "%s/%s/", sb_run_endpoint(stage),
		 sb_json_str(round, "name"));
	for (i = 0; !rc && i < SB_ARRAY_LEN(kinds); i++) {
		if (kinds[i].flags & (SB_KIND_SHARED | SB_KIND_UNMARKED))
			continue;
		reconcile.kind = reconcile.source = kinds[i].name;
		reconcile.arg = (void *)(uintptr_t)&kinds[i];
		rc = sb_reconcile(stage, &reconcile, err);
	}
	return rc;
}

/* The module. */

#define WRITES(kind_, ...)                                                                         \
	{                                                                                          \
		.kind = kind_, .fields = NAMES(__VA_ARGS__), .keys = "*/*/"                        \
	}
static const struct sb_write writes[] = {
	WRITES("claim", "name", "rd", "description", "enforce_unique"),
	WRITES("bed", "vrf", "prefix", "status", "is_pool", "mark_utilized", "description"),
	WRITES("mine", "name", "type", "scope"),
	WRITES("rig", "name", "site", "cluster", "role", "device_type"),
	WRITES("shaft", "cluster", "name", "site", "virtual_machine_type", "serial", "description",
	       "primary_ip4", "local_context_data"),
	WRITES("gallery", "virtual_machine", "name", "parent", "mac_address"),
	WRITES("tap", "address", "assigned_object", "vrf", "status", "role"),
	{0},
};
static const struct sb_read reads[] = {
	{.kind = "guild"},
	{.kind = "lode"},
	{.kind = "vlan-group"},
	{.kind = "site"},
	{.kind = "vm-type"},
	{.kind = "device-role"},
	{.kind = "device-type"},
	{.kind = "cluster-type"},
	{.kind = "manufacturer"},

	{0},
};
static const struct sb_stage stage = {
	.size = sizeof(stage),
	.name = "traits.rows",
	SB_TABLE(write, writes),
	SB_TABLE(read, reads),
	.fetch = fetch_rows,
	.diff = diff_rows,
};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	const char *set = getenv(WITHOUT), *word = set ? set : "";
	bool is_found = !*word || sb_streq(word, "?");
	size_t i;
	int rc = 0;

	(void)ret_state;
	for (i = 0; !rc && i < SB_ARRAY_LEN(kinds); i++)
		rc = add_kind(ctx, &kinds[i], word, &is_found, err);
	if (!rc && !is_found)
		return sb_fail(err, SB_E_CONFIG, WITHOUT ": no kind has %s", word);
	return rc < 0 ? rc : sb_stage_add(ctx, &stage, err);
}

SB_MODULE(traits, .version = "1", .summary = "made-up kinds with every trait",
	  .start = start_module)

/* SPDX-License-Identifier: Apache-2.0 */
#include "run/inventory.h"

#include <stdio.h>

#include "base/list.h"
#include "netbox/home.h"
#include "stagebox/json.h"
#include "stagebox/record.h"

/* The value of the option; -1 = "auto". */
static int wanted_inventory(const struct sb_run *run)
{
	const char *word = sb_json_str(run->conf, "inventory");

	return word ? sb_inventory_parse(word) : -1;
}

enum sb_inventory sb_inventory_choose(const struct sb_run *run)
{
	int noted = sb_inventory_parse(run->inventory_noted);

	if (noted > SB_INVENTORY_NONE || !sb_kinds_home(sb_registry_kinds(run->registry), 0))
		return noted > SB_INVENTORY_NONE ? (enum sb_inventory)noted : SB_INVENTORY_NONE;
	return wanted_inventory(run) == SB_INVENTORY_NONE ? SB_INVENTORY_NONE : SB_INVENTORY_FIELDS;
}

static void have_none(struct sb_run *run, const char *why)
{
	run->inventory = SB_INVENTORY_NONE;
	snprintf(run->inventory_why, sizeof(run->inventory_why), "%s", why);
}

static void decide_home(struct sb_run *run)
{
	int noted = sb_inventory_parse(run->inventory_noted);
	char why[200];

	run->inventory = SB_INVENTORY_FIELDS;
	run->inventory_why[0] = '\0';
	if (wanted_inventory(run) == SB_INVENTORY_NONE) {
		have_none(run, "the option inventory is \"off\"");
	} else if (!*run->inventory_noted || noted == SB_INVENTORY_NONE) {
		have_none(run, "NetBox has no home for its objects yet: run `stagebox bootstrap`");
	} else if (noted < 0) {
		snprintf(why, sizeof(why),
			 "its objects are in NetBox as \"%s\", which this version of stagebox does "
			 "not know: update stagebox",
			 run->inventory_noted);
		have_none(run, why);
	}
}

/* Does a needed stage write the kind? */
static bool is_written(const struct sb_run *run, const char *kind)
{
	size_t i;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		const struct sb_write *write = sb_registry_stage(run->registry, i)->stage.writes;

		for (; run->stages[i].needed && write && write->kind; write++)
			if (sb_streq(write->kind, kind))
				return true;
	}
	return false;
}

/* The kind of the objects in which objects of a kind are kept. */
static const struct sb_kind *holder_of(const struct sb_run *run, const struct sb_home_kind *kind)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const struct sb_kind_field *parent =
		sb_kind_field(sb_kinds_find(kinds, kind->home.kind), kind->home.parent);

	return sb_kinds_find(kinds, parent->kind);
}

static bool has_field(const struct sb_run *run, const struct sb_home_kind *kind)
{
	sb_autojson *type = json_string(holder_of(run, kind)->object_type);

	return !run->custom_types ||
	       sb_list_holds(json_object_get(run->custom_types, kind->home.custom_field), type);
}

/* Declare the collection of a kind whose home is there. */
static int open_kind(struct sb_run *run, const struct sb_home_kind *kind)
{
	const struct sb_netbox_home home = {
		.path = kind->path,
		.name = kind->home.kind,
		.parent = kind->home.parent,
		.parent_path = holder_of(run, kind)->path,
		.field = kind->home.custom_field,
		.payloads = kind->payloads,
	};
	char prefix[80], why[200];

	if (!has_field(run, kind)) {
		snprintf(why, sizeof(why),
			 "NetBox has no custom field %.64s on %.64s: run `stagebox bootstrap`",
			 kind->home.custom_field, holder_of(run, kind)->object_type);
		have_none(run, why);
		return 0;
	}
	snprintf(prefix, sizeof(prefix), "%s/", run->slug);
	return sb_netbox_home_add(run->netbox, &home, prefix);
}

/* Stages whose kinds have no home do not run; others do. */
static void skip_stages(struct sb_run *run)
{
	size_t i;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		const struct sb_write *write = sb_registry_stage(run->registry, i)->stage.writes;
		const char *why = NULL;

		for (; !why && write && write->kind; write++)
			why = sb_run_lacks_home(run, write->kind);
		if (!why || !run->stages[i].needed || run->stages[i].status >= SB_STAGE_FAILED)
			continue;
		sb_stage_absent(&run->stages[i], why);
		run->stages[i].fetch_started = run->stages[i].fetch_done = true;
	}
}

int sb_inventory_open(struct sb_run *run, struct sb_error *err)
{
	const struct sb_home_kind *kind;
	size_t i;

	decide_home(run);
	for (i = 0; (kind = sb_kinds_home(sb_registry_kinds(run->registry), i)); i++)
		if (run->inventory != SB_INVENTORY_NONE && is_written(run, kind->home.kind) &&
		    open_kind(run, kind) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	skip_stages(run);
	return 0;
}

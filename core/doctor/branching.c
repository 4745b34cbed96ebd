/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/branching.h"

#include "base/buf.h"
#include "base/list.h"
#include "conf/conf_branching.h"
#include "model/apart.h"
#include "net/gather.h"
#include "netbox/branch.h"
#include "stagebox/json.h"

#define WHERE    "netbox"
#define CHECK    "branches"
#define BRANCHES "/api/plugins/branching/branches/"

/* Without it a sync writes to main, or nothing at all. */
static void report_lack(struct sb_report *report, bool is_required,
			const struct sb_branch_lack *lack)
{
	struct sb_error why = SB_ERROR_INIT;

	if (!is_required) {
		sb_report_warn(report, WHERE, CHECK, lack->fix, "%s: a sync writes to main instead",
			       lack->what);
		return;
	}
	sb_fail(&why, lack->code, "%s, and branching.mode is \"required\": %s", lack->what,
		lack->fix);
	sb_report_fail(report, WHERE, CHECK, &why);
}

/* A run into a branch reads these, each with a permission. */
static const struct {
	const char *path, *permission;
} reads[] = {
	{"plugins/branching/changes/?limit=1", "netbox_branching.view_changediff"},
	{"core/jobs/?limit=1&fields=id", "core.view_job"},
	{"core/object-changes/?limit=1&fields=id", "core.view_objectchange"},
};

/* Ask what the token may do: OPTIONS first, then each read. */
static int ask_rights(struct sb_gather *gather, struct sb_netbox *netbox, struct sb_error *err)
{
	int rc = sb_netbox_options(netbox, BRANCHES, sb_gather_take, sb_gather_expect(gather, 0),
				   err);
	unsigned i;

	for (i = 0; !rc && i < SB_ARRAY_LEN(reads); i++)
		rc = sb_netbox_get(netbox, reads[i].path, sb_gather_take,
				   sb_gather_expect(gather, i + 1), err);
	return rc ? rc : sb_gather_wait(gather, err);
}

/* NetBox shows no rights to the actions of the plugin before one is asked for. */
static void list_missing(const struct sb_gather *got, struct sb_buf *ret_names)
{
	size_t i;

	if (!json_object_get(json_object_get(got->replies[0].data, "actions"), "POST"))
		sb_buf_add_item(ret_names, "netbox_branching.add_branch");
	for (i = 0; i < SB_ARRAY_LEN(reads); i++)
		if (got->replies[i + 1].why.code == SB_E_FORBIDDEN)
			sb_buf_add_item(ret_names, reads[i].permission);
}

static void check_rights(struct sb_report *report, struct sb_http *http, struct sb_netbox *netbox)
{
	const char *version = sb_netbox_caps(netbox)->branching_version;
	sb_autobuf missing = SB_BUF_INIT(600);
	struct sb_error why = SB_ERROR_INIT;
	struct sb_gather got;
	int rc;

	sb_gather_init(&got, http);
	rc = ask_rights(&got, netbox, &why);
	if (!rc && got.replies[0].why.code) {
		why = got.replies[0].why;
		rc = why.code;
	}
	if (!rc)
		list_missing(&got, &missing);
	if (rc < 0)
		sb_report_fail(report, WHERE, CHECK, &why);
	else if (missing.len)
		sb_report_missing_right(
			report, WHERE, CHECK,
			"grant the user of the token view, add, change, delete, merge and revert "
			"on netbox_branching.branch, and view on netbox_branching.changediff, "
			"core.job and core.objectchange",
			"the token lacks %s: runs into a branch fail", sb_buf_str(&missing));
	else
		sb_report_ok(report, WHERE, CHECK,
			     "plugin netbox-branching %s, with a worker; the token may create "
			     "branches",
			     version);
	sb_gather_finish(&got);
}

/* Does a module write such objects into a branch? */
static bool has_branched_home(const json_t *branches, const json_t *homes)
{
	const json_t *branch, *home;
	size_t i, j;

	json_array_foreach (branches, i, branch)
		json_array_foreach (homes, j, home)
			if (sb_list_holds(json_object_get(branch, "modules"),
					  json_object_get(home, "module")))
				return true;
	return false;
}

/* Does one write nothing without it? */
static bool are_required(const json_t *branches)
{
	const json_t *branch;
	size_t i;

	json_array_foreach (branches, i, branch)
		if (sb_streq(sb_json_str(json_object_get(branch, "branch"), "mode"), "required"))
			return true;
	return false;
}

/* Modules with such objects write to main, or nothing at all. */
static void check_objects(struct sb_report *report, const struct sb_netbox_caps *caps,
			  const char *instance, const json_t *apart)
{
	const struct sb_apart_plugins plugins = {.instance = instance,
						 .objects = caps->objects_version,
						 .branching = caps->branching_version};
	enum sb_apart state = sb_apart_read(apart, &plugins);
	char why[256];

	if (state != SB_APART_KEPT)
		sb_report_warn(report, WHERE, CHECK, sb_apart_fix(state),
			       "%s: modules with custom objects write to main, or nothing where a "
			       "branch is required",
			       sb_apart_why(state, &plugins, why, sizeof(why)));
}

void sb_doctor_branching(struct sb_report *report, const json_t *conf, struct sb_http *http,
			 struct sb_netbox *netbox, const char *instance, const json_t *homes,
			 const json_t *apart)
{
	sb_autojson *branches = NULL;
	struct sb_branch_lack lack;

	if (sb_conf_branches(conf, NULL, &branches, NULL) < 0 || !json_array_size(branches))
		return;
	if (sb_netbox_lacks_branches(sb_netbox_caps(netbox), &lack))
		report_lack(report, are_required(branches), &lack);
	else
		check_rights(report, http, netbox);
	if (has_branched_home(branches, homes) && *sb_netbox_caps(netbox)->branching_version &&
	    *sb_netbox_caps(netbox)->objects_version)
		check_objects(report, sb_netbox_caps(netbox), instance, apart);
}

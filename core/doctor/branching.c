/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/branching.h"

#include "conf/conf_branching.h"
#include "net/gather.h"
#include "netbox/branch.h"
#include "stagebox/json.h"

#define WHERE    "netbox"
#define CHECK    "branches"
#define BRANCHES "/api/plugins/branching/branches/"

/* Does any module of any endpoint write into a branch? *ret_required: does one write nothing
 * without it? */
static bool are_configured(const json_t *conf, bool *ret_required)
{
	const json_t *endpoints = json_object_get(conf, "endpoints"), *endpoint, *target;
	bool any = false;
	size_t i, j;

	*ret_required = false;
	json_array_foreach (endpoints, i, endpoint) {
		sb_autojson *targets = NULL;

		if (sb_conf_targets(conf, sb_json_str(endpoint, "slug"), NULL, &targets, NULL) < 0)
			continue;
		json_array_foreach (targets, j, target) {
			const json_t *branch = json_object_get(target, "branch");
			const char *mode = sb_json_str(branch, "mode");

			any = any || branch;
			*ret_required = *ret_required || (mode && sb_streq(mode, "required"));
		}
	}
	return any;
}

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

static void check_rights(struct sb_report *report, struct sb_http *http, struct sb_netbox *netbox)
{
	const char *version = sb_netbox_caps(netbox)->branching_version;
	struct sb_gather gather;
	struct sb_reply *reply;
	struct sb_error why = SB_ERROR_INIT;
	const json_t *actions;
	int rc;

	sb_gather_init(&gather, http);
	reply = sb_gather_expect(&gather, 0);
	rc = sb_netbox_options(netbox, BRANCHES, sb_gather_take, reply, &why);
	if (!rc)
		rc = sb_gather_wait(&gather, &why);
	if (!rc && reply->why.code) {
		why = reply->why;
		rc = why.code;
	}
	actions = json_object_get(reply->data, "actions");
	if (rc < 0)
		sb_report_fail(report, WHERE, CHECK, &why);
	else if (!json_object_get(actions, "POST"))
		sb_report_missing_right(
			report, WHERE, CHECK,
			"grant the user of the token view, add, change, delete, merge and revert "
			"on netbox_branching.branch, and view on netbox_branching.changediff, "
			"core.job and core.objectchange",
			"the token may not create branches");
	else
		sb_report_ok(report, WHERE, CHECK,
			     "plugin netbox-branching %s, with a worker; the token may create "
			     "branches",
			     version);
	sb_gather_finish(&gather);
}

void sb_doctor_branching(struct sb_report *report, const json_t *conf, struct sb_http *http,
			 struct sb_netbox *netbox)
{
	struct sb_branch_lack lack;
	bool is_required;

	if (!are_configured(conf, &is_required))
		return;
	if (sb_netbox_lacks_branches(sb_netbox_caps(netbox), &lack))
		report_lack(report, is_required, &lack);
	else
		check_rights(report, http, netbox);
}

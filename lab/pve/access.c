/* SPDX-License-Identifier: Apache-2.0 */
/* Access: the privileges of the users of the lab, and the access control list. */
#include "pve/answer.h"

#include <inttypes.h>

const char *pve_agent_privilege(const struct lab_pve *pve)
{
	return pve->major < 9 ? "VM.Monitor" : "VM.GuestAgent.Audit";
}

int lab_pve_grant(struct lab_pve *pve, const char *privilege, bool on, const char **ret_why)
{
	if (sb_streq(privilege, "VM.PowerMgmt")) {
		pve->no_power = !on;
		return 0;
	}
	if (!sb_streq(privilege, pve_agent_privilege(pve))) {
		*ret_why = pve->major < 9
				   ? "unknown privilege; use VM.Monitor or VM.PowerMgmt"
				   : "unknown privilege; use VM.GuestAgent.Audit or VM.PowerMgmt";
		return -1;
	}
	pve->has_agent = on;
	return 0;
}

static bool is_guest_path(const char *path)
{
	return sb_streq(path, "/vms") || sb_starts_with(path, "/vms/");
}

/* The token that may write has a role on /vms only. */
static json_t *privileges_of_writer(const struct lab_pve *pve, const char *path)
{
	json_t *set = json_object();

	if (is_guest_path(path))
		json_object_set_new(set, "VM.Audit", json_integer(1));
	if (is_guest_path(path) && !pve->no_power)
		json_object_set_new(set, "VM.PowerMgmt", json_integer(1));
	return set;
}

static json_t *privileges_on(const struct lab_pve *pve, const char *path)
{
	json_t *set = json_pack("{si si si si si}", "Sys.Audit", 1, "Datastore.Audit", 1,
				"SDN.Audit", 1, "Pool.Audit", 1, "Mapping.Audit", 1);
	bool is_guests = is_guest_path(path);

	if (pve->may_write) {
		json_object_set_new(set, "VM.Allocate", json_integer(1));
		json_object_set_new(set, "VM.PowerMgmt", json_integer(1));
		json_object_set_new(set, "Datastore.Allocate", json_integer(1));
	}
	if (pve->no_sys_audit && !is_guests)
		json_object_del(set, "Sys.Audit");
	if (pve->no_sdn_audit)
		json_object_del(set, "SDN.Audit");
	/* A role on a deeper path replaces inherited roles. */
	if (pve->no_guest_audit && is_guests)
		return set;
	json_object_set_new(set, "VM.Audit", json_integer(1));
	if (pve->has_agent)
		json_object_set_new(set, pve_agent_privilege(pve), json_integer(1));
	return set;
}

/* Is this the path of a guest with the role NoAccess? */
static bool path_is_hidden(const struct lab_pve *pve, const char *path)
{
	const struct pve_guest *guest = NULL;

	if (sb_starts_with(path, "/vms/"))
		guest = pve_guest_find(pve, (uint32_t)strtoul(path + strlen("/vms/"), NULL, 10));
	return guest && guest->is_hidden;
}

static json_t *privileges_of(const struct pve_call *call, const char *path)
{
	return call->is_writer ? privileges_of_writer(call->pve, path)
			       : privileges_on(call->pve, path);
}

static void answer_permissions(struct pve_call *call)
{
	static const char *const paths[] = {"/",    "/access",  "/nodes", "/pool",
					    "/sdn", "/storage", "/vms",   "/mapping"};
	const char *path = pve_param(call, "path"), *user = pve_param(call, "userid");
	json_t *data = json_object();

	if (user && !sb_starts_with(user, call->user)) {
		json_decref(data);
		pve_refuse(call, 403, "Permission check failed (/access, Sys.Audit)");
		return;
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(paths) && !path; i++)
		if (!call->is_writer || is_guest_path(paths[i]))
			json_object_set_new(data, paths[i], privileges_of(call, paths[i]));
	if (path) /* a path without privileges is only here, not in the whole list */
		json_object_set_new(data, path,
				    path_is_hidden(call->pve, path) ? json_object()
								    : privileges_of(call, path));
	pve_ok(call, data);
}

static json_t *acl_row(const char *path, const char *type, json_t *ugid_take, const char *role)
{
	return json_pack("{ss ss so ss si}", "path", path, "type", type, "ugid", ugid_take,
			 "roleid", role, "propagate", 1);
}

static void answer_acl(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	json_t *list = json_array();

	if (call->is_writer) {
		json_array_append_new(list,
				      acl_row("/vms", "token",
					      json_sprintf("%s!%s", pve->writer, pve->writer_name),
					      "StageboxWrite"));
		pve_ok(call, list);
		return;
	}
	json_array_append_new(list, acl_row("/", "user", json_string(pve->user), "PVEAuditor"));
	json_array_append_new(
		list, acl_row("/", "token", json_sprintf("%s!%s", pve->user, pve->token_name),
			      "PVEAuditor"));
	if (pve->no_guest_audit)
		json_array_append_new(
			list,
			acl_row("/vms", "token", json_sprintf("%s!%s", pve->user, pve->token_name),
				"NoGuests"));
	for (size_t i = 0; i < pve->n_guests; i++) {
		char path[32];

		if (!pve->guests[i]->is_hidden)
			continue;
		snprintf(path, sizeof(path), "/vms/%" PRIu32, pve->guests[i]->vmid);
		json_array_append_new(
			list,
			acl_row(path, "token", json_sprintf("%s!%s", pve->user, pve->token_name),
				"NoAccess"));
	}
	pve_ok_list(call, list);
}

static const struct pve_param_rule permission_params[] = {
	{"path", PVE_PARAM_TEXT, NULL}, {"userid", PVE_PARAM_TEXT, NULL}, {0}};

const struct pve_route pve_access_routes[] = {
	{"/access/permissions", answer_permissions, permission_params, 0, 0, 0, false},
	{"/access/acl", answer_acl, NULL, 0, 0, 0, false},
	{0},
};

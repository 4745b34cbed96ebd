/* SPDX-License-Identifier: Apache-2.0 */
/* Access: the privileges of the users of the lab, and the access control list. */
#include "pve/answer.h"

#include <inttypes.h>

const char *pve_agent_privilege(const struct lab_pve *pve)
{
	return pve->major < 9 ? "VM.Monitor" : "VM.GuestAgent.Audit";
}

/* All privileges of Proxmox VE; those of one release only have its number. */
static const struct privilege {
	const char *name;
	int only_major;
} privileges[] = {
	{"Datastore.Allocate", 0},
	{"Datastore.AllocateSpace", 0},
	{"Datastore.AllocateTemplate", 0},
	{"Datastore.Audit", 0},
	{"Group.Allocate", 0},
	{"Mapping.Audit", 0},
	{"Mapping.Modify", 0},
	{"Mapping.Use", 0},
	{"Permissions.Modify", 0},
	{"Pool.Allocate", 0},
	{"Pool.Audit", 0},
	{"Realm.Allocate", 0},
	{"Realm.AllocateUser", 0},
	{"SDN.Allocate", 0},
	{"SDN.Audit", 0},
	{"SDN.Use", 0},
	{"Sys.AccessNetwork", 0},
	{"Sys.Audit", 0},
	{"Sys.Console", 0},
	{"Sys.Incoming", 0},
	{"Sys.Modify", 0},
	{"Sys.PowerMgmt", 0},
	{"Sys.Syslog", 0},
	{"User.Modify", 0},
	{"VM.Allocate", 0},
	{"VM.Audit", 0},
	{"VM.Backup", 0},
	{"VM.Clone", 0},
	{"VM.Config.CDROM", 0},
	{"VM.Config.CPU", 0},
	{"VM.Config.Cloudinit", 0},
	{"VM.Config.Disk", 0},
	{"VM.Config.HWType", 0},
	{"VM.Config.Memory", 0},
	{"VM.Config.Network", 0},
	{"VM.Config.Options", 0},
	{"VM.Console", 0},
	{"VM.GuestAgent.Audit", 9},
	{"VM.GuestAgent.FileRead", 9},
	{"VM.GuestAgent.FileSystemMgmt", 9},
	{"VM.GuestAgent.FileWrite", 9},
	{"VM.GuestAgent.Unrestricted", 9},
	{"VM.Migrate", 0},
	{"VM.Monitor", 8},
	{"VM.PowerMgmt", 0},
	{"VM.Replicate", 9},
	{"VM.Snapshot", 0},
	{"VM.Snapshot.Rollback", 0},
};

static bool privilege_is_known(const struct lab_pve *pve, const char *name)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(privileges); i++)
		if (sb_streq(privileges[i].name, name))
			return !privileges[i].only_major || privileges[i].only_major == pve->major;
	return false;
}

bool pve_seed_access(struct lab_pve *pve)
{
	pve->held = json_pack("{sb sb sb sb sb sb}", "Sys.Audit", 1, "Datastore.Audit", 1,
			      "SDN.Audit", 1, "Pool.Audit", 1, "Mapping.Audit", 1, "VM.Audit", 1);
	pve->writer_held = json_pack("{sb sb}", "VM.Audit", 1, "VM.PowerMgmt", 1);
	if (pve->major >= 9)
		json_object_set_new(pve->held, pve_agent_privilege(pve), json_true());
	return pve->held && pve->writer_held;
}

int lab_pve_grant(struct lab_pve *pve, const char *privilege, bool on, const char **ret_why)
{
	json_t *set = sb_streq(privilege, "VM.PowerMgmt") ? pve->writer_held : pve->held;

	if (!privilege_is_known(pve, privilege)) {
		*ret_why = pve->major < 9 ? "not a privilege of Proxmox VE 8"
					  : "not a privilege of Proxmox VE 9";
		return -1;
	}
	if (on)
		return json_object_set_new(set, privilege, json_true());
	json_object_del(set, privilege);
	return 0;
}

static bool is_guest_path(const char *path)
{
	return sb_streq(path, "/vms") || sb_starts_with(path, "/vms/");
}

/* Has the role PVEAdmin, which a fault gives to the token, a privilege that matters in the lab? */
static bool admin_holds(const char *privilege)
{
	return sb_streq(privilege, "VM.Allocate") || sb_streq(privilege, "VM.PowerMgmt") ||
	       sb_streq(privilege, "Datastore.Allocate");
}

static bool token_holds(const struct lab_pve *pve, const char *privilege, bool is_guests)
{
	if (pve->may_write && admin_holds(privilege))
		return true;
	/* A role on a deeper path replaces inherited roles. */
	if (is_guests && pve->no_guest_audit && sb_starts_with(privilege, "VM."))
		return false;
	if (!is_guests && pve->no_sys_audit && sb_streq(privilege, "Sys.Audit"))
		return false;
	if (pve->no_sdn_audit && sb_streq(privilege, "SDN.Audit"))
		return false;
	return json_object_get(pve->held, privilege) != NULL;
}

bool pve_holds(const struct pve_call *call, const char *privilege)
{
	if (call->is_writer)
		return json_object_get(call->pve->writer_held, privilege) != NULL;
	return token_holds(call->pve, privilege, sb_starts_with(privilege, "VM."));
}

bool pve_audits_nodes(const struct pve_call *call)
{
	return !call->is_writer && json_object_get(call->pve->held, "Sys.Audit");
}

bool pve_audits_ceph(const struct pve_call *call)
{
	return pve_holds(call, "Sys.Audit") ||
	       (!call->pve->no_sys_audit && pve_holds(call, "Datastore.Audit"));
}

/* The token that may write has a role on /vms only. */
static json_t *privileges_of(const struct pve_call *call, const char *path)
{
	bool is_guests = is_guest_path(path);
	json_t *set = json_object();

	for (size_t i = 0; i < SB_ARRAY_LEN(privileges); i++) {
		const char *name = privileges[i].name;

		if (call->is_writer ? is_guests && pve_holds(call, name)
				    : token_holds(call->pve, name, is_guests))
			json_object_set_new(set, name, json_integer(1));
	}
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
	for (size_t i = 0; i < SB_ARRAY_LEN(paths) && !path; i++) {
		json_t *set = privileges_of(call, paths[i]);

		if (json_object_size(set))
			json_object_set(data, paths[i], set);
		json_decref(set);
	}
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
	if (!pve_audits_nodes(call)) {
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

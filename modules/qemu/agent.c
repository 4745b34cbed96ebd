/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the agent in a guest for its addresses. */
#include "qemu.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Answers of a guest whose agent is not there: nothing to worry about. */
static bool is_absent(const struct sb_error *why)
{
	static const char *const texts[] = {
		"is not running", /* the agent, or the guest meanwhile */
		"No QEMU guest agent configured",
	};
	size_t i;

	for (i = 0; why && i < SB_ARRAY_LEN(texts); i++)
		if (strstr(why->text, texts[i]))
			return true;
	return false;
}

/* Does the agent, or who set it up, not let us have this? */
static bool is_blocked(const json_t *error)
{
	const char *class = sb_json_str(error, "class");

	return class && (sb_streq(class, "CommandNotFound") || sb_streq(class, "CommandDisabled"));
}

/* One row: an agent was refused to us. */
#define REFUSED "agent-refused"

/* May the token ask the agent, by what Proxmox VE says of its rights? Only a plain no is one. */
static bool may_ask(struct sb_run *run, uint32_t vmid, const char **ret_privilege)
{
	/* The first is in the role PVEAuditor; before 9 there is but one, and it can do more. */
	static const char *const names[] = {"VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted",
					    "VM.Monitor"};
	size_t first = sb_pve_major(run) < 9 ? 2 : 0, n = sb_pve_major(run) < 9 ? 3 : 2, i;
	char path[32];

	*ret_privilege = names[first];
	snprintf(path, sizeof(path), "/vms/%" PRIu32, vmid);
	for (i = first; i < n; i++)
		if (sb_pve_may(run, path, names[i]) != 0)
			return true;
	return false;
}

/* Somebody decided that we shall not ask agents: no failure that every run should cry about. */
static int note_refused(struct sb_run *run, const char *key, const char *privilege,
			struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	rc = sb_row_put(run, REFUSED, json_object(), err, "%s", sb_run_endpoint(run));
	if (rc < 0)
		return rc;
	sb_fail(&why, SB_E_FORBIDDEN,
		"the token lacks %s, so that agents are not asked: the addresses that guests have "
		"in NetBox stay as they are. %s, or set options.qemu.agent = false to use what "
		"the configs say",
		privilege,
		sb_streq(privilege, "VM.Monitor")
			? "Give user and token a role with it (it also lets them run commands in "
			  "guests)"
			: "Give user and token a role with it, as PVEAuditor");
	return sb_guest_addresses_limited(run, &qemu_family, key, &why, err);
}

static uint32_t vmid_of(const char *key)
{
	return (uint32_t)strtoul(strrchr(key, '/') + 1, NULL, 10);
}

static int on_host_name(struct sb_run *run, const char *key, const json_t *data,
			const struct sb_error *why, struct sb_error *err)
{
	const char *host = sb_json_str(json_object_get(data, "result"), "host-name");

	(void)why;
	return host ? sb_guest_host_put(run, &qemu_family, key, host, err) : 0;
}

/* An agent that answers is asked for what else the options want. */
static int ask_more(struct sb_run *run, const char *key, struct sb_error *err)
{
	sb_autojson *row = sb_row_get(run, "qemu-guest", key);
	const char *node = sb_json_str(row, "node");
	int64_t vmid;
	int rc = 0;

	if (!node || sb_json_int(row, "vmid", &vmid) < 0)
		return 0;
	if (sb_opt_bool(run, "agent_osinfo"))
		rc = sb_pve_ask(run, qemu_on_osinfo, key, SB_PVE_AGENT, err,
				"/nodes/%s/qemu/%u/agent/get-osinfo", node, (unsigned)vmid);
	if (rc >= 0 && sb_opt_bool(run, "agent_hostname"))
		rc = sb_pve_ask(run, on_host_name, key, SB_PVE_AGENT, err,
				"/nodes/%s/qemu/%u/agent/get-host-name", node, (unsigned)vmid);
	return rc < 0 ? rc : 0;
}

static int on_interfaces(struct sb_run *run, const char *key, const json_t *data,
			 const struct sb_error *why, struct sb_error *err)
{
	const json_t *result = json_object_get(data, "result"); /* borrowed */
	const json_t *error = json_object_get(result, "error");
	struct sb_error reason = SB_ERROR_INIT;
	const char *text;
	int rc;

	if (!data && is_absent(why))
		return sb_guest_addresses_keep(run, &qemu_family, key, err);
	if (!data && why && why->code == SB_E_FORBIDDEN && !may_ask(run, vmid_of(key), &text))
		return note_refused(run, key, text, err);
	if (!data)
		return sb_guest_addresses_unknown(run, &qemu_family, key, why, err);
	if (is_blocked(error))
		return sb_guest_addresses_keep(run, &qemu_family, key, err);
	if (!json_is_array(result)) {
		text = sb_json_str(error, "desc");
		sb_fail(&reason, SB_E_SHAPE, "the agent's answer: %s", text ? text : "no list");
		return sb_guest_addresses_unknown(run, &qemu_family, key, &reason, err);
	}
	rc = sb_guest_addresses_put(run, &qemu_family, key, result, err);
	return rc < 0 ? rc : ask_more(run, key, err);
}

/* While these hold, the agent does not answer or would block who holds them. */
static bool is_busy(const char *lock)
{
	static const char *const locks[] = {"backup", "snapshot", "migrate", "suspending",
					    "rollback"};
	size_t i;

	for (i = 0; lock && i < SB_ARRAY_LEN(locks); i++)
		if (sb_streq(lock, locks[i]))
			return true;
	return false;
}

int qemu_ask_addresses(struct sb_run *run, const struct sb_guest *guest, struct sb_error *err)
{
	const char *status = sb_json_str(guest->resource, "status"), *privilege;
	sb_autojson *refused = NULL;
	int rc;

	if (!qemu_has_agent(guest->config) || !sb_opt_bool(run, "agent"))
		return SB_GUEST_CONFIGURED;
	if (sb_opt_bool(run, "agent_osinfo")) {
		rc = sb_guest_os_put(run, &qemu_family, guest->key, NULL, err);
		if (rc < 0)
			return rc;
	}
	if (!status || !sb_streq(status, "running") ||
	    sb_json_bool(guest->config, "template", false) ||
	    is_busy(sb_json_str(guest->resource, "lock")))
		return SB_GUEST_KEEP;
	/* Each refusal costs a connection: after the first one the rights are believed. */
	refused = sb_row_get(run, REFUSED, sb_run_endpoint(run));
	if (refused && !may_ask(run, guest->vmid, &privilege)) {
		rc = note_refused(run, guest->key, privilege, err);
		return rc < 0 ? rc : SB_GUEST_ASKED;
	}
	rc = sb_pve_ask(run, on_interfaces, guest->key, SB_PVE_AGENT, err,
			"/nodes/%s/qemu/%u/agent/network-get-interfaces", guest->node, guest->vmid);
	return rc < 0 ? rc : SB_GUEST_ASKED;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Requests the addresses of guests from their guest agents. */
#include "qemu.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Does the answer mean that the guest agent is not there? That is normal. */
static bool is_absent(const struct sb_error *why)
{
	static const char *const texts[] = {
		"is not running", /* the agent, or a guest that was stopped during the run */
		"No QEMU guest agent configured",
	};
	size_t i;

	for (i = 0; why && i < SB_ARRAY_LEN(texts); i++)
		if (strstr(why->text, texts[i]))
			return true;
	return false;
}

/* Did the request end without an answer of the agent, or was it not sent because others did not
 * answer? */
static bool is_silent(const struct sb_error *why)
{
	static const char *const texts[] = {" qga ", "monitor socket"};
	size_t i;

	if (!why || why->code == SB_E_TIMEOUT || why->code == SB_E_CANCELLED)
		return why != NULL;
	for (i = 0; i < SB_ARRAY_LEN(texts); i++)
		if (strstr(why->text, texts[i]))
			return true;
	return false;
}

/* Is the command not supported by the agent, or disabled in its configuration? A frozen agent says
 * the same, but only until its file systems are thawed. */
static bool is_blocked(const json_t *error)
{
	const char *class = sb_json_str(error, "class"), *text = sb_json_str(error, "desc");

	return class && !(text && strstr(text, "frozen")) &&
	       (sb_streq(class, "CommandNotFound") || sb_streq(class, "CommandDisabled"));
}

/* Source with one row after Proxmox VE refused a request to an agent. */
#define REFUSED "agent-refused"

/* May the token send requests to the agent, by its list of privileges? Unknown counts as yes. */
static bool may_ask_agent(struct sb_stage_run *stage, uint32_t vmid, const char **ret_privilege)
{
	/* The role PVEAuditor has the first one. Proxmox VE 8 has only the last one, which permits
	 * more than reading. */
	static const char *const names[] = {"VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted",
					    "VM.Monitor"};
	size_t first = sb_pve_major(stage) < 9 ? 2 : 0, n = sb_pve_major(stage) < 9 ? 3 : 2, i;
	char path[32];

	*ret_privilege = names[first];
	snprintf(path, sizeof(path), "/vms/%" PRIu32, vmid);
	for (i = first; i < n; i++)
		if (sb_pve_may(stage, path, names[i]) != 0)
			return true;
	return false;
}

/* An administrator chose a token without this privilege, so it is a limit and not a failure. */
static int put_limit(struct sb_stage_run *stage, const char *key, const char *privilege,
		     struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	rc = sb_row_put(stage, REFUSED, json_object(), err, "%s", sb_run_endpoint(stage));
	if (rc < 0)
		return rc;
	sb_fail(&why, SB_E_FORBIDDEN,
		"the token lacks %s, so guest agents are not asked: the addresses of guests in "
		"NetBox do not change. %s, or set options.qemu.agent = false to use the addresses "
		"in the configs",
		privilege,
		sb_streq(privilege, "VM.Monitor")
			? "Grant user and token a role with it (which also permits commands in "
			  "guests)"
			: "Grant user and token a role with it, such as PVEAuditor");
	return sb_guest_addresses_limited(stage, &qemu_family, key, &why, err);
}

/* One text for all guests with such an agent, so that the run reports them in one line. */
static int put_silent_limit(struct sb_stage_run *stage, const char *key, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;

	sb_fail(&why, SB_E_TIMEOUT,
		"the guest agent did not answer in the last runs and is asked again later: the "
		"addresses in NetBox do not change. Start qemu-guest-agent in these guests, or "
		"switch the agent off in their configs");
	return sb_guest_addresses_limited(stage, &qemu_family, key, &why, err);
}

static int put_silent(struct sb_stage_run *stage, const char *key, const struct sb_error *why,
		      struct sb_error *err)
{
	int rc = sb_agent_silent(stage, key);

	if (rc < 0)
		return sb_fail(err, rc, "agent of %s: out of memory", key);
	return rc ? put_silent_limit(stage, key, err)
		  : sb_guest_addresses_unknown(stage, &qemu_family, key, why, err);
}

static int put_absent(struct sb_stage_run *stage, const char *key, struct sb_error *err)
{
	int rc = sb_agent_absent(stage, key);

	return rc < 0 ? sb_fail(err, rc, "agent of %s: out of memory", key)
		      : sb_guest_addresses_keep(stage, &qemu_family, key, err);
}

static uint32_t parse_vmid(const char *key)
{
	return (uint32_t)strtoul(strrchr(key, '/') + 1, NULL, 10);
}

static int on_host_name(struct sb_stage_run *stage, const char *key, const json_t *data,
			const struct sb_error *why, void *arg, struct sb_error *err)
{
	const char *host = sb_json_str(json_object_get(data, "result"), "host-name");

	(void)arg;
	(void)why;
	return host ? sb_guest_host_put(stage, &qemu_family, key, host, err) : 0;
}

/* Send the requests that options enable, after an agent has answered the first one. */
static int ask_more(struct sb_stage_run *stage, const char *key, struct sb_error *err)
{
	sb_autojson *row = sb_row_get(stage, "qemu-guest", key);
	const char *node = sb_json_str(row, "node");
	int64_t vmid;
	int rc = 0;

	if (!node || sb_json_int(row, "vmid", &vmid) < 0)
		return 0;
	if (sb_opt_bool(stage, "agent_osinfo"))
		rc = sb_pve_ask(stage, qemu_on_osinfo, NULL, key, SB_PVE_AGENT, err,
				"/nodes/%s/qemu/%u/agent/get-osinfo", node, (unsigned)vmid);
	if (rc >= 0 && sb_opt_bool(stage, "agent_hostname"))
		rc = sb_pve_ask(stage, on_host_name, NULL, key, SB_PVE_AGENT, err,
				"/nodes/%s/qemu/%u/agent/get-host-name", node, (unsigned)vmid);
	return rc < 0 ? rc : 0;
}

static int on_interfaces(struct sb_stage_run *stage, const char *key, const json_t *data,
			 const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *result = json_object_get(data, "result"); /* borrowed */
	const json_t *error = json_object_get(result, "error");
	struct sb_error reason = SB_ERROR_INIT;
	const char *text;
	int rc;

	(void)arg;
	if (!data && is_absent(why))
		return put_absent(stage, key, err);
	if (!data && is_silent(why))
		return put_silent(stage, key, why, err);
	if (!data && why && why->code == SB_E_FORBIDDEN &&
	    !may_ask_agent(stage, parse_vmid(key), &text))
		return put_limit(stage, key, text, err);
	if (!data)
		return sb_guest_addresses_unknown(stage, &qemu_family, key, why, err);
	rc = sb_agent_answered(stage, key);
	if (rc < 0)
		return sb_fail(err, rc, "agent of %s: out of memory", key);
	if (is_blocked(error))
		return sb_guest_addresses_keep(stage, &qemu_family, key, err);
	if (!json_is_array(result)) {
		text = sb_json_str(error, "desc");
		sb_fail(&reason, SB_E_SHAPE, "answer of the guest agent: %s",
			text ? text : "not a list");
		return sb_guest_addresses_unknown(stage, &qemu_family, key, &reason, err);
	}
	rc = sb_guest_addresses_put(stage, &qemu_family, key, result, err);
	return rc < 0 ? rc : ask_more(stage, key, err);
}

/* Under these locks a request would block the owner of the lock, or there is no machine that could
 * answer. During a backup or a snapshot agents answer; a frozen one refuses at once. */
static const char *find_busy_lock(const struct sb_guest *guest)
{
	static const char *const locks[] = {"migrate", "suspending", "rollback", "create"};
	const char *lock = sb_json_str(guest->config, "lock");
	size_t i;

	if (!lock) /* the config is newer than the list, but may have been read before */
		lock = sb_json_str(guest->resource, "lock");
	for (i = 0; lock && i < SB_ARRAY_LEN(locks); i++)
		if (sb_streq(lock, locks[i]))
			return lock;
	return NULL;
}

static int put_busy(struct sb_stage_run *stage, const struct sb_guest *guest, const char *lock,
		    struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	sb_fail(&why, SB_E_STATE, "the guest is locked (%s), so its agent is not asked", lock);
	rc = sb_guest_addresses_unknown(stage, &qemu_family, guest->key, &why, err);
	return rc < 0 ? rc : SB_GUEST_ASKED;
}

/* Is the guest asked in this run? Returns enum sb_agent_turn, or a negative code. */
static int find_turn(struct sb_stage_run *stage, const struct sb_guest *guest)
{
	int64_t uptime_s = -1;
	char mark[17];

	if (sb_json_int(guest->resource, "uptime", &uptime_s) < 0)
		uptime_s = -1;
	qemu_config_mark(guest->config, mark);
	return sb_agent_turn(stage, guest->key, uptime_s, mark);
}

static int ask_agent(struct sb_stage_run *stage, const struct sb_guest *guest, struct sb_error *err)
{
	int rc = find_turn(stage, guest);

	if (rc < 0)
		return sb_fail(err, rc, "agent of %s: out of memory", guest->key);
	if (rc == SB_AGENT_ABSENT)
		return SB_GUEST_KEEP;
	if (rc == SB_AGENT_SILENT)
		rc = put_silent_limit(stage, guest->key, err);
	else
		rc = sb_pve_ask(stage, on_interfaces, NULL, guest->key, SB_PVE_AGENT, err,
				"/nodes/%s/qemu/%u/agent/network-get-interfaces", guest->node,
				guest->vmid);
	return rc < 0 ? rc : SB_GUEST_ASKED;
}

int qemu_ask_addresses(struct sb_stage_run *stage, const struct sb_guest *guest,
		       struct sb_error *err)
{
	const char *status = sb_json_str(guest->resource, "status"), *privilege;
	const char *lock = find_busy_lock(guest);
	sb_autojson *refused = NULL;
	int rc;

	if (!qemu_has_agent(guest->config) || !sb_opt_bool(stage, "agent"))
		return SB_GUEST_CONFIGURED;
	if (sb_opt_bool(stage, "agent_osinfo")) {
		rc = sb_guest_os_put(stage, &qemu_family, guest->key, NULL, err);
		if (rc < 0)
			return rc;
	}
	if (!status || !sb_streq(status, "running") ||
	    sb_json_bool(guest->config, "template", false))
		return SB_GUEST_KEEP;
	if (lock)
		return put_busy(stage, guest, lock, err);
	/* Each refusal costs a connection, so after the first one the privileges decide. */
	refused = sb_row_get(stage, REFUSED, sb_run_endpoint(stage));
	if (refused && !may_ask_agent(stage, guest->vmid, &privilege)) {
		rc = put_limit(stage, guest->key, privilege, err);
		return rc < 0 ? rc : SB_GUEST_ASKED;
	}
	return ask_agent(stage, guest, err);
}

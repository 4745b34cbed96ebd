/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the agent in a guest for its addresses. */
#include "qemu.h"

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

	return class && (!strcmp(class, "CommandNotFound") || !strcmp(class, "CommandDisabled"));
}

static int on_host_name(struct sb_run *run, const char *key, const json_t *data,
			const struct sb_error *why, struct sb_error *err)
{
	const char *host = sb_json_str(json_object_get(data, "result"), "host-name");

	(void)why;
	return host ? sb_guest_host_put(run, &qemu_family, key, host, err) : 0;
}

static int ask_host_name(struct sb_run *run, const char *key, struct sb_error *err)
{
	sb_autojson *row = sb_row_get(run, "qemu-guest", key);
	const char *node = sb_json_str(row, "node");
	int64_t vmid;

	if (!node || sb_json_int(row, "vmid", &vmid) < 0)
		return 0;
	return sb_pve_ask(run, on_host_name, key, SB_PVE_AGENT, err,
			  "/nodes/%s/qemu/%u/agent/get-host-name", node, (unsigned)vmid);
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
	if (rc < 0 || !sb_opt_bool(run, "agent_hostname"))
		return rc;
	return ask_host_name(run, key, err);
}

/* While these hold, the agent does not answer or would block who holds them. */
static bool is_busy(const char *lock)
{
	static const char *const locks[] = {"backup", "snapshot", "migrate", "suspending",
					    "rollback"};
	size_t i;

	for (i = 0; lock && i < SB_ARRAY_LEN(locks); i++)
		if (!strcmp(lock, locks[i]))
			return true;
	return false;
}

int qemu_ask_addresses(struct sb_run *run, const struct sb_guest *guest, struct sb_error *err)
{
	const char *status = sb_json_str(guest->resource, "status");
	int rc;

	if (!qemu_has_agent(guest->config) || !sb_opt_bool(run, "agent"))
		return SB_GUEST_CONFIGURED;
	if (!status || strcmp(status, "running") != 0 ||
	    sb_json_bool(guest->config, "template", false) ||
	    is_busy(sb_json_str(guest->resource, "lock")))
		return SB_GUEST_KEEP;
	rc = sb_pve_ask(run, on_interfaces, guest->key, SB_PVE_AGENT, err,
			"/nodes/%s/qemu/%u/agent/network-get-interfaces", guest->node, guest->vmid);
	return rc < 0 ? rc : SB_GUEST_ASKED;
}

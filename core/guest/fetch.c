/* SPDX-License-Identifier: Apache-2.0 */
/* Reads all guests of a family: which are readable, their configs, and guests that migrate during
 * the run. */
#include "guest/guest_priv.h"

#include <string.h>

/* Rows of a second list of guests, requested when a guest migrated during the run. */
#define AGAIN    "resource-again"
#define AGAIN_IS "resource-again-read" /* one row after that list was read */

static sb_answer_fn on_config, on_moved, on_config_again;

/* Declare that all parts below prefix are unknown. */
static int set_parts_unknown(struct sb_stage_run *stage, const struct sb_guest_sources *sources,
			     const char *prefix, const struct sb_error *why)
{
	const char *const names[] = {sources->disk, sources->nic, sources->address, sources->mac};
	size_t n = SB_ARRAY_LEN(names) - !sb_kind_available(stage, "mac-address"), i;
	int rc = 0;

	for (i = 0; !rc && i < n; i++)
		rc = sb_rows_unknown(stage, names[i], prefix, why);
	return rc;
}

int sb_guest_unknown(struct sb_stage_run *stage, const struct sb_guest_family *family,
		     const char *key, const struct sb_error *why)
{
	struct sb_guest_sources sources;
	sb_autofree char *prefix = sb_guest_format("%s/", key);
	int rc;

	if (!prefix)
		return SB_E_NOMEM;
	sb_guest_sources_init(&sources, family);
	rc = sb_rows_unknown(stage, sources.guest, key, why);
	return rc ? rc : set_parts_unknown(stage, &sources, prefix, why);
}

/* Skip a guest: NetBox's object and its parts are not changed. */
static int put_skipped(struct sb_stage_run *stage, const struct sb_guest_family *family,
		       const char *key, const char *why, struct sb_error *err)
{
	struct sb_guest_sources sources;
	sb_autofree char *prefix = sb_guest_format("%s/", key);
	int rc;

	sb_guest_sources_init(&sources, family);
	if (!prefix || sb_rows_keep(stage, sources.disk, prefix) < 0 ||
	    sb_rows_keep(stage, sources.nic, prefix) < 0 ||
	    sb_rows_keep(stage, sources.mac, prefix) < 0 ||
	    sb_rows_keep(stage, sources.address, prefix) < 0)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	rc = sb_row_put(stage, sources.guest, json_pack("{s:s}", "skip", why), err, "%s", key);
	return rc < 0 ? rc : 0;
}

/* Is the node known to be online? *ret_why is the reason if not. */
static bool node_is_up(struct sb_stage_run *stage, const char *node, struct sb_error *ret_why)
{
	sb_autofree char *key = sb_guest_format("%s/node/%s", sb_run_endpoint(stage), node);
	sb_autojson *row = key ? sb_row_get(stage, "node", key) : NULL;

	if (sb_json_bool(row, "online", false))
		return true;
	sb_fail(ret_why, SB_E_STATE, "node %s %s", node, row ? "is not online" : "is unknown");
	return false;
}

/* Is the node online, but reports no status? Then its pvestatd does not run. */
static bool node_is_silent(struct sb_stage_run *stage, const char *node)
{
	sb_autofree char *key = sb_guest_format("%s/node/%s", sb_run_endpoint(stage), node);
	sb_autojson *row = key ? sb_row_get(stage, "node-silent", key) : NULL;

	return row != NULL;
}

/* Can the guest be read now? *ret_why is the reason if not. */
static bool is_readable(struct sb_stage_run *stage, const char *node, const json_t *row,
			struct sb_error *ret_why)
{
	static const char *const half_made[] = {"create", "clone", "destroyed", "import"};
	const char *status = sb_json_str(row, "status"), *lock = sb_json_str(row, "lock");
	size_t i;

	if (!node_is_up(stage, node, ret_why))
		return false;
	if (!status || sb_streq(status, "unknown")) {
		if (node_is_silent(stage, node))
			sb_fail(ret_why, SB_E_STATE,
				"node %s is online, but reports no status of its guests: start "
				"pvestatd there (`systemctl restart pvestatd`)",
				node);
		else
			sb_fail(ret_why, SB_E_STATE, "its status is unknown");
		return false;
	}
	for (i = 0; lock && i < SB_ARRAY_LEN(half_made); i++)
		if (sb_streq(lock, half_made[i])) {
			sb_fail(ret_why, SB_E_STATE, "it is locked (%s)", lock);
			return false;
		}
	return true;
}

/* The argument of callbacks is not const, but none of them changes the family. */
static int ask_config(struct sb_stage_run *stage, const struct sb_guest_family *family,
		      sb_answer_fn *on_answer, const char *key, const char *node, int64_t vmid,
		      struct sb_error *err)
{
	return sb_pve_ask(stage, on_answer, (void *)(uintptr_t)family, key, SB_PVE_INLINE, err,
			  "/nodes/%s/%s/%u/config?current=1", node, family->type, (unsigned)vmid);
}

static int begin_guest(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		       struct sb_error *err)
{
	const struct sb_guest_family *family = arg;
	const char *node = sb_json_str(row, "node");
	struct sb_error why = SB_ERROR_INIT;
	int64_t vmid;

	if (!node || sb_json_int(row, "vmid", &vmid) < 0 || vmid < 1 || vmid > UINT32_MAX) {
		sb_fail(&why, SB_E_SHAPE, "no node or VMID in the list of guests");
		return sb_guest_unknown(stage, family, key, &why);
	}
	if (!is_readable(stage, node, row, &why))
		return sb_guest_unknown(stage, family, key, &why);
	return ask_config(stage, family, on_config, key, node, vmid, err);
}

/* If the list of guests may be incomplete, parts of a missing guest have not vanished. */
static int note_gap(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		    struct sb_error *err)
{
	const struct sb_guest_sources *sources = arg;
	const char *text = sb_json_str(row, "why");
	struct sb_error why = SB_ERROR_INIT;
	int64_t code = SB_E_STATE;

	sb_json_int(row, "code", &code);
	sb_fail(&why, (int)code, "%s", text ? text : key);
	if (sb_rows_unknown(stage, sources->guest, "", &why) < 0 ||
	    set_parts_unknown(stage, sources, "", &why) < 0)
		return sb_fail(err, SB_E_NOMEM, "the list of guests: out of memory");
	return 0;
}

/* A guest that the token may not see looks gone: what NetBox has of it is kept. VMIDs do not show
 * the family, so both families keep it. */
static int keep_hidden(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		       struct sb_error *err)
{
	const struct sb_guest_family *family = arg;
	sb_autofree char *prefix = sb_guest_prefix(stage, family), *guest = NULL, *parts = NULL;
	struct sb_guest_sources sources;
	int rc;

	(void)row;
	sb_guest_sources_init(&sources, family);
	guest = prefix ? sb_guest_format("%s%s", prefix, strrchr(key, '/') + 1) : NULL;
	parts = guest ? sb_guest_format("%s/", guest) : NULL;
	rc = parts ? sb_rows_keep(stage, sources.guest, guest) : SB_E_NOMEM;
	if (!rc)
		rc = sb_rows_keep(stage, sources.disk, parts);
	if (!rc)
		rc = sb_rows_keep(stage, sources.nic, parts);
	if (!rc)
		rc = sb_rows_keep(stage, sources.mac, parts);
	if (!rc)
		rc = sb_rows_keep(stage, sources.address, parts);
	return rc < 0 ? sb_fail(err, rc, "hidden guests: out of memory") : 0;
}

int sb_guest_fetch(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	const struct sb_guest_family *family = arg;
	sb_autofree char *prefix = sb_guest_prefix(stage, family);
	struct sb_guest_sources sources;
	int rc;

	if (!prefix)
		return sb_fail(err, SB_E_NOMEM, "guests: out of memory");
	sb_guest_sources_init(&sources, family);
	/* Without this, a family without guests would be unknown, not empty. */
	if (sb_rows_read(stage, sources.guest) < 0 || sb_rows_read(stage, sources.disk) < 0 ||
	    sb_rows_read(stage, sources.nic) < 0 || sb_rows_read(stage, sources.mac) < 0 ||
	    sb_rows_read(stage, sources.address) < 0)
		return sb_fail(err, SB_E_NOMEM, "guests: out of memory");
	rc = sb_rows_each(stage, "resource-gap", "", note_gap, &sources, err);
	if (!rc)
		rc = sb_rows_each(stage, "resource-hidden", "", keep_hidden, arg, err);
	if (rc < 0)
		return rc;
	return sb_rows_each(stage, "resource", prefix, begin_guest, arg, err);
}

/* Take the config of a guest from the node that resource or, after a migration, AGAIN names. */
static int take_config(struct sb_stage_run *stage, const struct sb_guest_family *family,
		       const char *key, const json_t *config, struct sb_error *err)
{
	sb_autojson *resource = sb_row_get(stage, "resource", key);
	sb_autojson *again = sb_row_get(stage, AGAIN, key);
	const char *node = sb_json_str(again, "node");
	struct sb_error why = SB_ERROR_INIT;
	struct sb_guest guest = {.key = key, .resource = resource, .config = config};
	int64_t vmid;
	int rc;

	guest.node = node ? node : sb_json_str(resource, "node");
	if (!guest.node || sb_json_int(resource, "vmid", &vmid) < 0)
		return sb_fail(err, SB_E_STATE, "%s: received a config that was not requested",
			       key);
	guest.vmid = (uint32_t)vmid;
	if (!json_is_object(config)) {
		sb_fail(&why, SB_E_SHAPE, "its config is not a JSON object");
		return sb_guest_unknown(stage, family, key, &why);
	}
	rc = sb_guest_name_put(stage, family, &guest, err);
	if (rc < 0)
		return rc;
	/* The list of guests may be older than the config, so it does not say what is a template.
	 */
	if (sb_json_bool(config, "template", false) && !sb_opt_bool(stage, "templates"))
		return put_skipped(stage, family, key, "the option templates is off", err);
	rc = sb_guest_config_put(stage, family, &guest, &why);
	if (rc == SB_E_SHAPE)
		return sb_guest_unknown(stage, family, key, &why);
	if (rc < 0) {
		if (err)
			*err = why;
		return rc;
	}
	rc = family->ask_addresses(stage, &guest, err);
	if (rc < 0 || rc == SB_GUEST_ASKED)
		return rc < 0 ? rc : 0;
	if (rc == SB_GUEST_KEEP)
		return sb_guest_addresses_keep(stage, family, key, err);
	return sb_guest_addresses_configured(stage, family, key, err);
}

static bool is_missing(const struct sb_error *why)
{
	/* Proxmox VE answers the same for a guest that migrated and for one that was deleted. */
	return why && strstr(why->text, "does not exist") != NULL;
}

static int set_config_unknown(struct sb_stage_run *stage, const struct sb_guest_family *family,
			      const char *key, const struct sb_error *why)
{
	struct sb_error framed = SB_ERROR_INIT;

	if (why)
		framed = *why;
	else
		sb_fail(&framed, SB_E_STATE, "no answer");
	sb_context(&framed, framed.code, "config");
	return sb_guest_unknown(stage, family, key, &framed);
}

/* Request the config again, from the node in the second list of guests. */
static int retry_config(struct sb_stage_run *stage, const struct sb_guest_family *family,
			const char *key, struct sb_error *err)
{
	sb_autojson *row = sb_row_get(stage, AGAIN, key);
	const char *node = sb_json_str(row, "node");
	struct sb_error why = SB_ERROR_INIT;
	int64_t vmid;

	if (!node || sb_json_int(row, "vmid", &vmid) < 0) {
		sb_fail(&why, SB_E_STATE, "it was deleted while it was read");
		return sb_guest_unknown(stage, family, key, &why);
	}
	if (!node_is_up(stage, node, &why))
		return sb_guest_unknown(stage, family, key, &why);
	return ask_config(stage, family, on_config_again, key, node, vmid, err);
}

static int on_config(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	const struct sb_guest_family *family = arg;
	sb_autojson *again = NULL;

	if (data)
		return take_config(stage, family, key, data, err);
	if (!is_missing(why))
		return set_config_unknown(stage, family, key, why);
	again = sb_row_get(stage, AGAIN_IS, sb_run_endpoint(stage));
	if (again) /* one second list is enough for all guests that migrated */
		return retry_config(stage, family, key, err);
	return sb_pve_ask(stage, on_moved, arg, key, SB_PVE_INLINE, err,
			  "/cluster/resources?type=vm");
}

/* Put the rows of the second list of guests. */
static int put_second_list(struct sb_stage_run *stage, const json_t *list, struct sb_error *err)
{
	const json_t *item; /* borrowed */
	size_t i;
	int rc;

	json_array_foreach (list, i, item) {
		const char *type = sb_json_str(item, "type"), *node = sb_json_str(item, "node");
		int64_t vmid;

		if (!type || !node || sb_json_int(item, "vmid", &vmid) < 0)
			continue;
		rc = sb_row_put(stage, AGAIN,
				json_pack("{s:s,s:I}", "node", node, "vmid", (json_int_t)vmid), err,
				"%s/%s/%lld", sb_run_endpoint(stage), type, (long long)vmid);
		if (rc < 0)
			return rc;
	}
	rc = sb_row_put(stage, AGAIN_IS, json_object(), err, "%s", sb_run_endpoint(stage));
	return rc < 0 ? rc : 0;
}

static int on_moved(struct sb_stage_run *stage, const char *key, const json_t *data,
		    const struct sb_error *why, void *arg, struct sb_error *err)
{
	const struct sb_guest_family *family = arg;
	sb_autojson *again = sb_row_get(stage, AGAIN_IS, sb_run_endpoint(stage));
	int rc;

	if (!again && !json_is_array(data))
		return set_config_unknown(stage, family, key, why);
	if (!again) {
		rc = put_second_list(stage, data, err);
		if (rc < 0)
			return rc;
	}
	return retry_config(stage, family, key, err);
}

static int on_config_again(struct sb_stage_run *stage, const char *key, const json_t *data,
			   const struct sb_error *why, void *arg, struct sb_error *err)
{
	const struct sb_guest_family *family = arg;
	if (data)
		return take_config(stage, family, key, data, err);
	return set_config_unknown(stage, family, key, why);
}

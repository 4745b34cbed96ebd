/* SPDX-License-Identifier: Apache-2.0 */
/* Module guestlock: the lock of each guest of Proxmox VE, in a custom field that people can filter
 * by. The guests themselves belong to the modules qemu and lxc. */
#include <stdio.h>

#include <stagebox/conf.h>
#include <stagebox/json.h>
#include <stagebox/pve.h>
#include <stagebox/reconcile.h>

#define SOURCE "guestlock-lock"     /* the rows that fetch_locks() puts and diff_locks() reads */
#define FIELD  "stagebox_guestlock" /* the custom field */
#define NONE   "none"
#define OTHER  "other"

static const char *const types[] = {"qemu", "lxc"}; /* of guests, in keys and paths */

/* The values of the field: no lock, the locks of virtual machines and containers, and "other" for
 * one that a later version of Proxmox VE adds, because NetBox refuses a value without a choice. */
static const char *const values[] = {
	NONE,       "backup",   "clone",           "create",    "destroyed",
	"disk",     "fstrim",   "import",          "migrate",   "mounted",
	"rollback", "snapshot", "snapshot-delete", "suspended", "suspending",
	OTHER,      NULL,
};

static const char *value_of(const char *lock)
{
	size_t i;

	if (!lock || !*lock)
		return NONE;
	for (i = 1; values[i]; i++) { /* after NONE */
		if (sb_streq(values[i], lock))
			return values[i];
	}
	return OTHER;
}

static bool is_guest(const char *type)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(types); i++) {
		if (sb_streq(types[i], type))
			return true;
	}
	return false;
}

/* Fetch: the list of guests, then the config of each. A guest whose lock could not be read is
 * unknown, so that its value in NetBox stays. */

/* why is NULL for an answer with an unexpected structure. The reason does not name the guest: equal
 * reasons are one cause. */
static int lock_unknown(struct sb_stage_run *stage, const char *key, const char *what,
			const struct sb_error *why, struct sb_error *err)
{
	struct sb_error reason = SB_ERROR_INIT;

	if (why)
		reason = *why;
	else
		sb_fail(&reason, SB_E_SHAPE, "the answer has an unexpected structure");
	sb_context(&reason, reason.code, "%s", what);
	if (sb_rows_unknown(stage, SOURCE, key, &reason) < 0)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", what);
	return 0; /* a failed request does not fail the stage */
}

static int on_config(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *lock = json_object_get(data, "lock"); /* borrowed, as all of data */

	(void)arg;
	if (!json_is_object(data) || (lock && !json_is_string(lock)))
		return lock_unknown(stage, key, "config of the guest", why, err);
	return sb_row_put(stage, SOURCE,
			  json_pack("{s:s}", "lock", value_of(json_string_value(lock))), err, "%s",
			  key);
}

static int ask_guest(struct sb_stage_run *stage, const json_t *guest, struct sb_error *err)
{
	const char *type = sb_json_str(guest, "type"), *node = sb_json_str(guest, "node");
	const char *status = sb_json_str(guest, "status");
	struct sb_error why = SB_ERROR_INIT;
	int64_t vmid = 0;
	char key[256];

	if (!type || !node || sb_json_int(guest, "vmid", &vmid) < 0)
		return lock_unknown(stage, "", "list of guests", NULL, err);
	if (!is_guest(type))
		return 0;
	snprintf(key, sizeof(key), "%s/%s/%lld", sb_run_endpoint(stage), type, (long long)vmid);
	if (status && sb_streq(status, "unknown")) {
		sb_fail(&why, SB_E_STATE,
			"its status is unknown: its node is offline, or does not report");
		return lock_unknown(stage, key, "config of the guest", &why, err);
	}
	return sb_pve_ask(stage, on_config, NULL, key, SB_PVE_INLINE, err,
			  "/nodes/%s/%s/%lld/config", node, type, (long long)vmid);
}

static int on_guests(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *guest;
	size_t i;
	int rc = 0;

	(void)arg;
	if (!json_is_array(data))
		return lock_unknown(stage, key, "list of guests", why, err);
	json_array_foreach (data, i, guest) {
		rc = ask_guest(stage, guest, err);
		if (rc < 0)
			break;
	}
	return rc;
}

static int fetch_locks(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	int rc = sb_rows_read(stage, SOURCE); /* a cluster may have no guests */

	(void)arg;
	/* Without this privilege Proxmox VE leaves guests out of the list, with status 200. */
	if (!rc && sb_pve_may(stage, "/vms", "VM.Audit") != 1) {
		sb_fail(&why, SB_E_FORBIDDEN,
			"the token lacks VM.Audit on /vms: guests may be hidden");
		rc = lock_unknown(stage, "", "list of guests", &why, err);
	}
	return rc < 0 ? rc
		      : sb_pve_ask(stage, on_guests, NULL, "", SB_PVE_INLINE, err,
				   "/cluster/resources?type=vm");
}

/* Diff: the value of the field. */

static int want_lock(struct sb_stage_run *stage, const char *key, const json_t *row,
		     struct sb_want *want, void *arg, struct sb_error *err)
{
	(void)stage, (void)key, (void)arg, (void)err;
	sb_want_str(want, FIELD, sb_json_str(row, "lock"));
	return 0; /* the want stores the first failure of a setter */
}

static int diff_locks(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	char prefix[256];
	struct sb_reconcile reconcile = {
		.size = sizeof(reconcile),
		.kind = "vm",
		.source = SOURCE,
		.prefix = prefix,
		.flags = SB_RECONCILE_FIELDS, /* creates and deletes no guest */
		.want = want_lock,
	};
	size_t i;
	int rc = 0;

	(void)arg;
	for (i = 0; i < SB_ARRAY_LEN(types) && !rc; i++) {
		snprintf(prefix, sizeof(prefix), "%s/%s/", sb_run_endpoint(stage), types[i]);
		rc = sb_reconcile(stage, &reconcile, err);
	}
	return rc;
}

/* The definition of the module. */

static const char *const kinds[] = {"vm", NULL};
static const struct sb_field lock_field = {
	.size = sizeof(lock_field),
	.name = FIELD,
	.label = "Lock",
	.description = "lock of the guest in Proxmox VE; none: not locked; empty: not read yet",
	.type = SB_FIELD_CHOICE,
	.choices = values,
	.kinds = kinds,
	.policy = SB_POLICY_ALWAYS,
};

static const char *const after[] = {"?qemu.guests", "?lxc.guests", NULL};
static const char *const fields_written[] = {FIELD, NULL};
static const struct sb_write writes[] = {
	{.kind = "vm", .fields = fields_written, .keys = "*/qemu/"},
	{.kind = "vm", .fields = fields_written, .keys = "*/lxc/"},
	{0},
};
static const struct sb_need needs[] = {
	{.path = "/vms", .privilege = "VM.Audit", .use = "locks of guests"},
	{0},
};

static const struct sb_stage locks = {
	.size = sizeof(locks),
	.name = "guestlock.locks",
	.after = after,
	SB_TABLE(need, needs),
	SB_TABLE(write, writes),
	.fetch = fetch_locks,
	.diff = diff_locks,
};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	int rc = sb_field_add(ctx, &lock_field, err);

	(void)ret_state;
	return rc < 0 ? rc : sb_stage_add(ctx, &locks, err);
}

SB_MODULE(guestlock, .version = "0.1.0", .summary = "Locks of guests in a custom field",
	  .start = start_module)

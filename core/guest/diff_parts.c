/* SPDX-License-Identifier: Apache-2.0 */
/* The diffs of disks and interfaces of guests. */
#include "guest/guest_priv.h"

#include <stdio.h>
#include <string.h>

#define DESCRIPTION_CHARS 200

/* The key of the guest that a part belongs to; caller frees. */
static char *parent_key(const char *key)
{
	return strndup(key, (size_t)(strrchr(key, '/') - key));
}

static int want_parent(const char *key, struct sb_want *want, struct sb_error *err)
{
	sb_autofree char *guest = parent_key(key);

	if (!guest)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	sb_want_ref(want, "virtual_machine", "vm", guest);
	return 0;
}

static int want_disk(struct sb_stage_run *stage, const char *key, const json_t *row,
		     struct sb_want *want, void *arg, struct sb_error *err)
{
	const char *skip = sb_json_str(row, "skip"), *volume = sb_json_str(row, "volume");
	int64_t size = 0;

	(void)stage;
	(void)arg;
	if (skip) {
		sb_want_skip(want, skip);
		return 0;
	}
	sb_json_int(row, "size", &size);
	sb_want_str(want, "name", sb_json_str(row, "name"));
	sb_want_int(want, "size", size);
	sb_want_set(want, "description", sb_json_text(volume ? volume : "", DESCRIPTION_CHARS));
	return want_parent(key, want, err);
}

static void want_mtu(struct sb_stage_run *stage, const json_t *row, struct sb_want *want)
{
	int64_t mtu = 0;

	sb_json_int(row, "mtu", &mtu);
	/* In Proxmox VE 1 means the MTU of the bridge. */
	if (mtu == 1 && !sb_guest_bridge_mtu(stage, row, &mtu))
		return;
	if (mtu >= 1 && mtu <= SB_GUEST_MAX_MTU)
		sb_want_int(want, "mtu", mtu);
	else
		sb_want_null(want, "mtu");
}

/* Set the VLANs of a NIC. The frames on a vnet of a VLAN zone have the VLAN of the vnet, whatever
 * the guest does. While it is not known whether the bridge is such a vnet, only a tag is trusted.
 */
static int want_vlans(struct sb_stage_run *stage, const json_t *row, struct sb_want *want,
		      json_t *cache, struct sb_error *err)
{
	const char *trunks = sb_json_str(row, "trunks");
	int64_t tag = 0;

	if (sb_guest_is_unknown_field(row, "mode"))
		return 0;
	sb_json_int(row, "tag", &tag);
	switch (sb_guest_bridge_vlan(stage, row, &tag)) {
	case SB_GUEST_BRIDGE_VLAN: trunks = NULL; break;
	case SB_GUEST_BRIDGE_HIDDEN:
		if (!tag && !(trunks && *trunks))
			return 0;
		break;
	case SB_GUEST_BRIDGE_PLAIN: break;
	}
	return sb_guest_want_vlans(stage, want, tag, trunks, cache, err);
}

static int want_interface(struct sb_stage_run *stage, const char *key, const json_t *row,
			  struct sb_want *want, void *arg, struct sb_error *err)
{
	const char *name = sb_json_str(row, "name"), *mac = sb_json_str(row, "mac");
	int rc;

	sb_want_str(want, "name", name ? name : "");
	sb_want_bool(want, "enabled", !sb_json_bool(row, "link_down", false));
	want_mtu(stage, row, want);
	if (mac)
		sb_want_str(want, "mac_address", mac);
	else
		sb_want_null(want, "mac_address");
	rc = want_parent(key, want, err);
	if (!rc)
		rc = want_vlans(stage, row, want, arg, err);
	sb_guest_want_unknown(row, want);
	return rc;
}

static int want_mac(struct sb_stage_run *stage, const char *key, const json_t *row,
		    struct sb_want *want, void *arg, struct sb_error *err)
{
	sb_autofree char *interface = parent_key(key);

	(void)stage;
	(void)arg;
	if (!interface)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	sb_want_str(want, "mac_address", sb_json_str(row, "mac"));
	sb_want_ref(want, "assigned_object", "vm-interface", interface);
	return 0;
}

static int want_primary_mac(struct sb_stage_run *stage, const char *key, const json_t *row,
			    struct sb_want *want, void *arg, struct sb_error *err)
{
	sb_autofree char *mac = sb_guest_format("%s/mac", key);

	(void)stage;
	(void)arg;
	if (!mac)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	if (sb_json_str(row, "mac"))
		sb_want_ref(want, "primary_mac_address", "mac-address", mac);
	else if (!sb_guest_is_unknown_field(row, "mac_address"))
		sb_want_null(want, "primary_mac_address");
	return 0;
}

/* Reconcile one source of the family. */
static int reconcile_source(struct sb_stage_run *stage, const struct sb_guest_family *family,
			    const char *kind, const char *source, unsigned flags, sb_want_fn *want,
			    void *arg, struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_prefix(stage, family);
	struct sb_reconcile reconcile = {.size = sizeof(reconcile), .kind = kind, .flags = flags};

	if (!prefix)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", source);
	reconcile.source = source;
	reconcile.prefix = prefix;
	reconcile.want = want;
	reconcile.arg = arg;
	return sb_reconcile(stage, &reconcile, err);
}

int sb_guest_diff_disks(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	const struct sb_guest_family *family = arg;
	struct sb_guest_sources sources;

	sb_guest_sources_init(&sources, family);
	return reconcile_source(stage, family, "virtual-disk", sources.disk, 0, want_disk, NULL,
				err);
}

/* Up to NetBox 4.6 a MAC address is an object: it is created after its interface, and then the
 * interface refers to it as primary. */
static int reconcile_macs(struct sb_stage_run *stage, const struct sb_guest_family *family,
			  const struct sb_guest_sources *sources, struct sb_error *err)
{
	int rc;

	if (!sb_kind_available(stage, "mac-address"))
		return 0;
	rc = reconcile_source(stage, family, "mac-address", sources->mac, 0, want_mac, NULL, err);
	return rc < 0 ? rc
		      : reconcile_source(stage, family, "vm-interface", sources->nic,
					 SB_RECONCILE_FIELDS, want_primary_mac, NULL, err);
}

int sb_guest_diff_interfaces(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	const struct sb_guest_family *family = arg;
	sb_autojson *vlans = json_object();
	struct sb_guest_sources sources;
	int rc;

	if (!vlans)
		return sb_fail(err, SB_E_NOMEM, "VLANs: out of memory");
	sb_guest_sources_init(&sources, family);
	rc = reconcile_source(stage, family, "vm-interface", sources.nic, 0, want_interface, vlans,
			      err);
	return rc < 0 ? rc : reconcile_macs(stage, family, &sources, err);
}

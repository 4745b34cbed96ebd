/* SPDX-License-Identifier: Apache-2.0 */
/* Module qemu: virtual machines, their disks, interfaces and addresses. */
#include "qemu.h"

static const struct sb_opt options[] = {
	{"templates", SB_OPT_BOOL, "true", 0, 0, "reflect templates, as machines that are offline"},
	{"agent", SB_OPT_BOOL, "true", 0, 0, "ask the agents in the guests for addresses"},
	{"agent_hostname", SB_OPT_BOOL, "false", 0, 0,
	 "ask them for the host name too (one request more for each running guest)"},
	{NULL, SB_OPT_STR, NULL, 0, 0, NULL},
};

static int on_config(struct sb_run *run, const char *key, const json_t *data,
		     const struct sb_error *why, struct sb_error *err)
{
	return sb_guest_on_config(run, &qemu_family, key, data, why, err);
}

static int on_moved(struct sb_run *run, const char *key, const json_t *data,
		    const struct sb_error *why, struct sb_error *err)
{
	return sb_guest_on_moved(run, &qemu_family, key, data, why, err);
}

static int on_config_again(struct sb_run *run, const char *key, const json_t *data,
			   const struct sb_error *why, struct sb_error *err)
{
	return sb_guest_on_config_again(run, &qemu_family, key, data, why, err);
}

/* "other" and none at all say nothing: the platform is left to people. */
static const struct sb_guest_platform platforms[] = {
	{"l24", "Linux 2.4"},
	{"l26", "Linux"},
	{"solaris", "Solaris"},
	{"w2k", "Windows 2000"},
	{"wxp", "Windows XP"},
	{"w2k3", "Windows Server 2003"},
	{"w2k8", "Windows Server 2008"},
	{"wvista", "Windows Vista"},
	{"win7", "Windows 7/2008r2"},
	{"win8", "Windows 8/2012"},
	{"win10", "Windows 10/2016/2019"},
	{"win11", "Windows 11/2022/2025"},
	{NULL, NULL},
};

static const char *const volumes[] = {"scsi#",    "virtio#",   "sata#", "ide#",
				      "efidisk#", "tpmstate#", NULL};

const struct sb_guest_family qemu_family = {
	.size = sizeof(struct sb_guest_family),
	.type = "qemu",
	.role_name = "Virtual Machine (QEMU)",
	.role_slug = "virtual-machine-qemu",
	.role_color = "00ffff",
	.vm_type_name = "QEMU Virtual Machine",
	.vm_type_slug = "qemu-virtual-machine",
	.platforms = platforms,
	.volumes = volumes,
	.volume_key = "file",
	.nic_key = "model",
	.name_key = "name",
	.on_config = on_config,
	.on_moved = on_moved,
	.on_config_again = on_config_again,
	.read_guest = qemu_read_guest,
	.read_nic = qemu_read_nic,
	.ask_addresses = qemu_ask_addresses,
};

static int fetch(struct sb_run *run, struct sb_error *err)
{
	return sb_guest_fetch(run, &qemu_family, err);
}

static int diff_guests(struct sb_run *run, struct sb_error *err)
{
	return sb_guest_diff_guests(run, &qemu_family, err);
}

static int diff_disks(struct sb_run *run, struct sb_error *err)
{
	return sb_guest_diff_disks(run, &qemu_family, err);
}

static int diff_interfaces(struct sb_run *run, struct sb_error *err)
{
	return sb_guest_diff_interfaces(run, &qemu_family, err);
}

static int diff_addresses(struct sb_run *run, struct sb_error *err)
{
	return sb_guest_diff_addresses(run, &qemu_family, err);
}

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	static const char *const after_nodes[] = {"cluster.cluster", "cluster.nodes", NULL};
	static const char *const after_guests[] = {"qemu.guests", NULL};
	static const char *const after_ports[] = {"qemu.guests", "?cluster.interfaces", NULL};
	static const char *const after_interfaces[] = {"qemu.guests", "qemu.interfaces", NULL};
	const struct sb_stage stages[] = {
		{.size = sizeof(struct sb_stage),
		 .name = "qemu.guests",
		 .after = after_nodes,
		 .reads = sb_guest_reads(SB_GUEST_GUESTS),
		 .fetch = fetch,
		 .diff = diff_guests,
		 .prove_gone = sb_guest_prove_gone},
		{.size = sizeof(struct sb_stage),
		 .name = "qemu.disks",
		 .after = after_guests,
		 .reads = sb_guest_reads(SB_GUEST_DISKS),
		 .diff = diff_disks},
		{.size = sizeof(struct sb_stage),
		 .name = "qemu.interfaces",
		 .after = after_ports,
		 .reads = sb_guest_reads(SB_GUEST_INTERFACES),
		 .diff = diff_interfaces},
		{.size = sizeof(struct sb_stage),
		 .name = "qemu.addresses",
		 .after = after_interfaces,
		 .reads = sb_guest_reads(SB_GUEST_ADDRESSES),
		 .diff = diff_addresses},
	};
	size_t i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < SB_ARRAY_LEN(stages); i++)
		rc = sb_stage_add(ctx, &stages[i], err);
	return rc < 0 ? rc : 0;
}

SB_MODULE(qemu, .version = "0.1.0",
	  .summary = "Virtual machines, their disks, interfaces and addresses", .options = options,
	  .start = start)

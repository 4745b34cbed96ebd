/* SPDX-License-Identifier: Apache-2.0 */
/* Module qemu: virtual machines, their disks, interfaces and addresses. */
#include "qemu.h"

static const struct sb_opt options[] = {
	{.name = "templates",
	 .type = SB_OPT_BOOL,
	 .dflt = "true",
	 .help = "import templates as offline virtual machines"},
	{.name = "notes_metadata",
	 .type = SB_OPT_BOOL,
	 .dflt = "true",
	 .help = "apply the netbox-metadata blocks in notes: role, platform, type, site, device"},
	{.name = "agent",
	 .type = SB_OPT_BOOL,
	 .dflt = "true",
	 .help = "ask guest agents for addresses"},
	{.name = "agent_hostname",
	 .type = SB_OPT_BOOL,
	 .dflt = "false",
	 .help = "ask guest agents for the host name too (one more request per running guest)"},
	{.name = "agent_osinfo",
	 .type = SB_OPT_BOOL,
	 .dflt = "false",
	 .help = "ask guest agents for the operating system, for the platform (one more request)"},
	{.name = "max_nic_addresses",
	 .type = SB_OPT_INT,
	 .dflt = "64",
	 .min = 1,
	 .max = 10000,
	 .help = "addresses of a NIC, above which those of that NIC do not change in NetBox"},
	{.name = "max_addresses",
	 .type = SB_OPT_INT,
	 .dflt = "128",
	 .min = 1,
	 .max = 100000,
	 .help = "addresses of a guest, above which its addresses do not change in NetBox"},
	{.name = "max_disks",
	 .type = SB_OPT_INT,
	 .dflt = "64",
	 .min = 1,
	 .max = 1000,
	 .help = "disks of a guest, above which its disks do not change in NetBox"},
	{.name = "max_tags",
	 .type = SB_OPT_INT,
	 .dflt = "64",
	 .min = 1,
	 .max = 1000,
	 .help = "tags of a guest, above which its tags do not change in NetBox"},
	{0},
};

/* People set the platform of guests with ostype "other" or without one. */
static const struct sb_guest_platform platforms[] = {
	{"l24", "Linux 2.4", "linux-2-4"},
	{"l26", "Linux", NULL},
	{"solaris", "Solaris", NULL},
	{"w2k", "Windows 2000", NULL},
	{"wxp", "Windows XP", NULL},
	{"w2k3", "Windows Server 2003", NULL},
	{"w2k8", "Windows Server 2008", NULL},
	{"wvista", "Windows Vista", NULL},
	{"win7", "Windows 7/2008r2", "windows-7-2008r2"},
	{"win8", "Windows 8/2012", "windows-8-2012"},
	{"win10", "Windows 10/2016/2019", "windows-10-2016-2019"},
	{"win11", "Windows 11/2022/2025", "windows-11-2022-2025"},
	{NULL, NULL, NULL},
};

static const char *const volumes[] = {"scsi#",    "virtio#",   "sata#", "ide#",
				      "efidisk#", "tpmstate#", NULL};

/* Up to Proxmox VE 8 one privilege permits all commands of the agent, also running programs. */
static const struct sb_need agent_needs[] = {
	{"/vms", "VM.Monitor", 0, 8, "agent", "addresses from guest agents", true},
	{"/vms", "VM.GuestAgent.Audit|VM.GuestAgent.Unrestricted", 9, 0, "agent",
	 "addresses from guest agents", true},
	{0},
};

const struct sb_guest_family qemu_family = {
	.size = sizeof(struct sb_guest_family),
	.type = "qemu",
	.role_name = "Virtual Machine (QEMU)",
	.role_slug = "virtual-machine-qemu",
	.role_color = "9e9e9e",
	.vm_type_name = "QEMU Virtual Machine",
	.vm_type_slug = "qemu-virtual-machine",
	.platforms = platforms,
	.volumes = volumes,
	.volume_key = "file",
	.nic_key = "model",
	.name_key = "name",
	.read_guest = qemu_read_guest,
	.read_nic = qemu_read_nic,
	.ask_addresses = qemu_ask_addresses,
	.address_needs = agent_needs,
};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_guest_stages_add(ctx, &qemu_family, err);
}

SB_MODULE(qemu, .version = "0.1.0",
	  .summary = "Virtual machines, their disks, interfaces and addresses",
	  SB_TABLE(option, options), .start = start_module)

/* SPDX-License-Identifier: Apache-2.0 */
/* Module lxc: containers, their disks, interfaces and addresses. */
#include "lxc.h"

static const struct sb_opt options[] = {
	{.name = "templates",
	 .type = SB_OPT_BOOL,
	 .dflt = "true",
	 .help = "import templates as offline virtual machines"},
	{.name = "notes_metadata",
	 .type = SB_OPT_BOOL,
	 .dflt = "true",
	 .help = "apply the netbox-metadata blocks in notes: role, platform, type, site, device"},
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

/* People set the platform of containers with ostype "unmanaged" or without one. */
static const struct sb_guest_platform platforms[] = {
	{"alpine", "Alpine Linux", NULL},
	{"archlinux", "Arch Linux", NULL},
	{"centos", "CentOS", NULL},
	{"debian", "Debian", NULL},
	{"devuan", "Devuan", NULL},
	{"fedora", "Fedora", NULL},
	{"gentoo", "Gentoo", NULL},
	{"nixos", "NixOS", NULL},
	{"opensuse", "openSUSE", NULL},
	{"ubuntu", "Ubuntu", NULL},
	{NULL, NULL, NULL},
};

static const char *const volumes[] = {"rootfs", "mp#", NULL};

const struct sb_guest_family lxc_family = {
	.size = sizeof(struct sb_guest_family),
	.type = "lxc",
	.role_name = "Container (LXC)",
	.role_slug = "container-lxc",
	.role_color = "9e9e9e",
	.vm_type_name = "LXC Container",
	.vm_type_slug = "lxc-container",
	.platforms = platforms,
	.volumes = volumes,
	.volume_key = "volume",
	.name_key = "hostname",
	.match_names = true,
	.read_guest = lxc_read_guest,
	.read_nic = lxc_read_nic,
	.ask_addresses = lxc_ask_addresses,
};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_guest_stages_add(ctx, &lxc_family, err);
}

SB_MODULE(lxc, .version = "0.1.0", .summary = "Containers, their disks, interfaces and addresses",
	  SB_TABLE(option, options), .start = start_module)

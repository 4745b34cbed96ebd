/* SPDX-License-Identifier: Apache-2.0 */
/* Module lxc: containers, their disks, interfaces and addresses. */
#include "lxc.h"

static const struct sb_opt options[] = {
	{"templates", SB_OPT_BOOL, "true", 0, 0, "import templates as offline virtual machines"},
	{"notes_metadata", SB_OPT_BOOL, "true", 0, 0,
	 "apply the netbox-metadata blocks in notes: role, platform, type, site, device"},
	{"max_nic_addresses", SB_OPT_INT, "64", 1, 10000,
	 "addresses of a NIC, above which those of that NIC do not change in NetBox"},
	{"max_addresses", SB_OPT_INT, "128", 1, 100000,
	 "addresses of a guest, above which its addresses do not change in NetBox"},
	{"max_disks", SB_OPT_INT, "64", 1, 1000,
	 "disks of a guest, above which its disks do not change in NetBox"},
	{"max_tags", SB_OPT_INT, "64", 1, 1000,
	 "tags of a guest, above which its tags do not change in NetBox"},
	{NULL, SB_OPT_STR, NULL, 0, 0, NULL},
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

/* SPDX-License-Identifier: Apache-2.0 */
/* Module lxc: containers, their disks, interfaces and addresses. */
#include "lxc.h"

static const struct sb_opt options[] = {
	{"templates", SB_OPT_BOOL, "true", 0, 0, "reflect templates, as machines that are offline"},
	{NULL, SB_OPT_STR, NULL, 0, 0, NULL},
};

static int on_config(struct sb_run *run, const char *key, const json_t *data,
		     const struct sb_error *why, struct sb_error *err)
{
	return sb_guest_on_config(run, &lxc_family, key, data, why, err);
}

static int on_moved(struct sb_run *run, const char *key, const json_t *data,
		    const struct sb_error *why, struct sb_error *err)
{
	return sb_guest_on_moved(run, &lxc_family, key, data, why, err);
}

static int on_config_again(struct sb_run *run, const char *key, const json_t *data,
			   const struct sb_error *why, struct sb_error *err)
{
	return sb_guest_on_config_again(run, &lxc_family, key, data, why, err);
}

/* "unmanaged" and none at all say nothing: the platform is left to people. */
static const struct sb_guest_platform platforms[] = {
	{"alpine", "Alpine Linux"},
	{"archlinux", "Arch Linux"},
	{"centos", "CentOS"},
	{"debian", "Debian"},
	{"devuan", "Devuan"},
	{"fedora", "Fedora"},
	{"gentoo", "Gentoo"},
	{"nixos", "NixOS"},
	{"opensuse", "openSUSE"},
	{"ubuntu", "Ubuntu"},
	{NULL, NULL},
};

static const char *const volumes[] = {"rootfs", "mp#", NULL};

const struct sb_guest_family lxc_family = {
	.size = sizeof(struct sb_guest_family),
	.type = "lxc",
	.role_name = "Container (LXC)",
	.role_slug = "container-lxc",
	.role_color = "7fffd4",
	.vm_type_name = "LXC Container",
	.vm_type_slug = "lxc-container",
	.platforms = platforms,
	.volumes = volumes,
	.volume_key = "volume",
	.name_key = "hostname",
	.match_names = true,
	.on_config = on_config,
	.on_moved = on_moved,
	.on_config_again = on_config_again,
	.read_guest = lxc_read_guest,
	.read_nic = lxc_read_nic,
	.ask_addresses = lxc_ask_addresses,
};

static int fetch(struct sb_run *run, struct sb_error *err)
{
	return sb_guest_fetch(run, &lxc_family, err);
}

static int diff_guests(struct sb_run *run, struct sb_error *err)
{
	return sb_guest_diff_guests(run, &lxc_family, err);
}

static int diff_disks(struct sb_run *run, struct sb_error *err)
{
	return sb_guest_diff_disks(run, &lxc_family, err);
}

static int diff_interfaces(struct sb_run *run, struct sb_error *err)
{
	return sb_guest_diff_interfaces(run, &lxc_family, err);
}

static int diff_addresses(struct sb_run *run, struct sb_error *err)
{
	return sb_guest_diff_addresses(run, &lxc_family, err);
}

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	static const char *const after_nodes[] = {"cluster.cluster", "cluster.nodes", NULL};
	static const char *const after_guests[] = {"lxc.guests", NULL};
	static const char *const after_ports[] = {"lxc.guests", "?cluster.interfaces", NULL};
	static const char *const after_interfaces[] = {"lxc.guests", "lxc.interfaces", NULL};
	const struct sb_stage stages[] = {
		{.size = sizeof(struct sb_stage),
		 .name = "lxc.guests",
		 .after = after_nodes,
		 .reads = sb_guest_reads(SB_GUEST_GUESTS),
		 .fetch = fetch,
		 .diff = diff_guests,
		 .prove_gone = sb_guest_prove_gone},
		{.size = sizeof(struct sb_stage),
		 .name = "lxc.disks",
		 .after = after_guests,
		 .reads = sb_guest_reads(SB_GUEST_DISKS),
		 .diff = diff_disks},
		{.size = sizeof(struct sb_stage),
		 .name = "lxc.interfaces",
		 .after = after_ports,
		 .reads = sb_guest_reads(SB_GUEST_INTERFACES),
		 .diff = diff_interfaces},
		{.size = sizeof(struct sb_stage),
		 .name = "lxc.addresses",
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

SB_MODULE(lxc, .version = "0.1.0", .summary = "Containers, their disks, interfaces and addresses",
	  .options = options, .start = start)

/* SPDX-License-Identifier: Apache-2.0 */
/* What both kinds of guest share: reading a config into rows, addresses, and the four diffs. */
#pragma once

#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

/*
 * Rows that a family's fetch puts, all keys below "<endpoint>/<type>/<vmid>":
 *   "<type>-guest"      lab/qemu/101
 *   "<type>-disk"       lab/qemu/101/scsi0
 *   "<type>-interface"  lab/qemu/101/net0
 *   "<type>-mac"        lab/qemu/101/net0/mac                where NetBox has kind "mac-address"
 *   "<type>-address"    lab/qemu/101/net0/ip/10.0.20.4
 *   "<type>-host"       lab/qemu/101                         what the guest calls itself
 *   "<type>-os"         lab/qemu/101                         the system inside, as it says itself
 *   "address-use"       lab/use/10.0.20.4/lab/qemu/101       who has an address, both families
 *   "address-known"     lab/qemu/101                         of whom addresses are known whole
 *                       (both also of nodes: lab/use/10.0.20.4/lab/node/pve1, lab/node/pve1)
 * It reads "resource", "resource-gap", "node", "node-interface", "cluster", "cluster-options".
 */

/* One guest while its config is read. All members are borrowed. */
struct sb_guest {
	const char *key;  /* "lab/qemu/101" */
	const char *node; /* where it is now */
	uint32_t vmid;
	const json_t *resource; /* row of the source "resource" */
	const json_t *config;
};

/* From what the config calls the system inside to the platform; the table ends with NULL. */
struct sb_guest_platform {
	const char *ostype, *name, *slug; /* slug NULL = made from the name */
};

/* How the addresses of a guest can be known. */
enum sb_guest_addressing {
	SB_GUEST_ASKED,      /* an answer will come */
	SB_GUEST_CONFIGURED, /* what the config says, if anything */
	SB_GUEST_KEEP,       /* not to be had now, and no reason for alarm */
};

/* One kind of guest. */
struct sb_guest_family {
	size_t size;
	const char *type; /* as in paths and keys */
	const char *role_name, *role_slug, *role_color;
	const char *vm_type_name, *vm_type_slug;
	const struct sb_guest_platform *platforms;
	const char *const *volumes; /* names of drives, "#" stands for a number; ends with NULL */
	const char *volume_key;     /* the key of the bare value of a drive */
	const char *nic_key;        /* the key of the bare value of a NIC; NULL = none */
	const char *name_key;       /* where the config has the name */
	bool match_names;           /* the name of a NIC is its name inside the guest */

	/* <id>_on_..., made by SB_GUEST_STAGES(). */
	sb_answer_fn *on_config, *on_moved, *on_config_again;

	/** Set what only this kind knows: "vcpus", "memory", "birth", "dns". Returns 0; SB_E_SHAPE
	 * makes the guest unknown. */
	int (*read_guest)(const struct sb_guest *guest, json_t *row, struct sb_error *err);

	/** The same for NIC number index: "name", "mac", and "ip4", "ip6" as configured, "gw4",
	 * "gw6" (true) where a default gateway is. props is the parsed property string. */
	int (*read_nic)(const struct sb_guest *guest, unsigned index, const json_t *props,
			json_t *row, struct sb_error *err);

	/** Ask for the addresses. Returns enum sb_guest_addressing or a negative code. */
	int (*ask_addresses)(struct sb_run *run, const struct sb_guest *guest,
			     struct sb_error *err);

	/* Since ABI 1.1: what asking for the addresses needs at Proxmox VE; NULL = nothing more. */
	const struct sb_need *address_needs;
};

/* The parts of a family; one stage each. */
enum sb_guest_part {
	SB_GUEST_GUESTS,
	SB_GUEST_DISKS,
	SB_GUEST_INTERFACES,
	SB_GUEST_ADDRESSES,
};

/** What the stage of a part reads from NetBox. */
SB_API const struct sb_read *sb_guest_reads(enum sb_guest_part part);

/** What reading the guests needs at Proxmox VE. */
SB_API const struct sb_need *sb_guest_needs(void);

/** Read all guests of the family: configs, then addresses. The fetch of the stage `guests`. */
SB_API int sb_guest_fetch(struct sb_run *run, const struct sb_guest_family *family,
			  struct sb_error *err);

SB_API int sb_guest_on_config(struct sb_run *run, const struct sb_guest_family *family,
			      const char *key, const json_t *data, const struct sb_error *why,
			      struct sb_error *err);
SB_API int sb_guest_on_moved(struct sb_run *run, const struct sb_guest_family *family,
			     const char *key, const json_t *data, const struct sb_error *why,
			     struct sb_error *err);
SB_API int sb_guest_on_config_again(struct sb_run *run, const struct sb_guest_family *family,
				    const char *key, const json_t *data, const struct sb_error *why,
				    struct sb_error *err);

/**
 * Take the interfaces that a guest reported, with all their addresses.
 *
 * @interfaces  list of {"name", "hardware-address" or "hwaddr", "ip-addresses" or "inet", "inet6"};
 *              anything else makes the addresses unknown
 */
SB_API int sb_guest_addresses_put(struct sb_run *run, const struct sb_guest_family *family,
				  const char *key, const json_t *interfaces, struct sb_error *err);

/** The addresses of a guest cannot be had now and that is no alarm. */
SB_API int sb_guest_addresses_keep(struct sb_run *run, const struct sb_guest_family *family,
				   const char *key, struct sb_error *err);

/** The addresses of a guest could not be read. */
SB_API int sb_guest_addresses_unknown(struct sb_run *run, const struct sb_guest_family *family,
				      const char *key, const struct sb_error *why,
				      struct sb_error *err);

/** The addresses of a guest are beyond the token's rights; see sb_rows_limited(). */
SB_API int sb_guest_addresses_limited(struct sb_run *run, const struct sb_guest_family *family,
				      const char *key, const struct sb_error *why,
				      struct sb_error *err);

/** Note how the guest calls itself; ignored when it is no valid DNS name. */
SB_API int sb_guest_host_put(struct sb_run *run, const struct sb_guest_family *family,
			     const char *key, const char *host, struct sb_error *err);

/**
 * Note the system inside a guest, which names its platform in place of what the config says.
 *
 * @name  "Debian GNU/Linux 13"; NULL = it is to be asked: until it has answered, a guest that
 * NetBox knows keeps its platform
 */
SB_API int sb_guest_os_put(struct sb_run *run, const struct sb_guest_family *family,
			   const char *key, const char *name, struct sb_error *err);

/** The diff of a part. Pure. */
SB_API int sb_guest_diff_guests(struct sb_run *run, const struct sb_guest_family *family,
				struct sb_error *err);
SB_API int sb_guest_diff_disks(struct sb_run *run, const struct sb_guest_family *family,
			       struct sb_error *err);
SB_API int sb_guest_diff_interfaces(struct sb_run *run, const struct sb_guest_family *family,
				    struct sb_error *err);
SB_API int sb_guest_diff_addresses(struct sb_run *run, const struct sb_guest_family *family,
				   struct sb_error *err);

/** Is the number of the guest free, whatever the token may see? Answers with sb_gone(). */
SB_API int sb_guest_prove_gone(struct sb_run *run, const char *key, struct sb_error *err);

/* One callback of the ABI, bound to a family; answers carry three arguments more. */
#define SB_GUEST_BIND_(id, part)                                                                   \
	static int id##_##part(struct sb_run *run, struct sb_error *err)                           \
	{                                                                                          \
		return sb_guest_##part(run, &id##_family, err);                                    \
	}
#define SB_GUEST_BIND_ANSWER_(id, part)                                                            \
	static int id##_##part(struct sb_run *run, const char *key, const json_t *data,            \
			       const struct sb_error *why, struct sb_error *err)                   \
	{                                                                                          \
		return sb_guest_##part(run, &id##_family, key, data, why, err);                    \
	}

/*
 * The callbacks of the ABI have no argument of their own, so each family has a set: defines
 * <id>_fetch, <id>_diff_..., <id>_on_... for the declared <id>_family, and <id>_start, which adds
 * the four stages "<id>.guests", ...
 */
#define SB_GUEST_STAGES(id)                                                                        \
	SB_GUEST_BIND_ANSWER_(id, on_config)                                                       \
	SB_GUEST_BIND_ANSWER_(id, on_moved)                                                        \
	SB_GUEST_BIND_ANSWER_(id, on_config_again)                                                 \
	SB_GUEST_BIND_(id, fetch)                                                                  \
	SB_GUEST_BIND_(id, diff_guests)                                                            \
	SB_GUEST_BIND_(id, diff_disks)                                                             \
	SB_GUEST_BIND_(id, diff_interfaces)                                                        \
	SB_GUEST_BIND_(id, diff_addresses)                                                         \
	static int id##_start(struct sb_ctx *ctx, struct sb_error *err)                            \
	{                                                                                          \
		static const char *const guests[] = {"cluster.cluster", "cluster.nodes", NULL};    \
		static const char *const disks[] = {#id ".guests", NULL};                          \
		static const char *const interfaces[] = {#id ".guests", "?cluster.interfaces",     \
							 NULL};                                    \
		static const char *const addresses[] = {#id ".guests", #id ".interfaces", NULL};   \
		const struct sb_stage stages[] = {                                                 \
			{.size = sizeof(struct sb_stage),                                          \
			 .name = #id ".guests",                                                    \
			 .after = guests,                                                          \
			 .reads = sb_guest_reads(SB_GUEST_GUESTS),                                 \
			 .fetch = id##_fetch,                                                      \
			 .diff = id##_diff_guests,                                                 \
			 .needs = sb_guest_needs(),                                                \
			 .prove_gone = sb_guest_prove_gone},                                       \
			{.size = sizeof(struct sb_stage),                                          \
			 .name = #id ".disks",                                                     \
			 .after = disks,                                                           \
			 .reads = sb_guest_reads(SB_GUEST_DISKS),                                  \
			 .diff = id##_diff_disks},                                                 \
			{.size = sizeof(struct sb_stage),                                          \
			 .name = #id ".interfaces",                                                \
			 .after = interfaces,                                                      \
			 .reads = sb_guest_reads(SB_GUEST_INTERFACES),                             \
			 .diff = id##_diff_interfaces},                                            \
			{.size = sizeof(struct sb_stage),                                          \
			 .name = #id ".addresses",                                                 \
			 .after = addresses,                                                       \
			 .reads = sb_guest_reads(SB_GUEST_ADDRESSES),                              \
			 .diff = id##_diff_addresses,                                              \
			 .needs = id##_family.address_needs},                                      \
		};                                                                                 \
		size_t i;                                                                          \
		int rc = 0;                                                                        \
                                                                                                   \
		for (i = 0; rc >= 0 && i < SB_ARRAY_LEN(stages); i++)                              \
			rc = sb_stage_add(ctx, &stages[i], err);                                   \
		return rc < 0 ? rc : 0;                                                            \
	}

/* Reading strings of a config. */

/** Parse "a,b=c,d=e" into {"<bare>":"a","b":"c","d":"e"}; bare parts are dropped when bare is
 * NULL, of a repeated key the last wins. New reference; NULL = out of memory. */
SB_API json_t *sb_guest_props(const char *text, const char *bare);

/** "32G", "528K", "1.5G", "33554432" (bytes) in MiB, rounded up; SB_E_SHAPE. */
SB_API int sb_guest_size_mib(const char *text, int64_t *ret_mib);

/** A hardware address in any notation as "BC:24:11:00:00:01"; false when it is none. */
SB_API bool sb_guest_mac(const char *text, char ret_mac[18]);

/** A DNS name in lower case from host and domain (may be NULL or "", of several the first counts)
 * that is valid for NetBox; a host without a domain stays alone. Caller frees; NULL = there is
 * none, or out of memory. */
SB_API char *sb_guest_dns(const char *host, const char *domain);

/* What nodes and guests have in common. */

struct sb_guest_ip {
	int version; /* 4 or 6 */
	unsigned prefix;
	unsigned char bytes[16];
	char text[48]; /* canonical, without prefix */
};

/** "10.0.0.1", "10.0.0.1/24", "fe80::1%eth0/64"; prefix < 0: the one of the text, else all bits. */
SB_API bool sb_guest_ip_parse(const char *text, int64_t prefix, struct sb_guest_ip *ret_ip);

/** Is it one that means nothing outside of its host: loopback, link-local, multicast, ...? */
SB_API bool sb_guest_ip_is_local(const struct sb_guest_ip *ip);

/** Why NetBox refuses to assign it to an interface; NULL = it does not. */
SB_API const char *sb_guest_ip_refused(const struct sb_guest_ip *ip);

/** Are the addresses of all guests and nodes of the endpoint known in this run? Only then can it be
 * said of one that nobody else has it. From diff. */
SB_API int sb_guest_addresses_all_known(struct sb_run *run, bool *ret_all, struct sb_error *err);

/** The role of an address: `vip` when several have it (rows "address-use"); none when all are known
 * and one has it; else not managed. */
SB_API int sb_guest_want_role(struct sb_run *run, struct sb_want *want, const char *ip,
			      bool all_known, struct sb_error *err);

/**
 * Mode and VLANs of an interface, in the VLAN group of the endpoint: tag alone is access; up to 64
 * trunks are tagged, more tagged-all; both tagged with an untagged VLAN; none no mode.
 *
 * @tag     0 = none
 * @trunks  "10;20;30-40" or NULL
 * @cache   object that one diff keeps for all its interfaces: {"20": key}
 */
SB_API int sb_guest_want_vlans(struct sb_run *run, struct sb_want *want, int64_t tag,
			       const char *trunks, json_t *cache, struct sb_error *err);

/** Notes as description (first line) and comments (all, when there is more; "" = none), without
 * blocks for us; new references. */
SB_API int sb_guest_notes(const char *notes, json_t **ret_description, json_t **ret_comments,
			  struct sb_error *err);

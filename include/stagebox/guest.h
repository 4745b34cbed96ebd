/* SPDX-License-Identifier: Apache-2.0 */
/* Code that both kinds of guest share: rows from a config, addresses, and the four stages. A
 * library for families of guests that may change with each minor version of the ABI. */
#pragma once

#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The rows that the fetch of a family puts, all with keys below "<endpoint>/<type>/<vmid>":
 *   "<type>-guest"      lab/qemu/101
 *   "<type>-disk"       lab/qemu/101/scsi0
 *   "<type>-interface"  lab/qemu/101/net0
 *   "<type>-mac"        lab/qemu/101/net0/mac                where NetBox has kind "mac-address"
 *   "<type>-address"    lab/qemu/101/net0/ip/10.0.20.4
 *   "<type>-host"       lab/qemu/101                         the host name inside the guest
 *   "<type>-os"         lab/qemu/101                         the operating system in the guest
 *   "address-use"       lab/use/10.0.20.4/lab/qemu/101       who has an address, both families
 *   "address-known"     lab/qemu/101                         whose addresses are all known
 *   "<type>-configured" lab/qemu/101/net0/ip/10.0.20.4       the same for guests that are off
 *   "<type>-off"        lab/qemu/101                         guests that are off with such
 * addresses "guest-network"     lab/network/vmbr0/20/10.0.20.0/24    networks that guests report
 *   "guest-name"        lab/qemu/101                         a name that the list does not have yet
 *                       (both also for nodes: lab/use/10.0.20.4/lab/node/pve1, lab/node/pve1)
 * The fetch reads "resource", "resource-gap", "node", "node-interface", "cluster",
 * "cluster-options", "sdn-zone", "sdn-vnet", "sdn-known", and the options "templates",
 * "notes_metadata", "max_nic_addresses", "max_addresses", "max_disks" and "max_tags" of its module.
 */

/* One guest while its config is read. All members are borrowed. */
struct sb_guest {
	const char *key;  /* "lab/qemu/101" */
	const char *node; /* where it is now */
	uint32_t vmid;
	const json_t *resource; /* row of the source "resource" */
	const json_t *config;
};

/* Maps the ostype of a config to a platform; the table ends with NULL. */
struct sb_guest_platform {
	const char *ostype, *name, *slug; /* slug NULL: sb_slug() makes it from the name */
};

/* Where the addresses of a guest come from. */
enum sb_guest_addressing {
	SB_GUEST_ASKED,      /* from the answer to a request that was sent */
	SB_GUEST_CONFIGURED, /* from the config, if it has any */
	SB_GUEST_KEEP,       /* not available now, which is normal: NetBox's are kept */
};

/* One kind of guest. */
struct sb_guest_family {
	size_t size;
	const char *type; /* as in paths and keys */
	const char *role_name, *role_slug, *role_color;
	const char *vm_type_name, *vm_type_slug;
	const struct sb_guest_platform *platforms;
	const char *const *volumes; /* names of drives, where "#" is a number; ends with NULL */
	const char *volume_key;     /* the key of the bare value of a drive */
	const char *nic_key;        /* the key of the bare value of a NIC; NULL = none */
	const char *name_key;       /* the key of the guest's name */
	bool match_names;           /* the config has the name of a NIC inside the guest */

	/** Set the members that depend on the family: "vcpus", "memory", "birth" (the instance id),
	 * "dns", and "name" if the row has none. A value of the config that is not valid is set as
	 * it is: its field becomes unknown. Returns 0; SB_E_SHAPE makes the guest unknown. */
	int (*read_guest)(const struct sb_guest *guest, json_t *row, struct sb_error *err);

	/** The same for NIC number index: "name", "mac" in any notation, "ip4" and "ip6" as
	 * configured, and "gw4", "gw6" (true) if it has a default gateway. props is the parsed
	 * property string. SB_E_SHAPE makes the NIC unknown. */
	int (*read_nic)(const struct sb_guest *guest, unsigned index, const json_t *props,
			json_t *row, struct sb_error *err);

	/** Request the addresses. Returns enum sb_guest_addressing or a negative code. */
	int (*ask_addresses)(struct sb_stage_run *stage, const struct sb_guest *guest,
			     struct sb_error *err);

	/* Privileges that ask_addresses() needs at Proxmox VE; NULL = no further ones. */
	const struct sb_need *address_needs;
};

/**
 * Add the four stages of a family, "<type>.guests", "<type>.disks", "<type>.interfaces" and
 * "<type>.addresses"; call it from start() of the module <type>. family must stay valid until
 * stop().
 */
SB_API int sb_guest_stages_add(struct sb_ctx *ctx, const struct sb_guest_family *family,
			       struct sb_error *err);

/**
 * Put the addresses of the interfaces that a guest reported.
 *
 * @interfaces  list of {"name", "hardware-address" or "hwaddr", "ip-addresses" or "inet", "inet6"};
 *              anything else makes the addresses unknown
 */
SB_API int sb_guest_addresses_put(struct sb_stage_run *stage, const struct sb_guest_family *family,
				  const char *key, const json_t *interfaces, struct sb_error *err);

/** Declare that the addresses of a guest are not available now, which is normal; sb_rows_keep(). */
SB_API int sb_guest_addresses_keep(struct sb_stage_run *stage, const struct sb_guest_family *family,
				   const char *key, struct sb_error *err);

/** Declare that the addresses of a guest could not be read; see sb_rows_unknown(). */
SB_API int sb_guest_addresses_unknown(struct sb_stage_run *stage,
				      const struct sb_guest_family *family, const char *key,
				      const struct sb_error *why, struct sb_error *err);

/** Declare that the token may not read the addresses of a guest; see sb_rows_limited(). */
SB_API int sb_guest_addresses_limited(struct sb_stage_run *stage,
				      const struct sb_guest_family *family, const char *key,
				      const struct sb_error *why, struct sb_error *err);

/** Put the host name that a guest reported; ignored when it is not a valid DNS name. */
SB_API int sb_guest_host_put(struct sb_stage_run *stage, const struct sb_guest_family *family,
			     const char *key, const char *host, struct sb_error *err);

/**
 * Put the operating system that a guest reported; its platform is named after it, not after the
 * ostype of the config.
 *
 * @name  "Debian GNU/Linux 13"; NULL = a request will be sent; until the answer comes, a guest
 *        that exists in NetBox keeps its platform
 */
SB_API int sb_guest_os_put(struct sb_stage_run *stage, const struct sb_guest_family *family,
			   const char *key, const char *name, struct sb_error *err);

/* Functions that parse strings of a config. */

/** Parse "a,b=c,d=e" into {"<bare>":"a","b":"c","d":"e"}; bare parts are dropped when bare is
 * NULL; the last value of a repeated key is used. New reference; NULL = out of memory. */
SB_API json_t *sb_guest_props(const char *text, const char *bare);

/** Convert "32G", "528K", "1.5G" or "33554432" (bytes) to MiB, rounded up. Returns 0, or SB_E_SHAPE
 * for what is not a size. */
SB_API int sb_guest_size_mib(const char *text, int64_t *ret_mib);

/** Convert a MAC address of any notation to "BC:24:11:00:00:01"; false when it is not valid. */
SB_API bool sb_guest_mac(const char *text, char ret_mac[18]);

/** Make a DNS name that is valid for NetBox, in lower case, from host and domain (may be NULL or
 * ""; the first of several is used). Without a domain the result is the host name alone. Caller
 * frees; NULL = not a valid name, or out of memory. */
SB_API char *sb_guest_dns(const char *host, const char *domain);

/* Functions for nodes and guests. */

struct sb_guest_ip {
	int version; /* 4 or 6 */
	unsigned prefix;
	unsigned char bytes[16];
	char text[48]; /* canonical, without prefix */
};

/** Parse "10.0.0.1", "10.0.0.1/24" or "fe80::1%eth0/64"; prefix < 0: use the prefix in text, or all
 * bits if it has none. False = not an address. */
SB_API bool sb_guest_ip_parse(const char *text, int64_t prefix, struct sb_guest_ip *ret_ip);

/** Is the address meaningless outside its host: loopback, link-local, multicast, ...? */
SB_API bool sb_guest_ip_is_local(const struct sb_guest_ip *ip);

/** The reason why NetBox refuses to assign the address to an interface; NULL = it accepts it. */
SB_API const char *sb_guest_ip_refused(const struct sb_guest_ip *ip);

/** Are the addresses of all guests and nodes of the endpoint known in this run? Only then is it
 * certain that an address has only one user. Call it from diff. */
SB_API int sb_guest_addresses_all_known(struct sb_stage_run *stage, bool *ret_all,
					struct sb_error *err);

/**
 * Set the role of an address: `vip` when several have it (rows "address-use"), else none; core
 * leaves a role that NetBox needs because another object keeps the same address.
 */
SB_API int sb_guest_want_role(struct sb_stage_run *stage, struct sb_want *want, const char *ip,
			      struct sb_error *err);

/**
 * Set the candidates for the primary addresses of a guest or node, see sb_want_ref_choice(). Worse
 * are addresses in ranges of container engines, those that another guest or node has too, and those
 * with the prefix of a single address beside one with a network.
 *
 * @candidates_take  [{"key", "address", "equal"?}], the preferred one first; "equal": there is no
 *                   reason to prefer it to the next one, so it is chosen only when it is alone
 */
SB_API int sb_guest_want_primary(struct sb_stage_run *stage, struct sb_want *want,
				 json_t *candidates_take, struct sb_error *err);

/**
 * Set mode and VLANs of an interface, in the VLAN group of the endpoint: a tag alone is access; up
 * to 64 trunks are tagged, more are tagged-all; both are tagged with an untagged VLAN; neither is
 * no mode.
 *
 * @tag     0 = none
 * @trunks  "10;20;30-40" or NULL
 * @cache   object that one diff uses for all its interfaces: {"20": key}
 */
SB_API int sb_guest_want_vlans(struct sb_stage_run *stage, struct sb_want *want, int64_t tag,
			       const char *trunks, json_t *cache, struct sb_error *err);

/** Convert notes to description (first line) and comments (the whole text if it has more, else ""),
 * without the netbox-metadata blocks; new references. */
SB_API int sb_guest_notes(const char *notes, json_t **ret_description, json_t **ret_comments,
			  struct sb_error *err);

#ifdef __cplusplus
}
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations for the files of core/guest and for their tests. */
#pragma once

#include "stagebox/conf.h"
#include "stagebox/guest.h"
#include "stagebox/json.h"

#define SB_GUEST_MAX_NICS   32
#define SB_GUEST_MAX_TAGGED 64
#define SB_GUEST_NAME_CHARS 64
#define SB_GUEST_MAX_MTU    65536

/* The source names of a family. */
struct sb_guest_sources {
	char guest[32], disk[32], nic[32], mac[32], address[32], host[32], os[32];
	char off[32];        /* stopped guests whose addresses come from the config */
	char configured[32]; /* static addresses of guests whose addresses are not available */
	char second[32];     /* addresses that an earlier interface of the same guest has, too */
};

/** Formatted text, at most 4 KB; caller frees, NULL = out of memory. */
char *sb_guest_format(const char *fmt, ...) SB_PRINTF(1, 2);

/** "<endpoint>/<type>/", the key prefix of a family; caller frees, NULL = out of memory. */
char *sb_guest_prefix(const struct sb_stage_run *stage, const struct sb_guest_family *family);

void sb_guest_sources_init(struct sb_guest_sources *sources, const struct sb_guest_family *family);

/** Write "net<index>"; index is below SB_GUEST_MAX_NICS. */
void sb_guest_nic_id(unsigned index, char ret_id[8]);

/* The VLANs of a NIC. */
struct sb_guest_vlans {
	const char *mode;  /* NetBox's choice; NULL = none */
	unsigned untagged; /* 0 = none */
	unsigned n_tagged;
	unsigned tagged[SB_GUEST_MAX_TAGGED]; /* ascending */
};

/** Convert tag (0 = none) and trunks ("10;20;30-40" or NULL) to VLANs. */
void sb_guest_vlans_of(int64_t tag, const char *trunks, struct sb_guest_vlans *ret_vlans);

/* The bridge of a NIC, seen from its VLAN. */
enum sb_guest_bridge {
	SB_GUEST_BRIDGE_PLAIN,  /* nothing: the tag of the NIC counts */
	SB_GUEST_BRIDGE_VLAN,   /* it is a vnet of a VLAN zone */
	SB_GUEST_BRIDGE_HIDDEN, /* it may be a vnet that the token cannot see */
};

/** The VLAN of the vnet that the NIC (its row) is connected to. */
enum sb_guest_bridge sb_guest_bridge_vlan(struct sb_stage_run *stage, const json_t *nic,
					  int64_t *ret_vid);

/** The VLAN of a vnet (its row): SB_GUEST_BRIDGE_VLAN with *ret_vid, SB_GUEST_BRIDGE_PLAIN = its
 * zone is not a VLAN zone, SB_GUEST_BRIDGE_HIDDEN = the token cannot see its zone. */
enum sb_guest_bridge sb_guest_vnet_vlan(struct sb_stage_run *stage, const json_t *vnet,
					int64_t *ret_vid);

/** The names of the VLANs that vnets of VLAN zones have: {"140": {"name", "ids": ["v140"]}}. The
 * first vnet in order of its id names the VLAN: by its alias, else by its id; no name = another
 * VLAN has it already. New reference; SB_E_NOMEM. */
int sb_guest_vnet_names(struct sb_stage_run *stage, json_t **ret_names, struct sb_error *err);

/** The MTU of the bridge that the NIC (its row) is connected to, 0 = default; false = the token
 * cannot see the bridge. */
bool sb_guest_bridge_mtu(struct sb_stage_run *stage, const json_t *nic, int64_t *ret_mtu);

/** The length in bytes of the first max_chars characters of UTF-8 text. */
size_t sb_guest_cut(const char *text, size_t max_chars);

/** The same for a name: one that is cut loses dots and blanks at its new end. */
size_t sb_guest_name_len(const char *name, size_t max_chars);

/** The guest that keeps each name, over all guests of the endpoint: {"<lower case>": vmid}. */
int sb_guest_names(struct sb_stage_run *stage, json_t **ret_names, struct sb_error *err);

/** The name of the guest in NetBox; caller frees, NULL = out of memory. */
char *sb_guest_unique_name(const json_t *names, const char *name, uint32_t vmid);

/** The tags of a guest as a sorted list of unique texts, at most max; new reference. */
json_t *sb_guest_tags(const char *text, size_t max);

/** The same list in lower case; new reference. */
json_t *sb_guest_tags_folded(const json_t *tags);

/** Does any tag contain a capital letter? */
bool sb_guest_tags_have_case(const json_t *tags);

/** Do the datacenter options say that the case of tags counts? */
bool sb_guest_tags_are_cased(const json_t *tag_style);

/** The tag colours from the datacenter options: {"prod": "ff0000"}; new reference. */
json_t *sb_guest_tag_colors(const json_t *tag_style);

/** The colour that the web interface of Proxmox VE shows for a tag. */
void sb_guest_tag_color(const char *tag, char ret_hex[7]);

/** NetBox's choice for the status of a guest; NULL = no matching choice. */
const char *sb_guest_status(const char *status);

/** Request a shared object with name and slug (NULL = made from the name); extra is taken. */
int sb_guest_demand(struct sb_stage_run *stage, const char *kind, const char *name,
		    const char *slug, json_t *extra_take, const char **ret_key,
		    struct sb_error *err);

/** Request the site of the endpoint; *ret_key NULL = the configuration names none. */
int sb_guest_demand_site(struct sb_stage_run *stage, const char **ret_key, struct sb_error *err);

/** Declare that the guest and all its parts are unknown. */
int sb_guest_unknown(struct sb_stage_run *stage, const struct sb_guest_family *family,
		     const char *key, const struct sb_error *why);

/** The number of a NIC: 7 for "net7"; SB_GUEST_MAX_NICS when id is not a NIC. */
unsigned sb_guest_nic_index(const char *id);

/** Find the text in the last closed netbox-metadata block of notes; false = there is none. */
bool sb_guest_notes_block(const char *notes, const char **ret_text, size_t *ret_len);

/** The valid settings in the notes: {"role": "database", "site": 4}; new reference, NULL = none.
 * Invalid ones are logged and ignored. key is the key of the guest. */
json_t *sb_guest_metadata(const char *key, const char *notes);

/** Set the fields that the settings name; site is the key of the endpoint's site, or NULL. Call it
 * after setting the other fields. */
void sb_guest_want_metadata(struct sb_stage_run *stage, const json_t *settings, const char *site,
			    struct sb_want *want);

/** SB_E_NOMEM for the config of key. */
int sb_guest_config_no_memory(const char *key, struct sb_error *err);

/** Note why a field of the object of this row is unknown: a property of its config is not valid.
 * Returns 0, or SB_E_NOMEM. */
int sb_guest_set_unknown(json_t *row, const char *field, const char *fmt, ...) SB_PRINTF(3, 4);

/** Has sb_guest_set_unknown() noted the field? */
bool sb_guest_is_unknown_field(const json_t *row, const char *field);

/** Make the noted fields unknown; call it after setting the other fields. */
void sb_guest_want_unknown(const json_t *row, struct sb_want *want);

/** Declare that a part of a guest is unknown; tail follows "<key>/", "" = all parts of the source.
 */
int sb_guest_part_unknown(struct sb_stage_run *stage, const char *source, const char *key,
			  const char *tail, const char *why);

/** Put the name in the config of a guest, for sb_guest_names(), if the list has another one. */
int sb_guest_name_put(struct sb_stage_run *stage, const struct sb_guest_family *family,
		      const struct sb_guest *guest, struct sb_error *err);

/** Add the rows of the disks of a config: {"scsi0": row}; a text instead of a row is the reason why
 * that disk is unknown. */
int sb_guest_disk_rows(const struct sb_guest_family *family, const struct sb_guest *guest,
		       json_t *disks, struct sb_error *err);

/** Add the rows of the NICs of a config: {"net0": row}, or the reason why that NIC is unknown. */
int sb_guest_nic_rows(const struct sb_guest_family *family, const struct sb_guest *guest,
		      json_t *nics, struct sb_error *err);

/** List the NICs in the row of the guest, so that readers need not search all interface rows. 0, or
 * negative when out of memory. */
int sb_guest_nics_list(json_t *row, json_t *nics);

/** Put what depends on the NICs: rows of MAC addresses if these are separate objects in this NetBox
 * (up to 4.6), and what is unknown with a NIC. */
int sb_guest_nics_put(struct sb_stage_run *stage, const struct sb_guest_sources *sources,
		      const char *key, json_t *nics, struct sb_error *err);

/** Put the rows of one config, which is an object. SB_E_SHAPE = the config is not valid, and no row
 * was put. */
int sb_guest_config_put(struct sb_stage_run *stage, const struct sb_guest_family *family,
			const struct sb_guest *guest, struct sb_error *err);

/* The state while the addresses of one guest are put. */
struct sb_guest_taking {
	struct sb_stage_run *stage;
	const struct sb_guest_family *family;
	struct sb_guest_sources sources;
	const char *key;
	json_t *nics;     /* owned: {"net0": row} */
	json_t *seen;     /* owned: {"10.0.20.4": "net0"} */
	json_t *dns;      /* owned: a string or NULL */
	bool is_off;      /* the guest is stopped */
	bool is_fallback; /* the addresses are used only if NetBox has none */
};

int sb_guest_taking_init(struct sb_guest_taking *taking, struct sb_stage_run *stage,
			 const struct sb_guest_family *family, const char *key,
			 struct sb_error *err);
void sb_guest_taking_finish(struct sb_guest_taking *taking);

#define sb_guest_autotaking SB_CLEANUP(sb_guest_taking_finish) struct sb_guest_taking

/* One address that a guest has. */
struct sb_guest_address {
	struct sb_guest_ip ip;
	size_t order;  /* among the addresses of its NIC, as the guest names them */
	bool is_guess; /* its prefix is not known */
};

/** Put the row of one address. If several NICs have it, only the first one gets it. */
int sb_guest_address_put(struct sb_guest_taking *taking, const char *id,
			 const struct sb_guest_address *address, struct sb_error *err);

/** Note which IP versions are complete, because only then the primary address is set. */
int sb_guest_known_put(struct sb_guest_taking *taking, bool version4, bool version6,
		       struct sb_error *err);

/** SB_E_NOMEM for the addresses of key. */
int sb_guest_addresses_no_memory(const char *key, struct sb_error *err);

/** The bridge and VLAN of a NIC as part of a key; NULL = no bridge. Caller frees. */
char *sb_guest_place(const json_t *nic);

/** The address of a row with its prefix. Without one in the report it is the prefix of the only
 * network that guests on the same bridge and VLAN report. Caller frees; NULL = out of memory.
 * @ret_is_guess: no such network; may be NULL */
char *sb_guest_cidr(struct sb_stage_run *stage, const json_t *row, bool *ret_is_guess);

/** Write the network address: "10.0.0.0" for 10.0.0.4/24. */
void sb_guest_network_of(const struct sb_guest_ip *ip, char ret_text[48]);

/** Is ip in the network of the other address? False for a network of one address. */
bool sb_guest_same_network(const struct sb_guest_ip *ip, const struct sb_guest_ip *of);

#define SB_GUEST_NIC_SHARED (SB_GUEST_MAX_NICS + 1)

/**
 * The number of the NIC that a reported interface uses, by MAC address, and for families with
 * match_names by name. Bonds, VLANs and bridges in the guest have the MAC address of their NIC.
 *
 * @nics        {"net0": row}
 * @interfaces  all reported ones, with interface among them
 *
 * SB_GUEST_MAX_NICS = not in the config; SB_GUEST_NIC_SHARED = several NICs have its MAC address,
 * and the order of the interfaces does not decide.
 */
unsigned sb_guest_match_nic(const struct sb_guest_family *family, const json_t *nics,
			    const json_t *interfaces, const json_t *interface);

/** Of the NICs with the MAC address of the interface, the only one whose configured network
 * contains the address, else SB_GUEST_NIC_SHARED. */
unsigned sb_guest_match_subnet(const json_t *nics, const json_t *interface,
			       const struct sb_guest_ip *ip);

/** Has the NIC the MAC address of the interface? */
bool sb_guest_shares_mac(const json_t *nics, const json_t *interface, const char *id);

/** Put the static addresses of a guest's config. */
int sb_guest_addresses_configured(struct sb_stage_run *stage, const struct sb_guest_family *family,
				  const char *key, struct sb_error *err);

/* The parts of a family; each is one stage. */
enum sb_guest_part {
	SB_GUEST_GUESTS,
	SB_GUEST_DISKS,
	SB_GUEST_INTERFACES,
	SB_GUEST_ADDRESSES,
};

/** The kinds that the stage of a part reads from NetBox. */
const struct sb_read *sb_guest_reads(enum sb_guest_part part);

enum { SB_GUEST_WRITES = 3 };

/** The fields that the stage of a part writes of objects with these keys, which are borrowed. */
void sb_guest_writes(enum sb_guest_part part, const char *keys,
		     struct sb_write ret_writes[SB_GUEST_WRITES]);

/** The privileges that reading the guests needs at Proxmox VE. */
const struct sb_need *sb_guest_needs(void);

/* The callbacks of the stages of a family; arg is the family. The diffs are pure functions. */

/** Read the configs of the family's guests, then their addresses. */
int sb_guest_fetch(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int sb_guest_diff_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int sb_guest_diff_disks(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int sb_guest_diff_interfaces(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int sb_guest_diff_addresses(struct sb_stage_run *stage, void *arg, struct sb_error *err);

/** Answer with sb_gone() whether the VMID of the guest is free, also if the token cannot see the
 * guest. */
int sb_guest_prove_gone(struct sb_stage_run *stage, const char *key, void *arg,
			struct sb_error *err);

/** The second half of sb_guest_diff_addresses(): set the primary addresses. */
int sb_guest_diff_primary(struct sb_stage_run *stage, const struct sb_guest_family *family,
			  struct sb_error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations for the files of core/guest and for their tests. */
#pragma once

#include "stagebox/conf.h"
#include "stagebox/guest.h"
#include "stagebox/json.h"

#define SB_GUEST_MAX_NICS   32
#define SB_GUEST_MAX_TAGGED 64
#define SB_GUEST_NAME_CHARS 64

/* The source names of a family. */
struct sb_guest_sources {
	char guest[32], disk[32], nic[32], mac[32], address[32], host[32], os[32];
};

/** Formatted text, at most 4 KB; caller frees, NULL = out of memory. */
char *sb_guest_format(const char *fmt, ...) SB_PRINTF(1, 2);

/** "<endpoint>/<type>/", the key prefix of a family; caller frees, NULL = out of memory. */
char *sb_guest_prefix(const struct sb_run *run, const struct sb_guest_family *family);

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

/** The length in bytes of the first max_chars characters of UTF-8 text. */
size_t sb_guest_cut(const char *text, size_t max_chars);

/** The guest that keeps each name, over all guests of the endpoint: {"<lower case>": vmid}. */
int sb_guest_names(struct sb_run *run, json_t **ret_names, struct sb_error *err);

/** The name of the guest in NetBox; caller frees, NULL = out of memory. */
char *sb_guest_unique_name(const json_t *names, const char *name, uint32_t vmid);

/** The tags of a guest as a sorted list of unique lower-case texts; new reference. */
json_t *sb_guest_tags(const char *text);

/** The tag colours from the datacenter options: {"prod": "ff0000"}; new reference. */
json_t *sb_guest_tag_colors(const json_t *tag_style);

/** The colour that the web interface of Proxmox VE shows for a tag. */
void sb_guest_tag_color(const char *tag, char ret_hex[7]);

/** NetBox's choice for the status of a guest; NULL = no matching choice. */
const char *sb_guest_status(const char *status);

/** Request a shared object with name and slug (NULL = made from the name); extra is taken. */
int sb_guest_demand(struct sb_run *run, const char *kind, const char *name, const char *slug,
		    json_t *extra_take, const char **ret_key, struct sb_error *err);

/** Request the site of the endpoint; *ret_key NULL = the configuration names none. */
int sb_guest_demand_site(struct sb_run *run, const char **ret_key, struct sb_error *err);

/** Declare that the guest and all its parts are unknown. */
int sb_guest_unknown(struct sb_run *run, const struct sb_guest_family *family, const char *key,
		     const struct sb_error *why);

/** The number of a NIC: 7 for "net7"; SB_GUEST_MAX_NICS when id is not a NIC. */
unsigned sb_guest_nic_index(const char *id);

/** Find the text in the last closed netbox-metadata block of notes; false = there is none. */
bool sb_guest_notes_block(const char *notes, const char **ret_text, size_t *ret_len);

/** The valid settings in the notes: {"role": "database", "site": 4}; new reference, NULL = none.
 * Invalid ones are logged and ignored. key is the key of the guest. */
json_t *sb_guest_metadata(const char *key, const char *notes);

/** Set the fields that the settings name; site is the key of the endpoint's site, or NULL. Call it
 * after setting the other fields. */
void sb_guest_want_metadata(struct sb_run *run, const json_t *settings, const char *site,
			    struct sb_want *want);

/** SB_E_NOMEM for the config of key. */
int sb_guest_config_no_memory(const char *key, struct sb_error *err);

/** SB_E_SHAPE for a member of a config that must be a string. */
int sb_guest_config_not_string(const char *key, const char *name, struct sb_error *err);

/** Read an optional string member of a config; *ret_text NULL = absent. */
int sb_guest_config_text(const struct sb_guest *guest, const char *name, const char **ret_text,
			 struct sb_error *err);

/** Add the rows of the disks of a config: {"scsi0": row}. */
int sb_guest_disk_rows(const struct sb_guest_family *family, const struct sb_guest *guest,
		       json_t *disks, struct sb_error *err);

/** Add the rows of the NICs of a config: {"net0": row}. */
int sb_guest_nic_rows(const struct sb_guest_family *family, const struct sb_guest *guest,
		      json_t *nics, struct sb_error *err);

/** List the NICs in the row of the guest, so that readers need not search all interface rows. 0, or
 * negative when out of memory. */
int sb_guest_nics_list(json_t *row, json_t *nics);

/** Put rows for MAC addresses if they are separate objects in this NetBox (up to 4.6). */
int sb_guest_macs_put(struct sb_run *run, const char *source, const char *key, json_t *nics,
		      struct sb_error *err);

/** Put the rows of one config. SB_E_SHAPE = the config is not valid, and no row was put. */
int sb_guest_config_put(struct sb_run *run, const struct sb_guest_family *family,
			const struct sb_guest *guest, struct sb_error *err);

/** Put the static addresses of a guest's config. */
int sb_guest_addresses_configured(struct sb_run *run, const struct sb_guest_family *family,
				  const char *key, struct sb_error *err);

/** The second half of sb_guest_diff_addresses(): set the primary addresses. */
int sb_guest_diff_primary(struct sb_run *run, const struct sb_guest_family *family,
			  struct sb_error *err);

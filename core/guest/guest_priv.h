/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of core/guest share with each other and with their tests. */
#pragma once

#include "stagebox/conf.h"
#include "stagebox/guest.h"
#include "stagebox/json.h"

#define SB_GUEST_MAX_NICS   32
#define SB_GUEST_MAX_TAGGED 64
#define SB_GUEST_NAME_CHARS 64

/* The names of a family's sources. */
struct sb_guest_sources {
	char guest[32], disk[32], nic[32], mac[32], address[32], host[32], os[32];
};

/** Formatted text, at most 4 KB; caller frees, NULL = out of memory. */
char *sb_guest_format(const char *fmt, ...) SB_PRINTF(1, 2);

/** "<endpoint>/<type>/": what bounds a family; caller frees. */
char *sb_guest_prefix(const struct sb_run *run, const struct sb_guest_family *family);

void sb_guest_sources_init(struct sb_guest_sources *sources, const struct sb_guest_family *family);

/** "net<index>", index below SB_GUEST_MAX_NICS: each guest is looked at for all of them. */
void sb_guest_nic_id(unsigned index, char ret_id[8]);

/* VLANs of a NIC. */
struct sb_guest_vlans {
	const char *mode;  /* choice of NetBox; NULL = none */
	unsigned untagged; /* 0 = none */
	unsigned n_tagged;
	unsigned tagged[SB_GUEST_MAX_TAGGED]; /* ascending */
};

/** tag 0 = none; trunks "10;20;30-40" or NULL. */
void sb_guest_vlans_of(int64_t tag, const char *trunks, struct sb_guest_vlans *ret_vlans);

/** Bytes of the first max_chars characters of UTF-8 text. */
size_t sb_guest_cut(const char *text, size_t max_chars);

/** Who owns which name: {"<lower case>": vmid}, over all guests of the endpoint. */
int sb_guest_names(struct sb_run *run, json_t **ret_names, struct sb_error *err);

/** The name in NetBox; caller frees, NULL = out of memory. */
char *sb_guest_unique_name(const json_t *names, const char *name, uint32_t vmid);

/** Tags of a guest: sorted list of lower-case texts, each once; new reference. */
json_t *sb_guest_tags(const char *text);

/** The colours that the datacenter sets: {"prod": "ff0000"}; new reference. */
json_t *sb_guest_tag_colors(const json_t *tag_style);

/** The colour that the user interface of Proxmox VE shows for a tag. */
void sb_guest_tag_color(const char *tag, char ret_hex[7]);

/** The choice of a guest's status in NetBox; NULL = it has none. */
const char *sb_guest_status(const char *status);

/** Demand a shared object that is name and slug (NULL = made from the name); extra is taken. */
int sb_guest_demand(struct sb_run *run, const char *kind, const char *name, const char *slug,
		    json_t *extra_take, const char **ret_key, struct sb_error *err);

/** Nothing of the guest can be judged now. */
int sb_guest_unknown(struct sb_run *run, const struct sb_guest_family *family, const char *key,
		     const struct sb_error *why);

/** The NIC "net7" of a key or id as 7; SB_GUEST_MAX_NICS when it is none. */
unsigned sb_guest_nic_index(const char *id);

/** What stands in the last block of settings for us that is closed; false = there is none. */
bool sb_guest_notes_block(const char *notes, const char **ret_text, size_t *ret_len);

/** The settings of the notes that can be meant: {"role": "database", "site": 4}; new reference,
 * NULL = none. Others are logged and left out. key is the guest's. */
json_t *sb_guest_metadata(const char *key, const char *notes);

/** Want what the settings name; site is the key of the endpoint's, or NULL. After the other fields.
 */
void sb_guest_want_metadata(struct sb_run *run, const json_t *settings, const char *site,
			    struct sb_want *want);

/** Turn a config into rows; SB_E_SHAPE = nothing was put. */
int sb_guest_config_put(struct sb_run *run, const struct sb_guest_family *family,
			const struct sb_guest *guest, struct sb_error *err);

/** Take what the config says about addresses. */
int sb_guest_addresses_configured(struct sb_run *run, const struct sb_guest_family *family,
				  const char *key, struct sb_error *err);

/** The second half of sb_guest_diff_addresses(): primary addresses. */
int sb_guest_diff_primary(struct sb_run *run, const struct sb_guest_family *family,
			  struct sb_error *err);

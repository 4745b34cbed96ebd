/* SPDX-License-Identifier: Apache-2.0 */
/* Changes by hand: the families of objects that `lab ctl` knows, and the configuration of guests.
 */
#pragma once

#include "pve/state.h"

struct pve_family;

/* A key of `lab ctl`. */
struct pve_key {
	const char *text; /* "lab/qemu/101" */
	const char *name; /* "101" */
	const struct pve_family *family;
};

/* A family of objects. Each function returns 0, or -1 with the message stored. */
struct pve_family {
	const char *prefix; /* "qemu/"; without a slash at the end it is the whole name */
	const char *form;   /* "qemu/VMID", for messages and the manual */
	/* Names of the fields, ended by NULL; those in upper case stand for a part of a name. */
	const char *const *fields;
	int (*set)(struct lab_pve *pve, const struct pve_key *key, const char *field,
		   const char *value);
	/* NULL = not possible */
	int (*add)(struct lab_pve *pve, const struct pve_key *key);
	int (*rm)(struct lab_pve *pve, const struct pve_key *key);
	int (*move)(struct lab_pve *pve, const struct pve_key *key, const char *node);
};

extern const struct pve_family pve_qemu_family, pve_lxc_family, pve_node_family;
extern const struct pve_family pve_pool_family, pve_ha_family, pve_ha_rule_family;
extern const struct pve_family pve_ha_group_family, pve_zone_family, pve_vnet_family;
extern const struct pve_family pve_options_family;
extern const struct pve_family pve_ceph_family, pve_ceph_node_family, pve_ceph_osd_family;
extern const struct pve_family pve_ceph_pool_family, pve_ceph_rule_family, pve_ceph_fs_family;
extern const struct pve_family pve_ceph_mon_family, pve_ceph_mgr_family, pve_ceph_mds_family;
extern const struct pve_family pve_ceph_flag_family, pve_ceph_check_family;

/** Read a key of this endpoint. Returns 0, or -1 with the message stored. */
int pve_key_read(struct lab_pve *pve, const char *text, struct pve_key *ret_key);

/* One change of a guest. */
struct pve_change {
	struct lab_pve *pve;
	struct pve_guest *guest;
	const char *key; /* of the configuration */
};

/** Refuse a change: stores the message for the caller of lab_pve_set(). Always returns -1. */
int pve_change_refuse(struct lab_pve *pve, const char *fmt, ...) SB_PRINTF(2, 3);

/** Set a number from min to max; "" removes the member. Returns 0, or -1 with the message stored.
 */
int pve_change_set_int(struct lab_pve *pve, json_t *object, const char *field, const char *value,
		       int64_t min, int64_t max);

/** Set one of the words of a list, "on, warn, off". Returns 0, or -1 with the message stored. */
int pve_change_set_word(struct lab_pve *pve, json_t *object, const char *field, const char *value,
			const char *words);

/**
 * Read a value for a configuration key.
 *
 * @ret_value  new reference: text or number, as the key requires; unchanged on failure
 *
 * Returns 0, or -1 with the message stored.
 */
int pve_change_read(const struct pve_change *change, const char *text, json_t **ret_value);

/** Append the configuration keys of VMs or containers, "net[0-31]", to a list. */
void pve_change_keys(bool is_container, json_t *list);

/** Read "10.1.2.3/24,2001:db8::5/64" as a list of texts; "" gives an empty list. Returns 0 or -1.
 */
int pve_change_addresses(struct lab_pve *pve, const char *text, json_t **ret_list);

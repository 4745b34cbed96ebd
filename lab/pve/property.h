/* SPDX-License-Identifier: Apache-2.0 */
/* Property strings of Proxmox VE: "local-lvm:vm-101-disk-0,size=32G". */
#pragma once

#include <string.h>

#include "stagebox/types.h"

/* A piece of a text that somebody else owns; text NULL = absent. */
struct pve_slice {
	const char *text;
	size_t len;
};

/** Value of a key, or with key NULL the bare part. */
struct pve_slice pve_property(const char *text, const char *key);

/** Next part of a property string, "" parts skipped; *cursor moves on. Absent at the end. */
struct pve_slice pve_property_next(const char **cursor);

/** Replace or (value NULL) remove a key, the others stay in place. New text, NULL = memory. */
char *pve_property_set(const char *text, const char *key, const char *value);

/** "32G", "528K", "1.5T", "1234567" in bytes; -1 when it is no size. */
int64_t pve_size_bytes(struct pve_slice size);

/** True for a MAC address: six pairs of hex digits with colons. */
bool pve_is_mac(struct pve_slice text);

/** MAC address of a netN value of either kind of guest. */
struct pve_slice pve_net_mac(const char *net);

/** True for a NIC model of QEMU. */
bool pve_is_nic_model(struct pve_slice text);

static inline bool pve_slice_is(struct pve_slice slice, const char *text)
{
	return slice.text && strlen(text) == slice.len && !memcmp(slice.text, text, slice.len);
}

/** "net12" is of the family "net"; the index goes to ret_index unless that is NULL. */
bool pve_key_in_family(const char *key, const char *family, unsigned *ret_index);

/** Any of scsi ide sata virtio efidisk tpmstate with an index. */
bool pve_key_is_drive(const char *key);

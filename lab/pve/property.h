/* SPDX-License-Identifier: Apache-2.0 */
/* Property strings of Proxmox VE: "local-lvm:vm-101-disk-0,size=32G". */
#pragma once

#include <string.h>

#include "stagebox/types.h"

/* A borrowed part of a text; text NULL = absent. */
struct pve_slice {
	const char *text;
	size_t len;
};

/** The value of a key, or with key NULL the part without a key. */
struct pve_slice pve_property(const char *text, const char *key);

/** The next non-empty part of a property string; advances *cursor. Absent at the end. */
struct pve_slice pve_property_next(const char **cursor);

/** Replace a key or, with value NULL, remove it. New text; NULL = out of memory. */
char *pve_property_set(const char *text, const char *key, const char *value);

/** "32G", "528K", "1.5T", "1234567" in bytes; -1 when it is not a size. */
int64_t pve_size_bytes(struct pve_slice size);

/** Is the text a MAC address: six pairs of hex digits with colons? */
bool pve_is_mac(struct pve_slice text);

/** The MAC address in a netN value of a VM or container. */
struct pve_slice pve_net_mac(const char *net);

/** Is the text a NIC model of QEMU? */
bool pve_is_nic_model(struct pve_slice text);

static inline bool pve_slice_is(struct pve_slice slice, const char *text)
{
	return slice.text && strlen(text) == slice.len && !memcmp(slice.text, text, slice.len);
}

/** Does a key, "net12", belong to a family, "net"? Stores the index in ret_index unless NULL. */
bool pve_key_in_family(const char *key, const char *family, unsigned *ret_index);

/** Is the key scsi, ide, sata, virtio, efidisk or tpmstate with an index? */
bool pve_key_is_drive(const char *key);

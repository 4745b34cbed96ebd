/* SPDX-License-Identifier: Apache-2.0 */
/* Internals of a Proxmox VE session, shared by asks, contact, identity and permissions. */
#pragma once

#include "pve/client.h"
#include "pve/session_priv.h"

/** As sb_pve_get_within(); once: never retried below, a failover or the caller decides. */
int sb_pve_send(struct sb_pve *pve, enum sb_pve_class cost, const char *path, bool once,
		unsigned timeout_ms, sb_pve_done *done, void *arg, struct sb_error *err);

/** Drop the asks in flight without calling their waiters. */
void sb_pve_drop_asks(struct sb_pve *pve);

/* identity.c */

/** Check and store the version that the contact read. */
int sb_pve_set_version(struct sb_pve *pve, const json_t *version, struct sb_error *err);

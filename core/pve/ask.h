/* SPDX-License-Identifier: Apache-2.0 */
/* One GET in flight and its waiters. */
#pragma once

#include "pve/session_priv.h"

/** An ask in no chain. sb_pve_ask_send() sends it; url from 1, 0 = the one in use. */
struct pve_ask *sb_pve_ask_create(struct sb_pve *pve, const char *path, enum sb_pve_class cost);

int sb_pve_ask_send(struct pve_ask *ask, unsigned url, sb_http_done *done, struct sb_error *err);

void sb_pve_ask_destroy(struct pve_ask *ask);

/** Deliver an error to the waiters of an ask, and destroy it. */
void sb_pve_ask_fail(struct pve_ask *ask, const struct sb_error *why);

/** Send a deferred ask to the URL in use. */
void sb_pve_ask_again(struct pve_ask *ask);

/** Deliver data, or the reason why there is none, to the waiters of an ask, and destroy it. */
void sb_pve_ask_deliver(struct pve_ask *ask, const json_t *data, const struct sb_error *why);

/** The chain of asks in flight that a path belongs to. */
struct pve_ask **sb_pve_ask_chain(struct sb_pve *pve, const char *path);

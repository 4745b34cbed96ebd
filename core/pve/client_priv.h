/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a Proxmox VE session: shared by asks, contact, identity and rights. */
#pragma once

#include "base/buf.h"
#include "pve/client.h"

struct pve_waiter {
	struct pve_waiter *next;
	sb_pve_done *done;
	void *arg;
};

/* All guests are asked at once: the asks under way are found by a hash of their path. */
enum { PVE_CHAINS = 4096 };

/* One GET in flight and all who wait for it. */
struct pve_ask {
	struct pve_ask *next; /* in its chain */
	struct sb_pve *pve;
	char *path;
	struct pve_waiter *waiters, **end;
};

struct sb_pve {
	struct sb_http *http;
	char *slug, *server; /* "lab", "pve:lab" */
	char *pinned;
	unsigned n_urls;
	struct pve_ask *asks[PVE_CHAINS];
	size_t n_asks;
	bool is_open;
	/* known after open */
	char *version, *cluster_name, *identity;
	int version_major;
	bool clustered;
	json_t *permissions; /* NULL = not known */
};

/** As sb_pve_get(); once: no retries below, a failover or the caller decides. */
int sb_pve_send(struct sb_pve *pve, enum sb_pve_class cost, const char *path, bool once,
		sb_pve_done *done, void *arg, struct sb_error *err);

/** Forget what is in flight; nobody is called. */
void sb_pve_drop_asks(struct sb_pve *pve);

/** What an answer says: *ret_data is the member "data" (new reference), or the reason. */
int sb_pve_read_answer(const char *path, const struct sb_io_answer *answer, json_t **ret_data,
		       struct sb_error *err);

/** Take version, cluster name and identity from the answers of the contact. */
int sb_pve_set_version(struct sb_pve *pve, const json_t *version, struct sb_error *err);
int sb_pve_set_identity(struct sb_pve *pve, const json_t *status, struct sb_error *err);

/** SB_E_REFUSED when the identity found is not the pinned one. */
int sb_pve_check_pinned(const struct sb_pve *pve, struct sb_error *err);

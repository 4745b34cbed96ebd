/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a Proxmox VE session, and what its asks and its move to another URL need. */
#pragma once

#include "base/buf.h"
#include "net/http.h"
#include "pve/done.h"
#include "stagebox/pve.h"

struct pve_waiter {
	struct pve_waiter *next;
	sb_pve_done *done;
	void *arg;
};

/* All guests are asked at once, so asks in flight are found by a hash of their path. */
enum { PVE_CHAINS = 4096 };

/* One GET in flight and its waiters. */
struct pve_ask {
	struct pve_ask *next; /* in its chain */
	struct sb_pve *pve;
	char *path;
	struct pve_waiter *waiters, **end;
	enum sb_pve_class cost;
	bool once;
	unsigned timeout_ms;           /* 0 = that of its class */
	sb_http_done *done;            /* of the last send */
	unsigned serial, moves;        /* of the URL it was sent to; how often it was sent again */
	struct pve_ask *next_deferred; /* waits for another URL */
	struct sb_error why;           /* deferred: how it failed */
};

/* The identity of the cluster or node that answers. */
struct pve_identity {
	char *cluster_name, *text; /* "prod1", "cluster:prod1:pve1,pve2" */
	bool clustered, has_quorum;
};

/* The move from a URL that died to the next one that answers for the same cluster. */
struct pve_move {
	struct pve_ask *deferred, **end;
	struct pve_ask *probe; /* in flight; NULL = no search for a URL */
	unsigned candidate, tried;
	int64_t not_before_ms; /* all were dead: not tried again before this time */
};

struct sb_pve {
	struct sb_http *http;
	char *slug, *server; /* "lab", "pve:lab" */
	char *pinned;
	unsigned n_urls, url, serial; /* serial: one more with each change of the URL */
	struct pve_move move;
	struct pve_ask *asks[PVE_CHAINS];
	size_t n_asks;
	bool is_open;
	/* known after open */
	char *version;
	struct pve_identity identity;
	int version_major;
	json_t *permissions; /* NULL = unknown */
};

/* errors.c */

/** Read the answer to a request ("GET", its path): *ret_data is the member "data" (new reference),
 * else err the reason. */
int sb_pve_read_answer(const char *method, const char *path, const struct sb_io_answer *answer,
		       json_t **ret_data, struct sb_error *err);

/* identity.c */

/** Read the answer of /cluster/status. */
int sb_pve_identity_read(const json_t *status, struct pve_identity *ret_identity,
			 struct sb_error *err);
void sb_pve_identity_finish(struct pve_identity *identity);

/** SB_E_REFUSED when the identity found is not the known one ("" = none is known). */
int sb_pve_identity_check(const char *found, const char *known, struct sb_error *err);

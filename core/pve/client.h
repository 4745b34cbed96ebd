/* SPDX-License-Identifier: Apache-2.0 */
/* The session with one Proxmox VE endpoint: identity, permissions, asks. */
#pragma once

#include "net/http.h"
#include "pve/done.h"
#include "stagebox/pve.h"

struct sb_pve;

/**
 * A session over http; nothing is sent yet.
 *
 * @slug     endpoint; the io's server id is "pve:<slug>"
 * @pinned   identity that an earlier run saw (sb_pve_identity()), or "" for the first contact
 * @n_urls   how many base URLs the server has
 */
int sb_pve_create(struct sb_http *http, const char *slug, const char *pinned, unsigned n_urls,
		  struct sb_pve **ret_pve, struct sb_error *err);
void sb_pve_destroy(struct sb_pve *pve);

/**
 * Contact: GET /version, /cluster/status, /access/permissions. Tries the next URL when one cannot
 * be reached or answers for another cluster than the pinned one (other name, or no node in common).
 * Runs the http loop until done. When the URL dies later, the session moves to the next one that
 * answers for the same cluster, and sends the failed asks again.
 *
 * Refuses (SB_E_REFUSED) when no URL answers for the pinned one. Errors name the hop and the fix:
 * plain HTTP port, certificate, token form, 401 (token unknown or expired), 403 with the missing
 * privilege.
 */
int sb_pve_open(struct sb_pve *pve, struct sb_error *err);

/** "pve:lab", as the io knows it. */
const char *sb_pve_server(const struct sb_pve *pve);

/** "cluster:prod1:pve1,pve2" or "node:pve1"; sorted; valid after open. */
const char *sb_pve_identity(const struct sb_pve *pve);

/** May data of the Proxmox VE with this identity be used with this session? Without a pinned
 * identity it may. Returns 0, or SB_E_REFUSED when it is another one than the pinned one. */
int sb_pve_identity_fits(const struct sb_pve *pve, const char *identity, struct sb_error *err);

int sb_pve_version_major(const struct sb_pve *pve);
const char *sb_pve_version(const struct sb_pve *pve);      /* "9.1.7" */
const char *sb_pve_cluster_name(const struct sb_pve *pve); /* of a standalone node its name */
bool sb_pve_clustered(const struct sb_pve *pve);

/** Did the node that answered the contact have quorum? (With corosync dead it may report an old
 * state.) True for a standalone node. */
bool sb_pve_has_quorum(const struct sb_pve *pve);

/** Which of the base URLs is in use, from 0. */
unsigned sb_pve_url(const struct sb_pve *pve);

/** 1 held on path (or a parent of it, propagated), 0 not held, SB_E_STATE: unknown. */
int sb_pve_holds(const struct sb_pve *pve, const char *path, const char *privilege);

/** All privileges of the token: {"/vms": {"VM.Audit": 1 (propagated) or 0}}; borrowed; NULL =
 * unknown. */
const json_t *sb_pve_permissions(const struct sb_pve *pve);

/** GET path (below /api2/json, with query, encoded). Equal paths in flight are one request.
 * why holds http_status and the server's message; 403 is SB_E_FORBIDDEN, 595.. SB_E_NET,
 * "got timeout" SB_E_TIMEOUT, unknown shape SB_E_SHAPE. Agent class: timeout 12 s, no retry. */
int sb_pve_get(struct sb_pve *pve, enum sb_pve_class cost, const char *path, sb_pve_done *done,
	       void *arg, struct sb_error *err);

/** As sb_pve_get(), with another timeout; 0 = that of the class. */
int sb_pve_get_within(struct sb_pve *pve, enum sb_pve_class cost, const char *path,
		      unsigned timeout_ms, sb_pve_done *done, void *arg, struct sb_error *err);

/** Build a path from a template as in sb_pve_ask(). Caller frees; NULL with err. */
char *sb_pve_path(struct sb_error *err, const char *fmt, va_list ap);

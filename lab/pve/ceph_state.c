/* SPDX-License-Identifier: Apache-2.0 */
/* Ceph of an endpoint: its OSDs, pools and daemons, and their sums. */
#include "pve/ceph.h"

#include <inttypes.h>

#define OVERHEAD_KB (1 << 20) /* of an empty OSD */
#define OBJECT_SIZE (4 << 20)

int64_t pve_ceph_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

const char *pve_ceph_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

const char *pve_ceph_service_word(enum pve_ceph_service service)
{
	static const char *const words[] = {"mon", "mgr", "mds"};

	return words[service];
}

static bool host_is_up(const struct lab_pve *pve, const char *host)
{
	const struct pve_node *node = pve_node_find(pve, host);

	return node && pve_node_is_up(node);
}

bool pve_ceph_runs(const struct lab_pve *pve, enum pve_ceph_service service, const json_t *daemon)
{
	const char *state = pve_ceph_text(daemon, "state");

	if (!host_is_up(pve, pve_ceph_text(daemon, "host")))
		return false;
	if (service == PVE_CEPH_MON)
		return sb_streq(state, "running");
	if (service == PVE_CEPH_MGR)
		return sb_streq(state, "active") || sb_streq(state, "standby");
	return sb_starts_with(state, "up:");
}

const char *pve_ceph_active(const struct lab_pve *pve, enum pve_ceph_service service)
{
	const char *wanted = service == PVE_CEPH_MDS ? "up:active" : "active", *name, *first = NULL;
	json_t *daemon;

	if (service == PVE_CEPH_MDS && !json_object_size(pve->ceph->filesystems))
		return NULL;
	json_object_foreach (pve->ceph->services[service], name, daemon) {
		if (!pve_ceph_runs(pve, service, daemon))
			continue;
		if (sb_streq(pve_ceph_text(daemon, "state"), wanted))
			return name;
		first = first ? first : name;
	}
	return first;
}

bool pve_ceph_has_quorum(const struct lab_pve *pve)
{
	json_t *mons = pve->ceph->services[PVE_CEPH_MON], *mon;
	size_t n = 0;
	const char *name;

	json_object_foreach (mons, name, mon)
		n += pve_ceph_runs(pve, PVE_CEPH_MON, mon);
	return n > json_object_size(mons) / 2;
}

int64_t pve_ceph_pool_bytes(const json_t *pool, int64_t now_s)
{
	/* People write to a pool all the time, so no two answers are equal. */
	return pve_ceph_int(pool, "used") + now_s % 3600 * 4096 * pve_ceph_int(pool, "size");
}

int64_t pve_ceph_pool_room(const json_t *pool, const struct pve_ceph_sums *sums)
{
	int64_t free_kb = sums->total_kb - sums->used_kb, size = pve_ceph_int(pool, "size");

	return free_kb > 0 && size > 0 ? free_kb / 100 * 95 / size * 1024 : 0;
}

static void add_pools(struct pve_ceph_sums *sums, const struct pve_ceph *ceph, int64_t now_s)
{
	const char *name;
	json_t *pool;

	json_object_foreach (ceph->pools, name, pool) {
		int64_t size = pve_ceph_int(pool, "size"), pg_num = pve_ceph_int(pool, "pg_num");
		int64_t bytes = pve_ceph_pool_bytes(pool, now_s);

		sums->n_pgs += pg_num;
		sums->n_placed += pg_num * size;
		sums->pool_bytes += bytes;
		sums->stored_bytes += size ? bytes / size : bytes;
	}
	sums->n_objects = sums->stored_bytes / OBJECT_SIZE + (int64_t)json_object_size(ceph->pools);
}

static void read_osd(const struct lab_pve *pve, json_t *own, struct pve_osd *osd)
{
	osd->own = own;
	osd->host = pve_ceph_text(own, "host");
	osd->is_destroyed = pve_ceph_int(own, "destroyed") != 0;
	osd->is_up = !osd->is_destroyed && pve_ceph_int(own, "up") && host_is_up(pve, osd->host);
	osd->is_in = pve_ceph_int(own, "in") != 0;
	osd->kb = osd->is_destroyed ? 0 : pve_ceph_int(own, "size") << 20;
}

/* An OSD holds its part of all pools, or the percentage that people set. */
static int64_t held_kb(const struct pve_osd *osd)
{
	const json_t *used = json_object_get(osd->own, "used");
	double part;

	if (!osd->kb)
		return 0;
	if (used)
		return osd->kb / 100 * json_integer_value(used);
	if (!osd->is_in || !osd->sums->in_kb)
		return OVERHEAD_KB;
	part = (double)osd->kb / (double)osd->sums->in_kb;
	return OVERHEAD_KB + (int64_t)(part * (double)(osd->sums->pool_bytes / 1024));
}

static bool step_osd(const struct lab_pve *pve, struct pve_osd *osd, void **iter)
{
	if (!*iter)
		return false;
	osd->id = (int)strtol(json_object_iter_key(*iter), NULL, 10);
	read_osd(pve, json_object_iter_value(*iter), osd);
	osd->used_kb = held_kb(osd);
	osd->n_pgs = 0;
	if (osd->is_in && osd->sums->n_in)
		osd->n_pgs = osd->sums->n_placed / osd->sums->n_in +
			     (osd->n_in_before < osd->sums->n_placed % osd->sums->n_in);
	osd->n_in_before += osd->is_in;
	return true;
}

bool pve_ceph_next_osd(const struct lab_pve *pve, struct pve_osd *osd)
{
	json_t *osds = pve->ceph->osds;
	char key[16];
	void *iter;

	if (osd->id < 0) {
		iter = json_object_iter(osds);
	} else {
		snprintf(key, sizeof(key), "%d", osd->id);
		iter = json_object_iter_next(osds, json_object_iter_at(osds, key));
	}
	return step_osd(pve, osd, &iter);
}

static void count_osd(struct pve_ceph_sums *sums, const struct pve_osd *osd)
{
	sums->n_osds++;
	sums->n_up += osd->is_up;
	sums->n_in += osd->is_in;
	sums->n_down_in += osd->is_in && !osd->is_up;
	sums->total_kb += osd->kb;
	if (osd->is_in)
		sums->in_kb += osd->kb;
}

struct pve_ceph_sums pve_ceph_sum(const struct lab_pve *pve, int64_t now_s)
{
	struct pve_ceph_sums sums = {0}, counted;
	struct pve_osd osd = {.sums = &sums, .id = -1};

	while (pve_ceph_next_osd(pve, &osd))
		count_osd(&sums, &osd);
	add_pools(&sums, pve->ceph, now_s);
	/* The contents of an OSD depend on the sums above. */
	counted = sums;
	osd = (struct pve_osd){.sums = &counted, .id = -1};
	while (pve_ceph_next_osd(pve, &osd)) {
		sums.used_kb += osd.used_kb;
		if (!osd.is_up)
			sums.n_down_pgs += osd.n_pgs;
	}
	if (sums.n_down_pgs > sums.n_pgs)
		sums.n_down_pgs = sums.n_pgs;
	return sums;
}

const char *pve_osd_status(const struct pve_osd *osd)
{
	return osd->is_destroyed ? "destroyed" : osd->is_up ? "up" : "down";
}

const char *pve_ceph_version(const struct lab_pve *pve, const char *host)
{
	const char *version = json_string_value(json_object_get(pve->ceph->hosts, host));

	return version ? version : pve->major >= 9 ? "19.2.3-pve2" : "18.2.7-pve1";
}

const char *pve_ceph_release(const char *version)
{
	static const char *const names[] = {"quincy", "reef", "squid", "tentacle"};
	long major = strtol(version, NULL, 10);

	return major >= 17 && major <= 20 ? names[major - 17] : "unknown";
}

json_t *pve_ceph_long_version(const struct lab_pve *pve, const char *host)
{
	const char *version = pve_ceph_version(pve, host);
	sb_autojson *text = json_string(version), *commit = pve_digest(text);

	return json_sprintf("ceph version %s (%s) %s (stable)", version, json_string_value(commit),
			    pve_ceph_release(version));
}

json_t *pve_ceph_address(const struct lab_pve *pve, const char *host)
{
	const struct pve_node *node = pve_node_find(pve, host);

	return json_sprintf("10.%u.0.%u", pve->octet, 10 + (node ? node->id : 0));
}

void pve_ceph_finish(struct lab_pve *pve)
{
	struct pve_ceph *ceph = pve->ceph;

	if (!ceph)
		return;
	json_decref(ceph->fsid);
	json_decref(ceph->osds);
	json_decref(ceph->pools);
	json_decref(ceph->filesystems);
	json_decref(ceph->rules);
	json_decref(ceph->checks);
	json_decref(ceph->flags);
	json_decref(ceph->hosts);
	for (int i = 0; i < PVE_CEPH_SERVICES; i++)
		json_decref(ceph->services[i]);
	free(ceph);
}

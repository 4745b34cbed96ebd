/* SPDX-License-Identifier: Apache-2.0 */
/* Creating the Ceph of an endpoint: daemons, OSDs, pools, rules and a filesystem. */
#include "pve/ceph.h"
#include "pve/seed.h"

#include <inttypes.h>

#define DEFAULT_OSDS 2

static int compare_ids(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Order the OSDs by number, because every answer lists them so. */
static bool sort_osds(struct pve_ceph *ceph)
{
	size_t n = json_object_size(ceph->osds), i = 0;
	sb_autofree int *ids = calloc(n ? n : 1, sizeof(*ids));
	json_t *sorted = json_object(), *osd;
	const char *key;
	char text[16];

	if (!ids || !sorted) {
		json_decref(sorted);
		return false;
	}
	json_object_foreach (ceph->osds, key, osd)
		ids[i++] = (int)strtol(key, NULL, 10);
	qsort(ids, n, sizeof(*ids), compare_ids);
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%d", ids[i]);
		json_object_set(sorted, text, json_object_get(ceph->osds, text));
	}
	json_decref(ceph->osds);
	ceph->osds = sorted;
	return true;
}

static bool append_osd(struct lab_pve *pve, int id, const char *host, const char *class,
		       int64_t size_gib)
{
	char key[16];

	snprintf(key, sizeof(key), "%d", id);
	return json_object_set_new(pve->ceph->osds, key,
				   json_pack("{ss si si ss sI}", "host", host, "up", 1, "in", 1,
					     "class", class, "size", (json_int_t)size_gib)) == 0;
}

bool pve_ceph_add_osd(struct lab_pve *pve, int id, const char *host, const char *class,
		      int64_t size_gib)
{
	return append_osd(pve, id, host, class, size_gib) && sort_osds(pve->ceph);
}

bool pve_ceph_place_osds(struct lab_pve *pve, unsigned n)
{
	int id = 0;

	json_object_clear(pve->ceph->osds);
	for (size_t i = 0; i < pve->n_nodes; i++) {
		const char *host = pve->nodes[i].name;

		if (!json_object_get(pve->ceph->hosts, host))
			continue;
		for (unsigned k = 0; k < n; k++)
			if (!append_osd(pve, id++, host, k % 2 ? "ssd" : "hdd", k % 2 ? 894 : 3726))
				return false;
	}
	return true;
}

int pve_ceph_next_id(const json_t *objects, int first)
{
	const char *name;
	json_t *object;
	int next = first;

	json_object_foreach ((json_t *)(uintptr_t)objects, name, object)
		if (pve_ceph_int(object, "id") >= next)
			next = (int)pve_ceph_int(object, "id") + 1;
	return next;
}

json_t *pve_ceph_add_pool(struct pve_ceph *ceph, const char *name, int pg_num, const char *rule,
			  const char *application)
{
	json_t *pool = json_pack(
		"{si ss si si si ss ss ss sI}", "id", pve_ceph_next_id(ceph->pools, 1), "type",
		"replicated", "size", 3, "min_size", 2, "pg_num", pg_num, "pg_autoscale_mode", "on",
		"crush_rule", rule, "application", application, "used", (json_int_t)0);

	json_object_set_new(ceph->pools, name, pool);
	return pool;
}

static void seed_pools(struct pve_ceph *ceph)
{
	static const struct {
		const char *name, *rule, *application;
		int pg_num, pg_num_min;
		int64_t used_mib;
	} pools[] = {
		{".mgr", "replicated_rule", "mgr", 1, 1, 6},
		{"vmpool", "replicated_ssd", "rbd", 128, 0, 900 << 10},
		{"cephfs_data", "replicated_rule", "cephfs", 32, 0, 1200 << 10},
		{"cephfs_metadata", "replicated_rule", "cephfs", 16, 16, 3 << 10},
	};

	for (size_t i = 0; i < SB_ARRAY_LEN(pools); i++) {
		json_t *pool = pve_ceph_add_pool(ceph, pools[i].name, pools[i].pg_num,
						 pools[i].rule, pools[i].application);

		json_object_set_new(pool, "used", json_integer(pools[i].used_mib << 20));
		if (pools[i].pg_num_min)
			json_object_set_new(pool, "pg_num_min", json_integer(pools[i].pg_num_min));
	}
}

static void seed_rules(struct pve_ceph *ceph)
{
	ceph->rules = json_pack("{s{si ss ss ss} s{si ss ss ss} s{si ss ss ss}}", "replicated_rule",
				"id", 0, "type", "replicated", "class", "", "domain", "host",
				"replicated_ssd", "id", 1, "type", "replicated", "class", "ssd",
				"domain", "host", "erasure_hdd", "id", 2, "type", "erasure",
				"class", "hdd", "domain", "host");
}

/* A monitor and a manager on each of the first three nodes, a metadata server on two. */
static void seed_services(struct lab_pve *pve)
{
	static const unsigned most[] = {3, 3, 2};
	static const char *const first[] = {"running", "active", "up:active"};
	static const char *const others[] = {"running", "standby", "up:standby"};

	for (int service = 0; service < PVE_CEPH_SERVICES; service++) {
		pve->ceph->services[service] = json_object();
		for (size_t i = 0; i < most[service] && i < pve->n_nodes; i++)
			json_object_set_new(
				pve->ceph->services[service], pve->nodes[i].name,
				json_pack("{ss ss}", "host", pve->nodes[i].name, "state",
					  i ? others[service] : first[service]));
	}
}

bool pve_ceph_fill(struct lab_pve *pve, unsigned n_osds)
{
	struct pve_ceph *ceph = pve->ceph;
	struct lab_random random = {pve->seed ^ 0xce9600000000u};

	ceph->state = PVE_CEPH_READY;
	ceph->fsid = pve_uuid(&random);
	ceph->change.state = lab_random_next(&random);
	for (size_t i = 0; i < pve->n_nodes; i++) {
		const char *host = pve->nodes[i].name;

		json_object_set_new(ceph->hosts, host, json_string(pve_ceph_version(pve, host)));
	}
	seed_rules(ceph);
	seed_pools(ceph);
	seed_services(pve);
	ceph->filesystems = json_pack("{s{ss s[s]}}", "cephfs", "metadata_pool", "cephfs_metadata",
				      "data_pools", "cephfs_data");
	return ceph->fsid && ceph->rules && ceph->filesystems && pve_ceph_place_osds(pve, n_osds);
}

bool pve_seed_ceph(struct lab_pve *pve)
{
	struct pve_ceph *ceph = calloc(1, sizeof(*ceph));

	if (!ceph)
		return false;
	pve->ceph = ceph;
	ceph->osds = json_object();
	ceph->pools = json_object();
	ceph->checks = json_object();
	ceph->flags = json_object();
	ceph->hosts = json_object();
	if (!ceph->osds || !ceph->pools || !ceph->checks || !ceph->flags || !ceph->hosts)
		return false;
	return pve->n_nodes < 3 || pve_ceph_fill(pve, DEFAULT_OSDS);
}

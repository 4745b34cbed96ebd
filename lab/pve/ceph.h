/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ceph of an endpoint: what people set. All answers are derived from it and from the nodes.
 *
 * No server with a working Ceph was recorded. The forms of its answers come from the source of
 * pve-manager 9.2 and from Ceph 19; only the refusals of servers without Ceph are recorded.
 */
#pragma once

#include "pve/answer.h"

enum pve_ceph_state {
	PVE_CEPH_ABSENT,        /* no node has the binaries */
	PVE_CEPH_UNINITIALIZED, /* binaries, but no configuration */
	PVE_CEPH_READY,
};

enum pve_ceph_service {
	PVE_CEPH_MON,
	PVE_CEPH_MGR,
	PVE_CEPH_MDS,
	PVE_CEPH_SERVICES, /* their number */
};

/* Each member that is an object has names as keys; the comments say what belongs to a name. */
struct pve_ceph {
	enum pve_ceph_state state;
	bool hides_shadows; /* the tree has no buckets of device classes */
	json_t *fsid;
	json_t *osds;        /* number, ascending: host, up, in, class, size (GiB), ... */
	json_t *pools;       /* name: id, size, min_size, pg_num, used (bytes), ... */
	json_t *filesystems; /* name: metadata_pool, data_pools (array) */
	json_t *rules;       /* name: id, type, class, domain */
	json_t *checks;      /* code: severity, summary, ...; set by people */
	json_t *flags;       /* set of names */
	json_t *services[PVE_CEPH_SERVICES]; /* name: host, state */
	json_t *hosts;                       /* node with the binaries: its version */
	int64_t n_changes;                   /* epochs of the maps grow with it */
	struct lab_random change;            /* of churn */
};

/* Sums over the OSDs and pools of a cluster. */
struct pve_ceph_sums {
	int64_t n_osds, n_up, n_in, n_down_in; /* down and in: what the check OSD_DOWN counts */
	int64_t n_pgs, n_placed, n_down_pgs;   /* placed: with replicas */
	int64_t n_objects, stored_bytes, pool_bytes;
	int64_t total_kb, in_kb, used_kb;
};

/* One OSD while they are walked in the order of their numbers. */
struct pve_osd {
	const struct pve_ceph_sums *sums;
	int id;
	json_t *own;      /* what people set; borrowed */
	const char *host; /* borrowed */
	bool is_up, is_in, is_destroyed;
	int64_t kb, used_kb, n_pgs;
	int64_t n_in_before; /* OSDs that are in, with a smaller number */
};

/** The next number for one of these objects: that behind the largest one, else first. */
int pve_ceph_next_id(const json_t *objects, int first);

/** The number or text of a member; 0 or "" when it is unset. The text is borrowed. */
int64_t pve_ceph_int(const json_t *object, const char *key);
const char *pve_ceph_text(const json_t *object, const char *key);

/** Fill a new endpoint: a cluster of three or more nodes has Ceph. */
bool pve_seed_ceph(struct lab_pve *pve);
void pve_ceph_finish(struct lab_pve *pve);

/** Create a working Ceph with this number of OSDs on each node, where there was none. */
bool pve_ceph_fill(struct lab_pve *pve, unsigned n_osds);

/** Replace all OSDs by n on each node with the binaries. */
bool pve_ceph_place_osds(struct lab_pve *pve, unsigned n);

/** Create an OSD; keeps their order. */
bool pve_ceph_add_osd(struct lab_pve *pve, int id, const char *host, const char *class,
		      int64_t size_gib);

/** Create a pool with the next free id. */
json_t *pve_ceph_add_pool(struct pve_ceph *ceph, const char *name, int pg_num, const char *rule,
			  const char *application);

/** "mon", "mgr", "mds". */
const char *pve_ceph_service_word(enum pve_ceph_service service);

/** Does a daemon of the service run: is it started, and is its node up? */
bool pve_ceph_runs(const struct lab_pve *pve, enum pve_ceph_service service, const json_t *daemon);

/** The name of the active manager, or of the first active metadata server, after a failover; NULL
 * when none runs. Borrowed. */
const char *pve_ceph_active(const struct lab_pve *pve, enum pve_ceph_service service);

/** Have the monitors a quorum? */
bool pve_ceph_has_quorum(const struct lab_pve *pve);

/** Sum up the OSDs and pools at a time. */
struct pve_ceph_sums pve_ceph_sum(const struct lab_pve *pve, int64_t now_s);

/** Begin with *osd = {.sums = ..., .id = -1}; go on to the next OSD; false after the last one. */
bool pve_ceph_next_osd(const struct lab_pve *pve, struct pve_osd *osd);

/** "up", "down" or "destroyed". */
const char *pve_osd_status(const struct pve_osd *osd);

/** The last letter of its disk: sdb to sdy. */
static inline char pve_osd_disk(const struct pve_osd *osd)
{
	return (char)('b' + osd->id % 24);
}

/** Bytes that a pool occupies, with its replicas, and bytes that it can still store. */
int64_t pve_ceph_pool_bytes(const json_t *pool, int64_t now_s);
int64_t pve_ceph_pool_room(const json_t *pool, const struct pve_ceph_sums *sums);

/** The version of Ceph on a node: "19.2.3-pve2"; and of its daemons as a sentence. */
const char *pve_ceph_version(const struct lab_pve *pve, const char *host);
json_t *pve_ceph_long_version(const struct lab_pve *pve, const char *host);
const char *pve_ceph_release(const char *version);

/** The address of a node in Ceph's networks. New reference. */
json_t *pve_ceph_address(const struct lab_pve *pve, const char *host);

/** "noout,sortbitwise,...", with the flags that Ceph sets itself. New reference. */
json_t *pve_ceph_flag_text(const struct pve_ceph *ceph);

/** All flags that people can set, sorted: name and description; ended by name NULL. */
extern const struct pve_ceph_flag {
	const char *name, *description;
} pve_ceph_flags[];

/** {"status": ..., "checks": {...}, "mutes": [...]}. New reference. */
json_t *pve_ceph_health(const struct lab_pve *pve, int64_t now_s);

/** Is Ceph set up on the node that answers, and have its monitors a quorum? False after a refusal.
 */
bool pve_ceph_reach(struct pve_call *call);

/** Does the cluster know of a daemon from its node? */
bool pve_ceph_is_broadcast(const struct lab_pve *pve, const json_t *daemon);

/* A bucket of the CRUSH map. Ids do not change when other buckets come and go. */
struct pve_bucket {
	const char *type; /* "root", "rack", "host" */
	const char *name; /* without the device class; borrowed */
	unsigned place;   /* decides its id */
};

/** The rack of a node, 1 or 2. */
unsigned pve_ceph_rack(const struct pve_node *node);
#define PVE_CEPH_RACKS 2

/** Device classes in the order of their shadow buckets; ended by NULL. */
extern const char *const pve_ceph_classes[];

/** The id of a bucket; class NULL = the bucket itself. */
int pve_bucket_id(const struct pve_bucket *bucket, const char *class);

/** Is an OSD below the root of the CRUSH map? */
bool pve_osd_is_placed(const struct pve_osd *osd);

/** The OSDs below the root: {"hosts": {"pve1": [{"name": "osd.0", "class": ..., "weight": ...}]},
 * "classes": {"hdd": true}}. New reference. */
json_t *pve_ceph_map(const struct lab_pve *pve);

/** The CRUSH weight of an OSD, in TiB. */
double pve_osd_weight(const struct pve_osd *osd);

/** Set the four addresses of an OSD in a row. */
void pve_ceph_add_addresses(const struct lab_pve *pve, const struct pve_osd *osd, json_t *row);

/** Answers, by subject. */
void pve_answer_ceph_status(struct pve_call *call);
void pve_answer_ceph_metadata(struct pve_call *call);
void pve_answer_ceph_osds(struct pve_call *call);
void pve_answer_ceph_osd(struct pve_call *call);
void pve_answer_ceph_crush(struct pve_call *call);
void pve_answer_ceph_pools(struct pve_call *call);
void pve_answer_ceph_pool(struct pve_call *call);

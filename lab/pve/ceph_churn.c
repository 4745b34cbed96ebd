/* SPDX-License-Identifier: Apache-2.0 */
/* Everyday changes of Ceph. They use random numbers of their own, so that the changes of guests are
 * the same with and without Ceph. */
#include "pve/ceph_change.h"

#include <inttypes.h>

/* Any name of an object; NULL when there is none. */
static const char *pick_name(struct pve_ceph *ceph, json_t *objects)
{
	size_t n = json_object_size(objects);
	uint64_t k = n ? lab_random_below(&ceph->change, n) : 0;
	void *iter = json_object_iter(objects);

	while (iter && k--)
		iter = json_object_iter_next(objects, iter);
	return iter ? json_object_iter_key(iter) : NULL;
}

static void set_member(struct lab_pve *pve, const char *family, const char *name, const char *field,
		       const char *value)
{
	sb_autojson *key = json_sprintf("%s/ceph/%s/%s", pve->slug, family, name);
	const char *why;

	lab_pve_set(pve, json_string_value(key), field, value, &why);
}

/* A disk fails, is taken out, and is repaired. */
static void change_osd(struct lab_pve *pve)
{
	const char *name = pick_name(pve->ceph, pve->ceph->osds);
	const json_t *osd = name ? json_object_get(pve->ceph->osds, name) : NULL;
	bool is_up = pve_ceph_int(osd, "up") != 0, is_in = pve_ceph_int(osd, "in") != 0;

	if (!osd)
		return;
	if (!is_up && is_in) {
		set_member(pve, "osd", name, "in", "0");
		return;
	}
	set_member(pve, "osd", name, "up", is_up ? "0" : "1");
	set_member(pve, "osd", name, "in", "1");
}

/* The autoscaler gives a pool more placement groups, or fewer. */
static void change_pool(struct lab_pve *pve)
{
	const char *name = pick_name(pve->ceph, pve->ceph->pools);
	const json_t *pool = name ? json_object_get(pve->ceph->pools, name) : NULL;
	int64_t pg_num = pve_ceph_int(pool, "pg_num");
	sb_autojson *next = json_sprintf("%" PRId64, pg_num < 256 ? pg_num * 2 : 32);

	if (pool)
		set_member(pve, "pool", name, "pg_num", json_string_value(next));
}

static void change_flag(struct lab_pve *pve)
{
	set_member(pve, "flag", "noout", "value",
		   json_object_get(pve->ceph->flags, "noout") ? "0" : "1");
}

static void change_check(struct lab_pve *pve)
{
	sb_autojson *key = json_sprintf("%s/ceph/check/OSD_NEARFULL", pve->slug);
	const char *why;

	if (json_object_get(pve->ceph->checks, "OSD_NEARFULL"))
		lab_pve_rm(pve, json_string_value(key), &why);
	else
		set_member(pve, "check", "OSD_NEARFULL", "summary", "1 nearfull osd(s)");
}

void pve_churn_ceph(struct lab_pve *pve)
{
	static void (*const happenings[])(struct lab_pve * pve) = {change_osd, change_pool,
								   change_flag, change_check};
	struct pve_ceph *ceph = pve->ceph;

	if (ceph->state == PVE_CEPH_READY)
		happenings[lab_random_below(&ceph->change, SB_ARRAY_LEN(happenings))](pve);
}

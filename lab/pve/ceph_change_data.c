/* SPDX-License-Identifier: Apache-2.0 */
/* Ceph by hand: OSDs, pools, rules and filesystems. */
#include "pve/ceph_change.h"

#include <inttypes.h>

#define LAST_OSD 99999

static int set_osd(struct lab_pve *pve, const struct pve_key *key, const char *field,
		   const char *value)
{
	json_t *osd;

	if (pve_ceph_require(pve) < 0)
		return -1;
	osd = json_object_get(pve->ceph->osds, key->name);
	if (!osd)
		return pve_change_refuse(pve, "no such OSD '%s'", key->name);
	if (sb_streq(field, "up") || sb_streq(field, "in") || sb_streq(field, "destroyed"))
		return pve_change_set_int(pve, osd, field, value, 0, 1);
	if (sb_streq(field, "host"))
		return pve_ceph_set_host(pve, osd, value);
	if (sb_streq(field, "class"))
		return pve_change_set_word(pve, osd, field, value, "hdd, ssd, nvme");
	if (sb_streq(field, "size"))
		return pve_change_set_int(pve, osd, field, value, 0, 1 << 20);
	if (sb_streq(field, "used"))
		return pve_change_set_int(pve, osd, field, value, 0, 100);
	if (sb_streq(field, "weight") || sb_streq(field, "reweight"))
		return pve_ceph_set_real(pve, osd, field, value);
	if (sb_streq(field, "place") && !*value)
		return json_object_set_new(osd, field, json_string(""));
	if (sb_streq(field, "place"))
		return pve_change_set_word(pve, osd, field, value, "stray, none");
	return pve_change_refuse(pve,
				 "unknown field of an OSD; use up, in, destroyed, host, class, "
				 "size, used, weight, reweight or place");
}

/* The node with the binaries that has the fewest OSDs; NULL = none has them. */
static const char *find_emptiest_host(const struct lab_pve *pve)
{
	const char *host, *best = NULL;
	size_t fewest = SIZE_MAX;
	json_t *version;

	json_object_foreach (pve->ceph->hosts, host, version) {
		struct pve_ceph_sums sums = {0};
		struct pve_osd osd = {.sums = &sums, .id = -1};
		size_t n = 0;

		while (pve_ceph_next_osd(pve, &osd))
			n += sb_streq(osd.host, host);
		if (n < fewest) {
			fewest = n;
			best = host;
		}
	}
	return best;
}

static bool is_osd_number(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return len && !text[len] && (*text != '0' || len == 1) &&
	       strtol(text, NULL, 10) <= LAST_OSD;
}

static int add_osd(struct lab_pve *pve, const struct pve_key *key)
{
	const char *host;

	if (pve_ceph_require(pve) < 0)
		return -1;
	if (!is_osd_number(key->name))
		return pve_change_refuse(pve, "'%s' is not the number of an OSD", key->name);
	if (json_object_get(pve->ceph->osds, key->name))
		return pve_change_refuse(pve, "OSD '%s' already exists", key->name);
	host = find_emptiest_host(pve);
	if (!host)
		return pve_change_refuse(pve, "no node has the binaries of Ceph");
	return pve_ceph_add_osd(pve, (int)strtol(key->name, NULL, 10), host, "hdd", 3726) ? 0 : -1;
}

static int remove_osd(struct lab_pve *pve, const struct pve_key *key)
{
	if (pve_ceph_require(pve) < 0)
		return -1;
	if (json_object_del(pve->ceph->osds, key->name) < 0)
		return pve_change_refuse(pve, "no such OSD '%s'", key->name);
	return 0;
}

/* A number that cannot be removed. */
static int set_needed(struct lab_pve *pve, json_t *pool, const char *field, const char *value,
		      int64_t max)
{
	return pve_change_set_int(pve, pool, field, *value ? value : "none", 1, max);
}

/* Ceph derives the minimum from a new size. */
static int set_pool_size(struct lab_pve *pve, json_t *pool, const char *value)
{
	int64_t size;

	if (set_needed(pve, pool, "size", value, 7) < 0)
		return -1;
	size = pve_ceph_int(pool, "size");
	return json_object_set_new(pool, "min_size", json_integer(size - size / 2));
}

static int set_pool(struct lab_pve *pve, const struct pve_key *key, const char *field,
		    const char *value)
{
	json_t *pool;

	if (pve_ceph_require(pve) < 0)
		return -1;
	pool = json_object_get(pve->ceph->pools, key->name);
	if (!pool)
		return pve_change_refuse(pve, "unrecognized pool '%s'", key->name);
	if (sb_streq(field, "size"))
		return set_pool_size(pve, pool, value);
	if (sb_streq(field, "min_size"))
		return set_needed(pve, pool, field, value, 7);
	if (sb_streq(field, "pg_num"))
		return set_needed(pve, pool, field, value, 32768);
	if (sb_streq(field, "pg_num_min"))
		return pve_change_set_int(pve, pool, field, value, 1, 32768);
	if (sb_streq(field, "pg_autoscale_mode"))
		return pve_change_set_word(pve, pool, field, value, "on, warn, off");
	if (sb_streq(field, "type"))
		return pve_change_set_word(pve, pool, field, value, "replicated, erasure, unknown");
	if (sb_streq(field, "crush_rule"))
		return pve_ceph_set_ref(pve, pool, field, value, pve->ceph->rules);
	if (sb_streq(field, "application"))
		return json_object_set_new(pool, field, json_string(value));
	if (sb_streq(field, "used") || sb_streq(field, "target_size"))
		return pve_change_set_int(pve, pool, field, value, 0, (int64_t)1 << 60);
	if (sb_streq(field, "target_size_ratio"))
		return pve_ceph_set_real(pve, pool, field, value);
	return pve_change_refuse(pve, "unknown field of a pool; use size, min_size, pg_num, "
				      "pg_num_min, pg_autoscale_mode, type, crush_rule, "
				      "application, used, target_size or target_size_ratio");
}

static int add_pool(struct lab_pve *pve, const struct pve_key *key)
{
	const char *rule;

	if (pve_ceph_require(pve) < 0)
		return -1;
	if (!*key->name || key->name[strcspn(key->name, ":/ \t\n")])
		return pve_change_refuse(pve, "'%s' is not the name of a pool", key->name);
	if (json_object_get(pve->ceph->pools, key->name))
		return pve_change_refuse(pve, "pool '%s' already exists", key->name);
	rule = json_object_iter_key(json_object_iter(pve->ceph->rules));
	if (!rule)
		return pve_change_refuse(pve, "there is no CRUSH rule for a pool");
	return pve_ceph_add_pool(pve->ceph, key->name, 128, rule, "rbd") ? 0 : -1;
}

/* The filesystem that a pool belongs to; NULL = none. */
static const char *filesystem_of(const struct pve_ceph *ceph, const char *pool)
{
	const char *name;
	json_t *fs, *data;
	size_t i;

	json_object_foreach (ceph->filesystems, name, fs) {
		if (sb_streq(pve_ceph_text(fs, "metadata_pool"), pool))
			return name;
		json_array_foreach (json_object_get(fs, "data_pools"), i, data)
			if (sb_streq(json_string_value(data), pool))
				return name;
	}
	return NULL;
}

static int remove_pool(struct lab_pve *pve, const struct pve_key *key)
{
	const char *fs;

	if (pve_ceph_require(pve) < 0)
		return -1;
	fs = filesystem_of(pve->ceph, key->name);
	if (fs)
		return pve_change_refuse(pve, "pool '%s' is in use by CephFS '%s'", key->name, fs);
	if (json_object_del(pve->ceph->pools, key->name) < 0)
		return pve_change_refuse(pve, "unrecognized pool '%s'", key->name);
	return 0;
}

static int set_rule(struct lab_pve *pve, const struct pve_key *key, const char *field,
		    const char *value)
{
	json_t *rule;

	if (pve_ceph_require(pve) < 0)
		return -1;
	rule = json_object_get(pve->ceph->rules, key->name);
	if (!rule)
		return pve_change_refuse(pve, "no such CRUSH rule '%s'", key->name);
	if (sb_streq(field, "type"))
		return pve_change_set_word(pve, rule, field, value, "replicated, erasure");
	if (sb_streq(field, "class") && !*value)
		return json_object_set_new(rule, field, json_string(""));
	if (sb_streq(field, "class"))
		return pve_change_set_word(pve, rule, field, value, "hdd, ssd, nvme");
	if (sb_streq(field, "domain"))
		return pve_change_set_word(pve, rule, field, value, "osd, host, rack");
	return pve_change_refuse(pve, "unknown field of a CRUSH rule; use type, class or domain");
}

static int add_rule(struct lab_pve *pve, const struct pve_key *key)
{
	json_t *rules = pve->ceph->rules;

	if (pve_ceph_require(pve) < 0)
		return -1;
	if (!*key->name || json_object_get(rules, key->name))
		return pve_change_refuse(pve, "CRUSH rule '%s' already exists", key->name);
	return json_object_set_new(rules, key->name,
				   json_pack("{si ss ss ss}", "id", pve_ceph_next_id(rules, 0),
					     "type", "replicated", "class", "", "domain", "host"));
}

static int remove_rule(struct lab_pve *pve, const struct pve_key *key)
{
	const char *name;
	json_t *pool;

	if (pve_ceph_require(pve) < 0)
		return -1;
	json_object_foreach (pve->ceph->pools, name, pool)
		if (sb_streq(pve_ceph_text(pool, "crush_rule"), key->name))
			return pve_change_refuse(pve, "crush rule '%s' is in use", key->name);
	if (json_object_del(pve->ceph->rules, key->name) < 0)
		return pve_change_refuse(pve, "no such CRUSH rule '%s'", key->name);
	return 0;
}

/* "cephfs_data,cephfs_fast": pools that exist, at least one. */
static int set_data_pools(struct lab_pve *pve, json_t *fs, const char *value)
{
	sb_autojson *list = json_array();

	while (*value) {
		size_t len = strcspn(value, ",");
		sb_autofree char *name = strndup(value, len);

		if (!name || !json_object_get(pve->ceph->pools, name))
			return pve_change_refuse(pve, "unrecognized pool '%.*s'", (int)len, value);
		json_array_append_new(list, json_string(name));
		value += len;
		value += strspn(value, ",");
	}
	if (!json_array_size(list))
		return pve_change_refuse(pve, "data_pools cannot be empty");
	return json_object_set(fs, "data_pools", list);
}

static int set_filesystem(struct lab_pve *pve, const struct pve_key *key, const char *field,
			  const char *value)
{
	json_t *fs;

	if (pve_ceph_require(pve) < 0)
		return -1;
	fs = json_object_get(pve->ceph->filesystems, key->name);
	if (!fs)
		return pve_change_refuse(pve, "no such filesystem '%s'", key->name);
	if (sb_streq(field, "metadata_pool"))
		return pve_ceph_set_ref(pve, fs, field, value, pve->ceph->pools);
	if (sb_streq(field, "data_pools"))
		return set_data_pools(pve, fs, value);
	return pve_change_refuse(pve, "unknown field of a filesystem; use metadata_pool or "
				      "data_pools");
}

/* Like Proxmox VE, create its pools as well. */
static int add_filesystem(struct lab_pve *pve, const struct pve_key *key)
{
	sb_autojson *data = json_sprintf("%s_data", key->name);
	sb_autojson *metadata = json_sprintf("%s_metadata", key->name);
	const json_t *both[] = {data, metadata};

	if (pve_ceph_require(pve) < 0)
		return -1;
	if (!*key->name || json_object_get(pve->ceph->filesystems, key->name))
		return pve_change_refuse(pve, "ceph fs '%s' already exists", key->name);
	for (size_t i = 0; i < SB_ARRAY_LEN(both); i++) {
		struct pve_key pool = {key->text, json_string_value(both[i]), key->family};

		if (json_object_get(pve->ceph->pools, pool.name))
			continue;
		if (add_pool(pve, &pool) < 0)
			return -1;
		json_object_set_new(json_object_get(pve->ceph->pools, pool.name), "application",
				    json_string("cephfs"));
	}
	return json_object_set_new(
		pve->ceph->filesystems, key->name,
		json_pack("{sO s[O]}", "metadata_pool", metadata, "data_pools", data));
}

static int remove_filesystem(struct lab_pve *pve, const struct pve_key *key)
{
	if (pve_ceph_require(pve) < 0)
		return -1;
	if (json_object_del(pve->ceph->filesystems, key->name) < 0)
		return pve_change_refuse(pve, "no such filesystem '%s'", key->name);
	return 0;
}

static const char *const osd_fields[] = {"up",   "in",     "destroyed", "host",  "class", "size",
					 "used", "weight", "reweight",  "place", NULL};
const struct pve_family pve_ceph_osd_family = {.fields = osd_fields,
					       .prefix = "ceph/osd/",
					       .form = "ceph/osd/NUMBER",
					       .set = set_osd,
					       .add = add_osd,
					       .rm = remove_osd};
static const char *const pool_fields[] = {
	"size",       "min_size",    "pg_num", "pg_num_min",  "pg_autoscale_mode", "type",
	"crush_rule", "application", "used",   "target_size", "target_size_ratio", NULL};
const struct pve_family pve_ceph_pool_family = {.fields = pool_fields,
						.prefix = "ceph/pool/",
						.form = "ceph/pool/NAME",
						.set = set_pool,
						.add = add_pool,
						.rm = remove_pool};
static const char *const rule_fields[] = {"type", "class", "domain", NULL};
const struct pve_family pve_ceph_rule_family = {.fields = rule_fields,
						.prefix = "ceph/rule/",
						.form = "ceph/rule/NAME",
						.set = set_rule,
						.add = add_rule,
						.rm = remove_rule};
static const char *const fs_fields[] = {"metadata_pool", "data_pools", NULL};
const struct pve_family pve_ceph_fs_family = {.fields = fs_fields,
					      .prefix = "ceph/fs/",
					      .form = "ceph/fs/NAME",
					      .set = set_filesystem,
					      .add = add_filesystem,
					      .rm = remove_filesystem};

/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of the daemons of Ceph, and the versions on the nodes. */
#include "pve/ceph.h"

#include <inttypes.h>

/* "19.2.3-pve2" -> ["19", "2", "3", "pve2"] */
static json_t *version_parts(const char *version)
{
	json_t *parts = json_array();

	while (*version) {
		size_t len = strcspn(version, ".-");

		json_array_append_new(parts, json_stringn(version, len));
		version += len;
		version += *version != 0;
	}
	return parts;
}

static json_t *node_versions(const struct lab_pve *pve)
{
	json_t *nodes = json_object(), *version;
	const char *host;

	if (pve->ceph->state == PVE_CEPH_ABSENT)
		return nodes;
	json_object_foreach (pve->ceph->hosts, host, version) {
		const struct pve_node *node = pve_node_find(pve, host);

		/* Nodes broadcast it, so that it is unknown of those that are down. */
		if (node && pve_node_is_up(node))
			json_object_set_new(
				nodes, host,
				json_pack("{so s{sO so}}", "buildcommit", pve_digest(version),
					  "version", "str", version, "parts",
					  version_parts(json_string_value(version))));
	}
	return nodes;
}

/* The members that all daemons have; Ceph writes numbers as text. */
static json_t *common_metadata(const struct lab_pve *pve, const char *host)
{
	const struct pve_node *node = pve_node_find(pve, host);
	const char *version = pve_ceph_version(pve, host);

	return json_pack(
		"{ss ss so ss so ss ss ss ss ss}", "hostname", host, "ceph_release",
		pve_ceph_release(version), "ceph_version", pve_ceph_long_version(pve, host),
		"ceph_version_short", version, "mem_total_kb",
		json_sprintf("%" PRId64, (node ? node->mem_bytes : 0) / 1024), "mem_swap_kb",
		"8388604", "arch", "x86_64", "distro", "debian", "distro_version",
		pve->major >= 9 ? "13" : "12", "cpu", node ? node->cpu_model : "");
}

static json_t *service_metadata(const struct lab_pve *pve, enum pve_ceph_service service,
				const char *name, const json_t *daemon)
{
	const char *host = pve_ceph_text(daemon, "host");
	sb_autojson *address = pve_ceph_address(pve, host);
	const char *ip = json_string_value(address);
	json_t *row = common_metadata(pve, host);

	json_object_set_new(row, "name", json_string(name));
	if (service == PVE_CEPH_MON)
		json_object_set_new(row, "addrs",
				    json_sprintf("[v2:%s:3300/0,v1:%s:6789/0]", ip, ip));
	else if (service == PVE_CEPH_MGR)
		json_object_set_new(row, "addr", json_string(ip));
	else
		json_object_set_new(
			row, "addr",
			json_sprintf("[v2:%s:6800/1755000000,v1:%s:6801/1755000000]", ip, ip));
	return row;
}

/* All daemons of a service, "NAME@NODE": what runs, and what is only set up. */
static json_t *service_rows(const struct lab_pve *pve, enum pve_ceph_service service)
{
	json_t *rows = json_object(), *daemon;
	const char *name;

	json_object_foreach (pve->ceph->services[service], name, daemon) {
		sb_autojson *key = json_sprintf("%s@%s", name, pve_ceph_text(daemon, "host"));
		bool runs = pve_ceph_runs(pve, service, daemon);
		json_t *row = runs ? service_metadata(pve, service, name, daemon) : json_object();

		if (pve_ceph_is_broadcast(pve, daemon)) {
			json_object_set_new(row, "direxists", json_integer(1));
			if (!sb_streq(pve_ceph_text(daemon, "state"), "unknown"))
				json_object_set_new(row, "service", json_integer(1));
		}
		if (json_object_size(row))
			json_object_set(rows, json_string_value(key), row);
		json_decref(row);
	}
	return rows;
}

/* An OSD on a hard disk has its database on a second device. */
static void set_devices(json_t *row, const struct pve_osd *osd, bool is_hdd)
{
	const char *db = is_hdd ? "nvme0n1," : "";
	sb_autojson *db_id =
		is_hdd ? json_sprintf("nvme0n1=Lab_NVMe_%s,", osd->host) : json_string("");

	json_object_set_new(row, "devices", json_sprintf("%ssd%c", db, pve_osd_disk(osd)));
	json_object_set_new(row, "device_ids",
			    json_sprintf("%ssd%c=Lab_Disk_%s-%d", json_string_value(db_id),
					 pve_osd_disk(osd), osd->host, osd->id));
}

static json_t *osd_metadata(const struct lab_pve *pve, const struct pve_osd *osd)
{
	bool is_hdd = sb_streq(pve_ceph_text(osd->own, "class"), "hdd");
	json_t *row;

	if (osd->is_destroyed)
		return json_pack("{si}", "id", osd->id);
	row = common_metadata(pve, osd->host);
	json_object_set_new(row, "id", json_integer(osd->id));
	json_object_set_new(row, "osd_data", json_sprintf("/var/lib/ceph/osd/ceph-%d", osd->id));
	json_object_set_new(row, "osd_objectstore", json_string("bluestore"));
	json_object_set_new(row, "rotational", json_string(is_hdd ? "1" : "0"));
	json_object_set_new(row, "default_device_class", json_string(is_hdd ? "hdd" : "ssd"));
	set_devices(row, osd, is_hdd);
	json_object_set_new(row, "device_paths",
			    json_sprintf("sd%c=/dev/disk/by-path/pci-0000:01:00.0-scsi-0:0:%d:0",
					 pve_osd_disk(osd), osd->id % 24));
	json_object_set_new(row, "bluestore_bdev_size", json_sprintf("%" PRId64, osd->kb * 1024));
	pve_ceph_add_addresses(pve, osd, row);
	return row;
}

void pve_answer_ceph_metadata(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	const char *scope = pve_param(call, "scope");
	struct pve_ceph_sums sums = {0};
	struct pve_osd osd = {.sums = &sums, .id = -1};
	json_t *data, *osds;

	/* The versions come from what nodes broadcast, so that every node knows them. */
	if (scope && sb_streq(scope, "versions")) {
		pve_ok(call, json_pack("{so}", "node", node_versions(pve)));
		return;
	}
	if (!pve_ceph_reach(call))
		return;
	osds = json_array();
	while (pve_ceph_next_osd(pve, &osd))
		json_array_append_new(osds, osd_metadata(pve, &osd));
	pve_shuffle(call, osds);
	data = json_pack("{so so}", "node", node_versions(pve), "osd", osds);
	for (int service = 0; service < PVE_CEPH_SERVICES; service++)
		json_object_set_new(data, pve_ceph_service_word(service),
				    service_rows(pve, service));
	pve_ok(call, data);
}

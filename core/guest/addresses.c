/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the addresses of guests: reported ones, configured ones, and those that are kept. */
#include "guest/guest_priv.h"

#include <stdio.h>
#include <string.h>

#define MAX_PLATFORM_CHARS 100 /* NetBox's limit */

/* The state while the addresses of one guest are put. */
struct taking {
	struct sb_run *run;
	const struct sb_guest_family *family;
	struct sb_guest_sources sources;
	const char *key;
	json_t *nics; /* owned: {"net0": row} */
	json_t *seen; /* owned: {"10.0.20.4": "net0"} */
	json_t *dns;  /* owned: a string or NULL */
};

static void finish_taking(struct taking *taking)
{
	json_decref(taking->nics);
	json_decref(taking->seen);
	json_decref(taking->dns);
}

#define autotaking SB_CLEANUP(finish_taking) struct taking

static int no_memory(const char *key, struct sb_error *err)
{
	return sb_fail(err, SB_E_NOMEM, "addresses of %s: out of memory", key);
}

/* Read the NICs that the guest's row lists: sb_rows_each() would sort all rows for each guest. */
static int read_nics(struct taking *taking, const json_t *ids, struct sb_error *err)
{
	const json_t *id; /* borrowed */
	size_t i;

	json_array_foreach (ids, i, id) {
		const char *name = json_string_value(id);
		sb_autofree char *key = sb_guest_format("%s/%s", taking->key, name);
		json_t *row = key ? sb_row_get(taking->run, taking->sources.nic, key) : NULL;

		if (json_object_set_new(taking->nics, name, row) < 0)
			return no_memory(taking->key, err);
	}
	return 0;
}

static int init_taking(struct taking *taking, struct sb_run *run,
		       const struct sb_guest_family *family, const char *key, struct sb_error *err)
{
	sb_autojson *guest = NULL;

	*taking = (struct taking){.run = run, .family = family, .key = key};
	sb_guest_sources_init(&taking->sources, family);
	taking->nics = json_object();
	taking->seen = json_object();
	if (!taking->nics || !taking->seen)
		return no_memory(key, err);
	guest = sb_row_get(run, taking->sources.guest, key);
	taking->dns = json_incref(json_object_get(guest, "dns"));
	return read_nics(taking, json_object_get(guest, "nics"), err);
}

/* Put one address of a NIC. If several NICs have it, only the first one gets it. */
static int put_address(struct taking *taking, const char *id, const struct sb_guest_ip *ip,
		       struct sb_error *err)
{
	const json_t *nic = json_object_get(taking->nics, id); /* borrowed */
	const char *owner = sb_json_str(taking->seen, ip->text);
	const char *skip = sb_guest_ip_refused(ip);
	sb_autojson *row = NULL;
	char address[64];
	int rc;

	if (owner && sb_streq(owner, id))
		return 0;
	if (owner)
		skip = "an earlier interface of the guest has the same address";
	snprintf(address, sizeof(address), "%s/%u", ip->text, ip->prefix);
	row = json_pack("{s:s,s:s,s:s,s:i,s:b,s:s*,s:O*}", "ip", ip->text, "address", address,
			"nic", id, "version", ip->version, "gateway",
			sb_json_bool(nic, ip->version == 4 ? "gw4" : "gw6", false), "skip", skip,
			"dns", taking->dns);
	if (!row || (!owner && json_object_set_new(taking->seen, ip->text, json_string(id)) < 0))
		return no_memory(taking->key, err);
	rc = sb_row_put(taking->run, taking->sources.address, sb_steal(row), err, "%s/%s/ip/%s",
			taking->key, id, ip->text);
	if (rc < 0 || skip)
		return rc < 0 ? rc : 0;
	rc = sb_row_put(taking->run, "address-use", json_object(), err, "%s/use/%s/%s",
			sb_run_endpoint(taking->run), ip->text, taking->key);
	return rc < 0 ? rc : 0;
}

static int put_text(struct taking *taking, const char *id, const char *text, int64_t prefix,
		    struct sb_error *err)
{
	struct sb_guest_ip ip;

	if (!text || !sb_guest_ip_parse(text, prefix, &ip) || sb_guest_ip_is_local(&ip))
		return 0;
	return put_address(taking, id, &ip, err);
}

/* Put all addresses of one reported interface. */
static int put_interface(struct taking *taking, const char *id, const json_t *interface,
			 struct sb_error *err)
{
	const json_t *list = json_object_get(interface, "ip-addresses"), *item; /* borrowed */
	size_t i;
	int rc;

	if (!json_is_array(list)) { /* containers up to Proxmox VE 8.2 */
		rc = put_text(taking, id, sb_json_str(interface, "inet"), -1, err);
		return rc < 0 ? rc : put_text(taking, id, sb_json_str(interface, "inet6"), -1, err);
	}
	json_array_foreach (list, i, item) {
		int64_t prefix = -1;

		sb_json_int(item, "prefix", &prefix);
		rc = put_text(taking, id, sb_json_str(item, "ip-address"), prefix, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static bool has_mac(const json_t *nic, const char *mac)
{
	const char *text = sb_json_str(nic, "mac");

	return text && sb_streq(text, mac);
}

/* Read the MAC address of a reported interface; false = it has none. */
static bool read_mac(const json_t *interface, char ret_mac[18])
{
	const char *text = sb_json_str(interface, "hardware-address");

	if (!text)
		text = sb_json_str(interface, "hwaddr");
	return text && sb_guest_mac(text, ret_mac);
}

/* Find the number of the NIC that a reported interface uses; SB_GUEST_MAX_NICS = not in the config.
 * Bonds, VLANs and bridges in the guest have the MAC address of their NIC. */
static unsigned find_nic(const struct taking *taking, const json_t *interface)
{
	const char *name = sb_json_str(interface, "name"), *nic_name, *id;
	unsigned by_mac = SB_GUEST_MAX_NICS, by_name = SB_GUEST_MAX_NICS, index;
	char mac[18];
	bool is_known = read_mac(interface, mac);
	json_t *nic; /* borrowed */

	json_object_foreach (taking->nics, id, nic) {
		index = sb_guest_nic_index(id);
		nic_name = sb_json_str(nic, "name");
		if (is_known && has_mac(nic, mac) && index < by_mac)
			by_mac = index;
		if (taking->family->match_names && name && nic_name && sb_streq(nic_name, name))
			by_name = index;
	}
	return by_mac < SB_GUEST_MAX_NICS ? by_mac : by_name;
}

/* Note which IP versions are complete, because only then the primary address is set. */
static int put_known(struct taking *taking, bool version4, bool version6, struct sb_error *err)
{
	int rc = sb_row_put(taking->run, "address-known",
			    json_pack("{s:b,s:b}", "4", version4, "6", version6), err, "%s",
			    taking->key);

	return rc < 0 ? rc : 0;
}

/* Put the NICs in order, because the first NIC gets an address that several have. */
static int put_reported(struct taking *taking, const json_t *interfaces, struct sb_error *err)
{
	size_t n = json_array_size(interfaces), i;
	sb_autofree unsigned *nics = calloc(n + 1, sizeof(*nics));
	unsigned index;
	char id[8];
	int rc;

	if (!nics)
		return no_memory(taking->key, err);
	for (i = 0; i < n; i++)
		nics[i] = find_nic(taking, json_array_get(interfaces, i));
	for (index = 0; index < SB_GUEST_MAX_NICS; index++) {
		sb_guest_nic_id(index, id);
		for (i = 0; i < n; i++) {
			if (nics[i] != index)
				continue;
			rc = put_interface(taking, id, json_array_get(interfaces, i), err);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

/* A guest that starts reports its interfaces before their addresses. */
static int note_report(struct taking *taking, struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_format("%s/", taking->key);

	if (!prefix || sb_rows_reported(taking->run, taking->sources.address, prefix) < 0)
		return no_memory(taking->key, err);
	return 0;
}

int sb_guest_addresses_put(struct sb_run *run, const struct sb_guest_family *family,
			   const char *key, const json_t *interfaces, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	autotaking taking;
	int rc;

	rc = init_taking(&taking, run, family, key, err);
	if (rc < 0)
		return rc;
	if (!json_is_array(interfaces)) {
		sb_fail(&why, SB_E_SHAPE, "interfaces of %s: not a list", key);
		return sb_guest_addresses_unknown(run, family, key, &why, err);
	}
	rc = note_report(&taking, err);
	if (rc >= 0)
		rc = put_reported(&taking, interfaces, err);
	return rc < 0 ? rc : put_known(&taking, true, true, err);
}

int sb_guest_addresses_keep(struct sb_run *run, const struct sb_guest_family *family,
			    const char *key, struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_format("%s/", key);
	struct sb_guest_sources sources;

	sb_guest_sources_init(&sources, family);
	if (!prefix || sb_rows_keep(run, sources.address, prefix) < 0)
		return no_memory(key, err);
	return 0;
}

int sb_guest_addresses_unknown(struct sb_run *run, const struct sb_guest_family *family,
			       const char *key, const struct sb_error *why, struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_format("%s/", key);
	struct sb_error framed = SB_ERROR_INIT;
	struct sb_guest_sources sources;

	if (why)
		framed = *why;
	else
		sb_fail(&framed, SB_E_STATE, "no answer");
	sb_context(&framed, SB_E_STATE, "addresses of %s", key);
	sb_guest_sources_init(&sources, family);
	if (!prefix || sb_rows_unknown(run, sources.address, prefix, &framed) < 0)
		return no_memory(key, err);
	return 0;
}

int sb_guest_addresses_limited(struct sb_run *run, const struct sb_guest_family *family,
			       const char *key, const struct sb_error *why, struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_format("%s/", key);
	struct sb_guest_sources sources;

	sb_guest_sources_init(&sources, family);
	if (!prefix || sb_rows_limited(run, sources.address, prefix, why) < 0)
		return no_memory(key, err);
	return 0;
}

/* Put the static addresses of one NIC from its config. If the config gives a version in another way
 * (DHCP, SLAAC) or no address at all, the other addresses of the NIC are kept. */
static int put_configured(struct taking *taking, const char *id, const json_t *nic,
			  bool ret_known[2], struct sb_error *err)
{
	static const char *const names[] = {"ip4", "ip6"};
	sb_autofree char *prefix = NULL;
	bool is_static[2], is_given[2];
	struct sb_guest_ip ip;
	const char *text;
	size_t i;
	int rc;

	for (i = 0; i < 2; i++) {
		text = sb_json_str(nic, names[i]);
		is_given[i] = text && *text;
		is_static[i] = is_given[i] && sb_guest_ip_parse(text, -1, &ip);
		rc = is_static[i] ? put_text(taking, id, text, -1, err) : 0;
		if (rc < 0)
			return rc;
	}
	if ((is_static[0] && (is_static[1] || !is_given[1])) || (is_static[1] && !is_given[0]))
		return 0;
	ret_known[0] = ret_known[0] && is_static[0];
	ret_known[1] = ret_known[1] && is_static[1];
	prefix = sb_guest_format("%s/%s/", taking->key, id);
	if (!prefix || sb_rows_keep(taking->run, taking->sources.address, prefix) < 0)
		return no_memory(taking->key, err);
	return 0;
}

int sb_guest_addresses_configured(struct sb_run *run, const struct sb_guest_family *family,
				  const char *key, struct sb_error *err)
{
	bool known[2] = {true, true};
	autotaking taking;
	unsigned index;
	char id[8];
	int rc;

	rc = init_taking(&taking, run, family, key, err);
	for (index = 0; rc >= 0 && index < SB_GUEST_MAX_NICS; index++) {
		const json_t *nic; /* borrowed */

		sb_guest_nic_id(index, id);
		nic = json_object_get(taking.nics, id);
		if (nic)
			rc = put_configured(&taking, id, nic, known, err);
	}
	return rc < 0 ? rc : put_known(&taking, known[0], known[1], err);
}

int sb_guest_host_put(struct sb_run *run, const struct sb_guest_family *family, const char *key,
		      const char *host, struct sb_error *err)
{
	sb_autofree char *dns = sb_guest_dns(host, NULL);
	struct sb_guest_sources sources;
	int rc;

	if (!dns)
		return 0;
	sb_guest_sources_init(&sources, family);
	rc = sb_row_put(run, sources.host, json_pack("{s:s}", "dns", dns), err, "%s", key);
	return rc < 0 ? rc : 0;
}

int sb_guest_os_put(struct sb_run *run, const struct sb_guest_family *family, const char *key,
		    const char *name, struct sb_error *err)
{
	struct sb_guest_sources sources;
	json_t *text = name ? sb_json_text(name, MAX_PLATFORM_CHARS) : NULL;
	int rc;

	sb_guest_sources_init(&sources, family);
	rc = sb_row_put(run, sources.os, json_pack("{s:o*}", "name", text), err, "%s", key);
	return rc < 0 ? rc : 0;
}

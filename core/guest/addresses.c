/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the rows of addresses of guests: configured ones, and those that are kept or unknown. */
#include "guest/guest_priv.h"

#include <stdio.h>
#include <string.h>

#define MAX_PLATFORM_CHARS 100 /* NetBox's limit */

int sb_guest_addresses_no_memory(const char *key, struct sb_error *err)
{
	return sb_fail(err, SB_E_NOMEM, "addresses of %s: out of memory", key);
}

/* Read the NICs that the guest's row lists: sb_rows_each() would sort all rows for each guest. */
static int read_nics(struct sb_guest_taking *taking, const json_t *ids, struct sb_error *err)
{
	const json_t *id; /* borrowed */
	size_t i;

	json_array_foreach (ids, i, id) {
		const char *name = json_string_value(id);
		sb_autofree char *key = sb_guest_format("%s/%s", taking->key, name);
		json_t *row = key ? sb_row_get(taking->stage, taking->sources.nic, key) : NULL;

		if (json_object_set_new(taking->nics, name, row) < 0)
			return sb_guest_addresses_no_memory(taking->key, err);
	}
	return 0;
}

void sb_guest_taking_finish(struct sb_guest_taking *taking)
{
	json_decref(taking->nics);
	json_decref(taking->seen);
	json_decref(taking->dns);
}

int sb_guest_taking_init(struct sb_guest_taking *taking, struct sb_stage_run *stage,
			 const struct sb_guest_family *family, const char *key,
			 struct sb_error *err)
{
	sb_autojson *guest = NULL;
	const char *status;

	*taking = (struct sb_guest_taking){.stage = stage, .family = family, .key = key};
	sb_guest_sources_init(&taking->sources, family);
	taking->nics = json_object();
	taking->seen = json_object();
	if (!taking->nics || !taking->seen)
		return sb_guest_addresses_no_memory(key, err);
	guest = sb_row_get(stage, taking->sources.guest, key);
	taking->dns = json_incref(json_object_get(guest, "dns"));
	status = sb_json_str(guest, "status");
	taking->is_off = status && sb_streq(status, "stopped");
	return read_nics(taking, json_object_get(guest, "nics"), err);
}

/* Networks that guests report, for those that report an address without a prefix: by bridge and
 * VLAN of the NIC. */
static int put_network(struct sb_guest_taking *taking, const json_t *nic,
		       const struct sb_guest_ip *ip, struct sb_error *err)
{
	sb_autofree char *place = sb_guest_place(nic);
	struct sb_guest_ip network = *ip;
	char text[48];
	int rc;

	if (!place || ip->prefix >= (ip->version == 4 ? 32u : 128u))
		return 0;
	sb_guest_network_of(&network, text);
	rc = sb_row_put(taking->stage, "guest-network",
			json_pack("{s:o}", "network", json_sprintf("%s/%u", text, ip->prefix)), err,
			"%s/network/%s/%s/%u", sb_run_endpoint(taking->stage), place, text,
			ip->prefix);
	return rc < 0 ? rc : 0;
}

/* The source of an address. One that an earlier interface of the guest has, too, is not there as
 * far as NetBox's object is concerned, which may be the one of the earlier interface. */
static const char *source_of(const struct sb_guest_taking *taking, bool is_second)
{
	if (taking->is_fallback)
		return taking->sources.configured;
	return is_second ? taking->sources.second : taking->sources.address;
}

int sb_guest_address_put(struct sb_guest_taking *taking, const char *id,
			 const struct sb_guest_address *address, struct sb_error *err)
{
	const struct sb_guest_ip *ip = &address->ip;
	const json_t *nic = json_object_get(taking->nics, id); /* borrowed */
	const char *owner = sb_json_str(taking->seen, ip->text);
	const char *skip = sb_guest_ip_refused(ip);
	sb_autofree char *place = address->is_guess ? sb_guest_place(nic) : NULL;
	sb_autojson *row = NULL;
	char text[64];
	int rc;

	if (owner && sb_streq(owner, id))
		return 0;
	if (owner)
		skip = "an earlier interface of the guest has the same address";
	snprintf(text, sizeof(text), "%s/%u", ip->text, ip->prefix);
	row = json_pack("{s:s,s:s,s:s,s:i,s:i,s:b,s:o*,s:s*,s:s*,s:O*,s:O*}", "ip", ip->text,
			"address", text, "nic", id, "version", ip->version, "order",
			(int)address->order, "gateway",
			sb_json_bool(nic, ip->version == 4 ? "gw4" : "gw6", false), "is_guess",
			address->is_guess ? json_true() : NULL, "place", place, "skip", skip, "dns",
			taking->dns, "configured", taking->is_fallback ? json_true() : NULL);
	if (!row || (!owner && json_object_set_new(taking->seen, ip->text, json_string(id)) < 0))
		return sb_guest_addresses_no_memory(taking->key, err);
	rc = sb_row_put(taking->stage, source_of(taking, owner != NULL), sb_steal(row), err,
			"%s/%s/ip/%s", taking->key, id, ip->text);
	if (rc < 0 || skip || taking->is_fallback) /* a guest that is off does not use it */
		return rc < 0 ? rc : 0;
	rc = address->is_guess ? 0 : put_network(taking, nic, ip, err);
	if (rc < 0)
		return rc;
	rc = sb_row_put(taking->stage, "address-use", json_object(), err, "%s/use/%s/%s",
			sb_run_endpoint(taking->stage), ip->text, taking->key);
	return rc < 0 ? rc : 0;
}

int sb_guest_known_put(struct sb_guest_taking *taking, bool version4, bool version6,
		       struct sb_error *err)
{
	int rc = sb_row_put(taking->stage, "address-known",
			    json_pack("{s:b,s:b}", "4", version4, "6", version6), err, "%s",
			    taking->key);

	return rc < 0 ? rc : 0;
}

static int put_text(struct sb_guest_taking *taking, const char *id, const char *text,
		    struct sb_error *err)
{
	struct sb_guest_address address = {.order = 0};

	if (!sb_guest_ip_parse(text, -1, &address.ip) || sb_guest_ip_is_local(&address.ip))
		return 0;
	return sb_guest_address_put(taking, id, &address, err);
}

/* Is the text one of the words that Proxmox VE has in place of an address? */
static bool is_method(const char *text)
{
	static const char *const words[] = {"dhcp", "auto", "manual"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(words); i++)
		if (sb_streq(text, words[i]))
			return true;
	return false;
}

/* Put the static addresses of one NIC from its config. If the config gives a version in another way
 * (DHCP, SLAAC) or no address at all, the other addresses of the NIC are kept. */
static int put_configured(struct sb_guest_taking *taking, const char *id, const json_t *nic,
			  bool ret_known[2], struct sb_error *err)
{
	static const char *const names[] = {"ip4", "ip6"};
	sb_autofree char *prefix = NULL;
	bool is_static[2], is_given[2];
	const char *text, *bad = NULL;
	struct sb_guest_ip ip;
	char why[120], tail[24];
	size_t i;
	int rc;

	for (i = 0; i < 2; i++) {
		text = sb_json_str(nic, names[i]);
		is_given[i] = text && *text;
		is_static[i] = is_given[i] && sb_guest_ip_parse(text, -1, &ip);
		rc = is_static[i] ? put_text(taking, id, text, err) : 0;
		if (is_given[i] && !is_static[i] && !is_method(text))
			bad = text;
		if (rc < 0)
			return rc;
	}
	if (taking->is_fallback) /* NetBox's addresses are kept anyway */
		return 0;
	if ((is_static[0] && (is_static[1] || !is_given[1])) || (is_static[1] && !is_given[0]))
		return 0;
	ret_known[0] = ret_known[0] && is_static[0];
	ret_known[1] = ret_known[1] && is_static[1];
	if (bad) {
		snprintf(why, sizeof(why), "an address in its config is not valid: \"%.40s\"", bad);
		snprintf(tail, sizeof(tail), "%s/", id);
		rc = sb_guest_part_unknown(taking->stage, taking->sources.address, taking->key,
					   tail, why);
		return rc < 0 ? sb_guest_addresses_no_memory(taking->key, err) : 0;
	}
	prefix = sb_guest_format("%s/%s/", taking->key, id);
	if (!prefix || sb_rows_keep(taking->stage, taking->sources.address, prefix) < 0)
		return sb_guest_addresses_no_memory(taking->key, err);
	return 0;
}

static int put_all_configured(struct sb_guest_taking *taking, bool ret_known[2],
			      struct sb_error *err)
{
	unsigned index;
	char id[8];
	int rc = 0;

	for (index = 0; rc >= 0 && index < SB_GUEST_MAX_NICS; index++) {
		const json_t *nic; /* borrowed */

		sb_guest_nic_id(index, id);
		nic = json_object_get(taking->nics, id);
		if (nic)
			rc = put_configured(taking, id, nic, ret_known, err);
	}
	return rc < 0 ? rc : 0;
}

int sb_guest_addresses_configured(struct sb_stage_run *stage, const struct sb_guest_family *family,
				  const char *key, struct sb_error *err)
{
	bool known[2] = {true, true};
	sb_guest_autotaking taking;
	int rc;

	rc = sb_guest_taking_init(&taking, stage, family, key, err);
	if (rc >= 0)
		rc = put_all_configured(&taking, known, err);
	if (rc >= 0 && taking.is_off) /* the diff may keep what the guest reported earlier */
		rc = sb_row_put(stage, taking.sources.off, json_object(), err, "%s", key);
	return rc < 0 ? rc : sb_guest_known_put(&taking, known[0], known[1], err);
}

/* The static addresses in the config of a guest whose addresses are not available now: the diff
 * uses them if NetBox has none of ours, because what the guest reported earlier is better. */
static int put_fallback(struct sb_stage_run *stage, const struct sb_guest_family *family,
			const char *key, struct sb_error *err)
{
	bool known[2] = {true, true};
	sb_guest_autotaking taking;
	int rc;

	rc = sb_guest_taking_init(&taking, stage, family, key, err);
	taking.is_fallback = true;
	return rc < 0 ? rc : put_all_configured(&taking, known, err);
}

int sb_guest_addresses_keep(struct sb_stage_run *stage, const struct sb_guest_family *family,
			    const char *key, struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_format("%s/", key);
	struct sb_guest_sources sources;

	sb_guest_sources_init(&sources, family);
	if (!prefix || sb_rows_keep(stage, sources.address, prefix) < 0)
		return sb_guest_addresses_no_memory(key, err);
	return put_fallback(stage, family, key, err);
}

int sb_guest_addresses_unknown(struct sb_stage_run *stage, const struct sb_guest_family *family,
			       const char *key, const struct sb_error *why, struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_format("%s/", key);
	struct sb_error framed = SB_ERROR_INIT;
	struct sb_guest_sources sources;

	if (why)
		framed = *why;
	else
		sb_fail(&framed, SB_E_STATE, "no answer");
	sb_context(&framed, SB_E_STATE, "addresses");
	sb_guest_sources_init(&sources, family);
	if (!prefix || sb_rows_unknown(stage, sources.address, prefix, &framed) < 0)
		return sb_guest_addresses_no_memory(key, err);
	return 0;
}

int sb_guest_addresses_limited(struct sb_stage_run *stage, const struct sb_guest_family *family,
			       const char *key, const struct sb_error *why, struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_format("%s/", key);
	struct sb_guest_sources sources;

	sb_guest_sources_init(&sources, family);
	if (!prefix || sb_rows_limited(stage, sources.address, prefix, why) < 0)
		return sb_guest_addresses_no_memory(key, err);
	return 0;
}

int sb_guest_host_put(struct sb_stage_run *stage, const struct sb_guest_family *family,
		      const char *key, const char *host, struct sb_error *err)
{
	sb_autofree char *dns = sb_guest_dns(host, NULL);
	struct sb_guest_sources sources;
	int rc;

	if (!dns)
		return 0;
	sb_guest_sources_init(&sources, family);
	rc = sb_row_put(stage, sources.host, json_pack("{s:s}", "dns", dns), err, "%s", key);
	return rc < 0 ? rc : 0;
}

int sb_guest_os_put(struct sb_stage_run *stage, const struct sb_guest_family *family,
		    const char *key, const char *name, struct sb_error *err)
{
	struct sb_guest_sources sources;
	json_t *text = name ? sb_json_text(name, MAX_PLATFORM_CHARS) : NULL;
	int rc;

	sb_guest_sources_init(&sources, family);
	rc = sb_row_put(stage, sources.os, json_pack("{s:o*}", "name", text), err, "%s", key);
	return rc < 0 ? rc : 0;
}

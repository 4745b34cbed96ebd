/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the addresses that a guest reports. What it says is not trusted: its number is limited, and
 * a part that is not valid makes only that part unknown. */
#include "guest/guest_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The addresses of one NIC, without repeats. */
struct nic {
	struct sb_guest_address *list; /* owned */
	size_t n, room;
	json_t *seen; /* owned: {"10.0.0.1": true} */
	bool is_unknown;
};

/* The report of one guest. */
struct report {
	const struct sb_guest_family *family;
	const json_t *nics, *interfaces;
	struct nic by_nic[SB_GUEST_MAX_NICS];
	size_t max;      /* of a NIC; one more is kept, to know that there are more */
	char why[240];   /* why a NIC is unknown, the first one */
	bool is_unknown; /* all NICs */
};

static void report_finish(struct report *report)
{
	size_t i;

	for (i = 0; i < SB_GUEST_MAX_NICS; i++) {
		free(report->by_nic[i].list);
		json_decref(report->by_nic[i].seen);
	}
}

/* The first reason is reported, for all parts of the guest that are unknown. */
static void note_reason(struct report *report, const char *fmt, ...) SB_PRINTF(2, 3);

static void note_reason(struct report *report, const char *fmt, ...)
{
	va_list ap;

	if (*report->why)
		return;
	va_start(ap, fmt);
	vsnprintf(report->why, sizeof(report->why), fmt, ap);
	va_end(ap);
}

static int add_address(struct report *report, struct nic *nic,
		       const struct sb_guest_address *address)
{
	struct sb_guest_address *list;

	if (!nic->seen)
		nic->seen = json_object();
	if (json_object_get(nic->seen, address->ip.text) || nic->n > report->max)
		return 0;
	if (nic->n == nic->room) {
		list = realloc(nic->list, (nic->room + 8) * sizeof(*list));
		if (!list)
			return SB_E_NOMEM;
		nic->list = list;
		nic->room += 8;
	}
	nic->list[nic->n] = *address;
	nic->list[nic->n].order = nic->n;
	nic->n++;
	return json_object_set_new(nic->seen, address->ip.text, json_true());
}

/* The NICs that share the MAC address of an interface are unknown: which of them has an address? */
static void share_unknown(struct report *report, const json_t *interface, const char *address)
{
	unsigned index;
	char id[8];

	note_reason(report,
		    "several of its NICs have one MAC address, and neither the order of its "
		    "interfaces nor their networks show which of them has %s",
		    address);
	for (index = 0; index < SB_GUEST_MAX_NICS; index++) {
		sb_guest_nic_id(index, id);
		if (sb_guest_shares_mac(report->nics, interface, id))
			report->by_nic[index].is_unknown = true;
	}
}

/* Take one address. prefix < 0: it is part of the text, or not known. */
static int take_text(struct report *report, unsigned index, const json_t *interface,
		     const char *text, int64_t prefix)
{
	struct sb_guest_address address = {.order = 0};
	unsigned bits;

	if (!text || !sb_guest_ip_parse(text, prefix, &address.ip)) {
		note_reason(report, "it reports an address that is not valid: \"%.60s\"",
			    text ? text : "");
		if (index < SB_GUEST_MAX_NICS)
			report->by_nic[index].is_unknown = true;
		return 0;
	}
	if (sb_guest_ip_is_local(&address.ip))
		return 0;
	if (index == SB_GUEST_NIC_SHARED)
		index = sb_guest_match_subnet(report->nics, interface, &address.ip);
	if (index == SB_GUEST_NIC_SHARED) {
		share_unknown(report, interface, address.ip.text);
		return 0;
	}
	bits = address.ip.version == 4 ? 32 : 128;
	address.is_guess = address.ip.prefix == bits && prefix != (int64_t)bits && prefix != 128 &&
			   !strchr(text, '/');
	return add_address(report, &report->by_nic[index], &address);
}

static int take_interface(struct report *report, const json_t *interface)
{
	const json_t *list = json_object_get(interface, "ip-addresses"), *item; /* borrowed */
	static const char *const texts[] = {"inet", "inet6"};                   /* of containers */
	unsigned index;
	size_t i;
	int rc = 0;

	if (!json_is_object(interface)) {
		note_reason(report, "it reports an interface that is not an object");
		report->is_unknown = true;
		return 0;
	}
	index = sb_guest_match_nic(report->family, report->nics, report->interfaces, interface);
	if (index == SB_GUEST_MAX_NICS)
		return 0;
	if (list && !json_is_null(list) && !json_is_array(list))
		return take_text(report, index, interface, NULL, -1);
	json_array_foreach (list, i, item) {
		int64_t prefix = -1;

		sb_json_int(item, "prefix", &prefix);
		rc = take_text(report, index, interface, sb_json_str(item, "ip-address"), prefix);
		if (rc < 0)
			return rc;
	}
	for (i = 0; i < SB_ARRAY_LEN(texts);
	     i++) { /* some answers have them beside an empty list */
		const char *text = sb_json_str(interface, texts[i]);

		if (text && *text)
			rc = take_text(report, index, interface, text, -1);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Apply the limits: above them nothing is written, or a guest could fill NetBox. */
static void check_limits(struct report *report, size_t max_all)
{
	unsigned index;
	char id[8];
	size_t n = 0;

	for (index = 0; index < SB_GUEST_MAX_NICS; index++) {
		struct nic *nic = &report->by_nic[index];

		if (nic->n > report->max) {
			sb_guest_nic_id(index, id);
			note_reason(report,
				    "it reports more addresses on %s than the option "
				    "max_nic_addresses allows (%zu): they do not change in NetBox",
				    id, report->max);
			nic->is_unknown = true;
			nic->n = 0;
		}
		n += nic->n;
	}
	if (n <= max_all)
		return;
	note_reason(report,
		    "it reports more addresses than the option max_addresses allows (%zu): they do "
		    "not change in NetBox",
		    max_all);
	report->is_unknown = true;
	for (index = 0; index < SB_GUEST_MAX_NICS; index++)
		report->by_nic[index].n = 0;
}

/* Put the NICs in order, because the first NIC gets an address that several have. */
static int put_report(struct sb_guest_taking *taking, const struct report *report,
		      struct sb_error *err)
{
	bool is_known = !report->is_unknown;
	unsigned index;
	char id[8], tail[16];
	size_t i;
	int rc = 0;

	if (report->is_unknown)
		rc = sb_guest_part_unknown(taking->stage, taking->sources.address, taking->key, "",
					   report->why);
	for (index = 0; rc >= 0 && index < SB_GUEST_MAX_NICS; index++) {
		const struct nic *nic = &report->by_nic[index];

		sb_guest_nic_id(index, id);
		snprintf(tail, sizeof(tail), "%s/", id);
		is_known = is_known && !nic->is_unknown;
		if (nic->is_unknown)
			rc = sb_guest_part_unknown(taking->stage, taking->sources.address,
						   taking->key, tail, report->why);
		for (i = 0; rc >= 0 && i < nic->n; i++)
			rc = sb_guest_address_put(taking, id, &nic->list[i], err);
	}
	if (rc >= 0)
		rc = sb_row_put(
			taking->stage, "address-known",
			json_pack("{s:b,s:b,s:b}", "4", is_known, "6", is_known, "reported", 1),
			err, "%s", taking->key);
	return rc < 0 ? rc : 0;
}

/* A guest that starts reports its interfaces before their addresses. */
static int note_report(struct sb_guest_taking *taking, struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_format("%s/", taking->key);

	if (!prefix || sb_rows_reported(taking->stage, taking->sources.address, prefix) < 0)
		return sb_guest_addresses_no_memory(taking->key, err);
	return 0;
}

int sb_guest_addresses_put(struct sb_stage_run *stage, const struct sb_guest_family *family,
			   const char *key, const json_t *interfaces, struct sb_error *err)
{
	SB_CLEANUP(report_finish) struct report report = {.family = family};
	struct sb_error why = SB_ERROR_INIT;
	sb_guest_autotaking taking;
	size_t n = json_array_size(interfaces), i;
	int rc;

	rc = sb_guest_taking_init(&taking, stage, family, key, err);
	if (rc < 0)
		return rc;
	if (!json_is_array(interfaces)) {
		sb_fail(&why, SB_E_SHAPE, "its interfaces are not a list");
		return sb_guest_addresses_unknown(stage, family, key, &why, err);
	}
	rc = note_report(&taking, err);
	report.nics = taking.nics;
	report.interfaces = interfaces;
	report.max = (size_t)sb_opt_int(stage, "max_nic_addresses");
	for (i = 0; rc >= 0 && i < n; i++)
		rc = take_interface(&report, json_array_get(interfaces, i));
	if (rc < 0)
		return sb_guest_addresses_no_memory(key, err);
	check_limits(&report, (size_t)sb_opt_int(stage, "max_addresses"));
	return put_report(&taking, &report, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Primary addresses of guests, chosen by a rule that does not depend on the order of answers. */
#include "guest/guest_priv.h"

#include <stdio.h>
#include <string.h>

/* The best address of one IP version so far. */
struct best {
	char *key; /* owned; NULL = none */
	char *ip;  /* owned */
	unsigned nic;
	bool has_gateway;
};

struct candidates {
	struct best best[2]; /* versions 4 and 6 */
};

static void candidates_finish(struct candidates *candidates)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(candidates->best); i++) {
		free(candidates->best[i].key);
		free(candidates->best[i].ip);
	}
}

/* Prefer the NIC with the default gateway, then the lowest NIC number, then the lowest text. */
static bool is_better(const struct best *best, bool has_gateway, unsigned nic, const char *ip)
{
	if (!best->key)
		return true;
	if (has_gateway != best->has_gateway)
		return has_gateway;
	if (nic != best->nic)
		return nic < best->nic;
	return strcmp(ip, best->ip) < 0;
}

static int note_address(struct sb_run *run, const char *key, const json_t *row, void *arg,
			struct sb_error *err)
{
	struct candidates *candidates = arg;
	const char *ip = sb_json_str(row, "ip"), *nic = sb_json_str(row, "nic");
	bool has_gateway = sb_json_bool(row, "gateway", false);
	int64_t version = 0;
	struct best *best;
	unsigned index;

	(void)run;
	sb_json_int(row, "version", &version);
	if (!ip || !nic || sb_json_str(row, "skip") || (version != 4 && version != 6))
		return 0;
	best = &candidates->best[version == 6];
	index = sb_guest_nic_index(nic);
	if (!is_better(best, has_gateway, index, ip))
		return 0;
	free(best->key);
	free(best->ip);
	best->key = strdup(key);
	best->ip = strdup(ip);
	best->nic = index;
	best->has_gateway = has_gateway;
	if (!best->key || !best->ip)
		return sb_fail(err, SB_E_NOMEM, "primary address of %s: out of memory", key);
	return 0;
}

static int want_primary(struct sb_run *run, const char *key, const json_t *row,
			struct sb_want *want, void *arg, struct sb_error *err)
{
	static const char *const fields[] = {"primary_ip4", "primary_ip6"};
	static const char *const versions[] = {"4", "6"};
	SB_CLEANUP(candidates_finish) struct candidates candidates = {0};
	const struct sb_guest_sources *sources = arg;
	sb_autojson *known = sb_row_get(run, "address-known", key);
	sb_autofree char *prefix = sb_guest_format("%s/", key);
	size_t i;
	int rc;

	(void)row;
	if (!known) /* kept or unknown: NetBox's value may be correct */
		return 0;
	if (!prefix)
		return sb_fail(err, SB_E_NOMEM, "primary address of %s: out of memory", key);
	rc = sb_rows_each(run, sources->address, prefix, note_address, &candidates, err);
	if (rc < 0)
		return rc;
	/* Without a candidate NetBox clears the field when the address is deleted. An address with
	 * the gateway is better than any unknown one, since only static addresses have gateways. */
	for (i = 0; i < SB_ARRAY_LEN(fields); i++) {
		const struct best *best = &candidates.best[i];

		if (best->key && (best->has_gateway || sb_json_bool(known, versions[i], false)))
			sb_want_ref(want, fields[i], "ip", best->key);
	}
	return 0;
}

int sb_guest_diff_primary(struct sb_run *run, const struct sb_guest_family *family,
			  struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_prefix(run, family);
	struct sb_guest_sources sources;
	struct sb_reconcile reconcile = {
		.size = sizeof(reconcile), .kind = "vm", .flags = SB_RECONCILE_FIELDS};

	if (!prefix)
		return sb_fail(err, SB_E_NOMEM, "primary addresses: out of memory");
	sb_guest_sources_init(&sources, family);
	reconcile.source = sources.guest;
	reconcile.prefix = prefix;
	reconcile.want = want_primary;
	reconcile.arg = &sources;
	return sb_reconcile(run, &reconcile, err);
}

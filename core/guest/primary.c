/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates for the primary addresses of guests and nodes, in an order that does not depend on the
 * order of answers. Core decides, because it knows which address is primary now. */
#include "guest/guest_priv.h"

#include <stdlib.h>
#include <string.h>

/* Networks that container engines make on every host. */
static bool is_container_range(const struct sb_guest_ip *ip)
{
	return ip->version == 4 && ((ip->bytes[0] == 172 && ip->bytes[1] == 17) ||
				    (ip->bytes[0] == 10 && ip->bytes[1] == 88));
}

/* Do several guests or nodes have the address? */
static bool is_shared(struct sb_stage_run *stage, const char *ip)
{
	sb_autofree char *prefix = sb_guest_format("%s/use/%s/", sb_run_endpoint(stage), ip);

	return prefix && sb_rows_count(stage, "address-use", prefix) > 1;
}

static bool is_host_prefix(const struct sb_guest_ip *ip)
{
	return ip->prefix == (ip->version == 4 ? 32u : 128u);
}

/* Set the member "worse" of the candidates of one IP version. An address without a network is worse
 * only beside one with a network that is suitable itself. */
static int mark_worse(struct sb_stage_run *stage, json_t *candidates, int version)
{
	json_t *candidate; /* borrowed */
	struct sb_guest_ip ip;
	bool has_real = false;
	size_t i;
	int pass, rc = 0;

	for (pass = 0; pass < 2; pass++) {
		json_array_foreach (candidates, i, candidate) {
			const char *address = sb_json_str(candidate, "address");
			bool is_worse = sb_json_bool(candidate, "worse", false);

			if (!address || !sb_guest_ip_parse(address, -1, &ip) ||
			    ip.version != version)
				continue;
			if (pass == 0)
				is_worse = is_container_range(&ip) || sb_guest_ip_is_local(&ip) ||
					   is_shared(stage, ip.text);
			else
				is_worse = is_worse || (has_real && is_host_prefix(&ip));
			if (pass == 0 && !is_worse && !is_host_prefix(&ip))
				has_real = true;
			if (json_object_set_new(candidate, "worse", json_boolean(is_worse)) < 0)
				rc = SB_E_NOMEM;
		}
	}
	return rc;
}

static bool is_of_version(const json_t *candidate, int version)
{
	const char *address = sb_json_str(candidate, "address");

	return address && (strchr(address, ':') != NULL) == (version == 6);
}

/* Is there a reason to prefer one of the candidates that are left? */
static bool has_preference(const json_t *candidates, int version)
{
	const json_t *candidate, *first[2] = {NULL, NULL}; /* borrowed; the second: worse */
	size_t i, n[2] = {0, 0};

	json_array_foreach (candidates, i, candidate) {
		bool is_worse = sb_json_bool(candidate, "worse", false);

		if (!is_of_version(candidate, version))
			continue;
		if (!first[is_worse])
			first[is_worse] = candidate;
		n[is_worse]++;
	}
	return n[0] ? n[0] == 1 || !sb_json_bool(first[0], "equal", false)
		    : n[1] == 1 || (n[1] && !sb_json_bool(first[1], "equal", false));
}

int sb_guest_want_primary(struct sb_stage_run *stage, struct sb_want *want, json_t *candidates_take,
			  struct sb_error *err)
{
	static const char *const fields[] = {"primary_ip4", "primary_ip6"};
	static const int versions[] = {4, 6};
	sb_autojson *candidates = candidates_take;
	const json_t *candidate; /* borrowed */
	size_t i, v;

	for (v = 0; v < SB_ARRAY_LEN(versions); v++) {
		if (mark_worse(stage, candidates, versions[v]) < 0)
			return sb_fail(err, SB_E_NOMEM, "primary addresses: out of memory");
		if (!has_preference(candidates, versions[v]))
			continue;
		json_array_foreach (candidates, i, candidate)
			if (is_of_version(candidate, versions[v]))
				sb_want_ref_choice(want, fields[v], "ip",
						   sb_json_str(candidate, "key"),
						   sb_json_bool(candidate, "worse", false));
	}
	return 0;
}

/* The addresses of one guest. */
struct collected {
	const struct sb_guest_sources *sources;
	json_t *list; /* owned: of {"key", "address", "gateway", "nic", "order"} */
	bool is_configured;
};

static int note_address(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
			struct sb_error *err)
{
	struct collected *collected = arg;
	const char *nic = sb_json_str(row, "nic");
	sb_autofree char *address = NULL;
	int64_t order = 0;
	json_t *item;

	if (!nic || sb_json_str(row, "skip"))
		return 0;
	address = sb_guest_cidr(stage, row, NULL);
	sb_json_int(row, "order", &order);
	item = json_pack("{s:s,s:s,s:b,s:i,s:I}", "key", key, "address", address ? address : "",
			 "gateway", sb_json_bool(row, "gateway", false), "nic",
			 (int)sb_guest_nic_index(nic), "order", (json_int_t)order);
	if (!address || json_array_append_new(collected->list, item) < 0)
		return sb_fail(err, SB_E_NOMEM, "primary address of %s: out of memory", key);
	collected->is_configured =
		collected->is_configured || sb_json_bool(row, "configured", false);
	return 0;
}

/* The NIC with the default gateway, then the lowest NIC number, then the order of the guest. */
static int compare_candidates(const void *a, const void *b)
{
	static const char *const members[] = {"nic", "order"};
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	bool gateway = sb_json_bool(one, "gateway", false);
	json_int_t left, right;
	size_t i;

	if (gateway != sb_json_bool(other, "gateway", false))
		return gateway ? -1 : 1;
	for (i = 0; i < SB_ARRAY_LEN(members); i++) {
		left = json_integer_value(json_object_get(one, members[i]));
		right = json_integer_value(json_object_get(other, members[i]));
		if (left != right)
			return left < right ? -1 : 1;
	}
	return strcmp(sb_json_str(one, "key"), sb_json_str(other, "key"));
}

/* A sorted copy of the list, without the versions that are not completely known. An address with
 * the gateway is better than any unknown one, since only static addresses have gateways. New
 * reference; NULL = out of memory. */
static json_t *sort_candidates(const json_t *list, const bool known[2])
{
	size_t n = json_array_size(list), i;
	sb_autofree json_t **items = calloc(n + 1, sizeof(*items));
	sb_autojson *sorted = json_array();
	bool has_gateway[2] = {false, false};

	if (!items || !sorted)
		return NULL;
	for (i = 0; i < n; i++) {
		items[i] = json_array_get(list, i);
		if (sb_json_bool(items[i], "gateway", false))
			has_gateway[is_of_version(items[i], 6)] = true;
	}
	if (n)
		qsort(items, n, sizeof(*items), compare_candidates);
	for (i = 0; i < n; i++) {
		bool is_v6 = is_of_version(items[i], 6);

		if ((known[is_v6] || has_gateway[is_v6]) && json_array_append(sorted, items[i]) < 0)
			return NULL;
	}
	return sb_steal(sorted);
}

static int want_primary(struct sb_stage_run *stage, const char *key, const json_t *row,
			struct sb_want *want, void *arg, struct sb_error *err)
{
	sb_autojson *list = json_array(), *known = sb_row_get(stage, "address-known", key);
	struct collected collected = {.sources = arg, .list = list};
	sb_autofree char *prefix = sb_guest_format("%s/", key);
	bool versions[2], all;
	json_t *sorted;
	int rc;

	(void)row;
	if (!prefix || !list)
		return sb_fail(err, SB_E_NOMEM, "primary address of %s: out of memory", key);
	rc = sb_rows_each(stage, collected.sources->address, prefix, note_address, &collected, err);
	/* Kept or unknown: NetBox's value may be correct. */
	if (rc < 0 || (!known && !collected.is_configured))
		return rc;
	/* If a part of a report is unknown, only a new guest has no primary address to lose. */
	all = collected.is_configured ||
	      (sb_json_bool(known, "reported", false) && sb_want_is_new(want));
	versions[0] = all || sb_json_bool(known, "4", false);
	versions[1] = all || sb_json_bool(known, "6", false);
	sorted = sort_candidates(list, versions);
	if (!sorted)
		return sb_fail(err, SB_E_NOMEM, "primary address of %s: out of memory", key);
	return sb_guest_want_primary(stage, want, sorted, err);
}

int sb_guest_diff_primary(struct sb_stage_run *stage, const struct sb_guest_family *family,
			  struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_prefix(stage, family);
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
	return sb_reconcile(stage, &reconcile, err);
}

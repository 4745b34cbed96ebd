/* SPDX-License-Identifier: Apache-2.0 */
/* The diff of addresses of guests, including the primary ones. */
#include "guest/guest_priv.h"

#include <stdio.h>
#include <string.h>

/* Data for all addresses of one diff. */
struct addresses {
	struct sb_guest_sources sources;
	bool all_known; /* the addresses of all guests and nodes of the endpoint are known */
};

static int count_known(struct sb_run *run, const char *key, const json_t *row, void *arg,
		       struct sb_error *err)
{
	size_t *count = arg;

	(void)run;
	(void)key;
	(void)err;
	*count += sb_json_bool(row, "4", false) && sb_json_bool(row, "6", false);
	return 0;
}

int sb_guest_addresses_all_known(struct sb_run *run, bool *ret_all, struct sb_error *err)
{
	size_t known = 0;
	int rc = sb_rows_each(run, "address-known", "", count_known, &known, err);

	*ret_all = known >= sb_rows_count(run, "resource", "") + sb_rows_count(run, "node", "") &&
		   !sb_rows_count(run, "resource-gap", "");
	return rc;
}

int sb_guest_want_role(struct sb_run *run, struct sb_want *want, const char *ip, bool all_known,
		       struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_format("%s/use/%s/", sb_run_endpoint(run), ip);
	size_t n_users;

	if (!prefix)
		return sb_fail(err, SB_E_NOMEM, "address %s: out of memory", ip);
	n_users = sb_rows_count(run, "address-use", prefix);
	if (n_users > 1)
		sb_want_str(want, "role", "vip");
	else if (all_known)
		sb_want_null(want, "role");
	return 0;
}

/* The key without its last n_parts components; caller frees. */
static char *remove_components(const char *key, unsigned n_parts)
{
	size_t len = strlen(key);

	while (len && n_parts)
		if (key[--len] == '/')
			n_parts--;
	return strndup(key, len);
}

/* The host name from the guest has precedence over the one from its config. */
static int want_dns(struct sb_run *run, const struct addresses *addresses, const char *key,
		    const json_t *row, struct sb_want *want, struct sb_error *err)
{
	sb_autofree char *guest = remove_components(key, 3);
	sb_autojson *host = NULL;
	const char *dns;

	if (!guest)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	host = sb_row_get(run, addresses->sources.host, guest);
	dns = sb_json_str(host ? host : row, "dns");
	if (dns)
		sb_want_str(want, "dns_name", dns);
	return 0;
}

static int want_address(struct sb_run *run, const char *key, const json_t *row,
			struct sb_want *want, void *arg, struct sb_error *err)
{
	const struct addresses *addresses = arg;
	const char *skip = sb_json_str(row, "skip"), *ip = sb_json_str(row, "ip");
	sb_autofree char *interface = remove_components(key, 2);
	int rc;

	if (!interface)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	if (skip || !ip) {
		sb_want_skip(want, skip ? skip : "no address");
		return 0;
	}
	sb_want_str(want, "address", sb_json_str(row, "address"));
	sb_want_ref(want, "assigned_object", "vm-interface", interface);
	sb_want_str(want, "status", "active");
	rc = sb_guest_want_role(run, want, ip, addresses->all_known, err);
	return rc < 0 ? rc : want_dns(run, addresses, key, row, want, err);
}

int sb_guest_diff_addresses(struct sb_run *run, const struct sb_guest_family *family,
			    struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_prefix(run, family);
	struct addresses addresses;
	struct sb_reconcile reconcile = {.size = sizeof(reconcile), .kind = "ip"};
	int rc;

	if (!prefix)
		return sb_fail(err, SB_E_NOMEM, "addresses: out of memory");
	sb_guest_sources_init(&addresses.sources, family);
	rc = sb_guest_addresses_all_known(run, &addresses.all_known, err);
	if (rc < 0)
		return rc;
	reconcile.source = addresses.sources.address;
	reconcile.prefix = prefix;
	reconcile.want = want_address;
	reconcile.arg = &addresses;
	rc = sb_reconcile(run, &reconcile, err);
	return rc < 0 ? rc : sb_guest_diff_primary(run, family, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The diff of addresses of guests, including the primary ones. */
#include "guest/guest_priv.h"

#include <stdio.h>
#include <string.h>

/* The networks of one bridge and VLAN, for an address without a prefix. */
struct networks {
	struct sb_guest_ip ip, found;
	size_t n;
};

static int note_network(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
			struct sb_error *err)
{
	struct networks *networks = arg;
	const char *text = sb_json_str(row, "network");
	struct sb_guest_ip network;

	(void)stage;
	(void)key;
	(void)err;
	if (!text || !sb_guest_ip_parse(text, -1, &network) ||
	    network.version != networks->ip.version)
		return 0;
	networks->found = network;
	networks->n++;
	return 0;
}

char *sb_guest_cidr(struct sb_stage_run *stage, const json_t *row, bool *ret_is_guess)
{
	const char *address = sb_json_str(row, "address"), *place = sb_json_str(row, "place");
	struct networks networks = {.n = 0};
	sb_autofree char *prefix = NULL;
	bool is_guess = sb_json_bool(row, "is_guess", false);

	if (ret_is_guess)
		*ret_is_guess = is_guess;
	if (!address)
		return NULL;
	if (!is_guess || !place || !sb_guest_ip_parse(address, -1, &networks.ip))
		return strdup(address);
	prefix = sb_guest_format("%s/network/%s/", sb_run_endpoint(stage), place);
	if (!prefix ||
	    sb_rows_each(stage, "guest-network", prefix, note_network, &networks, NULL) < 0)
		return NULL;
	if (networks.n != 1 || !sb_guest_same_network(&networks.ip, &networks.found))
		return strdup(address);
	if (ret_is_guess)
		*ret_is_guess = false;
	return sb_guest_format("%s/%u", networks.ip.text, networks.found.prefix);
}

/* Set the address. A prefix that nobody reports is set for a new object only. */
static int want_cidr(struct sb_stage_run *stage, const char *key, const json_t *row,
		     struct sb_want *want, struct sb_error *err)
{
	bool is_guess = false;
	sb_autofree char *address = sb_guest_cidr(stage, row, &is_guess);
	struct sb_error why = SB_ERROR_INIT;

	if (!address)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	if (is_guess) {
		sb_fail(&why, SB_E_STATE,
			"the guest reports the address without a prefix, and the guests on its "
			"bridge and VLAN do not report exactly one network: a new object gets /%s, "
			"an existing one keeps its prefix",
			strrchr(address, '/') + 1);
		sb_want_partial(want, &why);
	}
	if (!is_guess || sb_want_is_new(want))
		sb_want_str(want, "address", address);
	return 0;
}

static int count_known(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		       struct sb_error *err)
{
	size_t *count = arg;

	(void)stage;
	(void)key;
	(void)err;
	*count += sb_json_bool(row, "4", false) && sb_json_bool(row, "6", false);
	return 0;
}

int sb_guest_addresses_all_known(struct sb_stage_run *stage, bool *ret_all, struct sb_error *err)
{
	size_t known = 0;
	int rc = sb_rows_each(stage, "address-known", "", count_known, &known, err);

	*ret_all =
		known >= sb_rows_count(stage, "resource", "") + sb_rows_count(stage, "node", "") &&
		!sb_rows_count(stage, "resource-gap", "");
	return rc;
}

int sb_guest_want_role(struct sb_stage_run *stage, struct sb_want *want, const char *ip,
		       struct sb_error *err)
{
	sb_autofree char *prefix = sb_guest_format("%s/use/%s/", sb_run_endpoint(stage), ip);
	size_t n_users;

	if (!prefix)
		return sb_fail(err, SB_E_NOMEM, "address %s: out of memory", ip);
	n_users = sb_rows_count(stage, "address-use", prefix);
	if (n_users > 1)
		sb_want_str(want, "role", "vip");
	else if (!sb_want_is_new(want))
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
static int want_dns(struct sb_stage_run *stage, const struct sb_guest_sources *sources,
		    const char *key, const json_t *row, struct sb_want *want, struct sb_error *err)
{
	sb_autofree char *guest = remove_components(key, 3);
	sb_autojson *host = NULL;
	const char *dns;

	if (!guest)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	host = sb_row_get(stage, sources->host, guest);
	dns = sb_json_str(host ? host : row, "dns");
	if (dns)
		sb_want_str(want, "dns_name", dns);
	return 0;
}

static int want_address(struct sb_stage_run *stage, const char *key, const json_t *row,
			struct sb_want *want, void *arg, struct sb_error *err)
{
	const struct sb_guest_sources *sources = arg;
	const char *skip = sb_json_str(row, "skip"), *ip = sb_json_str(row, "ip");
	sb_autofree char *interface = remove_components(key, 2);
	int rc;

	if (!interface)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	if (skip || !ip) {
		sb_want_skip(want, skip ? skip : "no address");
		return 0;
	}
	rc = want_cidr(stage, key, row, want, err);
	if (rc < 0)
		return rc;
	sb_want_ref(want, "assigned_object", "vm-interface", interface);
	sb_want_str(want, "status", "active");
	rc = sb_guest_want_role(stage, want, ip, err);
	return rc < 0 ? rc : want_dns(stage, sources, key, row, want, err);
}

/* Use a static address from the config of a guest that is off, if NetBox has no address of ours for
 * the guest and nobody else has the address. The conditions are the same in each pass. */
static int use_configured(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
			  struct sb_error *err)
{
	const struct sb_guest_sources *sources = arg;
	sb_autofree char *guest = remove_components(key, 3), *prefix = NULL, *users = NULL;
	const char *ip = sb_json_str(row, "ip");
	int rc;

	prefix = guest ? sb_guest_format("%s/", guest) : NULL;
	users = sb_guest_format("%s/use/%s/", sb_run_endpoint(stage), ip ? ip : "");
	if (!prefix || !users)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	if (sb_owned_count(stage, "ip", prefix) || sb_rows_count(stage, "address-use", users))
		return 0;
	rc = sb_row_put(stage, sources->address, json_deep_copy(row), err, "%s", key);
	return rc < 0 ? rc : 0;
}

/* An address that an earlier interface of the guest has, too, is skipped. An object that NetBox has
 * for it has vanished: it moves to the earlier interface. The conditions are the same in each pass.
 */
static int skip_second(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		       struct sb_error *err)
{
	const struct sb_guest_sources *sources = arg;
	int rc;

	if (sb_owned_count(stage, "ip", key))
		return 0;
	rc = sb_row_put(stage, sources->address, json_deep_copy(row), err, "%s", key);
	return rc < 0 ? rc : 0;
}

/* The configured addresses of one guest that NetBox lacks. */
struct missing {
	size_t n, n_missing;
};

static int count_missing(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
			 struct sb_error *err)
{
	struct missing *missing = arg;

	(void)row;
	(void)err;
	missing->n++;
	missing->n_missing += !sb_owned_count(stage, "ip", key);
	return 0;
}

/* A guest that was stopped has the addresses in its config. What it reported beside them while it
 * ran stays, as long as the config did not change. */
static int keep_reported(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
			 struct sb_error *err)
{
	const struct sb_guest_sources *sources = arg;
	sb_autofree char *prefix = sb_guest_format("%s/", key);
	struct missing missing = {0};
	int rc = SB_E_NOMEM;

	(void)row;
	if (prefix)
		rc = sb_rows_each(stage, sources->address, prefix, count_missing, &missing, err);
	if (!rc && missing.n && !missing.n_missing)
		rc = sb_rows_keep(stage, sources->address, prefix);
	return rc == SB_E_NOMEM ? sb_fail(err, rc, "%s: out of memory", key) : rc;
}

int sb_guest_diff_addresses(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	const struct sb_guest_family *family = arg;
	sb_autofree char *prefix = sb_guest_prefix(stage, family);
	struct sb_guest_sources sources;
	struct sb_reconcile reconcile = {.size = sizeof(reconcile), .kind = "ip"};
	int rc;

	if (!prefix)
		return sb_fail(err, SB_E_NOMEM, "addresses: out of memory");
	sb_guest_sources_init(&sources, family);
	rc = sb_rows_each(stage, sources.configured, prefix, use_configured, &sources, err);
	if (!rc)
		rc = sb_rows_each(stage, sources.off, prefix, keep_reported, &sources, err);
	if (!rc)
		rc = sb_rows_each(stage, sources.second, prefix, skip_second, &sources, err);
	if (rc < 0)
		return rc;
	reconcile.source = sources.address;
	reconcile.prefix = prefix;
	reconcile.want = want_address;
	reconcile.arg = &sources;
	rc = sb_reconcile(stage, &reconcile, err);
	return rc < 0 ? rc : sb_guest_diff_primary(stage, family, err);
}

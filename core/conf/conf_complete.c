/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that concern several values (required, unique, scheme against use_https), and defaults. */
#include "conf/conf_priv.h"

#include <strings.h>

#include "base/buf.h"

static const char *place_of(const struct sb_conf_reading *reading, const char *label)
{
	const char *text = json_string_value(json_object_get(reading->places, label));

	return text ? text : reading->path;
}

static int fill_rows(struct sb_conf_reading *reading, const struct sb_conf_row *rows,
		     const char *label, json_t *into, struct sb_error *err);

static int fill_nested(struct sb_conf_reading *reading, const struct sb_conf_row *row,
		       const char *label, json_t *into, struct sb_error *err)
{
	json_t *group = json_object_get(into, sb_conf_member(row)), *inner;
	const char *name;
	char full[160];
	int rc = 0;

	if (!group) {
		group = json_object();
		if (json_object_set_new(into, sb_conf_member(row), group) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!row->is_open)
		return fill_rows(reading, row->rows, label, group, err);
	json_object_foreach (group, name, inner) {
		snprintf(full, sizeof(full), "%.90s.%.60s", label, name);
		if (!rc)
			rc = fill_rows(reading, row->rows, full, inner, err);
	}
	return rc;
}

/* A default has no line in the file: its origin is the name of its row. */
static int fill_rows(struct sb_conf_reading *reading, const struct sb_conf_row *rows,
		     const char *label, json_t *into, struct sb_error *err)
{
	const struct sb_conf_row *row;

	for (row = rows; row && row->name; row++) {
		struct sb_conf_origin origin = {.where = row->name, .folder = reading->folder};
		json_t *value = NULL;
		char full[160];
		int rc = 0;

		snprintf(full, sizeof(full), "%s%s%s", label, label[0] ? "." : "", row->name);
		if (row->rows) {
			rc = fill_nested(reading, row, full, into, err);
			if (rc < 0)
				return rc;
			continue;
		}
		if (row->is_optional || json_object_get(into, sb_conf_member(row)))
			continue;
		if (row->is_options) {
			if (json_object_set_new(into, row->name, json_object()) < 0)
				return sb_fail(err, SB_E_NOMEM, "out of memory");
			continue;
		}
		if (!row->dflt && !sb_conf_has_failed(reading, full))
			rc = sb_fail(err, SB_E_CONFIG, "%.200s: %s is required: %s", reading->path,
				     full, row->help);
		rc = sb_conf_note(reading, rc, err, full);
		if (rc < 0)
			return rc;
		if (!row->dflt)
			continue;
		rc = sb_conf_value_text(row, &origin, row->dflt, &value, err);
		if (rc < 0)
			return rc;
		if (json_object_set_new(into, sb_conf_member(row), value) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return 0;
}

static int fill_group(struct sb_conf_reading *reading, const struct sb_conf_group *group,
		      struct sb_error *err)
{
	json_t *into = json_object_get(reading->conf, group->name), *member;
	size_t i;

	if (!group->name[0])
		return fill_rows(reading, group->rows, "", reading->conf, err);
	if (group->is_open)
		return 0;
	if (!group->is_list)
		return fill_rows(reading, group->rows, group->name, into, err);
	json_array_foreach (into, i, member) {
		char label[64];
		int rc;

		snprintf(label, sizeof(label), "%s[%zu]", group->name, i);
		rc = fill_rows(reading, group->rows, label, member, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int check_scheme(const struct sb_conf_reading *reading, const char *label, const char *url,
			const json_t *group, struct sb_error *err)
{
	bool use_https = json_is_true(json_object_get(group, "use_https"));
	bool is_https = sb_starts_with(url, "https:");

	if (use_https == is_https)
		return 0;
	return sb_fail(err, SB_E_CONFIG,
		       "%.200s: %s: \"%.120s\" contradicts use_https = %s: write %s:// or set "
		       "use_https = %s",
		       place_of(reading, label), label, url, use_https ? "true" : "false",
		       use_https ? "https" : "http", use_https ? "false" : "true");
}

/* Without TLS there is no certificate to pin. */
static int check_pin(const struct sb_conf_reading *reading, const char *label, const json_t *group,
		     struct sb_error *err)
{
	if (!json_string_length(json_object_get(group, "fingerprint")) ||
	    json_is_true(json_object_get(group, "use_https")))
		return 0;
	return sb_fail(err, SB_E_CONFIG,
		       "%.200s: %s.fingerprint has no effect without TLS: set use_https = true",
		       reading->path, label);
}

/* A token, or a user with a password. */
static int check_credentials(const struct sb_conf_reading *reading, size_t index,
			     const json_t *endpoint, struct sb_error *err)
{
	bool token = json_string_length(json_object_get(endpoint, "token")) > 0;
	bool user = json_string_length(json_object_get(endpoint, "user")) > 0;
	bool password = json_string_length(json_object_get(endpoint, "password")) > 0;

	if (token && (user || password))
		return sb_fail(err, SB_E_CONFIG,
			       "%.200s: endpoints[%zu]: token and user are both set: remove one of "
			       "them (a token is preferred)",
			       reading->path, index);
	if (token || (user && password))
		return 0;
	return sb_fail(err, SB_E_CONFIG,
		       "%.200s: endpoints[%zu].%s is required: token, or user and password",
		       reading->path, index, user ? "password" : (password ? "user" : "token"));
}

static int check_slug(const struct sb_conf_reading *reading, size_t index, const char *label,
		      const char *slug, struct sb_error *err)
{
	const json_t *list = json_object_get(reading->conf, "endpoints");
	json_t *other;
	size_t i;

	if (sb_streq(slug, "shared"))
		return sb_fail(err, SB_E_CONFIG,
			       "%.200s: %s: \"shared\" is reserved for the keys of shared objects: "
			       "choose another slug",
			       place_of(reading, label), label);
	json_array_foreach (list, i, other) {
		const char *have = json_string_value(json_object_get(other, "slug"));

		if (i < index && have && sb_streq(have, slug))
			return sb_fail(err, SB_E_CONFIG,
				       "%.200s: %s: \"%s\" is already the slug of endpoints[%zu]",
				       place_of(reading, label), label, slug, i);
	}
	return 0;
}

/* One cluster with two slugs would be two copies of everything in NetBox. */
static int check_urls_unique(const struct sb_conf_reading *reading, size_t index, const char *label,
			     const json_t *urls, struct sb_error *err)
{
	const json_t *url, *theirs, *other;
	size_t i, j, k;

	json_array_foreach (json_object_get(reading->conf, "endpoints"), i, other) {
		if (i >= index)
			break;
		json_array_foreach (json_object_get(other, "urls"), j, theirs)
			json_array_foreach (urls, k, url)
				if (strcasecmp(json_string_value(url), json_string_value(theirs)) ==
				    0)
					return sb_fail(err, SB_E_CONFIG,
						       "%.200s: %s: \"%.120s\" is already a URL of "
						       "endpoints[%zu]: one cluster has one slug",
						       place_of(reading, label), label,
						       json_string_value(url), i);
	}
	return 0;
}

/* The hosts of the example that is installed with the documentation. */
static int check_example(const struct sb_conf_reading *reading, const char *label, const char *url,
			 struct sb_error *err)
{
	static const char *const hosts[] = {"netbox.example.com", "pve1.example.com",
					    "pve2.example.com", "address.example.com"};
	const char *host = url ? strstr(url, "://") : NULL;
	size_t i;

	for (i = 0; host && i < SB_ARRAY_LEN(hosts); i++) {
		size_t len = strlen(hosts[i]);

		if (strncasecmp(host + 3, hosts[i], len) == 0 && strchr(":/", host[3 + len]))
			return sb_fail(
				err, SB_E_CONFIG,
				"%.200s: %s: \"%.120s\" is still the example: set the URL of "
				"your server, or write a configuration with `stagebox init`",
				place_of(reading, label), label, url);
	}
	return 0;
}

static int check_endpoint(const struct sb_conf_reading *reading, size_t index, json_t *endpoint,
			  struct sb_error *err)
{
	const char *slug = json_string_value(json_object_get(endpoint, "slug"));
	const char *group = json_string_value(json_object_get(endpoint, "vlan_group"));
	char label[64];
	json_t *url;
	size_t i;
	int rc;

	snprintf(label, sizeof(label), "endpoints[%zu].slug", index);
	rc = check_slug(reading, index, label, slug, err);
	if (rc < 0)
		return rc;
	snprintf(label, sizeof(label), "endpoints[%zu].urls", index);
	json_array_foreach (json_object_get(endpoint, "urls"), i, url) {
		rc = check_scheme(reading, label, json_string_value(url), endpoint, err);
		if (!rc)
			rc = check_example(reading, label, json_string_value(url), err);
		if (rc < 0)
			return rc;
	}
	rc = check_urls_unique(reading, index, label, json_object_get(endpoint, "urls"), err);
	if (rc < 0)
		return rc;
	snprintf(label, sizeof(label), "endpoints[%zu]", index);
	rc = check_credentials(reading, index, endpoint, err);
	if (!rc)
		rc = check_pin(reading, label, endpoint, err);
	if (rc < 0)
		return rc;
	if (!group[0] && json_object_set_new(endpoint, "vlan_group", json_string(slug)) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

static int check_netbox(const struct sb_conf_reading *reading, const json_t *netbox,
			struct sb_error *err)
{
	const char *url = json_string_value(json_object_get(netbox, "url"));
	int rc;

	if (sb_conf_has_failed(reading, "netbox"))
		return 0;
	rc = check_scheme(reading, "netbox.url", url, netbox, err);
	if (!rc)
		rc = check_example(reading, "netbox.url", url, err);
	return rc < 0 ? rc : check_pin(reading, "netbox", netbox, err);
}

int sb_conf_complete(struct sb_conf_reading *reading, struct sb_error *err)
{
	const json_t *netbox = json_object_get(reading->conf, "netbox");
	const json_t *endpoints = json_object_get(reading->conf, "endpoints");
	const struct sb_conf_group *group;
	json_t *endpoint;
	size_t i;
	int rc;

	for (group = sb_conf_groups; group->name; group++) {
		rc = fill_group(reading, group, err);
		if (rc < 0)
			return rc;
	}
	rc = sb_conf_note(reading, check_netbox(reading, netbox, err), err, NULL);
	/* A rule on several values does not hold or fail when one of them was refused. */
	json_array_foreach (endpoints, i, endpoint) {
		char label[64];

		snprintf(label, sizeof(label), "endpoints[%zu]", i);
		if (!rc && !sb_conf_has_failed(reading, label))
			rc = sb_conf_note(reading, check_endpoint(reading, i, endpoint, err), err,
					  label);
	}
	return rc;
}

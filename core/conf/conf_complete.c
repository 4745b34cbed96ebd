/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that concern several values (required, unique, scheme against use_https), and defaults. */
#include "conf/conf_priv.h"

#include "base/buf.h"

static const char *place_of(const struct sb_conf_reading *reading, const char *label)
{
	const char *text = json_string_value(json_object_get(reading->places, label));

	return text ? text : reading->path;
}

/* A default has no line in the file: its origin is the name of its row. */
static int fill_rows(struct sb_conf_reading *reading, const struct sb_conf_row *rows,
		     const char *label, json_t *into, struct sb_error *err)
{
	const struct sb_conf_row *row;

	for (row = rows; row && row->name; row++) {
		struct sb_conf_origin origin = {.where = row->name, .folder = reading->folder};
		json_t *value = NULL;
		int rc;

		if (json_object_get(into, sb_conf_member(row)))
			continue;
		if (!row->dflt)
			return sb_fail(err, SB_E_CONFIG, "%.200s: %s%s%s is required: %s",
				       reading->path, label, label[0] ? "." : "", row->name,
				       row->help);
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

		if (i < index && sb_streq(have, slug))
			return sb_fail(err, SB_E_CONFIG,
				       "%.200s: %s: \"%s\" is already the slug of endpoints[%zu]",
				       place_of(reading, label), label, slug, i);
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
		if (rc < 0)
			return rc;
	}
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
	rc = check_scheme(reading, "netbox.url", json_string_value(json_object_get(netbox, "url")),
			  netbox, err);
	if (!rc)
		rc = check_pin(reading, "netbox", netbox, err);
	if (rc < 0)
		return rc;
	json_array_foreach (endpoints, i, endpoint) {
		rc = check_endpoint(reading, i, endpoint, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

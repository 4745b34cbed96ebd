/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of the eight kinds, from an item of an answer to the wanted object. */
#include "ceph.h"

#include <stdio.h>
#include <string.h>

#include "stagebox/conf.h"
#include "stagebox/record.h"
#include "stagebox/snap.h"

enum { KEY_ROOM = 512, MAX_ID = 200, MAX_TEXT = 512 };

bool ceph_is_id(const char *text)
{
	return text && *text && strlen(text) <= MAX_ID && !strchr(text, '/') &&
	       !sb_streq(text, ".") && !sb_streq(text, "..");
}

static bool has_member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return value && !json_is_null(value);
}

json_t *ceph_int(const json_t *object, const char *name)
{
	int64_t value;

	if (!has_member(object, name))
		return json_null();
	return sb_json_int(object, name, &value) < 0 ? NULL : json_integer(value);
}

json_t *ceph_bool(const json_t *object, const char *name)
{
	bool value = sb_json_bool(object, name, false);

	return value == sb_json_bool(object, name, true) ? json_boolean(value) : NULL;
}

/* Words of a server may contain "password=x". */
json_t *ceph_words(const char *text)
{
	sb_autojson *value = text && *text ? sb_json_text(text, MAX_TEXT) : NULL;

	return value ? sb_json_scrub(value) : json_null();
}

json_t *ceph_text(const json_t *object, const char *name)
{
	const char *text = sb_json_str(object, name);

	return text || !has_member(object, name) ? ceph_words(text) : NULL;
}

int ceph_skip_name(struct sb_stage_run *stage, const struct ceph_list *list, const char *name,
		   struct sb_error *err)
{
	if (!name || !*name)
		return ceph_note_unread(stage, list, NULL, err);
	if (sb_note(stage, "%s: \"%.60s\" is left out: its name is too long, or a path", list->what,
		    name) < 0)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", list->what);
	return 0;
}

int ceph_put_items(struct sb_stage_run *stage, const struct ceph_list *list, const json_t *data,
		   const char *member, ceph_put_fn *put, struct sb_error *err)
{
	const json_t *item;
	size_t i;
	int rc = 0;

	if (!json_is_array(data))
		return ceph_note_unread(stage, list, NULL, err);
	json_array_foreach (data, i, item) {
		const char *name = sb_json_str(item, member);

		rc = ceph_is_id(name) ? put(stage, list, item, err)
				      : ceph_skip_name(stage, list, name, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

json_t *ceph_decimal(const json_t *object, const char *name, double factor)
{
	enum { MOST = 999999 }; /* NetBox: eight digits, two of them behind the point */
	double value;
	int64_t hundredths;

	if (!has_member(object, name))
		return json_null();
	if (sb_json_real(object, name, &value) < 0)
		return NULL;
	value *= factor;
	if (value > MOST || value < -MOST)
		return NULL;
	hundredths = (int64_t)(value * 100 + (value < 0 ? -0.5 : 0.5));
	return json_real((double)hundredths / 100);
}

/* A server sends 1, "1" and true for the same, and null or nothing. */
static void put_stable(json_t *stable, const char *name, const json_t *value)
{
	if (json_is_boolean(value))
		json_object_set_new(stable, name, json_string(json_is_true(value) ? "1" : "0"));
	else if (json_is_integer(value))
		json_object_set_new(
			stable, name,
			json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value)));
	else if (value && !json_is_null(value))
		json_object_set(stable, name, (json_t *)(uintptr_t)value);
}

/* The values that are compared: fields that do not change by themselves, and some members of the
 * answer. */
static json_t *collect_stable(const struct ceph_object *object)
{
	json_t *stable = json_object(), *value;
	const char *const *name;
	const char *field;

	json_object_foreach (object->fields, field, value)
		if (!ceph_is_volatile(object->kind, field))
			json_object_set(stable, field, value);
	for (name = object->stable; name && *name; name++)
		put_stable(stable, *name, json_object_get(object->from, *name));
	return stable;
}

/* A row: {"fields": {}, "host"?, "pool"?}. */
int ceph_put_object(struct sb_stage_run *stage, const struct ceph_object *object,
		    struct sb_error *err)
{
	sb_autojson *fields = object->fields;
	sb_autojson *stable = collect_stable(object);
	int rc;

	if (!fields || json_object_set_new(fields, "payload", sb_json_scrub(object->from)) < 0 ||
	    json_object_set_new(fields, SB_HOME_DIGEST, sb_json_digest(stable)) < 0)
		return sb_fail(err, SB_E_NOMEM, "%s %s: out of memory", object->kind, object->id);
	rc = sb_row_put(stage, object->kind,
			json_pack("{s:O, s:s*, s:s*}", "fields", fields, "host", object->host,
				  "pool", object->pool),
			err, "%s/%s/%s", sb_run_endpoint(stage), object->kind, object->id);
	return rc < 0 ? rc : 0;
}

static bool has_node(const struct sb_stage_run *stage, const char *key)
{
	sb_autojson *node = sb_row_get(stage, "node", key);

	return node != NULL;
}

/* Ceph may know a node by its name with the domain. */
static void find_node_key(const struct sb_stage_run *stage, const char *host, char *ret_key)
{
	snprintf(ret_key, KEY_ROOM, "%s/node/%s", sb_run_endpoint(stage), host);
	if (!has_node(stage, ret_key))
		snprintf(ret_key, KEY_ROOM, "%s/node/%.*s", sb_run_endpoint(stage),
			 (int)strcspn(host, "."), host);
}

bool ceph_is_node(const struct sb_stage_run *stage, const char *host)
{
	char key[KEY_ROOM];

	find_node_key(stage, host, key);
	return has_node(stage, key);
}

static bool is_complete(const struct sb_stage_run *stage, const char *source, const char *prefix)
{
	struct sb_error why = SB_ERROR_INIT;

	return sb_rows_state(stage, source, prefix, &why) == SB_ROWS_COMPLETE;
}

static bool is_unknown(const struct sb_stage_run *stage, const char *source, const char *key)
{
	struct sb_error why = SB_ERROR_INIT;
	enum sb_rows_known known = sb_rows_state(stage, source, key, &why);

	return known == SB_ROWS_UNKNOWN || known == SB_ROWS_PARTIAL;
}

/* Other servers than the nodes of the cluster may have a daemon, too. Without a node an object has
 * no place in NetBox; one that has a place keeps it, and its state is as good as any. Returns false
 * when it is left out. */
static bool want_device(const struct sb_stage_run *stage, const char *host, bool is_known,
			struct sb_want *want)
{
	const char *why =
		is_known ? "its host is not a node of the cluster" : "its host could not be read";
	char key[KEY_ROOM];

	find_node_key(stage, host ? host : "", key);
	if (host && (has_node(stage, key) || !is_complete(stage, "node", ""))) {
		sb_want_ref(want, "device", "device", key);
		return true;
	}
	if (sb_want_is_new(want))
		sb_want_skip(want, host ? why : "Ceph does not say on which node it is");
	return !sb_want_is_new(want);
}

static void want_pool(const struct sb_stage_run *stage, const char *pool, struct sb_want *want)
{
	char key[KEY_ROOM];

	snprintf(key, sizeof(key), "%s/" CEPH_POOL "/%s", sb_run_endpoint(stage), pool);
	sb_want_ref(want, "metadata_pool", CEPH_POOL, key);
}

/* Of an object whose host could not be read these stay as they are. */
static bool depends_on_host(const char *field)
{
	return sb_streq(field, "host") || sb_streq(field, SB_HOME_DIGEST) ||
	       sb_streq(field, "payload");
}

static int want_object(struct sb_stage_run *stage, const char *key, const json_t *row,
		       struct sb_want *want, void *arg, struct sb_error *err)
{
	const char *kind = arg, *field;
	bool is_known = !is_unknown(stage, kind, key);
	char cluster[KEY_ROOM];
	json_t *value;

	(void)err;
	if (ceph_is_of_node(kind) && !want_device(stage, sb_json_str(row, "host"), is_known, want))
		return 0;
	snprintf(cluster, sizeof(cluster), "%s/cluster", sb_run_endpoint(stage));
	sb_want_ref(want, "cluster", "cluster", cluster);
	if (sb_json_str(row, "pool"))
		want_pool(stage, sb_json_str(row, "pool"), want);
	json_object_foreach (json_object_get(row, "fields"), field, value)
		if (is_known || !depends_on_host(field))
			sb_want_set(want, field, json_incref(value));
	return 0;
}

int ceph_reconcile(struct sb_stage_run *stage, const char *kind, struct sb_error *err)
{
	char prefix[KEY_ROOM];
	const struct sb_reconcile reconcile = {
		.size = sizeof(reconcile),
		.kind = kind,
		.source = kind,
		.prefix = prefix,
		.want = want_object,
		.arg = (void *)(uintptr_t)kind,
		.refresh_s = sb_opt_int(stage, "refresh"),
	};

	snprintf(prefix, sizeof(prefix), "%s/%s/", sb_run_endpoint(stage), kind);
	return sb_reconcile(stage, &reconcile, err);
}

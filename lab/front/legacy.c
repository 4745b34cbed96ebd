/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that the simulated tools share: requests, shared objects, values of a guest.
 */
#include "front/legacy.h"

#include <ctype.h>
#include <string.h>

static int64_t send_request(struct legacy *legacy, const char *method, const char *path,
			    json_t *body_take)
{
	struct lab_netbox *netbox = legacy->front->servers[0].netbox;
	sb_autofree char *text = json_dumps(body_take, JSON_COMPACT), *said = NULL;
	sb_autobuf authorization = SB_BUF_INIT(256);
	struct lab_answer answer = {0};
	struct lab_request request = {.method = method,
				      .path = path,
				      .raw_path = path,
				      .query = "",
				      .content_type = "application/json",
				      .body = text,
				      .body_len = text ? strlen(text) : 0};
	int64_t id;

	/* The change log must name another user than the one of stagebox. */
	sb_buf_addf(&authorization, "Bearer %s", legacy->front->plan->person_token);
	request.authorization = sb_buf_str(&authorization);
	json_decref(body_take);
	lab_netbox_handle(netbox, &request, (int64_t)LEGACY_TIME_S * 1000000, &answer);
	id = json_integer_value(json_object_get(answer.json, "id"));
	if (answer.status < 200 || answer.status > 299) {
		said = answer.json ? json_dumps(answer.json, JSON_COMPACT) : NULL;
		sb_fail(legacy->err, SB_E_STATE, "cannot fill NetBox: %s %s %.150s: HTTP %d %.150s",
			method, path, text ? text : "", answer.status, said ? said : "");
		legacy->failed = true;
		id = 0;
	}
	lab_answer_finish(&answer);
	return id;
}

int64_t legacy_put(struct legacy *legacy, const char *path, json_t *body_take)
{
	sb_autobuf whole = SB_BUF_INIT(256);

	if (legacy->failed) {
		json_decref(body_take);
		return 0;
	}
	sb_buf_addf(&whole, "/api/%s/", path);
	return send_request(legacy, "POST", sb_buf_str(&whole), body_take);
}

void legacy_patch(struct legacy *legacy, const char *path, int64_t id, json_t *body_take)
{
	sb_autobuf whole = SB_BUF_INIT(256);

	if (legacy->failed) {
		json_decref(body_take);
		return;
	}
	sb_buf_addf(&whole, "/api/%s/%lld/", path, (long long)id);
	send_request(legacy, "PATCH", sb_buf_str(&whole), body_take);
}

int64_t legacy_shared(struct legacy *legacy, const char *path, const char *slug, json_t *body_take)
{
	sb_autobuf key = SB_BUF_INIT(512);
	int64_t id;

	sb_buf_addf(&key, "%s|%s", path, slug);
	id = json_integer_value(json_object_get(legacy->shared, sb_buf_str(&key)));
	if (id) {
		json_decref(body_take);
		return id;
	}
	id = legacy_put(legacy, path, body_take);
	json_object_set_new(legacy->shared, sb_buf_str(&key), json_integer(id));
	return id;
}

json_t *legacy_tags(struct legacy *legacy, const json_t *config, const char *own, const char *slug,
		    const char *color)
{
	json_t *ids = json_array();
	const char *list = json_string_value(json_object_get(config, "tags"));

	if (own)
		json_array_append_new(
			ids, json_integer(legacy_shared(legacy, "extras/tags", slug,
							json_pack("{s:s,s:s,s:s}", "name", own,
								  "slug", slug, "color", color))));
	for (; list && *list; list += strcspn(list, ";"), list += *list == ';') {
		sb_autofree char *tag = strndup(list, strcspn(list, ";"));

		if (tag && *tag &&
		    strspn(tag, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(tag))
			json_array_append_new(
				ids, json_integer(legacy_shared(
					     legacy, "extras/tags", tag,
					     json_pack("{s:s,s:s}", "name", tag, "slug", tag))));
	}
	return ids;
}

void legacy_field(struct legacy *legacy, const char *name, const char *type)
{
	legacy_shared(legacy, "extras/custom-fields", name,
		      json_pack("{s:s,s:s,s:[s,s]}", "name", name, "type", type, "object_types",
				"virtualization.virtualmachine", "dcim.device"));
}

int64_t legacy_memory_mib(const json_t *config)
{
	const json_t *value = json_object_get(config, "memory");
	const char *text = json_string_value(value);

	if (json_is_integer(value))
		return json_integer_value(value);
	if (text && sb_starts_with(text, "current="))
		text += 8;
	return text ? strtoll(text, NULL, 10) : 512;
}

int64_t legacy_cores(const json_t *config)
{
	int64_t cores = json_integer_value(json_object_get(config, "cores"));
	int64_t sockets = json_integer_value(json_object_get(config, "sockets"));

	return (cores ? cores : 1) * (sockets ? sockets : 1);
}

int64_t legacy_count_name(json_t *names, const char *name)
{
	sb_autofree char *lower = strdup(name);
	int64_t n;
	size_t i;

	for (i = 0; lower && lower[i]; i++)
		lower[i] = (char)tolower((unsigned char)lower[i]);
	n = json_integer_value(json_object_get(names, lower)) + 1;
	json_object_set_new(names, lower ? lower : "", json_integer(n));
	return n;
}

bool legacy_numbered(const char *key, const char *word)
{
	size_t len = strlen(word);

	return strncmp(key, word, len) == 0 && key[len] &&
	       strspn(key + len, "0123456789") == strlen(key + len);
}

void legacy_property(const char *text, const char *name, char ret_value[128])
{
	size_t len = strlen(name);

	*ret_value = '\0';
	for (; text && *text; text += strcspn(text, ","), text += *text == ',') {
		if (strncmp(text, name, len) != 0 || text[len] != '=')
			continue;
		snprintf(ret_value, 128, "%.*s", (int)strcspn(text + len + 1, ","), text + len + 1);
		return;
	}
}

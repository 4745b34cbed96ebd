/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of people that may be a node. A name alone does not prove it: a node may be named like a
 * router. */
#include "diff/adopt_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "diff/describe.h"
#include "diff/origin.h"
#include "diff/similar.h"
#include "diff/want.h"
#include "run/question.h"
#include "stagebox/json.h"

/* The row of a shared object by its id; new reference, NULL = none. */
static json_t *find_shared(const struct sb_run *run, const char *kind, const json_t *id)
{
	struct sb_table *rows = sb_snapshot_list(run->snap, kind)->rows;
	size_t i;

	for (i = 0; json_is_integer(id) && i < sb_table_count(rows); i++) {
		const char *key = sb_table_key_at(rows, i);

		if (sb_table_id(rows, key) == json_integer_value(id))
			return sb_table_get_json(rows, key);
	}
	return NULL;
}

static bool same_id(const json_t *wanted, const json_t *present)
{
	return json_is_integer(wanted) && json_equal(wanted, present);
}

/* Is the manufacturer of the device's type one that this run demands? */
static bool is_of_our_maker(const struct sb_run *run, const json_t *row)
{
	sb_autojson *type = find_shared(run, "device-type", json_object_get(row, "device_type"));
	sb_autojson *maker =
		find_shared(run, "manufacturer", json_object_get(type, "manufacturer"));
	const char *slug = sb_json_str(maker, "slug");
	char key[256];

	snprintf(key, sizeof(key), "shared/manufacturer/%.200s", slug ? slug : "");
	return slug && json_object_get(run->diff->demands, key);
}

/* Answered questions about one address or MAC address of the node: is it at the device? */
static int ask_evidence(struct sb_pass *pass, const char *kind_name, const char *filter,
			const char *value, const json_t *device, struct sb_adopt *adopt,
			bool *ret_found)
{
	const struct sb_nb_list *list = sb_snapshot_list(pass->run->snap, kind_name);
	sb_autobuf text = SB_BUF_INIT(200), natural = SB_BUF_INIT(100);
	const char *answer;
	size_t i, j;

	sb_buf_addf(&text, "%s?%s=", kind_name, filter);
	sb_buf_add_url(&text, value);
	answer = sb_table_get(pass->run->snap->asked, sb_buf_str(&text));
	if (!answer) {
		adopt->state = SB_ADOPT_ASKED;
		return sb_question_add(pass->run, SB_ASK_UNOWNED, list->kind,
				       strchr(sb_buf_str(&text), '?') + 1, "", pass->run->current);
	}
	sb_buf_addf(&natural, "%s|", value);
	for (i = sb_table_lower(list->unowned, sb_buf_str(&natural));
	     i < sb_table_count(list->unowned); i++) {
		sb_autojson *rows = NULL;
		const json_t *row;

		if (!sb_starts_with(sb_table_key_at(list->unowned, i), sb_buf_str(&natural)))
			break;
		rows = json_loads(sb_table_text_at(list->unowned, i), 0, NULL);
		json_array_foreach (rows, j, row)
			*ret_found = *ret_found ||
				     json_equal(json_object_get(row, "holder_device"), device);
	}
	return 0;
}

/* The keys of addresses end with "/ip/<address>", those of MAC addresses have rows with a member
 * "mac": the addresses of the node are below its key. */
static int weigh_row(struct sb_pass *pass, const char *key, const char *text, const json_t *device,
		     struct sb_adopt *adopt, bool *ret_found)
{
	const char *address = strstr(key, "/ip/");
	const struct sb_kind *mac_kind = sb_snapshot_list(pass->run->snap, "mac-address")->kind;
	sb_autojson *row = NULL, *flat = NULL;
	const char *mac;

	if (address)
		return ask_evidence(pass, "ip", "address", address + strlen("/ip/"), device, adopt,
				    ret_found);
	row = strstr(text, "\"mac\"") ? json_loads(text, 0, NULL) : NULL;
	flat = row ? sb_value_flat(sb_kind_field(mac_kind, "mac_address"),
				   json_object_get(row, "mac"))
		   : NULL;
	mac = json_string_value(flat);
	return mac ? ask_evidence(pass, "mac-address", "mac_address", mac, device, adopt, ret_found)
		   : 0;
}

static int weigh_addresses(struct sb_pass *pass, const struct sb_want *want, const json_t *device,
			   struct sb_adopt *adopt, bool *ret_found)
{
	sb_autobuf prefix = SB_BUF_INIT(512);
	size_t i, j;
	int rc = 0;

	sb_buf_addf(&prefix, "%s/", want->key);
	for (i = 0; !rc && i < pass->run->snap->n_sources; i++) {
		struct sb_span span = {0};

		if (sb_table_span(pass->run->snap->sources[i].rows, sb_buf_str(&prefix), &span) < 0)
			return SB_E_NOMEM;
		for (j = 0; !rc && j < span.n; j++)
			rc = weigh_row(pass, span.texts[2 * j], span.texts[2 * j + 1], device,
				       adopt, ret_found);
		free(span.texts);
	}
	return rc;
}

/* The second witness beside the name, in words; NULL = none, or ASKED. */
static int find_witness(struct sb_pass *pass, const struct sb_want *want, const json_t *row,
			struct sb_adopt *adopt, const char **ret_words)
{
	const char *option = sb_json_str(pass->run->conf, "adopt_nodes");
	bool has_address = false;
	int rc;

	*ret_words = NULL;
	if (same_id(json_object_get(want->fields, "role"), json_object_get(row, "role")))
		*ret_words = "its name and its role";
	else if (same_id(json_object_get(want->fields, "device_type"),
			 json_object_get(row, "device_type")))
		*ret_words = "its name and its type";
	else if (is_of_our_maker(pass->run, row))
		*ret_words = "its name and its manufacturer";
	else if (option && sb_streq(option, "named"))
		*ret_words = "its name, as adopt_nodes permits";
	if (*ret_words)
		return 0;
	rc = weigh_addresses(pass, want, json_object_get(row, "id"), adopt, &has_address);
	if (has_address) {
		adopt->state = SB_ADOPT_NONE;
		*ret_words = "its name and an address";
	}
	return rc;
}

static void refuse_device(struct sb_pass *pass, const json_t *row, const char *why,
			  struct sb_adopt *adopt)
{
	sb_autojson *site = find_shared(pass->run, "site", json_object_get(row, "site"));
	const char *name = sb_json_str(site, "name");
	char text[160], url[300];

	sb_describe_row(pass->kind, row, text);
	sb_describe_url(pass->run, pass->kind, row, url, sizeof(url));
	adopt->state = SB_ADOPT_REFUSED;
	sb_fail(&adopt->why, SB_E_NOTFOUND, "not adopted: NetBox has %s in site \"%.60s\", %s, %s",
		text, name ? name : "?", url, why);
	if (!adopt->others)
		adopt->others = json_array();
	json_array_append_new(adopt->others,
			      json_pack("{s:O, s:s, s:s}", "id", json_object_get(row, "id"), "name",
					sb_json_str(row, "name"), "url", url));
}

/* One device in no cluster. */
static int judge_device(struct sb_pass *pass, const struct sb_want *want, const json_t *row,
			struct sb_adopt *adopt)
{
	const json_t *site = json_object_get(want->fields, "site");
	const char *words;
	int rc;

	/* NetBox refuses a device in the cluster of another site. */
	if (!same_id(site, json_object_get(row, "site"))) {
		refuse_device(
			pass, row,
			"and the nodes of this endpoint are in another site: set its option "
			"site to that site (and adopt_nodes, if only the name is the same), or "
			"rename one of the two",
			adopt);
		return 0;
	}
	rc = find_witness(pass, want, row, adopt, &words);
	if (rc < 0 || adopt->state == SB_ADOPT_ASKED)
		return rc;
	if (words)
		sb_adopt_accept(adopt, pass->kind, row, words, false);
	else
		refuse_device(
			pass, row,
			"but only the name shows that it is this node: put it into the "
			"cluster in NetBox, set adopt_nodes = \"named\", or rename one of the "
			"two",
			adopt);
	return 0;
}

int sb_adopt_device_check(struct sb_pass *pass, const struct sb_want *want, const json_t *row,
			  struct sb_adopt *ret_adopt)
{
	const json_t *cluster = json_object_get(row, "cluster");

	if (same_id(json_object_get(want->fields, "cluster"), cluster))
		return 0;
	if (sb_value_empty(cluster))
		return judge_device(pass, want, row, ret_adopt);
	refuse_device(pass, row, "but it is in another cluster: rename one of the two", ret_adopt);
	return 0;
}

/* Add the rows that a rule found to all, once each. */
static void add_rows(const struct sb_run *run, const char *rule, const char *host, json_t *all)
{
	sb_autobuf index = SB_BUF_INIT(300);
	sb_autojson *rows = NULL;
	const json_t *row;
	size_t i;

	sb_buf_addf(&index, "%s:%s", rule, host);
	rows = sb_origin_rows(run, sb_buf_str(&index));
	json_array_foreach (rows, i, row) {
		if (!sb_json_str(row, "stagebox_key") && !sb_list_holds(all, row))
			json_array_append(all, (json_t *)(uintptr_t)row);
	}
}

int sb_adopt_device(struct sb_pass *pass, const struct sb_want *want, struct sb_adopt *ret_adopt)
{
	const char *last = strrchr(want->key, '/');
	sb_autojson *all = json_array();
	const json_t *row, *found = NULL;
	char host[256];
	size_t i, n = 0;
	int rc = 0;

	sb_adopt_host(last ? last + 1 : want->key, host);
	add_rows(pass->run, "device-in-cluster", host, all);
	add_rows(pass->run, "device-with-domain", host, all);
	json_array_foreach (all, i, row) {
		const char *adopter = sb_adopt_adopter(pass, row);

		if (adopter && !sb_streq(adopter, want->key))
			continue;
		if (sb_value_empty(json_object_get(row, "cluster"))) {
			found = row;
			n++;
		} else if (!rc) {
			rc = sb_similar_note(pass->run, pass->kind, want->key, "name", row);
		}
	}
	if (rc < 0 || !n)
		return rc;
	if (n == 1)
		return judge_device(pass, want, found, ret_adopt);
	json_array_foreach (all, i, row) {
		if (sb_value_empty(json_object_get(row, "cluster")))
			refuse_device(pass, row,
				      "and others have its name, too: put the right one into the "
				      "cluster in NetBox, or rename the others",
				      ret_adopt);
	}
	return 0;
}

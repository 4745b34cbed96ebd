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

/* "device role" of the kind "device-role". */
static void name_kind(const char *kind, char *ret_words, size_t room)
{
	snprintf(ret_words, room, "its name and its %s", kind);
	for (; *ret_words; ret_words++)
		if (*ret_words == '-')
			*ret_words = ' ';
}

/* Does the object that a field of the candidate refers to belong to something that this run
 * demands, as a device type to a manufacturer? */
static bool belongs_to_ours(const struct sb_run *run, const struct sb_kind_field *field,
			    const json_t *row, char *ret_words, size_t room)
{
	sb_autojson *target = find_shared(run, field->kind, json_object_get(row, field->name));
	const struct sb_kind *kind = sb_snapshot_list(run->snap, field->kind)->kind;
	const struct sb_kind_field *of;

	for (of = kind->fields; target && of->name; of++) {
		sb_autojson *owner = NULL;
		sb_autofree char *key = NULL;

		if (of->type != SB_FIELD_REF || !(of->traits & SB_TRAIT_NEEDED))
			continue;
		owner = find_shared(run, of->kind, json_object_get(target, of->name));
		key = owner ? sb_shared_key_of_want(sb_snapshot_list(run->snap, of->kind)->kind,
						    owner)
			    : NULL;
		if (key && json_object_get(run->diff->demands, key)) {
			name_kind(of->kind, ret_words, room);
			return true;
		}
	}
	return false;
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
				       strchr(sb_buf_str(&text), '?') + 1, "");
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

/* Does NetBox have an address of the node at the device? */
static int weigh_evidence(struct sb_pass *pass, const struct sb_want *want, const json_t *device,
			  struct sb_adopt *adopt, bool *ret_found)
{
	const json_t *pair;
	size_t i;
	int rc = 0;

	json_array_foreach (want->evidence, i, pair) {
		const char *name = json_string_value(json_array_get(pair, 0));
		const struct sb_nb_list *list = sb_snapshot_list(pass->run->snap, name);
		const char *filter = list ? list->kind->natural[0] : NULL;
		const struct sb_kind_field *field;
		sb_autojson *flat = NULL;

		if (!filter)
			continue;
		field = sb_kind_field(list->kind, filter);
		flat = field->type == SB_FIELD_MAC ? sb_value_flat(field, json_array_get(pair, 1))
						   : json_incref(json_array_get(pair, 1));
		if (!rc && json_is_string(flat))
			rc = ask_evidence(pass, name, filter, json_string_value(flat), device,
					  adopt, ret_found);
	}
	return rc;
}

/* A field of the candidate that shows, beside its name, that it is the node. */
static bool find_evident_field(const struct sb_pass *pass, const struct sb_want *want,
			       const json_t *row, char *ret_words, size_t room)
{
	const struct sb_kind_field *field;

	for (field = pass->kind->fields; field->name; field++) {
		if (field->traits & SB_TRAIT_EVIDENCE &&
		    same_id(json_object_get(want->fields, field->name),
			    json_object_get(row, field->name))) {
			name_kind(field->kind, ret_words, room);
			return true;
		}
	}
	for (field = pass->kind->fields; field->name; field++)
		if (field->traits & SB_TRAIT_EVIDENCE &&
		    belongs_to_ours(pass->run, field, row, ret_words, room))
			return true;
	return false;
}

/* The second witness beside the name, in words; "" = none, or ASKED. */
static int find_witness(struct sb_pass *pass, const struct sb_want *want, const json_t *row,
			struct sb_adopt *adopt, char *ret_words, size_t room)
{
	const char *option = sb_json_str(pass->run->conf, "adopt_nodes");
	bool has_address = false;
	int rc;

	*ret_words = '\0';
	if (find_evident_field(pass, want, row, ret_words, room))
		return 0;
	if (option && sb_streq(option, "named")) {
		snprintf(ret_words, room, "its name, as adopt_nodes permits");
		return 0;
	}
	rc = weigh_evidence(pass, want, json_object_get(row, "id"), adopt, &has_address);
	if (has_address) {
		adopt->state = SB_ADOPT_NONE;
		snprintf(ret_words, room, "its name and an address");
	}
	return rc;
}

static void refuse_device(struct sb_pass *pass, const json_t *row, const char *why,
			  struct sb_adopt *adopt)
{
	const struct sb_kind_field *place = sb_kind_trait(pass->kind, SB_TRAIT_PLACE);
	sb_autojson *site =
		place ? find_shared(pass->run, place->kind, json_object_get(row, place->name))
		      : NULL;
	const char *name =
		site ? sb_kind_title(sb_snapshot_list(pass->run->snap, place->kind)->kind, site)
		     : NULL;
	const char *title = sb_kind_title(pass->kind, row);
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
					title ? title : "", "url", url));
}

/* One device in no cluster. */
static int judge_device(struct sb_pass *pass, const struct sb_want *want, const json_t *row,
			struct sb_adopt *adopt)
{
	const struct sb_kind_field *place = sb_kind_trait(pass->kind, SB_TRAIT_PLACE);
	char words[100];
	int rc;

	/* NetBox refuses a device in the cluster of another site. */
	if (place && !same_id(json_object_get(want->fields, place->name),
			      json_object_get(row, place->name))) {
		refuse_device(
			pass, row,
			"and the nodes of this endpoint are in another site: set its option "
			"site to that site (and adopt_nodes, if only the name is the same), or "
			"rename one of the two",
			adopt);
		return 0;
	}
	rc = find_witness(pass, want, row, adopt, words, sizeof(words));
	if (rc < 0 || adopt->state == SB_ADOPT_ASKED)
		return rc;
	if (*words)
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

/* Is the object in no cluster? */
static bool is_homeless(const struct sb_kind *kind, const json_t *row)
{
	const struct sb_kind_field *home = sb_kind_trait(kind, SB_TRAIT_HOME);

	return !home || sb_value_empty(json_object_get(row, home->name));
}

int sb_adopt_device_check(struct sb_pass *pass, const struct sb_want *want, const json_t *row,
			  struct sb_adopt *ret_adopt)
{
	const struct sb_kind_field *home = sb_kind_trait(pass->kind, SB_TRAIT_HOME);

	if (!home ||
	    same_id(json_object_get(want->fields, home->name), json_object_get(row, home->name)))
		return 0;
	if (is_homeless(pass->kind, row))
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
	const struct sb_adopt_rule *rule;
	sb_autojson *all = json_array();
	const json_t *row, *found = NULL;
	char host[256];
	size_t i, n = 0;
	int rc = 0;

	sb_adopt_host(last ? last + 1 : want->key, host);
	for (rule = pass->kind->adopt_rules; rule && rule->name; rule++)
		if (rule->anywhere)
			add_rows(pass->run, rule->name, host, all);
	json_array_foreach (all, i, row) {
		const char *adopter = sb_adopt_adopter(pass, row);

		if (adopter && !sb_streq(adopter, want->key))
			continue;
		if (is_homeless(pass->kind, row)) {
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
		if (is_homeless(pass->kind, row))
			refuse_device(pass, row,
				      "and others have its name, too: put the right one into the "
				      "cluster in NetBox, or rename the others",
				      ret_adopt);
	}
	return 0;
}

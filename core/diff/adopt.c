/* SPDX-License-Identifier: Apache-2.0 */
/* Which object of other tools or people is adopted: exactly one, or none. */
#include "diff/adopt.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "diff/adopt_device.h"
#include "diff/describe.h"
#include "diff/origin.h"
#include "diff/want.h"
#include "model/birth.h"
#include "run/question.h"
#include "stagebox/json.h"

/* The value of the wanted object that a check compares with. */
static void get_wanted_value(const struct sb_pass *pass, const struct sb_want *want,
			     enum sb_adopt_match match, char ret_text[256])
{
	const char *last = strrchr(want->key, '/'), *type;

	last = last ? last : want->key;
	for (type = last; type > want->key && type[-1] != '/';)
		type--;
	if (match == SB_MATCH_CLUSTER)
		snprintf(ret_text, 256, "%s", sb_pve_cluster_name(pass->run->pve));
	else if (match == SB_MATCH_TYPE)
		snprintf(ret_text, 256, "%.*s", (int)(last - type), type);
	else if (match == SB_MATCH_HOST)
		sb_adopt_host(*last ? last + 1 : "", ret_text);
	else
		snprintf(ret_text, 256, "%s", *last ? last + 1 : "");
}

enum row_verdict { ROW_MATCHES, ROW_OF_ANOTHER, ROW_NO_EVIDENCE };

/* Compare one row with the wanted object. *ret_located: the row names our Proxmox VE cluster. */
static enum row_verdict judge_row(const struct sb_pass *pass, const struct sb_want *want,
				  const struct sb_adopt_rule *rule, const json_t *row,
				  bool *ret_located)
{
	const struct sb_adopt_check *check;
	char present[256], wanted[256];

	*ret_located = false;
	for (check = rule->checks; check < rule->checks + SB_ARRAY_LEN(rule->checks); check++) {
		if (!check->member)
			break;
		if (!sb_origin_value(row, check, present) ||
		    (check->match == SB_MATCH_TYPE && sb_streq(present, "unknown"))) {
			if (check == rule->checks || check->match == SB_MATCH_ANY)
				return ROW_NO_EVIDENCE;
			continue;
		}
		if (check->match == SB_MATCH_ANY)
			continue;
		get_wanted_value(pass, want, check->match, wanted);
		if (!sb_streq(present, wanted))
			return ROW_OF_ANOTHER;
		*ret_located = *ret_located || check->match == SB_MATCH_CLUSTER;
	}
	return ROW_MATCHES;
}

static bool in_our_cluster(const struct sb_want *want, const json_t *row)
{
	const struct sb_kind_field *home = sb_kind_trait(want->kind, SB_TRAIT_HOME);
	const json_t *wanted = home ? json_object_get(want->fields, home->name) : NULL;

	return json_is_integer(wanted) && json_equal(wanted, json_object_get(row, home->name));
}

static bool is_uuid(const char *text, size_t len)
{
	size_t i;

	for (i = 0; len == 36 && i < len; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return len == 36;
}

/* A different hardware UUID means that the VMID was reused by another guest. */
static bool has_other_hardware(const struct sb_want *want, const json_t *row)
{
	const struct sb_kind_field *hardware = sb_kind_trait(want->kind, SB_TRAIT_HARDWARE);
	const char *wanted = json_string_value(want->birth), *present, *uuid;
	size_t len;

	if (!wanted)
		return false;
	present = sb_json_str(row, "stagebox_birth");
	if (present)
		return !sb_same_birth(wanted, present);
	present = hardware ? sb_json_str(row, hardware->name) : NULL;
	if (!present || !is_uuid(present, strlen(present)))
		return false;
	for (uuid = wanted; *uuid; uuid += len, uuid += *uuid == ' ') {
		len = strcspn(uuid, " ");
		if (is_uuid(uuid, len))
			return strncasecmp(uuid, present, len) != 0;
	}
	return false;
}

static void refuse_candidate(struct sb_adopt *adopt, const struct sb_kind *kind, const json_t *row,
			     const char *why)
{
	const char *name = sb_kind_title(kind, row);
	char text[160];

	sb_describe_row(kind, row, text);
	adopt->state = SB_ADOPT_REFUSED;
	sb_fail(&adopt->why, SB_E_NOTFOUND, "NetBox's %s %s", text, why);
	if (!adopt->others)
		adopt->others = json_array();
	json_array_append_new(adopt->others,
			      json_pack("{s:O, s:s}", "id", json_object_get(row, "id"), "name",
					name ? name : ""));
}

/* Add a row that a rule found, unless it is owned, adopted or in the list already. */
static void add_candidate(struct sb_pass *pass, const struct sb_want *want, const json_t *row,
			  json_t *candidates, struct sb_adopt *adopt)
{
	const char *key = sb_adopt_adopter(pass, row);
	const json_t *other;
	size_t i;

	if (sb_json_str(row, "stagebox_key"))
		return;
	if (key && !sb_streq(key, want->key))
		return;
	json_array_foreach (candidates, i, other) {
		if (json_equal(json_object_get(other, "id"), json_object_get(row, "id")))
			return;
	}
	if (has_other_hardware(want, row))
		refuse_candidate(adopt, pass->kind, row,
				 "has this VMID but another hardware UUID: delete it in NetBox or "
				 "clear its VMID");
	else
		json_array_append(candidates, (json_t *)(uintptr_t)row);
}

/* The object that a tool's row names, by its id. *ret_row: NULL with ASKED or UNKNOWN. */
static int find_row_target(struct sb_pass *pass, const struct sb_want *want,
			   const struct sb_adopt_rule *rule, const json_t *evidence,
			   struct sb_adopt *adopt, json_t **ret_row)
{
	sb_autobuf index = SB_BUF_INIT(512);
	char id[256], path[64];
	const char *answer;
	json_t *row;

	*ret_row = NULL;
	snprintf(path, sizeof(path), "%s/id", rule->target);
	if (!sb_origin_text(evidence, path, id)) {
		adopt->state = SB_ADOPT_UNKNOWN;
		sb_fail(&adopt->why, SB_E_FORBIDDEN,
			"%s is not created: %s names an object that the token may not see; grant "
			"view on %s",
			want->key, rule->words, pass->kind->object_type);
		return 0;
	}
	sb_buf_addf(&index, "%s?id=%s", pass->kind->name, id);
	answer = sb_table_get(pass->run->snap->asked, sb_buf_str(&index));
	if (!answer) {
		adopt->state = SB_ADOPT_ASKED;
		return sb_question_add(pass->run, SB_ASK_ID, pass->kind,
				       strchr(sb_buf_str(&index), '?') + 1, "");
	}
	sb_buf_reset(&index);
	sb_buf_addf(&index, "%s#%s", pass->kind->name, id);
	row = sb_table_get_json(pass->run->snap->origins, sb_buf_str(&index));
	if (*answer || !row) {
		adopt->state = SB_ADOPT_UNKNOWN;
		if (*answer)
			sb_reason_get(answer, &adopt->why);
		else
			sb_fail(&adopt->why, SB_E_STATE,
				"%s is not created: %s names %s %s, which NetBox does not return; "
				"delete the row or grant view on %s",
				want->key, rule->words, pass->kind->name, id,
				pass->kind->object_type);
		json_decref(row);
		return 0;
	}
	if (sb_json_str(evidence, "proxmox_vm_name"))
		json_object_set(row, "named_by_tool", json_object_get(evidence, "proxmox_vm_name"));
	*ret_row = row;
	return 0;
}

static int weigh_row(struct sb_pass *pass, const struct sb_want *want,
		     const struct sb_adopt_rule *rule, const json_t *evidence, json_t *candidates,
		     struct sb_adopt *adopt)
{
	sb_autojson *row = NULL;
	bool located;
	int rc = 0;

	if (judge_row(pass, want, rule, evidence, &located) != ROW_MATCHES)
		return 0;
	if (rule->path)
		rc = find_row_target(pass, want, rule, evidence, adopt, &row);
	else
		row = json_incref((json_t *)(uintptr_t)evidence);
	if (rc < 0 || !row)
		return rc;
	if (located || in_our_cluster(want, row))
		add_candidate(pass, want, row, candidates, adopt);
	return 0;
}

/* The text of a rule's question for one value. */
static int build_question(const struct sb_adopt_rule *rule, const char *value, struct sb_buf *text)
{
	sb_buf_addf(text, "%s?", rule->name);
	if (rule->filter_all) {
		sb_buf_add(text, rule->filter_all);
	} else {
		if (!rule->path)
			sb_buf_add(text, "cf_stagebox_key__empty=true&");
		sb_buf_addf(text, "%s=", rule->filter);
		sb_buf_add_url(text, value);
	}
	return text->failed ? SB_E_NOMEM : 0;
}

/* Put a rule's question, or look at its answer. HTTP 404 means that the tool is not installed: no
 * rows. */
static int ask_rule(struct sb_pass *pass, const char *question, struct sb_adopt *adopt,
		    bool *ret_ready)
{
	sb_autobuf name = SB_BUF_INIT(700);
	const char *answer;

	sb_buf_addf(&name, "%s?%s", pass->kind->name, question);
	answer = sb_table_get(pass->run->snap->asked, sb_buf_str(&name));
	*ret_ready = answer && !*answer;
	if (!answer) {
		if (adopt->state == SB_ADOPT_NONE)
			adopt->state = SB_ADOPT_ASKED;
		return sb_question_add(pass->run, SB_ASK_ORIGIN, pass->kind, question, "");
	}
	if (*answer) {
		struct sb_error why;

		sb_reason_get(answer, &why);
		if (why.http_status == 404)
			return 0;
		adopt->state = SB_ADOPT_UNKNOWN;
		adopt->why = why;
	}
	return 0;
}

static void refuse_several(struct sb_adopt *adopt, const struct sb_adopt_rule *rule,
			   const struct sb_kind *kind, const json_t *candidates)
{
	sb_autobuf names = SB_BUF_INIT(400);
	const json_t *row;
	char text[160];
	size_t i;

	json_array_foreach (candidates, i, row) {
		sb_describe_row(kind, row, text);
		sb_buf_addf(&names, "%s%s", i ? ", " : "", text);
		refuse_candidate(adopt, kind, row, "");
	}
	sb_fail(&adopt->why, SB_E_NOTFOUND,
		"several NetBox objects match by %s: %.300s: keep one; delete the others or clear "
		"the value that matches",
		rule->words, names.failed ? "too many to list" : sb_buf_str(&names));
}

/* Put the question of one rule, and decide when it is answered. */
static int try_rule(struct sb_pass *pass, const struct sb_want *want,
		    const struct sb_adopt_rule *rule, struct sb_adopt *adopt)
{
	sb_autojson *candidates = json_array(), *rows = NULL;
	sb_autobuf text = SB_BUF_INIT(512);
	char value[256];
	const json_t *row;
	bool ready;
	size_t i;
	int rc;

	get_wanted_value(pass, want, rule->filter_value, value);
	rc = build_question(rule, value, &text);
	if (!rc)
		rc = ask_rule(pass, sb_buf_str(&text), adopt, &ready);
	if (rc < 0 || !ready || adopt->state == SB_ADOPT_ASKED)
		return rc;
	sb_buf_reset(&text);
	get_wanted_value(pass, want, rule->checks[0].match, value);
	sb_buf_addf(&text, "%s:%s", rule->name, value);
	rows = sb_origin_rows(pass->run, sb_buf_str(&text));
	json_array_foreach (rows, i, row) {
		if (!rc)
			rc = weigh_row(pass, want, rule, row, candidates, adopt);
	}
	if (rc < 0 || adopt->state == SB_ADOPT_ASKED || adopt->state == SB_ADOPT_UNKNOWN)
		return rc;
	if (json_array_size(candidates) > 1)
		refuse_several(adopt, rule, pass->kind, candidates);
	else if (json_array_size(candidates) == 1 && adopt->state == SB_ADOPT_NONE)
		/* The identity that a tool stores proves that the tool made the guest. */
		sb_adopt_accept(
			adopt, pass->kind, json_array_get(candidates, 0), rule->words,
			pass->kind->flags & SB_KIND_BIRTH && (rule->path || rule->needs_field));
	return 0;
}

/* A VMID is unique in one Proxmox VE cluster only: the rows must name the cluster, or NetBox have
 * it. */
static bool can_locate(const struct sb_want *want, const struct sb_adopt_rule *rule)
{
	const struct sb_kind_field *home = sb_kind_trait(want->kind, SB_TRAIT_HOME);
	size_t i;

	if (rule->anywhere)
		return true;
	for (i = 0; i < SB_ARRAY_LEN(rule->checks) && rule->checks[i].member; i++) {
		if (rule->checks[i].match == SB_MATCH_CLUSTER)
			return true;
	}
	return home && json_is_integer(json_object_get(want->fields, home->name));
}

/* A weaker rule decides only where the stronger ones find nothing; all questions are put in one
 * pass. */
int sb_adopt_by_rule(struct sb_pass *pass, const struct sb_want *want, struct sb_adopt *ret_adopt)
{
	const struct sb_adopt_rule *rule;
	int rc = 0;

	for (rule = pass->kind->adopt_rules; !rc && rule && rule->name; rule++) {
		bool has = false, asked = false;

		if (!can_locate(want, rule))
			continue;
		rc = sb_origin_has_rule(pass, rule, &has, &asked, &ret_adopt->why);
		if (asked && ret_adopt->state == SB_ADOPT_NONE)
			ret_adopt->state = SB_ADOPT_ASKED;
		if (!rc && ret_adopt->why.code && ret_adopt->state == SB_ADOPT_NONE)
			ret_adopt->state = SB_ADOPT_UNKNOWN;
		if (!rc && has)
			rc = try_rule(pass, want, rule, ret_adopt);
		if (ret_adopt->state > SB_ADOPT_ASKED)
			break;
	}
	if (!rc && ret_adopt->state == SB_ADOPT_NONE && pass->kind->flags & SB_KIND_HOST)
		rc = sb_adopt_device(pass, want, ret_adopt);
	return rc;
}

static int check_by_rows(struct sb_pass *pass, const struct sb_want *want,
			 const struct sb_adopt_rule *rule, const json_t *candidate,
			 struct sb_adopt *adopt)
{
	json_int_t id = json_integer_value(json_object_get(candidate, "id"));
	sb_autobuf text = SB_BUF_INIT(512);
	sb_autojson *rows = NULL;
	const json_t *row;
	bool ready, located;
	size_t i;
	int rc;

	sb_buf_addf(&text, "%s?%s=%" JSON_INTEGER_FORMAT, rule->name, rule->back_filter, id);
	rc = ask_rule(pass, sb_buf_str(&text), adopt, &ready);
	if (rc < 0 || !ready)
		return rc;
	sb_buf_reset(&text);
	sb_buf_addf(&text, "%s@%" JSON_INTEGER_FORMAT, rule->name, id);
	rows = sb_origin_rows(pass->run, sb_buf_str(&text));
	json_array_foreach (rows, i, row) {
		if (judge_row(pass, want, rule, row, &located) == ROW_OF_ANOTHER)
			refuse_candidate(
				adopt, pass->kind, candidate,
				"has this name but belongs to another guest by a sync-state row of "
				"netbox-proxbox: rename or delete it, or correct the row");
	}
	return 0;
}

int sb_adopt_check_candidate(struct sb_pass *pass, const struct sb_want *want,
			     const json_t *candidate, struct sb_adopt *ret_adopt)
{
	const char *key = sb_adopt_adopter(pass, candidate);
	const struct sb_adopt_rule *rule;
	int rc = 0;

	if (key && !sb_streq(key, want->key))
		refuse_candidate(
			ret_adopt, pass->kind, candidate,
			"has this name but is adopted as another object: rename one of the two");
	else if (has_other_hardware(want, candidate))
		refuse_candidate(ret_adopt, pass->kind, candidate,
				 "has this name but another hardware UUID: rename it or delete it "
				 "in NetBox");
	else if (pass->kind->flags & SB_KIND_HOST)
		rc = sb_adopt_device_check(pass, want, candidate, ret_adopt);
	for (rule = pass->kind->adopt_rules;
	     !rc && ret_adopt->state == SB_ADOPT_NONE && rule && rule->name; rule++) {
		bool has = false, asked = false, located;

		if (!rule->needs_field && !rule->back_filter)
			continue;
		rc = sb_origin_has_rule(pass, rule, &has, &asked, &ret_adopt->why);
		if (asked)
			ret_adopt->state = SB_ADOPT_ASKED;
		if (rc < 0 || !has)
			continue;
		if (rule->back_filter)
			rc = check_by_rows(pass, want, rule, candidate, ret_adopt);
		else if (judge_row(pass, want, rule, candidate, &located) == ROW_OF_ANOTHER)
			refuse_candidate(
				ret_adopt, pass->kind, candidate,
				"has this name but belongs to another guest by the VMID in its "
				"custom fields: rename or delete it, or correct the VMID");
	}
	return rc;
}

/* A candidate whose name another part at the source has is left to that part. */
static bool is_name_of_other_part(const struct sb_pass *pass, const struct sb_want *want,
				  const json_t *row)
{
	const char *name = sb_kind_title(pass->kind, row), *last = strrchr(want->key, '/');
	sb_autobuf key = SB_BUF_INIT(512);

	if (!pass->source || !name || !last)
		return false;
	sb_buf_addf(&key, "%.*s/%s", (int)(last - want->key), want->key, name);
	return !key.failed && !sb_streq(sb_buf_str(&key), want->key) &&
	       sb_table_get(pass->source->rows, sb_buf_str(&key));
}

int sb_adopt_part(struct sb_pass *pass, const struct sb_want *want, const char *natural,
		  struct sb_adopt *ret_adopt)
{
	const struct sb_adopt_part *part = pass->kind->adopt_part;
	const json_t *value = part ? json_object_get(want->fields, part->wanted) : NULL;
	size_t parent = strcspn(natural, "|") + 1, i;
	sb_autofree char *prefix = strndup(natural, parent);
	sb_autojson *candidates = json_array();

	if (!prefix || !candidates)
		return SB_E_NOMEM;
	if (!part || sb_value_empty(value))
		return 0;
	for (i = sb_table_lower(pass->list->unowned, prefix);
	     i < sb_table_count(pass->list->unowned); i++) {
		sb_autojson *rows = NULL;
		const json_t *row;
		size_t j;

		if (strncmp(sb_table_key_at(pass->list->unowned, i), prefix, parent) != 0)
			break;
		rows = json_loads(sb_table_text_at(pass->list->unowned, i), 0, NULL);
		json_array_foreach (rows, j, row) {
			if (sb_value_same(sb_kind_field(pass->kind, part->member), value,
					  json_object_get(row, part->member)) &&
			    !is_name_of_other_part(pass, want, row))
				add_candidate(pass, want, row, candidates, ret_adopt);
		}
	}
	if (json_array_size(candidates) == 1)
		sb_adopt_accept(ret_adopt, pass->kind, json_array_get(candidates, 0), part->words,
				false);
	return 0;
}

int sb_adopt_take(struct sb_pass *pass, const struct sb_want *want, const json_t *row)
{
	char index[96];
	int rc;

	snprintf(index, sizeof(index), "#%s#%" JSON_INTEGER_FORMAT, pass->kind->name,
		 json_integer_value(json_object_get(row, "id")));
	rc = sb_table_put(pass->run->diff->adopted, index, want->key);
	return rc < 0 ? rc : sb_table_put_json(pass->run->diff->adopted, want->key, row);
}

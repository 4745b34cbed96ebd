/* SPDX-License-Identifier: Apache-2.0 */
#include "run/door.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/text.h"
#include "run/run.h"

enum { MAX_JSON_DEPTH = 32 };

int sb_door_result(int rc, const char *callback, struct sb_error *err)
{
	if (rc > 0)
		return sb_fail(err, SB_E_STATE,
			       "%s returned %d: a callback returns 0, or a negative code with an "
			       "error",
			       callback, rc);
	if (rc < 0 && err && !err->code)
		sb_fail(err, rc, "%s failed without an error message", callback);
	return rc;
}

bool sb_door_key(const struct sb_run *run, const char *key)
{
	size_t len = strlen(run->slug);

	return !len || (strncmp(key, run->slug, len) == 0 && (key[len] == '/' || !key[len]));
}

int sb_door_text(struct sb_stage_run *stage, const char *function, const char *text)
{
	struct sb_error why = SB_ERROR_INIT;

	if (!text || sb_text_is_utf8(text))
		return 0;
	sb_fail(&why, SB_E_ARG, "%s: the key \"%.200s\" is not UTF-8", function, text);
	sb_run_fail_stage(stage->run, stage->at, &why);
	return SB_E_ARG;
}

static const char *const phase_names[] = {
	[SB_PHASE_NONE] = "no callback",
	[SB_PHASE_FETCH] = "fetch",
	[SB_PHASE_ANSWER] = "the callback of an answer",
	[SB_PHASE_GONE] = "prove_gone",
	[SB_PHASE_DIFF] = "diff",
	[SB_PHASE_WANT] = "a want callback",
	[SB_PHASE_APPLY] = "apply",
	[SB_PHASE_SHOW] = "show",
};

/* The callbacks of a set, as words: "fetch, the callback of an answer". */
static void list_phases(unsigned phases, struct sb_buf *ret_text)
{
	size_t i;

	for (i = SB_PHASE_FETCH; i < SB_ARRAY_LEN(phase_names); i++)
		if (phases & 1u << i)
			sb_buf_add_item(ret_text, phase_names[i]);
}

int sb_door_phase(const struct sb_stage_run *stage, unsigned phases, const char *function,
		  struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autobuf allowed = SB_BUF_INIT(400);

	if (phases & 1u << stage->phase)
		return 0;
	list_phases(phases, &allowed);
	sb_fail(&why, SB_E_STATE, "%s() was called in %s: call it only in %s", function,
		phase_names[stage->phase], sb_buf_str(&allowed));
	sb_run_fail_stage(stage->run, stage->at, &why);
	if (err)
		*err = why;
	return SB_E_STATE;
}

static bool is_number(const json_t *value)
{
	char *end;

	if (!json_is_string(value))
		return json_is_number(value);
	strtod(json_string_value(value), &end);
	return json_string_length(value) && !*end;
}

/* "BC:24:11:00:00:01" in either case, or "", which means that there is none. */
static bool is_mac(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			return false;
	return !i || i == 17;
}

static bool is_address(const char *text)
{
	char address[64];

	return !*text || sb_address_canonical(text, address) == 0;
}

static bool is_reference(const json_t *value)
{
	return json_is_integer(value) || json_is_object(value);
}

/* A list or object inside itself would never end. */
static const char *find_json_fault(const json_t *value, int depth)
{
	const char *fault = NULL, *name;
	json_t *member;
	size_t i;

	if (depth > MAX_JSON_DEPTH)
		return "is nested more than 32 deep";
	json_array_foreach ((json_t *)(uintptr_t)value, i, member)
		fault = fault ? fault : find_json_fault(member, depth + 1);
	json_object_foreach ((json_t *)(uintptr_t)value, name, member) {
		if (sb_streq(name, "$ref"))
			return "has a member \"$ref\", which is reserved for references";
		if (sb_streq(name, "$decimal"))
			return "has a member \"$decimal\", which is reserved for numbers of a plan";
		fault = fault ? fault : find_json_fault(member, depth + 1);
	}
	return fault;
}

const char *sb_door_value(const struct sb_kind_field *field, const json_t *value)
{
	const char *text = json_string_value(value);

	if (json_is_null(value))
		return NULL;
	switch (field->type) {
	case SB_FIELD_TEXT:
	case SB_FIELD_NAME:
	case SB_FIELD_CHOICE: return text ? NULL : "is not a text";
	case SB_FIELD_MAC: return text && is_mac(text) ? NULL : "is not a MAC address";
	case SB_FIELD_ADDRESS: return text && is_address(text) ? NULL : "is not an IP address";
	case SB_FIELD_INT: return json_is_integer(value) ? NULL : "is not an integer";
	case SB_FIELD_DECIMAL: return is_number(value) ? NULL : "is not a number";
	case SB_FIELD_BOOL: return json_is_boolean(value) ? NULL : "is not true or false";
	case SB_FIELD_REF:
	case SB_FIELD_OBJECT: return is_reference(value) ? NULL : "is not a reference";
	case SB_FIELD_REFS:
	case SB_FIELD_TAGS: return json_is_array(value) ? NULL : "is not a list of references";
	case SB_FIELD_JSON: return find_json_fault(value, 0);
	}
	return "has an unknown type of field";
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Observers of the functions by which a module describes objects and reports agents. */
#include "module_observe.h"

#include "diff/want.h"

static struct module_run *observed;

void module_observe(struct module_run *run)
{
	observed = run;
}

/* "kind:key"; a shared object ("shared/<kind>/...") is known by the last part of its key. */
static json_t *show_key(const char *kind, const char *key)
{
	char shared[80];

	snprintf(shared, sizeof(shared), "shared/%s/", kind);
	return json_sprintf("%s:%s", kind,
			    sb_starts_with(key, shared) ? strrchr(key, '/') + 1 : key);
}

/* By the key that NetBox has for the id. */
static json_t *show_id(const struct sb_want *want, const char *kind, int64_t id)
{
	struct sb_table *rows = sb_snapshot_list(want->run->snap, kind)->rows;
	size_t i;

	for (i = 0; i < sb_table_count(rows); i++)
		if (sb_table_id(rows, sb_table_key_at(rows, i)) == id)
			return show_key(kind, sb_table_key_at(rows, i));
	return json_sprintf("%s#%d", kind, (int)id);
}

static json_t *show_ref(const struct sb_want *want, const char *kind, const json_t *value)
{
	const char *key = sb_json_str(value, "$ref");

	if (key)
		return show_key(kind, key);
	if (json_is_integer(value))
		return show_id(want, kind, json_integer_value(value));
	return json_incref((json_t *)(uintptr_t)value);
}

static json_t *show_refs(const struct sb_want *want, const char *kind, const json_t *list)
{
	json_t *shown = json_array();
	const json_t *value;
	size_t i;

	json_array_foreach (list, i, value)
		json_array_append_new(shown, show_ref(want, kind, value));
	return shown;
}

static json_t *show_value(const struct sb_want *want, const char *name, const json_t *value)
{
	const struct sb_kind_field *field = sb_kind_field(want->kind, name);
	const struct sb_kind *target;

	switch (field->type) {
	case SB_FIELD_REF: return show_ref(want, field->kind, value);
	case SB_FIELD_REFS:
	case SB_FIELD_TAGS: return show_refs(want, field->kind, value);
	case SB_FIELD_OBJECT:
		if (!json_is_object(value))
			return json_incref((json_t *)(uintptr_t)value);
		target = sb_kinds_find_type(sb_registry_kinds(want->run->registry),
					    sb_json_str(value, "type"));
		return show_ref(want, target->name, json_object_get(value, "id"));
	default: return json_incref((json_t *)(uintptr_t)value);
	}
}

/* The candidates, a worse one with "!". */
static void show_choices(const struct sb_want *want, json_t *shown)
{
	const char *field;
	json_t *list, *pair;
	size_t i;

	json_object_foreach (want->choices, field, list) {
		const char *kind = sb_kind_field(want->kind, field)->kind;
		json_t *all = json_array();
		char name[80];

		json_array_foreach (list, i, pair) {
			sb_autojson *ref = show_ref(want, kind, json_array_get(pair, 0));

			json_array_append_new(
				all,
				json_sprintf("%s%s", json_string_value(ref),
					     json_is_true(json_array_get(pair, 1)) ? "!" : ""));
		}
		snprintf(name, sizeof(name), "%s$", field);
		json_object_set_new(shown, name, all);
	}
}

static void show_want(const struct sb_want *want)
{
	json_t *shown = module_member(module_member(observed->wants, want->kind->name), want->key);
	const char *field;
	json_t *value;

	json_object_foreach (want->fields, field, value)
		json_object_set_new(shown, field, show_value(want, field, value));
	json_object_foreach (want->unknown, field, value)
		json_object_set_new(shown, field, json_pack("{s:O}", "!", value));
	show_choices(want, shown);
	if (want->birth)
		json_object_set(shown, "$birth", want->birth);
	if (want->state == SB_WANT_SKIP)
		json_object_set_new(shown, "$skip", json_string(want->why.text));
	if (want->state == SB_WANT_LEAVE)
		json_object_set_new(shown, "$leave", json_string(want->why.text));
	if (want->was)
		json_object_set(shown, "(was)", want->was);
	if (want->evidence)
		json_object_set(shown, "(evidence)", want->evidence);
}

/* The module has described the object, and the engine has chosen between candidates. */
int __real_sb_want_choose(struct sb_want *want);
int __wrap_sb_want_choose(struct sb_want *want);
int __wrap_sb_want_choose(struct sb_want *want)
{
	int rc = __real_sb_want_choose(want);

	if (!rc && observed)
		show_want(want);
	return rc;
}

void __real_sb_want_partial(struct sb_want *want, const struct sb_error *why);
void __wrap_sb_want_partial(struct sb_want *want, const struct sb_error *why);
void __wrap_sb_want_partial(struct sb_want *want, const struct sb_error *why)
{
	if (observed)
		json_object_set_new(
			module_member(module_member(observed->wants, want->kind->name), want->key),
			"$partial", json_string(why->text));
	__real_sb_want_partial(want, why);
}

int __real_sb_agent_turn(struct sb_stage_run *stage, const char *key, int64_t uptime_s,
			 const char *config);
int __wrap_sb_agent_turn(struct sb_stage_run *stage, const char *key, int64_t uptime_s,
			 const char *config);
int __wrap_sb_agent_turn(struct sb_stage_run *stage, const char *key, int64_t uptime_s,
			 const char *config)
{
	if (observed)
		json_object_set_new(observed->marks, key,
				    json_pack("[I, s]", (json_int_t)uptime_s, config));
	return __real_sb_agent_turn(stage, key, uptime_s, config);
}

static void note_agent(const char *key, const char *word)
{
	if (observed)
		json_object_set_new(observed->agents, key, json_string(word));
}

int __real_sb_agent_answered(struct sb_stage_run *stage, const char *key);
int __wrap_sb_agent_answered(struct sb_stage_run *stage, const char *key);
int __wrap_sb_agent_answered(struct sb_stage_run *stage, const char *key)
{
	note_agent(key, "answered");
	return __real_sb_agent_answered(stage, key);
}

int __real_sb_agent_absent(struct sb_stage_run *stage, const char *key);
int __wrap_sb_agent_absent(struct sb_stage_run *stage, const char *key);
int __wrap_sb_agent_absent(struct sb_stage_run *stage, const char *key)
{
	note_agent(key, "absent");
	return __real_sb_agent_absent(stage, key);
}

int __real_sb_agent_silent(struct sb_stage_run *stage, const char *key);
int __wrap_sb_agent_silent(struct sb_stage_run *stage, const char *key);
int __wrap_sb_agent_silent(struct sb_stage_run *stage, const char *key)
{
	note_agent(key, "silent");
	return __real_sb_agent_silent(stage, key);
}

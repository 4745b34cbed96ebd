/* SPDX-License-Identifier: Apache-2.0 */
/* Stages: register, check and sort them; equal sets of stages always get the same order. */
#include "load/stages.h"

#include <stdlib.h>
#include <string.h>

#include "base/abi_table.h"
#include "base/buf.h"
#include "load/actions.h"
#include "load/registry_priv.h"
#include "load/writes.h"

/* The sizes in ABI 2.0, the least that a module has. */
#define STAGE_MIN_SIZE  (offsetof(struct sb_stage, arg) + sizeof(void *))
#define WRITE_MIN_SIZE  (offsetof(struct sb_write, keys) + sizeof(void *))
#define ACTION_MIN_SIZE (offsetof(struct sb_action, keys) + sizeof(void *))

#define NOT_FOUND SIZE_MAX

/* The part after the dot of "<module>.<resource>"; NULL when the name is malformed. */
static const char *find_resource(const struct sb_ctx *ctx, const char *name)
{
	size_t len = strlen(ctx->module->name);
	const char *resource;

	if (strncmp(name, ctx->module->name, len) != 0 || name[len] != '.')
		return NULL;
	resource = name + len + 1;
	if (!resource[0] ||
	    resource[strspn(resource, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0')
		return NULL;
	return resource;
}

static size_t find_stage(const struct sb_registry *registry, const char *name)
{
	size_t i;

	for (i = 0; i < registry->n_stages; i++)
		if (sb_streq(registry->stages[i].stage.name, name))
			return i;
	return NOT_FOUND;
}

int sb_registry_check_rows(const char *owner, const char *name, const char *table, const void *rows,
			   size_t size, size_t min_size, struct sb_error *err)
{
	if (!rows || size >= min_size)
		return 0;
	return sb_fail(err, SB_E_CONFIG,
		       "%s \"%.64s\": %s_size is too small: set it to the size of a row of %ss, as "
		       "SB_TABLE(%s, rows) does",
		       owner, name, table, table, table);
}

static int check_tables(const struct sb_stage *stage, struct sb_error *err)
{
	const struct {
		const char *name;
		const void *rows;
		size_t size, min_size;
	} tables[] = {
		{"read", stage->reads, stage->read_size, SB_READ_MIN_SIZE},
		{"write", stage->writes, stage->write_size, WRITE_MIN_SIZE},
		{"action", stage->actions, stage->action_size, ACTION_MIN_SIZE},
		{"need", stage->needs, stage->need_size, SB_NEED_MIN_SIZE},
	};
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < SB_ARRAY_LEN(tables); i++)
		rc = sb_registry_check_rows("stage", stage->name, tables[i].name, tables[i].rows,
					    tables[i].size, tables[i].min_size, err);
	return rc;
}

/* Check a stage in our size: that of a module may end before its last members. */
static int check_stage(const struct sb_ctx *ctx, const struct sb_stage *stage, struct sb_error *err)
{
	int rc;

	if (!stage->name)
		return sb_fail(err, SB_E_CONFIG, "a stage has no name");
	rc = check_tables(stage, err);
	if (rc < 0)
		return rc;
	if (!find_resource(ctx, stage->name))
		return sb_fail(err, SB_E_CONFIG, "stage name \"%.64s\" is not \"%s.<resource>\"",
			       stage->name, ctx->module->name);
	if (sb_streq(find_resource(ctx, stage->name), "full"))
		return sb_fail(err, SB_E_CONFIG,
			       "stage name \"%.64s\" is the word for all stages of the module",
			       stage->name);
	if (find_stage(ctx->registry, stage->name) != NOT_FOUND)
		return sb_fail(err, SB_E_CONFIG, "stage \"%s\" is already registered", stage->name);
	return 0;
}

/* Copy the name of a stage and those in after, to which our copy of the struct then points. */
static int copy_names(struct sb_stage_entry *entry)
{
	const char *const *word = entry->stage.after;
	size_t n = 0, i;

	while (word && word[n])
		n++;
	entry->name = strdup(entry->stage.name);
	entry->after_names = calloc(n + 1, sizeof(*entry->after_names));
	if (!entry->name || !entry->after_names)
		return SB_E_NOMEM;
	for (i = 0; i < n; i++) {
		entry->after_names[i] = strdup(word[i]);
		if (!entry->after_names[i])
			return SB_E_NOMEM;
	}
	entry->stage.name = entry->name;
	entry->stage.after = (const char *const *)entry->after_names;
	return 0;
}

int sb_stage_entry_copy_tables(struct sb_stage_entry *entry)
{
	struct sb_stage *stage = &entry->stage;

	entry->reads = sb_abi_table(stage->reads, stage->read_size, sizeof(*stage->reads));
	entry->needs = sb_abi_table(stage->needs, stage->need_size, sizeof(*stage->needs));
	entry->writes = sb_abi_table(stage->writes, stage->write_size, sizeof(*stage->writes));
	entry->actions = sb_actions_copy(stage->actions, stage->action_size);
	if ((stage->reads && !entry->reads) || (stage->needs && !entry->needs) ||
	    (stage->writes && !entry->writes) || (stage->actions && !entry->actions))
		return SB_E_NOMEM;
	stage->writes = entry->writes;
	stage->actions = entry->actions;
	stage->reads = entry->reads;
	stage->needs = entry->needs;
	return sb_writes_copy_keys(entry->writes);
}

int sb_stage_add(struct sb_ctx *ctx, const struct sb_stage *stage, struct sb_error *err)
{
	struct sb_registry *registry = ctx->registry;
	struct sb_stage_entry *grown, *entry;
	struct sb_stage ours;
	int rc;

	if (registry->is_sealed)
		return sb_fail(err, SB_E_STATE, "stages can be added in start() only");
	if (!stage || stage->size < STAGE_MIN_SIZE)
		return sb_fail(err, SB_E_CONFIG,
			       "struct sb_stage of %zu bytes is too short (need %zu): set its size",
			       stage ? stage->size : 0, STAGE_MIN_SIZE);
	sb_abi_copy(&ours, sizeof(ours), stage, stage->size);
	rc = check_stage(ctx, &ours, err);
	if (rc < 0)
		return rc;
	grown = realloc(registry->stages, (registry->n_stages + 1) * sizeof(*grown));
	if (!grown)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	registry->stages = grown;
	entry = &grown[registry->n_stages++];
	memset(entry, 0, sizeof(*entry));
	entry->stage = ours;
	entry->stage.size = sizeof(entry->stage);
	entry->ctx = ctx;
	rc = copy_names(entry);
	if (!rc)
		rc = sb_stage_entry_copy_tables(entry);
	if (rc < 0)
		return sb_fail(err, rc, "out of memory");
	entry->resource = find_resource(ctx, entry->name);
	return 0;
}

enum { MAX_FILTER = 200 };

static bool may_be_filtered(const struct sb_kind *kind, const char *name)
{
	const struct sb_kind_field *field = sb_kind_field(kind, name);

	if (sb_starts_with(name, "cf_"))
		return name[3] != '\0';
	return field && (field->type == SB_FIELD_TEXT || field->type == SB_FIELD_NAME ||
			 field->type == SB_FIELD_INT || field->type == SB_FIELD_BOOL ||
			 field->type == SB_FIELD_CHOICE);
}

/* Does the text fit the type of the field? */
static bool fits_type(const struct sb_kind *kind, const struct sb_read *read)
{
	const struct sb_kind_field *field = sb_kind_field(kind, read->field);
	const char *digits = read->value + (read->value[0] == '-');

	if (field && field->type == SB_FIELD_BOOL)
		return sb_streq(read->value, "true") || sb_streq(read->value, "false");
	if (field && field->type == SB_FIELD_INT)
		return *digits && !digits[strspn(digits, "0123456789")];
	return true;
}

/* The text names the fault of the scope of a read; NULL = none. */
static const char *find_scope_fault(const struct sb_kind *kind, const struct sb_read *read)
{
	switch (read->scope) {
	case SB_READ_OURS: return NULL;
	case SB_READ_CLUSTER:
		return sb_kind_trait(kind, SB_TRAIT_HOME)
			       ? NULL
			       : "no field of the kind has the trait SB_TRAIT_HOME";
	case SB_READ_TAGGED:
		return read->value && *read->value ? NULL : "value must be the slug of a tag";
	case SB_READ_VALUE:
		if (!read->value || !*read->value)
			return "value is missing";
		if (!read->field || !may_be_filtered(kind, read->field))
			return "field must be a text, number, boolean or choice of the kind, or "
			       "cf_ and the name of a custom field";
		if (strlen(read->value) > MAX_FILTER)
			return "value is longer than 200 characters";
		return fits_type(kind, read) ? NULL : "value must be a number, or true or false";
	}
	return "its scope is unknown";
}

static int check_reads(const struct sb_registry *registry, const struct sb_stage *stage,
		       struct sb_error *err)
{
	const struct sb_read *read;
	const char *const *field;
	struct sb_guess guess;
	const char *fault;

	for (read = stage->reads; read && read->kind; read++) {
		const struct sb_kind *kind = sb_kinds_find(registry->kinds, read->kind);

		if (!kind)
			return sb_fail(err, SB_E_CONFIG, "stage \"%s\" reads unknown kind \"%s\"%s",
				       stage->name, read->kind,
				       sb_kinds_guess(registry->kinds, read->kind, &guess));
		fault = find_scope_fault(kind, read);
		if (fault)
			return sb_fail(err, SB_E_CONFIG, "stage \"%s\" reads kind \"%s\": %s",
				       stage->name, read->kind, fault);
		for (field = read->fields; field && *field; field++)
			if (!sb_kind_field(kind, *field))
				return sb_fail(err, SB_E_CONFIG,
					       "stage \"%s\" reads field \"%s\", which kind \"%s\" "
					       "does not have%s",
					       stage->name, *field, read->kind,
					       sb_kind_guess(kind, *field, &guess));
	}
	return 0;
}

static int fail_unknown_after(const struct sb_registry *registry, const char *stage,
			      const char *word, struct sb_error *err)
{
	struct sb_guess guess;
	size_t i;

	sb_guess_start(&guess, word);
	for (i = 0; i < registry->n_stages; i++)
		if (!sb_streq(registry->stages[i].stage.name, stage))
			sb_guess_try(&guess, registry->stages[i].stage.name);
	return sb_fail(err, SB_E_CONFIG,
		       "stage \"%s\" runs after \"%s\", which no loaded module has%s: add its "
		       "module to the configuration",
		       stage, word, guess.hint);
}

/* Sorting moves stages, so this is repeated afterwards: `after` holds positions. */
static int resolve_stage(const struct sb_registry *registry, struct sb_stage_entry *entry,
			 struct sb_error *err)
{
	const char *const *word;
	size_t n = 0;

	for (word = entry->stage.after; word && *word; word++)
		n++;
	free(entry->after);
	free(entry->after_soft);
	entry->n_after = entry->n_after_soft = 0;
	entry->after = calloc(n + 1, sizeof(*entry->after));
	entry->after_soft = calloc(n + 1, sizeof(*entry->after_soft));
	if (!entry->after || !entry->after_soft)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	for (word = entry->stage.after; word && *word; word++) {
		bool is_soft = **word == '?';
		size_t at = find_stage(registry, *word + is_soft);

		if (at == NOT_FOUND && !is_soft)
			return fail_unknown_after(registry, entry->stage.name, *word, err);
		if (at == NOT_FOUND)
			continue;
		if (is_soft)
			entry->after_soft[entry->n_after_soft++] = at;
		else
			entry->after[entry->n_after++] = at;
	}
	return 0;
}

static int add_module_context(const struct sb_ctx *ctx, int rc, struct sb_error *err)
{
	return sb_context(err, rc, "module \"%s\" (%s)", ctx->module->name, ctx->path);
}

static int resolve_stages(const struct sb_registry *registry, struct sb_error *err)
{
	size_t i;
	int rc;

	for (i = 0; i < registry->n_stages; i++) {
		rc = resolve_stage(registry, &registry->stages[i], err);
		if (rc < 0)
			return add_module_context(registry->stages[i].ctx, rc, err);
	}
	return 0;
}

static bool is_ready(const struct sb_stage_entry *entry, const bool *done)
{
	size_t i;

	for (i = 0; i < entry->n_after; i++)
		if (!done[entry->after[i]])
			return false;
	for (i = 0; i < entry->n_after_soft; i++)
		if (!done[entry->after_soft[i]])
			return false;
	return true;
}

static size_t first_waiting(const struct sb_stage_entry *entry, const bool *done)
{
	size_t i;

	for (i = 0; i < entry->n_after; i++)
		if (!done[entry->after[i]])
			return entry->after[i];
	for (i = 0; i < entry->n_after_soft; i++)
		if (!done[entry->after_soft[i]])
			return entry->after_soft[i];
	return NOT_FOUND;
}

/* Each remaining stage waits for a remaining one, so a walk of n steps ends inside the cycle. The
 * cycle is printed from its first name in alphabetical order, so that the text is always the same.
 */
static int fail_cycle(const struct sb_registry *registry, const bool *done, struct sb_error *err)
{
	int rc;
	const struct sb_stage_entry *stages = registry->stages;
	sb_autobuf text = SB_BUF_INIT(400);
	size_t at, start, i;

	for (at = 0; done[at]; at++)
		;
	for (i = 0; i < registry->n_stages; i++) /* ends inside the cycle */
		at = first_waiting(&stages[at], done);
	start = at;
	for (i = first_waiting(&stages[at], done); i != at; i = first_waiting(&stages[i], done))
		if (strcmp(stages[i].stage.name, stages[start].stage.name) < 0)
			start = i;
	at = start;
	do {
		sb_buf_addf(&text, "%s -> ", stages[at].stage.name);
		at = first_waiting(&stages[at], done);
	} while (at != start);
	sb_buf_add(&text, stages[start].stage.name);
	rc = sb_fail(err, SB_E_CONFIG, "stages wait for each other (-> is \"runs after\"): %s",
		     text.failed ? "a long cycle" : sb_buf_str(&text));
	return add_module_context(stages[start].ctx, rc, err);
}

/* Kahn's algorithm; of the ready stages the first by name is next. */
static int sort_stages(const struct sb_registry *registry, size_t *ret_order, struct sb_error *err)
{
	sb_autofree bool *done = calloc(registry->n_stages + 1, sizeof(*done));
	const struct sb_stage_entry *stages = registry->stages;
	size_t n, i, next;

	if (!done)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	for (n = 0; n < registry->n_stages; n++) {
		next = NOT_FOUND;
		for (i = 0; i < registry->n_stages; i++)
			if (!done[i] && is_ready(&stages[i], done) &&
			    (next == NOT_FOUND ||
			     strcmp(stages[i].stage.name, stages[next].stage.name) < 0))
				next = i;
		if (next == NOT_FOUND)
			return fail_cycle(registry, done, err);
		done[next] = true;
		ret_order[n] = next;
	}
	return 0;
}

static int reorder_stages(struct sb_registry *registry, struct sb_error *err)
{
	struct sb_stage_entry *sorted;
	sb_autofree size_t *positions = calloc(registry->n_stages + 1, sizeof(*positions));
	size_t i;
	int rc;

	if (!positions)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	rc = sort_stages(registry, positions, err);
	if (rc < 0)
		return rc;
	sorted = calloc(registry->n_stages + 1, sizeof(*sorted));
	if (!sorted)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	for (i = 0; i < registry->n_stages; i++)
		sorted[i] = registry->stages[positions[i]];
	free(registry->stages);
	registry->stages = sorted;
	return resolve_stages(registry, err);
}

int sb_stages_check(const struct sb_registry *registry, struct sb_error *err)
{
	size_t i;
	int rc;

	rc = sb_kinds_check(registry->kinds, err);
	for (i = 0; !rc && i < registry->n_stages; i++)
		rc = add_module_context(
			registry->stages[i].ctx,
			sb_writes_check(registry->kinds, &registry->stages[i].stage, err), err);
	for (i = 0; !rc && i < registry->n_stages; i++)
		rc = add_module_context(
			registry->stages[i].ctx,
			sb_actions_check(registry->kinds, &registry->stages[i].stage, err), err);
	for (i = 0; !rc && i < registry->n_stages; i++)
		rc = add_module_context(registry->stages[i].ctx,
					check_reads(registry, &registry->stages[i].stage, err),
					err);
	for (i = 0; !rc && i < registry->n_views; i++)
		rc = add_module_context(registry->views[i].stage.ctx,
					check_reads(registry, &registry->views[i].stage.stage, err),
					err);
	return rc < 0 ? rc : sb_writes_check_pairs(registry, err);
}

int sb_registry_seal(struct sb_registry *registry, struct sb_error *err)
{
	int rc = sb_stages_check(registry, err);

	if (!rc)
		rc = resolve_stages(registry, err);
	if (!rc)
		rc = reorder_stages(registry, err);
	if (!rc)
		registry->is_sealed = true;
	return rc;
}

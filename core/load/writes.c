/* SPDX-License-Identifier: Apache-2.0 */
#include "load/writes.h"

#include <stdlib.h>
#include <string.h>

#include "model/key_pattern.h"

int sb_writes_copy_keys(struct sb_write *writes)
{
	struct sb_write *write;
	int rc = 0;

	for (write = writes; write && write->kind; write++) {
		bool is_given = write->keys != NULL;

		write->keys = !rc && is_given ? strdup(write->keys) : NULL;
		if (is_given && !write->keys)
			rc = SB_E_NOMEM;
	}
	return rc;
}

static int check_write(const struct sb_kinds *kinds, const struct sb_stage *stage,
		       const struct sb_write *write, struct sb_error *err)
{
	const struct sb_kind *kind = sb_kinds_find(kinds, write->kind);
	const char *const *field;
	struct sb_guess guess;

	if (!kind)
		return sb_fail(err, SB_E_CONFIG, "stage \"%s\" writes unknown kind \"%s\"%s",
			       stage->name, write->kind,
			       sb_kinds_guess(kinds, write->kind, &guess));
	if (!(kind->flags & SB_KIND_OWNED))
		return sb_fail(
			err, SB_E_CONFIG,
			"stage \"%s\" writes kind \"%s\", which is shared: request its objects "
			"with sb_shared()",
			stage->name, write->kind);
	if (!write->fields || !*write->fields)
		return sb_fail(err, SB_E_CONFIG,
			       "stage \"%s\" writes kind \"%s\", but no field of it: name the "
			       "fields, or list the kind in reads",
			       stage->name, write->kind);
	if (!write->keys)
		return sb_fail(err, SB_E_CONFIG,
			       "stage \"%s\" writes kind \"%s\" without keys: set a pattern like "
			       "\"*/shelf/\"",
			       stage->name, write->kind);
	if (!sb_key_pattern_is_valid(write->keys))
		return sb_fail(err, SB_E_CONFIG,
			       "stage \"%s\" writes kind \"%s\" of the keys \"%s\": a pattern is "
			       "like \"*/shelf/\"",
			       stage->name, write->kind, write->keys);
	for (field = write->fields; field && *field; field++)
		if (!sb_kind_field(kind, *field))
			return sb_fail(err, SB_E_CONFIG,
				       "stage \"%s\" writes field \"%s\", which kind \"%s\" does "
				       "not have%s",
				       stage->name, *field, write->kind,
				       sb_kind_guess(kind, *field, &guess));
	return 0;
}

int sb_writes_check(const struct sb_kinds *kinds, const struct sb_stage *stage,
		    struct sb_error *err)
{
	const struct sb_write *write;
	int rc = 0;

	for (write = stage->writes; !rc && write && write->kind; write++)
		rc = check_write(kinds, stage, write, err);
	return rc;
}

/* Tags are a set: each stage has members of its own in it (core/diff/union.c). */
static bool takes_several(const struct sb_kind *kind, const char *field)
{
	return sb_kind_field(kind, field)->type == SB_FIELD_TAGS;
}

/* The first field that both rows write, and that only one stage may write; NULL = none. */
static const char *find_common(const struct sb_kind *kind, const struct sb_write *a,
			       const struct sb_write *b)
{
	const char *const *one, *const *other;

	for (one = a->fields; one && *one; one++)
		for (other = b->fields; other && *other; other++)
			if (sb_streq(*one, *other) && !takes_several(kind, *one))
				return *one;
	return NULL;
}

static int check_rows(const struct sb_kinds *kinds, const struct sb_stage *a,
		      const struct sb_write *one, const struct sb_stage *b,
		      const struct sb_write *other, struct sb_error *err)
{
	const char *field;

	if (!sb_streq(one->kind, other->kind) || !sb_key_patterns_meet(one->keys, other->keys))
		return 0;
	field = find_common(sb_kinds_find(kinds, one->kind), one, other);
	return field ? sb_fail(err, SB_E_CONFIG,
			       "stages %s and %s both write the field \"%s\" of kind \"%s\" (keys "
			       "\"%s\" and \"%s\"), and each would undo what the other wrote: load "
			       "only one of their modules, or let one of them write another field",
			       a->name, b->name, field, one->kind, one->keys, other->keys)
		     : 0;
}

static int check_pair(const struct sb_kinds *kinds, const struct sb_stage *a,
		      const struct sb_stage *b, struct sb_error *err)
{
	const struct sb_write *one, *other;
	int rc = 0;

	for (one = a->writes; one && one->kind; one++)
		for (other = b->writes; !rc && other && other->kind; other++)
			rc = check_rows(kinds, a, one, b, other, err);
	return rc;
}

int sb_writes_check_pairs(const struct sb_registry *registry, struct sb_error *err)
{
	size_t n = sb_registry_n_stages(registry), i, j;
	int rc = 0;

	for (i = 0; !rc && i < n; i++)
		for (j = i + 1; !rc && j < n; j++)
			rc = check_pair(sb_registry_kinds(registry),
					&sb_registry_stage(registry, i)->stage,
					&sb_registry_stage(registry, j)->stage, err);
	return rc;
}

bool sb_stage_writes(const struct sb_stage *stage, const struct sb_kind *kind)
{
	const struct sb_write *write;

	for (write = stage->writes; write && write->kind; write++)
		if (sb_streq(write->kind, kind->name))
			return true;
	return false;
}

uint64_t sb_stage_written(const struct sb_stage *stage, const struct sb_kind *kind,
			  const char *prefix)
{
	const struct sb_write *write;
	const char *const *field;
	uint64_t bits = 0;

	for (write = stage->writes; write && write->kind; write++) {
		if (!sb_streq(write->kind, kind->name) ||
		    !sb_key_pattern_covers(write->keys, prefix))
			continue;
		for (field = write->fields; field && *field; field++)
			bits |= sb_field_bit(kind, sb_kind_field(kind, *field));
	}
	return bits;
}

bool sb_stage_writes_field(const struct sb_stage *stage, const struct sb_kind *kind,
			   const struct sb_kind_field *field, const char *key)
{
	return sb_stage_written(stage, kind, key) & sb_field_bit(kind, field);
}

bool sb_writes_own(const struct sb_stage *stage, const struct sb_kind *kind, const char *keys)
{
	const struct sb_write *write;
	const char *const *field;

	for (write = stage->writes; write && write->kind; write++) {
		if (!sb_streq(write->kind, kind->name) || !sb_key_patterns_meet(write->keys, keys))
			continue;
		for (field = write->fields; *field; field++)
			if (sb_streq(*field, kind->natural[0]))
				return true;
	}
	return false;
}

size_t sb_writes_find_owner(const struct sb_registry *registry, const struct sb_kind *kind,
			    const char *key)
{
	const struct sb_kind_field *field = sb_kind_field(kind, kind->natural[0]);
	size_t i;

	for (i = 0; i < sb_registry_n_stages(registry); i++)
		if (sb_stage_writes_field(&sb_registry_stage(registry, i)->stage, kind, field, key))
			return i;
	return SIZE_MAX;
}

void sb_writes_memory_name(const struct sb_registry *registry, const struct sb_kind *kind,
			   const char *key, const char *field, const char *stage,
			   char ret_name[SB_SET_MEMORY_NAME])
{
	size_t owner = sb_writes_find_owner(registry, kind, key);
	bool is_owner = owner != SIZE_MAX &&
			sb_streq(sb_registry_stage(registry, owner)->stage.name, stage);

	sb_set_memory_name(field, is_owner ? NULL : stage, ret_name);
}

bool sb_writes_are_shared(const struct sb_registry *registry, const struct sb_kind *kind,
			  const struct sb_kind_field *field, const char *key)
{
	size_t i, n = 0;

	for (i = 0; n < 2 && i < sb_registry_n_stages(registry); i++)
		n += sb_stage_writes_field(&sb_registry_stage(registry, i)->stage, kind, field,
					   key);
	return n > 1;
}

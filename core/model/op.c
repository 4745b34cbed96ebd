/* SPDX-License-Identifier: Apache-2.0 */
/* The values of an op: trees while the op is open, texts otherwise; and the parts of its key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/plan.h"
#include "stagebox/json.h"

static json_t **tree_at(struct sb_op *op, enum sb_op_part part)
{
	json_t **const trees[] = {&op->set, &op->was, &op->claims, &op->frees};

	return trees[part];
}

static json_t *tree_of(const struct sb_op *op, enum sb_op_part part)
{
	json_t *const trees[] = {op->set, op->was, op->claims, op->frees};

	return trees[part];
}

static const char *text_of(const struct sb_op *op, enum sb_op_part part)
{
	const char *text = op->packed;

	for (; part > 0; part--)
		text += strlen(text) + 1;
	return text;
}

json_t *sb_op_get(const struct sb_op *op, enum sb_op_part part)
{
	const char *text;

	if (op->is_open)
		return json_incref(tree_of(op, part));
	text = text_of(op, part);
	return *text ? json_loads(text, 0, NULL) : NULL;
}

bool sb_op_has(const struct sb_op *op, enum sb_op_part part)
{
	return op->is_open ? tree_of(op, part) != NULL : *text_of(op, part) != '\0';
}

static void drop_trees(struct sb_op *op)
{
	enum sb_op_part part;

	for (part = 0; part < SB_OP_PARTS; part++) {
		json_decref(*tree_at(op, part));
		*tree_at(op, part) = NULL;
	}
}

int sb_op_open(struct sb_op *op)
{
	enum sb_op_part part;

	if (op->is_open)
		return 0;
	for (part = 0; part < SB_OP_PARTS; part++) {
		*tree_at(op, part) = sb_op_get(op, part);
		if (!*tree_at(op, part) && *text_of(op, part)) {
			drop_trees(op);
			return SB_E_NOMEM;
		}
	}
	op->is_open = true;
	return 0;
}

int sb_op_edit(struct sb_op *op)
{
	int rc = sb_op_open(op);

	if (!rc)
		op->packed = NULL;
	return rc;
}

static int add_token(struct sb_op *op, json_t **list, const struct sb_kind *kind,
		     const char *natural)
{
	if (!natural)
		return 0;
	if (sb_op_edit(op) < 0)
		return SB_E_NOMEM;
	if (!*list)
		*list = json_array();
	return json_array_append_new(*list, json_sprintf("%s|%s", kind->name, natural)) < 0
		       ? SB_E_NOMEM
		       : 0;
}

int sb_op_add_claimed(struct sb_op *op, const struct sb_kind *kind, const char *natural)
{
	return add_token(op, &op->claims, kind, natural);
}

int sb_op_add_freed(struct sb_op *op, const struct sb_kind *kind, const char *natural)
{
	return add_token(op, &op->frees, kind, natural);
}

void sb_op_close(struct sb_op *op)
{
	if (!op->is_open || !op->packed)
		return;
	drop_trees(op);
	op->is_open = false;
}

void sb_op_pack(struct sb_op *op, struct sb_plan *plan)
{
	struct sb_buf *scratch = &plan->scratch;
	enum sb_op_part part;

	if (!op->is_open || op->packed)
		return;
	sb_buf_reset(scratch);
	for (part = 0; part < SB_OP_PARTS; part++) {
		if (tree_of(op, part))
			sb_buf_add_json_unsorted(scratch, tree_of(op, part));
		sb_buf_add_mem(scratch, "", 1);
	}
	if (scratch->failed)
		return;
	op->packed = sb_arena_copy(&plan->texts, scratch->text, scratch->len);
	sb_op_close(op);
}

static int refs_of(const json_t *value, int (*fn)(void *arg, const char *key), void *arg)
{
	const char *ref = sb_json_str(value, "$ref"), *name;
	json_t *member;
	size_t i;
	int rc = 0;

	if (ref)
		return fn(arg, ref);
	json_object_foreach ((json_t *)(uintptr_t)value, name, member) {
		rc = rc ? rc : refs_of(member, fn, arg);
	}
	json_array_foreach (value, i, member) {
		rc = rc ? rc : refs_of(member, fn, arg);
	}
	return rc;
}

/* Quotes inside a text are escaped, so that this pattern can only match a member. */
static const char ref_mark[] = "{\"$ref\":\"";

/* Calls fn for the keys in a packed text. False = a key is escaped or too long, and fn was not
 * called for it. */
static bool scan_refs(const char *text, int (*fn)(void *arg, const char *key), void *arg,
		      int *ret_rc)
{
	char key[512];
	size_t len;

	while ((text = strstr(text, ref_mark)) != NULL) {
		text += strlen(ref_mark);
		len = strcspn(text, "\"\\");
		if (text[len] != '"' || len >= sizeof(key))
			return false;
		memcpy(key, text, len);
		key[len] = '\0';
		*ret_rc = fn(arg, key);
		if (*ret_rc)
			return true;
	}
	return true;
}

int sb_op_refs(const struct sb_op *op, int (*fn)(void *arg, const char *key), void *arg)
{
	sb_autojson *set = NULL;
	int rc = 0;

	if (op->is_open)
		return refs_of(op->set, fn, arg);
	if (scan_refs(op->packed, fn, arg, &rc))
		return rc;
	set = sb_op_get(op, SB_OP_SET); /* fn may see some keys twice */
	return set ? refs_of(set, fn, arg) : SB_E_NOMEM;
}

const char *sb_op_key_before(const struct sb_op *op)
{
	return json_object_get(op->set, "stagebox_key")
		       ? json_string_value(json_object_get(op->was, "stagebox_key"))
		       : op->key;
}

void sb_op_finish(struct sb_op *op)
{
	drop_trees(op);
	free(op->target_ref);
	free(op->cause);
	free(op->root);
	free(op->blocks);
}

size_t sb_key_top_length(const char *key)
{
	size_t parts = 0, len;

	for (len = 0; key[len]; len++) {
		parts += key[len] == '/';
		if (parts == 3)
			break;
	}
	return len;
}

void sb_key_top(const char *key, char ret_top[512])
{
	snprintf(ret_top, 512, "%.*s", (int)sb_key_top_length(key), key);
}

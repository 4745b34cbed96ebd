/* SPDX-License-Identifier: Apache-2.0 */
/* Permissions with constraints hide objects from the token: NetBox leaves them out of lists and of
 * the counts of lists, so that they look absent. The counters of their parents include them
 * (measured on 4.7.3). */
#include "diff/hidden.h"

#include <string.h>

#include "base/buf.h"
#include "net/gather.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

/* A kind whose objects are counted in a member of their parent. */
struct witness {
	const struct sb_kind *kind, *parent;
	const struct sb_kind_field *field; /* of the kind: refers to the parent */
};

/* The parent of the first create; 0 = there is no create, or its parent is new as well. All objects
 * of an endpoint have the same cluster, so the first one is enough. */
static int64_t parent_of_create(struct sb_run *run, const struct witness *witness)
{
	struct sb_plan *plan = &run->diff->plan;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		struct sb_op *op = &plan->ops[i];
		int64_t id = 0;

		if (op->verb != SB_CREATE || op->kind != witness->kind)
			continue;
		if (sb_op_open(op) < 0)
			return SB_E_NOMEM;
		sb_json_int(op->set, witness->field->name, &id);
		sb_op_close(op);
		return id;
	}
	return 0;
}

static int ask_counts(struct sb_run *run, const struct witness *witness, int64_t id,
		      struct sb_gather *got, struct sb_error *err)
{
	sb_autobuf parent = SB_BUF_INIT(512), children = SB_BUF_INIT(512);
	int rc;

	sb_buf_addf(&parent, "%s/?id=%lld&fields=id,%s", witness->parent->path, (long long)id,
		    witness->field->counter);
	sb_buf_addf(&children, "%s/?%s_id=%lld&limit=1&fields=id", witness->kind->path,
		    witness->field->name, (long long)id);
	rc = sb_netbox_get(run->netbox, sb_buf_str(&parent), sb_gather_take,
			   sb_gather_expect(got, 0), err);
	if (!rc)
		rc = sb_netbox_get(run->netbox, sb_buf_str(&children), sb_gather_take,
				   sb_gather_expect(got, 1), err);
	return rc ? rc : sb_gather_wait(got, err);
}

/* 1 when the list is incomplete. When the counts cannot be read, nothing is proven, and NetBox's
 * own unique constraints still prevent a duplicate. */
static int compare_counts(struct sb_run *run, const struct witness *witness, int64_t id,
			  struct sb_error *err)
{
	struct sb_nb_list *list = sb_snapshot_list(run->snap, witness->kind->name);
	struct sb_gather got;
	int64_t there = 0, shown = 0;
	int rc;

	sb_gather_init(&got, run->http);
	rc = ask_counts(run, witness, id, &got, err);
	if (!rc && (sb_json_int(json_array_get(json_object_get(got.replies[0].data, "results"), 0),
				witness->field->counter, &there) < 0 ||
		    sb_json_int(got.replies[1].data, "count", &shown) < 0))
		there = shown = 0;
	sb_gather_finish(&got);
	if (rc < 0 || there <= shown)
		return rc;
	list->known = SB_KNOWN_PARTIAL;
	sb_fail(&list->why, SB_E_FORBIDDEN,
		"NetBox counts %lld objects of %s in %s %lld but shows %lld: creating could "
		"duplicate hidden objects; grant an unconstrained view permission on %s",
		(long long)there, list->kind->object_type, witness->field->name, (long long)id,
		(long long)shown, list->kind->object_type);
	return 1;
}

/* Check the kind if a member of its parent counts its objects. 1 when the list is incomplete. */
static int check_kind(struct sb_run *run, const struct sb_kind *kind, struct sb_error *err)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, kind->name);
	struct witness witness = {.kind = kind};
	const struct sb_kind_field *field;
	int64_t id = 0;

	for (field = kind->fields; field->name && !field->counter; field++)
		;
	if (!field->name || !list || list->known != SB_KNOWN_COMPLETE)
		return 0;
	witness.field = field;
	witness.parent = sb_kinds_find(sb_registry_kinds(run->registry), field->kind);
	id = parent_of_create(run, &witness);
	if (id < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return id ? compare_counts(run, &witness, id, err) : 0;
}

int sb_hidden_check(struct sb_run *run, struct sb_error *err)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	bool learned = false;
	size_t i;

	if (!run->netbox || run->looked_hidden)
		return 0;
	run->looked_hidden = true;
	for (i = 0; i < sb_kinds_count(kinds); i++) {
		int rc = check_kind(run, sb_kinds_at(kinds, i), err);

		if (rc < 0)
			return rc;
		learned = learned || rc;
	}
	return learned;
}

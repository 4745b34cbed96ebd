/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that NetBox hides from the token: permissions with constraints leave them out of lists
 * and of the counts of lists, so that they look absent. The counters of their parents are not
 * limited (measured on 4.7.3), and tell that something is there. */
#include "diff/hidden.h"

#include <string.h>

#include "base/buf.h"
#include "net/gather.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

/* A kind whose objects a parent counts. */
struct witness {
	const char *kind;
	const char *field; /* of the kind: its parent */
	const char *path;  /* of the parent's list */
	const char *counter;
	const char *filter; /* of the kind's list: objects of one parent */
};

static const struct witness witnesses[] = {
	{"vm", "cluster", "virtualization/clusters", "virtualmachine_count", "cluster_id"},
	{"device", "cluster", "virtualization/clusters", "device_count", "cluster_id"},
};

/* The parent below which an object is to be created; 0 = it is created as well, or there is none.
 * All objects of an endpoint have one cluster: the first create tells it. */
static int64_t parent_of_create(struct sb_run *run, const struct witness *witness)
{
	struct sb_plan *plan = &run->diff->plan;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		struct sb_op *op = &plan->ops[i];
		int64_t id = 0;

		if (op->verb != SB_CREATE || !sb_streq(op->kind->name, witness->kind))
			continue;
		if (sb_op_open(op) < 0)
			return SB_E_NOMEM;
		sb_json_int(op->set, witness->field, &id);
		sb_op_close(op);
		return id;
	}
	return 0;
}

static int ask(struct sb_run *run, const struct witness *witness, int64_t id, struct sb_gather *got,
	       struct sb_error *err)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, witness->kind);
	sb_autobuf parent = SB_BUF_INIT(512), children = SB_BUF_INIT(512);
	int rc;

	sb_buf_addf(&parent, "%s/?id=%lld&fields=id,%s", witness->path, (long long)id,
		    witness->counter);
	sb_buf_addf(&children, "%s/?%s=%lld&limit=1&fields=id", list->kind->path, witness->filter,
		    (long long)id);
	rc = sb_netbox_get(run->netbox, sb_buf_str(&parent), sb_gather_take,
			   sb_gather_expect(got, 0), err);
	if (!rc)
		rc = sb_netbox_get(run->netbox, sb_buf_str(&children), sb_gather_take,
				   sb_gather_expect(got, 1), err);
	return rc ? rc : sb_gather_wait(got, err);
}

/* 1 when the list turned out to be less than there is. What cannot be asked is no proof: NetBox's
 * own rules of uniqueness still stand before a twin. */
static int look(struct sb_run *run, const struct witness *witness, int64_t id, struct sb_error *err)
{
	struct sb_nb_list *list = sb_snapshot_list(run->snap, witness->kind);
	struct sb_gather got;
	int64_t there = 0, shown = 0;
	int rc;

	sb_gather_init(&got, run->http);
	rc = ask(run, witness, id, &got, err);
	if (!rc && (sb_json_int(json_array_get(json_object_get(got.replies[0].data, "results"), 0),
				witness->counter, &there) < 0 ||
		    sb_json_int(got.replies[1].data, "count", &shown) < 0))
		there = shown = 0;
	sb_gather_finish(&got);
	if (rc < 0 || there <= shown)
		return rc;
	list->known = SB_KNOWN_PARTIAL;
	sb_fail(&list->why, SB_E_FORBIDDEN,
		"NetBox counts %lld objects of %s below %s %lld and shows us %lld: what is hidden "
		"could be what would be created; give the token's user view on %s without "
		"constraints",
		(long long)there, list->kind->object_type, witness->field, (long long)id,
		(long long)shown, list->kind->object_type);
	return 1;
}

int sb_hidden_look(struct sb_run *run, struct sb_error *err)
{
	bool learned = false;
	size_t i;

	if (!run->netbox || run->looked_hidden)
		return 0;
	run->looked_hidden = true;
	for (i = 0; i < SB_ARRAY_LEN(witnesses); i++) {
		const struct sb_nb_list *list = sb_snapshot_list(run->snap, witnesses[i].kind);
		int64_t id = 0;
		int rc;

		if (list && list->known == SB_KNOWN_COMPLETE)
			id = parent_of_create(run, &witnesses[i]);
		if (id < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		rc = id ? look(run, &witnesses[i], id, err) : 0;
		if (rc < 0)
			return rc;
		learned = learned || rc;
	}
	return learned;
}

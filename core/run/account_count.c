/* SPDX-License-Identifier: Apache-2.0 */
/* Counting the objects of a plan in the accounts. */
#include "run/account_count.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "run/account.h"
#include "run/overlap.h"

/* An object with several ops counts by the worst state. */
static bool is_worse(enum sb_op_state a, enum sb_op_state b)
{
	static const int rank[] = {
		[SB_OP_ALREADY] = 0, [SB_OP_WAITING] = 1,   [SB_OP_READY] = 1,   [SB_OP_SENT] = 1,
		[SB_OP_DONE] = 1,    [SB_OP_UNSETTLED] = 2, [SB_OP_SKIPPED] = 3, [SB_OP_FAILED] = 4,
	};

	return rank[a] > rank[b];
}

static bool is_leaving(const struct sb_op *op)
{
	return op->verb == SB_DELETE || op->releases;
}

/* Count an object that is deleted or released, in NetBox's terms: one that could not be stays ours.
 * When nothing was written, because NetBox had it so already, it counts as the same, on both sides.
 */
static void count_gone(struct sb_account *account, const struct sb_op *op)
{
	switch (op->state) {
	case SB_OP_FAILED:
	case SB_OP_SKIPPED: account->kept++; break;
	case SB_OP_ALREADY:
		account->seen++;
		account->same++;
		account->matched++;
		break;
	default:
		if (op->verb == SB_DELETE)
			account->deleted++;
		else
			account->released++;
		break;
	}
}

/* The parts that NetBox deletes with the object of a delete: once for each key, since a duplicate
 * has none. taken: keys whose parts were taken before. NULL = none, or out of memory. */
static const json_t *take_parts(const struct sb_run *run, const struct sb_op *op, json_t *taken)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, op->kind->name);
	const json_t *parts = json_object_get(run->diff->cascades, op->key);

	if (!parts || json_object_get(taken, op->key) ||
	    sb_nb_list_has_duplicate(list, op->key, op->target))
		return NULL;
	return json_object_set_new(taken, op->key, json_true()) < 0 ? NULL : parts;
}

static void count_leaving(struct sb_run *run, const struct sb_op *op, json_t *taken)
{
	const json_t *parts, *part;
	size_t i;

	if (op->account >= 0)
		count_gone(sb_account_at(run, op->account), op);
	parts = op->verb == SB_DELETE ? take_parts(run, op, taken) : NULL;
	json_array_foreach (parts, i, part)
		count_gone(sb_account_at(run, (int)json_integer_value(part)), op);
}

/* Returns the term that counts the object; see overlap.h. */
static enum sb_term count_object(struct sb_run *run, const struct sb_op *first,
				 enum sb_op_state worst)
{
	struct sb_account *account = sb_account_at(run, first->account);

	switch (worst) {
	case SB_OP_FAILED: account->failed++; break;
	case SB_OP_SKIPPED: account->skipped++; break;
	case SB_OP_ALREADY: account->same++; break;
	default:
		if (first->verb == SB_CREATE)
			account->created++;
		else
			account->updated++;
		break;
	}
	return sb_term_of(first, worst);
}

static bool has_counted(const struct sb_table *counted, int account, const char *key)
{
	sb_autobuf name = SB_BUF_INIT(2048);

	sb_buf_addf(&name, "%d %s", account, key);
	return !name.failed && sb_table_get(counted, sb_buf_str(&name));
}

/* Note that an op's account has counted its object. 1 = it had before; 0; SB_E_NOMEM. */
static int note_counted(struct sb_table *counted, const struct sb_op *op)
{
	sb_autobuf name = SB_BUF_INIT(2048);

	if (has_counted(counted, op->account, op->key))
		return 1;
	sb_buf_addf(&name, "%d %s", op->account, op->key);
	return name.failed || sb_table_put(counted, sb_buf_str(&name), "") < 0 ? SB_E_NOMEM : 0;
}

/* A dropped op of a stage that does not own the object. */
static int note_overlap(struct sb_run *run, const struct sb_table *counted, const struct sb_op *op)
{
	struct sb_overlap overlap = {.term = SB_TERM_SKIPPED};

	if (!sb_account_at(run, op->account)->fields_only)
		return 0;
	if (has_counted(counted, sb_account_of(run, op->kind, op->key), op->key))
		overlap.key = op->key;
	return sb_overlap_add(run, &overlap, op, SB_TERM_SKIPPED);
}

/* Count the objects whose ops were all dropped. counted: all other objects. */
static int count_dropped(struct sb_run *run, struct sb_table *counted)
{
	const struct sb_plan *dropped = &run->diff->dropped;
	sb_autojson *taken = json_object();
	size_t i;
	int rc;

	for (i = 0; i < dropped->n; i++) {
		const struct sb_op *op = &dropped->ops[i];

		if (is_leaving(op)) {
			count_leaving(run, op, taken);
			continue;
		}
		if (op->account < 0)
			continue;
		rc = note_counted(counted, op);
		if (rc < 0)
			return rc;
		if (rc > 0)
			continue;
		sb_account_at(run, op->account)->skipped++;
		if (note_overlap(run, counted, op) < 0)
			return SB_E_NOMEM;
	}
	return 0;
}

/* Parts that go with their parent, and ops that stages of fields share, have no account. */
static bool is_counted(const struct sb_op *op)
{
	return !is_leaving(op) && op->account >= 0;
}

static int by_object(const void *a, const void *b)
{
	const struct sb_op *x = *(const struct sb_op *const *)a;
	const struct sb_op *y = *(const struct sb_op *const *)b;
	int order = strcmp(x->key, y->key);

	if (!order)
		order = x->account < y->account ? -1 : x->account > y->account;
	return order ? order : x < y ? -1 : x > y; /* plan order */
}

/* Count one object in one account, given its ops in plan order: by its create, else by its first
 * op. */
static enum sb_term count_ops(struct sb_run *run, const struct sb_op **ops, size_t n)
{
	const struct sb_op *first = ops[0];
	enum sb_op_state worst = first->state;
	size_t i;

	for (i = 1; i < n; i++) {
		if (ops[i]->verb == SB_CREATE && first->verb != SB_CREATE)
			first = ops[i];
		if (is_worse(ops[i]->state, worst))
			worst = ops[i]->state;
	}
	return count_object(run, first, worst);
}

/* Count all objects that have ops in the plan. */
static int count_plan(struct sb_run *run)
{
	const struct sb_plan *plan = &run->diff->plan;
	const struct sb_op **ops = calloc(plan->n + 1, sizeof(*ops));
	struct sb_overlap overlap = {0};
	sb_autojson *taken = json_object();
	size_t n = 0, i, end;
	int rc = 0;

	if (!ops)
		return SB_E_NOMEM;
	for (i = 0; i < plan->n; i++) {
		if (is_leaving(&plan->ops[i]))
			count_leaving(run, &plan->ops[i], taken);
		else if (is_counted(&plan->ops[i]))
			ops[n++] = &plan->ops[i];
	}
	qsort(ops, n, sizeof(*ops), by_object);
	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n && sb_streq(ops[end]->key, ops[i]->key) &&
				  ops[end]->account == ops[i]->account;
		     end++)
			;
		rc = rc ? rc
			: sb_overlap_add(run, &overlap, ops[i], count_ops(run, &ops[i], end - i));
	}
	free(ops);
	return rc;
}

/* The account of an op that no stage counts, such as the row of a MAC address. */
static int find_own_account(struct sb_run *run, const struct sb_op *op)
{
	size_t stage = sb_run_find_stage(run, op->stage), i;

	for (i = 0; i < run->diff->n_accounts; i++) {
		const struct sb_account *account = &run->diff->accounts[i];

		if (account->stage == stage && account->kind == op->kind && !account->fields_only)
			return (int)i;
	}
	return sb_account_open(run, stage, op->kind, op->key);
}

/* Does the op write fields of an object that another stage owns? */
static bool is_of_stranger(struct sb_run *run, const struct sb_op *op)
{
	int owner = op->verb == SB_UPDATE && !op->releases && op->kind->flags & SB_KIND_OWNED
			    ? sb_account_of(run, op->kind, op->key)
			    : -1;

	return owner >= 0 && sb_account_at(run, owner)->stage != sb_run_find_stage(run, op->stage);
}

/* Such an op counts as an update of its own stage; several of one object count once. */
static int count_for_stranger(struct sb_run *run, struct sb_op *op, struct sb_table *counted)
{
	int rc;

	op->account = sb_account_fields(run, sb_run_find_stage(run, op->stage), op->kind);
	rc = op->account < 0 ? op->account : note_counted(counted, op);
	if (!rc)
		sb_account_at(run, op->account)->seen++;
	return rc < 0 ? rc : 0;
}

/* The op of an object that its stage counted, such as the update of a primary address: the object
 * counts as updated instead of the same. One that vanished and is kept has no count at the source.
 */
static void count_in_owner(struct sb_run *run, const struct sb_op *op)
{
	struct sb_account *account = sb_account_at(run, op->account);

	if (sb_vanishing_of(run->diff, op->key) || !account->same)
		account->seen++;
	else
		account->same--;
}

/* Count the object of an op without an account: its first op in the plan. */
static int open_own_account(struct sb_run *run, struct sb_op *op)
{
	struct sb_account *account;
	bool is_owned = op->verb == SB_UPDATE && op->kind->flags & SB_KIND_OWNED;

	op->account = is_owned ? sb_account_of(run, op->kind, op->key) : -1;
	if (op->account >= 0) {
		count_in_owner(run, op);
		return 0;
	}
	op->account = find_own_account(run, op);
	if (op->account < 0)
		return SB_E_NOMEM;
	account = sb_account_at(run, op->account);
	if (op->verb == SB_DELETE) {
		account->before++;
		return 0;
	}
	account->seen++;
	if (is_owned) {
		account->before++;
		account->matched++;
	}
	return 0;
}

/* Note the accounts of the objects of a plan by key; of one that it deletes or releases null. */
static int note_accounts(const struct sb_run *run, const struct sb_plan *plan, json_t *known)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		const struct sb_op *op = &plan->ops[i];
		int rc = 0;

		if (op->account < 0 || op->kind->flags & SB_KIND_UNMARKED)
			continue;
		if (run->diff->accounts[op->account].fields_only)
			continue;
		if (!is_leaving(op))
			rc = json_object_set_new(known, op->key, json_integer(op->account));
		else if (!json_object_get(known, op->key))
			rc = json_object_set_new(known, op->key, json_null());
		if (rc < 0)
			return SB_E_NOMEM;
	}
	return 0;
}

static int give_account(struct sb_run *run, struct sb_op *op, json_t *known,
			struct sb_table *counted)
{
	const json_t *account = json_object_get(known, op->key);

	if (op->account >= 0 || (json_is_null(account) && !is_leaving(op)))
		return 0;
	if (is_of_stranger(run, op))
		return count_for_stranger(run, op, counted);
	if (account && !is_leaving(op)) {
		op->account = (int)json_integer_value(account);
		return 0;
	}
	if (open_own_account(run, op) < 0)
		return SB_E_NOMEM;
	if (is_leaving(op))
		return 0;
	return json_object_set_new(known, op->key, json_integer(op->account)) < 0 ? SB_E_NOMEM : 0;
}

/* Everything that is written is counted: an op without an account gets that of its stage for fields
 * of other stages' objects, else that of another op of its object (a temporary name), else one of
 * its own. What is done to an object before it is deleted
 * counts as its delete. */
static int give_accounts(struct sb_run *run)
{
	struct sb_plan *const plans[] = {&run->diff->plan, &run->diff->dropped};
	struct sb_table *counted = sb_table_create();
	sb_autojson *known = json_object();
	size_t i, j;
	int rc = known && counted ? 0 : SB_E_NOMEM;

	for (i = 0; !rc && i < SB_ARRAY_LEN(plans); i++)
		rc = note_accounts(run, plans[i], known);
	for (i = 0; i < SB_ARRAY_LEN(plans); i++)
		for (j = 0; !rc && j < plans[i]->n; j++)
			rc = give_account(run, &plans[i]->ops[j], known, counted);
	sb_table_destroy(counted);
	return rc;
}

int64_t sb_account_planned(const struct sb_run *run)
{
	const struct sb_plan *plan = &run->diff->plan;
	sb_autojson *seen = json_object(), *taken = json_object();
	int64_t n = 0;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		const struct sb_op *op = &plan->ops[i];

		if (op->verb == SB_DELETE)
			n += 1 + (int64_t)json_array_size(take_parts(run, op, taken));
		else if (json_object_set_new(seen, op->key, json_true()) < 0)
			return SB_E_NOMEM;
	}
	return n + (int64_t)json_object_size(seen);
}

int sb_account_finish(struct sb_run *run)
{
	const struct sb_plan *plan = &run->diff->plan;
	struct sb_table *counted;
	int rc = give_accounts(run);
	size_t i;

	if (!rc)
		rc = count_plan(run);
	if (rc < 0 || !run->diff->dropped.n)
		return rc;
	counted = sb_table_create();
	for (i = 0; counted && rc >= 0 && i < plan->n; i++) {
		if (is_counted(&plan->ops[i]))
			rc = note_counted(counted, &plan->ops[i]);
	}
	if (rc >= 0)
		rc = counted ? count_dropped(run, counted) : SB_E_NOMEM;
	sb_table_destroy(counted);
	return rc;
}

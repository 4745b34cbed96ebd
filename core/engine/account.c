/* SPDX-License-Identifier: Apache-2.0 */
/* Counting objects on two sides. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/run.h"

int sb_account_open(struct sb_run *run, size_t stage, const struct sb_kind *kind,
		    const char *prefix)
{
	struct sb_diff *diff = run->diff;
	struct sb_account *accounts;

	accounts = realloc(diff->accounts, (diff->n_accounts + 1) * sizeof(*accounts));
	if (!accounts)
		return SB_E_NOMEM;
	diff->accounts = accounts;
	accounts[diff->n_accounts] = (struct sb_account){.stage = stage, .kind = kind};
	accounts[diff->n_accounts].prefix = strdup(prefix);
	if (!accounts[diff->n_accounts].prefix)
		return SB_E_NOMEM;
	return (int)diff->n_accounts++;
}

struct sb_account *sb_account_at(struct sb_run *run, int i)
{
	return &run->diff->accounts[i];
}

int sb_account_of(struct sb_run *run, const struct sb_kind *kind, const char *key)
{
	size_t i, len, best_len = 0;
	int best = -1;

	for (i = 0; i < run->diff->n_accounts; i++) {
		const struct sb_account *account = &run->diff->accounts[i];

		len = strlen(account->prefix);
		if (account->kind == kind && strncmp(account->prefix, key, len) == 0 &&
		    (best < 0 || len > best_len)) {
			best = (int)i;
			best_len = len;
		}
	}
	return best;
}

/* Of several ops of one object the worst counts. */
static bool is_worse(enum sb_op_state a, enum sb_op_state b)
{
	static const int rank[] = {
		[SB_OP_ALREADY] = 0, [SB_OP_WAITING] = 1,   [SB_OP_READY] = 1,   [SB_OP_SENT] = 1,
		[SB_OP_DONE] = 1,    [SB_OP_UNSETTLED] = 2, [SB_OP_SKIPPED] = 3, [SB_OP_FAILED] = 4,
	};

	return rank[a] > rank[b];
}

static void count_delete(struct sb_run *run, const struct sb_op *op)
{
	bool gone = op->state != SB_OP_FAILED && op->state != SB_OP_SKIPPED;
	const json_t *member;
	size_t i;

	if (op->account >= 0 && gone)
		sb_account_at(run, op->account)->deleted++;
	else if (op->account >= 0)
		sb_account_at(run, op->account)->kept++;
	json_array_foreach (json_object_get(run->diff->cascades, op->key), i, member) {
		struct sb_account *account = sb_account_at(run, (int)json_integer_value(member));

		if (gone)
			account->deleted++;
		else
			account->kept++;
	}
}

static void count_object(struct sb_run *run, const struct sb_op *first, enum sb_op_state worst)
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
}

/* Objects of which no op is left. */
static int count_dropped(struct sb_run *run, json_t *counted)
{
	const struct sb_plan *dropped = &run->diff->dropped;
	size_t i;

	for (i = 0; i < dropped->n; i++) {
		const struct sb_op *op = &dropped->ops[i];

		if (op->verb == SB_DELETE) {
			count_delete(run, op);
			continue;
		}
		if (op->account < 0 || json_object_get(counted, op->key))
			continue;
		sb_account_at(run, op->account)->skipped++;
		if (json_object_set_new(counted, op->key, json_true()) < 0)
			return SB_E_NOMEM;
	}
	return 0;
}

int sb_account_finish(struct sb_run *run)
{
	const struct sb_plan *plan = &run->diff->plan;
	sb_autojson *firsts = json_object();
	size_t i;

	for (i = 0; i < plan->n; i++) {
		const struct sb_op *op = &plan->ops[i];
		json_t *first = json_object_get(firsts, op->key);
		size_t at;

		if (op->verb == SB_DELETE || op->account < 0)
			continue;
		if (!first) {
			json_object_set_new(firsts, op->key,
					    json_pack("[I, i]", (json_int_t)i, (int)op->state));
			continue;
		}
		at = (size_t)json_integer_value(json_array_get(first, 0));
		if (op->verb == SB_CREATE && plan->ops[at].verb != SB_CREATE)
			json_array_set_new(first, 0, json_integer((json_int_t)i));
		if (is_worse(op->state,
			     (enum sb_op_state)json_integer_value(json_array_get(first, 1))))
			json_array_set_new(first, 1, json_integer((int)op->state));
	}
	for (i = 0; i < plan->n; i++) {
		const struct sb_op *op = &plan->ops[i];
		const json_t *first = json_object_get(firsts, op->key);

		if (op->verb == SB_DELETE)
			count_delete(run, op);
		else if (op->account >= 0 &&
			 json_integer_value(json_array_get(first, 0)) == (json_int_t)i)
			count_object(
				run, op,
				(enum sb_op_state)json_integer_value(json_array_get(first, 1)));
	}
	return firsts ? count_dropped(run, firsts) : SB_E_NOMEM;
}

int sb_account_check(const struct sb_account *account, const char *stage, struct sb_error *err)
{
	uint64_t source = account->created + account->updated + account->same + account->skipped +
			  account->failed + account->unknown;
	uint64_t netbox = account->matched + account->deleted + account->kept;

	if (account->seen != source)
		return sb_fail(err, SB_E_STATE,
			       "stage %s: %" PRIu64 " objects of kind %s seen, but %" PRIu64
			       " accounted for",
			       stage, account->seen, account->kind->name, source);
	if (account->before != netbox)
		return sb_fail(err, SB_E_STATE,
			       "stage %s: %" PRIu64
			       " objects of kind %s owned in NetBox, but %" PRIu64 " accounted for",
			       stage, account->before, account->kind->name, netbox);
	return 0;
}

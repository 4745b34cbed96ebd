/* SPDX-License-Identifier: Apache-2.0 */
/* Counting objects at the source and in NetBox. */
#include "run/account.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "run/run.h"

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

/* The account that counts no object of NetBox, of one of the two sorts. */
static int find_or_open(struct sb_run *run, size_t stage, const struct sb_kind *kind,
			bool is_of_actions)
{
	size_t i;
	int opened;

	for (i = 0; i < run->diff->n_accounts; i++) {
		const struct sb_account *account = &run->diff->accounts[i];

		if (account->fields_only && account->stage == stage && account->kind == kind &&
		    account->is_of_actions == is_of_actions)
			return (int)i;
	}
	opened = sb_account_open(run, stage, kind, "");
	if (opened >= 0) {
		run->diff->accounts[opened].fields_only = true;
		run->diff->accounts[opened].is_of_actions = is_of_actions;
	}
	return opened;
}

int sb_account_fields(struct sb_run *run, size_t stage, const struct sb_kind *kind)
{
	return find_or_open(run, stage, kind, false);
}

int sb_account_actions(struct sb_run *run, size_t stage, const struct sb_kind *kind)
{
	return find_or_open(run, stage, kind, true);
}

int sb_account_count_once(struct sb_run *run, int account, const char *key)
{
	sb_autobuf name = SB_BUF_INIT(2048);

	sb_buf_addf(&name, "%d %s", account, key);
	if (name.failed)
		return SB_E_NOMEM;
	if (sb_map_get(run->diff->acted, sb_buf_str(&name), NULL))
		return 0;
	if (sb_map_put(run->diff->acted, sb_buf_str(&name), 0) < 0)
		return SB_E_NOMEM;
	sb_account_at(run, account)->seen++;
	return 1;
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
		if (account->kind == kind && !account->fields_only &&
		    strncmp(account->prefix, key, len) == 0 && (best < 0 || len > best_len)) {
			best = (int)i;
			best_len = len;
		}
	}
	return best;
}

const char *sb_account_stage(struct sb_run *run, int i)
{
	return sb_run_stage_name(run, sb_account_at(run, i)->stage);
}

int sb_account_check(const struct sb_account *account, const char *stage, struct sb_error *err)
{
	uint64_t source = account->created + account->updated + account->same + account->skipped +
			  account->failed + account->unknown;
	uint64_t netbox = account->matched + account->deleted + account->released + account->kept;

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

/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on Proxmox VE that stages plan. */
#include <string.h>

#include "base/abi_table.h"
#include "base/text.h"
#include "base/buf.h"
#include "load/actions.h"
#include "model/key.h"
#include "run/account.h"
#include "run/door.h"
#include "run/run.h"
#include "stagebox/json.h"
#include "stagebox/write.h"

#define ACT_MIN_SIZE (offsetof(struct sb_act, why) + sizeof(void *))

enum { MAX_VALUES = 64 << 10, MAX_KEY = 500 };

/* Returns the account that counts an object of the stage's actions. */
static int find_account(struct sb_stage_run *stage, const char *kind_name, const char *key,
			const struct sb_kind **ret_kind, struct sb_error *err)
{
	const struct sb_kind *kind =
		kind_name ? sb_kinds_find(sb_registry_kinds(stage->run->registry), kind_name)
			  : NULL;
	int account;

	if (!kind || !(kind->flags & SB_KIND_OWNED))
		return sb_fail(err, SB_E_ARG, "kind \"%.64s\" is unknown or shared",
			       kind_name ? kind_name : "");
	if (!key || strlen(key) > MAX_KEY || !sb_text_is_utf8(key) || !sb_key_is_valid(key) ||
	    !sb_door_key(stage->run, key) || strlen(key) < strlen(stage->run->slug) + 2)
		return sb_fail(err, SB_E_ARG, "the key \"%.200s\" is not one of endpoint %s",
			       key ? key : "", stage->run->slug);
	account = sb_account_actions(stage->run, stage->at, kind);
	if (account < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*ret_kind = kind;
	return account;
}

/* Is it an object that can be written down? What is not UTF-8, or contains itself, has no length.
 */
static bool are_values(const json_t *values)
{
	size_t len = values ? json_dumpb(values, NULL, 0, JSON_COMPACT) : 2;

	return !values || (json_is_object(values) && len && len <= MAX_VALUES);
}

/* Count the object at its first action; each action of it has another name. */
static int count_act(struct sb_stage_run *stage, int account, const struct sb_act *act,
		     struct sb_error *err)
{
	struct sb_map *acted = stage->run->diff->acted;
	sb_autobuf name = SB_BUF_INIT(2048), first = SB_BUF_INIT(2048);
	int counted = sb_account_count_once(stage->run, account, act->key);

	sb_buf_addf(&first, "%d %s\x1f", account, act->key);
	sb_buf_addf(&name, "%s%s", sb_buf_str(&first), act->verb);
	if (counted < 0 || name.failed || first.failed)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!counted && !sb_map_get(acted, sb_buf_str(&first), NULL))
		return sb_fail(err, SB_E_ARG, "sb_act: sb_act_not() has counted %.200s", act->key);
	if (sb_map_get(acted, sb_buf_str(&name), NULL))
		return sb_fail(err, SB_E_ARG, "sb_act: %.200s has the action \"%s\" already",
			       act->key, act->verb);
	if (sb_map_put(acted, sb_buf_str(&first), 0) < 0 ||
	    sb_map_put(acted, sb_buf_str(&name), 0) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

int sb_act(struct sb_stage_run *stage, const struct sb_act *theirs, struct sb_error *err)
{
	const struct sb_stage *declared =
		&sb_registry_stage(stage->run->registry, stage->at)->stage;
	const struct sb_kind *kind;
	struct sb_act act;
	struct sb_op *op;
	int account, rc = sb_door_phase(stage, SB_IN_DIFF, "sb_act", err);

	if (rc < 0)
		return rc;
	if (theirs->size < ACT_MIN_SIZE)
		return sb_fail(err, SB_E_ARG,
			       "sb_act: struct sb_act of %zu bytes is too short: set its size",
			       theirs->size);
	sb_abi_copy(&act, sizeof(act), theirs, theirs->size);
	account = find_account(stage, act.kind, act.key, &kind, err);
	if (account < 0)
		return sb_context(err, account, "sb_act");
	if (!act.verb || !sb_stage_acts(declared, kind, act.verb, act.key))
		return sb_fail(err, SB_E_ARG,
			       "sb_act: the stage does not declare the action \"%.64s\" on %.200s",
			       act.verb ? act.verb : "", act.key);
	if (act.why && !sb_text_is_utf8(act.why))
		return sb_fail(err, SB_E_ARG, "sb_act: why is not UTF-8");
	if (!are_values(act.set) || !are_values(act.was))
		return sb_fail(err, SB_E_ARG,
			       "sb_act: \"%s\" of %.200s: set and was must be objects of at most "
			       "%d KiB",
			       act.verb, act.key, MAX_VALUES >> 10);
	rc = count_act(stage, account, &act, err);
	if (rc < 0)
		return rc;
	op = sb_plan_add_action(&stage->run->diff->plan, kind, act.verb, act.key, declared->name,
				act.why, json_deep_copy(act.set), json_deep_copy(act.was));
	if (!op)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	op->account = account;
	return 0;
}

int sb_act_not(struct sb_stage_run *stage, const char *kind_name, const char *key,
	       const struct sb_error *why, struct sb_error *err)
{
	const struct sb_kind *kind;
	int account, rc = sb_door_phase(stage, SB_IN_DIFF, "sb_act_not", err);

	if (rc < 0)
		return rc;
	account = find_account(stage, kind_name, key, &kind, err);
	if (account < 0)
		return sb_context(err, account, "sb_act_not");
	rc = sb_account_count_once(stage->run, account, key);
	if (rc < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		return sb_fail(
			err, SB_E_ARG,
			"sb_act_not: %.200s has an action in this plan, or was counted before",
			key);
	if (why) {
		sb_account_at(stage->run, account)->unknown++;
		sb_run_partial_object(stage->run, stage->at, SB_EFFECT_UNKNOWN, key, why);
	} else {
		sb_account_at(stage->run, account)->same++;
	}
	return 0;
}

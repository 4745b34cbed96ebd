/* SPDX-License-Identifier: Apache-2.0 */
#include "diff/volatile.h"

#include <stdio.h>

#include "diff/refused.h"
#include "diff/want.h"
#include "run/policies.h"
#include "stagebox/json.h"
#include "stagebox/record.h"

/* Days from 1970-01-01 to a date of the Gregorian calendar, whose year is counted from March. */
static int64_t days_since_epoch(int year, int month, int day)
{
	int64_t shifted = month > 2 ? year : year - 1;
	int64_t era = shifted / 400, of_era = shifted % 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* "2026-11-29T05:19:22.123456Z" in unix seconds; 0 = not such a time. */
static int64_t parse_time(const char *text)
{
	int year, month, day, hour, minute, second;

	if (!text || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &year, &month, &day, &hour, &minute,
			    &second) != 6)
		return 0;
	return days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
}

bool sb_volatile_is_due(const struct sb_pass *pass, const json_t *row)
{
	int64_t written_s = parse_time(sb_json_str(row, "last_updated"));
	int64_t refresh_s = pass->reconcile->refresh_s;

	if (!refresh_s)
		sb_json_int(json_object_get(pass->run->conf, "netbox"), "refresh_s", &refresh_s);
	return written_s && refresh_s && pass->run->now_s - written_s >= refresh_s;
}

int sb_volatile_judge(struct sb_pass *pass, const struct sb_kind_field *field,
		      const json_t *current, bool *ret_late)
{
	/* The first value is news. */
	*ret_late = field->traits & SB_TRAIT_VOLATILE && !sb_value_empty(current);
	if (!sb_value_is_truncated(current))
		return 0;
	*ret_late = true;
	return sb_note(sb_run_stage(pass->run, pass->at),
		       "values of the kind %s are left out: the objects of one %s have 64 KiB in "
		       "NetBox",
		       pass->kind->name, pass->kind->parent_field);
}

int sb_volatile_take_unread(struct sb_pass *pass, const struct sb_want *want,
			    const struct sb_kind_field *field, const json_t *current,
			    json_t **ret_values)
{
	enum sb_policy policy = sb_policy_of(pass->run, pass->kind, field);
	json_t *wanted = json_object_get(want->fields, field->name);
	bool late;
	int kept;

	if (policy != SB_POLICY_ALWAYS && policy != SB_POLICY_IF_UNCHANGED)
		return 0;
	kept = sb_refused_value(pass, want->key, field, wanted);
	if (kept)
		return kept < 0 ? kept : 0;
	if (sb_volatile_judge(pass, field, current, &late) < 0)
		return SB_E_NOMEM;
	if (!*ret_values)
		*ret_values = json_object();
	return json_object_set(*ret_values, field->name, wanted) < 0 ? SB_E_NOMEM : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "branch_text.h"

#include "base/branch_step.h"
#include "stagebox/json.h"

/* The words for people, who do not know the steps. */
static const struct {
	const char *step, *state, *advice;
	enum out_color color;
} words[] = {
	{SB_BRANCH_MERGED, "merged", NULL, OUT_GREEN},
	{SB_BRANCH_DELETED, "deleted", NULL, OUT_DIM},
	{SB_BRANCH_OPEN, "open", "review it, then merge it or delete it", OUT_YELLOW},
	{SB_BRANCH_WRITTEN, "not merged yet", "the next sync merges it", OUT_YELLOW},
	{SB_BRANCH_DELETE, "being deleted", "the next sync looks again", OUT_YELLOW},
	{SB_BRANCH_MERGE, "being merged", "the next sync looks again", OUT_YELLOW},
	{SB_BRANCH_MERGING, "being merged", "the next sync looks again", OUT_YELLOW},
	{SB_BRANCH_REVERT, "being reverted", "the next sync looks again", OUT_YELLOW},
	{SB_BRANCH_REVERTING, "being reverted", "the next sync looks again", OUT_YELLOW},
};

static size_t find_words(const char *step)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(words); i++)
		if (step && sb_streq(words[i].step, step))
			break;
	return i;
}

static void print_conflict(struct out *out, const json_t *conflict)
{
	const json_t *fields = json_object_get(conflict, "fields"), *field;
	const char *type = sb_json_str(conflict, "type"), *name = sb_json_str(conflict, "object");
	size_t i;

	out_text(out, "  ! ");
	out_safe(out, type ? type : "object");
	out_text(out, " ");
	out_safe(out, name ? name : "?");
	json_array_foreach (fields, i, field) {
		out_text(out, i ? ", " : ": ");
		out_safe(out, json_is_string(field) ? json_string_value(field) : "?");
	}
	out_text(out, "\n");
}

void branch_text(struct out *out, const json_t *branch)
{
	const json_t *conflicts = json_object_get(branch, "conflicts"), *conflict;
	const char *step = sb_json_str(branch, "state"), *url = sb_json_str(branch, "url");
	size_t at = find_words(step), i;
	bool is_known = at < SB_ARRAY_LEN(words);
	bool is_reverted = json_is_true(json_object_get(branch, "reverted"));
	const char *advice = is_known ? words[at].advice : "the next sync goes on with it";

	if (!json_is_object(branch) || !sb_json_str(branch, "name"))
		return;
	out_text(out, "branch ");
	out_safe(out, sb_json_str(branch, "name"));
	out_text(out, ": ");
	if (is_reverted) {
		out_colored(out, OUT_GREEN, "reverted");
		out_text(out, ", and ");
		advice = "delete it, or merge it again";
	}
	out_colored(out, is_known ? words[at].color : OUT_YELLOW, "%s",
		    is_known ? words[at].state : "not written whole");
	if (json_array_size(conflicts))
		out_text(out, ", %zu conflict%s with main", json_array_size(conflicts),
			 json_array_size(conflicts) == 1 ? "" : "s");
	if (advice)
		out_text(out, ": %s", advice);
	if (advice && url) {
		out_text(out, ": ");
		out_safe(out, url);
	}
	out_text(out, "\n");
	json_array_foreach (conflicts, i, conflict)
		print_conflict(out, conflict);
}

json_t *branch_text_brief(const json_t *branch)
{
	const char *step = sb_json_str(branch, "state");
	size_t at = find_words(step);

	if (!sb_json_str(branch, "name"))
		return json_null();
	return json_sprintf("%s %s", sb_json_str(branch, "name"),
			    at < SB_ARRAY_LEN(words) ? words[at].state : "not written whole");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Selecting stages by resource names. */
#include "load/stages_select.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/guess.h"
#include "load/registry_priv.h"
#include "load/writes.h"

static int fail_unknown(const struct sb_registry *registry, const char *word, struct sb_error *err)
{
	sb_autobuf list = SB_BUF_INIT(300);
	struct sb_guess guess;
	char full[128];
	size_t i;

	sb_guess_start(&guess, word);
	sb_guess_try(&guess, "full");
	for (i = 0; i < registry->n_modules; i++) {
		snprintf(full, sizeof(full), "%s.full", registry->modules[i]->module->name);
		sb_guess_try(&guess, full);
	}
	for (i = 0; i < registry->n_stages; i++) {
		sb_guess_try(&guess, registry->stages[i].resource);
		sb_guess_try(&guess, registry->stages[i].stage.name);
		sb_buf_addf(&list, " %s", registry->stages[i].stage.name);
	}
	if (guess.hint[0])
		return sb_fail(err, SB_E_ARG, "unknown resource \"%.64s\"%s", word, guess.hint);
	return sb_fail(err, SB_E_ARG, "unknown resource \"%.64s\"; use one of: full%s", word,
		       list.failed ? " or a name from `stagebox stages`" : sb_buf_str(&list));
}

/* Does a word name a stage: "zones", "sdn.zones", "sdn.full", in any case? */
static bool names_stage(const char *word, const struct sb_stage_entry *entry)
{
	size_t module = strcspn(entry->stage.name, ".") + 1;

	return !strcasecmp(entry->resource, word) || !strcasecmp(entry->stage.name, word) ||
	       (!strncasecmp(entry->stage.name, word, module) &&
		!strcasecmp(word + module, "full"));
}

static bool select_word(const struct sb_registry *registry, const char *word, bool *selected)
{
	bool is_full = strcasecmp(word, "full") == 0, found = is_full;
	size_t i;

	for (i = 0; i < registry->n_stages; i++) {
		const struct sb_stage_entry *entry = &registry->stages[i];

		if (!is_full && !names_stage(word, entry))
			continue;
		selected[i] = true;
		found = true;
	}
	return found;
}

/* Is another stage the owner of guests of which a stage writes fields? The owner finds out when a
 * VMID names another guest. */
static bool is_about_guests_of(const struct sb_registry *registry, size_t i, size_t other)
{
	const struct sb_write *write;

	for (write = registry->stages[i].stage.writes; write && write->kind; write++) {
		const struct sb_kind *kind = sb_kinds_find(registry->kinds, write->kind);

		if (kind && kind->flags & SB_KIND_BIRTH &&
		    sb_writes_own(&registry->stages[other].stage, kind, write->keys))
			return true;
	}
	return false;
}

static void need_predecessors(const struct sb_registry *registry, size_t i, bool *needed)
{
	const struct sb_stage_entry *entry = &registry->stages[i];
	size_t j;

	for (j = 0; j < entry->n_after; j++)
		needed[entry->after[j]] = true;
	for (j = 0; j < entry->n_after_soft; j++)
		if (is_about_guests_of(registry, i, entry->after_soft[j]))
			needed[entry->after_soft[j]] = true;
}

/* Predecessors precede their successors: one walk from the end finds them all. */
static void find_needed(const struct sb_registry *registry, const bool *selected, bool *needed)
{
	size_t i;

	for (i = 0; i < registry->n_stages; i++)
		needed[i] = selected[i];
	for (i = registry->n_stages; i-- > 0;)
		if (needed[i])
			need_predecessors(registry, i, needed);
}

static bool is_in(const json_t *names, const char *name)
{
	const json_t *word;
	size_t i;

	json_array_foreach (names, i, word)
		if (sb_streq(json_string_value(word), name))
			return true;
	return false;
}

void sb_registry_select_modules(const struct sb_registry *registry, const json_t *modules,
				bool *selected, bool *needed)
{
	size_t i;

	for (i = 0; i < registry->n_stages; i++)
		if (!is_in(modules, registry->stages[i].ctx->module->name))
			selected[i] = false;
	find_needed(registry, selected, needed);
}

int sb_registry_select(const struct sb_registry *registry, const json_t *words, bool *selected,
		       bool *needed, struct sb_error *err)
{
	bool is_all = json_array_size(words) == 0;
	const json_t *word;
	size_t i;

	for (i = 0; i < registry->n_stages; i++)
		selected[i] = is_all;
	json_array_foreach (words, i, word) {
		const char *text = json_string_value(word);

		if (!text)
			return sb_fail(err, SB_E_ARG, "resource %zu is not a string", i);
		if (!select_word(registry, text, selected))
			return fail_unknown(registry, text, err);
	}
	find_needed(registry, selected, needed);
	return 0;
}

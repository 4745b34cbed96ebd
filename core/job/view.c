/* SPDX-License-Identifier: Apache-2.0 */
#include "job/view.h"

#include <stdlib.h>
#include <string.h>

#include "job/target.h"
#include "model/view_document.h"
#include "run/callback.h"
#include "run/door.h"
#include "run/fetch.h"
#include "stagebox/json.h"

static struct sb_stage_run *stage_of_view(struct sb_run *run)
{
	return &run->stages[sb_registry_n_stages(run->registry) - 1];
}

void sb_view_begin(struct sb_run *run, const json_t *task)
{
	struct sb_stage_run *stage = stage_of_view(run);

	run->view_word = sb_json_str(json_object_get(task, "view"), "word");
	stage->selected = stage->needed = true;
	if (!sb_registry_stage(run->registry, stage->at)->stage.reads)
		sb_fail(&run->netbox_why, SB_E_STATE, "the view reads nothing of NetBox");
}

/* The answer of a view, while it is made. */
struct answer {
	struct sb_stage_run *stage;
	json_t *document;
	struct sb_error unknown; /* the first by its text that is unknown; code 0 = nothing */
	int rc;                  /* SB_E_NOMEM, or 0 */
};

static void note_unknown(struct answer *answer, const struct sb_error *why)
{
	if (!answer->unknown.code || strcmp(why->text, answer->unknown.text) < 0)
		answer->unknown = *why;
	if (sb_view_document_note(answer->document, why->text) < 0)
		answer->rc = SB_E_NOMEM;
}

/* Note what the view declared unknown of a collection. A limit is a note alone. */
static void note_source(struct answer *answer, const struct sb_source *source)
{
	size_t i;

	for (i = 0; i < sb_table_count(source->unknown); i++) {
		const char *prefix = sb_table_key_at(source->unknown, i);
		const char *text = sb_table_text_at(source->unknown, i);
		struct sb_error why = SB_ERROR_INIT;

		sb_reason_get(text, &why);
		if (*prefix)
			sb_context(&why, why.code, "%s", prefix);
		if (!sb_reason_is_limit(text))
			note_unknown(answer, &why);
		else if (sb_view_document_note(answer->document, why.text) < 0)
			answer->rc = SB_E_NOMEM;
	}
}

static void note_netbox(struct answer *answer)
{
	const struct sb_stage_run *stage = answer->stage;
	const struct sb_read *read =
		sb_registry_stage(stage->run->registry, stage->at)->stage.reads;
	size_t i;

	for (i = 0; read && read[i].kind; i++) {
		struct sb_error why = SB_ERROR_INIT;

		if (sb_nb_state(stage, i, &why) != SB_ROWS_COMPLETE)
			note_unknown(answer, &why);
	}
}

static int compare_notes(const void *a, const void *b)
{
	return strcmp(json_string_value(*(json_t *const *)a),
		      json_string_value(*(json_t *const *)b));
}

/* Sort the notes behind those of the module: sources are in the order in which answers came. */
static void sort_notes(struct answer *answer, size_t from)
{
	json_t *notes = json_object_get(answer->document, "notes");
	size_t n = json_array_size(notes) - from, i;
	sb_autofree json_t **sorted = calloc(n + 1, sizeof(json_t *));

	if (!sorted) {
		answer->rc = SB_E_NOMEM;
		return;
	}
	for (i = 0; i < n; i++)
		sorted[i] = json_incref(json_array_get(notes, from + i));
	qsort(sorted, n, sizeof(json_t *), compare_notes);
	for (i = 0; i < n; i++)
		json_array_set_new(notes, from + i, sorted[i]);
}

/* Add what core knows to be unknown, to a document that is well formed. */
static void add_notes(struct answer *answer)
{
	struct sb_run *run = answer->stage->run;
	size_t n_of_module = json_array_size(json_object_get(answer->document, "notes")), i;

	for (i = 0; i < run->snap->n_sources; i++)
		note_source(answer, &run->snap->sources[i]);
	note_netbox(answer);
	sort_notes(answer, n_of_module);
}

/* Core's own notes are made in the phase of show, which sb_nb_state() asks for. */
static int call_show(struct answer *answer, const struct sb_view *view, struct sb_error *err)
{
	int rc;

	sb_callback_begin(answer->stage, SB_PHASE_SHOW);
	rc = view->show(answer->stage, answer->document, view->arg, err);
	if (!rc && sb_view_document_check(answer->document, err) < 0)
		rc = sb_context(err, err->code, "the document of show");
	if (rc == SB_E_NOTFOUND)
		json_object_clear(answer->document);
	if (!rc || rc == SB_E_NOTFOUND)
		add_notes(answer);
	sb_callback_end(answer->stage);
	return rc;
}

/* The hint names an object of nearly this name. */
static int report_missing(const struct answer *answer, json_t **ret_event, struct sb_error *err)
{
	struct sb_run *run = answer->stage->run;
	sb_autofree char *hint = NULL;
	sb_autojson *keys = NULL;
	int rc;

	if (answer->unknown.code)
		return sb_fail(err, SB_E_STATE, "whether it has \"%.100s\" is unknown: %s",
			       run->view_word, answer->unknown.text);
	rc = sb_target_find(run, run->view_word, &keys, &hint, err);
	if (!rc)
		*ret_event = json_pack("{s:s, s:s}", "ev", "view", "hint", hint);
	return rc;
}

int sb_view_answer(struct sb_run *run, const struct sb_view_entry *view, json_t **ret_event,
		   bool *ret_is_partial, struct sb_error *err)
{
	struct sb_stage_run *stage = stage_of_view(run);
	sb_autojson *document = json_object();
	struct answer answer = {.stage = stage, .document = document};
	struct sb_error why = SB_ERROR_INIT;
	int rc = sb_fetch(run, 0, err);

	if (rc < 0)
		return rc;
	if (stage->status < SB_STAGE_FAILED)
		rc = call_show(&answer, &view->view, &why);
	if (rc != SB_E_NOTFOUND && sb_door_result(rc, "show", &why) < 0)
		sb_run_fail_stage(run, stage->at, &why);
	if (answer.rc < 0)
		return sb_fail(err, answer.rc, "out of memory");
	if (stage->status >= SB_STAGE_FAILED) {
		*err = stage->why;
		return sb_context(err, err->code, "view %s", view->view.name);
	}
	*ret_is_partial = answer.unknown.code != 0;
	if (rc == SB_E_NOTFOUND)
		return report_missing(&answer, ret_event, err);
	*ret_event = json_pack("{s:s, s:O}", "ev", "view", "document", document);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and numbers of stages: those of fetch, and those of the last diff pass. */
#include "run/notes.h"

#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "run/door.h"
#include "stagebox/json.h"
#include "stagebox/record.h"

enum { MAX_LINES = 50, MAX_NUMBERS = 50, LINE_BYTES = 500, NAME_CHARS = 63 };

/* {"lines": {"<text>": true}, "numbers": {"<name>": n}, "more": n} of the stage, made at the first;
 * NULL when out of memory. */
static json_t *open_notes(struct sb_stage_run *stage)
{
	struct sb_run *run = stage->run;
	json_t **all = run->in_pass && run->diff ? &run->diff->notes : &run->notes, *notes;
	const char *name = sb_run_stage_name(run, stage->at);

	if (!*all)
		*all = json_object();
	notes = json_object_get(*all, name);
	if (notes)
		return notes;
	notes = json_pack("{s:{}, s:{}, s:i}", "lines", "numbers", "more", 0);
	return json_object_set_new(*all, name, notes) < 0 ? NULL : notes;
}

/* Of too many lines the first ones in the order of their texts are kept, whatever the order of the
 * answers. */
static int drop_last_line(json_t *notes, json_t *lines)
{
	const char *text, *last = "";
	json_t *value;

	json_object_foreach (lines, text, value)
		if (strcmp(text, last) > 0)
			last = text;
	json_object_del(lines, last);
	return json_object_set_new(
		notes, "more",
		json_integer(json_integer_value(json_object_get(notes, "more")) + 1));
}

int sb_note(struct sb_stage_run *stage, const char *fmt, ...)
{
	sb_autobuf text = SB_BUF_INIT(4096), clean = SB_BUF_INIT(SIZE_MAX / 2);
	json_t *notes = open_notes(stage), *lines = json_object_get(notes, "lines");
	sb_autojson *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&text, fmt, ap);
	va_end(ap);
	sb_text_add_clean(&clean, sb_buf_str(&text), '?'); /* "%.60s" may cut a character */
	line = text.failed || clean.failed ? NULL : sb_json_text(sb_buf_str(&clean), LINE_BYTES);
	if (!line || !lines || json_object_set_new(lines, json_string_value(line), json_true()) < 0)
		return SB_E_NOMEM;
	return json_object_size(lines) > MAX_LINES && drop_last_line(notes, lines) < 0 ? SB_E_NOMEM
										       : 0;
}

static bool is_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return len && len <= NAME_CHARS && !name[len];
}

int sb_count(struct sb_stage_run *stage, const char *name, int64_t number)
{
	json_t *notes = open_notes(stage), *numbers = json_object_get(notes, "numbers");

	if (!is_name(name) ||
	    (json_object_size(numbers) >= MAX_NUMBERS && !json_object_get(numbers, name)))
		return SB_E_ARG;
	return json_object_set_new(numbers, name, json_integer(number)) < 0 ? SB_E_NOMEM : 0;
}

int sb_stage_absent(struct sb_stage_run *stage, const char *why)
{
	int rc = sb_door_phase(stage, SB_IN_FETCH, "sb_stage_absent", NULL);

	if (rc < 0)
		return rc;
	if (stage->status >= SB_STAGE_FAILED)
		return 0; /* a failure counts more */
	stage->status = SB_STAGE_SKIPPED;
	stage->is_absent = true;
	stage->is_left_out = false;
	stage->why = (struct sb_error)SB_ERROR_INIT;
	sb_fail(&stage->why, SB_E_UNSUPPORTED, "%s", why);
	return 0;
}

/* Add the notes of one phase to lists of the entry. */
static int add_phase(const json_t *notes, json_t *lines, json_t *numbers, json_int_t *more)
{
	*more += json_integer_value(json_object_get(notes, "more"));
	if (!notes)
		return 0;
	return json_object_update(lines, json_object_get(notes, "lines")) < 0 ||
			       json_object_update(numbers, json_object_get(notes, "numbers")) < 0
		       ? SB_E_NOMEM
		       : 0;
}

/* The texts of an object in their order. New reference. */
static json_t *sorted_texts(const json_t *lines)
{
	json_t *list = json_array(), *value;
	const char *text;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)lines, text, value) {
		for (i = json_array_size(list); i > 0; i--)
			if (strcmp(json_string_value(json_array_get(list, i - 1)), text) < 0)
				break;
		if (json_array_insert_new(list, i, json_string(text)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

int sb_notes_describe(const struct sb_run *run, size_t stage, json_t *entry)
{
	const char *name = sb_run_stage_name(run, stage);
	sb_autojson *lines = json_object(), *numbers = json_object();
	const json_t *of_diff = run->diff ? json_object_get(run->diff->notes, name) : NULL;
	json_int_t more = 0;

	if (!lines || !numbers ||
	    add_phase(json_object_get(run->notes, name), lines, numbers, &more) < 0 ||
	    add_phase(of_diff, lines, numbers, &more) < 0)
		return SB_E_NOMEM;
	if (json_object_size(lines) && json_object_set_new(entry, "notes", sorted_texts(lines)) < 0)
		return SB_E_NOMEM;
	if (more && json_object_set_new(entry, "notes_more", json_integer(more)) < 0)
		return SB_E_NOMEM;
	return json_object_size(numbers) && json_object_set(entry, "numbers", numbers) < 0
		       ? SB_E_NOMEM
		       : 0;
}

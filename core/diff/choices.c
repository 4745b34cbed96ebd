/* SPDX-License-Identifier: Apache-2.0 */
/* The choices that NetBox offers, by OPTIONS. */
#include "diff/choices.h"

#include <stdio.h>
#include <stdlib.h>

#include "run/question.h"
#include "stagebox/json.h"

struct asked {
	struct sb_run *run;
	const struct sb_kind *kind;
	size_t *open;
};

int sb_choice_offered(struct sb_run *run, const struct sb_kind *kind, const char *field,
		      const char *value, const char *key)
{
	const json_t *fields = json_object_get(run->snap->choices, kind->name);
	const json_t *list = json_object_get(fields, field);

	if (!run->netbox)
		return 1;
	if (!fields)
		return sb_question_add(run, SB_ASK_CHOICES, kind, "", key) < 0 ? SB_E_NOMEM : 1;
	return !list || json_object_get(list, value);
}

void sb_choice_describe(const char *field, const char *value, char *ret_text, size_t room)
{
	snprintf(ret_text, room,
		 "NetBox does not offer the %s \"%s\": add it to FIELD_CHOICES in NetBox's "
		 "configuration",
		 field, value);
}

/* {"status": {"active": true, ...}} of the fields that OPTIONS describes. New reference. */
static json_t *choices_of(const struct sb_kind *kind, const json_t *data)
{
	const json_t *actions = json_object_get(data, "actions"), *choice;
	const json_t *fields = json_object_get(actions, "POST");
	json_t *offered = json_object(), *values;
	const struct sb_kind_field *field;
	size_t i;

	if (!fields)
		fields = json_object_get(actions, "PUT");
	for (field = kind->fields; field->name; field++) {
		const json_t *list =
			json_object_get(json_object_get(fields, field->name), "choices");

		if (field->type != SB_FIELD_CHOICE || !json_array_size(list))
			continue;
		values = json_object();
		json_array_foreach (list, i, choice)
			if (sb_json_str(choice, "value"))
				json_object_set_new(values, sb_json_str(choice, "value"),
						    json_true());
		json_object_set_new(offered, field->name, values);
	}
	return offered;
}

/* Without an answer the choices are not known, and NetBox decides about each value. */
static void take_options(void *arg, const json_t *data, const struct sb_error *why)
{
	struct asked *asked = arg;

	(void)why;
	if (data && json_object_set_new(asked->run->snap->choices, asked->kind->name,
					choices_of(asked->kind, data)) < 0)
		asked->run->failed_rc = SB_E_NOMEM;
	(*asked->open)--;
	free(asked);
}

int sb_choices_ask(struct sb_run *run, const struct sb_kind *kind, size_t *open,
		   struct sb_error *err)
{
	struct asked *asked;
	char path[200];
	int rc;

	if (!run->snap->choices)
		run->snap->choices = json_object();
	if (json_object_get(run->snap->choices, kind->name))
		return 0;
	json_object_set_new(run->snap->choices, kind->name, json_object());
	asked = calloc(1, sizeof(*asked));
	if (!asked)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*asked = (struct asked){.run = run, .kind = kind, .open = open};
	(*open)++;
	snprintf(path, sizeof(path), "%s/", kind->path);
	rc = sb_netbox_options(run->netbox, path, take_options, asked, err);
	if (rc < 0) {
		(*open)--;
		free(asked);
	}
	return rc;
}

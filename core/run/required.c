/* SPDX-License-Identifier: Apache-2.0 */
/* Custom fields that people require in NetBox, with their defaults. */
#include "run/required.h"

#include <stdlib.h>

#include "stagebox/json.h"

static void take_field(void *arg, json_t *row)
{
	struct sb_run *run = arg;
	const char *name = sb_json_str(row, "name");
	json_t *dflt = json_object_get(row, "default"), *fields;
	const json_t *type;
	size_t i;

	/* NetBox ignores a filter that it does not know. */
	if (!name || sb_starts_with(name, "stagebox_") ||
	    !json_is_true(json_object_get(row, "required")))
		return;
	json_array_foreach (json_object_get(row, "object_types"), i, type) {
		const char *object_type = json_string_value(type);

		if (!object_type)
			continue;
		fields = json_object_get(run->snap->required, object_type);
		if (!fields) {
			fields = json_object();
			json_object_set_new(run->snap->required, object_type, fields);
		}
		if (json_object_set_new(fields, name, dflt ? json_incref(dflt) : json_null()) < 0)
			run->failed_rc = SB_E_NOMEM;
	}
}

static void begin_again(void *arg)
{
	struct sb_run *run = arg;

	json_object_clear(run->snap->required);
}

static void finish_list(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct sb_run *run = arg;

	(void)state;
	(void)why;
	run->reads_open--;
}

int sb_required_read(struct sb_run *run, struct sb_error *err)
{
	int rc;

	json_decref(run->snap->required);
	run->snap->required = json_object();
	rc = sb_netbox_list(run->netbox, "extras/custom-fields", "required=true",
			    "id,name,required,default,object_types", take_field, begin_again,
			    finish_list, run, err);
	if (!rc)
		run->reads_open++;
	return rc;
}

const json_t *sb_required_fields(const struct sb_run *run, const struct sb_kind *kind)
{
	return json_object_get(run->snap->required, kind->object_type);
}

json_t *sb_required_defaults(const struct sb_run *run, const struct sb_kind *kind,
			     const json_t *custom, const char **ret_missing)
{
	json_t *defaults = NULL, *dflt;
	const char *name;

	*ret_missing = NULL;
	json_object_foreach ((json_t *)(uintptr_t)sb_required_fields(run, kind), name, dflt) {
		if (custom && !sb_value_empty(json_object_get(custom, name)))
			continue;
		if (sb_value_empty(dflt)) {
			*ret_missing = name;
			continue;
		}
		if (!defaults)
			defaults = json_object();
		json_object_set(defaults, name, dflt);
	}
	return defaults;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Values in the notation of Python, as NetBox quotes them in errors. */
#include "netbox/call.h"

#include "base/buf.h"

void nb_python_repr(struct sb_buf *out, const json_t *value)
{
	const char *key, *comma = "";
	json_t *item;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		sb_buf_add(out, "{");
		json_object_foreach ((json_t *)(uintptr_t)value, key, item) {
			sb_buf_addf(out, "%s'%s': ", comma, key);
			nb_python_repr(out, item);
			comma = ", ";
		}
		sb_buf_add(out, "}");
		break;
	case JSON_ARRAY:
		sb_buf_add(out, "[");
		json_array_foreach (value, i, item) {
			sb_buf_add(out, comma);
			nb_python_repr(out, item);
			comma = ", ";
		}
		sb_buf_add(out, "]");
		break;
	case JSON_STRING: sb_buf_addf(out, "'%s'", json_string_value(value)); break;
	case JSON_TRUE: sb_buf_add(out, "True"); break;
	case JSON_FALSE: sb_buf_add(out, "False"); break;
	case JSON_NULL: sb_buf_add(out, "None"); break;
	default: sb_buf_add_json(out, value); break;
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/apart.h"

#include <stdio.h>

#include "stagebox/json.h"

json_t *sb_apart_note(const struct sb_apart_plugins *plugins, bool is_kept)
{
	return json_pack("{s:s, s:s, s:s, s:b}", "netbox", plugins->instance, "objects",
			 plugins->objects, "branching", plugins->branching, "apart", is_kept);
}

static bool is_word(const json_t *note, const char *name)
{
	const char *text = sb_json_str(note, name);
	size_t i;

	for (i = 0; text && text[i]; i++)
		if (i >= 64 || text[i] <= ' ' || text[i] > '~')
			return false;
	return text && *text;
}

bool sb_apart_is_note(const json_t *note)
{
	return json_object_size(note) == 4 && is_word(note, "netbox") && is_word(note, "objects") &&
	       is_word(note, "branching") && json_is_boolean(json_object_get(note, "apart"));
}

static bool has_text(const json_t *note, const char *name, const char *value)
{
	return value && sb_streq(sb_json_str(note, name), value);
}

enum sb_apart sb_apart_read(const json_t *note, const struct sb_apart_plugins *plugins)
{
	if (!sb_apart_is_note(note) || !has_text(note, "netbox", plugins->instance) ||
	    !has_text(note, "objects", plugins->objects) ||
	    !has_text(note, "branching", plugins->branching))
		return SB_APART_UNTRIED;
	return json_is_true(json_object_get(note, "apart")) ? SB_APART_KEPT : SB_APART_MIXED;
}

const char *sb_apart_why(enum sb_apart state, const struct sb_apart_plugins *plugins,
			 char *ret_text, size_t room)
{
	snprintf(ret_text, room,
		 state == SB_APART_MIXED
			 ? "netbox-custom-objects %.32s with netbox-branching %.32s writes the "
			   "custom objects of a branch to main"
			 : "nobody has tried whether netbox-custom-objects %.32s keeps objects "
			   "apart "
			   "in branches of netbox-branching %.32s",
		 plugins->objects, plugins->branching);
	return ret_text;
}

const char *sb_apart_fix(enum sb_apart state)
{
	return state == SB_APART_MIXED
		       ? "correct or upgrade the plugins and run `stagebox bootstrap --branch "
			 "required`, which tries it again, or set branching.mode of the module to "
			 "\"off\""
		       : "run `stagebox bootstrap --branch required`, which tries it";
}

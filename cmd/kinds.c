/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox kinds: the types of NetBox objects, their fields and policies, without using the
 * network. */
#include "cmd.h"

#include "base/exit.h"
#include "base/guess.h"
#include "load/look.h"
#include "stagebox/json.h"

struct word {
	const char *name, *means;
};

static const struct word ownerships[] = {
	{"owned", "belongs to one endpoint by its stagebox_key; deleted by the rules of prune"},
	{"shared", "found by its natural key and never deleted; what people made is used as it is"},
	{"child", "part of the object in its parent field; deleted as soon as it vanishes"},
	{NULL, NULL},
};

static const struct word kind_traits[] = {
	{"birth", "carries an instance id, which detects that a VMID was reused"},
	{"unmarked", "has no stagebox_key: it is found by its id only"},
	{"serial", "NetBox creates such objects under one lock: one request at a time"},
	{"detachable", "can exist alone, but NetBox deletes it with the object it is assigned to"},
	{"endpoint", "an endpoint is one such object"},
	{"host", "may be adopted by its host name and one more piece of evidence"},
	{NULL, NULL},
};

static const struct word field_traits[] = {
	{"needed", "NetBox needs it to create an object"},
	{"title", "the name by which people know the object"},
	{"tree", "the parent within the kind, which NetBox deletes last"},
	{"witness", "a part with another key and this value is the same part"},
	{"state", "whether the object is in use; not created while it is unknown"},
	{"place", "its site, within which names are unique"},
	{"home", "its cluster, within which numbers and names of the source are unique"},
	{"hardware", "equal values hint at the same object"},
	{"primary", "a part of this object, which NetBox keeps while it is referred to"},
	{"tied", "cleared when an adopted object is given back"},
	{"note", "text for people: what they wrote is lost when the object is deleted"},
	{"occupied", "something of people is connected to the object"},
	{"evidence", "beside the name it shows that a candidate for adoption is the same object"},
	{"number", "the number by which the source knows a shared object"},
	{"slug", "changes with the title"},
	{"volatile", "changes by itself: written only with another change or after netbox.refresh"},
	{"unread", "long: not read from NetBox, and written with each other change"},
	{NULL, NULL},
};

static const char *meaning_of(const struct word *words, const char *name)
{
	for (; name && words->name; words++)
		if (sb_streq(words->name, name))
			return words->means;
	return "";
}

static void print_line(struct out *out, const char *title, const json_t *value, const char *more)
{
	json_t *item;
	size_t i;

	out_text(out, "%-12s ", title);
	if (json_is_array(value)) {
		json_array_foreach (value, i, item) {
			out_text(out, "%s", i ? ", " : "");
			out_value(out, item);
		}
	} else {
		out_value(out, value);
	}
	out_text(out, "%s%s\n", *more ? ": " : "", more);
}

static void print_traits(struct out *out, const struct word *words, const char *field,
			 const json_t *traits)
{
	json_t *trait;
	size_t i;

	json_array_foreach (traits, i, trait) {
		out_text(out, "  ");
		if (field) {
			out_safe(out, field);
			out_text(out, ", ");
		}
		out_value(out, trait);
		out_text(out, ": %s\n", meaning_of(words, json_string_value(trait)));
	}
}

static bool has_traits(const json_t *kind)
{
	json_t *field;
	size_t i;

	json_array_foreach (json_object_get(kind, "fields"), i, field)
		if (json_array_size(json_object_get(field, "traits")))
			return true;
	return json_array_size(json_object_get(kind, "traits")) > 0;
}

static void print_kind(struct out *out, const json_t *kind)
{
	static const struct out_column fields[] = {
		{.title = "FIELD", .member = "field"},
		{.title = "TYPE", .member = "type"},
		{.title = "OF", .member = "kind", .is_optional = true},
		{.title = "CHARACTERS",
		 .member = "max_chars",
		 .is_number = true,
		 .is_optional = true,
		 .brief = "CHARS"},
		{.title = "DEFAULT", .member = "default"},
		{.title = "POLICY", .member = "policy"},
		{.title = "JOURNAL", .member = "journal", .is_optional = true},
		{.title = "STAGES", .member = "stages", .is_optional = true},
		{0},
	};
	static const struct out_column custom[] = {
		{.title = "CUSTOM FIELD", .member = "name"},
		{.title = "TYPE", .member = "type"},
		{.title = "LABEL", .member = "label"},
		{.title = "DESCRIPTION", .member = "description"},
		{0},
	};
	json_t *field;
	size_t i;

	print_line(out, "kind", json_object_get(kind, "kind"), "");
	print_line(out, "path", json_object_get(kind, "path"), "");
	print_line(out, "type", json_object_get(kind, "type"), "");
	print_line(out, "natural key", json_object_get(kind, "natural"), "");
	print_line(out, "ownership", json_object_get(kind, "ownership"),
		   meaning_of(ownerships, sb_json_str(kind, "ownership")));
	if (json_object_get(kind, "parent"))
		print_line(out, "parent", json_object_get(kind, "parent"), "");
	if (json_object_get(kind, "home"))
		print_line(out, "home", json_object_get(kind, "home"),
			   "custom objects or a custom field of its parent, because NetBox has no "
			   "model for the kind");
	print_line(out, "module", json_object_get(kind, "module"), "");
	print_line(out, "stages", json_object_get(kind, "stages"), "");
	out_text(out, "\n");
	out_table(out, fields, json_object_get(kind, "fields"));
	if (json_array_size(json_object_get(kind, "custom_fields"))) {
		out_text(out, "\n");
		out_table(out, custom, json_object_get(kind, "custom_fields"));
	}
	if (!has_traits(kind))
		return;
	out_text(out, "\ntraits\n");
	print_traits(out, kind_traits, NULL, json_object_get(kind, "traits"));
	json_array_foreach (json_object_get(kind, "fields"), i, field)
		print_traits(out, field_traits, sb_json_str(field, "field"),
			     json_object_get(field, "traits"));
}

static int find_kind(const json_t *kinds, const char *name, const json_t **ret_kind,
		     struct sb_error *err)
{
	struct sb_guess guess;
	json_t *kind;
	size_t i;

	sb_guess_start(&guess, name);
	json_array_foreach (kinds, i, kind) {
		const char *have = sb_json_str(kind, "kind");

		if (have && sb_streq(have, name)) {
			*ret_kind = kind;
			return 0;
		}
		sb_guess_try(&guess, have ? have : "");
	}
	return sb_fail(err, SB_E_ARG,
		       "the loaded modules have no kind \"%.60s\"%s: `stagebox kinds` lists them",
		       name, guess.hint);
}

static int run_kinds(struct cmd *cmd)
{
	static const struct out_column columns[] = {
		{.title = "KIND", .member = "kind"},
		{.title = "OWNERSHIP", .member = "ownership"},
		{.title = "PATH", .member = "path"},
		{.title = "NATURAL KEY", .member = "natural"},
		{.title = "MODULE", .member = "module"},
		{.title = "STAGES", .member = "stages", .is_optional = true},
		{0},
	};
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *conf = NULL, *kinds = NULL;
	const json_t *kind = NULL;
	int rc;

	rc = cmd_conf(cmd, &conf, &err);
	if (!rc)
		rc = sb_look_kinds(conf, &kinds, &err);
	if (!rc && cmd->argc)
		rc = find_kind(kinds, cmd->argv[0], &kind, &err);
	if (rc < 0)
		return cmd_fail(cmd, &err);
	if (kind)
		out_document(&cmd->out, kind, print_kind);
	else
		out_table(&cmd->out, columns, kinds);
	return SB_EXIT_OK;
}

const struct cmd_entry cmd_kinds = {
	.name = "kinds",
	.args = "[KIND]",
	.summary = "list the kinds of NetBox objects, or the fields and policies of one",
	.about =
		"A kind is a type of NetBox objects that stagebox reads or writes; core defines "
		"most of them, modules may add some. Of one kind it prints the fields with their "
		"types, the default policy of each and the one that the configuration gives it, "
		"the custom fields, and the stages that write them. Loads the modules and contacts "
		"no server.",
	.max_args = 1,
	.examples = "stagebox kinds\n"
		    "stagebox kinds vm\n",
	.run = run_kinds,
};

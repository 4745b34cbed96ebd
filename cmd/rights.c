/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox rights: print the least rights of a token, as commands that grant them. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "base/list.h"
#include "conf/conf.h"
#include "conf/conf_branching.h"
#include "doctor/rights.h"
#include "load/look.h"
#include "stagebox/json.h"

enum { OLDEST_PVE = 8, NEWEST_PVE = 9 };

#define NEWEST_NETBOX "4.7"

/* Print the texts of a list, separated. */
static void print_texts(struct out *out, const json_t *list, const char *separator)
{
	const json_t *text;
	size_t i;

	json_array_foreach (list, i, text)
		out_text(out, "%s%s", i ? separator : "", json_string_value(text));
}

static void print_role(struct out *out, const json_t *privileges, const char *role, bool optional)
{
	const json_t *entry;
	size_t i, n = 0;

	out_text(out, "pveum role add %s --privs \"", role);
	json_array_foreach (privileges, i, entry)
		if (sb_json_bool(entry, "optional", false) == optional)
			out_text(out, "%s%s", n++ ? " " : "", sb_json_str(entry, "privilege"));
	out_text(out, "\"\n");
}

static bool has_optional(const json_t *privileges)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (privileges, i, entry)
		if (sb_json_bool(entry, "optional", false))
			return true;
	return false;
}

static void print_privileges(struct out *out, const json_t *privileges)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (privileges, i, entry) {
		out_text(out, "#   %-20s ", sb_json_str(entry, "privilege"));
		print_texts(out, json_object_get(entry, "modules"), ", ");
		out_text(out, ": ");
		print_texts(out, json_object_get(entry, "uses"), ", ");
		out_text(out, "\n");
	}
}

/* The role is granted on "/" because a role on a deeper path would replace it there. */
static void print_pve(struct out *out, const json_t *rights)
{
	const json_t *privileges = json_object_get(rights, "privileges");

	out_text(out, "# Proxmox VE %lld: run on one node of the cluster, as root.\n",
		 (long long)json_integer_value(json_object_get(rights, "version")));
	print_privileges(out, privileges);
	out_text(out, "pveum user add stagebox@pve --comment \"stagebox reads for NetBox\"\n");
	print_role(out, privileges, "Stagebox", false);
	out_text(out, "pveum acl modify / --users stagebox@pve --roles Stagebox\n");
	if (has_optional(privileges)) {
		out_text(out,
			 "# Optional, because it permits more than reading; without it stagebox "
			 "reads less.\n");
		print_role(out, privileges, "StageboxAgent", true);
		out_text(out, "pveum acl modify / --users stagebox@pve --roles StageboxAgent\n");
	}
	out_text(out, "# Prints the value of the token once; the credential is "
		      "stagebox@pve!sync=VALUE\n"
		      "pveum user token add stagebox@pve sync --privsep 0\n");
}

static void print_pves(struct out *out, const json_t *doc)
{
	const json_t *rights, *why;
	const char *slug;
	size_t i;

	json_object_foreach (json_object_get(doc, "not_met"), slug, why) {
		out_text(out, "# %s: ", slug);
		out_safe(out, json_string_value(why));
		out_text(out, "\n");
	}
	json_array_foreach (json_object_get(doc, "pve"), i, rights) {
		if (i)
			out_text(out, "\n");
		print_pve(out, rights);
	}
}

/* The types that bootstrap makes have object types of their own, which nobody knows before. */
static void print_plugin(struct out *out, const json_t *permission)
{
	const char *type =
		json_string_value(json_array_get(json_object_get(permission, "object_types"), 0));

	if (type && sb_starts_with(type, "netbox_branching."))
		out_text(out, "# Only for a NetBox with the plugin netbox-branching.\n");
	if (type && sb_starts_with(type, "netbox_custom_objects."))
		out_text(out, "# Only for a NetBox with the plugin netbox-custom-objects, where "
			      "`stagebox bootstrap` ends with the\n"
			      "# rights on the objects of the types that it has made.\n");
}

static void print_permission(struct out *out, const json_t *permission)
{
	print_plugin(out, permission);
	out_text(out, "call permissions >/dev/null <<END\n{\"name\": \"%s\", \"users\": [$user],\n",
		 sb_json_str(permission, "name"));
	out_text(out, " \"actions\": [\"");
	print_texts(out, json_object_get(permission, "actions"), "\", \"");
	out_text(out, "\"],\n \"object_types\": [\n  \"");
	print_texts(out, json_object_get(permission, "object_types"), "\",\n  \"");
	out_text(out, "\"]}\nEND\n");
}

static void print_netbox(struct out *out, const json_t *doc)
{
	const json_t *rights = json_object_get(doc, "netbox"), *permission;
	const char *url = sb_json_str(doc, "url");
	size_t i;

	json_object_foreach (json_object_get(doc, "not_met"), url, permission) {
		out_text(out, "# NetBox: ");
		out_safe(out, json_string_value(permission));
		out_text(out, "\n");
	}
	url = sb_json_str(doc, "url");
	out_text(
		out,
		"# NetBox %s: run in a shell. The file admin.header (mode 600) holds one line with "
		"the token of an\n"
		"# administrator: Authorization: Bearer nbt_KEY.SECRET\n"
		"NETBOX=%s\n"
		"call() { curl -sS --fail-with-body -H @admin.header -H 'Content-Type: "
		"application/json' -d @- \"$NETBOX/api/users/$1/\"; }\n"
		"field() { grep -o \"\\\"$1\\\": *\\\"*[^\\\",}]*\" | head -n 1 | sed 's/.*[:\"] "
		"*//'; }\n"
		"user=$(call users <<END | field id\n"
		"{\"username\": \"stagebox\", \"password\": \"$(head -c 30 /dev/urandom | "
		"base64)\"}\n"
		"END\n"
		")\n",
		sb_json_str(rights, "version"), url ? url : "https://netbox.example.com");
	json_array_foreach (json_object_get(rights, "permissions"), i, permission)
		print_permission(out, permission);
	out_text(out, "token=$(call tokens <<END\n"
		      "{\"user\": $user, \"description\": \"stagebox\", \"write_enabled\": true}\n"
		      "END\n"
		      ")\n"
		      "# The credential, in a file that nobody else can read.\n"
		      "(umask 077 && printf 'nbt_%%s.%%s\\n' \"$(printf '%%s' \"$token\" | field "
		      "key)\" \"$(printf '%%s' \"$token\" | field token)\" >netbox.token)\n");
}

/* The configuration with its secrets, or NULL when there is none or a secret is missing: then no
 * server is asked. */
static json_t *resolve_for_contact(const json_t *conf, struct sb_error *why)
{
	sb_autojson *resolved = json_deep_copy(conf);

	if (!json_object_get(conf, "netbox")) {
		sb_fail(why, SB_E_CONFIG, "there is no configuration");
		return NULL;
	}
	return resolved && !sb_conf_resolve(resolved, why) ? sb_steal(resolved) : NULL;
}

static void note_not_met(json_t *not_met, const char *name, const struct sb_error *why)
{
	json_object_set_new(
		not_met, name,
		json_sprintf("its version is not known (%s); see --server-version", why->text));
}

static int read_netbox_version(struct cmd *cmd, const json_t *conf, char version[32],
			       json_t *not_met)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *resolved = NULL;

	if (cmd->options.server_version) {
		snprintf(version, 32, "%s", cmd->options.server_version);
		return 0;
	}
	resolved = resolve_for_contact(conf, &why);
	if (resolved && !sb_rights_meet_netbox(resolved, version, &why))
		return 0;
	note_not_met(not_met, "netbox", &why);
	snprintf(version, 32, "%s", NEWEST_NETBOX);
	return 0;
}

/* The major versions to print, as flags. */
static int read_pve_versions(struct cmd *cmd, const json_t *conf, bool wanted[NEWEST_PVE + 1],
			     json_t *not_met, struct sb_error *err)
{
	const char *text = cmd->options.server_version;
	sb_autojson *resolved = NULL, *slugs = NULL;
	struct sb_error why = SB_ERROR_INIT;
	const json_t *slug;
	int major = text ? (int)strtol(text, NULL, 10) : 0, rc;
	size_t i;

	if (text && (major < OLDEST_PVE || major > NEWEST_PVE))
		return sb_fail(err, SB_E_ARG,
			       "--server-version: \"%.40s\" is not a supported version of Proxmox "
			       "VE: %d to %d",
			       text, OLDEST_PVE, NEWEST_PVE);
	if (text) {
		wanted[major] = true;
		return 0;
	}
	if (json_object_get(conf, "endpoints")) {
		rc = sb_conf_select(conf, cmd->options.endpoints, &slugs, err);
		if (rc < 0)
			return rc;
	}
	resolved = resolve_for_contact(conf, &why);
	json_array_foreach (slugs, i, slug) {
		major = 0;
		if (resolved)
			sb_rights_meet_pve(resolved, json_string_value(slug), &major, &why);
		if (major)
			wanted[major < NEWEST_PVE ? major : NEWEST_PVE] = true;
		else
			note_not_met(not_met, json_string_value(slug), &why);
	}
	for (major = OLDEST_PVE; major <= NEWEST_PVE; major++)
		wanted[major] |= json_object_size(not_met) > 0 || !json_array_size(slugs);
	return 0;
}

static int describe_netbox(struct cmd *cmd, const json_t *conf, const json_t *declared,
			   json_t *not_met, struct sb_error *err)
{
	const json_t *netbox = json_object_get(conf, "netbox");
	struct sb_rights_options options = {
		.prunes = sb_json_bool(json_object_get(conf, "prune"), "enabled", false)};
	sb_autojson *doc = NULL, *branches = NULL;
	char version[32] = "";

	if (sb_conf_branches(conf, NULL, &branches, err) < 0)
		return err->code;
	options.has_branches = json_array_size(branches) > 0;
	read_netbox_version(cmd, conf, version, not_met);
	doc = json_pack("{s:o, s:O*, s:O}", "netbox", sb_rights_netbox(declared, version, &options),
			"url", json_object_get(netbox, "url"), "not_met", not_met);
	if (!doc)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	out_document(&cmd->out, doc, print_netbox);
	return 0;
}

static int describe_pve(struct cmd *cmd, const json_t *conf, const json_t *declared,
			json_t *not_met, struct sb_error *err)
{
	sb_autojson *list = json_array(), *doc = NULL;
	bool wanted[NEWEST_PVE + 1] = {false};
	int major, rc = read_pve_versions(cmd, conf, wanted, not_met, err);

	if (rc < 0)
		return rc;
	for (major = NEWEST_PVE; major >= OLDEST_PVE; major--)
		if (wanted[major])
			json_array_append_new(list, sb_rights_pve(declared, major));
	doc = json_pack("{s:O, s:O}", "pve", list, "not_met", not_met);
	if (!doc)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	out_document(&cmd->out, doc, print_pves);
	return 0;
}

/* Without a configuration: the rights of the modules that belong to stagebox. */
static int load_conf(struct cmd *cmd, json_t **ret_conf, struct sb_error *err)
{
	int rc = cmd_conf_or_none(cmd, ret_conf, err);

	if (!rc && !json_object_get(*ret_conf, "modules"))
		json_object_set_new(*ret_conf, "modules",
				    json_pack("[s, s, s]", "cluster", "qemu", "lxc"));
	return rc;
}

/* Options of one endpoint may need privileges that the first one does not need. */
static int add_own_needs(const json_t *conf, json_t *declared, struct sb_error *err)
{
	json_t *needs = json_object_get(declared, "needs"), *other, *need;
	sb_autojson *own = NULL;
	const char *slug;
	size_t i;
	int rc = sb_look_own(conf, &own, err);

	json_object_foreach (own, slug, other)
		json_array_foreach (json_object_get(other, "needs"), i, need)
			if (!sb_list_holds(needs, need))
				json_array_append(needs, need);
	return rc;
}

static int run_rights(struct cmd *cmd)
{
	bool is_pve = sb_streq(cmd->argv[0], "pve");
	sb_autojson *conf = NULL, *seen = NULL, *not_met = json_object();
	struct sb_error err = SB_ERROR_INIT;
	json_t *declared;
	int rc;

	if (!is_pve && !sb_streq(cmd->argv[0], "netbox"))
		return cmd_usage_word(cmd, cmd->argv[0]);
	rc = load_conf(cmd, &conf, &err);
	if (!rc)
		rc = sb_look_modules(conf, NULL, &seen, &err);
	cmd_close_memory();
	declared = json_object_get(seen, "declared");
	if (!rc)
		rc = add_own_needs(conf, declared, &err);
	if (!rc)
		rc = is_pve ? describe_pve(cmd, conf, declared, not_met, &err)
			    : describe_netbox(cmd, conf, declared, not_met, &err);
	return rc < 0 ? cmd_fail(cmd, &err) : SB_EXIT_OK;
}

const struct cmd_entry cmd_rights = {
	.name = "rights",
	.args = "netbox | pve",
	.summary = "print the least rights of a token, as commands that grant them",
	.about = "Prints what the loaded modules need and no more: for Proxmox VE commands of "
		 "pveum(1), for NetBox calls of its API. The versions are those of the servers in "
		 "the configuration, if they answer, or the one that --server-version names. "
		 "Changes nothing.",
	.takes = CMD_TAKES_ENDPOINT | CMD_TAKES_RIGHTS,
	.min_args = 1,
	.max_args = 1,
	.examples = "stagebox rights pve --server-version 9\n"
		    "stagebox rights netbox > netbox-rights.sh\n"
		    "stagebox rights pve --endpoint lab\n",
	.run = run_rights,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* Each setting of netbox-proxbox: its counterpart here, or the reason why it has none. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "import_proxbox.h"
#include "stagebox/json.h"

enum { MAX_FILE_BYTES = 1 << 20 };

/* overwrite_*: false means that the field is written at creation and belongs to people afterwards.
 */
static const struct flag {
	const char *name, *kind, *field; /* kind NULL = no counterpart: why is the reason */
	const char *word;                /* the policy for false */
	const char *why;
} flags[] = {
	{"overwrite_device_role", "device", "role", "create-only", NULL},
	{"overwrite_device_type", "device", "device_type", "create-only", NULL},
	{"overwrite_device_tags", "device", "tags", "create-only", NULL},
	{"overwrite_device_status", "device", "status", "create-only", NULL},
	{"overwrite_device_description", "device", "description", "create-only", NULL},
	{"overwrite_device_custom_fields", NULL, NULL, NULL,
	 "stagebox writes only custom fields of its own"},
	{"overwrite_vm_role", "vm", "role", "if-empty", NULL},
	{"overwrite_vm_type", "vm", "virtual_machine_type", "if-empty", NULL},
	{"overwrite_vm_tags", "vm", "tags", "create-only", NULL},
	{"overwrite_vm_proxmox_tags", "vm", "tags", "never", NULL},
	{"overwrite_vm_description", "vm", "description", "if-empty", NULL},
	{"overwrite_vm_custom_fields", NULL, NULL, NULL,
	 "stagebox writes only custom fields of its own"},
	{"overwrite_vm_cloudinit", NULL, NULL, NULL, "cloud-init is not written to NetBox"},
	{"overwrite_vm_platform", "vm", "platform", "create-only", NULL},
	{"overwrite_cluster_tags", "cluster", "tags", "create-only", NULL},
	{"overwrite_cluster_description", "cluster", "description", "create-only", NULL},
	{"overwrite_cluster_custom_fields", NULL, NULL, NULL,
	 "stagebox writes only custom fields of its own"},
	{"overwrite_node_interface_tags", "interface", "tags", "create-only", NULL},
	{"overwrite_node_interface_custom_fields", NULL, NULL, NULL,
	 "stagebox writes only custom fields of its own"},
	{"overwrite_storage_tags", NULL, NULL, NULL,
	 "storages are objects of the plugin; NetBox itself has no model for them"},
	{"overwrite_vm_interface_tags", "vm-interface", "tags", "create-only", NULL},
	{"overwrite_vm_interface_custom_fields", NULL, NULL, NULL,
	 "stagebox writes only custom fields of its own"},
	{"overwrite_ip_status", "ip", "status", "create-only", NULL},
	{"overwrite_ip_tags", "ip", "tags", "create-only", NULL},
	{"overwrite_ip_custom_fields", NULL, NULL, NULL,
	 "stagebox writes only custom fields of its own"},
	{"overwrite_ip_address_dns_name", "ip", "dns_name", "create-only", NULL},
};

/* sync_mode_*: the kind whose fields "bootstrap_only" keeps, and the advice for "disabled". */
static const struct mode {
	const char *name, *kind, *disabled;
} modes[] = {
	{"sync_mode_vm", "vm", "remove \"qemu\" and \"lxc\" from modules"},
	{"sync_mode_vm_template", NULL, "templates are guests; they have no mode of their own"},
	{"sync_mode_vm_interface", "vm-interface",
	 "sync with --resources guests,disks,nodes and the others, without interfaces"},
	{"sync_mode_mac", NULL, "policy \"never\" of vm-interface.mac_address, below"},
	{"sync_mode_ip_address", "ip",
	 "sync with --resources guests,disks,interfaces and the others, without addresses"},
	{"sync_mode_cluster", "cluster", "guests need their cluster: it cannot be left out"},
	{"sync_mode_node", "device", "guests need their node: it cannot be left out"},
	{"sync_mode_storage", NULL,
	 "storages are objects of the plugin; stagebox does not write them"},
	{"sync_mode_sdn", NULL, "stagebox does not write SDN objects to NetBox"},
	{"sync_mode_sdn_bgp", NULL, "stagebox does not write SDN objects to NetBox"},
};

/* The fields that are written after creation, by kind: bootstrap_only makes them create-only. */
static const struct {
	const char *kind, *fields[8];
} written[] = {
	{"vm", {"name", "status", "vcpus", "memory", "start_on_boot", "description", "tags"}},
	{"vm-interface",
	 {"enabled", "mtu", "mac_address", "mode", "untagged_vlan", "tagged_vlans"}},
	{"ip", {"status", "role", "dns_name", "description"}},
	{"cluster", {"name", "type", "scope", "status"}},
	{"device", {"name", "status", "role", "device_type", "cluster"}},
};

/* Other settings with their defaults in netbox-proxbox; a setting at its default gets no line. */
static const struct other {
	const char *name, *dflt, *why;
} others[] = {
	{"use_guest_agent_interface_name", "true",
	 "an interface always has its Proxmox VE name, which identifies it"},
	{"vm_interface_sync_strategy", "\"guest_os_model\"",
	 "an interface always has its Proxmox VE name, which identifies it"},
	{"ignore_ipv6_link_local_addresses", "true", "link-local addresses are never written"},
	{"primary_ip_preference", "\"ipv4\"", "NetBox has one primary address per family"},
	{"embed_description_metadata", "false", "stagebox writes nothing to Proxmox VE"},
	{"ensure_netbox_objects", "true", "run \"stagebox bootstrap\" for that"},
	{"custom_fields_enabled", "false", "objects are identified by stagebox_key alone"},
	{"enable_tenant_name_regex", "false", "stagebox does not manage tenants"},
	{"enable_tenant_tag_assignment", "false", "stagebox does not manage tenants"},
	{"enable_tenant_from_cluster", "false", "stagebox does not manage tenants"},
	{"tenant_name_regex_rules", "[]", "stagebox does not manage tenants"},
	{"default_role_qemu", "null", "set the role in NetBox: the policy of vm.role keeps it"},
	{"default_role_lxc", "null", "set the role in NetBox: the policy of vm.role keeps it"},
	{"branch_name_prefix", "\"proxbox-sync\"", "branching_enabled is false"},
	{"branch_on_conflict", "\"fail\"", "branching_enabled is false"},
	{"netbox_to_proxmox_enabled", "false", "stagebox writes nothing to Proxmox VE"},
	{"hardware_discovery_enabled", "false", "stagebox does not log in to nodes"},
	{"cloud_network_lock_enabled", "false", "stagebox does not provision anything"},
	{"proxmox_timeout", "5", "timeouts and retries depend on the kind of request"},
	{"proxmox_max_retries", "0", "timeouts and retries depend on the kind of request"},
	{"netbox_timeout", "120", "timeouts and retries depend on the kind of request"},
	{"netbox_max_retries", "5", "timeouts and retries depend on the kind of request"},
	{"bulk_batch_delay_ms", "500", "there is no delay between requests"},
	{"netbox_write_concurrency", "8", "netbox.in_flight is the only limit of this kind"},
	{"netbox_max_concurrent", "1", "netbox.in_flight is the only limit of this kind"},
};

/* Add remote text inside a string of libconfig. */
static void add_quoted(struct sb_buf *to, const char *text)
{
	for (; text && *text; text++) {
		if (*text == '"' || *text == '\\')
			sb_buf_add(to, "\\");
		if ((unsigned char)*text >= 0x20)
			sb_buf_add_mem(to, text, 1);
	}
}

/* Add remote text inside a comment, on one line. */
void import_add_comment(struct sb_buf *to, const char *text)
{
	for (; text && *text; text++)
		sb_buf_addf(to, "%c", (unsigned char)*text < 0x20 ? ' ' : *text);
}

static void add_slug(struct sb_buf *to, const json_t *endpoint, size_t nth)
{
	const char *name = sb_json_str(endpoint, "name");
	size_t len = 0;

	for (; name && *name && len < 32; name++) {
		if (isalnum((unsigned char)*name)) {
			sb_buf_addf(to, "%c", tolower((unsigned char)*name));
			len++;
		} else if (len && len < 31 && isalnum((unsigned char)name[1])) {
			sb_buf_add(to, "-");
			len++;
		}
	}
	if (!len)
		sb_buf_addf(to, "endpoint%zu", nth + 1);
}

static void add_netbox(struct sb_buf *to, const json_t *settings, const json_t *netbox)
{
	const char *url = sb_json_str(netbox, "url"), *token = sb_json_str(netbox, "token");
	const char *ca_file = sb_json_str(netbox, "ca_file");
	int64_t batch = 0;

	sb_buf_addf(to, "# %s\nnetbox: {\n\turl = \"",
		    url ? "As in the given configuration."
			: "TODO: the URL of NetBox, and a file with a token for stagebox.");
	add_quoted(to, url ? url : "https://netbox.example.com");
	sb_buf_add(to, "\";\n\ttoken = \"");
	add_quoted(to, token ? token : "file:netbox.token");
	sb_buf_add(to, "\";\n");
	if (url && sb_starts_with(url, "http:"))
		sb_buf_add(to, "\tuse_https = false;\n");
	if (netbox && json_is_false(json_object_get(netbox, "verify_ssl")))
		sb_buf_add(to, "\tverify_ssl = false;\n");
	if (ca_file && *ca_file) {
		sb_buf_add(to, "\tca_file = \"");
		add_quoted(to, ca_file);
		sb_buf_add(to, "\";\n");
	}
	if (!sb_json_int(settings, "bulk_batch_size", &batch) && batch > 0 && batch != 50)
		sb_buf_addf(to, "\t# bulk_batch_size = %lld%s\n\tbatch = %lld;\n", (long long)batch,
			    batch > 200 ? "; more than 200 is not faster" : "",
			    (long long)(batch > 200 ? 200 : batch));
	sb_buf_add(to, "};\n\n");
}

static void add_address(struct sb_buf *to, const json_t *endpoint)
{
	const char *domain = sb_json_str(endpoint, "domain");
	const char *ip = sb_json_str(json_object_get(endpoint, "ip_address"), "address");
	int64_t port = 8006;

	sb_json_int(endpoint, "port", &port);
	sb_buf_add(to, "https://");
	if (domain && *domain) {
		add_quoted(to, domain);
	} else if (ip) {
		sb_buf_addf(to, strchr(ip, ':') ? "[%.*s]" : "%.*s", (int)strcspn(ip, "/"), ip);
	} else {
		sb_buf_add(to, "address.example.com");
	}
	sb_buf_addf(to, ":%lld", (long long)port);
}

/* Overrides of one endpoint become comments, because policies here apply to all endpoints. */
static void add_overrides(struct sb_buf *to, const char *indent, const json_t *endpoint)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)endpoint, name, value) {
		if (json_is_null(value) ||
		    (!sb_starts_with(name, "overwrite_") && !sb_starts_with(name, "sync_mode_")))
			continue;
		sb_buf_addf(to, "%s# %s = ", indent, name);
		sb_buf_add_json(to, value);
		sb_buf_add(to, " for this endpoint only: not converted, policies apply to all "
			       "endpoints\n");
	}
}

/* The template of node_device_name_template has the words of device_name. */
static void add_device_name(struct sb_buf *to, const char *indent, const json_t *from)
{
	const char *text = sb_json_str(from, "node_device_name_template");

	if (!text || !*text)
		return;
	sb_buf_addf(to, "%s# node_device_name_template\n%sdevice_name = \"", indent, indent);
	add_quoted(to, text);
	sb_buf_add(to, "\";\n");
}

static void add_endpoint(struct sb_buf *to, const json_t *endpoint, size_t nth, bool is_last)
{
	bool enabled = !json_is_false(json_object_get(endpoint, "enabled"));
	const char *indent = enabled ? "\t" : "#\t";
	const char *site = sb_json_str(json_object_get(endpoint, "site"), "name");
	const char *tenant = sb_json_str(json_object_get(endpoint, "tenant"), "name");
	const char *user = sb_json_str(endpoint, "username"),
		   *token = sb_json_str(endpoint, "token_name");

	sb_buf_addf(to, "%s# endpoint \"", indent);
	import_add_comment(to, sb_json_str(endpoint, "name"));
	sb_buf_addf(to, "\"%s\n%s{\n%s\tslug = \"",
		    enabled ? "" : ", which is disabled in netbox-proxbox", indent, indent);
	add_slug(to, endpoint, nth);
	sb_buf_addf(to, "\";\n%s\turls = [ \"", indent);
	add_address(to, endpoint);
	sb_buf_addf(to,
		    "\" ]; # from domain, ip_address and port; add more nodes of the "
		    "cluster here\n%s\t# TODO: a file with user@realm!name=uuid",
		    indent);
	if (user && token && *token) {
		sb_buf_add(to, "; in netbox-proxbox: ");
		import_add_comment(to, user);
		sb_buf_add(to, "!");
		import_add_comment(to, strchr(token, '!') ? strchr(token, '!') + 1 : token);
		sb_buf_add(to, " (value not exported)");
	} else if (user) {
		sb_buf_add(to, "; in netbox-proxbox: a password of ");
		import_add_comment(to, user);
	}
	sb_buf_addf(to, ". Audit permissions are enough.\n%s\ttoken = \"file:", indent);
	add_slug(to, endpoint, nth);
	sb_buf_add(to, ".token\";\n");
	if (json_is_false(json_object_get(endpoint, "verify_ssl")))
		sb_buf_addf(to,
			    "%s\t# verify_ssl = false in netbox-proxbox; ca_file or fingerprint "
			    "would be safer\n"
			    "%s\tverify_ssl = false;\n",
			    indent, indent);
	if (site) {
		sb_buf_addf(to, "%s\t# site, by its name\n%s\tsite = \"", indent, indent);
		add_quoted(to, site);
		sb_buf_add(to, "\";\n");
	}
	add_device_name(to, enabled ? "\t\t" : "#\t\t", endpoint);
	if (tenant) {
		sb_buf_addf(to, "%s\t# tenant = ", indent);
		import_add_comment(to, tenant);
		sb_buf_add(to, ": stagebox does not manage tenants\n");
	}
	add_overrides(to, enabled ? "\t\t" : "#\t\t", endpoint);
	sb_buf_addf(to, "%s}%s\n", indent, is_last ? "" : ",");
}

static void add_endpoints(struct sb_buf *to, const json_t *endpoints)
{
	const json_t *endpoint;
	size_t i, last = 0;

	json_array_foreach (endpoints, i, endpoint) {
		if (!json_is_false(json_object_get(endpoint, "enabled")))
			last = i;
	}
	sb_buf_add(to, "endpoints: (\n");
	json_array_foreach (endpoints, i, endpoint)
		add_endpoint(to, endpoint, i,
			     i >= last || json_is_false(json_object_get(endpoint, "enabled")));
	sb_buf_add(to, ");\n\n");
}

static bool has_mode(const json_t *settings, const char *name, const char *word)
{
	const char *value = sb_json_str(settings, name);

	return value && sb_streq(value, word);
}

static void add_modules(struct sb_buf *to, const json_t *settings)
{
	bool guests = !has_mode(settings, "sync_mode_vm", "disabled");
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(modes); i++) {
		const char *value = sb_json_str(settings, modes[i].name);

		if (!value || sb_streq(value, "always"))
			continue;
		sb_buf_addf(to, "# %s = %s: ", modes[i].name, value);
		if (sb_streq(value, "disabled"))
			sb_buf_add(to, modes[i].disabled);
		else
			sb_buf_add(to, modes[i].kind
					       ? "create-only in policy, below"
					       : "no counterpart: there are no fields of its own");
		sb_buf_add(to, "\n");
	}
	sb_buf_addf(to, "modules = [ \"cluster\"%s ];\n\n", guests ? ", \"qemu\", \"lxc\"" : "");
}

/* Blocks in notes have an effect here unless they are switched off, there unless they are on. */
static void add_options(struct sb_buf *to, const json_t *settings)
{
	bool parses = json_is_true(json_object_get(settings, "parse_description_metadata"));
	const char *word = parses ? "true" : "false";

	if (!json_object_get(settings, "parse_description_metadata"))
		return;
	sb_buf_addf(to,
		    "# parse_description_metadata = %s\noptions: {\n\tqemu: { notes_metadata = %s; "
		    "};\n\tlxc: { notes_metadata = %s; };\n};\n\n",
		    word, word, word);
}

/* The policy of one field of a kind; a later rule replaces an earlier one. NULL = the default. */
static const char *field_policy(const json_t *settings, const char *kind, const char *field,
				const char **ret_from)
{
	const char *word = NULL;
	size_t i, j, k;

	*ret_from = NULL;
	for (i = 0; i < SB_ARRAY_LEN(flags); i++) {
		if (flags[i].kind && sb_streq(flags[i].kind, kind) &&
		    sb_streq(flags[i].field, field) &&
		    json_is_false(json_object_get(settings, flags[i].name))) {
			word = flags[i].word;
			*ret_from = flags[i].name;
		}
	}
	for (i = 0; i < SB_ARRAY_LEN(modes); i++) {
		if (!modes[i].kind || !sb_streq(modes[i].kind, kind) ||
		    !has_mode(settings, modes[i].name, "bootstrap_only"))
			continue;
		for (j = 0; j < SB_ARRAY_LEN(written); j++) {
			for (k = 0;
			     sb_streq(written[j].kind, kind) && k < 8 && written[j].fields[k];
			     k++) {
				if (sb_streq(written[j].fields[k], field) && !word) {
					word = "create-only";
					*ret_from = modes[i].name;
				}
			}
		}
	}
	if (sb_streq(kind, "vm-interface") && sb_streq(field, "mac_address") &&
	    has_mode(settings, "sync_mode_mac", "disabled")) {
		word = "never";
		*ret_from = "sync_mode_mac";
	}
	return word;
}

static void add_kind_policy(struct sb_buf *to, const json_t *settings, const char *kind)
{
	static const char *const fields[] = {
		"name",        "role",   "device_type",   "virtual_machine_type",
		"platform",    "status", "type",          "scope",
		"cluster",     "vcpus",  "memory",        "start_on_boot",
		"description", "tags",   "enabled",       "mtu",
		"mac_address", "mode",   "untagged_vlan", "tagged_vlans",
		"dns_name",
	};
	bool is_open = false;
	const char *word, *from;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(fields); i++) {
		word = field_policy(settings, kind, fields[i], &from);
		if (!word)
			continue;
		if (!is_open)
			sb_buf_addf(to, "\t%s: {\n", kind);
		is_open = true;
		sb_buf_addf(to, "\t\t%s = \"%s\"; # %s = ", fields[i], word, from);
		sb_buf_add_json(to, json_object_get(settings, from));
		sb_buf_add(to, "\n");
	}
	if (is_open)
		sb_buf_add(to, "\t};\n");
}

static void add_policy(struct sb_buf *to, const json_t *settings)
{
	static const char *const kinds[] = {"cluster", "device",       "interface",
					    "vm",      "vm-interface", "ip"};
	size_t i;

	sb_buf_add(
		to,
		"# An overwrite flag that is true needs no line: stagebox writes the value of the "
		"source, but keeps\n# what a person changed in NetBox. The policy \"always\" "
		"overwrites that, too.\npolicy: {\n");
	for (i = 0; i < SB_ARRAY_LEN(kinds); i++)
		add_kind_policy(to, settings, kinds[i]);
	sb_buf_add(to, "};\n\n");
}

static void add_prune(struct sb_buf *to, const json_t *settings)
{
	bool deletes = json_is_true(json_object_get(settings, "delete_orphans"));

	sb_buf_addf(to,
		    "# delete_orphans = %s; an object is deleted after it was missing in three "
		    "complete runs and for 24 hours.\nprune: { enabled = %s; };\n\n",
		    deletes ? "true" : "false", deletes ? "true" : "false");
}

static bool is_other_setting(const json_t *settings, const char *name)
{
	static const char *const known[] = {
		"id",
		"url",
		"display",
		"singleton_key",
		"tags",
		"custom_fields",
		"created",
		"last_updated",
		"delete_orphans",
		"bulk_batch_size",
		"display_url",
		"node_device_name_template",
		"parse_description_metadata",
		"branching_enabled",
	};
	size_t i;

	if (sb_starts_with(name, "branch_") && import_has_branching(settings))
		return false;

	for (i = 0; i < SB_ARRAY_LEN(known); i++)
		if (sb_streq(known[i], name))
			return false;
	return !sb_starts_with(name, "overwrite_") && !sb_starts_with(name, "sync_mode_");
}

/* Why a setting has no counterpart. A newer netbox-proxbox may have settings that are not in our
 * table. */
static const char *explain_setting(const char *name, const json_t *value, bool *ret_worth)
{
	sb_autofree char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	size_t i;

	*ret_worth = true;
	for (i = 0; i < SB_ARRAY_LEN(others); i++) {
		if (!sb_streq(others[i].name, name))
			continue;
		*ret_worth = !text || !sb_streq(text, others[i].dflt);
		return others[i].why;
	}
	return "it concerns netbox-proxbox itself";
}

static void add_no_counterpart(struct sb_buf *to, const json_t *settings)
{
	const char *name, *why;
	json_t *value;
	bool worth;
	size_t i;

	sb_buf_add(to, "# Settings without a counterpart, and why:\n");
	for (i = 0; i < SB_ARRAY_LEN(flags); i++) {
		if (!flags[i].kind && json_is_false(json_object_get(settings, flags[i].name)))
			sb_buf_addf(to, "#   %s = false: %s\n", flags[i].name, flags[i].why);
	}
	json_object_foreach ((json_t *)(uintptr_t)settings, name, value) {
		if (!is_other_setting(settings, name))
			continue;
		why = explain_setting(name, value, &worth);
		if (!worth)
			continue;
		sb_buf_add(to, "#   ");
		import_add_comment(to, name);
		sb_buf_add(to, " = ");
		sb_buf_add_json(to, value);
		sb_buf_addf(to, ": %s\n", why);
	}
}

char *import_config(const json_t *doc, const json_t *netbox, const char *source)
{
	const json_t *settings = json_object_get(doc, "settings");
	sb_autobuf to = SB_BUF_INIT(MAX_FILE_BYTES);

	sb_buf_add(&to,
		   "# Configuration of stagebox, converted from the settings of netbox-proxbox: ");
	import_add_comment(&to, source);
	sb_buf_add(&to, "\n# It contains no secrets. Fill in each TODO, then run: stagebox config "
			"check\n\n");
	if (!json_is_object(settings))
		sb_buf_add(&to, "# There are no settings in it: these are the defaults.\n\n");
	add_netbox(&to, settings, netbox);
	add_endpoints(&to, json_object_get(doc, "endpoints"));
	add_modules(&to, settings);
	add_device_name(&to, "", settings);
	add_options(&to, settings);
	sb_buf_add(&to, "store: {\n\t# The folder must exist.\n\tpath = "
			"\"/var/lib/stagebox/stagebox.db\";\n};\n\n");
	add_policy(&to, settings);
	add_prune(&to, settings);
	import_branching(&to, settings,
			 json_object_get(json_object_get(doc, "plugins"), IMPORT_CEPH));
	add_no_counterpart(&to, settings);
	return sb_buf_take(&to);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all groups and options of the configuration. */
#include "conf/conf_priv.h"

#define WORDS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

#define USE_HTTPS                                                                                  \
	{                                                                                          \
		.name = "use_https", .type = SB_OPT_BOOL, .dflt = "true",                          \
		.help = "the scheme of the URL must agree, so that no token is sent "              \
			"unencrypted by mistake",                                                  \
	}
#define VERIFY_SSL                                                                                 \
	{                                                                                          \
		.name = "verify_ssl", .type = SB_OPT_BOOL, .dflt = "true",                         \
		.help = "check the certificate; false accepts any",                                \
	}
#define CA_FILE                                                                                    \
	{                                                                                          \
		.name = "ca_file", .type = SB_OPT_STR, .dflt = "", .form = SB_FORM_FILE,           \
		.help = "PEM file of the certificate authority; empty = those of the system",      \
	}
#define FINGERPRINT                                                                                \
	{                                                                                          \
		.name = "fingerprint", .type = SB_OPT_STR, .dflt = "",                             \
		.form = SB_FORM_FINGERPRINT,                                                       \
		.help = "SHA-256 of the certificate instead of an authority; several, one for "    \
			"each node, separated by blanks",                                          \
	}
#define PROXY                                                                                      \
	{                                                                                          \
		.name = "proxy", .type = SB_OPT_STR, .dflt = "", .form = SB_FORM_PROXY,            \
		.help = "URL of a proxy, or none; empty = https_proxy, http_proxy and no_proxy "   \
			"of the environment",                                                      \
	}
#define PROXY_AUTH                                                                                 \
	{                                                                                          \
		.name = "proxy_auth", .type = SB_OPT_STR, .dflt = "", .is_secret = true,           \
		.help = "reference to user:password for the proxy; empty = none",                  \
	}

#define BRANCH_MODE                                                                                \
	.name = "mode", .type = SB_OPT_STR, .words = WORDS("off", "if-available", "required"),     \
	.help = "where runs write: off = main, the data of NetBox outside of branches; "           \
		"if-available = a branch, where NetBox has the plugin netbox-branching and a "     \
		"worker, else main; required = a branch, and without plugin and worker a run "     \
		"is refused"
#define BRANCH_PREFIX                                                                              \
	.name = "prefix", .type = SB_OPT_STR, .form = SB_FORM_PREFIX,                              \
	.help = "start of the names of branches: A-Z a-z 0-9 - _; for a module with a group in "   \
		"modules that sets none it is MODULE-sync"
#define BRANCH_ON_CONFLICT                                                                         \
	.name = "on_conflict", .type = SB_OPT_STR, .words = WORDS("fail", "acknowledge"),          \
	.help = "values that were changed in the branch and in main: fail = the branch is not "    \
		"merged and stays open; acknowledge = the values of the branch overwrite those "   \
		"of main"
#define BRANCH_MERGE                                                                               \
	.name = "merge", .type = SB_OPT_BOOL,                                                      \
	.help = "merge the branch of a run that succeeded; false leaves it open for a review"
#define BRANCH_KEEP_DAYS                                                                           \
	.name = "keep_days", .type = SB_OPT_INT, .max = 3650,                                      \
	.help = "days after its merge after which stagebox deletes a branch; 0 = never"
#define BRANCH_WAIT                                                                                \
	.name = "wait", .json = "wait_s", .type = SB_OPT_SECS, .min = 1, .max = 86400,             \
	.help = "how long a run waits for NetBox to provision the branch, and to merge it"
/* Without a value the one of the next group counts. */
#define BRANCHING_OPTIONAL                                                                         \
	{BRANCH_MODE, .is_optional = true}, {BRANCH_PREFIX, .is_optional = true},                  \
		{BRANCH_ON_CONFLICT, .is_optional = true}, {BRANCH_MERGE, .is_optional = true},    \
		{BRANCH_KEEP_DAYS, .is_optional = true},                                           \
	{                                                                                          \
		BRANCH_WAIT, .is_optional = true                                                   \
	}

static const struct sb_conf_row branching_module_rows[] = {
	BRANCHING_OPTIONAL,
	{0},
};

static const struct sb_conf_row branching_endpoint_rows[] = {
	BRANCHING_OPTIONAL,
	{.name = "modules",
	 .rows = branching_module_rows,
	 .is_open = true,
	 .help = "the same for one module, one group per module"},
	{0},
};

static const struct sb_conf_row branching_rows[] = {
	{BRANCH_MODE, .dflt = "off"},
	{BRANCH_PREFIX, .dflt = "stagebox"},
	{BRANCH_ON_CONFLICT, .dflt = "fail"},
	{BRANCH_MERGE, .dflt = "true"},
	{BRANCH_KEEP_DAYS, .dflt = "0"},
	{BRANCH_WAIT, .dflt = "10m"},
	{.name = "modules",
	 .rows = branching_module_rows,
	 .is_open = true,
	 .help = "the same options for one module, one group per module; what a group does not "
		 "set is as for all modules"},
	{0},
};

static const struct sb_conf_row netbox_rows[] = {
	{.name = "url",
	 .type = SB_OPT_STR,
	 .form = SB_FORM_URL_BASE,
	 .help = "address of NetBox, with its base path, without /api"},
	{.name = "token",
	 .type = SB_OPT_STR,
	 .is_secret = true,
	 .help = "file:PATH, env:NAME or cred:NAME (systemd credential)"},
	USE_HTTPS,
	VERIFY_SSL,
	CA_FILE,
	FINGERPRINT,
	PROXY,
	PROXY_AUTH,
	{.name = "custom_links",
	 .type = SB_OPT_BOOL,
	 .dflt = "true",
	 .help = "bootstrap creates a link from guests, nodes and clusters to the web interface of "
		 "Proxmox VE"},
	{.name = "settle",
	 .type = SB_OPT_SECS,
	 .dflt = "130s",
	 .max = 3600,
	 .help = "how long NetBox may still commit a write after its client has gone"},
	{.name = "refresh",
	 .json = "refresh_s",
	 .type = SB_OPT_SECS,
	 .dflt = "24h",
	 .max = 365 * 86400,
	 .help = "how old values that change by themselves, like used space, may become in NetBox; "
		 "0 = "
		 "they are written with other changes only"},
	{.name = "in_flight",
	 .type = SB_OPT_INT,
	 .dflt = "0",
	 .max = 16,
	 .help = "concurrent write requests; 0 = start with 2 and keep the number that measures "
		 "better"},
	{.name = "batch",
	 .type = SB_OPT_INT,
	 .dflt = "100",
	 .min = 1,
	 .max = 200,
	 .help = "objects in one write request"},
	{0},
};

static const struct sb_conf_row endpoint_rows[] = {
	{.name = "slug",
	 .type = SB_OPT_STR,
	 .form = SB_FORM_SLUG,
	 .help = "permanent identity, first part of every key: a-z 0-9 -"},
	{.name = "urls",
	 .type = SB_OPT_LIST,
	 .min = 1,
	 .max = 64,
	 .form = SB_FORM_URL,
	 .help = "nodes of the cluster, tried in this order"},
	{.name = "token",
	 .type = SB_OPT_STR,
	 .dflt = "",
	 .is_secret = true,
	 .help = "reference to user@realm!name=uuid; audit rights are enough"},
	{.name = "write_token",
	 .type = SB_OPT_STR,
	 .dflt = "",
	 .is_secret = true,
	 .help = "reference to a second token, with which `stagebox apply` carries out the actions "
		 "of "
		 "a plan; nothing else gets it; empty = nothing is written to Proxmox VE"},
	{.name = "write_settle",
	 .type = SB_OPT_SECS,
	 .dflt = "60s",
	 .min = 1,
	 .max = 3600,
	 .help = "how long Proxmox VE may still begin the task of a write whose client has gone"},
	{.name = "user",
	 .type = SB_OPT_STR,
	 .dflt = "",
	 .form = SB_FORM_USER,
	 .help = "instead of a token: user@realm, who logs in with password"},
	{.name = "password",
	 .type = SB_OPT_STR,
	 .dflt = "",
	 .is_secret = true,
	 .help = "reference to the password of user"},
	USE_HTTPS,
	VERIFY_SSL,
	CA_FILE,
	FINGERPRINT,
	PROXY,
	PROXY_AUTH,
	{.name = "site",
	 .type = SB_OPT_STR,
	 .dflt = "",
	 .help = "name of the NetBox site; empty = cluster and guests have none, nodes get the "
		 "site \"Proxmox Default Site - <cluster>\", which NetBox 4.6 and newer "
		 "gives to their guests, too"},
	{.name = "vlan_group",
	 .type = SB_OPT_STR,
	 .dflt = "",
	 .help = "VLAN group of the endpoint's VLANs; empty = the slug"},
	{.name = "cluster_name",
	 .type = SB_OPT_STR,
	 .dflt = "",
	 .form = SB_FORM_CLUSTER_NAME,
	 .help = "name template of the cluster in NetBox: {cluster}, {cluster_slug}, {endpoint}; "
		 "empty = {cluster}, the name in Proxmox VE, of a standalone node the name of the "
		 "node"},
	{.name = "device_name",
	 .type = SB_OPT_STR,
	 .dflt = "",
	 .form = SB_FORM_DEVICE_NAME,
	 .help = "name template of its node devices; empty = the global device_name"},
	{.name = "options",
	 .is_options = true,
	 .help = "options of modules for this endpoint alone, one group per module: they win over "
		 "those of the group options"},
	{.name = "branching",
	 .rows = branching_endpoint_rows,
	 .help = "options of the group branching, and its modules, for this endpoint alone; the "
		 "first group that sets an option counts: of the module here, of the module for "
		 "all endpoints, of this endpoint, of all"},
	{0},
};

static const struct sb_conf_row top_rows[] = {
	{.name = "modules",
	 .type = SB_OPT_LIST,
	 .form = SB_FORM_NAME,
	 .help = "modules to load; nothing else is opened"},
	{.name = "module_dir",
	 .type = SB_OPT_STR,
	 .dflt = "",
	 .form = SB_FORM_PATH,
	 .help = "folder of the modules in place of the built-in one, which empty stands for"},
	{.name = "module_path",
	 .type = SB_OPT_LIST,
	 .dflt = "",
	 .max = 16,
	 .form = SB_FORM_PATH,
	 .help = "further folders of modules; each belongs to root or to the user of stagebox, "
		 "with all folders above it, and nobody else may write it; a module of one name "
		 "in two folders is refused"},
	{.name = "device_name",
	 .type = SB_OPT_STR,
	 .dflt = "{node}",
	 .form = SB_FORM_DEVICE_NAME,
	 .help = "name template of node devices: {node}, {cluster}, {cluster_slug}, {endpoint}"},
	{.name = "inventory",
	 .type = SB_OPT_STR,
	 .dflt = "auto",
	 .words = WORDS("auto", "custom-objects", "fields", "off"),
	 .help = "home of kinds that NetBox has no model for: custom objects (plugin "
		 "netbox-custom-objects), JSON custom fields of their parents, or none; auto = "
		 "what `stagebox bootstrap` chose, custom objects where it can"},
	{.name = "adopt_nodes",
	 .type = SB_OPT_STR,
	 .dflt = "witnessed",
	 .words = WORDS("witnessed", "named"),
	 .help = "devices of people in no cluster that are adopted as nodes: witnessed = also "
		 "role, "
		 "type, manufacturer or an address agree; named = the name alone"},
	{0},
};

static const struct sb_conf_row store_rows[] = {
	{.name = "kind",
	 .type = SB_OPT_STR,
	 .dflt = "sqlite",
	 .words = WORDS("sqlite"),
	 .help = "back-end"},
	{.name = "path",
	 .type = SB_OPT_STR,
	 .dflt = "/var/lib/stagebox/stagebox.db",
	 .form = SB_FORM_PATH,
	 .help = "file of the SQLite back-end; its folder must exist; may be deleted"},
	{.name = "group",
	 .type = SB_OPT_STR,
	 .dflt = "",
	 .form = SB_FORM_GROUP,
	 .help = "Unix group whose members may use runs, run show and stale without root: they "
		 "read a copy that each run writes; empty = none"},
	{0},
};

static const struct sb_conf_row policy_rows[] = {
	{.name = "*",
	 .type = SB_OPT_STR,
	 .words = WORDS("always", "if-unchanged", "if-empty", "create-only", "never", "intent"),
	 .help = "always, if-unchanged, if-empty, create-only, never or intent"},
	{0},
};

static const struct sb_conf_row prune_rows[] = {
	{.name = "enabled",
	 .type = SB_OPT_BOOL,
	 .dflt = "false",
	 .help = "delete our objects that vanished at the source"},
	{.name = "runs",
	 .type = SB_OPT_INT,
	 .dflt = "3",
	 .min = 1,
	 .max = 100,
	 .help = "number of complete runs in which the object was missing"},
	{.name = "grace",
	 .type = SB_OPT_SECS,
	 .dflt = "24h",
	 .max = INT64_C(366) * 86400,
	 .help = "and minimum time since the first of these runs"},
	{.name = "address_runs",
	 .type = SB_OPT_INT,
	 .dflt = "2",
	 .min = 1,
	 .max = 100,
	 .help = "number of complete runs in which a guest reports no address on an interface "
		 "before its addresses there are deleted, also when pruning is off"},
	{.name = "address_grace",
	 .type = SB_OPT_SECS,
	 .dflt = "10m",
	 .max = INT64_C(366) * 86400,
	 .help = "and minimum time since the first of these runs"},
	{.name = "max_percent",
	 .type = SB_OPT_INT,
	 .dflt = "5",
	 .max = 100,
	 .help = "limit in percent of the objects of one kind of an endpoint in one run; more is "
		 "refused"},
	{.name = "adopted",
	 .type = SB_OPT_STR,
	 .dflt = "release",
	 .words = WORDS("release", "delete"),
	 .help = "objects that people made and stagebox adopted: release = give them back; delete "
		 "= "
		 "delete them like ours"},
	{.name = "max_count",
	 .type = SB_OPT_INT,
	 .dflt = "50",
	 .max = 1000000,
	 .help = "limit in objects of one kind of an endpoint in one run; more is refused"},
	{0},
};

static const struct sb_conf_row limit_rows[] = {
	{.name = "memory_mib",
	 .type = SB_OPT_INT,
	 .dflt = "2048",
	 .min = 64,
	 .max = 1048576,
	 .help = "memory of a job"},
	{.name = "cpu",
	 .json = "cpu_s",
	 .type = SB_OPT_SECS,
	 .dflt = "30m",
	 .min = 1,
	 .max = 7 * 86400,
	 .help = "processor time of a job"},
	{.name = "wall",
	 .json = "wall_s",
	 .type = SB_OPT_SECS,
	 .dflt = "60m",
	 .min = 1,
	 .max = 7 * 86400,
	 .help = "duration of a job"},
	{.name = "stage",
	 .json = "stage_s",
	 .type = SB_OPT_SECS,
	 .dflt = "5m",
	 .min = 1,
	 .max = 86400,
	 .help = "how long the code of one stage may run at a stretch, until its module is left "
		 "out of "
		 "the run"},
	{.name = "stage_rows",
	 .type = SB_OPT_INT,
	 .dflt = "1000000",
	 .min = 1,
	 .max = 100000000,
	 .help = "how many rows one stage may read, until it fails"},
	{.name = "stage_mib",
	 .type = SB_OPT_INT,
	 .dflt = "512",
	 .min = 1,
	 .max = 1048576,
	 .help = "how much memory its rows may take, until it fails"},
	{.name = "stage_requests",
	 .type = SB_OPT_INT,
	 .dflt = "200000",
	 .min = 1,
	 .max = 100000000,
	 .help = "how many requests one stage may send, until it fails"},
	{.name = "agent_wait",
	 .json = "agent_wait_s",
	 .type = SB_OPT_SECS,
	 .dflt = "10s",
	 .min = 1,
	 .max = 600,
	 .help = "how long a run waits for guest agents that do not answer, when everything else "
		 "is "
		 "read; they are asked again later"},
	{.name = "shared_per_day",
	 .type = SB_OPT_INT,
	 .dflt = "500",
	 .min = 1,
	 .max = 1000000,
	 .help = "how many shared objects of one kind (tags, platforms, VLANs) an endpoint may "
		 "create in NetBox in 24 hours, ten times as many on its first day; more are left "
		 "out"},
	{.name = "plan_expires",
	 .json = "plan_expires_s",
	 .type = SB_OPT_SECS,
	 .dflt = "30d",
	 .min = 1,
	 .max = 366 * 86400,
	 .help = "how long a plan that \"plan -o\" saves may be applied"},
	{0},
};

static const struct sb_conf_row log_rows[] = {
	{.name = "level",
	 .type = SB_OPT_STR,
	 .dflt = "warn",
	 .words = WORDS("error", "warn", "notice", "info", "debug"),
	 .help = "error, warn, notice, info or debug"},
	{0},
};

const struct sb_conf_group sb_conf_groups[] = {
	{.name = "netbox", .rows = netbox_rows, .help = "the NetBox to write to"},
	{.name = "endpoints",
	 .is_list = true,
	 .rows = endpoint_rows,
	 .help = "Proxmox VE clusters and standalone nodes"},
	{.name = "", .rows = top_rows, .help = "modules"},
	{.name = "store", .rows = store_rows, .help = "data that is kept between runs"},
	{.name = "options",
	 .is_open = true,
	 .help = "one group per module, checked against its own table"},
	{.name = "policy",
	 .is_open = true,
	 .rows = policy_rows,
	 .help = "who owns a field: FIELD = WORD, or KIND: { FIELD = WORD; }"},
	{.name = "prune",
	 .rows = prune_rows,
	 .help = "deletion of objects that vanished at the source"},
	{.name = "limits", .rows = limit_rows, .help = "limits of a job and of a plan"},
	{.name = "branching",
	 .rows = branching_rows,
	 .help = "runs that go into a branch of NetBox (plugin netbox-branching)"},
	{.name = "log", .rows = log_rows, .help = "logging"},
	{0},
};

const struct sb_conf_group *sb_conf_group_find(const char *name)
{
	const struct sb_conf_group *group;

	for (group = sb_conf_groups; group->name; group++) {
		if (sb_streq(group->name, name))
			return group;
	}
	return NULL;
}

const struct sb_conf_row *sb_conf_row_find(const struct sb_conf_row *rows, const char *name)
{
	for (; rows && rows->name; rows++) {
		if (sb_streq(rows->name, name))
			return rows;
	}
	return NULL;
}

void sb_guess_rows(struct sb_guess *guess, const struct sb_conf_row *rows)
{
	for (; rows && rows->name; rows++)
		sb_guess_try(guess, rows->name);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: read from a file and the environment, checked against tables, kept as JSON. */
#pragma once

#include "base/json_hash.h"
#include "stagebox/module.h"

/*
 * Shape (defaults filled in, so that every member is there):
 *   netbox    {url, token, <server>, settle (s), in_flight, batch}
 *   endpoints [{slug, urls[], token or user and password, <server>, site, vlan_group,
 *              device_name, options {"<module>": {...}},
 *              branching {members of branching that are set, modules {"<module>": {...}}}}]
 *   <server>  use_https, verify_ssl, ca_file, fingerprint, proxy, proxy_auth
 *   modules   ["cluster", ...]    module_dir  ""    module_path []    device_name "{node}"
 *   store     {kind, path, group}
 *   options   {"<module>": {...}} unchecked here: the module's table checks it
 *   policy    {"description": "if-unchanged", "vm.name": "always", ...}
 *             (in the file: policy: { description = "..."; vm: { name = "always"; }; };)
 *   prune     {enabled, runs, grace (s), max_percent, max_count}
 *   limits    {memory_mib, cpu_s, wall_s, plan_expires_s}
 *   branching {mode, prefix, on_conflict, merge, keep_days, wait_s, modules {"<module>": {...}}}
 *   log       {level}
 * Durations are seconds. Secrets are references ("file:...", "env:...", "cred:...") until
 * sb_conf_resolve().
 */

/* The form that a text (or each text of a list) must have. Relative paths are made absolute: they
 * are relative to the folder of the configuration file. */
enum sb_conf_form {
	SB_FORM_ANY,
	SB_FORM_SLUG,         /* a-z 0-9 -, 1 to 32 characters */
	SB_FORM_NAME,         /* a-z 0-9 _ */
	SB_FORM_URL,          /* scheme, host, port */
	SB_FORM_URL_BASE,     /* the same and a base path */
	SB_FORM_PATH,         /* "" or a path */
	SB_FORM_FILE,         /* "" or the path of a file that can be read */
	SB_FORM_FINGERPRINT,  /* "" or SHA-256 in hex, with or without colons; several by blanks */
	SB_FORM_PROXY,        /* "", "none" or the URL of a proxy, without user and password */
	SB_FORM_USER,         /* "" or user@realm */
	SB_FORM_DEVICE_NAME,  /* "" or a template with {node} */
	SB_FORM_CLUSTER_NAME, /* "" or a template without {node} */
	SB_FORM_GROUP,        /* "" or a Unix group of this host */
	SB_FORM_PREFIX,       /* A-Z a-z 0-9 - _, 1 to 64 characters */
};

struct sb_conf_row {
	const char *name;
	enum sb_opt_type type;
	bool is_secret;           /* a reference; never dumped resolved */
	const char *dflt;         /* NULL = required, or is_optional */
	int64_t min, max;         /* INT and SECS; LIST: number of members; both 0 = unbounded */
	const char *const *words; /* STR: allowed values; NULL = any */
	const char *help;
	enum sb_conf_form form;
	const char *json; /* name of the JSON member; NULL = name */
	bool is_options;  /* a group of groups: options of modules, checked by their tables; the
			   * other members have no meaning */
	bool is_optional; /* without a value it is absent from the JSON; dflt is NULL */
	/* A group inside the group: its rows, which end with name == NULL. The JSON always has it.
	 * Of the other members only name, json, help and is_open have a meaning. */
	const struct sb_conf_row *rows;
	bool is_open; /* free names, and each is a group with these rows */
};

struct sb_conf_group {
	const char *name;               /* "" = rows of the top level */
	bool is_list;                   /* list of groups (endpoints) */
	bool is_open;                   /* free names: rows is one row "*" for all, or NULL */
	const struct sb_conf_row *rows; /* ends with name == NULL */
	const char *help;
};

/** All groups, for check, dump and the man page; ends with name == NULL. */
extern const struct sb_conf_group sb_conf_groups[];

/**
 * Read and check a file. Unknown keys are errors with "did you mean"; values out of bounds name
 * file, line and bounds. STAGEBOX_<GROUP>_<NAME> overrides one value (STAGEBOX_NETBOX_URL,
 * STAGEBOX_MODULES); endpoints, options, policy and branching.modules are not overridable. A
 * literal secret in the environment is kept as "env:STAGEBOX_...". A URL whose scheme contradicts
 * use_https is an error.
 *
 * @ret_conf    new reference
 * @ret_faults  new reference to the texts of all errors, empty on success; may be NULL, err has the
 *              first one
 */
SB_API int sb_conf_load_all(const char *path, json_t **ret_conf, json_t **ret_faults,
			    struct sb_error *err);

/** The names of the groups and single options that a file sets, for a caller who adds the others:
 * {"netbox": true, ...}. *ret_names: new reference, set on success only. Returns 0, or SB_E_CONFIG
 * naming file and line. */
SB_API int sb_conf_names(const char *path, json_t **ret_names, struct sb_error *err);

/** As sb_conf_resolve(), and continue after an error: appends the text of each to faults, an empty
 * array. Returns 0 or the first error. */
SB_API int sb_conf_resolve_all(json_t *conf, json_t *faults, struct sb_error *err);

/** Replace every secret reference by its value, in place. "cred:x" reads x or
 * stagebox_x below $CREDENTIALS_DIRECTORY; without that variable, /etc/stagebox/credentials/x.
 * Errors name the key and the file, never a value. */
SB_API int sb_conf_resolve(json_t *conf, struct sb_error *err);

/**
 * Check one text as the value of an option ("netbox", "url"), or as one member of a list.
 *
 * @ret_text  the text in its final form; caller frees
 *
 * Returns 0, SB_E_CONFIG with the reason, SB_E_ARG when there is no such option of type text, or
 * SB_E_NOMEM.
 */
SB_API int sb_conf_check(const char *group, const char *name, const char *text, char **ret_text,
			 struct sb_error *err);

/**
 * Check the configuration of a recording against the tables: it may come from anybody.
 *
 * @recorded  as a job took it; members that no table has are dropped; secrets and paths are left
 *            empty, because a replay needs none
 * @own       the caller's configuration, or an object with module_dir, or NULL: modules are loaded
 *            from its module_dir and module_path and no other folder, and only those that its
 *            modules lists (without such a list, those of the recording)
 * @ret_conf  new reference, set on success only
 *
 * Returns 0, or SB_E_CONFIG naming the value that is out of bounds.
 */
SB_API int sb_conf_recorded(const json_t *recorded, const json_t *own, json_t **ret_conf,
			    struct sb_error *err);

/**
 * The SHA-256 of the options that decide what a plan contains: modules and their options, policy,
 * prune, names and sites. How servers are reached, branches, limits, store and log are left out.
 *
 * @conf  loaded and not resolved, so that no secret is hashed
 *
 * Returns 0, or SB_E_NOMEM.
 */
SB_API int sb_conf_fingerprint(const json_t *conf, char ret_hash[SB_JSON_HASH_CHARS + 1],
			       struct sb_error *err);

/** Apply log.level to this process. */
SB_API void sb_conf_log_level(const json_t *conf);

/** Text of a configuration that was loaded (not resolved) in libconfig syntax. Caller frees. */
SB_API char *sb_conf_dump(const json_t *conf, struct sb_error *err);

/** The endpoint group with a slug, borrowed, or NULL. */
SB_API json_t *sb_conf_endpoint(const json_t *conf, const char *slug);

/**
 * The slugs that a selection names, in the order of the configuration.
 *
 * @wanted     array of slugs; empty or NULL = all
 * @ret_slugs  new reference, set on success only
 *
 * Returns 0, or SB_E_ARG for an unknown slug, naming what is configured.
 */
SB_API int sb_conf_select(const json_t *conf, const json_t *wanted, json_t **ret_slugs,
			  struct sb_error *err);

/**
 * The configuration as it holds for one endpoint: its own options over those for all endpoints, and
 * no options in any endpoint. A copy that shares its other members; new reference, NULL = no
 * memory. A slug that no endpoint has changes no option.
 */
SB_API json_t *sb_conf_for_endpoint(const json_t *conf, const char *slug);

/** Has this endpoint options of its own? */
SB_API bool sb_conf_has_own_options(const json_t *conf, const char *slug);

/** Has any endpoint options of its own? */
SB_API bool sb_conf_any_own_options(const json_t *conf);

/** Is any option of a module a reference ("file:...") or a group, which stands for a secret once it
 * is read? Only then it is necessary to look at the modules for sb_conf_resolve_options(), which
 * refuses such a group. */
SB_API bool sb_conf_may_have_option_secrets(const json_t *conf);

/**
 * Replace the references of secret options of modules, those for all endpoints and those of each
 * one, by {"secret": "..."}, in place; conf is not to share its options with another copy.
 *
 * @modules  of sb_look_modules(): [{"name", "secrets": ["<option>", ...]}]
 * @faults   as sb_conf_resolve_all(); NULL = stop at the first error
 */
SB_API int sb_conf_resolve_options(json_t *conf, const json_t *modules, json_t *faults,
				   struct sb_error *err);

/**
 * Check values against a module's option table and fill in defaults.
 *
 * @values   object or NULL; a secret is a reference or {"secret": "..."}
 * @ret_opts new reference: every option by name with its JSON type (SECS as integer seconds)
 */
int sb_conf_options(const char *owner, const struct sb_opt *table, const json_t *values,
		    json_t **ret_opts, struct sb_error *err);

/** "text", "bool", "int", "duration" or "list": for people. */
SB_API const char *sb_opt_type_name(enum sb_opt_type type);

/** "90", "90s", "5m", "24h", "7d" -> seconds; SB_E_CONFIG. */
int sb_conf_secs(const char *text, int64_t *ret_secs);

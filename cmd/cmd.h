/* SPDX-License-Identifier: Apache-2.0 */
/* Commands: their description, their options, and functions that they share. */
#pragma once

#include "base/guess.h"
#include "out.h"

/* Days for which the store keeps runs, as a number and for help texts. */
#define CMD_KEEP_DAYS       90
#define CMD_WORD_OF(number) #number
#define CMD_WORD(number)    CMD_WORD_OF(number)

struct sb_store;

/* Groups of options that a command takes in addition to the global ones. */
enum cmd_takes {
	CMD_TAKES_SELECTION = 1u << 0, /* --endpoint --resources --target */
	CMD_TAKES_RECORD = 1u << 1,    /* --record */
	CMD_TAKES_REPLAY = 1u << 2,    /* --replay */
	CMD_TAKES_OUTPUT = 1u << 3,    /* -o */
	CMD_TAKES_PLAN = 1u << 4,      /* --plan */
	CMD_TAKES_ENDPOINT = 1u << 5,  /* --endpoint alone */
	CMD_TAKES_LIMIT = 1u << 6,     /* --limit */
	CMD_TAKES_DIR = 1u << 7,       /* --dir */
	CMD_TAKES_MAN = 1u << 8,       /* --man */
	CMD_TAKES_RIGHTS = 1u << 9,    /* --server-version */
	CMD_TAKES_INIT = 1u << 10,     /* --netbox-url and the others of "init" */
	CMD_TAKES_ENV = 1u << 11,      /* --env */
	CMD_TAKES_CHANGES = 1u << 12,  /* --changes */
	CMD_TAKES_LIMITS = 1u << 13,   /* --max-objects */
	CMD_TAKES_RETRY = 1u << 14,    /* --retry */
	CMD_TAKES_MOVE = 1u << 15,     /* --move-home */
	CMD_TAKES_UPDATE = 1u << 16,   /* --update */
	CMD_TAKES_BRANCH = 1u << 17,   /* --branch */
};

/* Answers to the questions of "init"; NULL = it asks. */
struct cmd_init_options {
	const char *netbox_url, *netbox_token, *netbox_ca, *netbox_fingerprint;
	const char *pve_token, *pve_ca, *pve_fingerprint, *slug, *site;
	json_t *pve_urls; /* array */
};

struct cmd_options {
	const char *config; /* NULL = by the environment, else the default */
	const char *module_dir;
	bool json, quiet, verbose, no_color, plan_only, man, changes, retry, move_home, update;
	json_t *endpoints; /* array of slugs */
	json_t *resources; /* array of words */
	const char *target, *record, *replay, *output, *dir, *server_version, *env;
	struct cmd_init_options init;
	uint64_t max_objects, limit;
	const char *branch; /* a mode of branching; NULL = as configured */
};

/* One option; the parser, help, manual page and completion all use this table. */
struct cmd_option {
	const char *name;  /* "--output" */
	const char *brief; /* short form, "-o"; NULL = none */
	const char *value; /* "FILE", "DIR", "SLUG", "text|json"; NULL = takes no value */
	int id;
	unsigned takes; /* enum cmd_takes: commands that take one of these; 0 = every command */
	const char *help;
};

/* All options in the order of the help text; ends with name == NULL. */
extern const struct cmd_option cmd_option_rows[];

/** Find the option that a word names. *ret_value: the text after the "=" of "--name=value", else
 * NULL. */
const struct cmd_option *cmd_option_find(const char *word, const char **ret_value);

struct cmd {
	const struct cmd_entry *entry;
	struct cmd_options options;
	struct out out;
	int argc; /* words after the command's name */
	char **argv;
	bool is_view_alone; /* "ha" for "view ha": argv begins with the view */
};

struct cmd_entry {
	const char *name;
	const char *args; /* for the usage line and completion: "list | info NAME" */
	const char *summary;
	const char *about;    /* paragraphs for "help NAME" and the manual page; NULL = internal */
	const char *examples; /* lines of a shell; NULL = internal */
	unsigned takes;       /* enum cmd_takes */
	int min_args, max_args;
	bool is_hidden;
	bool is_raw; /* the words after the command are not parsed */
	int (*run)(struct cmd *cmd);
};

/* All commands in the order of the help text; ends with NULL. */
extern const struct cmd_entry *const cmd_entries[];
extern const struct cmd_entry cmd_lab, cmd_doctor, cmd_bootstrap, cmd_plan, cmd_apply, cmd_sync,
	cmd_runs, cmd_run, cmd_stages, cmd_modules, cmd_config, cmd_job, cmd_look, cmd_complete,
	cmd_help, cmd_audit_takeover, cmd_import_proxbox, cmd_init, cmd_rights, cmd_endpoint,
	cmd_revert, cmd_show, cmd_stale, cmd_kinds, cmd_view;

const struct cmd_entry *cmd_find(const char *name);

/** The number of a run from a word of the command line. Returns 0 or SB_E_ARG. */
int cmd_run_number(const char *word, int64_t *ret_run);

/** Find the command whose name is nearly this one. */
void cmd_guess(const char *name, struct sb_guess *ret_guess);

/** SB_E_ARG for a word that names no command, with the nearest one that exists. */
int cmd_fail_unknown(const char *name, struct sb_error *err);

/** Read the command line. Returns 0, SB_E_ARG or SB_E_NOMEM. ret_cmd->entry is NULL when there is
 * no command. The caller calls cmd_finish() in any case. */
int cmd_parse(int argc, char **argv, struct cmd *ret_cmd, bool *ret_version, struct sb_error *err);
void cmd_finish(struct cmd *cmd);

/** Write the page stagebox(1). */
int cmd_manual(struct out *out, struct sb_error *err);

/** config man [MODULE...]: write the page stagebox.cfg(5) with the options of these modules. */
int cmd_config_man(struct cmd *cmd, struct sb_error *err);

/** Print a line on stderr, without characters that would control a terminal. */
void cmd_complain(const char *fmt, ...) SB_PRINTF(1, 2);

/** Print on stderr that the results come from the copy of the store for readers, and its age; print
 * nothing when they come from the store itself. */
void cmd_note_copy(const struct cmd *cmd, struct sb_store *store);

/** Print the error on stderr and return its exit code. */
int cmd_fail(struct cmd *cmd, const struct sb_error *err);

/** Print all texts but the last on stderr, and put that into the error: SB_E_CONFIG. */
int cmd_fail_all(const json_t *texts, struct sb_error *err);

/** Print a usage error of the command with a hint on stderr; returns SB_EXIT_USAGE. */
int cmd_usage(struct cmd *cmd, const char *fmt, ...) SB_PRINTF(2, 3);

/** The path of the configuration, by the options, the environment or the default; borrowed. */
const char *cmd_conf_path(const struct cmd *cmd);

/** As cmd_usage() for a word that names no form of the command, with the forms that exist. */
int cmd_usage_word(struct cmd *cmd, const char *word);

/** Load the configuration that the options name; --module-dir replaces its module_dir and
 * module_path. New reference. */
int cmd_conf(struct cmd *cmd, json_t **ret_conf, struct sb_error *err);

/** As cmd_conf(), but an empty configuration when none is named and the default file does not
 * exist. */
int cmd_conf_or_none(struct cmd *cmd, json_t **ret_conf, struct sb_error *err);

/** Path of a program in the folder of this one. Caller frees; NULL with err. */
char *cmd_beside(const char *name, struct sb_error *err);

/** Protect the secrets in memory from now on: no core file, no tracing by other processes of the
 * user. */
void cmd_close_memory(void);

/** Catch SIGINT and SIGTERM and ignore SIGPIPE from now on. Returns the place of the number, see
 * cmd_signal(). */
const volatile int *cmd_keep_signals(void);
/** Number of the caught signal, or 0. */
int cmd_signal(void);

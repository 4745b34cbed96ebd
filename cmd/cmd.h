/* SPDX-License-Identifier: Apache-2.0 */
/* What a command is, and what it is given. */
#pragma once

#include "out.h"

/* Options that a command takes beside the global ones. */
enum cmd_takes {
	CMD_TAKES_SELECTION = 1u << 0, /* --endpoint --resources --target --max-objects */
	CMD_TAKES_RECORD = 1u << 1,    /* --record */
	CMD_TAKES_REPLAY = 1u << 2,    /* --replay */
	CMD_TAKES_OUTPUT = 1u << 3,    /* -o */
	CMD_TAKES_PLAN = 1u << 4,      /* --plan */
	CMD_TAKES_ENDPOINT = 1u << 5,  /* --endpoint alone */
	CMD_TAKES_LIMIT = 1u << 6,     /* --limit */
	CMD_TAKES_DIR = 1u << 7,       /* --dir */
	CMD_TAKES_MAN = 1u << 8,       /* --man */
};

struct cmd_options {
	const char *config; /* NULL = environment, else the default place */
	const char *module_dir;
	bool json, quiet, no_color, plan_only, man;
	json_t *endpoints; /* array of slugs */
	json_t *resources; /* array of words */
	const char *target, *record, *replay, *output, *dir;
	uint64_t max_objects, limit;
};

/* One option, for reading, help, manual page and completion alike. */
struct cmd_option {
	const char *name;  /* "--output" */
	const char *brief; /* a shorter spelling, "-o"; NULL = none */
	const char *value; /* what it takes: "FILE", "DIR", "SLUG", "text|json"; NULL = nothing */
	int id;
	unsigned takes; /* enum cmd_takes: commands that take one of these; 0 = every command */
	const char *help;
};

/* All options in the order of the help text; ends with name == NULL. */
extern const struct cmd_option cmd_option_rows[];

/** The option that a word names. ret_value points behind the "=" of "--name=value", else NULL. */
const struct cmd_option *cmd_option_find(const char *word, const char **ret_value);

struct cmd {
	const struct cmd_entry *entry;
	struct cmd_options options;
	struct out out;
	int argc; /* words after the command's name */
	char **argv;
};

struct cmd_entry {
	const char *name;
	const char *args; /* for the usage line: "list | info NAME"; completion reads it, too */
	const char *summary;
	const char
		*about; /* more for "help NAME" and the manual page: paragraphs; NULL = nothing */
	unsigned takes; /* enum cmd_takes */
	int min_args, max_args;
	bool is_hidden;
	bool is_raw; /* all that follows is passed on unread */
	int (*run)(struct cmd *cmd);
};

/* All commands in the order of the help text; ends with NULL. */
extern const struct cmd_entry *const cmd_entries[];
extern const struct cmd_entry cmd_lab, cmd_doctor, cmd_bootstrap, cmd_plan, cmd_apply, cmd_sync,
	cmd_runs, cmd_run, cmd_stages, cmd_modules, cmd_config, cmd_job, cmd_complete, cmd_help,
	cmd_audit_takeover, cmd_import_proxbox;

const struct cmd_entry *cmd_find(const char *name);

/** Read the command line. Returns 0, or SB_E_ARG. cmd->entry is NULL for --help and none. */
int cmd_parse(int argc, char **argv, struct cmd *ret_cmd, bool *ret_version, struct sb_error *err);
void cmd_finish(struct cmd *cmd);

/** The page stagebox(1), made of the tables of commands and options. */
int cmd_manual(struct out *out, struct sb_error *err);

/** config man [MODULE...]: the page stagebox.cfg(5), with the options of these modules. */
int cmd_config_man(struct cmd *cmd, struct sb_error *err);

/** Print the error and return its exit code. */
int cmd_fail(struct cmd *cmd, const struct sb_error *err);

/** A usage error of the running command: message, hint, 64. */
int cmd_usage(struct cmd *cmd, const char *fmt, ...) SB_PRINTF(2, 3);

/** The configuration that the options name, --module-dir laid over. New reference. */
int cmd_conf(struct cmd *cmd, json_t **ret_conf, struct sb_error *err);

/** The same, or an empty one when none was asked for and the default place has none. */
int cmd_conf_or_none(struct cmd *cmd, json_t **ret_conf, struct sb_error *err);

/** Path of a program beside this one. Caller frees. NULL with err. */
char *cmd_beside(const char *name, struct sb_error *err);

/** From now on secrets are in our memory: no core file, and nobody of our user may look into it. */
void cmd_close_memory(void);

/** From now on SIGINT and SIGTERM are kept; where to look for the number. */
const volatile int *cmd_keep_signals(void);
/** Number of the signal that came, or 0. */
int cmd_signal(void);

/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all commands, and the search by name. */
#include "cmd.h"

const struct cmd_entry *const cmd_entries[] = {
	&cmd_lab,
	&cmd_init,
	&cmd_rights,
	&cmd_doctor,
	&cmd_bootstrap,
	&cmd_plan,
	&cmd_apply,
	&cmd_sync,
	&cmd_show,
	&cmd_stale,
	&cmd_runs,
	&cmd_run,
	&cmd_revert,
	&cmd_endpoint,
	&cmd_stages,
	&cmd_kinds,
	&cmd_modules,
	&cmd_view,
	&cmd_config,
	&cmd_audit_takeover,
	&cmd_import_proxbox,
	&cmd_help,
	&cmd_job,
	&cmd_look,
	&cmd_complete,
	NULL,
};

const struct cmd_entry *cmd_find(const char *name)
{
	const struct cmd_entry *const *entry;

	for (entry = cmd_entries; *entry; entry++)
		if (sb_streq((*entry)->name, name))
			return *entry;
	return NULL;
}

void cmd_guess(const char *name, struct sb_guess *ret_guess)
{
	const struct cmd_entry *const *entry;

	sb_guess_start(ret_guess, name);
	for (entry = cmd_entries; *entry; entry++)
		if (!(*entry)->is_hidden)
			sb_guess_try(ret_guess, (*entry)->name);
}

int cmd_fail_unknown(const char *name, struct sb_error *err)
{
	struct sb_guess guess;

	cmd_guess(name, &guess);
	return sb_fail(err, SB_E_ARG, "unknown command \"%.100s\"%s", name, guess.hint);
}

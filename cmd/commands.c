/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all commands, and the search by name. */
#include "cmd.h"

const struct cmd_entry *const cmd_entries[] = {
	&cmd_lab,    &cmd_doctor,  &cmd_bootstrap, &cmd_plan,           &cmd_apply,
	&cmd_sync,   &cmd_show,    &cmd_stale,     &cmd_runs,           &cmd_run,
	&cmd_stages, &cmd_modules, &cmd_config,    &cmd_audit_takeover, &cmd_import_proxbox,
	&cmd_help,   &cmd_job,     &cmd_look,      &cmd_complete,       NULL,
};

const struct cmd_entry *cmd_find(const char *name)
{
	const struct cmd_entry *const *entry;

	for (entry = cmd_entries; *entry; entry++)
		if (sb_streq((*entry)->name, name))
			return *entry;
	return NULL;
}

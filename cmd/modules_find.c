/* SPDX-License-Identifier: Apache-2.0 */
/* The folders of the modules, for "modules info NAME", "modules check NAME" and "modules new". */
#include "modules.h"

#include "load/folders.h"

int modules_find(struct cmd *cmd, const char *name, char **ret_path, struct sb_error *err)
{
	struct sb_module_folders folders = {0};
	sb_autojson *conf = NULL;
	int rc = cmd_conf_or_none(cmd, &conf, err);

	if (!rc)
		rc = sb_module_folders_read(conf, &folders, err);
	if (!rc)
		rc = sb_module_folders_find(&folders, name, ret_path, err);
	if (!rc && !*ret_path)
		sb_module_folders_unknown(&folders, name, err);
	sb_module_folders_finish(&folders);
	return rc;
}

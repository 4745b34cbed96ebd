/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of the modules, for "modules check NAME" and "modules new". */
#include "modules.h"

#include "load/folders.h"

char *modules_dir(struct cmd *cmd, struct sb_error *err)
{
	sb_autojson *conf = NULL;

	return cmd_conf_or_none(cmd, &conf, err) < 0 ? NULL : sb_module_dir(conf, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the command modules. */
#pragma once

#include "cmd.h"

/** Folder of the modules that the configuration, if there is one, means. Caller frees. */
char *modules_dir(struct cmd *cmd, struct sb_error *err);

/** What sb_module_inspect() tells of a module, which is named or is the path of a file. */
int modules_info(struct cmd *cmd, const char *name, json_t **ret_info, struct sb_error *err);

/** modules new NAME: write a folder with a module that builds and loads. */
int modules_new(struct cmd *cmd, struct sb_error *err);

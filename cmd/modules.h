/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the command modules. */
#pragma once

#include "cmd.h"

/** Folder of the modules that the configuration, if there is one, means. Caller frees. */
char *modules_dir(struct cmd *cmd, struct sb_error *err);

/** modules new NAME: write a folder with a module that builds and loads. */
int modules_new(struct cmd *cmd, struct sb_error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* Functions shared by the files of the command "modules". */
#pragma once

#include "cmd.h"

/** Find the file of a module in the folders of the configuration, or the built-in one if there is
 * none. *ret_path: caller frees; NULL = no folder has it, and then err says which have been
 * searched. Returns 0, SB_E_CONFIG or SB_E_NOMEM. */
int modules_find(struct cmd *cmd, const char *name, char **ret_path, struct sb_error *err);

/** Inspect a module, given by name or by path, in a process of its own. *ret_info: new reference to
 * the result of sb_module_inspect(). */
int modules_info(struct cmd *cmd, const char *name, json_t **ret_info, struct sb_error *err);

/** modules new NAME: create a folder with a module that builds and loads. */
int modules_new(struct cmd *cmd, struct sb_error *err);

/** modules test FILE CASE...: play cases. *ret_code: SB_EXIT_FAILED when a step gave something else
 * than expected. Negative when cases could not be played. */
int modules_test(struct cmd *cmd, int *ret_code, struct sb_error *err);

/** Add "state" to each of these rows of modules: "" or why it is set aside. */
int modules_add_states(const json_t *conf, json_t *rows, struct sb_error *err);

/** stagebox modules retry MODULE. */
int modules_retry(struct cmd *cmd, struct sb_error *err);

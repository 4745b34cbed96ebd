/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of what a module returns, before it is used: its descriptor, its options, its name. */
#pragma once

#include "stagebox/module.h"

/**
 * Check a descriptor: magic, ABI major, minor, size, name, in this order, because each check makes
 * it safe to read the next member.
 *
 * @expected  the file's module name, or NULL
 *
 * Returns 0, or SB_E_CONFIG with the reason.
 */
int sb_module_check(const struct sb_module *module, const char *expected, struct sb_error *err);

/** Check the option table: valid names and types, no name twice. Returns 0, or SB_E_CONFIG. */
int sb_module_check_options(const struct sb_module *module, struct sb_error *err);

/** Write the module name of "/dir/<id>.so", [a-z0-9_], at most size - 1 characters. Returns 0, or
 * SB_E_CONFIG. */
int sb_module_id(const char *path, char *ret_id, size_t size, struct sb_error *err);

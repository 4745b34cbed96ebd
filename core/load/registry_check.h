/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors of modules, checked before anything of them is believed. */
#pragma once

#include "stagebox/module.h"

/**
 * Check a descriptor before anything of it is believed: magic, ABI major, minor, size, name; only
 * fields that can never move are read before the check that makes the next one safe.
 *
 * @expected  name that the file has, or NULL
 */
int sb_module_check(const struct sb_module *module, const char *expected, struct sb_error *err);

/** The option table is well formed: names, types, no name twice. */
int sb_module_check_options(const struct sb_module *module, struct sb_error *err);

/** Module id of "/dir/<id>.so" into a caller's buffer: [a-z0-9_], at most size - 1 characters. */
int sb_module_id(const char *path, char *ret_id, size_t size, struct sb_error *err);

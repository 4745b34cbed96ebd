/* SPDX-License-Identifier: Apache-2.0 */
/* The folder in which "modules test" plays a case: modules, configuration, store. */
#pragma once

#include "cmd.h"

struct test_place {
	char *folder; /* a temporary one */
	char *module; /* name of the module under test */
};

/** Make the folder, with links to the modules of dir, and a copy of file, the module under test.
 * dir is absolute. Returns 0, or SB_E_STATE. *ret_place: removed by test_place_remove() in any
 * case. */
int test_place_make(const char *dir, const char *file, const char *module,
		    struct test_place *ret_place, struct sb_error *err);

/** The configuration of a case: its own file (NULL = none), and defaults for what that does not
 * set. Variables of the environment have no effect on it. *ret_conf: new reference, not resolved.
 * Returns 0, SB_E_CONFIG or SB_E_STATE. */
int test_place_conf(const struct test_place *place, const char *file, json_t **ret_conf,
		    struct sb_error *err);

/** Empty the folder of the store, so that the next case begins without memory. Returns 0, or
 * SB_E_STATE. */
int test_place_clear(const struct test_place *place, struct sb_error *err);

void test_place_remove(struct test_place *place);

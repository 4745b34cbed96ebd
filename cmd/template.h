/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the source tree that the program carries with it. */
#pragma once

/* One file; a table of them ends with name == NULL. */
struct cmd_template {
	const char *name;
	const char *text;
};

/* docs/example-module: the word "example" stands for the name of the module. */
extern const struct cmd_template cmd_module_template[];

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

/* docs/man: pages that are completed from the program's tables, "stagebox.1.in". */
extern const struct cmd_template cmd_man_pages[];

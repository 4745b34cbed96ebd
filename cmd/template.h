/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the source tree that are compiled into the program. */
#pragma once

/* One file; a table ends with name == NULL. */
struct cmd_template {
	const char *name;
	const char *text;
};

/* docs/example-module; the word "example" is replaced by the name of the module. */
extern const struct cmd_template cmd_module_template[];

/* docs/man: pages such as "stagebox.1.in", completed from the program's tables. */
extern const struct cmd_template cmd_man_pages[];

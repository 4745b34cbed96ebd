/* SPDX-License-Identifier: Apache-2.0 */
/* Scripted answers: what a server answers for a path, whatever its state. */
#pragma once

#include <stdbool.h>

#include <jansson.h>

struct lab_exchange;
struct lab_script;
struct lab_server;

/**
 * Set the answer for a path, replacing an earlier one for it.
 *
 * @path   "/pools", "/api2/json/pools", "dcim/sites/"; with "?" the whole query must be equal
 * @file   {"status": 500, "body": JSON or "text": TEXT, "method": "GET"}; each member is optional
 * @times  number of answers; 0 = until it is removed
 *
 * Returns 0, or -1 with a static message in ret_why.
 */
int lab_script_set(struct lab_server *server, const char *path, const json_t *file, unsigned times,
		   const char **ret_why);

/** Remove the answer for a path. False when there is none. */
bool lab_script_remove(struct lab_server *server, const char *path);

void lab_script_clear(struct lab_server *server);

/** Fill the answer of an exchange when one is scripted for its path. */
bool lab_script_apply(struct lab_exchange *exchange);

/** The scripted answers of a server are appended to list. */
void lab_script_list(struct lab_server *server, json_t *list);

/* SPDX-License-Identifier: Apache-2.0 */
/* A test client of the simulated NetBox, which calls it without a network. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "netbox.h"
#include "stagebox/types.h"

#define TOKEN "0123456789abcdef0123456789abcdef01234567"

/* The server under test and its last answer. */
struct client {
	struct lab_netbox *nb;
	int64_t now_us;
	const char *if_match; /* of the next call only */
	const char *branch;   /* header X-NetBox-Branch of the next calls; NULL = none */
	int status;
	json_t *json;
	char text[128]; /* an answer that is not JSON */
	char etag[80], location[200], request_id[40], api_version[8];
};

int client_setup(void **state);
int client_setup_46(void **state);
int client_setup_45(void **state);
int client_teardown(void **state);

/** Do one call. body is a format for the arguments that follow it, JSON with ' for "; NULL for
 * none. Asserts the status unless it is 0. The returned answer is borrowed until the next call. */
json_t *call(struct client *client, int status, const char *method, const char *path,
	     const char *body, ...) SB_PRINTF(5, 6);

/** Create one object and return its id. */
int make(struct client *client, const char *path, const char *body, ...) SB_PRINTF(3, 4);

/** A value of the last answer by a path of keys and indexes, "results.0.name"; NULL = not found. */
json_t *at(const struct client *client, const char *path);
void expect_text(const struct client *client, const char *path, const char *text);
void expect_int(const struct client *client, const char *path, json_int_t value);
void expect_null(const struct client *client, const char *path);
void expect_size(const struct client *client, const char *path, size_t size);

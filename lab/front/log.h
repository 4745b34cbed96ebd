/* SPDX-License-Identifier: Apache-2.0 */
/* The request log of a lab. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lab_exchange;

/** Write the line of an exchange; held: it was frozen, and a second line follows. */
void lab_log_write(struct lab_exchange *exchange, int status, size_t bytes, bool held);

/** Number of objects in a JSON body: elements of a list, 1 for any other value, 0 for an empty
 * body. */
size_t lab_log_items(const char *body, size_t len);

/* SPDX-License-Identifier: Apache-2.0 */
/* The request log of a lab. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lab_exchange;

void lab_log_write(struct lab_exchange *exchange, int status, size_t bytes, bool held);

/** Objects in a JSON body: elements of a list, 1 for anything else, 0 for nothing. */
size_t lab_log_items(const char *body, size_t len);

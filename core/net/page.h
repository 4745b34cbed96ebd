/* SPDX-License-Identifier: Apache-2.0 */
/* Describes a web page that arrived instead of JSON. */
#pragma once

#include "net/io.h"

/** Is the body of an answer a web page? */
bool sb_page_is(const struct sb_io_answer *answer);

/**
 * Describe the page and its sender: "a login page (\"Sign in\") instead of JSON", "the port speaks
 * TLS, ...". Never NULL; only the title of the page is repeated, cut and cleaned.
 *
 * @to, @room  for the text; 200 bytes are enough
 */
const char *sb_page_describe(const struct sb_io_answer *answer, char *to, size_t room);

/* SPDX-License-Identifier: Apache-2.0 */
/* A web page where JSON was expected: whose page is it? */
#pragma once

#include "net/io.h"

/** Is the body of an answer a web page? */
bool sb_page_is(const struct sb_io_answer *answer);

/**
 * What the page tells about who sent it: "a login page (title \"Sign in\")", "the web server says
 * that its port wants TLS: ...". Never NULL; only the page's title is repeated, cut and cleaned.
 *
 * @to, @room  for the text; 200 bytes are enough
 */
const char *sb_page_tell(const struct sb_io_answer *answer, char *to, size_t room);

/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a URL, as text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** Scheme, host and port of a URL, without user and password; "http://host:80". */
void sb_url_origin(const char *url, char *to, size_t room);

/** Is the host of a URL this machine? A proxy of the environment is not used then. */
bool sb_url_is_loopback(const char *url);

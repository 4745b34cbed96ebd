/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of all servers, masked in every answer that repeats one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Texts that no answer may hold. */
struct io_secrets {
	char **list;
	size_t n;
};

/** Keep the secret parts of an authorization value ("Token x"). False: out of memory. */
bool sb_secrets_add(struct io_secrets *secrets, const char *authorization);

/** Keep a secret as it is. */
bool sb_secrets_add_text(struct io_secrets *secrets, const char *text);

/** Overwrite each secret in a text with stars. */
void sb_secrets_mask(const struct io_secrets *secrets, char *text, size_t len);
void sb_secrets_finish(struct io_secrets *secrets);

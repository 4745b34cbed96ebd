/* SPDX-License-Identifier: Apache-2.0 */
/* Masks the credentials of all servers in answers that repeat them. */
#include "net/io_curl_secrets.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* Shorter texts are not secrets, and would match in any answer. */
#define MIN_CHARS 8

bool sb_secrets_add_text(struct io_secrets *secrets, const char *text)
{
	char **grown, *copy;

	if (!text || strlen(text) < MIN_CHARS)
		return true;
	grown = realloc(secrets->list, (secrets->n + 1) * sizeof(*grown));
	if (!grown)
		return false;
	secrets->list = grown;
	copy = strdup(text);
	if (!copy)
		return false;
	grown[secrets->n++] = copy;
	return true;
}

static const char *text_after(const char *text, char mark)
{
	const char *at = text ? strchr(text, mark) : NULL;

	return at ? at + 1 : NULL;
}

/* "PVEAPIToken=user@realm!name=UUID", "Bearer nbt_KEY.SECRET", "Token HEX": keeps the whole token
 * and its secret part. Longer texts come first. */
bool sb_secrets_add(struct io_secrets *secrets, const char *authorization)
{
	const char *token = text_after(authorization, ' ');

	if (!token)
		token = text_after(authorization, '=');
	return sb_secrets_add_text(secrets, token) &&
	       sb_secrets_add_text(secrets, text_after(token, '=')) &&
	       sb_secrets_add_text(secrets, text_after(token, '.'));
}

void sb_secrets_mask(const struct io_secrets *secrets, char *text, size_t len)
{
	size_t i, n;
	char *at;

	for (i = 0; i < secrets->n; i++) {
		n = strlen(secrets->list[i]);
		for (at = text; (at = memmem(at, len - (size_t)(at - text), secrets->list[i], n));
		     at += n)
			memset(at, '*', n);
	}
}

void sb_secrets_finish(struct io_secrets *secrets)
{
	size_t i;

	for (i = 0; i < secrets->n; i++) {
		sodium_memzero(secrets->list[i], strlen(secrets->list[i]));
		free(secrets->list[i]);
	}
	free(secrets->list);
	secrets->list = NULL;
	secrets->n = 0;
}

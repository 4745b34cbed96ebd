/* SPDX-License-Identifier: Apache-2.0 */
/* The copies of texts, whose memory is malloc()'s: the runtime of the sanitizers would take it past
 * the allocator of the program. */
#include <stdlib.h>
#include <string.h>

#define REPLACES_LIBC __attribute__((visibility("default")))

static char *copy_bytes(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

REPLACES_LIBC char *strdup(const char *text)
{
	return copy_bytes(text, strlen(text));
}

REPLACES_LIBC char *strndup(const char *text, size_t max)
{
	return copy_bytes(text, strnlen(text, max));
}

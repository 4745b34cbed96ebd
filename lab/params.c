/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings and form bodies. */
#include "lab.h"

#include <string.h>

#include <stagebox/types.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode len bytes into a copy; an invalid escape is copied unchanged. */
static char *decode_text(const char *text, size_t len)
{
	char *copy = malloc(len + 1), *out = copy;
	size_t i;

	if (!copy)
		return NULL;
	for (i = 0; i < len; i++) {
		if (text[i] == '%' && i + 2 < len && hex_digit(text[i + 1]) >= 0 &&
		    hex_digit(text[i + 2]) >= 0) {
			*out++ = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
			i += 2;
		} else {
			*out++ = text[i] == '+' ? ' ' : text[i];
		}
	}
	*out = '\0';
	return copy;
}

/* Append a pair of texts, which may be NULL (out of memory). */
static int append_pair(struct lab_params *params, char *key_take, char *value_take)
{
	struct lab_param *list = NULL;

	if (key_take && value_take)
		list = realloc(params->list, (params->n + 1) * sizeof(params->list[0]));
	if (!list) {
		free(key_take);
		free(value_take);
		return -1;
	}
	params->list = list;
	list[params->n++] = (struct lab_param){key_take, value_take};
	return 0;
}

int lab_params_add(struct lab_params *params, const char *key, const char *value)
{
	return append_pair(params, strdup(key), strdup(value));
}

void lab_params_remove(struct lab_params *params, const char *key)
{
	size_t i, n = 0;

	for (i = 0; i < params->n; i++) {
		struct lab_param *param = &params->list[i];

		if (!sb_streq(param->key, key)) {
			params->list[n++] = *param;
			continue;
		}
		free(param->key);
		free(param->value);
	}
	params->n = n;
}

static int add_pair(struct lab_params *params, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	size_t key_len = equals ? (size_t)(equals - text) : len;

	return append_pair(params, decode_text(text, key_len),
			   equals ? decode_text(equals + 1, len - key_len - 1) : strdup(""));
}

int lab_params_parse(struct lab_params *params, const char *text)
{
	memset(params, 0, sizeof(*params));
	while (text && *text) {
		size_t len = strcspn(text, "&");

		if (len && add_pair(params, text, len) < 0) {
			lab_params_finish(params);
			return -1;
		}
		text += len;
		if (*text == '&')
			text++;
	}
	return 0;
}

void lab_params_finish(struct lab_params *params)
{
	size_t i;

	for (i = 0; i < params->n; i++) {
		free(params->list[i].key);
		free(params->list[i].value);
	}
	free(params->list);
	memset(params, 0, sizeof(*params));
}

const char *lab_param(const struct lab_params *params, const char *key)
{
	size_t i;

	for (i = 0; i < params->n; i++)
		if (sb_streq(params->list[i].key, key))
			return params->list[i].value;
	return NULL;
}

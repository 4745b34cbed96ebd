/* SPDX-License-Identifier: Apache-2.0 */
/* A client of the simulated NetBox for tests. */
#include "client.h"

#include <stdio.h>
#include <string.h>

static int setup(void **state, const char *version)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return -1;
	client->nb = lab_netbox_create(version, TOKEN);
	client->now_us = 1786000000000000;
	*state = client;
	return client->nb ? 0 : -1;
}

int client_setup(void **state)
{
	return setup(state, "4.7");
}

int client_setup_45(void **state)
{
	return setup(state, "4.5");
}

int client_setup_46(void **state)
{
	return setup(state, "4.6");
}

int client_teardown(void **state)
{
	struct client *client = *state;

	json_decref(client->json);
	lab_netbox_destroy(client->nb);
	free(client);
	return 0;
}

static void keep_header(char *out, size_t size, const struct lab_answer *answer, const char *name)
{
	size_t i;

	out[0] = '\0';
	for (i = 0; i < answer->n_headers; i++)
		if (sb_streq(answer->headers[i].name, name))
			snprintf(out, size, "%s", answer->headers[i].value);
}

static json_t *send_request(struct client *client, int status, const char *method, const char *path,
			    char *body)
{
	const char *question = strchr(path, '?');
	struct lab_request request = {
		.method = method, .if_match = client->if_match, .branch = client->branch};
	struct lab_answer answer = {0};
	char plain[512];
	char *quote = body;

	snprintf(plain, sizeof(plain), "/api/%.*s",
		 question ? (int)(question - path) : (int)strlen(path), path);
	while (quote && (quote = strchr(quote, '\'')))
		*quote = '"';
	request.path = request.raw_path = plain;
	request.query = question ? question + 1 : "";
	request.authorization = "Token " TOKEN;
	request.content_type = "application/json";
	request.body = body;
	request.body_len = body ? strlen(body) : 0;
	client->now_us += 1000;
	lab_netbox_handle(client->nb, &request, client->now_us, &answer);
	json_decref(client->json);
	client->json = json_incref(answer.json);
	snprintf(client->text, sizeof(client->text), "%s", answer.text ? answer.text : "");
	client->status = answer.status;
	client->if_match = NULL;
	keep_header(client->etag, sizeof(client->etag), &answer, "ETag");
	keep_header(client->location, sizeof(client->location), &answer, "Location");
	keep_header(client->request_id, sizeof(client->request_id), &answer, "X-Request-ID");
	keep_header(client->api_version, sizeof(client->api_version), &answer, "API-Version");
	lab_answer_finish(&answer);
	if (status && status != client->status) {
		char *text = json_dumps(client->json, JSON_INDENT(1) | JSON_ENCODE_ANY);

		print_error("%s %s: %d instead of %d\n%s\n", method, path, client->status, status,
			    text ? text : "");
		free(text);
		fail();
	}
	return client->json;
}

SB_PRINTF(1, 0)
static char *format_body(const char *fmt, va_list ap)
{
	va_list copy;
	char *text;
	int len;

	va_copy(copy, ap);
	len = vsnprintf(NULL, 0, fmt, copy);
	va_end(copy);
	text = malloc((size_t)len + 1);
	assert_non_null(text);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	return text;
}

json_t *call(struct client *client, int status, const char *method, const char *path,
	     const char *body, ...)
{
	char *text = NULL;
	json_t *json;
	va_list ap;

	va_start(ap, body);
	if (body)
		text = format_body(body, ap);
	va_end(ap);
	json = send_request(client, status, method, path, text);
	free(text);
	return json;
}

int make(struct client *client, const char *path, const char *body, ...)
{
	va_list ap;
	char *text;

	va_start(ap, body);
	text = format_body(body, ap);
	va_end(ap);
	send_request(client, 201, "POST", path, text);
	free(text);
	return (int)json_integer_value(json_object_get(client->json, "id"));
}

json_t *at(const struct client *client, const char *path)
{
	json_t *value = client->json;
	char word[64];

	while (value && *path) {
		size_t len = strcspn(path, ".");

		snprintf(word, sizeof(word), "%.*s", (int)len, path);
		value = json_is_array(value) ? json_array_get(value, (size_t)strtol(word, NULL, 10))
					     : json_object_get(value, word);
		path += len;
		path += *path == '.';
	}
	return value;
}

void expect_text(const struct client *client, const char *path, const char *text)
{
	const char *have = json_string_value(at(client, path));

	assert_non_null(have);
	assert_string_equal(have, text);
}

void expect_int(const struct client *client, const char *path, json_int_t value)
{
	assert_true(json_is_integer(at(client, path)));
	assert_int_equal(json_integer_value(at(client, path)), value);
}

void expect_null(const struct client *client, const char *path)
{
	assert_true(json_is_null(at(client, path)));
}

void expect_size(const struct client *client, const char *path, size_t size)
{
	const json_t *value = at(client, path);

	assert_non_null(value);
	assert_int_equal(json_is_object(value) ? json_object_size(value) : json_array_size(value),
			 size);
}

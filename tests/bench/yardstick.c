/* SPDX-License-Identifier: Apache-2.0 */
/* The least work that any client has with the answers of a run: libcurl receives them, jansson
 * parses them. Usage: yardstick URL COUNT; reads URL/0 to URL/COUNT-1 and prints its CPU seconds
 * and the bytes of all bodies. */
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { LANES = 8 }; /* requests under way, about as many as the engine has */

struct lane {
	CURL *easy;
	char *text;
	size_t len, room;
};

struct reader {
	const char *url;
	long next, count;
	size_t bytes;
	CURLM *multi;
	struct lane lanes[LANES];
};

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct lane *lane = arg;
	size_t more = size * n;
	char *text;

	if (lane->len + more > lane->room) {
		lane->room = 2 * (lane->len + more);
		text = realloc(lane->text, lane->room);
		if (!text)
			return 0;
		lane->text = text;
	}
	memcpy(lane->text + lane->len, bytes, more);
	lane->len += more;
	return more;
}

/* Ask for the next answer. Returns 1 when a request was begun, 0 when none is left. */
static int begin_next(struct reader *reader, struct lane *lane)
{
	char url[512];

	if (reader->next == reader->count)
		return 0;
	snprintf(url, sizeof(url), "%s/%ld", reader->url, reader->next++);
	lane->len = 0;
	curl_easy_setopt(lane->easy, CURLOPT_URL, url);
	return curl_multi_add_handle(reader->multi, lane->easy) == CURLM_OK;
}

/* An answer that is not JSON, such as a page of a proxy, is received only. */
static void parse_body(struct reader *reader, const struct lane *lane)
{
	reader->bytes += lane->len;
	json_decref(json_loadb(lane->text ? lane->text : "", lane->len, JSON_DECODE_ANY, NULL));
}

static int end_finished(struct reader *reader, int *ret_busy)
{
	struct lane *lane;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(reader->multi, &left)) != NULL) {
		if (msg->data.result != CURLE_OK) {
			fprintf(stderr, "yardstick: %s\n", curl_easy_strerror(msg->data.result));
			return -1;
		}
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&lane);
		curl_multi_remove_handle(reader->multi, lane->easy);
		parse_body(reader, lane);
		*ret_busy += begin_next(reader, lane) - 1;
	}
	return 0;
}

static int read_all(struct reader *reader)
{
	int i, busy = 0, running;

	for (i = 0; i < LANES; i++) {
		struct lane *lane = &reader->lanes[i];

		lane->easy = curl_easy_init();
		if (!lane->easy)
			return -1;
		curl_easy_setopt(lane->easy, CURLOPT_WRITEFUNCTION, on_body);
		curl_easy_setopt(lane->easy, CURLOPT_WRITEDATA, lane);
		curl_easy_setopt(lane->easy, CURLOPT_PRIVATE, lane);
		busy += begin_next(reader, lane);
	}
	while (busy > 0) {
		if (curl_multi_perform(reader->multi, &running) != CURLM_OK ||
		    curl_multi_poll(reader->multi, NULL, 0, running ? 1000 : 0, NULL) != CURLM_OK)
			return -1;
		if (end_finished(reader, &busy) < 0)
			return -1;
	}
	return 0;
}

static double to_seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	struct reader reader = {0};
	struct rusage used;
	int i, rc;

	if (argc != 3) {
		fprintf(stderr, "usage: yardstick URL COUNT\n");
		return 64;
	}
	reader.url = argv[1];
	reader.count = strtol(argv[2], NULL, 10);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	reader.multi = curl_multi_init();
	rc = reader.multi ? read_all(&reader) : -1;
	for (i = 0; i < LANES; i++) {
		curl_easy_cleanup(reader.lanes[i].easy);
		free(reader.lanes[i].text);
	}
	curl_multi_cleanup(reader.multi);
	curl_global_cleanup();
	if (rc < 0)
		return 1;
	getrusage(RUSAGE_SELF, &used);
	printf("%.6f %zu\n", to_seconds(&used.ru_utime) + to_seconds(&used.ru_stime), reader.bytes);
	return 0;
}

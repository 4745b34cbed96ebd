/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a folder of its own, for tests of its operations. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "store/store.h"

static char folder[64], path[96];
static struct sb_store *store;
static struct sb_error err;

#define OK(call)                                                                                   \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			fail_msg("%s: %s", #call, err.text);                                       \
	} while (0)

static SB_UNUSED int open_path(const char *at, struct sb_store **ret_store)
{
	sb_autojson *conf = json_pack("{s:s, s:s}", "kind", "sqlite", "path", at);

	return sb_store_open(conf, ret_store, &err);
}

static SB_UNUSED void reopen_store(void)
{
	sb_store_close(store);
	store = NULL;
	OK(open_path(path, &store));
}

static SB_UNUSED void assert_json(const json_t *json, const char *expected)
{
	sb_autojson *other = json_loads(expected, JSON_DECODE_ANY, NULL);
	sb_autofree char *text = NULL;

	assert_non_null(other);
	if (json_equal(json, other))
		return;
	text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
	fail_msg("got %s, expected %s", text, expected);
}

static SB_UNUSED int make_store(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_store.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/s.db", folder);
	return open_path(path, &store);
}

static SB_UNUSED int drop_store(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	char name[128];
	size_t i;

	(void)state;
	sb_store_close(store);
	store = NULL;
	for (i = 0; i < SB_ARRAY_LEN(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	return rmdir(folder);
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, make_store, drop_store)

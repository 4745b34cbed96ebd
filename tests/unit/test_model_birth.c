/* SPDX-License-Identifier: Apache-2.0 */
/* Which guest an instance id belongs to, by the config of the guest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/birth.h"
#include "stagebox/json.h"

#define UUID "3f9a1c52-0000-4000-8000-0000000000aa"

static json_t *config_of(const char *text)
{
	json_t *config = json_loads(text, 0, NULL);

	assert_non_null(config);
	return config;
}

static void a_uuid_is_found_in_any_case(void **arg)
{
	sb_autojson *config =
		config_of("{\"smbios1\": \"uuid=3F9A1C52-0000-4000-8000-0000000000AA,family=x\", "
			  "\"cores\": 2}");

	(void)arg;
	assert_true(sb_birth_is_of(UUID, config));
}

static void text_of_people_does_not_count(void **arg)
{
	sb_autojson *config = config_of("{\"description\": \"" UUID "\", \"name\": \"" UUID "\"}");

	(void)arg;
	assert_false(sb_birth_is_of(UUID, config));
}

static void a_part_of_a_value_does_not_count(void **arg)
{
	sb_autojson *config = config_of("{\"rootfs\": \"local:vm-107-disk-00,size=8G\"}");

	(void)arg;
	assert_false(sb_birth_is_of("local:vm-107-disk-0", config));
}

static void every_mark_counts(void **arg)
{
	sb_autojson *config = config_of("{\"rootfs\": \"local:vm-107-disk-0,size=8G\", \"net0\": "
					"\"name=eth0,hwaddr=BC:24:11:00:00:02\"}");

	(void)arg;
	assert_true(sb_birth_is_of("local:vm-107-disk-0 BC:24:11:00:00:02", config));
	assert_false(sb_birth_is_of("local:vm-107-disk-0 BC:24:11:00:00:01", config));
	assert_false(sb_birth_is_of("", config));
}

static void messages_name_the_marks_of_now(void **arg)
{
	sb_autojson *config = config_of("{\"smbios1\": \"uuid=" UUID "\", \"net0\": "
					"\"virtio=BC:24:11:00:00:02,bridge=vmbr0\"}");
	char marks[200], few[30];

	(void)arg;
	sb_birth_marks(config, marks, sizeof(marks));
	assert_string_equal(marks, UUID " BC:24:11:00:00:02");
	sb_birth_marks(config, few, sizeof(few));
	assert_string_equal(few, "BC:24:11:00:00:02");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uuid_is_found_in_any_case),
		cmocka_unit_test(text_of_people_does_not_count),
		cmocka_unit_test(a_part_of_a_value_does_not_count),
		cmocka_unit_test(every_mark_counts),
		cmocka_unit_test(messages_name_the_marks_of_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A run does not write without limit: what it may write grows with the guests and nodes that exist.
 */
#include "test_diff_fixture.h"

#include "job/object_limit.h"

static struct sb_error err;

static int setup_limit(void **state)
{
	int rc = setup(state);

	fx->run->diff = sb_diff_create();
	return rc;
}

static void plan_addresses(unsigned guest, unsigned n)
{
	const struct sb_kind *ip = get_list("ip")->kind;
	char key[96];
	unsigned i;

	for (i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/net0/ip/10.%u.%u.%u", guest, guest % 250,
			 i / 250, i % 250);
		assert_non_null(sb_plan_add(&fx->run->diff->plan, ip, SB_CREATE, key, "t.ips", "",
					    json_object(), NULL));
	}
}

static void plan_guest(unsigned guest)
{
	char key[64];

	snprintf(key, sizeof(key), "lab/qemu/%u", guest);
	assert_non_null(sb_plan_add(&fx->run->diff->plan, get_list("vm")->kind, SB_CREATE, key,
				    "t.guests", "", json_pack("{s:s}", "name", "hostile"), NULL));
}

static void assert_refused(int64_t limit, const char *part)
{
	memset(&err, 0, sizeof(err));
	assert_int_equal(sb_object_limit_check(fx->run, limit, &err), SB_E_REFUSED);
	if (!strstr(err.text, part))
		fail_msg("\"%s\" does not contain \"%s\"", err.text, part);
}

static void a_guest_with_thousands_of_addresses_is_named(void **state)
{
	(void)state;
	plan_guest(101);
	plan_addresses(101, 1500);
	plan_addresses(102, 2);
	assert_refused(0, "writes 1503 objects");
	assert_refused(0, "lab/qemu/101 \"hostile\" (1501), lab/qemu/102 (2)");
	assert_refused(0, "--max-objects");
}

static void the_default_grows_with_guests_and_nodes(void **state)
{
	unsigned i;

	(void)state;
	plan_addresses(101, 1301);
	assert_refused(0, "together 1000");
	put_netbox("device", "lab/node/a", "{'id': 5, 'name': 'a'}");
	assert_refused(0, "together 1200");
	for (i = 0; i < 3; i++) {
		char key[64];

		snprintf(key, sizeof(key), "lab/qemu/%u", 101 + i);
		put_netbox("vm", key, "{'id': 10}");
	}
	assert_int_equal(sb_object_limit_check(fx->run, 0, &err), 0); /* 1350 */
}

static void an_explicit_limit_replaces_the_default(void **state)
{
	(void)state;
	plan_addresses(101, 1500);
	assert_int_equal(sb_object_limit_check(fx->run, 1500, &err), 0);
	assert_refused(1499, "more than --max-objects 1499");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_limit, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_guest_with_thousands_of_addresses_is_named),
		T(the_default_grows_with_guests_and_nodes),
		T(an_explicit_limit_replaces_the_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated NetBox as a server: authentication, faults, and the dump of its state. */
#include "client.h"

#include <stdio.h>
#include <string.h>

#define SITES "dcim/sites/"

/* Send a request that the caller has filled completely; returns the status and copies the detail.
 */
static int send_raw(struct client *client, struct lab_request request, char *detail, size_t size)
{
	struct lab_answer answer = {0};
	const char *text;
	int status;

	request.raw_path = request.path;
	if (!request.query)
		request.query = "";
	lab_netbox_handle(client->nb, &request, client->now_us, &answer);
	text = json_string_value(json_object_get(answer.json, "detail"));
	if (answer.json && !text)
		text = json_string_value(json_object_get(answer.json, "exception"));
	snprintf(detail, size, "%s", text ? text : answer.text_type ? answer.text_type : "");
	status = answer.status;
	lab_answer_finish(&answer);
	return status;
}

static void bad_credentials_are_403_with_different_texts(void **state)
{
	struct client *c = *state;
	static const struct {
		const char *header, *text;
	} cases[] = {
		{NULL, "Authentication credentials were not provided."},
		{"Basic " TOKEN, "Authentication credentials were not provided."},
		{"Token x", "Invalid v1 token"},
		{"Bearer nbt_a.b", "Invalid v2 token"},
	};
	char detail[200];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab_request request = {.method = "GET", .path = "/api/dcim/sites/"};

		request.authorization = cases[i].header;
		assert_int_equal(send_raw(c, request, detail, sizeof(detail)), 403);
		assert_string_equal(detail, cases[i].text);
	}
}

static void the_keyword_does_not_choose_the_token_version(void **state)
{
	struct client *c = *state;
	struct lab_request request = {
		.method = "GET", .path = "/api/status/", .authorization = "bearer " TOKEN};
	char detail[200];

	assert_int_equal(send_raw(c, request, detail, sizeof(detail)), 200);
}

static void unknown_paths_are_html_even_without_credentials(void **state)
{
	struct client *c = *state;
	struct lab_request request = {.method = "GET", .path = "/api/dcim/nothing/"};
	char detail[200];

	assert_int_equal(send_raw(c, request, detail, sizeof(detail)), 404);
	assert_non_null(strstr(detail, "text/html"));
	request.path = "/api/dcim/sites/x/";
	assert_int_equal(send_raw(c, request, detail, sizeof(detail)), 404);
}

static void a_path_without_slash_is_redirected_only_for_reads(void **state)
{
	struct client *c = *state;

	call(c, 301, "GET", "dcim/sites", NULL);
	assert_string_equal(c->location, "/api/dcim/sites/");
	call(c, 404, "POST", "dcim/sites", "{}");
}

static void a_body_is_limited_and_must_have_a_length(void **state)
{
	struct client *c = *state;
	struct lab_request request = {.method = "POST",
				      .path = "/api/dcim/sites/",
				      .authorization = "Token " TOKEN,
				      .content_type = "application/json",
				      .body = "[]",
				      .body_len = 2621441};
	char detail[200];

	assert_int_equal(send_raw(c, request, detail, sizeof(detail)), 500);
	assert_string_equal(detail, "RequestDataTooBig");
	request.body = "{\"name\":\"a\",\"slug\":\"a\"}";
	request.body_len = strlen(request.body);
	request.chunked = true;
	assert_int_equal(send_raw(c, request, detail, sizeof(detail)), 400);
	request.chunked = false;
	assert_int_equal(send_raw(c, request, detail, sizeof(detail)), 201);
	request.body = "{";
	request.body_len = 1;
	assert_int_equal(send_raw(c, request, detail, sizeof(detail)), 400);
	assert_non_null(strstr(detail, "JSON parse error"));
}

static void status_and_listings_name_the_version(void **state)
{
	struct client *c = *state;

	call(c, 200, "GET", "status/", NULL);
	expect_text(c, "netbox-version", "4.6.8");
	assert_string_equal(c->api_version, "4.6");
	call(c, 200, "GET", "virtualization/", NULL);
	assert_non_null(at(c, "virtual-machine-types"));
	call(c, 200, "GET", "", NULL);
	assert_non_null(at(c, "dcim"));
}

static void a_rejected_name_fails_its_item_only(void **state)
{
	struct client *c = *state;

	assert_int_equal(lab_netbox_fault(c->nb, "reject-name", "bad", true), 0);
	call(c, 400, "POST", SITES, "[{'name':'good','slug':'g'},{'name':'bad','slug':'b'}]");
	expect_text(c, "detail", "1 of 2 objects could not be created.");
	assert_non_null(at(c, "errors.0.errors.name"));
	assert_int_equal(lab_netbox_fault(c->nb, "reject-name", NULL, false), 0);
	make(c, SITES, "{'name':'bad','slug':'b'}");
	assert_int_equal(lab_netbox_fault(c->nb, "drop", NULL, true), -1);
}

static void a_short_page_hides_rows_but_not_the_count(void **state)
{
	struct client *c = *state;

	call(c, 201, "POST", SITES,
	     "[{'name':'a','slug':'a'},{'name':'b','slug':'b'},{'name':'c','slug':'c'}]");
	lab_netbox_fault(c->nb, "short-page", NULL, true);
	call(c, 200, "GET", SITES "?limit=2", NULL);
	expect_size(c, "results", 1);
	expect_int(c, "count", 3);
	expect_null(c, "next");
	lab_netbox_fault(c->nb, "short-page", NULL, false);
	call(c, 200, "GET", SITES, NULL);
	expect_size(c, "results", 3);
}

static void a_short_page_leaves_permissions_and_constraints_as_they_are(void **state)
{
	struct client *c = *state;

	make(c, SITES, "{'name':'a','slug':'a'}");
	assert_int_equal(lab_netbox_fault(c->nb, "deny", "dcim.add_site", true), 0);
	assert_int_equal(lab_netbox_fault(c->nb, "hide", "dcim.site=a", true), 0);
	assert_int_equal(lab_netbox_fault(c->nb, "short-page", NULL, true), 0);
	assert_int_equal(lab_netbox_fault(c->nb, "short-page", NULL, false), 0);
	call(c, 403, "POST", SITES, "{'name':'b','slug':'b'}");
	call(c, 200, "GET", SITES, NULL);
	expect_size(c, "results", 0);
}

static void any_permission_can_be_taken_and_given_back(void **state)
{
	static const char *const unknown[] = {"dcim.site", "view_site", "dcim.see_site",
					      "dcim.view_nonsense", "nope.view_site"};
	struct client *c = *state;
	const char *why = NULL;

	assert_int_equal(lab_netbox_grant(c->nb, "dcim.add_site", false, &why), 0);
	call(c, 403, "POST", SITES, "{'name':'a','slug':'a'}");
	call(c, 200, "GET", SITES, NULL);
	assert_int_equal(lab_netbox_grant(c->nb, "dcim.view_site", false, &why), 0);
	call(c, 403, "GET", SITES, NULL);
	assert_int_equal(lab_netbox_grant(c->nb, "dcim.view_site", true, &why), 0);
	assert_int_equal(lab_netbox_grant(c->nb, "dcim.add_site", true, &why), 0);
	make(c, SITES, "{'name':'a','slug':'a'}");
	for (size_t i = 0; i < SB_ARRAY_LEN(unknown); i++) {
		assert_int_equal(lab_netbox_grant(c->nb, unknown[i], false, &why), -1);
		assert_non_null(strstr(why, "not a permission"));
	}
}

static void an_expired_token_is_refused(void **state)
{
	struct client *c = *state;

	lab_netbox_fault(c->nb, "token-expired", NULL, true);
	call(c, 403, "GET", SITES, NULL);
	expect_text(c, "detail", "Token expired");
	lab_netbox_fault(c->nb, "token-expired", NULL, false);
	call(c, 200, "GET", SITES, NULL);
}

static void shuffle_moves_only_unordered_rows(void **state)
{
	struct client *c = *state;
	int moved = 0, i;

	make(c, "virtualization/cluster-types/", "{'name':'P','slug':'p'}");
	for (i = 0; i < 4; i++)
		make(c, "virtualization/clusters/", "{'name':'same','type':1}");
	make(c, "virtualization/clusters/", "{'name':'zz','type':1}");
	for (i = 1; i < 20; i++) {
		lab_netbox_shuffle(c->nb, (uint64_t)i);
		call(c, 200, "GET", "virtualization/clusters/", NULL);
		moved += json_integer_value(at(c, "results.0.id")) != 1;
		expect_int(c, "results.4.id", 5);
		call(c, 200, "GET", "virtualization/clusters/?ordering=id", NULL);
		expect_int(c, "results.0.id", 1);
	}
	assert_true(moved > 5);
}

/* Create equal contents, with a detour in another order and with other ids. */
static void build_world(struct client *c, bool detour)
{
	const char *sites[] = {"'name':'a','slug':'a'", "'name':'b','slug':'b'"};

	if (detour) {
		make(c, SITES, "{'name':'x','slug':'x'}");
		call(c, 204, "DELETE", SITES "1/", NULL);
	}
	make(c, "extras/tags/", "{'name':'T','slug':'t'}");
	make(c, SITES, "{%s,'tags':[1]}", sites[detour]);
	make(c, SITES, "{%s,'tags':[1]}", sites[!detour]);
	make(c, "virtualization/cluster-types/", "{'name':'P','slug':'p'}");
	make(c, "virtualization/clusters/", "{'name':'lab','type':1}");
	make(c, "virtualization/virtual-machines/",
	     "{'name':'vm','cluster':1,'site':{'slug':'a'}}");
	make(c, "virtualization/interfaces/",
	     "{'virtual_machine':1,'name':'n','mac_address':'02:00:00:00:00:01'}");
	make(c, "ipam/ip-addresses/",
	     "{'address':'192.0.2.1/24','assigned_object_type':'virtualization.vminterface',"
	     "'assigned_object_id':1}");
	call(c, 200, "PATCH", "virtualization/virtual-machines/1/", "{'primary_ip4':1}");
}

static char *dump_text(const struct lab_netbox *nb, bool no_ids)
{
	json_t *dump = lab_netbox_dump(nb, no_ids);
	char *text = json_dumps(dump, JSON_SORT_KEYS | JSON_COMPACT);

	json_decref(dump);
	return text;
}

static void the_dump_without_ids_depends_on_content_only(void **state)
{
	struct client *c = *state;
	struct client *other;
	void *second = NULL;
	char *a, *b, *with_a, *with_b;

	assert_int_equal(client_setup(&second), 0);
	other = second;
	build_world(c, false);
	build_world(other, true);
	a = dump_text(c->nb, true);
	b = dump_text(other->nb, true);
	with_a = dump_text(c->nb, false);
	with_b = dump_text(other->nb, false);
	assert_string_equal(a, b);
	assert_string_not_equal(with_a, with_b);
	assert_non_null(strstr(a, "\"primary_ip4\":\"192.0.2.1/24/lab/a/vm/n\""));
	free(a);
	free(b);
	free(with_a);
	free(with_b);
	client_teardown(&second);
}

static void a_failed_request_leaves_no_trace(void **state)
{
	struct client *c = *state;
	char *before, *after;

	build_world(c, false);
	before = dump_text(c->nb, false);
	call(c, 409, "DELETE", "virtualization/clusters/1/", NULL);
	call(c, 400, "DELETE", "virtualization/virtual-machines/", "[{'id':1},{'id':99}]");
	call(c, 400, "PATCH", "virtualization/interfaces/",
	     "[{'id':1,'mac_address':'02:00:00:00:00:09','mtu':0}]");
	call(c, 500, "POST", "virtualization/virtual-disks/",
	     "[{'virtual_machine':1,'name':'a','size':2147483647},"
	     "{'virtual_machine':1,'name':'b','size':1}]");
	after = dump_text(c->nb, false);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void an_unknown_version_is_refused(void **state)
{
	(void)state;
	assert_null(lab_netbox_create("3.0", TOKEN));
}

#define T(name) cmocka_unit_test_setup_teardown(name, client_setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(bad_credentials_are_403_with_different_texts),
		T(the_keyword_does_not_choose_the_token_version),
		T(unknown_paths_are_html_even_without_credentials),
		T(a_path_without_slash_is_redirected_only_for_reads),
		T(a_body_is_limited_and_must_have_a_length),
		cmocka_unit_test_setup_teardown(status_and_listings_name_the_version,
						client_setup_46, client_teardown),
		T(a_rejected_name_fails_its_item_only),
		T(a_short_page_hides_rows_but_not_the_count),
		T(a_short_page_leaves_permissions_and_constraints_as_they_are),
		T(any_permission_can_be_taken_and_given_back),
		T(an_expired_token_is_refused),
		T(shuffle_moves_only_unordered_rows),
		T(the_dump_without_ids_depends_on_content_only),
		T(a_failed_request_leaves_no_trace),
		T(an_unknown_version_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

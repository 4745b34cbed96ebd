/* SPDX-License-Identifier: Apache-2.0 */
/* Collections that are kept in a custom field: lists and writes as of any collection. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "test_netbox_home_fixture.h"

#define OSDS    "stagebox/osd"
#define PARENTS "/api/virtualization/clusters/"
#define READ                                                                                       \
	PARENTS "?cf_stagebox_key__isw=lab%2F&fields=id,custom_fields,last_updated&limit=100"      \
		"&ordering=id"
#define WRITE PARENTS "?fields=id,custom_fields"

static const char *const payloads[] = {"payload", NULL};

static const struct sb_netbox_home osds = {.path = OSDS,
					   .name = "osd",
					   .parent = "cluster",
					   .parent_path = "virtualization/clusters",
					   .field = "stagebox_ceph",
					   .payloads = payloads};

static int setup(void **ret_state)
{
	return setup_home(ret_state, &osds);
}

/* NetBox has cluster 7 with this document (JSON), and cluster 8 with none. */
static void serve_clusters(struct state *state, const char *document)
{
	snprintf(state->answer, sizeof(state->answer),
		 "{\"count\":2,\"next\":null,\"results\":[{\"id\":7,\"last_updated\":"
		 "\"2026-11-29T00:00:00Z\",\"custom_fields\":{\"stagebox_ceph\":%s}},"
		 "{\"id\":8,\"custom_fields\":{\"stagebox_ceph\":null}}]}",
		 document);
	fake_io_once(state->fake, "GET", READ, 200, state->answer);
}

static void list_osds(struct state *state, const char *query)
{
	list_path(state, OSDS, query, "id,osd_id");
}

static void write_osds(struct state *state, const char *method, const char *body)
{
	write_path(state, OSDS, method, "id", body);
}

static void assert_sent(struct state *state, const char *expected)
{
	assert_body(state, 1, expected);
}

static int64_t id_of(const char *key)
{
	return sb_home_id("osd", key);
}

#define ONE "{\"osd\":{\"lab/osd/1\":{\"osd_id\":1,\"payload\":{\"a\":1}}}}"

static void a_list_has_the_objects_of_all_parents(void **arg)
{
	struct state *state = *arg;
	const json_t *row;

	serve_clusters(state, ONE);
	list_osds(state, "cf_stagebox_key__isw=lab%2F");
	assert_int_equal(state->known, SB_NETBOX_COMPLETE);
	assert_int_equal(json_array_size(state->rows), 1);
	row = json_array_get(state->rows, 0);
	assert_string_equal(sb_json_str(json_object_get(row, "custom_fields"), "stagebox_key"),
			    "lab/osd/1");
	assert_int_equal(json_integer_value(json_object_get(row, "id")), id_of("lab/osd/1"));
	assert_int_equal(json_integer_value(json_object_get(row, "cluster")), 7);
	assert_int_equal(json_integer_value(json_object_get(row, "osd_id")), 1);
	assert_non_null(sb_json_str(row, "last_updated"));
}

static void start_list(struct state *state, const char *query)
{
	assert_int_equal(sb_netbox_list(state->netbox, OSDS, query, "id", on_row, NULL, on_listed,
					state, NULL),
			 0);
}

static void lists_that_begin_together_share_a_request(void **arg)
{
	struct state *state = *arg;

	serve_clusters(state, ONE);
	start_list(state, "cf_stagebox_key__isw=lab%2F");
	start_list(state, "cf_stagebox_key__isw=lab%2F");
	run_io(state);
	assert_int_equal(json_array_size(state->rows), 2);
	assert_int_equal(fake_io_count(state->fake), 1);
	fake_io_once(state->fake, "GET", READ, 403, "{}");
	start_list(state, "");
	start_list(state, "");
	run_io(state);
	assert_int_equal(state->known, SB_NETBOX_UNREAD);
	assert_int_equal(fake_io_count(state->fake), 2);
}

static void a_list_of_ids_asks_for_itself(void **arg)
{
	struct state *state = *arg;

	serve_clusters(state, ONE);
	serve_clusters(state, ONE);
	start_list(state, "cf_stagebox_key__isw=lab%2F");
	start_list(state, "id=1");
	run_io(state);
	assert_int_equal(fake_io_count(state->fake), 2);
}

static void a_list_is_filtered_by_key_and_by_id(void **arg)
{
	struct state *state = *arg;
	char query[64];

	serve_clusters(state, ONE);
	list_osds(state, "cf_stagebox_key__isw=lab%2Fpool%2F");
	assert_int_equal(json_array_size(state->rows), 0);
	snprintf(query, sizeof(query), "id=1&id=%lld", (long long)id_of("lab/osd/1"));
	serve_clusters(state, ONE);
	list_osds(state, query);
	assert_int_equal(json_array_size(state->rows), 1);
}

static void a_filter_that_a_field_cannot_apply_is_an_error(void **arg)
{
	struct state *state = *arg;
	struct sb_error err = SB_ERROR_INIT;

	assert_int_equal(sb_netbox_list(state->netbox, OSDS, "osd_id=1", "", on_row, NULL,
					on_listed, state, &err),
			 SB_E_ARG);
	assert_false(state->is_listed);
}

static void an_unread_parent_is_an_unread_list(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "GET", READ, 403, "{\"detail\":\"no\"}");
	list_osds(state, "");
	assert_int_equal(state->known, SB_NETBOX_UNREAD);
}

static void what_people_wrote_into_the_field_is_no_object(void **arg)
{
	struct state *state = *arg;

	serve_clusters(state, "[\"a list\"]");
	list_osds(state, "");
	assert_int_equal(state->known, SB_NETBOX_COMPLETE);
	assert_int_equal(json_array_size(state->rows), 0);
}

static void a_create_is_put_beside_what_is_there(void **arg)
{
	struct state *state = *arg;

	serve_clusters(state, ONE);
	fake_io_once(state->fake, "PATCH", WRITE, 200, "[{\"id\":7}]");
	write_osds(state, "POST",
		   "[{\"custom_fields\":{\"stagebox_key\":\"lab/osd/"
		   "2\"},\"cluster\":7,\"osd_id\":2,\"device\":null,"
		   "\"changelog_message\":\"stagebox run 1\"}]");
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_int_equal(state->n_ids, 1);
	assert_int_equal(state->ids[0], id_of("lab/osd/2"));
	assert_sent(state, "[{\"id\":7,\"changelog_message\":\"stagebox run 1\",\"custom_fields\":"
			   "{\"stagebox_ceph\":{\"osd\":{\"lab/osd/1\":{\"osd_id\":1,\"payload\":"
			   "{\"a\":1}},\"lab/osd/2\":{\"osd_id\":2}}}}}]");
}

static void objects_of_one_request_are_one_write_per_parent(void **arg)
{
	struct state *state = *arg;

	serve_clusters(state, "null");
	fake_io_once(state->fake, "PATCH", WRITE, 200, "[{\"id\":7},{\"id\":8}]");
	write_osds(state, "POST",
		   "[{\"custom_fields\":{\"stagebox_key\":\"lab/osd/"
		   "1\"},\"cluster\":7},{\"custom_fields\":{\"stagebox_key\":"
		   "\"lab/osd/2\"},\"cluster\":7},{\"custom_fields\":{\"stagebox_key\":\"lab/osd/"
		   "3\"},\"cluster\":8}]");
	assert_int_equal(state->n_ids, 3);
	assert_sent(state,
		    "[{\"id\":7,\"custom_fields\":{\"stagebox_ceph\":{\"osd\":{\"lab/osd/1\":"
		    "{},\"lab/osd/2\":{}}}}},{\"id\":8,\"custom_fields\":{\"stagebox_ceph\":"
		    "{\"osd\":{\"lab/osd/3\":{}}}}}]");
}

static void a_create_of_a_key_that_exists_is_refused_before_it_is_sent(void **arg)
{
	struct state *state = *arg;

	serve_clusters(state, ONE);
	write_osds(state, "POST",
		   "[{\"custom_fields\":{\"stagebox_key\":\"lab/osd/"
		   "2\"},\"cluster\":7},{\"custom_fields\":{\"stagebox_key\":"
		   "\"lab/osd/1\"},\"cluster\":7}]");
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_int_equal(state->n_items, 1);
	assert_int_equal(state->item, 1);
	assert_int_equal(fake_io_count(state->fake), 1);
}

static void a_create_replaces_what_people_wrote_under_its_key(void **arg)
{
	struct state *state = *arg;

	serve_clusters(state, "{\"osd\":{\"lab/osd/1\":5}}");
	fake_io_once(state->fake, "PATCH", WRITE, 200, "[{\"id\":7}]");
	write_osds(state, "POST",
		   "[{\"custom_fields\":{\"stagebox_key\":\"lab/osd/1\"},\"cluster\":7,"
		   "\"osd_id\":1}]");
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_sent(state, "[{\"id\":7,\"custom_fields\":{\"stagebox_ceph\":{\"osd\":"
			   "{\"lab/osd/1\":{\"osd_id\":1}}}}}]");
}

static void an_update_keeps_the_other_values(void **arg)
{
	struct state *state = *arg;
	char body[160];

	serve_clusters(state, ONE);
	fake_io_once(state->fake, "PATCH", WRITE, 200, "[{\"id\":7}]");
	snprintf(body, sizeof(body), "[{\"id\":%lld,\"osd_id\":null,\"up\":true}]",
		 (long long)id_of("lab/osd/1"));
	write_osds(state, "PATCH", body);
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_int_equal(state->ids[0], id_of("lab/osd/1"));
	assert_sent(state,
		    "[{\"id\":7,\"custom_fields\":{\"stagebox_ceph\":{\"osd\":{\"lab/osd/1\":"
		    "{\"payload\":{\"a\":1},\"up\":true}}}}}]");
}

static void an_update_that_changes_nothing_is_not_sent(void **arg)
{
	struct state *state = *arg;
	char body[160];

	serve_clusters(state, ONE);
	snprintf(body, sizeof(body), "[{\"id\":%lld,\"osd_id\":1}]", (long long)id_of("lab/osd/1"));
	write_osds(state, "PATCH", body);
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_int_equal(state->n_ids, 1);
	assert_int_equal(fake_io_count(state->fake), 1);
}

static void an_update_of_an_object_that_is_gone_has_no_id_in_the_answer(void **arg)
{
	struct state *state = *arg;

	serve_clusters(state, ONE);
	write_osds(state, "PATCH", "[{\"id\":12,\"osd_id\":1}]");
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_int_equal(state->n_ids, 0);
}

static void an_object_moves_to_the_document_of_its_new_parent(void **arg)
{
	struct state *state = *arg;
	char body[160];

	serve_clusters(state, ONE);
	fake_io_once(state->fake, "PATCH", WRITE, 200, "[{\"id\":7},{\"id\":8}]");
	snprintf(body, sizeof(body), "[{\"id\":%lld,\"cluster\":8}]",
		 (long long)id_of("lab/osd/1"));
	write_osds(state, "PATCH", body);
	assert_sent(state, "[{\"id\":7,\"custom_fields\":{\"stagebox_ceph\":null}},{\"id\":8,"
			   "\"custom_fields\":{\"stagebox_ceph\":{\"osd\":{\"lab/osd/1\":"
			   "{\"osd_id\":1,\"payload\":{\"a\":1}}}}}}]");
}

static void an_object_gets_its_new_key_with_what_it_has(void **arg)
{
	struct state *state = *arg;
	char body[160];

	serve_clusters(state, ONE);
	fake_io_once(state->fake, "PATCH", WRITE, 200, "[{\"id\":7}]");
	snprintf(body, sizeof(body),
		 "[{\"id\":%lld,\"custom_fields\":{\"stagebox_key\":\"lab/osd/2\"},\"osd_id\":2}]",
		 (long long)id_of("lab/osd/1"));
	write_osds(state, "PATCH", body);
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_int_equal(state->ids[0], id_of("lab/osd/1"));
	assert_sent(state,
		    "[{\"id\":7,\"custom_fields\":{\"stagebox_ceph\":{\"osd\":{\"lab/osd/2\":"
		    "{\"osd_id\":2,\"payload\":{\"a\":1}}}}}}]");
}

static void a_new_key_that_another_object_has_is_refused(void **arg)
{
	struct state *state = *arg;
	char body[160];

	serve_clusters(state, "{\"osd\":{\"lab/osd/1\":{\"osd_id\":1},\"lab/osd/2\":{}}}");
	snprintf(body, sizeof(body),
		 "[{\"id\":%lld,\"custom_fields\":{\"stagebox_key\":\"lab/osd/2\"}}]",
		 (long long)id_of("lab/osd/1"));
	write_osds(state, "PATCH", body);
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_non_null(strstr(state->text, "there is an object with this key"));
	assert_int_equal(fake_io_count(state->fake), 1);
}

/* Both would read the same document, and the later one would write it without the other's object.
 */
static void a_write_begins_when_the_one_before_it_has_ended(void **arg)
{
	struct state *state = *arg;
	const char *const keys[] = {"lab/osd/1", "lab/osd/2"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(keys); i++) {
		sb_autojson *body = json_pack("[{s:i, s:{s:s}}]", "cluster", 7, "custom_fields",
					      "stagebox_key", keys[i]);

		assert_int_equal(sb_netbox_write(state->netbox, "POST", OSDS, "id", body,
						 on_written, state, NULL),
				 0);
	}
	serve_clusters(state, "null");
	fake_io_once(state->fake, "PATCH", WRITE, 200, "[{\"id\":7}]");
	fake_io_once(state->fake, "GET", READ, 200,
		     "{\"count\":1,\"next\":null,\"results\":[{\"id\":7,\"custom_fields\":"
		     "{\"stagebox_ceph\":{\"osd\":{\"lab/osd/1\":{}}}}}]}");
	fake_io_once(state->fake, "PATCH", WRITE, 200, "[{\"id\":7}]");
	run_io(state);
	assert_int_equal(state->ends, 2);
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_int_equal(fake_io_count(state->fake), 4);
	assert_true(sb_starts_with(fake_io_request(state->fake, 1), "PATCH "));
	assert_body(state, 3,
		    "[{\"id\":7,\"custom_fields\":{\"stagebox_ceph\":{\"osd\":{\"lab/osd/1\":{},"
		    "\"lab/osd/2\":{}}}}}]");
}

static void the_last_object_takes_the_document_with_it(void **arg)
{
	struct state *state = *arg;
	char body[80];

	serve_clusters(state, ONE);
	fake_io_once(state->fake, "PATCH", WRITE, 200, "[{\"id\":7}]");
	snprintf(body, sizeof(body), "[{\"id\":%lld}]", (long long)id_of("lab/osd/1"));
	write_osds(state, "DELETE", body);
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_int_equal(state->n_ids, 0);
	assert_sent(state, "[{\"id\":7,\"custom_fields\":{\"stagebox_ceph\":null}}]");
}

#define REFUSAL                                                                                    \
	"{\"detail\":\"1 of 1 objects failed\",\"errors\":[{\"index\":0,\"errors\":"               \
	"{\"custom_fields\":[\"refused\"]}}]}"

static void the_only_object_of_a_refused_parent_is_named(void **arg)
{
	struct state *state = *arg;

	serve_clusters(state, "null");
	fake_io_once(state->fake, "PATCH", WRITE, 400, REFUSAL);
	write_osds(state, "POST",
		   "[{\"custom_fields\":{\"stagebox_key\":\"lab/osd/1\"},\"cluster\":7}]");
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_int_equal(state->n_items, 1);
	assert_non_null(strstr(state->text, "refused"));
}

static void of_several_objects_of_a_refused_parent_none_is_named(void **arg)
{
	struct state *state = *arg;

	serve_clusters(state, "null");
	fake_io_once(state->fake, "PATCH", WRITE, 400, REFUSAL);
	write_osds(state, "POST",
		   "[{\"custom_fields\":{\"stagebox_key\":\"lab/osd/"
		   "1\"},\"cluster\":7},{\"custom_fields\":{\"stagebox_key\":"
		   "\"lab/osd/2\"},\"cluster\":7}]");
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_int_equal(state->n_items, 0);
}

static void a_write_without_an_answer_is_unsettled(void **arg)
{
	struct state *state = *arg;

	serve_clusters(state, "null");
	fake_io_once(state->fake, "PATCH", WRITE, 502, "");
	write_osds(state, "POST",
		   "[{\"custom_fields\":{\"stagebox_key\":\"lab/osd/1\"},\"cluster\":7}]");
	assert_int_equal(state->outcome, SB_NETBOX_UNSETTLED);
}

static void parents_that_cannot_be_read_are_tried_again(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "GET", READ, 404, "{\"detail\":\"no\"}");
	write_osds(state, "POST",
		   "[{\"custom_fields\":{\"stagebox_key\":\"lab/osd/1\"},\"cluster\":7}]");
	assert_int_equal(state->outcome, SB_NETBOX_RETRY);
	assert_int_equal(fake_io_count(state->fake), 1);
}

/* Documents */

static json_t *text_of_bytes(size_t n)
{
	sb_autofree char *text = calloc(1, n + 1);

	memset(text, 'x', n);
	return json_string(text);
}

static void put_payload(json_t *document, const char *key, size_t n)
{
	sb_autojson *values = json_pack("{s:i, s:o}", "osd_id", 1, "payload", text_of_bytes(n));

	assert_int_equal(sb_home_put(document, &osds, key, values), 0);
}

static void the_largest_payloads_are_dropped_first(void **state)
{
	sb_autojson *document = json_object(), *rows = NULL;
	int64_t bytes;

	(void)state;
	put_payload(document, "lab/osd/1", 30000);
	put_payload(document, "lab/osd/2", 40000);
	put_payload(document, "lab/osd/3", 20000);
	bytes = sb_home_fit(document, &osds, 1, NULL);
	assert_true(bytes > 50000 && bytes <= SB_HOME_BYTES);
	assert_null(json_object_get(sb_home_get(document, &osds, "lab/osd/2"), "payload"));
	assert_non_null(json_object_get(sb_home_get(document, &osds, "lab/osd/2"), "osd_id"));
	assert_non_null(json_object_get(sb_home_get(document, &osds, "lab/osd/1"), "payload"));
	assert_int_equal(json_array_size(json_object_get(document, "truncated")), 1);
	rows = sb_home_rows(document, &osds, 7, NULL);
	assert_true(json_is_true(json_object_get(
		json_object_get(json_array_get(rows, 1), "payload"), "$truncated")));
}

static void an_empty_text_is_not_kept(void **state)
{
	sb_autojson *document = json_object();
	sb_autojson *values = json_pack("{s:i, s:s, s:n}", "osd_id", 1, "host", "", "state");

	(void)state;
	assert_int_equal(sb_home_put(document, &osds, "lab/osd/1", values), 0);
	assert_int_equal(json_object_size(sb_home_get(document, &osds, "lab/osd/1")), 1);
}

static void what_people_wrote_into_a_document_is_no_object(void **state)
{
	static const char *const texts[] = {"{\"osd\": {\"lab/osd/1\": null}}",
					    "{\"osd\": {\"lab/osd/1\": 5}}",
					    "{\"osd\": {\"lab/osd/1\": [1]}}",
					    "{\"osd\": 5}",
					    "{\"osd\": [\"mine\"]}",
					    "{\"truncated\": 5}",
					    "{\"truncated\": [null, 5, {}]}"};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(texts); i++) {
		sb_autojson *document = json_loads(texts[i], 0, NULL);
		sb_autojson *rows = sb_home_rows(document, &osds, 7, NULL), *again = NULL;

		assert_int_equal(json_array_size(rows), 0);
		put_payload(document, "lab/osd/1", 70000);
		assert_true(sb_home_fit(document, &osds, 1, NULL) > 0);
		put_payload(document, "lab/osd/1", 10);
		again = sb_home_rows(document, &osds, 7, NULL);
		assert_int_equal(json_array_size(again), 1);
	}
}

static void an_object_with_a_payload_again_is_no_longer_truncated(void **state)
{
	sb_autojson *document = json_object();

	(void)state;
	put_payload(document, "lab/osd/1", 70000);
	assert_true(sb_home_fit(document, &osds, 1, NULL) > 0);
	assert_non_null(json_object_get(document, "truncated"));
	put_payload(document, "lab/osd/1", 10);
	assert_true(sb_home_fit(document, &osds, 1, NULL) > 0);
	assert_null(json_object_get(document, "truncated"));
}

static void a_document_that_is_too_long_without_payloads_is_refused(void **state)
{
	sb_autojson *document = json_object();
	struct sb_error err = SB_ERROR_INIT;
	char key[32];
	int i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "lab/osd/%d", i);
		put_payload(document, key, 10);
	}
	assert_int_equal(sb_home_fit(document, &osds, 1, &err), SB_E_REFUSED);
	assert_non_null(strstr(err.text, "without payloads"));
}

static void ids_differ_by_key_and_by_collection(void **state)
{
	(void)state;
	assert_true(sb_home_id("osd", "lab/osd/1") > 0);
	assert_true(sb_home_id("osd", "lab/osd/1") != sb_home_id("osd", "lab/osd/2"));
	assert_true(sb_home_id("osd", "lab/osd/1") != sb_home_id("pool", "lab/osd/1"));
	assert_true(sb_home_id("osd", "lab/osd/1") == sb_home_id("osd", "lab/osd/1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_list_has_the_objects_of_all_parents, setup,
						teardown),
		cmocka_unit_test_setup_teardown(lists_that_begin_together_share_a_request, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_list_of_ids_asks_for_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(a_list_is_filtered_by_key_and_by_id, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_filter_that_a_field_cannot_apply_is_an_error,
						setup, teardown),
		cmocka_unit_test_setup_teardown(an_unread_parent_is_an_unread_list, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_people_wrote_into_the_field_is_no_object,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_create_is_put_beside_what_is_there, setup,
						teardown),
		cmocka_unit_test_setup_teardown(objects_of_one_request_are_one_write_per_parent,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_create_of_a_key_that_exists_is_refused_before_it_is_sent, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_create_replaces_what_people_wrote_under_its_key,
						setup, teardown),
		cmocka_unit_test_setup_teardown(an_update_keeps_the_other_values, setup, teardown),
		cmocka_unit_test_setup_teardown(an_update_that_changes_nothing_is_not_sent, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			an_update_of_an_object_that_is_gone_has_no_id_in_the_answer, setup,
			teardown),
		cmocka_unit_test_setup_teardown(an_object_moves_to_the_document_of_its_new_parent,
						setup, teardown),
		cmocka_unit_test_setup_teardown(an_object_gets_its_new_key_with_what_it_has, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_new_key_that_another_object_has_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_write_begins_when_the_one_before_it_has_ended,
						setup, teardown),
		cmocka_unit_test_setup_teardown(the_last_object_takes_the_document_with_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_only_object_of_a_refused_parent_is_named, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			of_several_objects_of_a_refused_parent_none_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(a_write_without_an_answer_is_unsettled, setup,
						teardown),
		cmocka_unit_test_setup_teardown(parents_that_cannot_be_read_are_tried_again, setup,
						teardown),
		cmocka_unit_test(the_largest_payloads_are_dropped_first),
		cmocka_unit_test(an_empty_text_is_not_kept),
		cmocka_unit_test(what_people_wrote_into_a_document_is_no_object),
		cmocka_unit_test(an_object_with_a_payload_again_is_no_longer_truncated),
		cmocka_unit_test(a_document_that_is_too_long_without_payloads_is_refused),
		cmocka_unit_test(ids_differ_by_key_and_by_collection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

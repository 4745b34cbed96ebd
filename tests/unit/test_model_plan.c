/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: the document, and the order in which ops may be sent. */
#include "test_model_plan_fixture.h"

/* Performs all ops in the order of their needs; writes the order as "key key ..." */
static void run_order(struct sb_plan *of, char *ret_order, size_t room)
{
	size_t done = 0, i, j, len = 0;
	bool moved = true;

	ret_order[0] = '\0';
	while (moved) {
		moved = false;
		for (i = 0; i < of->n; i++) {
			struct sb_op *op = &of->ops[i];

			if (op->state != SB_OP_READY)
				continue;
			op->state = SB_OP_DONE;
			len += (size_t)snprintf(ret_order + len, room - len, "%s%s:%s",
						done ? " " : "", sb_op_word(op), op->key);
			assert_true(len < room);
			for (j = 0; j < op->n_blocks; j++) {
				size_t next = op->blocks[j] & ~SB_OP_AFTER;

				if (--of->ops[next].n_needs == 0)
					of->ops[next].state = SB_OP_READY;
			}
			done++;
			moved = true;
			break; /* the first that is ready */
		}
	}
	assert_int_equal(done, of->n);
}

#define CREATE(key, kind, set)                                                                     \
	"{'key': '" key "', 'kind': '" kind "', 'verb': 'create', 'stage': 's', 'set': " set "}"
#define RENAME(key, id, from, to)                                                                  \
	"{'key': '" key "', 'kind': 'vm', 'verb': 'update', 'stage': 's', 'target': " #id          \
	", 'set': {'name': '" to "'}, 'was': {'name': '" from "'}, 'claims': ['vm|1|" to           \
	"|'], 'frees': ['vm|1|" from "|']}"

static void a_plan_loads_from_its_own_document(void **arg)
{
	struct sb_plan back = {0};
	sb_autojson *ops = NULL, *shared = NULL, *again = NULL, *shared_again = NULL;
	const struct sb_op *op;

	assert_int_equal(
		load_plan(
			arg,
			"[" CREATE(
				"shared/tag/a", "tag",
				"{'slug': 'a'}") ","
						 "{'key': 'lab/qemu/1', 'kind': 'vm', 'verb': "
						 "'update', 'stage': 't.guests',"
						 " 'why': 'changed', 'target': 7, 'set': {'name': "
						 "'b', 'serial': null,"
						 " 'tags': [3, {'$ref': 'shared/tag/a'}]}, 'was': "
						 "{'name': 'a'},"
						 " 'claims': ['vm|1|b|'], 'frees': ['vm|1|a|']},"
						 "{'key': 'lab/qemu/2', 'kind': 'vm', 'verb': "
						 "'update', 'stage': 't.ips',"
						 " 'why': '', 'target': {'$ref': 'lab/qemu/2'}, "
						 "'set': {'primary_ip4': 3}},"
						 "{'key': 'lab/qemu/3', 'kind': 'vm', 'verb': "
						 "'delete', 'stage': 't.guests',"
						 " 'why': 'gone', 'target': 9, 'was': {'name': "
						 "'c'}}]",
			NULL),
		0);
	assert_int_equal(plan_of(arg)->n, 4);
	assert_int_equal(sb_plan_to_json(plan_of(arg), &ops, &shared), 0);
	assert_int_equal(json_array_size(ops), 3);
	assert_int_equal(json_array_size(shared), 1);
	assert_int_equal(sb_plan_from_json(&back, ((struct state *)*arg)->kinds, ops, NULL), 0);
	assert_int_equal(sb_plan_to_json(&back, &again, &shared_again), 0);
	assert_true(json_equal(ops, again));
	op = sb_plan_find(&back, "lab/qemu/2");
	assert_non_null(op);
	assert_int_equal(op->target, 0);
	assert_string_equal(op->target_ref, "lab/qemu/2");
	assert_null(sb_plan_find(&back, "lab/qemu/4"));
	sb_plan_finish(&back);
}

static void documents_of_the_wrong_shape_are_refused(void **arg)
{
	expect_refused(arg, "[5]", "are needed");
	expect_refused(arg, "[{'kind': 'vm', 'verb': 'delete', 'stage': 's', 'target': 1}]",
		       "are needed");
	expect_refused(arg, "[{'key': 'k', 'kind': 'vm', 'verb': 'upsert', 'stage': 's'}]",
		       "are needed");
	expect_refused(arg, "[{'key': 'k', 'kind': 'vm', 'verb': 'delete', 'target': 1}]",
		       "are needed");
	expect_refused(arg, "[{'key': 'k', 'kind': 'rack', 'verb': 'delete', 'stage': 's'}]",
		       "\"rack\"");
	expect_refused(arg,
		       "[{'key': 'k', 'kind': 'vm', 'verb': 'create', 'stage': 's', 'target': 1,"
		       " 'set': {}}]",
		       "no target");
	expect_refused(arg, "[{'key': 'k', 'kind': 'vm', 'verb': 'delete', 'stage': 's'}]",
		       "no target");
	expect_refused(arg,
		       "[{'key': 'k', 'kind': 'vm', 'verb': 'update', 'stage': 's', 'target': 1}]",
		       "no values");
	expect_refused(arg,
		       "[{'key': 'k', 'kind': 'vm', 'verb': 'create', 'stage': 's', 'set': []}]",
		       "no values");
}

static void an_op_waits_for_the_creates_it_refers_to(void **arg)
{
	char order[512];

	load_and_link(
		arg,
		"[" CREATE(
			"k/nic", "vm-interface",
			"{'virtual_machine': {'$ref': 'k/vm'},"
			" 'tags': [1, {'$ref': 'shared/tag/a'}]}") "," CREATE("k/ip", "ip",
									      "{'assigned_object': "
									      "{'type': 'x.y',"
									      " 'id': {'$ref': "
									      "'k/nic'}}}") "," CREATE("k/vm",
												       "vm",
												       "{'cluster': 3}") "," CREATE("shared/tag/a",
																    "tag",
																    "{'slug': 'a'}") "]");
	assert_int_equal(plan_of(arg)->ops[0].n_needs, 2);
	assert_int_equal(plan_of(arg)->ops[0].state, SB_OP_WAITING);
	assert_int_equal(plan_of(arg)->ops[1].n_needs, 1);
	assert_int_equal(plan_of(arg)->ops[2].state, SB_OP_READY);
	run_order(plan_of(arg), order, sizeof(order));
	assert_string_equal(order, "create:k/vm create:shared/tag/a create:k/nic create:k/ip");
}

static void a_reference_to_an_object_outside_the_plan_adds_no_need(void **arg)
{
	load_and_link(arg, "[" CREATE("k/nic", "vm-interface",
				      "{'virtual_machine': {'$ref': 'k/vm'}}") "]");
	assert_int_equal(plan_of(arg)->ops[0].n_needs, 0);
	assert_int_equal(plan_of(arg)->ops[0].state, SB_OP_READY);
}

static void an_op_waits_for_the_create_of_its_target(void **arg)
{
	load_and_link(arg, "[{'key': 'x', 'kind': 'vm', 'verb': 'update', 'stage': 's',"
			   " 'target': {'$ref': 'k/vm'}, 'set': {'memory': 1}}," CREATE(
				   "k/vm", "vm", "{}") "]");
	assert_int_equal(plan_of(arg)->ops[0].n_needs, 1);
	assert_int_equal(plan_of(arg)->ops[0].state, SB_OP_WAITING);
}

static void a_need_named_twice_counts_once(void **arg)
{
	load_and_link(arg, "[" CREATE("k/vlan", "vlan", "{'vid': 1}") "," CREATE(
				   "k/nic", "vm-interface",
				   "{'untagged_vlan': {'$ref': 'k/vlan'},"
				   " 'tagged_vlans': [{'$ref': 'k/vlan'}]}") "]");
	assert_int_equal(plan_of(arg)->ops[1].n_needs, 1);
	assert_int_equal(plan_of(arg)->ops[0].n_blocks, 1);
}

static void linking_again_changes_nothing(void **arg)
{
	load_and_link(arg,
		      "[" CREATE("k/nic", "vm-interface",
				 "{'virtual_machine': {'$ref': 'k/vm'}}") "," CREATE("k/vm", "vm",
										     "{}") "]");
	assert_int_equal(sb_plan_link(plan_of(arg), NULL), 0);
	assert_int_equal(plan_of(arg)->ops[0].n_needs, 1);
	assert_int_equal(plan_of(arg)->ops[1].n_blocks, 1);
}

static void ops_of_one_key_keep_their_order(void **arg)
{
	char order[512];

	load_and_link(
		arg,
		"[{'key': 'k', 'kind': 'vm', 'verb': 'delete', 'stage': 's', 'target': 4}," CREATE(
			"k", "vm", "{'cluster': 3}") ","
						     "{'key': 'k', 'kind': 'vm', 'verb': 'update', "
						     "'stage': 's',"
						     " 'target': {'$ref': 'k'}, 'set': "
						     "{'primary_ip4': {'$ref': 'k/ip'}}}," CREATE(
							     "k/ip", "ip",
							     "{'assigned_object': {'type': 'x.y',"
							     " 'id': {'$ref': 'k'}}}") "]");
	run_order(plan_of(arg), order, sizeof(order));
	assert_string_equal(order, "delete:k create:k create:k/ip update:k");
}

static void an_op_that_frees_a_name_precedes_the_op_that_claims_it(void **arg)
{
	char order[512];

	load_and_link(arg, "[" RENAME("k/1", 1, "a", "b") "," RENAME(
				   "k/2", 2, "b", "c") ","
						       "{'key': 'k/3', 'kind': 'vm', 'verb': "
						       "'delete', 'stage': 's', 'target': 3,"
						       " 'frees': ['vm|1|c|']}]");
	assert_int_equal(plan_of(arg)->n, 3);
	run_order(plan_of(arg), order, sizeof(order));
	assert_string_equal(order, "delete:k/3 update:k/2 update:k/1");
}

static const char *name_set(const struct sb_op *op)
{
	return json_string_value(json_object_get(op->set, "name"));
}

/* Asserts that no two objects ever have one name. names: of each id, before the plan. */
static void assert_no_name_twice(struct sb_plan *of, const char **names, size_t n_names)
{
	size_t done = 0, i, j;

	while (done < of->n) {
		for (i = 0; i < of->n && of->ops[i].state != SB_OP_READY; i++)
			;
		assert_true(i < of->n);
		of->ops[i].state = SB_OP_DONE;
		assert_int_equal(sb_op_open(&of->ops[i]), 0);
		assert_string_equal(names[of->ops[i].target],
				    json_string_value(json_object_get(of->ops[i].was, "name")));
		names[of->ops[i].target] = name_set(&of->ops[i]);
		for (j = 0; j < n_names; j++) {
			if (j != (size_t)of->ops[i].target && names[j])
				assert_string_not_equal(names[j], name_set(&of->ops[i]));
		}
		for (j = 0; j < of->ops[i].n_blocks; j++) {
			if (--of->ops[of->ops[i].blocks[j]].n_needs == 0)
				of->ops[of->ops[i].blocks[j]].state = SB_OP_READY;
		}
		done++;
	}
}

static void two_names_are_swapped_by_a_temporary_name(void **arg)
{
	const char *names[] = {NULL, "a", "b"};

	load_and_link(arg, "[" RENAME("k/1", 1, "a", "b") "," RENAME("k/2", 2, "b", "a") "]");
	assert_int_equal(plan_of(arg)->n, 3);
	assert_non_null(strstr(plan_of(arg)->ops[0].why, "temporary"));
	assert_no_name_twice(plan_of(arg), names, 3);
	assert_string_equal(names[1], "b");
	assert_string_equal(names[2], "a");
}

static void a_ring_of_three_needs_one_temporary_name(void **arg)
{
	const char *names[] = {NULL, "a", "b", "c"};

	load_and_link(arg, "[" RENAME("k/1", 1, "a", "b") "," RENAME("k/2", 2, "b", "c") "," RENAME(
				   "k/3", 3, "c", "a") "]");
	assert_int_equal(plan_of(arg)->n, 4);
	assert_no_name_twice(plan_of(arg), names, 4);
	assert_string_equal(names[1], "b");
	assert_string_equal(names[2], "c");
	assert_string_equal(names[3], "a");
}

static void two_rings_need_two_temporary_names(void **arg)
{
	const char *names[] = {NULL, "a", "b", "c", "d"};

	load_and_link(arg, "[" RENAME("k/1", 1, "a", "b") "," RENAME("k/3", 3, "c", "d") "," RENAME(
				   "k/2", 2, "b", "a") "," RENAME("k/4", 4, "d", "c") "]");
	assert_int_equal(plan_of(arg)->n, 6);
	assert_no_name_twice(plan_of(arg), names, 5);
}

static void a_temporary_name_belongs_to_one_object(void **arg)
{
	size_t i;
	const struct sb_op *temporary = NULL;

	load_and_link(arg, "[" RENAME("k/1", 1, "a", "b") "," RENAME("k/2", 2, "b", "a") "]");
	for (i = 0; i < plan_of(arg)->n; i++) {
		if (strstr(plan_of(arg)->ops[i].why, "temporary"))
			temporary = &plan_of(arg)->ops[i];
	}
	assert_non_null(temporary);
	assert_non_null(strstr(name_set(temporary), "1"));
	assert_int_equal(temporary->target, 1);
	assert_int_equal(temporary->verb, SB_UPDATE);
}

static void a_ring_without_names_is_an_error(void **arg)
{
	struct sb_error err = SB_ERROR_INIT;

	assert_int_equal(load_plan(arg,
				   "[" CREATE("a", "vm", "{'device': {'$ref': 'b'}}") "," CREATE(
					   "b", "device", "{'cluster': {'$ref': 'a'}}") "]",
				   NULL),
			 0);
	assert_int_equal(sb_plan_link(plan_of(arg), &err), SB_E_STATE);
	assert_non_null(strstr(err.text, "ring"));
}

static void an_empty_plan_can_be_linked(void **arg)
{
	assert_int_equal(sb_plan_link(plan_of(arg), NULL), 0);
	assert_int_equal(plan_of(arg)->n, 0);
}

static void ten_thousand_children_of_one_create_are_linked(void **arg)
{
	struct state *state = *arg;
	const struct sb_kind *vm = sb_kinds_find(state->kinds, "vm");
	const struct sb_kind *cluster = sb_kinds_find(state->kinds, "cluster");
	char key[32];
	unsigned i;

	assert_non_null(
		sb_plan_add(&state->plan, cluster, SB_CREATE, "c", "s", NULL, json_object(), NULL));
	for (i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "k/%u", i);
		assert_non_null(sb_plan_add(&state->plan, vm, SB_CREATE, key, "s", NULL,
					    json_pack("{s:{s:s}}", "cluster", "$ref", "c"), NULL));
	}
	assert_int_equal(sb_plan_link(&state->plan, NULL), 0);
	assert_int_equal(state->plan.ops[0].n_blocks, 10000);
	assert_int_equal(state->plan.ops[10000].n_needs, 1);
	assert_int_equal(state->plan.ops[10000].seq, 10000);
}

static struct sb_op *add_create(struct state *state, enum sb_verb verb)
{
	struct sb_op *op =
		sb_plan_add(&state->plan, sb_kinds_find(state->kinds, "vm"), verb, "lab/qemu/101",
			    "s", NULL, json_pack("{s:s}", "name", "web"), NULL);

	assert_non_null(op);
	return op;
}

static void tokens_name_kind_and_value(void **arg)
{
	const struct sb_kind *vm = sb_kinds_find(((struct state *)*arg)->kinds, "vm");
	struct sb_op *op = add_create(*arg, SB_UPDATE);

	assert_int_equal(sb_op_add_claimed(op, vm, NULL), 0);
	assert_false(sb_op_has(op, SB_OP_CLAIMS));
	assert_int_equal(sb_op_add_claimed(op, vm, "3|web|"), 0);
	assert_string_equal(json_string_value(json_array_get(op->claims, 0)), "vm|3|web|");
}

static void a_packed_op_accepts_tokens_too(void **arg)
{
	struct state *state = *arg;
	const struct sb_kind *vm = sb_kinds_find(state->kinds, "vm");
	struct sb_op *op = add_create(state, SB_DELETE);
	sb_autojson *frees = NULL;

	assert_int_equal(sb_op_add_freed(op, vm, "3|web|"), 0);
	sb_plan_pack(&state->plan);
	assert_int_equal(sb_op_add_freed(op, vm, "3|old|"), 0);
	sb_plan_pack(&state->plan);
	assert_false(op->is_open);
	frees = sb_op_get(op, SB_OP_FREES);
	assert_int_equal(json_array_size(frees), 2);
	assert_string_equal(json_string_value(json_array_get(frees, 1)), "vm|3|old|");
}

static void a_draft_keeps_no_values(void **arg)
{
	struct state *state = *arg;
	struct sb_op *op;

	state->plan.is_draft = true;
	op = add_create(state, SB_CREATE);
	assert_string_equal(op->key, "lab/qemu/101");
	assert_false(sb_op_has(op, SB_OP_SET));
}

#define SITE(id) "{'type': 'dcim.site', 'id': " #id "}"
#define UPDATE(key, kind, id, set, was)                                                            \
	"{'key': '" key "', 'kind': '" kind "', 'verb': 'update', 'stage': 's', 'target': " #id    \
	", 'set': " set ", 'was': " was "}"
#define CLUSTER_MOVES(set, was)                                                                    \
	UPDATE("lab/cluster", "cluster", 1, "{'scope': " set ", 'name': 'b'}",                     \
	       "{'scope': " was ", 'name': 'a'}")
#define NODE_MOVES   UPDATE("lab/node/a", "device", 2, "{'site': 5}", "{'site': 4}")
#define GUEST_MOVES  UPDATE("lab/qemu/1", "vm", 3, "{'site': 5}", "{'site': 4}")
#define GUEST_GROWS  UPDATE("lab/qemu/2", "vm", 4, "{'memory': 5}", "{'memory': 4}")
#define GUEST_IS_NEW CREATE("lab/qemu/3", "vm", "{'site': 5, 'cluster': 1, 'device': 2}")
#define NODE_IS_NEW  CREATE("lab/node/b", "device", "{'site': 5, 'cluster': 1}")

static void order_is(void **arg, const char *ops, const char *expected)
{
	char order[1000];

	load_and_link(arg, ops);
	run_order(plan_of(arg), order, sizeof(order));
	assert_string_equal(order, expected);
}

static void a_cluster_leaves_its_site_before_its_nodes_and_gets_the_new_one_after_them(void **arg)
{
	order_is(arg,
		 "[" GUEST_MOVES "," GUEST_GROWS "," GUEST_IS_NEW
		 "," CLUSTER_MOVES(SITE(5), SITE(4)) "," NODE_MOVES "," NODE_IS_NEW "]",
		 "update:lab/cluster update:lab/node/a update:lab/cluster update:lab/qemu/1 "
		 "update:lab/qemu/2 create:lab/qemu/3 create:lab/node/b");
	assert_int_equal(plan_of(arg)->n, 7);
}

static void a_cluster_without_a_site_gets_one_after_its_nodes(void **arg)
{
	order_is(arg, "[" GUEST_MOVES "," CLUSTER_MOVES(SITE(5), "null") "," NODE_MOVES "]",
		 "update:lab/node/a update:lab/cluster update:lab/qemu/1");
	assert_int_equal(plan_of(arg)->n, 3);
}

static void a_cluster_that_loses_its_site_is_first(void **arg)
{
	order_is(arg, "[" GUEST_MOVES "," NODE_MOVES "," CLUSTER_MOVES("null", SITE(4)) "]",
		 "update:lab/cluster update:lab/node/a update:lab/qemu/1");
}

static void guests_wait_for_a_node_that_comes_back_to_its_cluster(void **arg)
{
	order_is(arg,
		 "[" GUEST_GROWS
		 "," UPDATE("lab/node/a", "device", 2, "{'cluster': 1}", "{'cluster': 9}") "]",
		 "update:lab/node/a update:lab/qemu/2");
}

static void several_clusters_leave_their_sites_before_the_nodes(void **arg)
{
	order_is(arg,
		 "[" GUEST_MOVES "," CLUSTER_MOVES(SITE(5), SITE(4)) "," UPDATE(
			 "lab/other", "cluster", 7, "{'scope': " SITE(5) "}",
			 "{'scope': " SITE(4) "}") "," NODE_MOVES "]",
		 "update:lab/cluster update:lab/other update:lab/node/a update:lab/cluster "
		 "update:lab/other update:lab/qemu/1");
}

static void without_nodes_that_move_a_cluster_changes_its_site_in_one_step(void **arg)
{
	order_is(arg, "[" CLUSTER_MOVES(SITE(5), SITE(4)) "]", "update:lab/cluster");
}

static void a_guest_is_sent_although_its_node_could_not_move(void **arg)
{
	load_and_link(arg, "[" GUEST_MOVES "," NODE_MOVES "]");
	assert_int_equal(plan_of(arg)->ops[1].n_blocks, 1);
	assert_true(plan_of(arg)->ops[1].blocks[0] & SB_OP_AFTER);
}

static void a_plan_that_was_split_is_not_split_again(void **arg)
{
	load_and_link(arg, "[" CLUSTER_MOVES(SITE(5), SITE(4)) "," NODE_MOVES "]");
	assert_int_equal(plan_of(arg)->n, 3);
	assert_int_equal(sb_plan_link(plan_of(arg), NULL), 0);
	assert_int_equal(plan_of(arg)->n, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_plan_loads_from_its_own_document),
		T(documents_of_the_wrong_shape_are_refused),
		T(an_op_waits_for_the_creates_it_refers_to),
		T(a_reference_to_an_object_outside_the_plan_adds_no_need),
		T(an_op_waits_for_the_create_of_its_target),
		T(a_need_named_twice_counts_once),
		T(linking_again_changes_nothing),
		T(ops_of_one_key_keep_their_order),
		T(an_op_that_frees_a_name_precedes_the_op_that_claims_it),
		T(two_names_are_swapped_by_a_temporary_name),
		T(a_ring_of_three_needs_one_temporary_name),
		T(two_rings_need_two_temporary_names),
		T(a_temporary_name_belongs_to_one_object),
		T(a_ring_without_names_is_an_error),
		T(an_empty_plan_can_be_linked),
		T(a_cluster_leaves_its_site_before_its_nodes_and_gets_the_new_one_after_them),
		T(a_cluster_without_a_site_gets_one_after_its_nodes),
		T(a_cluster_that_loses_its_site_is_first),
		T(guests_wait_for_a_node_that_comes_back_to_its_cluster),
		T(several_clusters_leave_their_sites_before_the_nodes),
		T(without_nodes_that_move_a_cluster_changes_its_site_in_one_step),
		T(a_guest_is_sent_although_its_node_could_not_move),
		T(a_plan_that_was_split_is_not_split_again),
		T(ten_thousand_children_of_one_create_are_linked),
		T(tokens_name_kind_and_value),
		T(a_packed_op_accepts_tokens_too),
		T(a_draft_keeps_no_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

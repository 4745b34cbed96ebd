/* SPDX-License-Identifier: Apache-2.0 */
/* Scopes: the place (site, region, ...) that a cluster, prefix or VLAN group belongs to. */
#include "rules_shared.h"

#include <ctype.h>
#include <string.h>

bool nb_scope_clean(struct nb_write *write)
{
	const char *type = nb_text(write->object, "scope_type");
	const json_t *id = nb_get(write->object, "scope_id");
	const struct nb_table *table = nb_table(write->nb, type);

	if (!*type && json_is_null(id))
		return true;
	if (!*type)
		nb_error(write->call, "scope_type", "This field cannot be null.");
	else if (json_is_null(id))
		nb_error(write->call, "__all__", "Please select a %s.",
			 table ? table->model->verbose : "scope");
	else if (!nb_ref(write->nb, write->object, "scope_id"))
		nb_error(write->call, "scope_id",
			 "Related object not found using the provided value: "
			 "%" JSON_INTEGER_FORMAT ".",
			 json_integer_value(id));
	else
		return true;
	return false;
}

/* The depth of an object in the tree of regions, roles, platforms or tenant groups. */
static json_t *tree_depth(struct lab_netbox *nb, const struct nb_object *object,
			  const struct nb_field *field)
{
	json_int_t depth = 0;

	(void)field;
	while ((object = nb_ref(nb, object, "parent")) && depth < 100)
		depth++;
	return json_integer(depth);
}

static void tree_clean(struct nb_write *write)
{
	const struct nb_object *at = write->object;
	int steps = 0;

	while ((at = nb_ref(write->nb, at, "parent")) && steps++ < 100) {
		if (at != write->object)
			continue;
		nb_error(write->call, "parent", "Cannot assign self or child %s as parent.",
			 at->table->model->verbose);
		return;
	}
}

const struct nb_rules nb_rules_tree = {.computed = tree_depth, .clean = tree_clean};

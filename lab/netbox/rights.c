/* SPDX-License-Identifier: Apache-2.0 */
/* Permissions that a fault takes from the token, and constraints that hide objects. */
#include "call.h"

#include <string.h>

static int switch_entry(json_t **set, const char *name, const char *value, bool on)
{
	if (!name) { /* all of them */
		json_decref(*set);
		*set = NULL;
		return on ? -1 : 0;
	}
	if (!*set)
		*set = json_object();
	if (on)
		return json_object_set_new(*set, name, json_string(value));
	json_object_del(*set, name);
	return 0;
}

/* The tables of branches are not among those of NetBox, and branches have actions of their own. */
static bool is_of_branching(const struct lab_netbox *nb, const char *permission)
{
	static const char known[] =
		"netbox_branching.view_branch netbox_branching.add_branch "
		"netbox_branching.change_branch netbox_branching.delete_branch "
		"netbox_branching.sync_branch netbox_branching.merge_branch "
		"netbox_branching.revert_branch netbox_branching.archive_branch "
		"netbox_branching.view_changediff netbox_branching.view_branchevent core.view_job";

	return nb->branching && nb_type_allowed(known, permission);
}

bool nb_rights_known(const struct lab_netbox *nb, const char *permission)
{
	static const char *const actions[] = {"view", "add", "change", "delete"};
	const char *dot = strchr(permission, '.'), *line = dot ? strchr(dot, '_') : NULL;
	bool is_action = false;
	char type[128];
	size_t i;

	for (i = 0; line && i < SB_ARRAY_LEN(actions); i++)
		is_action = is_action || (strlen(actions[i]) == (size_t)(line - dot - 1) &&
					  sb_starts_with(dot + 1, actions[i]));
	if (is_of_branching(nb, permission))
		return true;
	if (!is_action)
		return false;
	snprintf(type, sizeof(type), "%.*s.%s", (int)(dot - permission), permission, line + 1);
	return nb_table(nb, type) != NULL;
}

int nb_rights_deny(struct lab_netbox *nb, const char *permission, bool on)
{
	return switch_entry(&nb->denied, permission, "", on);
}

/* "virtualization.virtualmachine=web" hides the VMs whose name contains "web". */
int nb_rights_hide(struct lab_netbox *nb, const char *arg, bool on)
{
	const char *sign = arg ? strchr(arg, '=') : NULL;
	sb_autofree char *type = sign ? strndup(arg, (size_t)(sign - arg)) : NULL;

	if (arg && (!type || !nb_type_known(nb, type)))
		return -1;
	return switch_entry(&nb->hidden, type, sign ? sign + 1 : "", on);
}

bool nb_is_denied(const struct nb_call *call, const char *action)
{
	const char *type = call->table->model->type, *dot = strchr(type, '.');
	char name[128];

	snprintf(name, sizeof(name), "%.*s.%s_%s", (int)(dot - type), type, action, dot + 1);
	return json_object_get(call->nb->denied, name) != NULL;
}

bool nb_is_visible(const struct nb_call *call, const struct nb_object *object)
{
	const char *part =
		json_string_value(json_object_get(call->nb->hidden, call->table->model->type));
	int field = nb_field(call->table, "name");
	const char *name;

	if (field < 0)
		field = nb_field(call->table, "address");
	if (!part)
		return true;
	if (field < 0 && call->table->of_type) { /* only the newer plugin heeds constraints */
		sb_autobuf text = SB_BUF_INIT(1 << 16);

		nb_display(call->nb, object, &text);
		return !nb_has(call->nb, NB_CUSTOM_BULK) || !strstr(sb_buf_str(&text), part);
	}
	if (field < 0)
		return true;
	name = json_string_value(object->values[field]);
	return !name || !strstr(name, part);
}

size_t nb_visible(const struct nb_call *call, struct nb_object **rows, size_t n)
{
	size_t i, left = 0;

	for (i = 0; i < n; i++)
		if (nb_is_visible(call, rows[i]))
			rows[left++] = rows[i];
	return left;
}

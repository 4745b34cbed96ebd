/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces of VMs and devices, and the MAC addresses on them. */
#include "rules_shared.h"

#include <string.h>

/* The field with the owner of an interface, and the word for the owner in errors. */
static const char *owner_field(const struct nb_object *interface)
{
	return nb_is(interface, "dcim.interface") ? "device" : "virtual_machine";
}

static const char *owner_word(const struct nb_object *interface)
{
	return nb_is(interface, "dcim.interface") ? "device" : "virtual machine";
}

/* A related interface must belong to the same VM or device. */
static bool same_owner(struct nb_write *write, const char *field, const char *role)
{
	const char *owner = owner_field(write->object);
	const struct nb_object *other = nb_ref(write->nb, write->object, field);
	const struct nb_object *its = other ? nb_ref(write->nb, other, owner) : NULL;

	if (!other || its == nb_ref(write->nb, write->object, owner))
		return true;
	nb_error(write->call, field,
		 "The selected %s interface (%s) belongs to a different %s (%s).", role,
		 nb_text(other, "name"), owner_word(write->object), nb_text(its, "name"));
	return false;
}

static bool not_self(struct nb_write *write, const char *field, const char *text)
{
	if (nb_ref(write->nb, write->object, field) != write->object)
		return true;
	nb_error(write->call, field, "%s", text);
	return false;
}

static bool vlan_fits(struct nb_write *write, const struct nb_object *vlan)
{
	const struct nb_object *owner =
		nb_ref(write->nb, write->object, owner_field(write->object));
	const struct nb_object *site = nb_ref(write->nb, vlan, "site");

	return !site || !owner || site == nb_ref(write->nb, owner, "site");
}

static bool vlans_clean(struct nb_write *write)
{
	const struct nb_object *untagged = nb_ref(write->nb, write->object, "untagged_vlan");
	const struct nb_table *vlans = nb_table(write->nb, "ipam.vlan");
	const char *word = owner_word(write->object);
	json_t *id;
	size_t i;

	if (untagged && !vlan_fits(write, untagged)) {
		nb_error(write->call, "untagged_vlan",
			 "The untagged VLAN (%s (%" JSON_INTEGER_FORMAT
			 ")) must belong to the same site as the interface's parent %s, or it "
			 "must be global.",
			 nb_text(untagged, "name"), (json_int_t)nb_int(untagged, "vid"), word);
		return false;
	}
	json_array_foreach (nb_get(write->object, "tagged_vlans"), i, id) {
		const struct nb_object *vlan = nb_find(vlans, json_integer_value(id));

		if (!vlan || vlan_fits(write, vlan))
			continue;
		nb_error(write->call, "tagged_vlans",
			 "VLAN %s (%" JSON_INTEGER_FORMAT
			 ") must belong to the same site as the interface's parent %s, or it must "
			 "be global.",
			 nb_text(vlan, "name"), (json_int_t)nb_int(vlan, "vid"), word);
		return false;
	}
	if (nb_ref(write->nb, write->object, "qinq_svlan") &&
	    !sb_streq(nb_text(write->object, "mode"), "q-in-q")) {
		nb_error(write->call, "qinq_svlan",
			 "Only Q-in-Q interfaces may specify a service VLAN.");
		return false;
	}
	return true;
}

/* Before 4.7 only the database checks that no other interface has the address as its primary one.
 */
static bool is_elsewhere(const struct nb_write *write, const struct nb_object *mac)
{
	const char *type = write->object->table->model->type;
	const struct nb_link *link =
		nb_referrers(write->nb, mac, type, "primary_mac_address", NULL);

	for (; link; link = link->next)
		if (link->from != write->object)
			return true;
	return false;
}

static bool primary_mac_clean(struct nb_write *write)
{
	const struct nb_object *mac = nb_ref(write->nb, write->object, "primary_mac_address");
	const struct nb_object *at = mac ? nb_ref(write->nb, mac, "assigned_object_id") : NULL;

	if (!mac || at == write->object)
		return true;
	if (at)
		nb_error(write->call,
			 nb_has(write->nb, NB_MAC_WRITE) ? "__all__" : "primary_mac_address",
			 "MAC address %s is assigned to a different interface (%s).",
			 nb_text(mac, "mac_address"), nb_text(at, "name"));
	else if (nb_has(write->nb, NB_MAC_WRITE))
		nb_error(write->call, "__all__",
			 "Only a MAC address assigned to this interface can be its primary MAC "
			 "address.");
	else if (is_elsewhere(write, mac))
		nb_exception(write->call, "IntegrityError");
	return !write->call->status;
}

static bool mac_input_clean(struct nb_write *write)
{
	if (!write->mac_input || json_is_null(write->mac_input) ||
	    !json_object_get(write->body, "primary_mac_address"))
		return true;
	nb_error(write->call, "__all__",
		 "Cannot specify both mac_address and primary_mac_address.");
	return false;
}

static void vminterface_clean(struct nb_write *write)
{
	if (mac_input_clean(write) &&
	    not_self(write, "parent", "An interface cannot be its own parent.") &&
	    same_owner(write, "parent", "parent") &&
	    not_self(write, "bridge", "An interface cannot be bridged to itself.") &&
	    same_owner(write, "bridge", "bridge") && vlans_clean(write))
		primary_mac_clean(write);
}

/* Device interfaces refuse VLANs that their mode does not support. */
static bool mode_clean(struct nb_write *write)
{
	const char *mode = nb_text(write->object, "mode");
	bool tagged = json_array_size(nb_get(write->object, "tagged_vlans")) > 0;

	if (!*mode && nb_ref(write->nb, write->object, "untagged_vlan"))
		nb_error(write->call, "untagged_vlan",
			 "Interface mode does not support untagged vlan");
	if (tagged && !sb_streq(mode, "tagged") && !sb_streq(mode, "q-in-q"))
		nb_error(write->call, "tagged_vlans",
			 "Interface mode does not support tagged vlans");
	return !write->call->status;
}

static bool type_clean(struct nb_write *write)
{
	const char *type = nb_text(write->object, "type");
	bool is_virtual = sb_streq(type, "virtual");

	if (write->old && nb_changed(write, "device"))
		nb_error(write->call, "device",
			 "Components cannot be moved to a different device.");
	else if (nb_ref(write->nb, write->object, "parent") && !is_virtual &&
		 !sb_streq(type, "channel"))
		nb_error(write->call, "parent",
			 "Only virtual interfaces, or a channel subinterface with a channel ID "
			 "assigned, may be assigned to a parent interface.");
	else if (nb_ref(write->nb, write->object, "lag") && is_virtual)
		nb_error(write->call, "lag",
			 "Virtual interfaces cannot have a parent LAG interface.");
	else if (json_is_true(nb_get(write->object, "mark_connected")) &&
		 (is_virtual || sb_streq(type, "lag") || sb_streq(type, "bridge")))
		nb_error(write->call, "mark_connected",
			 "%s interfaces cannot be marked as connected.", type);
	return !write->call->status;
}

static void interface_clean(struct nb_write *write)
{
	if (mac_input_clean(write) && mode_clean(write) && type_clean(write) &&
	    not_self(write, "parent", "An interface cannot be its own parent.") &&
	    same_owner(write, "parent", "parent") &&
	    not_self(write, "bridge", "An interface cannot be bridged to itself.") &&
	    same_owner(write, "bridge", "bridge") &&
	    not_self(write, "lag", "A LAG interface cannot be its own parent.") &&
	    same_owner(write, "lag", "LAG") && vlans_clean(write))
		primary_mac_clean(write);
}

static void interface_save(struct nb_write *write)
{
	const char *mode = nb_text(write->object, "mode");

	if (!*mode)
		nb_put_take(write->nb, write->object, "untagged_vlan", json_null());
	if (write->old && !sb_streq(mode, "tagged") &&
	    !json_object_get(write->body, "tagged_vlans"))
		nb_put_take(write->nb, write->object, "tagged_vlans", json_array());
}

static struct nb_object *own_mac(const struct lab_netbox *nb, const struct nb_object *interface,
				 const char *mac)
{
	const struct nb_link *link =
		nb_referrers(nb, interface, "dcim.macaddress", "assigned_object_id", NULL);

	for (; link; link = link->next)
		if (sb_streq(nb_text(link->from, "mac_address"), mac))
			return link->from;
	return NULL;
}

static struct nb_object *make_mac(struct nb_write *write, const char *mac)
{
	struct nb_object *row = nb_insert(write->nb, nb_table(write->nb, "dcim.macaddress"));

	if (!row)
		return NULL;
	nb_put_take(write->nb, row, "mac_address", json_string(mac));
	nb_put_take(write->nb, row, "assigned_object_type",
		    json_string(write->object->table->model->type));
	nb_put_take(write->nb, row, "assigned_object_id", json_integer(write->object->id));
	nb_saved(write->call, row, NULL);
	return row;
}

/* NetBox logs mac_address as a separate change, after the one of the interface. */
static void log_interface(struct nb_write *write)
{
	nb_saved(write->call, write->object, sb_steal(write->old));
	write->logged = true;
}

static void set_primary(struct nb_write *write, json_t *value_take)
{
	json_t **before = nb_image(write->object);

	nb_put_take(write->nb, write->object, "primary_mac_address", value_take);
	nb_saved(write->call, write->object, before);
}

/* mac_address makes the row of this address the primary one; the replaced row stays assigned. */
static void interface_saved(struct nb_write *write)
{
	char mac[18];
	struct nb_object *row;

	if (!write->mac_input)
		return;
	if (json_is_null(write->mac_input)) {
		log_interface(write);
		set_primary(write, json_null());
		return;
	}
	memcpy(mac, json_string_value(write->mac_input), sizeof(mac));
	nb_put_take(write->nb, write->object, "mac_address", json_null());
	log_interface(write);
	row = own_mac(write->nb, write->object, mac);
	if (!row)
		row = make_mac(write, mac);
	if (row)
		set_primary(write, json_integer(row->id));
}

/* Of a cable only its end at the interface is simulated. */
static json_t *make_cable(const struct lab_netbox *nb, const struct nb_object *object)
{
	return json_pack("{s:I, s:o, s:o, s:s, s:s}", "id", (json_int_t)object->id, "url",
			 json_sprintf("%s/api/dcim/cables/%u/", nb->base, (unsigned)object->id),
			 "display", json_sprintf("#%u", (unsigned)object->id), "label", "",
			 "description", "");
}

static json_t *interface_computed(struct lab_netbox *nb, const struct nb_object *object,
				  const struct nb_field *field)
{
	bool has_cable = json_is_true(nb_get(object, "_cable"));

	if (sb_streq(field->name, "_occupied"))
		return json_boolean(has_cable || json_is_true(nb_get(object, "mark_connected")));
	if (sb_streq(field->name, "cable"))
		return has_cable ? make_cable(nb, object) : json_null();
	if (sb_streq(field->name, "cable_end"))
		return has_cable ? json_string("A") : json_null();
	if (sb_streq(field->name, "mac_addresses"))
		return nb_nested_referrers(nb, object, "dcim.macaddress", "assigned_object_id",
					   NULL);
	return nb_nested_referrers(nb, object, "dcim.interface", "bridge",
				   object->table->fields[nb_field(object->table, "bridge")].nested);
}

const struct nb_rules nb_rules_vminterface = {.clean = vminterface_clean,
					      .save = interface_save,
					      .saved = interface_saved,
					      .computed = interface_computed};

static void interface_display(const struct lab_netbox *nb, const struct nb_object *interface,
			      struct sb_buf *out)
{
	const char *label = nb_text(interface, "label");

	(void)nb;
	sb_buf_addf(out, *label ? "%s (%s)" : "%s", nb_text(interface, "name"), label);
}

const struct nb_rules nb_rules_interface = {.display = interface_display,
					    .clean = interface_clean,
					    .save = interface_save,
					    .saved = interface_saved,
					    .computed = interface_computed};

static void mac_display(const struct lab_netbox *nb, const struct nb_object *mac,
			struct sb_buf *out)
{
	(void)nb;
	sb_buf_add(out, nb_text(mac, "mac_address"));
}

static bool is_primary(const struct lab_netbox *nb, const struct nb_object *mac)
{
	return nb_referrers(nb, mac, "virtualization.vminterface", "primary_mac_address", NULL) ||
	       nb_referrers(nb, mac, "dcim.interface", "primary_mac_address", NULL);
}

static json_t *mac_computed(struct lab_netbox *nb, const struct nb_object *mac,
			    const struct nb_field *field)
{
	(void)field;
	return json_boolean(is_primary(nb, mac));
}

static void mac_clean(struct nb_write *write)
{
	if (!write->old || !is_primary(write->nb, write->object) ||
	    (!nb_changed(write, "assigned_object_id") &&
	     !nb_changed(write, "assigned_object_type")))
		return;
	nb_error(write->call, "__all__",
		 "Cannot %s MAC Address while it is designated as the primary MAC for an object",
		 json_is_null(nb_get(write->object, "assigned_object_id")) ? "unassign"
									   : "reassign");
}

const struct nb_rules nb_rules_mac = {
	.display = mac_display, .computed = mac_computed, .clean = mac_clean};

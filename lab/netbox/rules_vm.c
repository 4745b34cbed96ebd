/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters, virtual machines and virtual disks. */
#include "rules_shared.h"

#include <string.h>

#define MAX_INT 2147483647

static void cluster_prepare(struct nb_write *write)
{
	struct nb_object *scope = nb_ref(write->nb, write->object, "scope_id");

	nb_put_take(write->nb, write->object, "_site",
		    scope && nb_is(scope, "dcim.site") ? json_integer(scope->id) : json_null());
}

static void cluster_scope_clean(struct nb_write *write)
{
	const struct nb_object *site = nb_ref(write->nb, write->object, "_site");
	const struct nb_link *link;
	size_t away = 0;

	if (!nb_scope_clean(write) || !site || !write->old)
		return;
	link = nb_referrers(write->nb, write->object, "dcim.device", "cluster", NULL);
	for (; link; link = link->next)
		away += nb_ref(write->nb, link->from, "site") != site;
	if (away)
		nb_error(write->call, "scope",
			 "%zu devices are assigned as hosts for this cluster but are not in site "
			 "%s",
			 away, nb_text(site, "name"));
}

/* Names are unique per site. The rules of NetBox check the site before the write; only the database
 * checks the new one. */
static void cluster_name_clean(struct nb_write *write)
{
	const struct nb_table *table = write->object->table;
	const json_t *site = write->old ? write->old[nb_field(table, "_site")] : NULL;
	uint32_t id;

	if (!json_is_integer(site) || !nb_changed(write, "name"))
		return;
	for (id = 1; id < table->next_id; id++) {
		const struct nb_object *other = table->rows[id];

		if (!other || other == write->object || !json_equal(nb_get(other, "_site"), site) ||
		    !json_equal(nb_get(other, "name"), nb_get(write->object, "name")))
			continue;
		nb_error(write->call, "__all__",
			 "Cluster with this  site and Name already exists.");
		return;
	}
}

static void cluster_clean(struct nb_write *write)
{
	cluster_scope_clean(write);
	cluster_name_clean(write);
}

/* A cluster with a site as scope sets the site of all its VMs, without a stamp or change record. */
static void cluster_saved(struct nb_write *write)
{
	const struct nb_object *site = nb_ref(write->nb, write->object, "_site");
	const struct nb_link *link = nb_referrers(write->nb, write->object,
						  "virtualization.virtualmachine", "cluster", NULL);

	for (; site && link; link = link->next)
		nb_put_take(write->nb, link->from, "site", json_integer(site->id));
}

static json_t *cluster_computed(struct lab_netbox *nb, const struct nb_object *object,
				const struct nb_field *field)
{
	const char *source = field->name + strlen("allocated_");
	const struct nb_link *link =
		nb_referrers(nb, object, "virtualization.virtualmachine", "cluster", NULL);
	bool any = false;
	double sum = 0;

	for (; link; link = link->next) {
		const json_t *value = nb_get(link->from, source);

		any |= json_is_number(value);
		sum += json_number_value(value);
	}
	if (!any)
		return json_null();
	return sb_streq(source, "vcpus") ? json_real(sum) : json_integer((json_int_t)sum);
}

const struct nb_rules nb_rules_cluster = {.prepare = cluster_prepare,
					  .clean = cluster_clean,
					  .saved = cluster_saved,
					  .computed = cluster_computed};

struct nb_object *nb_ip_parent(const struct lab_netbox *nb, const struct nb_object *ip)
{
	const struct nb_object *interface = nb_ref(nb, ip, "assigned_object_id");
	struct nb_object *vm = interface ? nb_ref(nb, interface, "virtual_machine") : NULL;

	return interface && !vm ? nb_ref(nb, interface, "device") : vm;
}

bool nb_primary_clean(struct nb_write *write, const char *what)
{
	static const char *const fields[] = {"primary_ip4", "primary_ip6", "oob_ip"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(fields); i++) {
		const struct nb_object *ip = nb_ref(write->nb, write->object, fields[i]), *inside;
		const char *address = ip ? nb_text(ip, "address") : "";
		bool v6 = strchr(address, ':') != NULL;

		if (!ip)
			continue;
		if (i < 2 && v6 != (i == 1)) {
			nb_error(write->call, fields[i], "%s is not an IPv%s address.", address,
				 i ? "6" : "4");
			return false;
		}
		inside = nb_ref(write->nb, ip, "nat_inside");
		if (nb_ip_parent(write->nb, ip) == write->object ||
		    (inside && nb_ip_parent(write->nb, inside) == write->object))
			continue;
		nb_error(write->call, fields[i],
			 "The specified IP address (%s) is not assigned to this %s.", address,
			 what);
		return false;
	}
	return true;
}

json_t *nb_primary_output(struct lab_netbox *nb, const struct nb_object *object)
{
	const struct nb_object *ip = nb_ref(nb, object, "primary_ip6");
	int field = nb_field(object->table, "primary_ip4");

	if (!ip)
		ip = nb_ref(nb, object, "primary_ip4");
	return ip ? nb_nested(nb, ip, object->table->fields[field].nested) : json_null();
}

/* A VM type sets the fields that the client did not set on create. */
static void vm_prepare(struct nb_write *write)
{
	static const char *const pairs[][2] = {{"platform", "default_platform"},
					       {"vcpus", "default_vcpus"},
					       {"memory", "default_memory"}};
	const struct nb_object *type = nb_ref(write->nb, write->object, "virtual_machine_type");
	size_t i;

	for (i = 0; type && !write->old && i < SB_ARRAY_LEN(pairs); i++)
		if (json_is_null(nb_get(write->object, pairs[i][0])))
			nb_put_take(write->nb, write->object, pairs[i][0],
				    json_incref(nb_get(type, pairs[i][1])));
}

static json_int_t disk_sum(const struct lab_netbox *nb, const struct nb_object *vm, bool *ret_any)
{
	const struct nb_link *link =
		nb_referrers(nb, vm, "virtualization.virtualdisk", "virtual_machine", NULL);
	json_int_t sum = 0;

	*ret_any = link != NULL;
	for (; link; link = link->next)
		sum += nb_int(link->from, "size");
	return sum;
}

static bool placement_clean(struct nb_write *write)
{
	const struct nb_object *vm = write->object;
	const struct nb_object *cluster = nb_ref(write->nb, vm, "cluster");
	const struct nb_object *site = nb_ref(write->nb, vm, "site");
	const struct nb_object *device = nb_ref(write->nb, vm, "device");
	const struct nb_object *place = cluster ? nb_ref(write->nb, cluster, "_site") : NULL;
	const struct nb_object *home = device ? nb_ref(write->nb, device, "cluster") : NULL;
	bool on_device = nb_has(write->nb, NB_DEVICE_PLACE);

	if (!site && !cluster && !(device && on_device))
		nb_error(write->call, on_device ? "__all__" : "cluster", "%s",
			 on_device
				 ? "A virtual machine must be assigned to a site, cluster, or "
				   "device."
				 : "A virtual machine must be assigned to a site and/or cluster.");
	else if (place && site && place != site)
		nb_error(write->call, "cluster",
			 "The selected cluster (%s) is not assigned to this site (%s).",
			 nb_text(cluster, "name"), nb_text(site, "name"));
	else if (on_device && device && site && nb_ref(write->nb, device, "site") != site)
		nb_error(write->call, "site",
			 "The selected device (%s) is not assigned to this site (%s).",
			 nb_text(device, "name"), nb_text(site, "name"));
	else if (device && !cluster && !on_device)
		nb_error(write->call, "device",
			 "Must specify a cluster when assigning a host "
			 "device.");
	else if (device && !cluster && home)
		nb_error(write->call, "cluster",
			 "Must specify the assigned device's cluster (%s) when assigning host "
			 "device %s.",
			 nb_text(home, "name"), nb_text(device, "name"));
	else if (device && cluster && home != cluster)
		nb_error(write->call, "device",
			 "The selected device (%s) is not assigned to this cluster (%s).",
			 nb_text(device, "name"), nb_text(cluster, "name"));
	else
		return true;
	return false;
}

static void vm_clean(struct nb_write *write)
{
	const json_t *disk = nb_get(write->object, "disk");
	const json_t *context = nb_get(write->object, "local_context_data");
	json_int_t sum;
	bool any;

	if (!placement_clean(write))
		return;
	sum = disk_sum(write->nb, write->object, &any);
	if (write->old && sum && !json_is_null(disk) && json_integer_value(disk) != sum) {
		nb_error(write->call, "disk",
			 "The specified disk size (%" JSON_INTEGER_FORMAT
			 ") must match the aggregate size of assigned virtual disks "
			 "(%" JSON_INTEGER_FORMAT ").",
			 json_integer_value(disk), sum);
		return;
	}
	if (!json_is_null(context) && !json_is_object(context)) {
		nb_error(write->call, "local_context_data",
			 "JSON data must be in object form. Example:");
		return;
	}
	nb_primary_clean(write, "VM");
}

static void vm_save(struct nb_write *write)
{
	struct nb_object *vm = write->object;
	const struct nb_object *cluster = nb_ref(write->nb, vm, "cluster");
	const struct nb_object *device = nb_ref(write->nb, vm, "device");
	const struct nb_object *site = cluster ? nb_ref(write->nb, cluster, "_site") : NULL;
	bool any;
	json_int_t sum = disk_sum(write->nb, vm, &any);

	if (!site && device && nb_has(write->nb, NB_DEVICE_PLACE))
		site = nb_ref(write->nb, device, "site");
	if (!nb_ref(write->nb, vm, "site") && site)
		nb_put_take(write->nb, vm, "site", json_integer(site->id));
	if (any && json_is_null(nb_get(vm, "disk")) && !json_object_get(write->body, "disk"))
		nb_put_take(write->nb, vm, "disk", json_integer(sum));
}

json_t *nb_config_context(const struct nb_object *object)
{
	const json_t *local = nb_get(object, "local_context_data");

	return json_is_object(local) ? json_deep_copy(local) : json_object();
}

static json_t *vm_computed(struct lab_netbox *nb, const struct nb_object *object,
			   const struct nb_field *field)
{
	if (sb_streq(field->name, "config_context"))
		return nb_config_context(object);
	return nb_primary_output(nb, object);
}

const struct nb_rules nb_rules_vm = {
	.prepare = vm_prepare, .clean = vm_clean, .save = vm_save, .computed = vm_computed};

/* The disk size of a VM is the sum of its virtual disks, updated without a stamp or change record.
 */
static void follow_disks(struct nb_call *call, struct nb_object *vm)
{
	bool any;
	json_int_t sum = disk_sum(call->nb, vm, &any);

	if (sum > MAX_INT) {
		nb_exception(call, "DataError");
		return;
	}
	nb_put_take(call->nb, vm, "disk", any ? json_integer(sum) : json_null());
}

static void disk_saved(struct nb_write *write)
{
	struct nb_object *vm = nb_ref(write->nb, write->object, "virtual_machine");

	if (vm)
		follow_disks(write->call, vm);
}

static void disk_deleted(struct nb_call *call, struct nb_object *disk)
{
	const struct nb_table *vms = nb_table(call->nb, "virtualization.virtualmachine");
	struct nb_object *vm = nb_find(vms, nb_int(disk, "virtual_machine"));

	if (vm)
		follow_disks(call, vm);
}

const struct nb_rules nb_rules_disk = {.saved = disk_saved, .deleted = disk_deleted};

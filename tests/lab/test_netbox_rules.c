/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of single models of the simulated NetBox: VMs, disks, interfaces, addresses. */
#include "client.h"

#include <stdio.h>
#include <string.h>

#define VMS        "virtualization/virtual-machines/"
#define INTERFACES "virtualization/interfaces/"
#define DISKS      "virtualization/virtual-disks/"
#define IPS        "ipam/ip-addresses/"
#define MACS       "dcim/mac-addresses/"

/* One cluster with id 1 and the VMs "a" (1) and "b" (2), each with an interface "net0". */
static int world_setup(void **state)
{
	struct client *c;

	if (client_setup(state) < 0)
		return -1;
	c = *state;
	make(c, "virtualization/cluster-types/", "{'name':'Proxmox','slug':'pve'}");
	make(c, "virtualization/clusters/", "{'name':'lab','type':1}");
	call(c, 201, "POST", VMS, "[{'name':'a','cluster':1},{'name':'b','cluster':1}]");
	call(c, 201, "POST", INTERFACES,
	     "[{'virtual_machine':1,'name':'net0'},{'virtual_machine':2,'name':'net0'}]");
	return 0;
}

static void vm_disk_follows_its_virtual_disks_without_a_change_record(void **state)
{
	struct client *c = *state;
	char etag[80];

	call(c, 200, "GET", VMS "1/", NULL);
	snprintf(etag, sizeof(etag), "%s", c->etag);
	call(c, 201, "POST", DISKS,
	     "[{'virtual_machine':1,'name':'x','size':10},{'virtual_machine':1,'name':'y','size':5}"
	     "]");
	call(c, 200, "GET", VMS "1/", NULL);
	expect_int(c, "disk", 15);
	assert_string_equal(c->etag, etag);
	call(c, 200, "PATCH", DISKS "1/", "{'virtual_machine':2}");
	call(c, 400, "PATCH", VMS "1/", "{'comments':'x'}");
	expect_text(c, "disk.0",
		    "The specified disk size (15) must match the aggregate size of assigned "
		    "virtual disks (5).");
	call(c, 200, "PATCH", VMS "1/", "{'disk':null}");
	expect_null(c, "disk");
	call(c, 200, "PATCH", VMS "1/", "{'comments':'y'}");
	expect_int(c, "disk", 5);
	call(c, 204, "DELETE", DISKS "2/", NULL);
	call(c, 200, "GET", VMS "1/", NULL);
	expect_null(c, "disk");
}

static void a_too_large_sum_of_disks_is_a_database_error(void **state)
{
	struct client *c = *state;

	make(c, DISKS, "{'virtual_machine':1,'name':'x','size':2147483647}");
	call(c, 500, "POST", DISKS, "{'virtual_machine':1,'name':'y','size':1}");
	expect_text(c, "exception", "DataError");
	call(c, 200, "GET", VMS "1/", NULL);
	expect_int(c, "disk", 2147483647);
}

static void mac_address_makes_a_row_and_leaves_the_replaced_one(void **state)
{
	struct client *c = *state;

	call(c, 200, "PATCH", INTERFACES "1/", "{'mac_address':'02-00-00-00-00-01'}");
	expect_text(c, "mac_address", "02:00:00:00:00:01");
	call(c, 200, "PATCH", INTERFACES "1/", "{'mac_address':'02:00:00:00:00:02'}");
	expect_size(c, "mac_addresses", 2);
	expect_text(c, "primary_mac_address.mac_address", "02:00:00:00:00:02");
	call(c, 200, "PATCH", INTERFACES "1/", "{'mac_address':'02:00:00:00:00:01'}");
	expect_size(c, "mac_addresses", 2);
	call(c, 200, "PATCH", INTERFACES "1/", "{'mac_address':null}");
	expect_null(c, "mac_address");
	expect_size(c, "mac_addresses", 2);
	call(c, 400, "PATCH", INTERFACES "1/", "{'mac_address':''}");
	call(c, 400, "PATCH", INTERFACES "1/",
	     "{'mac_address':'02:00:00:00:00:01','primary_mac_address':1}");
	assert_non_null(at(c, "__all__"));
}

static void deleting_a_vm_deletes_its_dependents(void **state)
{
	struct client *c = *state;

	call(c, 200, "PATCH", INTERFACES "1/", "{'mac_address':'02:00:00:00:00:01'}");
	make(c, INTERFACES, "{'virtual_machine':1,'name':'net0.5','parent':1}");
	make(c, DISKS, "{'virtual_machine':1,'name':'x','size':10}");
	make(c, IPS,
	     "{'address':'192.0.2.1/24','assigned_object_type':'virtualization.vminterface',"
	     "'assigned_object_id':1}");
	call(c, 200, "PATCH", VMS "1/", "{'primary_ip4':1}");
	make(c, "extras/journal-entries/",
	     "{'assigned_object_type':'virtualization.virtualmachine','assigned_object_id':1,"
	     "'comments':'x'}");
	call(c, 204, "DELETE", VMS "1/", NULL);
	call(c, 200, "GET", IPS, NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET", MACS, NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET", DISKS, NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET", INTERFACES, NULL);
	expect_int(c, "count", 1);
	call(c, 200, "GET", "extras/journal-entries/", NULL);
	expect_int(c, "count", 0);
	call(c, 200, "GET", "core/object-changes/?action=delete", NULL);
	expect_int(c, "count", 7);
}

static void a_parent_interface_cannot_be_deleted_before_its_children(void **state)
{
	struct client *c = *state;
	int child = make(c, INTERFACES, "{'virtual_machine':1,'name':'net0.5','parent':1}");

	call(c, 409, "DELETE", INTERFACES "1/", NULL);
	call(c, 204, "DELETE", INTERFACES, "[{'id':1},{'id':%d}]", child);
	child = make(c, INTERFACES, "{'virtual_machine':1,'name':'a'}");
	make(c, INTERFACES, "{'virtual_machine':1,'name':'b'}");
	call(c, 200, "PATCH", INTERFACES, "[{'id':%d,'parent':%d}]", child, child + 1);
	call(c, 204, "DELETE", INTERFACES, "[{'id':%d},{'id':%d}]", child + 1, child);
}

static void deleting_a_primary_address_is_a_logged_change_of_the_vm(void **state)
{
	struct client *c = *state;

	make(c, IPS,
	     "{'address':'2001:DB8::1/64','assigned_object_type':'virtualization.vminterface',"
	     "'assigned_object_id':1}");
	expect_text(c, "address", "2001:db8::1/64");
	call(c, 200, "PATCH", VMS "1/", "{'primary_ip6':1}");
	expect_text(c, "primary_ip.address", "2001:db8::1/64");
	call(c, 204, "DELETE", IPS "1/", NULL);
	call(c, 200, "GET",
	     "core/object-changes/?changed_object_type=virtualization.virtualmachine&action=update",
	     NULL);
	expect_int(c, "count", 2);
	call(c, 200, "GET", VMS "1/", NULL);
	expect_null(c, "primary_ip6");
}

static void addresses_are_duplicates_with_equal_host_and_vrf(void **state)
{
	struct client *c = *state;

	make(c, "ipam/vrfs/", "{'name':'shared','enforce_unique':false}");
	make(c, IPS, "{'address':'192.0.2.1/24','role':'vip'}");
	call(c, 400, "POST", IPS, "{'address':'192.0.2.1/32'}");
	call(c, 400, "POST", IPS, "{'address':'192.0.2.1/32','role':'loopback'}");
	make(c, IPS, "{'address':'192.0.2.1/32','role':'vrrp'}");
	make(c, IPS, "{'address':'192.0.2.1/24','vrf':1}");
	make(c, IPS, "{'address':'192.0.2.1/24','vrf':1}");
	call(c, 400, "PATCH", IPS "1/", "{'role':''}");
	call(c, 400, "POST", IPS, "[{'address':'192.0.2.9/24'},{'address':'192.0.2.9/25'}]");
	expect_int(c, "errors.0.index", 1);
}

static void the_edges_of_a_network_cannot_be_assigned(void **state)
{
	struct client *c = *state;
	const char *to = "'assigned_object_type':'virtualization.vminterface',"
			 "'assigned_object_id':1";

	call(c, 400, "POST", IPS, "{'address':'192.0.2.255/24',%s}", to);
	call(c, 400, "POST", IPS, "{'address':'2001:db8::/64',%s}", to);
	make(c, IPS, "{'address':'192.0.2.0/31',%s}", to);
	make(c, IPS, "{'address':'192.0.3.0/24'}");
	call(c, 400, "POST", IPS, "{'address':'0.0.0.0/0'}");
	call(c, 400, "POST", IPS, "{'address':'192.0.2.01/24'}");
	call(c, 400, "POST", IPS, "{'address':'fe80::1%%eth0/64'}");
}

static void vm_names_are_unique_ignoring_case_per_cluster_and_tenant(void **state)
{
	struct client *c = *state;

	call(c, 400, "POST", VMS, "{'name':'A','cluster':1}");
	make(c, "tenancy/tenants/", "{'name':'T','slug':'t'}");
	make(c, VMS, "{'name':'A','cluster':1,'tenant':1}");
	make(c, "dcim/sites/", "{'name':'s','slug':'s'}");
	make(c, VMS, "{'name':'a','site':1}");
	make(c, VMS, "{'name':'a','site':1}");
}

static void a_site_scope_sets_the_site_of_the_vms_of_the_cluster(void **state)
{
	struct client *c = *state;
	char etag[80];

	call(c, 200, "GET", VMS "1/", NULL);
	snprintf(etag, sizeof(etag), "%s", c->etag);
	make(c, "dcim/sites/", "{'name':'s','slug':'s'}");
	call(c, 200, "PATCH", "virtualization/clusters/1/",
	     "{'scope_type':'dcim.site','scope_id':1}");
	call(c, 200, "GET", VMS "1/", NULL);
	expect_text(c, "site.slug", "s");
	assert_string_equal(c->etag, etag);
	call(c, 200, "GET", VMS "?site_id=1", NULL);
	expect_int(c, "count", 2);
	call(c, 500, "POST", "virtualization/clusters/",
	     "[{'name':'x','type':1},{'name':'lab','type':1,'scope_type':'dcim.site','scope_id':1}"
	     "]");
	expect_text(c, "exception", "IntegrityError");
	call(c, 200, "GET", "virtualization/clusters/", NULL);
	expect_int(c, "count", 1);
}

static void leaving_tagged_mode_clears_the_tagged_vlans(void **state)
{
	struct client *c = *state;

	make(c, "ipam/vlans/", "{'vid':5,'name':'five'}");
	call(c, 200, "PATCH", INTERFACES "1/",
	     "{'mode':'tagged','tagged_vlans':[1],'untagged_vlan':1}");
	call(c, 200, "PATCH", INTERFACES "1/", "{'mode':'access'}");
	expect_size(c, "tagged_vlans", 0);
	expect_int(c, "untagged_vlan.vid", 5);
	call(c, 200, "PATCH", INTERFACES "1/", "{'mode':null}");
	expect_null(c, "untagged_vlan");
	call(c, 200, "PATCH", INTERFACES "1/", "{'mode':'access','tagged_vlans':[1]}");
	expect_size(c, "tagged_vlans", 1);
	call(c, 204, "DELETE", "ipam/vlans/1/", NULL);
	call(c, 200, "GET", INTERFACES "1/", NULL);
	expect_size(c, "tagged_vlans", 0);
}

static void a_type_sets_defaults_only_when_the_vm_is_created(void **state)
{
	struct client *c = *state;

	make(c, "virtualization/virtual-machine-types/",
	     "{'name':'q','slug':'q','default_memory':512,'default_vcpus':'1.50'}");
	make(c, VMS, "{'name':'typed','cluster':1,'virtual_machine_type':1}");
	expect_int(c, "memory", 512);
	assert_true(json_real_value(at(c, "vcpus")) == 1.5);
	call(c, 200, "PATCH", VMS "3/", "{'memory':null}");
	expect_null(c, "memory");
}

static void the_mac_address_of_4_6_is_read_only(void **state)
{
	struct client *c = *state;

	make(c, "virtualization/cluster-types/", "{'name':'P','slug':'p'}");
	make(c, "virtualization/clusters/", "{'name':'lab','type':1}");
	make(c, VMS, "{'name':'a','cluster':1}");
	make(c, INTERFACES, "{'virtual_machine':1,'name':'n','mac_address':'02:00:00:00:00:01'}");
	expect_null(c, "mac_address");
	call(c, 200, "OPTIONS", INTERFACES, NULL);
	assert_true(json_is_true(at(c, "actions.POST.mac_address.read_only")));
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(vm_disk_follows_its_virtual_disks_without_a_change_record),
		T(a_too_large_sum_of_disks_is_a_database_error),
		T(mac_address_makes_a_row_and_leaves_the_replaced_one),
		T(deleting_a_vm_deletes_its_dependents),
		T(a_parent_interface_cannot_be_deleted_before_its_children),
		T(deleting_a_primary_address_is_a_logged_change_of_the_vm),
		T(addresses_are_duplicates_with_equal_host_and_vrf),
		T(the_edges_of_a_network_cannot_be_assigned),
		T(vm_names_are_unique_ignoring_case_per_cluster_and_tenant),
		T(a_site_scope_sets_the_site_of_the_vms_of_the_cluster),
		T(leaving_tagged_mode_clears_the_tagged_vlans),
		T(a_type_sets_defaults_only_when_the_vm_is_created),
		cmocka_unit_test_setup_teardown(the_mac_address_of_4_6_is_read_only,
						client_setup_46, client_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

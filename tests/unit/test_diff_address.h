/* SPDX-License-Identifier: Apache-2.0 */
/* Fixture: a guest with an interface, and its address in NetBox. */
#pragma once

#include "test_diff_fixture.h"

#define IP_KEY "lab/qemu/101/net0/ip/10.0.0.1"

/* Guest 101 (id 7) with net0 (id 70), at the source and in NetBox. */
static inline void guest_with_interface(void)
{
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_part("vm-interface", "lab/qemu/101/net0",
		 "{'id': 70, 'name': 'net0', 'virtual_machine': {'id': 7}}");
	mark_all_asked();
}

#define ASSIGNED(id)                                                                               \
	"'assigned_object_type': 'virtualization.vminterface', 'assigned_object_id': " #id

/* The address of an object in NetBox, below net0 of guest 101. */
#define ADDRESS(adopted)                                                                           \
	"{'id': 50, 'address': '10.0.0.1/24', 'adopted': " adopted ", " ASSIGNED(70) "}"

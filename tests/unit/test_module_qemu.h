/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual machine with all types of config members, for tests of the module qemu. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "module_run.h"
#include "stagebox/json.h"

SB_MODULE_API const struct sb_module *sb_module_qemu(void);

#define KEY    "lab/qemu/101"
#define CONFIG "/nodes/pve1/qemu/101/config?current=1"
#define AGENT  "/nodes/pve1/qemu/101/agent/network-get-interfaces"

static const char config[] =
	"{'name': 'web01', 'description': 'owner: alice\\nkeep', 'ostype': 'l26', 'sockets': 2, "
	"'cores': 2, 'memory': '8192', 'onboot': 1, 'agent': 'enabled=1,fstrim_cloned_disks=1',"
	"'scsi0': 'local-lvm:vm-101-disk-0,discard=on,size=32G', 'ide0': "
	"'local-lvm:vm-101-cloudinit,media=cdrom,size=4M', 'ide2': 'none,media=cdrom',"
	"'unused0': 'local-lvm:vm-101-disk-9', 'efidisk0': 'local-lvm:vm-101-disk-2,size=528K',"
	"'virtio1': '/dev/disk/by-id/x', 'scsihw': 'virtio-scsi-single',"
	"'net0': 'virtio=bc:24:11:0a:1b:2c,bridge=vmbr0,tag=120',"
	"'net1': 'e1000=DE:AD:BE:EF:00:01,bridge=vmbr1,trunks=10;20,link_down=1,mtu=1400',"
	"'net2': 'model=rtl8139,macaddr=DE:AD:BE:EF:00:02,bridge=vmbr0,mtu=1',"
	"'ipconfig0': 'ip=192.0.2.50/24,gw=192.0.2.1', 'searchdomain': 'example.net',"
	"'tags': 'prod;Web', 'smbios1': 'uuid=0D7C8A3E-1111-2222-3333-444455556666'}";

static const char agent[] =
	"{'result': [{'name': 'lo', 'hardware-address': '00:00:00:00:00:00', 'ip-addresses': "
	"[{'ip-address': '127.0.0.1', 'prefix': 8}]},"
	"{'name': 'eth0', 'hardware-address': 'bc:24:11:0a:1b:2c', 'ip-addresses': "
	"[{'ip-address': '192.0.2.50', 'prefix': 24}, {'ip-address': 'fe80::1%eth0', 'prefix': "
	"64}, {'ip-address': '2001:DB8::50', 'prefix': 64}]},"
	"{'name': 'eth0.5', 'hardware-address': 'bc:24:11:0a:1b:2c', 'ip-addresses': "
	"[{'ip-address': '10.5.0.2', 'prefix': '24'}]},"
	"{'name': 'eth1', 'hardware-address': 'de:ad:be:ef:00:01', 'ip-addresses': [{'ip-address': "
	"'10.0.0.0', 'prefix': 8}, {'ip-address': '192.0.2.50', 'prefix': 24}]},"
	"{'name': 'docker0', 'hardware-address': '02:42:00:00:00:01'}]}";

static SB_UNUSED void put_guest(struct module_run *run, const char *more)
{
	char row[512];

	snprintf(row, sizeof(row),
		 "{'type': 'qemu', 'vmid': 101, 'node': 'pve1', 'name': 'web01'%s}", more);
	module_row(run, "resource", KEY, row);
}

static SB_UNUSED int setup(void **state)
{
	struct module_run *run = module_create(sb_module_qemu);

	module_row(run, "cluster", "lab/cluster",
		   "{'name': 'prod1', 'site': 'dc1', 'node_site': 'dc1', 'is_cluster': true}");
	module_row(run, "cluster-options", "lab/cluster",
		   "{'tag-style': {'color-map': 'prod:FF0000:ffffff'}}");
	module_row(run, "node", "lab/node/pve1", "{'name': 'pve1', 'online': true}");
	module_row(run, "node", "lab/node/pve3", "{'name': 'pve3', 'online': false}");
	module_row(run, "address-known", "lab/node/pve1", "{'4': true, '6': true}");
	module_row(run, "address-known", "lab/node/pve3", "{'4': true, '6': true}");
	module_row(run, "node-interface", "lab/node/pve1/vmbr0", "{'name': 'vmbr0', 'mtu': 9000}");
	put_guest(run, ", 'status': 'running'");
	module_answer(run, CONFIG, config);
	module_answer(run, AGENT, agent);
	*state = run;
	return 0;
}

static SB_UNUSED int teardown(void **state)
{
	module_destroy(*state);
	return 0;
}

static SB_UNUSED void run_all(struct module_run *run)
{
	module_fetch(run, "qemu.guests");
	module_diff(run);
}

static SB_UNUSED const char *get_vm(struct module_run *run, const char *field)
{
	return module_field(run, "vm", KEY, field);
}

static SB_UNUSED bool guest_is_unknown(struct module_run *run)
{
	return module_is_unknown(run, "qemu-guest", KEY) &&
	       module_is_unknown(run, "qemu-disk", KEY "/") &&
	       module_is_unknown(run, "qemu-interface", KEY "/") &&
	       module_is_unknown(run, "qemu-address", KEY "/") &&
	       !module_get_row(run, "qemu-guest", KEY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

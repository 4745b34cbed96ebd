/* SPDX-License-Identifier: Apache-2.0 */
/* Answers from inside a guest: those of the guest agent, and the addresses of a container. */
#include "pve/answer.h"

#include "pve/property.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#define HANG_MS 8000

/* Does the agent answer? False after a refusal. */
static bool agent_answers(struct pve_call *call, const char *command)
{
	const struct pve_guest *guest = call->guest;

	if (!pve_guest_text(guest, "agent")) {
		pve_refuse(call, 500, "No QEMU guest agent configured");
	} else if (!pve_guest_is_active(guest)) {
		pve_refuse(call, 500, "VM %" PRIu32 " is not running", guest->vmid);
	} else if (guest->agent_hangs) {
		pve_refuse(call, 500, "VM %" PRIu32 " qga command '%s' failed - got timeout",
			   guest->vmid, command);
		call->answer->delay_ms = HANG_MS;
	} else if (!guest->agent_runs || !sb_streq(guest->status, "running")) {
		pve_refuse(call, 500, "QEMU guest agent is not running");
	} else {
		return true;
	}
	return false;
}

/* VMs and containers use different names and types for the same values. */
static json_t *address_row(bool is_container, const char *cidr)
{
	const char *slash = strchr(cidr, '/');
	bool is_v6 = strchr(cidr, ':') != NULL;
	size_t len = slash ? (size_t)(slash - cidr) : strlen(cidr);
	long prefix = slash ? strtol(slash + 1, NULL, 10) : is_v6 ? 128 : 32;

	if (is_container)
		return json_pack("{so ss so}", "ip-address", json_stringn(cidr, len),
				 "ip-address-type", is_v6 ? "inet6" : "inet", "prefix",
				 json_sprintf("%ld", prefix));
	return json_pack("{so ss si}", "ip-address", json_stringn(cidr, len), "ip-address-type",
			 is_v6 ? "ipv6" : "ipv4", "prefix", (int)prefix);
}

static json_t *lower_mac(struct pve_slice mac)
{
	char text[18] = "";

	for (size_t i = 0; i < mac.len && i < 17; i++)
		text[i] = (char)tolower((unsigned char)mac.text[i]);
	return json_string(text);
}

/* The link-local address that belongs to a MAC address. */
static json_t *link_local(const char *mac)
{
	unsigned b[6];

	if (sscanf(mac, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6)
		return NULL;
	return json_sprintf("fe80::%x:%xff:fe%02x:%x/64", (b[0] ^ 2) << 8 | b[1], b[2], b[3],
			    b[4] << 8 | b[5]);
}

static json_t *iface_statistics(const struct pve_guest *guest)
{
	return json_pack("{sI sI si si sI sI si si}", "rx-bytes", (json_int_t)guest->vmid * 1450,
			 "rx-packets", (json_int_t)guest->vmid * 3, "rx-errs", 0, "rx-dropped", 0,
			 "tx-bytes", (json_int_t)guest->vmid * 730, "tx-packets",
			 (json_int_t)guest->vmid * 2, "tx-errs", 0, "tx-dropped", 0);
}

/* Create one interface of an agent answer; cidrs NULL or empty = no addresses. */
static json_t *agent_iface(const struct pve_guest *guest, json_t *name_take, const char *mac,
			   json_t *cidrs, bool has_link_local)
{
	json_t *row = json_pack("{so ss so}", "name", name_take, "hardware-address", mac,
				"statistics", iface_statistics(guest));
	json_t *list = json_array(), *cidr;
	size_t i;

	json_array_foreach (cidrs, i, cidr) {
		json_array_append_new(list, address_row(false, json_string_value(cidr)));
	}
	if (has_link_local && json_array_size(list)) {
		sb_autojson *local = link_local(mac);

		if (local)
			json_array_append_new(list, address_row(false, json_string_value(local)));
	}
	/* An interface without addresses does not have the member. */
	if (json_array_size(list))
		json_object_set(row, "ip-addresses", list);
	json_decref(list);
	return row;
}

static json_t *nic_name(const struct pve_guest *guest, unsigned index, unsigned position)
{
	if (guest->inside & PVE_INSIDE_WINDOWS)
		return position ? json_sprintf("Ethernet %u", position + 1)
				: json_string("Ethernet");
	return guest->vmid % 3 ? json_sprintf("ens%u", 18 + index) : json_sprintf("eth%u", index);
}

/* Add the NICs of a guest in the order of their index. */
static void add_nics(const struct pve_guest *guest, json_t *list)
{
	unsigned position = 0;
	bool is_windows = guest->inside & PVE_INSIDE_WINDOWS;

	for (unsigned index = 0; index < 32; index++) {
		char key[24];

		snprintf(key, sizeof(key), "net%u", index);

		struct pve_slice found = {0};
		const char *net = pve_guest_text(guest, key);

		if (net)
			found = pve_net_mac(net);
		if (!found.text)
			continue;

		sb_autojson *mac = lower_mac(found);
		const char *text = json_string_value(mac);
		json_t *cidrs = json_object_get(guest->addresses, key);
		bool is_slave = guest->inside & PVE_INSIDE_BOND && position == 0;

		json_array_append_new(list, agent_iface(guest, nic_name(guest, index, position),
							text, is_slave ? NULL : cidrs, true));
		/* A bond has the MAC address of its first slave, a VLAN the one of its parent. */
		if (is_slave)
			json_array_append_new(
				list, agent_iface(guest, json_string("bond0"), text, cidrs, true));
		if (guest->inside & PVE_INSIDE_VLAN && !is_windows && position == 0)
			json_array_append_new(
				list,
				agent_iface(guest,
					    json_sprintf("%s.4001",
							 json_string_value(json_object_get(
								 json_array_get(list, 1), "name"))),
					    text, NULL, false));
		position++;
	}
}

void pve_answer_agent_interfaces(struct pve_call *call)
{
	const struct pve_guest *guest = call->guest;

	if (!agent_answers(call, "guest-network-get-interfaces"))
		return;

	sb_autojson *loopback = json_pack("[ss]", "127.0.0.1/8", "::1/128");
	sb_autojson *docker = json_pack("[s]", "172.17.0.1/16");
	bool is_windows = guest->inside & PVE_INSIDE_WINDOWS;
	json_t *list = json_array();

	json_array_append_new(
		list,
		agent_iface(guest, json_string(is_windows ? "Loopback Pseudo-Interface 1" : "lo"),
			    "00:00:00:00:00:00", loopback, false));
	add_nics(guest, list);
	if (guest->inside & PVE_INSIDE_DOCKER)
		json_array_append_new(list, agent_iface(guest, json_string("docker0"),
							"02:42:7f:3a:11:f6", docker, false));
	pve_ok(call, json_pack("{so}", "result", list));
}

void pve_answer_agent_host_name(struct pve_call *call)
{
	if (!agent_answers(call, "guest-get-host-name"))
		return;

	sb_autojson *name = pve_guest_name(call->guest);

	pve_ok(call, json_pack("{s{so}}", "result", "host-name",
			       json_sprintf("%s.%s.example.net", json_string_value(name),
					    call->pve->slug)));
}

void pve_answer_agent_osinfo(struct pve_call *call)
{
	const char *ostype = pve_guest_text(call->guest, "ostype");
	json_t *result;

	if (!agent_answers(call, "guest-get-osinfo"))
		return;
	if (ostype && sb_starts_with(ostype, "win"))
		result = json_pack("{ss ss ss ss ss ss ss ss ss}", "id", "mswindows", "name",
				   "Microsoft Windows", "pretty-name",
				   "Windows Server 2022 Standard", "version",
				   "Microsoft Windows Server 2022", "version-id", "2022", "variant",
				   "server", "variant-id", "server", "kernel-release", "20348",
				   "machine", "x86_64");
	else
		result = json_pack("{ss ss ss ss ss ss ss ss}", "id", "debian", "name",
				   "Debian GNU/Linux", "pretty-name",
				   "Debian GNU/Linux 13 (trixie)", "version", "13 (trixie)",
				   "version-id", "13", "kernel-release", "6.12.48+deb13-amd64",
				   "kernel-version", "#1 SMP PREEMPT_DYNAMIC", "machine", "x86_64");
	pve_ok(call, json_pack("{so}", "result", result));
}

static json_t *container_iface(const char *name, size_t name_len, const char *mac, json_t *cidrs)
{
	json_t *list = json_array(), *cidr;
	json_t *row = json_pack("{so ss ss so}", "name", json_stringn(name, name_len), "hwaddr",
				mac, "hardware-address", mac, "ip-addresses", list);
	size_t i;

	json_array_foreach (cidrs, i, cidr) {
		const char *text = json_string_value(cidr);

		json_array_append_new(list, address_row(true, text));
		/* inet and inet6 contain only the last address of their family. */
		json_object_set(row, strchr(text, ':') ? "inet6" : "inet", cidr);
	}
	return row;
}

static void add_container_nic(const struct pve_guest *guest, const char *key, const char *net,
			      json_t *list)
{
	struct pve_slice name = pve_property(net, "name");
	sb_autojson *mac = lower_mac(pve_net_mac(net));
	sb_autojson *cidrs = json_copy(json_object_get(guest->addresses, key));
	json_t *local = link_local(json_string_value(mac));

	if (!name.text)
		return;
	if (json_array_size(cidrs) && local)
		json_array_append(cidrs, local);
	json_decref(local);
	json_array_append_new(list,
			      container_iface(name.text, name.len, json_string_value(mac), cidrs));
}

void pve_answer_lxc_interfaces(struct pve_call *call)
{
	const struct pve_guest *guest = call->guest;

	if (!guest || !pve_guest_is_active(guest)) {
		pve_ok(call, json_null());
		return;
	}
	if (guest->agent_hangs) {
		pve_refuse(call, 500, "CT %" PRIu32 " reading the interfaces failed - got timeout",
			   guest->vmid);
		call->answer->delay_ms = HANG_MS;
		return;
	}

	sb_autojson *loopback = json_pack("[ss]", "127.0.0.1/8", "::1/128");
	json_t *list = json_array(), *value;
	const char *key;

	json_array_append_new(list, container_iface("lo", 2, "00:00:00:00:00:00", loopback));
	json_object_foreach (guest->config, key, value) {
		if (pve_key_in_family(key, "net", NULL) && json_is_string(value))
			add_container_nic(guest, key, json_string_value(value), list);
	}
	pve_ok(call, list);
}

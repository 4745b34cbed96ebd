/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of an endpoint. */
#include "pve/state.h"

#include <inttypes.h>

static int cut_off_node(struct lab_pve *pve, const char *name, bool on, bool freezes)
{
	struct pve_node *node = name ? pve_node_find(pve, name) : NULL;

	/* A standalone node that is offline does not answer, which is the fault "drop". */
	if (on && (!node || pve->n_nodes == 1))
		return -1;
	if (name && !node)
		return -1;
	for (size_t i = 0; i < pve->n_nodes; i++)
		if (!node || node == &pve->nodes[i])
			*(freezes ? &pve->nodes[i].is_frozen : &pve->nodes[i].is_cut_off) = on;
	return 0;
}

/* The agent of a guest hangs, or the role NoAccess hides the guest; off without VMID: all. */
static int change_guests(struct lab_pve *pve, const char *vmid, bool on, bool hides)
{
	struct pve_guest *guest = NULL;
	char *end;

	if (vmid) {
		guest = pve_guest_find(pve, (uint32_t)strtoul(vmid, &end, 10));
		if (!guest || *end)
			return -1;
	} else if (on) {
		return -1;
	}
	for (size_t i = 0; i < pve->n_guests; i++)
		if (!guest || guest == pve->guests[i])
			*(hides ? &pve->guests[i]->is_hidden : &pve->guests[i]->agent_hangs) = on;
	return 0;
}

/* Stop pvestatd: the list of guests shows its last values for 300 s, then none. */
static int stop_statistics(struct lab_pve *pve, const char *arg, bool on)
{
	size_t i;

	if (arg && !sb_streq(arg, "expired"))
		return -1;
	json_decref(pve->old_rows);
	pve->old_rows = on ? json_object() : NULL;
	pve->is_expired = on && arg;
	for (i = 0; on && i < pve->n_guests; i++) {
		const struct pve_guest *guest = pve->guests[i];
		sb_autojson *vmid = json_sprintf("%" PRIu32, guest->vmid);

		json_object_set_new(
			pve->old_rows, json_string_value(vmid),
			json_pack("{ss so si}", "status", guest->status, "name",
				  pve_guest_name(guest), "template", pve_guest_is_template(guest)));
	}
	return 0;
}

const char *const lab_pve_faults[] = {
	"active-flaps",
	"agent-hang VMID",
	"crm-stopped",
	"daemon-stopped",
	"empty-resources",
	"may-write",
	"needs-tfa",
	"no-access VMID",
	"no-quorum",
	"no-sdn-audit",
	"no-sys-audit",
	"node-frozen NODE",
	"node-offline NODE",
	"old-version",
	"permission-filter",
	"pmxcfs-stopped",
	"pvestatd-stopped [expired]",
	"token-expired",
	"write-token-expired",
	NULL,
};

int lab_pve_fault(struct lab_pve *pve, const char *kind, const char *arg, bool on)
{
	const struct {
		const char *kind;
		bool *flag;
	} flags[] = {
		{"permission-filter", &pve->no_guest_audit},
		{"empty-resources", &pve->empty_resources},
		{"token-expired", &pve->token_expired},
		{"needs-tfa", &pve->needs_tfa},
		{"no-quorum", &pve->no_quorum},
		{"old-version", &pve->is_old},
		{"may-write", &pve->may_write},
		{"no-sys-audit", &pve->no_sys_audit},
		{"no-sdn-audit", &pve->no_sdn_audit},
		{"active-flaps", &pve->active_flaps},
		{"daemon-stopped", &pve->no_daemon},
		{"pmxcfs-stopped", &pve->no_files},
		{"crm-stopped", &pve->no_crm},
		{"write-token-expired", &pve->writer_expired},
	};

	if (!lab_word_listed(lab_pve_faults, kind))
		return -1;
	for (size_t i = 0; i < SB_ARRAY_LEN(flags); i++) {
		if (sb_streq(kind, flags[i].kind)) {
			*flags[i].flag = on;
			return 0;
		}
	}
	if (sb_streq(kind, "node-offline"))
		return cut_off_node(pve, arg, on, false);
	if (sb_streq(kind, "node-frozen"))
		return cut_off_node(pve, arg, on, true);
	if (sb_streq(kind, "pvestatd-stopped"))
		return stop_statistics(pve, arg, on);
	if (sb_streq(kind, "agent-hang"))
		return change_guests(pve, arg, on, false);
	if (sb_streq(kind, "no-access"))
		return change_guests(pve, arg, on, true);
	return -1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The disturbances of a run: faults of requests and servers, and crashes. */
#include "history.h"

#include <stdio.h>

static const char *const fault_names[SIM_FAULTS] = {
	"none",    "refused",  "lost",   "unheard",     "truncated", "stalled",
	"garbage", "too-many", "failed", "bad-gateway", "late-proxy"};

static const char *const pve_faults[] = {"permission-filter", "empty-resources", "token-expired",
					 "no-quorum",         "no-sys-audit",    "no-sdn-audit",
					 "active-flaps",      "pmxcfs-stopped",  "daemon-stopped"};

static const char *const netbox_faults[] = {"short-page", "short-page", "short-page",
					    "token-expired", "read-only"};

static void draw_faults(struct sim_history *history, struct sim_plan *plan)
{
	unsigned n = 1 + sim_draw(history, 4);

	for (; n; n--) {
		unsigned kind = 1 + sim_draw(history, SIM_FAULTS - 1);
		unsigned often = 10 + sim_draw(history, 8) * 25;
		bool to_netbox = sim_draw(history, 2) != 0;

		(to_netbox ? plan->weather.netbox : plan->weather.pve)[kind] = often;
		sim_note(history, "fault: %s %s in %u of 1000 requests",
			 to_netbox ? "netbox" : "pve", fault_names[kind], often);
	}
}

static void switch_pve(struct sim_history *history, const char *kind, const char *arg)
{
	if (lab_pve_fault(history->worlds[SIM_DISTURBED].pve, kind, arg, true) == 0)
		sim_note(history, "fault: pve %s %s", kind, arg ? arg : "");
}

/* One read fails in each attempt, as that of a damaged file, while all others work. */
static void break_path(struct sim_history *history, const char *key)
{
	struct sim_net *net = &history->worlds[SIM_DISTURBED].net;

	snprintf(net->broken, sizeof(net->broken), "%s/config", strchr(key, '/'));
	sim_note(history, "fault: pve answers 500 to all paths that end in %s", net->broken);
}

static void draw_pve(struct sim_history *history)
{
	char key[40], node[16];

	switch (sim_draw(history, 6)) {
	case 0:
		snprintf(node, sizeof(node), "pve%u", 1 + sim_draw(history, 3));
		switch_pve(history, "node-offline", node);
		snprintf(history->offline, sizeof(history->offline), "%s", node);
		break;
	case 1:
	case 2:
		if (sim_draw_guest(history, key))
			switch_pve(history, sim_draw(history, 3) ? "no-access" : "agent-hang",
				   strrchr(key, '/') + 1);
		break;
	case 3:
		if (sim_draw_guest(history, key))
			break_path(history, key);
		break;
	default:
		switch_pve(history, pve_faults[sim_draw(history, SB_ARRAY_LEN(pve_faults))], NULL);
		break;
	}
}

static void draw_netbox(struct sim_history *history)
{
	const char *kind = netbox_faults[sim_draw(history, SB_ARRAY_LEN(netbox_faults))];
	const char *arg = NULL;

	if (sb_streq(kind, "short-page")) {
		static const char *const words[] = {
			"virtual-machines", "interfaces", "ip-addresses",  "devices",
			"virtual-disks",    "tags",       "mac-addresses", "virtual-machines",
			"interfaces",       "interfaces"};

		arg = words[sim_draw(history, SB_ARRAY_LEN(words))];
		sim_churn_cards(history);
	}
	lab_netbox_fault(history->worlds[SIM_DISTURBED].netbox, kind, arg, true);
	sim_note(history, "fault: netbox %s %s", kind, arg ? arg : "");
}

static void draw_death(struct sim_history *history, struct sim_plan *plan)
{
	plan->death = sim_draw(history, 2) ? SIM_JOB_DIES : SIM_BOTH_DIE;
	plan->writes_only = sim_draw(history, 4) != 0;
	plan->death_at = 1 + sim_draw(history, plan->writes_only ? 26 : 80);
	sim_note(history, "crash: %s at %s %u",
		 plan->death == SIM_JOB_DIES ? "job" : "job and parent",
		 plan->writes_only ? "write" : "request", plan->death_at);
}

/* Faults of servers last: what is missing is then missing in several runs. */
static void draw_server_faults(struct sim_history *history)
{
	if (history->fault_rounds)
		return;
	if (sim_draw(history, 3))
		draw_pve(history);
	if (!sim_draw(history, 3))
		draw_netbox(history);
	history->fault_rounds = 1 + sim_draw(history, 3);
}

void sim_weather_draw(struct sim_history *history, struct sim_plan *ret_plan)
{
	if (!sim_draw(history, 3))
		return;
	if (sim_draw(history, 2))
		draw_faults(history, ret_plan);
	draw_server_faults(history);
	if (sim_draw(history, 2))
		draw_death(history, ret_plan);
}

void sim_weather_node(struct sim_history *history, bool is_offline)
{
	if (history->offline[0])
		lab_pve_fault(history->worlds[SIM_DISTURBED].pve, "node-offline", history->offline,
			      is_offline);
}

void sim_weather_clear(struct sim_history *history)
{
	struct sim_world *world = &history->worlds[SIM_DISTURBED];
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(pve_faults); i++)
		lab_pve_fault(world->pve, pve_faults[i], NULL, false);
	lab_pve_fault(world->pve, "node-offline", NULL, false);
	history->offline[0] = '\0';
	lab_pve_fault(world->pve, "agent-hang", NULL, false);
	lab_pve_fault(world->pve, "no-access", NULL, false);
	world->net.broken[0] = '\0';
	for (i = 0; i < SB_ARRAY_LEN(netbox_faults); i++)
		lab_netbox_fault(world->netbox, netbox_faults[i], NULL, false);
}

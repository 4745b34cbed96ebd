/* SPDX-License-Identifier: Apache-2.0 */
/* Answer a request: rules of the HTTP layer, routes, permissions, formats of refusals. */
#include "pve/answer.h"

#include "base/buf.h"
#include "pve/property.h"

#include <inttypes.h>
#include <stdarg.h>

#define PVE_MAX_BODY (512u << 10)

/* The parts of a path that match a placeholder. */
struct place {
	struct pve_slice node, vmid, upid, name;
};

static char *format_text(const char *fmt, ...) SB_PRINTF(1, 2);

/* Format a new text; NULL = out of memory. */
static char *format_text(const char *fmt, ...)
{
	sb_autobuf buf = SB_BUF_INIT(8 << 10);
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&buf, fmt, ap);
	va_end(ap);
	return sb_buf_take(&buf);
}

/* Does the path match the pattern? Parts in braces match any text and are stored in found. */
static bool path_fits(const char *pattern, const char *path, struct place *found)
{
	*found = (struct place){0};
	while (*pattern && *path) {
		size_t want = strcspn(++pattern, "/"), len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (!len)
			return false;
		if (strncmp(pattern, "{node}", want) == 0)
			found->node = (struct pve_slice){path, len};
		else if (strncmp(pattern, "{vmid}", want) == 0)
			found->vmid = (struct pve_slice){path, len};
		else if (strncmp(pattern, "{upid}", want) == 0)
			found->upid = (struct pve_slice){path, len};
		else if (*pattern == '{')
			found->name = (struct pve_slice){path, len};
		else if (want != len || strncmp(pattern, path, len) != 0)
			return false;
		pattern += want;
		path += len;
	}
	path += strspn(path, "/");
	return !*pattern && !*path;
}

static const struct pve_route *find_route(const struct pve_call *call, struct place *found)
{
	static const struct {
		const char *method;
		const struct pve_route *routes;
	} lists[] = {{"GET", pve_guest_routes},   {"GET", pve_node_routes},
		     {"GET", pve_cluster_routes}, {"GET", pve_sdn_routes},
		     {"GET", pve_task_routes},    {"GET", pve_access_routes},
		     {"GET", pve_ha_routes},      {"GET", pve_pool_routes},
		     {"GET", pve_storage_routes}, {"GET", pve_ceph_routes},
		     {"POST", pve_power_routes},  {"DELETE", pve_task_stop_routes}};

	for (size_t i = 0; i < SB_ARRAY_LEN(lists); i++) {
		const struct pve_route *route = lists[i].routes;

		if (!sb_streq(lists[i].method, call->request->method))
			continue;
		for (; route->path; route++)
			if (path_fits(route->path, call->path, found) &&
			    (!route->only_major || route->only_major == call->pve->major))
				return route;
	}
	return NULL;
}

static bool guest_is_hidden(const struct lab_pve *pve, struct pve_slice vmid)
{
	const struct pve_guest *guest =
		vmid.len ? pve_guest_find(pve, (uint32_t)strtoul(vmid.text, NULL, 10)) : NULL;

	return guest && guest->is_hidden;
}

/* The privilege on a guest that the user lacks; NULL = none. */
static const char *missing_on_guest(const struct pve_call *call, enum pve_need need,
				    struct pve_slice vmid)
{
	const struct lab_pve *pve = call->pve;

	if (need == PVE_NEED_VM_AUDIT &&
	    (!pve_holds(call, "VM.Audit") || guest_is_hidden(pve, vmid)))
		return "VM.Audit";
	if (need == PVE_NEED_POWER &&
	    (!pve_holds(call, "VM.PowerMgmt") || guest_is_hidden(pve, vmid)))
		return "VM.PowerMgmt";
	/* PVEAuditor has no privilege for agents before release 9; VM.Monitor also permits changes.
	 */
	if (need == PVE_NEED_AGENT && !pve_holds(call, pve_agent_privilege(pve)) &&
	    !(pve->major >= 9 && pve_holds(call, "VM.GuestAgent.Unrestricted")))
		return pve->major < 9 ? "VM.Monitor"
				      : "VM.GuestAgent.Audit|VM.GuestAgent.Unrestricted";
	return NULL;
}

static bool refuse_privilege(struct pve_call *call, enum pve_need need, const struct place *found)
{
	const char *privilege = missing_on_guest(call, need, found->vmid);

	if (privilege)
		pve_refuse(call, 403, "Permission check failed (/vms/%.*s, %s)",
			   (int)found->vmid.len, found->vmid.text, privilege);
	else if (need == PVE_NEED_SYS_AUDIT && !pve_holds(call, "Sys.Audit"))
		pve_refuse(call, 403, "Permission check failed (/, Sys.Audit)");
	else if (need == PVE_NEED_CEPH_AUDIT && !pve_audits_ceph(call))
		pve_refuse(call, 403, "Permission check failed (/, Sys.Audit|Datastore.Audit)");
	else if (need == PVE_NEED_NODE_AUDIT && !pve_audits_nodes(call))
		pve_refuse(call, 403, "Permission check failed (/nodes/%.*s, Sys.Audit)",
			   (int)found->node.len, found->node.text);
	else if (need == PVE_NEED_POOL_AUDIT && !pve_holds(call, "Pool.Audit"))
		pve_refuse(call, 403, "Permission check failed (/pool/%.*s, Pool.Audit)",
			   (int)found->name.len, found->name.text);
	else
		return false;
	return true;
}

/* Find the node of the path; false after a refusal. */
static bool reach_node(struct pve_call *call, struct pve_slice name)
{
	for (size_t i = 0; i < call->pve->n_nodes; i++)
		if (pve_slice_is(name, call->pve->nodes[i].name))
			call->node = &call->pve->nodes[i];
	if (pve_slice_is(name, "localhost"))
		call->node = pve_node_local(call->pve);
	if (!call->node) {
		pve_refuse(call, 500,
			   "hostname lookup '%.*s' failed - failed to get address info for: %.*s: "
			   "Name or service not known",
			   (int)name.len, name.text, (int)name.len, name.text);
		return false;
	}
	if (!pve_node_is_up(call->node)) {
		pve_refuse_empty(call, 595, "No route to host");
		return false;
	}
	if (call->node->is_frozen) {
		pve_refuse_empty(call, 596, "Connection timed out");
		return false;
	}
	return true;
}

/* Find the guest of the path; false after a refusal. */
static bool reach_guest(struct pve_call *call, enum pve_guest_need need, struct pve_slice vmid)
{
	sb_autofree char *text = strndup(vmid.text, vmid.len);
	bool is_container = need == PVE_GUEST_LXC || need == PVE_GUEST_LXC_OR_NULL;
	bool may_miss = need == PVE_GUEST_LXC_OR_NULL || need == PVE_GUEST_QEMU_OR_NULL;
	json_t *error =
		text ? pve_param_error(&(struct pve_param_rule){"vmid", PVE_PARAM_VMID, NULL}, text)
		     : NULL;

	if (error) {
		pve_refuse_params(call, json_pack("{so}", "vmid", error));
		return false;
	}
	call->vmid = (uint32_t)strtoul(text ? text : "", NULL, 10);
	call->guest = pve_guest_find(call->pve, call->vmid);
	if (call->guest &&
	    (call->guest->is_container != is_container || call->guest->node != call->node))
		call->guest = NULL;
	if (call->guest || may_miss)
		return true;
	pve_refuse_no_guest(call, is_container);
	return false;
}

void pve_refuse_no_guest(struct pve_call *call, bool is_container)
{
	pve_refuse(call, 500, "Configuration file 'nodes/%s/%s/%" PRIu32 ".conf' does not exist",
		   call->node->name, is_container ? "lxc" : "qemu-server", call->vmid);
}

static void answer_route(struct pve_call *call, const struct pve_route *route,
			 const struct place *where)
{
	struct place found = *where;
	sb_autofree char *upid = found.upid.text ? strndup(found.upid.text, found.upid.len) : NULL;
	sb_autofree char *name = found.name.text ? strndup(found.name.text, found.name.len) : NULL;

	if (refuse_privilege(call, route->need, &found))
		return;
	if (found.node.text && !reach_node(call, found.node))
		return;
	if (route->is_protected && call->pve->no_daemon) {
		pve_refuse_empty(call, 595, "Connection refused");
		return;
	}
	if (!pve_check_params(call, route->params))
		return;
	if (found.vmid.text && !reach_guest(call, route->guest, found.vmid))
		return;
	call->upid = upid ? upid : "";
	call->name = name ? name : "";
	route->fn(call);
}

/* No user of the lab may do these writes: like Proxmox VE, name the missing privilege before any
 * other check. */
static void answer_write(struct pve_call *call)
{
	struct place found;

	for (const struct pve_write *write = pve_writes; write->method; write++) {
		if (!sb_streq(write->method, call->request->method) ||
		    !path_fits(write->path, call->path, &found))
			continue;
		if (!write->object)
			pve_refuse(call, 403, "Permission check failed");
		else if (strstr(write->object, "{vmid}"))
			pve_refuse(call, 403, "Permission check failed (/vms/%.*s, %s)",
				   (int)found.vmid.len, found.vmid.text, write->privilege);
		else
			pve_refuse(call, 403, "Permission check failed (%s, %s)", write->object,
				   write->privilege);
		return;
	}
	pve_refuse(call, 501, "Method '%s %s' not implemented", call->request->method, call->path);
}

static void answer_request(struct pve_call *call)
{
	struct place found;
	const struct pve_route *route = find_route(call, &found);

	if (route)
		answer_route(call, route, &found);
	else
		answer_write(call);
}

static bool has_body_type(const char *type)
{
	static const char *const types[] = {"application/x-www-form-urlencoded",
					    "application/json"};

	for (size_t i = 0; i < SB_ARRAY_LEN(types); i++)
		if (!type || sb_starts_with(type, types[i]))
			return true;
	return false;
}

/* Check the rules of the HTTP layer, which precede those of the path; false after a refusal. */
static bool transport_is_fine(struct pve_call *call)
{
	const struct lab_request *request = call->request;
	bool has_body = sb_streq(request->method, "POST") || sb_streq(request->method, "PUT");
	sb_autofree char *reason = NULL;
	int status = 501;

	if (!has_body && !sb_streq(request->method, "GET") &&
	    !sb_streq(request->method, "DELETE")) {
		reason = format_text("method '%s' not available", request->method);
	} else if (request->chunked) {
		reason = strdup("chunked transfer encoding not supported");
	} else if (!has_body && request->body_len) {
		reason = format_text("Unexpected content for method '%s'", request->method);
	} else if (request->body_len > PVE_MAX_BODY) {
		reason = strdup("for data too large");
	} else if (has_body && request->body_len && !has_body_type(request->content_type)) {
		status = 506;
		reason = format_text("upload 'Content-Type '%s' not implemented",
				     request->content_type);
	}
	if (reason)
		pve_refuse_empty(call, status, reason);
	return !reason;
}

static bool strip_prefix(struct pve_call *call)
{
	static const char prefix[] = "/api2/json";
	size_t len = sizeof(prefix) - 1;

	call->path = call->request->path + len;
	if (strncmp(call->request->path, prefix, len) == 0 && (*call->path == '/' || !*call->path))
		return true;
	call->answer->status = 500;
	call->answer->close = true;
	call->answer->reason = format_text("no such file '%s'", call->request->path);
	return false;
}

void lab_pve_handle(struct lab_pve *pve, const struct lab_request *request, int64_t now_ms,
		    struct lab_answer *ret_answer)
{
	struct lab_params params = {0};
	struct pve_call call = {
		.pve = pve,
		.request = request,
		.answer = ret_answer,
		.params = &params,
		.now_s = now_ms / 1000,
	};
	bool is_login = sb_streq(request->method, "POST");

	lab_pve_turn(pve, now_ms);
	lab_answer_header(ret_answer, "Cache-Control", "max-age=0");
	lab_answer_header(ret_answer, "Pragma", "no-cache");
	if (!transport_is_fine(&call) || !strip_prefix(&call))
		return;
	is_login = is_login && sb_streq(call.path, "/access/ticket");
	if (pve->no_files)
		pve_refuse_empty(
			&call, 500,
			"RPCEnvironment init request failed: Unable to load access control "
			"list: Connection refused");
	else if ((is_login || pve_authenticate(&call)) && pve_read_params(&call, &params))
		is_login ? pve_answer_ticket(&call) : answer_request(&call);
	lab_params_finish(&params);
}

void lab_pve_shuffle(struct lab_pve *pve, uint64_t seed)
{
	pve->order.state = seed;
}

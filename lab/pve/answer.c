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
	struct pve_slice node, vmid;
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

static void shuffle_list(struct lab_random *random, json_t *list)
{
	for (size_t i = json_array_size(list); i > 1; i--) {
		size_t k = (size_t)lab_random_below(random, i);
		json_t *last = json_incref(json_array_get(list, i - 1));

		json_array_set(list, i - 1, json_array_get(list, k));
		json_array_set_new(list, k, last);
	}
}

void pve_ok(struct pve_call *call, json_t *data_take)
{
	call->answer->json = json_pack("{so}", "data", data_take);
	call->answer->status = call->answer->json ? 200 : 500;
	call->answer->close = !call->answer->json;
}

void pve_ok_list(struct pve_call *call, json_t *list_take)
{
	shuffle_list(&call->pve->order, list_take);
	pve_ok(call, list_take);
}

void pve_refuse_empty(struct pve_call *call, int status, const char *reason)
{
	call->answer->status = status;
	call->answer->reason = strdup(reason);
	call->answer->close = true;
}

void pve_refuse(struct pve_call *call, int status, const char *fmt, ...)
{
	sb_autobuf buf = SB_BUF_INIT(8 << 10);
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&buf, fmt, ap);
	va_end(ap);
	/* The reason phrase is the first line of the message. */
	call->answer->reason = strndup(sb_buf_str(&buf), strcspn(sb_buf_str(&buf), "\r\n"));
	call->answer->status = status;
	call->answer->close = true;
	call->answer->json =
		json_pack("{snso}", "data", "message",
			  json_sprintf(status == 501 ? "%s" : "%s\n", sb_buf_str(&buf)));
}

static void refuse_params(struct pve_call *call, json_t *errors_take)
{
	call->answer->status = 400;
	call->answer->close = true;
	call->answer->reason = strdup("Parameter verification failed.");
	call->answer->json = json_pack("{snssso}", "data", "message",
				       "Parameter verification failed.\n", "errors", errors_take);
}

void pve_refuse_param(struct pve_call *call, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse_params(call, json_pack("{so}", name, json_vsprintf(fmt, ap)));
	va_end(ap);
}

bool pve_has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	while (words && *words) {
		size_t n = strcspn(words, ",; ");

		if (n == len && !memcmp(words, word, len))
			return true;
		words += n;
		words += strspn(words, ",; ");
	}
	return false;
}

static bool is_vmid(const char *text)
{
	unsigned long id = strtoul(text, NULL, 10);

	return id >= 100 && id <= 999999999;
}

static bool is_integer(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n && n < 16 && !text[n];
}

/* Describe the error of a value. New reference; NULL for a valid value. */
static json_t *value_error(const struct pve_param_rule *rule, const char *value)
{
	switch (rule->type) {
	case PVE_PARAM_BOOL:
		if (!sb_streq(value, "0") && !sb_streq(value, "1"))
			return json_sprintf("type check ('boolean') failed - got '%s'", value);
		return NULL;
	case PVE_PARAM_INT:
	case PVE_PARAM_VMID:
		if (!is_integer(value))
			return json_sprintf("type check ('integer') failed - got '%s'", value);
		if (rule->type == PVE_PARAM_VMID && !is_vmid(value))
			return json_string(
				"invalid format - value does not look like a valid VM ID\n");
		return NULL;
	case PVE_PARAM_ENUM:
		if (!pve_has_word(rule->words, value))
			return json_sprintf("value '%s' does not have a value in the enumeration "
					    "'%s'",
					    value, rule->words);
		return NULL;
	case PVE_PARAM_TEXT: return NULL;
	}
	return NULL;
}

static bool is_repeated(const struct lab_params *params, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < params->n; i++)
		n += sb_streq(params->list[i].key, key);
	return n > 1;
}

bool pve_check_params(struct pve_call *call, const struct pve_param_rule *rules)
{
	sb_autojson *errors = json_object();

	for (size_t i = 0; i < call->params->n; i++) {
		const struct lab_param *param = &call->params->list[i];
		const struct pve_param_rule *rule = rules;
		json_t *error;

		if (sb_streq(param->key, "_dc"))
			continue;
		while (rule && rule->name && !sb_streq(rule->name, param->key))
			rule++;
		if (!rule || !rule->name)
			error = json_string("property is not defined in schema and the schema does "
					    "not allow additional properties");
		else if (is_repeated(call->params, param->key))
			error = json_string("type check ('string') failed - got ARRAY");
		else
			error = value_error(rule, param->value);
		if (error)
			json_object_set_new(errors, param->key, error);
	}
	if (!json_object_size(errors))
		return true;
	refuse_params(call, json_incref(errors));
	return false;
}

/* Does the path match the pattern? Parts in braces match any text and are stored in found. */
static bool path_fits(const char *pattern, const char *path, struct place *found)
{
	found->node = found->vmid = (struct pve_slice){0};
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
		else if (*pattern != '{' && (want != len || strncmp(pattern, path, len) != 0))
			return false;
		pattern += want;
		path += len;
	}
	path += strspn(path, "/");
	return !*pattern && !*path;
}

static const struct pve_route *find_route(const struct pve_call *call, struct place *found)
{
	static const struct pve_route *const lists[] = {pve_guest_routes, pve_node_routes,
							pve_cluster_routes};

	for (size_t i = 0; i < SB_ARRAY_LEN(lists); i++)
		for (const struct pve_route *route = lists[i]; route->path; route++)
			if (path_fits(route->path, call->path, found) &&
			    (!route->only_major || route->only_major == call->pve->major))
				return route;
	return NULL;
}

static bool refuse_privilege(struct pve_call *call, enum pve_need need, struct pve_slice vmid)
{
	const char *privilege = NULL;

	if (need == PVE_NEED_SYS_AUDIT && call->pve->no_sys_audit) {
		pve_refuse(call, 403, "Permission check failed (/, Sys.Audit)");
		return true;
	}
	if (need == PVE_NEED_VM_AUDIT && call->pve->no_guest_audit)
		privilege = "VM.Audit";
	/* PVEAuditor has no privilege for agents before release 9; VM.Monitor also permits changes.
	 */
	if (need == PVE_NEED_AGENT && (!call->pve->has_agent || call->pve->no_guest_audit))
		privilege = call->pve->major < 9 ? "VM.Monitor"
						 : "VM.GuestAgent.Audit|VM.GuestAgent.Unrestricted";
	if (privilege)
		pve_refuse(call, 403, "Permission check failed (/vms/%.*s, %s)", (int)vmid.len,
			   vmid.text, privilege);
	return privilege != NULL;
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
	bool is_container = need != PVE_GUEST_QEMU;
	json_t *error =
		text ? value_error(&(struct pve_param_rule){"vmid", PVE_PARAM_VMID, NULL}, text)
		     : NULL;

	if (error) {
		refuse_params(call, json_pack("{so}", "vmid", error));
		return false;
	}
	call->vmid = (uint32_t)strtoul(text ? text : "", NULL, 10);
	call->guest = pve_guest_find(call->pve, call->vmid);
	if (call->guest &&
	    (call->guest->is_container != is_container || call->guest->node != call->node))
		call->guest = NULL;
	if (call->guest || need == PVE_GUEST_LXC_OR_NULL)
		return true;
	pve_refuse(call, 500, "Configuration file 'nodes/%s/%s/%" PRIu32 ".conf' does not exist",
		   call->node->name, is_container ? "lxc" : "qemu-server", call->vmid);
	return false;
}

static void answer_get(struct pve_call *call)
{
	struct place found;
	const struct pve_route *route = find_route(call, &found);

	if (!route) {
		pve_refuse(call, 501, "Method 'GET %s' not implemented", call->path);
		return;
	}
	if (refuse_privilege(call, route->need, found.vmid))
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
	route->fn(call);
}

/* No user of the lab may write: like Proxmox VE, name the missing privilege before any other check.
 */
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

void lab_pve_handle(struct lab_pve *pve, const struct lab_request *request, int64_t now_s,
		    struct lab_answer *ret_answer)
{
	struct lab_params params = {0};
	struct pve_call call = {
		.pve = pve,
		.request = request,
		.answer = ret_answer,
		.params = &params,
		.now_s = now_s,
	};
	bool is_get = sb_streq(request->method, "GET");

	pve->clock_s = now_s;
	lab_answer_header(ret_answer, "Cache-Control", "max-age=0");
	lab_answer_header(ret_answer, "Pragma", "no-cache");
	if (!transport_is_fine(&call) || !strip_prefix(&call))
		return;
	lab_params_parse(&params, is_get || !request->body ? request->query : request->body);
	if (pve->no_files)
		pve_refuse_empty(
			&call, 500,
			"RPCEnvironment init request failed: Unable to load access control "
			"list: Connection refused");
	else if (sb_streq(call.path, "/access/ticket") && sb_streq(request->method, "POST"))
		pve_answer_ticket(&call);
	else if (pve_authenticate(&call))
		is_get ? answer_get(&call) : answer_write(&call);
	lab_params_finish(&params);
}

void lab_pve_shuffle(struct lab_pve *pve, uint64_t seed)
{
	pve->order.state = seed;
}

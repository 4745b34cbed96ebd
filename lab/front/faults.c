/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: those of the transport are applied here, the others are passed to the simulator. */
#include <errno.h>

#include "front/exchange.h"
#include "front/faults.h"
#include "front/reply.h"

enum { STALL_DEFAULT_S = 60 };

static const char bad_gateway[] =
	"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
	"<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n"
	"</body>\r\n</html>\r\n";

static const char too_many[] =
	"<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n"
	"<center><h1>429 Too Many Requests</h1></center>\r\n</body>\r\n</html>\r\n";

static void answer_429(struct lab_exchange *exchange)
{
	lab_reply_text(&exchange->answer, 429, "text/html", too_many);
	lab_answer_header(&exchange->answer, "Retry-After", "1");
}

static void answer_403(struct lab_exchange *exchange)
{
	struct lab_answer *answer = &exchange->answer;

	answer->status = 403;
	if (exchange->server->netbox)
		answer->json = json_pack("{s:s}", "detail",
					 "You do not have permission to perform this action.");
	else
		answer->json = json_pack("{s:n}", "data");
}

static void answer_500(struct lab_exchange *exchange)
{
	struct lab_answer *answer = &exchange->answer;

	answer->status = 500;
	if (exchange->server->netbox)
		answer->json = json_pack("{s:s,s:s}", "error", "the lab was asked to fail",
					 "exception", "OperationalError");
	else
		answer->json =
			json_pack("{s:n,s:s}", "data", "message", "the lab was asked to fail\n");
}

static void answer_502(struct lab_exchange *exchange)
{
	lab_reply_text(&exchange->answer, 502, "text/html", bad_gateway);
}

static void answer_garbage(struct lab_exchange *exchange)
{
	lab_reply_text(&exchange->answer, 200, "application/json",
		       "{\"count\": 1, \"results\": [{\"id\": 1, \"na\x01\xff<br />");
}

/* These answers are sent instead of handling the request. */
static const struct {
	const char *kind;
	void (*answer)(struct lab_exchange *exchange);
} instead_of_handling[] = {
	{"403", answer_403}, {"429", answer_429},         {"500", answer_500},
	{"502", answer_502}, {"garbage", answer_garbage},
};

const char *const lab_front_faults[] = {"403",         "429",
					"500",         "502",
					"596",         "clock-skew SECONDS",
					"drop",        "garbage",
					"lose-answer", "stall [SECONDS]",
					"truncate",    NULL};

static bool is_front_kind(const char *kind)
{
	return lab_word_listed(lab_front_faults, kind);
}

static bool parse_seconds(const char *text, int64_t *ret_ms)
{
	char *end;
	double seconds;

	errno = 0;
	seconds = strtod(text, &end);
	if (errno || end == text || *end || !(seconds >= 0 && seconds <= 86400))
		return false;
	*ret_ms = (int64_t)(seconds * 1000);
	return true;
}

static bool parse_skew(const char *text, int64_t *ret_s)
{
	char *end;

	*ret_s = text ? strtoll(text, &end, 10) : 0;
	return text && end != text && !*end;
}

static bool is_task_kind(const char *kind)
{
	return sb_starts_with(kind, "task-");
}

/* Try the fault of a task, without effect on the next one. */
static int check_task_fault(struct lab_server *server, const char *kind, const char *arg)
{
	int rc = server->pve ? lab_pve_plan_task(server->pve, kind, arg) : -1;

	if (server->pve)
		lab_pve_plan_task(server->pve, NULL, NULL);
	return rc;
}

static int simulator_fault(struct lab_server *server, const char *kind, const char *arg, bool on)
{
	if (server->netbox)
		return lab_netbox_fault(server->netbox, kind, arg, on);
	return lab_pve_fault(server->pve, kind, arg, on);
}

static void fault_destroy(struct lab_fault *fault)
{
	free(fault->kind);
	free(fault->arg);
	free(fault->path);
	free(fault);
}

/* Remove a fault from the list; a fault of the simulator is switched off there as well. */
static void fault_end(struct lab_server *server, struct lab_fault **link)
{
	struct lab_fault *fault = *link;

	*link = fault->next;
	if (fault->in_handler)
		simulator_fault(server, fault->kind, fault->arg, false);
	fault_destroy(fault);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? sb_streq(a, b) : a == b;
}

static struct lab_fault **find_fault(struct lab_server *server, const struct lab_fault *wanted)
{
	struct lab_fault **link = &server->faults;

	while (*link &&
	       !(sb_streq((*link)->kind, wanted->kind) && same_text((*link)->arg, wanted->arg) &&
		 same_text((*link)->path, wanted->path)))
		link = &(*link)->next;
	return link;
}

static struct lab_fault *fault_copy(const struct lab_fault *wanted)
{
	struct lab_fault *fault = calloc(1, sizeof(*fault));

	if (!fault)
		return NULL;
	fault->kind = strdup(wanted->kind);
	fault->arg = wanted->arg ? strdup(wanted->arg) : NULL;
	fault->path = wanted->path ? strdup(wanted->path) : NULL;
	fault->left = wanted->left;
	if (!fault->kind || (wanted->arg && !fault->arg) || (wanted->path && !fault->path)) {
		fault_destroy(fault);
		return NULL;
	}
	return fault;
}

int lab_fault_add(struct lab_server *server, const struct lab_fault *wanted, const char **ret_why)
{
	const char *kind = wanted->kind, *arg = wanted->arg;
	struct lab_fault *fault, **link;
	bool of_task = is_task_kind(kind), in_handler = !of_task && !is_front_kind(kind);
	int64_t ms;
	int rc = 0;

	if (sb_streq(kind, "clock-skew")) {
		if (!parse_skew(arg, &ms)) {
			*ret_why = "clock-skew needs a number of seconds, which may be negative";
			return -1;
		}
	} else if (!of_task && !in_handler && arg &&
		   (!sb_streq(kind, "stall") || !parse_seconds(arg, &ms))) {
		*ret_why = sb_streq(kind, "stall")
				   ? "the argument of stall must be a number of seconds"
				   : "this fault takes no argument";
		return -1;
	}
	if (!arg && sb_streq(kind, "reject-name")) {
		*ret_why = "this fault needs the name to reject as its argument";
		return -1;
	}
	if (in_handler && wanted->path) {
		*ret_why = "this fault takes no --path";
		return -1;
	}
	fault = fault_copy(wanted);
	if (!fault) {
		*ret_why = "out of memory";
		return -1;
	}
	fault->in_handler = in_handler;
	fault->of_task = of_task;
	pthread_mutex_lock(&server->lock);
	if (of_task)
		rc = check_task_fault(server, kind, arg);
	else if (in_handler)
		rc = simulator_fault(server, kind, arg, true);
	if (!rc) {
		/* An equal fault is replaced; the new one is appended to the queue. */
		link = find_fault(server, wanted);
		if (*link) {
			struct lab_fault *old = *link;

			*link = old->next;
			fault_destroy(old);
		}
		for (link = &server->faults; *link;)
			link = &(*link)->next;
		*link = fault;
	}
	pthread_mutex_unlock(&server->lock);
	if (rc < 0) {
		*ret_why = "unknown fault of this server, or wrong argument";
		fault_destroy(fault);
	}
	return rc;
}

void lab_fault_clear(struct lab_server *server)
{
	pthread_mutex_lock(&server->lock);
	while (server->faults)
		fault_end(server, &server->faults);
	pthread_mutex_unlock(&server->lock);
}

void lab_fault_count(struct lab_server *server)
{
	struct lab_fault **link = &server->faults;

	while (*link) {
		struct lab_fault *fault = *link;

		if (fault->in_handler && fault->left > 0 && --fault->left == 0)
			fault_end(server, link);
		else
			link = &fault->next;
	}
}

/* Does the front apply the fault to this request? */
static bool fault_concerns(const struct lab_fault *fault, const char *target)
{
	return !fault->in_handler && !fault->of_task &&
	       (!fault->path || strstr(target, fault->path));
}

/* Does the fault apply to a task that the request begins? */
static bool concerns_task(const struct lab_fault *fault, const char *target)
{
	return fault->of_task && (!fault->path || strstr(target, fault->path));
}

void lab_fault_plan_task(struct lab_server *server, const char *target)
{
	const struct lab_fault *fault;

	lab_pve_plan_task(server->pve, NULL, NULL);
	for (fault = server->faults; fault; fault = fault->next)
		if (concerns_task(fault, target))
			lab_pve_plan_task(server->pve, fault->kind, fault->arg);
}

void lab_fault_count_task(struct lab_server *server, const char *target)
{
	struct lab_fault **link = &server->faults;

	while (*link) {
		struct lab_fault *fault = *link;

		if (concerns_task(fault, target) && fault->left > 0 && --fault->left == 0)
			fault_end(server, link);
		else
			link = &fault->next;
	}
}

/* Return a copy of the first fault of the front that applies to the target and count the use; NULL
 * without one. */
static struct lab_fault *use_fault(struct lab_server *server, const char *target)
{
	struct lab_fault **link = &server->faults, *copy = NULL;

	pthread_mutex_lock(&server->lock);
	while (*link && !fault_concerns(*link, target))
		link = &(*link)->next;
	if (*link) {
		copy = fault_copy(*link);
		if ((*link)->left > 0 && --(*link)->left == 0)
			fault_end(server, link);
	}
	pthread_mutex_unlock(&server->lock);
	return copy;
}

void lab_fault_answer_late(struct lab_exchange *exchange)
{
	lab_answer_finish(&exchange->answer);
	exchange->answer.status = 596;
	exchange->answer.close = true;
}

bool lab_fault_apply(struct lab_exchange *exchange, int64_t *ret_stall_ms)
{
	struct lab_fault *fault = use_fault(exchange->server, exchange->target);
	bool decided = false;
	size_t i;

	if (!fault)
		return false;
	for (i = 0; i < SB_ARRAY_LEN(instead_of_handling); i++) {
		if (sb_streq(fault->kind, instead_of_handling[i].kind)) {
			instead_of_handling[i].answer(exchange);
			decided = true;
		}
	}
	if (sb_streq(fault->kind, "drop")) {
		exchange->stage = LAB_STAGE_DROP;
		decided = true;
	} else if (sb_streq(fault->kind, "truncate")) {
		exchange->truncate = true;
	} else if (sb_streq(fault->kind, "lose-answer")) {
		exchange->is_lost = true;
	} else if (sb_streq(fault->kind, "596")) {
		exchange->is_late = true;
	} else if (sb_streq(fault->kind, "clock-skew")) {
		parse_skew(fault->arg, &exchange->skew_s);
	} else if (sb_streq(fault->kind, "stall")) {
		*ret_stall_ms = (int64_t)STALL_DEFAULT_S * 1000;
		if (fault->arg)
			parse_seconds(fault->arg, ret_stall_ms);
	}
	fault_destroy(fault);
	return decided;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The order, number and time of questions to guest agents. */
#include <stdlib.h>
#include <string.h>

#include "run/agents_priv.h"

enum {
	PER_NODE = 2,
	PER_ENDPOINT = 6,
	LONGEST_MS =
		12000, /* Proxmox VE itself gives up after 3 s of ping and 5 s of the command */
	ANNOUNCE_MS = 1500,
	SHORTEST_MS = 1000, /* with less time left a question would end without an answer */
};

struct question {
	struct question *next;
	struct sb_run *run;
	struct agent_node *node;
	char *path;
	bool is_late;
	sb_pve_done *done;
	void *arg;
};

struct list {
	struct question *first, *last;
};

struct agent_node {
	struct agent_node *next;
	char *name;
	struct list queue, late;
	size_t in_flight;
	int64_t answered_ms; /* time of the questions that were answered after the rest had ended */
};

static int64_t run_ms(const struct sb_run *run)
{
	struct sb_io *io = sb_http_io(run->http);

	return io->ops->now_ms(io);
}

static void question_destroy(struct question *question)
{
	free(question->path);
	free(question);
}

static void list_add(struct list *list, struct question *question)
{
	if (list->last)
		list->last->next = question;
	else
		list->first = question;
	list->last = question;
}

static struct question *list_take(struct list *list)
{
	struct question *question = list->first;

	if (!question)
		return NULL;
	list->first = question->next;
	if (!list->first)
		list->last = NULL;
	question->next = NULL;
	return question;
}

static void list_drop(struct list *list)
{
	struct question *question;

	while ((question = list_take(list)))
		question_destroy(question);
}

void sb_agents_drop_queue(struct sb_agents *agents)
{
	struct agent_node *node;

	while ((node = agents->nodes)) {
		agents->nodes = node->next;
		list_drop(&node->queue);
		list_drop(&node->late);
		free(node->name);
		free(node);
	}
}

static struct agent_node *find_or_add_node(struct sb_agents *agents, const char *path)
{
	static const char prefix[] = "/nodes/";
	const char *name = sb_starts_with(path, prefix) ? path + strlen(prefix) : "";
	size_t len = strcspn(name, "/?");
	struct agent_node *node, **link = &agents->nodes;

	for (; (node = *link); link = &node->next)
		if (strlen(node->name) == len && strncmp(node->name, name, len) == 0)
			return node;
	node = calloc(1, sizeof(*node));
	if (!node)
		return NULL;
	node->name = strndup(name, len);
	if (!node->name) {
		free(node);
		return NULL;
	}
	*link = node;
	return node;
}

int sb_agents_add(struct sb_run *run, const char *key, char *path_take, sb_pve_done *done,
		  void *arg, struct sb_error *err)
{
	struct sb_agents *agents = run->agents;
	struct agent_node *node = find_or_add_node(agents, path_take);
	struct question *question = node ? calloc(1, sizeof(*question)) : NULL;

	if (!question) {
		free(path_take);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*question = (struct question){
		.run = run,
		.node = node,
		.path = path_take,
		.is_late = json_object_get(agents->memory, key) != NULL,
		.done = done,
		.arg = arg,
	};
	list_add(question->is_late ? &node->late : &node->queue, question);
	agents->n_queued++;
	agents->n_late += question->is_late;
	return 0;
}

/* The requests of all stages that are outstanding. */
static size_t count_asks(const struct sb_run *run)
{
	size_t i, n = 0;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++)
		n += run->stages[i].asks;
	return n;
}

/* How long may questions to this node still take? */
static int64_t time_left(const struct sb_run *run, const struct agent_node *node)
{
	const struct sb_agents *agents = run->agents;

	if (agents->rest_ended_ms < 0)
		return agents->wait_ms;
	return agents->rest_ended_ms + agents->wait_ms + node->answered_ms - run_ms(run);
}

/* Call back and release a question, which is in no list any more. The counters are right before the
 * call: it may add and start questions. */
static void finish_question(struct question *question, const json_t *data,
			    const struct sb_error *why)
{
	question->run->agents->n_late -= question->is_late;
	question->done(question->arg, data, why);
	question_destroy(question);
}

static void on_answer(void *arg, const json_t *data, const struct sb_error *why)
{
	struct question *question = arg;
	struct sb_agents *agents = question->run->agents;
	int64_t now_ms = run_ms(question->run), since_ms;

	agents->in_flight--;
	question->node->in_flight--;
	agents->answer_ms = sb_http_took_ms(question->run->http);
	since_ms = now_ms - agents->answer_ms;
	if (since_ms < agents->rest_ended_ms)
		since_ms = agents->rest_ended_ms;
	if (data && agents->rest_ended_ms >= 0)
		question->node->answered_ms += now_ms - since_ms;
	finish_question(question, data, why);
}

static void send_question(struct question *question)
{
	struct sb_run *run = question->run;
	int64_t timeout_ms = time_left(run, question->node);
	struct sb_error err = SB_ERROR_INIT;

	if (timeout_ms > LONGEST_MS)
		timeout_ms = LONGEST_MS;
	run->agents->n_queued--;
	run->agents->in_flight++;
	question->node->in_flight++;
	if (sb_pve_get_within(run->pve, SB_PVE_AGENT, question->path, (unsigned)timeout_ms,
			      on_answer, question, &err) < 0)
		on_answer(question, NULL, &err);
}

static bool may_send(const struct sb_run *run, const struct agent_node *node)
{
	return node->in_flight < PER_NODE && time_left(run, node) >= SHORTEST_MS;
}

/* Removes and returns the next question; the nodes take turns. */
static struct question *take_next(struct sb_run *run, bool takes_late)
{
	struct sb_agents *agents = run->agents;
	struct agent_node *start = agents->next_node ? agents->next_node : agents->nodes;
	struct agent_node *node = start;

	if (!start)
		return NULL;
	do {
		struct question *question = NULL;

		if (may_send(run, node))
			question = list_take(&node->queue);
		if (!question && takes_late && may_send(run, node))
			question = list_take(&node->late);
		if (question) {
			agents->next_node = node->next;
			return question;
		}
		node = node->next ? node->next : agents->nodes;
	} while (node != start);
	return NULL;
}

void sb_agents_start(struct sb_run *run)
{
	struct sb_agents *agents = run->agents;
	struct question *question;

	while (agents->n_queued && agents->in_flight < PER_ENDPOINT &&
	       (question = take_next(run, agents->n_late == count_asks(run))))
		send_question(question);
}

static void end_unsent(struct sb_agents *agents, struct list *list)
{
	struct sb_error why = SB_ERROR_INIT;
	struct question *question;

	sb_fail(&why, SB_E_CANCELLED,
		"the guest agent was not asked: other agents did not answer, and limits.agent_wait "
		"(%lld s) is over",
		(long long)(agents->wait_ms / 1000));
	while ((question = list_take(list))) {
		agents->n_queued--;
		agents->is_unsent = true;
		finish_question(question, NULL, &why);
		agents->is_unsent = false;
	}
}

/* Report to people what a run waits for, unless it is over at once as in most runs. */
static void announce_wait(struct sb_run *run)
{
	struct sb_agents *agents = run->agents;
	struct sb_io *io = sb_http_io(run->http);
	int64_t waited_ms = run_ms(run) - agents->rest_ended_ms;

	if (agents->is_announced || waited_ms < ANNOUNCE_MS)
		return;
	agents->is_announced = true;
	sb_run_announce_wait(run, io->ops->wall_s(io) + (agents->wait_ms - waited_ms + 999) / 1000,
			     "guest agents that do not answer (limits.agent_wait)");
}

void sb_agents_check_time(struct sb_run *run, bool lists_read)
{
	struct sb_agents *agents = run->agents;
	struct agent_node *node;

	if (!agents->n_queued && !agents->in_flight) {
		agents->rest_ended_ms = -1; /* later questions have their own time */
		return;
	}
	if (agents->rest_ended_ms < 0 && lists_read &&
	    count_asks(run) == agents->n_queued + agents->in_flight)
		agents->rest_ended_ms = run_ms(run);
	if (agents->rest_ended_ms < 0)
		return;
	announce_wait(run);
	for (node = agents->nodes; node; node = node->next) {
		if (time_left(run, node) >= SHORTEST_MS)
			continue;
		end_unsent(agents, &node->queue);
		end_unsent(agents, &node->late);
	}
}

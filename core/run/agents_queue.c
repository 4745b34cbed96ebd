/* SPDX-License-Identifier: Apache-2.0 */
/* The order, number and time of questions to guest agents. */
#include <stdlib.h>
#include <string.h>

#include "run/agents_priv.h"

enum {
	PER_NODE = 2,
	PER_ENDPOINT = 6,
	PER_UNPROVEN = 3, /* of these, while nodes where all agents answer have questions */
	LONGEST_MS =
		12000,    /* Proxmox VE itself gives up after 3 s of ping and 5 s of the command */
	ANSWER_MS = 3500, /* an agent that answers needs less */
	PROMPT_MS = 1000, /* a refusal that comes sooner is an answer: nothing was waited for */
	ROUND_MS = 100,   /* the reason has this number, and equal reasons are one cause */
	ANNOUNCE_MS = 1500,
};

struct question {
	struct question *next;
	struct sb_run *run;
	struct agent_node *node;
	char *path;
	bool is_late;
	int64_t asked_s;   /* of a late one: when it was asked last */
	int64_t silent_ms; /* of one that was sent: the silence before, see silence_ms() */
	sb_pve_done *done;
	void *arg;
};

struct list {
	struct question *first, *last;
};

/* The agents of a node in this run. */
enum conduct {
	ALL_ANSWERED,
	NOT_KNOWN, /* none was asked yet, or the first one has not ended */
	ONE_WAS_SILENT,
};

struct agent_node {
	struct agent_node *next;
	char *name;
	struct list queue, late;
	size_t in_flight;
	enum conduct conduct;
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

/* The agents that were asked last come last, so that each one has its turn. */
static void list_add_late(struct list *list, struct question *question)
{
	struct question **link = &list->first;

	while (*link && (*link)->asked_s <= question->asked_s)
		link = &(*link)->next;
	question->next = *link;
	*link = question;
	if (!question->next)
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
	node->conduct = NOT_KNOWN;
	*link = node;
	return node;
}

int sb_agents_add(struct sb_run *run, const char *key, char *path_take, sb_pve_done *done,
		  void *arg, struct sb_error *err)
{
	struct sb_agents *agents = run->agents;
	struct agent_node *node = find_or_add_node(agents, path_take);
	struct question *question = node ? calloc(1, sizeof(*question)) : NULL;
	const json_t *row = json_object_get(agents->memory, key);

	if (!question) {
		free(path_take);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*question = (struct question){
		.run = run,
		.node = node,
		.path = path_take,
		.is_late = row != NULL,
		.asked_s = json_integer_value(json_object_get(row, "asked")),
		.done = done,
		.arg = arg,
	};
	if (question->is_late)
		list_add_late(&node->late, question);
	else
		list_add(&node->queue, question);
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

/* The silence: the time since everything else was read in which no question was under way that was
 * answered. Whether a question is answered shows at its end, so that until then its time counts as
 * silence; credit_answer() takes it back. The time of our own work does not count. */
static int64_t silence_ms(const struct sb_run *run)
{
	const struct sb_agents *agents = run->agents;

	if (agents->counted_ms < 0)
		return 0;
	return agents->silent_ms + (agents->calls ? 0 : run_ms(run) - agents->counted_ms);
}

static int64_t time_left(const struct sb_run *run)
{
	return run->agents->wait_ms - silence_ms(run);
}

/* The time that one agent is given, also if limits.agent_wait is short. */
static int64_t answer_ms(const struct sb_run *run)
{
	return run->agents->wait_ms / 2 < ANSWER_MS ? run->agents->wait_ms / 2 : ANSWER_MS;
}

/* Is there so much time that an agent can answer? Its question was given answer_ms(), of which the
 * work in between takes some. */
static bool has_time(const struct sb_run *run)
{
	return time_left(run) >= answer_ms(run) - answer_ms(run) / 10;
}

/* No time since this question was sent was silence. */
static void credit_answer(struct sb_run *run, const struct question *question)
{
	struct sb_agents *agents = run->agents;
	struct question *other;

	if (agents->silent_ms > question->silent_ms)
		agents->silent_ms = question->silent_ms;
	for (other = agents->sent; other; other = other->next)
		if (other->silent_ms > agents->silent_ms)
			other->silent_ms = agents->silent_ms;
}

static void take_sent(struct sb_agents *agents, struct question *question)
{
	struct question **link = &agents->sent;

	while (*link != question)
		link = &(*link)->next;
	*link = question->next;
	question->next = NULL;
	agents->in_flight--;
	question->node->in_flight--;
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
	struct sb_run *run = question->run;
	struct sb_agents *agents = run->agents;

	take_sent(agents, question);
	agents->answer_ms = sb_http_took_ms(run->http);
	agents->silent_ms = silence_ms(run);
	if (data || (why && why->http_status && agents->answer_ms < PROMPT_MS))
		credit_answer(run, question);
	else
		question->node->conduct = ONE_WAS_SILENT;
	if (question->node->conduct == NOT_KNOWN)
		question->node->conduct = ALL_ANSWERED;
	agents->calls++;
	finish_question(question, data, why);
	agents->calls--;
	if (agents->counted_ms >= 0)
		agents->counted_ms = run_ms(run);
}

static void send_question(struct question *question)
{
	struct sb_run *run = question->run;
	struct sb_agents *agents = run->agents;
	int64_t timeout_ms = time_left(run);
	struct sb_error err = SB_ERROR_INIT;

	agents->n_queued--;
	agents->in_flight++;
	question->node->in_flight++;
	question->silent_ms = silence_ms(run);
	question->next = agents->sent;
	agents->sent = question;
	/* If all that are under way hang, there is time for one more agent after them. */
	if (timeout_ms >= 2 * answer_ms(run))
		timeout_ms -= answer_ms(run);
	if (timeout_ms > LONGEST_MS)
		timeout_ms = LONGEST_MS;
	timeout_ms -= timeout_ms % ROUND_MS;
	if (sb_pve_get_within(run->pve, SB_PVE_AGENT, question->path, (unsigned)timeout_ms,
			      on_answer, question, &err) < 0)
		on_answer(question, NULL, &err);
}

static size_t count_unproven(const struct sb_agents *agents)
{
	const struct question *question;
	size_t n = 0;

	for (question = agents->sent; question; question = question->next)
		n += question->node->conduct != ALL_ANSWERED;
	return n;
}

/* Removes and returns the next question of the nodes of this conduct or a better one, which take
 * turns. */
static struct question *take_next(struct sb_run *run, bool takes_late, enum conduct worst)
{
	struct sb_agents *agents = run->agents;
	struct agent_node *start = agents->next_node ? agents->next_node : agents->nodes;
	struct agent_node *node = start;

	if (!start)
		return NULL;
	do {
		struct question *question = NULL;

		if (node->in_flight < PER_NODE && node->conduct <= worst) {
			question = list_take(&node->queue);
			if (!question && takes_late)
				question = list_take(&node->late);
		}
		if (question) {
			agents->next_node = node->next;
			return question;
		}
		node = node->next ? node->next : agents->nodes;
	} while (node != start);
	return NULL;
}

/* Agents that hang must not occupy all slots, or those of other nodes would wait for them. */
static struct question *take_question(struct sb_run *run)
{
	bool takes_late = run->agents->n_late == count_asks(run);
	struct question *question = NULL;
	int worst;

	if (count_unproven(run->agents) < PER_UNPROVEN)
		return take_next(run, takes_late, ONE_WAS_SILENT);
	for (worst = ALL_ANSWERED; !question && worst <= ONE_WAS_SILENT; worst++)
		question = take_next(run, takes_late, (enum conduct)worst);
	return question;
}

void sb_agents_start(struct sb_run *run)
{
	struct sb_agents *agents = run->agents;
	struct question *question;

	while (agents->n_queued && agents->in_flight < PER_ENDPOINT && has_time(run) &&
	       (question = take_question(run)))
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

	if (agents->is_announced || silence_ms(run) < ANNOUNCE_MS)
		return;
	agents->is_announced = true;
	sb_run_announce_wait(run, io->ops->wall_s(io) + (time_left(run) + 999) / 1000,
			     "guest agents that do not answer (limits.agent_wait)");
}

void sb_agents_check_time(struct sb_run *run, bool lists_read)
{
	struct sb_agents *agents = run->agents;
	struct agent_node *node;

	if (!agents->n_queued && !agents->in_flight) {
		agents->counted_ms = -1; /* later questions have their own time */
		agents->silent_ms = 0;
		return;
	}
	if (agents->counted_ms < 0 && lists_read &&
	    count_asks(run) == agents->n_queued + agents->in_flight)
		agents->counted_ms = run_ms(run);
	if (agents->counted_ms < 0)
		return;
	announce_wait(run);
	/* A question that is under way may be answered, and then there is time again. */
	if (agents->in_flight || has_time(run))
		return;
	for (node = agents->nodes; node; node = node->next) {
		end_unsent(agents, &node->queue);
		end_unsent(agents, &node->late);
	}
}

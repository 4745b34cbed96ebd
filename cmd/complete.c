/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox complete WORD...: list candidates for the last word; the shells call it. */
#include "view.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/exit.h"
#include "conf/conf.h"
#include "load/look.h"
#include "stagebox/json.h"

/*
 * Each line of the answer is a word, or a word, a tab and its help; ":files" and ":folders" leave
 * the completion to the shell. Nothing is printed on stderr, and without a configuration there are
 * no slugs: a message in the middle of a command line would only disturb.
 */
struct complete {
	struct cmd *cmd;
	const struct cmd_entry *entry; /* NULL = no command yet */
	const char *config;            /* of --config */
	int n_words;                   /* after the command */
	char *const *words;
	const char *last;   /* the word to complete */
	const char *prefix; /* printed before each candidate: "--endpoint=", "qemu.disks," */
	size_t prefix_len;
};

static void offer_candidate(struct complete *complete, const char *word, const char *help)
{
	struct out *out = &complete->cmd->out;

	if (!sb_starts_with(word, complete->last))
		return;
	out_text(out, "%.*s", (int)complete->prefix_len, complete->prefix);
	out_safe(out, word);
	if (help) {
		out_text(out, "\t");
		out_safe(out, help);
	}
	out_text(out, "\n");
}

static int load_conf(struct complete *complete, json_t **ret_conf)
{
	struct sb_error err = SB_ERROR_INIT;

	complete->cmd->options.config = complete->config;
	return cmd_conf(complete->cmd, ret_conf, &err);
}

static void offer_endpoints(struct complete *complete)
{
	sb_autojson *conf = NULL;
	json_t *endpoint;
	size_t i;

	if (load_conf(complete, &conf) < 0)
		return;
	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint)
		offer_candidate(complete, sb_json_str(endpoint, "slug"), NULL);
}

static void offer_modules(struct complete *complete)
{
	sb_autojson *conf = NULL;
	json_t *name;
	size_t i;

	if (load_conf(complete, &conf) < 0)
		return;
	json_array_foreach (json_object_get(conf, "modules"), i, name)
		offer_candidate(complete, json_string_value(name), NULL);
}

/* Full names of stages, for the last word of a list "a,b,c". */
static void offer_resources(struct complete *complete)
{
	const char *comma = strrchr(complete->last, ',');
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *conf = NULL, *seen = NULL;
	json_t *stage;
	size_t i;

	if (comma && !complete->prefix_len) {
		complete->prefix = complete->last;
		complete->prefix_len = (size_t)(comma + 1 - complete->last);
		complete->last = comma + 1;
	}
	if (load_conf(complete, &conf) < 0 || sb_look_modules(conf, NULL, &seen, &err) < 0)
		return;
	offer_candidate(complete, "full", "every stage");
	json_array_foreach (json_object_get(seen, "stages"), i, stage)
		offer_candidate(complete, sb_json_str(stage, "stage"), NULL);
}

static void offer_kinds(struct complete *complete)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *conf = NULL, *kinds = NULL;
	json_t *kind;
	size_t i;

	if (load_conf(complete, &conf) < 0 || sb_look_kinds(conf, &kinds, &err) < 0)
		return;
	json_array_foreach (kinds, i, kind)
		offer_candidate(complete, sb_json_str(kind, "kind"), NULL);
}

static void offer_views(struct complete *complete)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *views = NULL;
	json_t *view;
	size_t i;

	complete->cmd->options.config = complete->config;
	if (views_list(complete->cmd, &views, &err) < 0)
		return;
	json_array_foreach (views, i, view)
		offer_candidate(complete, sb_json_str(view, "name"), sb_json_str(view, "summary"));
}

static void offer_commands(struct complete *complete)
{
	const struct cmd_entry *const *at;

	for (at = cmd_entries; *at; at++)
		if (!(*at)->is_hidden)
			offer_candidate(complete, (*at)->name, (*at)->summary);
	offer_views(complete);
}

/* Candidates for a placeholder in capitals, or for a choice of words: "text|json". */
static void offer_value(struct complete *complete, const char *value, size_t len)
{
	static const struct {
		const char *value, *answer;
		void (*fn)(struct complete *complete);
	} kinds[] = {
		{"FILE", ":files\n", NULL},        {"PLAN", ":files\n", NULL},
		{"DIR", ":folders\n", NULL},       {"SLUG", NULL, offer_endpoints},
		{"MODULE", NULL, offer_modules},   {"A,B", NULL, offer_resources},
		{"COMMAND", NULL, offer_commands}, {"KIND", NULL, offer_kinds},
		{"VIEW", NULL, offer_views},
	};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(kinds); i++) {
		if (strlen(kinds[i].value) != len || strncmp(kinds[i].value, value, len) != 0)
			continue;
		if (kinds[i].answer)
			out_text(&complete->cmd->out, "%s", kinds[i].answer);
		else
			kinds[i].fn(complete);
		return;
	}
	while (len && islower((unsigned char)*value)) {
		size_t word = 0;
		sb_autobuf text = SB_BUF_INIT(64);

		while (word < len && value[word] != '|')
			word++;
		sb_buf_add_mem(&text, value, word);
		offer_candidate(complete, sb_buf_str(&text), NULL);
		word += word < len ? 1 : 0;
		value += word;
		len -= word;
	}
}

static void offer_options(struct complete *complete)
{
	const struct cmd_option *row;

	if (complete->entry && complete->entry->is_raw)
		return; /* the options belong to another program */
	for (row = cmd_option_rows; row->name; row++)
		if (!row->takes || !complete->entry || (row->takes & complete->entry->takes))
			offer_candidate(complete, row->name, row->help);
}

/* Candidates after the given words, when they fit one form of a command, such as "info NAME". */
static void offer_form(struct complete *complete, const char *form, const char *end)
{
	int i;

	for (i = 0; form < end; i++) {
		size_t word;

		while (form < end && (*form == ' ' || *form == '['))
			form++;
		word = strcspn(form, " |.]");
		if (!word)
			return;
		if (i == complete->n_words) {
			offer_value(complete, form, word);
			return;
		}
		if (islower((unsigned char)*form) && (strlen(complete->words[i]) != word ||
						      strncmp(complete->words[i], form, word) != 0))
			return;
		if (!sb_starts_with(form + word, "...")) /* "NAME..." matches all further words */
			form += word + strspn(form + word, "]");
	}
}

static void offer_words(struct complete *complete)
{
	const char *form = complete->entry->args;

	for (;;) {
		size_t len = strcspn(form, "|");

		offer_form(complete, form, form + len);
		if (!form[len])
			return;
		form += len + 1;
	}
}

/* Find the command, --config and an option that waits for its value, which is returned, in the
 * words before the last one. Some shells pass "=" as a word of its own. */
static const struct cmd_option *read_words(struct complete *complete, int argc, char **argv)
{
	const struct cmd_option *waits = NULL;
	const char *value;
	int i;

	complete->words = argv;
	for (i = 0; i < argc - 1; i++) {
		const struct cmd_option *row;

		if (waits && sb_streq(argv[i], "="))
			continue;
		if (waits) {
			if (sb_streq(waits->name, "--config"))
				complete->config = argv[i];
			waits = NULL;
			continue;
		}
		row = argv[i][0] == '-' ? cmd_option_find(argv[i], &value) : NULL;
		if (row) {
			waits = row->value && !value ? row : NULL;
			if (value && sb_streq(row->name, "--config"))
				complete->config = value;
		} else if (!complete->entry) {
			complete->entry = cmd_find(argv[i]);
			if (!complete->entry)
				complete->entry = &cmd_view;
			if (complete->entry == &cmd_view && !sb_streq(argv[i], "view"))
				argv[complete->n_words++] = argv[i];
		} else {
			argv[complete->n_words++] = argv[i];
		}
	}
	complete->last = argc ? argv[argc - 1] : "";
	if (waits && sb_streq(complete->last, "="))
		complete->last = "";
	return waits;
}

static int run_complete(struct cmd *cmd)
{
	struct complete complete = {.cmd = cmd, .prefix = ""};
	const struct cmd_option *waits = read_words(&complete, cmd->argc, cmd->argv);
	const char *value = NULL;

	if (!waits && complete.last[0] == '-') {
		waits = cmd_option_find(complete.last, &value);
		if (!waits || !value) {
			offer_options(&complete);
			return SB_EXIT_OK;
		}
		complete.prefix = complete.last;
		complete.prefix_len = (size_t)(value - complete.last);
		complete.last = value;
	}
	if (waits)
		offer_value(&complete, waits->value ? waits->value : "",
			    waits->value ? strlen(waits->value) : 0);
	else if (complete.entry)
		offer_words(&complete);
	else
		offer_commands(&complete);
	return SB_EXIT_OK;
}

const struct cmd_entry cmd_complete = {
	.name = "complete",
	.args = "",
	.summary = "internal",
	.is_hidden = true,
	.is_raw = true,
	.run = run_complete,
};

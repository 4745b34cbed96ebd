/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the text of a CRUSH map. crushtool writes one statement in each line, and a later version
 * may add lines of its own, so that lines are the unit. Its grammar also allows several statements
 * in one line: a known form ends where the next statement begins. */
#include "crush.h"

#include <string.h>

#define MAX_WORDS 8 /* more than any known form has */

struct word {
	const char *at;
	size_t len;
};

/* Words up to the end of their line, a brace or the next statement. */
struct statement {
	struct word words[MAX_WORDS];
	size_t n_words;          /* may be more than are in words */
	const char *begin, *end; /* of the words; without words, of the brace */
	char terminator;         /* '{', '}', '\n', or ' ' before the next statement */
};

struct reader {
	const char *at, *end; /* what is not read yet */
	size_t depth;         /* of open braces */
	json_t *map;          /* the answer; owned */
	json_t *names;        /* of rules, as keys; owned */
	json_t *rule;         /* the open one, or NULL; borrowed from map */
	const char *rule_at;
	struct word device_class; /* of the open rule's first step "take"; at is NULL before it */
	bool classes_differ;
	int rc; /* the first failure */
};

/* '*' is any word, '#' a whole number. */
static const char *const rule_forms[] = {
	"id #",
	"ruleset #",
	"type *",
	"min_size #",
	"max_size #",
	"step noop",
	"step take *",
	"step take * class *",
	"step set_choose_tries #",
	"step set_choose_local_tries #",
	"step set_choose_local_fallback_tries #",
	"step set_chooseleaf_tries #",
	"step set_chooseleaf_vary_r #",
	"step set_chooseleaf_stable #",
	"step set_msr_descents #",
	"step set_msr_collision_tries #",
	"step choose firstn # type *",
	"step choose indep # type *",
	"step chooseleaf firstn # type *",
	"step chooseleaf indep # type *",
	"step choosemsr # type *",
	"step emit",
	NULL,
};

static const char *const outer_forms[] = {
	"tunable * #", "device # *", "device # * class *", "type # *", NULL,
};

/* --- words --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool ends_word(char c)
{
	return is_blank(c) || c == '\n' || c == '#' || c == '{' || c == '}';
}

static bool word_is(const struct word *word, const char *text)
{
	return word->len == strlen(text) && !memcmp(word->at, text, word->len);
}

static bool words_equal(const struct word *a, const struct word *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->at, b->at, a->len));
}

/* Ten digits are enough for what Ceph has in 32 bits. */
static bool read_number(const struct word *word, int64_t *ret_number)
{
	size_t sign = word->len && word->at[0] == '-', i;
	int64_t number = 0;

	if (word->len == sign || word->len > sign + 10)
		return false;
	for (i = sign; i < word->len; i++) {
		if (word->at[i] < '0' || word->at[i] > '9')
			return false;
		number = number * 10 + (word->at[i] - '0');
	}
	*ret_number = sign ? -number : number;
	return true;
}

/* --- statements --- */

static bool word_fits(const struct word *word, const char *pattern, size_t len)
{
	int64_t number;

	if (len == 1 && *pattern == '*')
		return true;
	if (len == 1 && *pattern == '#')
		return read_number(word, &number);
	return word->len == len && !memcmp(word->at, pattern, len);
}

static bool has_form(const struct statement *statement, const char *form)
{
	size_t i;

	for (i = 0; *form; i++) {
		size_t len = strcspn(form, " ");

		if (i >= statement->n_words || i >= MAX_WORDS ||
		    !word_fits(&statement->words[i], form, len))
			return false;
		form += len + (form[len] == ' ');
	}
	return i == statement->n_words;
}

static bool has_form_of(const struct statement *statement, const char *const *forms)
{
	while (*forms && !has_form(statement, *forms))
		forms++;
	return *forms != NULL;
}

static bool begins_statement(const struct word *word)
{
	static const char *const first_words[] = {"step", "id",       "ruleset",
						  "type", "min_size", "max_size"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(first_words); i++)
		if (word_is(word, first_words[i]))
			return true;
	return false;
}

static bool is_rule_header(const struct statement *statement)
{
	return statement->terminator == '{' && statement->n_words &&
	       word_is(&statement->words[0], "rule");
}

/* Skip blanks and comments, which end with their line. */
static void skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end) {
		if (*reader->at == '#')
			while (reader->at < reader->end && *reader->at != '\n')
				reader->at++;
		else if (is_blank(*reader->at))
			reader->at++;
		else
			return;
	}
}

/* A brace may also begin the line after the header of its block. */
static bool brace_follows(struct reader *reader)
{
	skip_blanks(reader);
	while (reader->at < reader->end && *reader->at == '\n') {
		reader->at++;
		skip_blanks(reader);
	}
	return reader->at < reader->end && *reader->at == '{';
}

static struct word peek_word(const struct reader *reader)
{
	struct word word = {.at = reader->at};

	while (reader->at + word.len < reader->end && !ends_word(reader->at[word.len]))
		word.len++;
	return word;
}

static void add_word(struct statement *statement, struct word word)
{
	if (!statement->n_words)
		statement->begin = word.at;
	if (statement->n_words < MAX_WORDS)
		statement->words[statement->n_words] = word;
	statement->n_words++;
	statement->end = word.at + word.len;
}

static void end_statement(struct reader *reader, struct statement *statement)
{
	statement->terminator = *reader->at;
	if (!statement->n_words) {
		statement->begin = reader->at;
		statement->end = reader->at + 1;
	}
	reader->at++;
}

/* The next statement, which may have no words; false at the end of the text. */
static bool read_statement(struct reader *reader, struct statement *statement)
{
	*statement = (struct statement){.terminator = '\n'};
	for (skip_blanks(reader); reader->at < reader->end; skip_blanks(reader)) {
		struct word word = peek_word(reader);

		if (!word.len) {
			if (*reader->at == '\n' && statement->n_words && !reader->depth &&
			    !brace_follows(reader))
				return true;
			end_statement(reader, statement);
			return true;
		}
		if (reader->rule && begins_statement(&word) && has_form_of(statement, rule_forms)) {
			statement->terminator = ' ';
			return true;
		}
		add_word(statement, word);
		reader->at += word.len;
	}
	return statement->n_words > 0;
}

/* --- the answer --- */

static void put_member(struct reader *reader, json_t *object, const char *name, json_t *value_take)
{
	if (json_object_set_new(object, name, value_take) < 0)
		reader->rc = SB_E_NOMEM;
}

/* Words with one space between them. New reference. */
static json_t *join_words(const char *begin, const char *end)
{
	sb_autofree char *text = malloc((size_t)(end - begin) + 1);
	size_t len = 0;

	if (!text)
		return NULL;
	for (; begin < end; begin++)
		if (!is_blank(*begin))
			text[len++] = *begin;
		else if (len && text[len - 1] != ' ')
			text[len++] = ' ';
	return json_stringn(text, len);
}

/* A line as it came, cut before a character that has no room. New reference. */
static json_t *cut_line(const struct statement *statement)
{
	size_t len = (size_t)(statement->end - statement->begin);

	if (len > CEPH_CRUSH_MAX_LINE) {
		len = CEPH_CRUSH_MAX_LINE;
		while (len && (statement->begin[len] & 0xc0) == 0x80)
			len--;
	}
	return json_stringn(statement->begin, len);
}

/* Note a line without a known form, in the open rule or in the map. */
static void note_unknown(struct reader *reader, const struct statement *statement)
{
	json_t *holder = reader->rule ? reader->rule : reader->map;
	json_t *lines = json_object_get(holder, "unknown");

	if (!lines) {
		lines = json_array();
		put_member(reader, holder, "unknown", lines);
	}
	if (json_array_size(lines) == CEPH_CRUSH_MAX_UNKNOWN) {
		json_t *more = json_object_get(holder, "more_unknown");

		put_member(reader, holder, "more_unknown",
			   json_integer(json_integer_value(more) + 1));
	} else if (json_array_append_new(lines, cut_line(statement)) < 0) {
		reader->rc = SB_E_NOMEM;
	}
}

/* --- rules --- */

static void begin_rule(struct reader *reader, const struct statement *header)
{
	json_t *rules = json_object_get(reader->map, "rules"), *name;

	if (json_array_size(rules) == CEPH_CRUSH_MAX_RULES) {
		reader->rc = SB_E_SHAPE;
		return;
	}
	name = join_words(header->n_words > 1 ? header->words[1].at : header->end, header->end);
	reader->rule = json_pack("{s:o, s:[]}", "name", name, "steps");
	if (json_array_append_new(rules, reader->rule) < 0) {
		reader->rule = NULL;
		reader->rc = SB_E_NOMEM;
		return;
	}
	if (json_object_get(reader->names, json_string_value(name)))
		put_member(reader, reader->rule, "duplicate", json_true());
	put_member(reader, reader->names, json_string_value(name), json_true());
	reader->rule_at = header->begin;
	reader->depth = 1;
	reader->device_class = (struct word){NULL, 0};
	reader->classes_differ = false;
}

/* End the open rule, whose text ends at a place of the reader's text. */
static void end_rule(struct reader *reader, const char *end)
{
	const struct word *device_class = &reader->device_class;

	while (is_blank(end[-1]) || end[-1] == '\n')
		end--;
	if (device_class->len && !reader->classes_differ)
		put_member(reader, reader->rule, "device_class",
			   json_stringn(device_class->at, device_class->len));
	put_member(reader, reader->rule, "text",
		   json_stringn(reader->rule_at, (size_t)(end - reader->rule_at)));
	reader->rule = NULL;
}

/* The block that is open does not end before this place. */
static void break_block(struct reader *reader, const char *end)
{
	put_member(reader, reader->map, "incomplete", json_true());
	if (reader->rule) {
		put_member(reader, reader->rule, "incomplete", json_true());
		end_rule(reader, end);
	}
	reader->depth = 0;
}

/* A step "take" without a class takes all devices. */
static void note_class(struct reader *reader, const struct statement *step)
{
	struct word device_class = {.at = step->end, .len = 0};

	if (step->n_words > 3)
		device_class = step->words[4];
	if (!reader->device_class.at)
		reader->device_class = device_class;
	else if (!words_equal(&reader->device_class, &device_class))
		reader->classes_differ = true;
}

static void read_step(struct reader *reader, const struct statement *step)
{
	json_t *steps = json_object_get(reader->rule, "steps");

	if (json_array_append_new(steps, join_words(step->words[1].at, step->end)) < 0)
		reader->rc = SB_E_NOMEM;
	if (!has_form_of(step, rule_forms))
		note_unknown(reader, step);
	else if (word_is(&step->words[1], "take"))
		note_class(reader, step);
}

static void read_id(struct reader *reader, const struct statement *line)
{
	int64_t id;

	if (json_object_get(reader->rule, "id") || !read_number(&line->words[1], &id) || id < 0 ||
	    id > INT32_MAX)
		note_unknown(reader, line);
	else
		put_member(reader, reader->rule, "id", json_integer(id));
}

static void read_type(struct reader *reader, const struct statement *line)
{
	if (json_object_get(reader->rule, "type"))
		note_unknown(reader, line);
	else
		put_member(reader, reader->rule, "type",
			   json_stringn(line->words[1].at, line->words[1].len));
}

static void read_rule_line(struct reader *reader, const struct statement *line)
{
	const struct word *first = &line->words[0];

	if (line->n_words > 1 && word_is(first, "step"))
		read_step(reader, line);
	else if (!has_form_of(line, rule_forms))
		note_unknown(reader, line);
	else if (word_is(first, "id") || word_is(first, "ruleset"))
		read_id(reader, line);
	else if (word_is(first, "type"))
		read_type(reader, line);
}

/* --- blocks --- */

/* Read a line of a rule, or one outside of blocks; in other blocks none is read. */
static void read_line(struct reader *reader, const struct statement *line)
{
	if (reader->rule && reader->depth == 1)
		read_rule_line(reader, line);
	else if (reader->rule || (!reader->depth && !has_form_of(line, outer_forms)))
		note_unknown(reader, line);
}

/* A rule cannot be within a block, so that its header ends whatever is open. */
static void open_block(struct reader *reader, const struct statement *header)
{
	if (is_rule_header(header)) {
		if (reader->depth)
			break_block(reader, header->begin);
		begin_rule(reader, header);
		return;
	}
	if (reader->rule ||
	    (!reader->depth && header->n_words != 2)) /* "host pve1", "choose_args 0" */
		note_unknown(reader, header);
	reader->depth++;
}

static void close_block(struct reader *reader)
{
	reader->depth--;
	if (!reader->depth && reader->rule)
		end_rule(reader, reader->at);
}

static void read_map(struct reader *reader)
{
	struct statement statement;

	while (!reader->rc && read_statement(reader, &statement)) {
		if (statement.terminator == '{') {
			open_block(reader, &statement);
			continue;
		}
		if (statement.n_words)
			read_line(reader, &statement);
		if (statement.terminator != '}')
			continue;
		if (reader->depth)
			close_block(reader);
		else if (!statement.n_words)
			note_unknown(reader, &statement); /* a brace without a block */
	}
	if (!reader->rc && reader->depth)
		break_block(reader, reader->end);
}

/* Is the text one that JSON can have? */
static int check_text(const char *text, size_t len, struct sb_error *err)
{
	sb_autojson *copy = NULL;

	if (len > CEPH_CRUSH_MAX)
		return sb_fail(err, SB_E_SHAPE, "CRUSH map: %zu bytes, more than %u", len,
			       CEPH_CRUSH_MAX);
	if (memchr(text, '\0', len))
		return sb_fail(err, SB_E_SHAPE, "CRUSH map: a NUL byte in the text");
	copy = json_stringn(text, len);
	if (!copy)
		return sb_fail(err, SB_E_SHAPE, "CRUSH map: the text is not UTF-8");
	return 0;
}

json_t *ceph_crush_read(const char *text, size_t len, struct sb_error *err)
{
	struct reader reader = {.at = text, .end = text + len};

	if (check_text(text, len, err) < 0)
		return NULL;
	reader.map = json_pack("{s:[]}", "rules");
	reader.names = json_object();
	if (reader.map && reader.names)
		read_map(&reader);
	else
		reader.rc = SB_E_NOMEM;
	json_decref(reader.names);
	if (!reader.rc)
		return reader.map;
	json_decref(reader.map);
	if (reader.rc == SB_E_SHAPE)
		sb_fail(err, SB_E_SHAPE, "CRUSH map: more than %d rules", CEPH_CRUSH_MAX_RULES);
	else
		sb_fail(err, SB_E_NOMEM, "CRUSH map: out of memory");
	return NULL;
}

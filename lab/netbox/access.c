/* SPDX-License-Identifier: Apache-2.0 */
/* Users, their tokens and their permissions. */
#include "rules_shared.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define KEY_CHARS    12
#define SECRET_CHARS 40

static bool refuse_access(struct nb_call *call, const char *text)
{
	call->answer->status = 403;
	call->answer->json = json_pack("{s:s}", "detail", text);
	return false;
}

/* Find the row of a token by its key (v2) or by the whole token (v1); NULL also when the secret
 * differs. */
static const struct nb_object *find_token(const struct lab_netbox *nb, const char *token, bool v2)
{
	const struct nb_table *table = nb_table(nb, "users.token");
	uint32_t id;

	for (id = 1; id < table->next_id; id++) {
		const struct nb_object *row = table->rows[id];
		const char *key = row ? nb_text(row, "_key") : NULL;

		if (!row || (nb_int(row, "version") == 2) != v2)
			continue;
		if (!v2 && sb_streq(nb_text(row, "_secret"), token))
			return row;
		if (v2 && key && strncmp(token + 4, key, KEY_CHARS) == 0 &&
		    token[4 + KEY_CHARS] == '.' &&
		    sb_streq(nb_text(row, "_secret"), token + 5 + KEY_CHARS))
			return row;
	}
	return NULL;
}

/* The tokens of the administrator and of the person are not rows: the lab is started with them. */
static bool token_is_known(struct nb_call *call, const char *token, bool v2)
{
	const struct nb_table *users = nb_table(call->nb, "users.user");
	const char *person = call->nb->person_token;
	const struct nb_object *row;

	if (person && sb_streq(token, person)) {
		call->user = nb_find(users, 2);
		return true;
	}
	if (sb_streq(token, call->nb->token)) {
		call->user = nb_find(users, 1);
		call->token_only_reads = call->nb->token_reads_only;
		return call->nb->token_expired ? refuse_access(call, "Token expired") : true;
	}
	row = find_token(call->nb, token, v2);
	if (!row)
		return refuse_access(call, v2 ? "Invalid v2 token" : "Invalid v1 token");
	if (!json_is_true(nb_get(row, "enabled")))
		return refuse_access(call, "Token disabled");
	call->user = nb_ref(call->nb, row, "user");
	if (!json_is_true(nb_get(call->user, "is_active")))
		return refuse_access(call, "User inactive");
	call->token_only_reads = !json_is_true(nb_get(row, "write_enabled"));
	return true;
}

/* The text of a token gives its version, whatever the keyword; a header with any other keyword
 * counts as missing. */
bool nb_known(struct nb_call *call)
{
	const char *header = call->request->authorization;
	size_t word = header ? strcspn(header, " ") : 0;
	const char *token = header ? header + word + strspn(header + word, " ") : "";
	bool v2 = sb_starts_with(token, "nbt_");

	if (!header || !((word == 5 && strncasecmp(header, "Token", 5) == 0) ||
			 (word == 6 && strncasecmp(header, "Bearer", 6) == 0)))
		return refuse_access(call, "Authentication credentials were not provided.");
	if (v2 && !strchr(token, '.'))
		return refuse_access(call,
				     "Invalid authorization header: Could not parse key from v2 "
				     "token. Check that it has been entered correctly.");
	return token_is_known(call, token, v2);
}

static bool list_contains(const json_t *list, const char *text)
{
	const json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		if (json_is_string(item) && sb_streq(json_string_value(item), text))
			return true;
	}
	return false;
}

static bool names_user(const json_t *ids, uint32_t id)
{
	const json_t *item;
	size_t i;

	json_array_foreach (ids, i, item) {
		if (json_integer_value(item) == id)
			return true;
	}
	return false;
}

static bool has_permission(const struct nb_call *call, const char *action)
{
	const struct nb_table *table = nb_table(call->nb, "users.objectpermission");
	uint32_t id;

	if (json_is_true(nb_get(call->user, "is_superuser")))
		return true;
	for (id = 1; id < table->next_id; id++) {
		const struct nb_object *row = table->rows[id];

		if (row && json_is_true(nb_get(row, "enabled")) &&
		    names_user(nb_get(row, "users"), call->user->id) &&
		    list_contains(nb_get(row, "object_types"), call->table->model->type) &&
		    list_contains(nb_get(row, "actions"), action))
			return true;
	}
	return false;
}

bool nb_may(const struct nb_call *call, const char *action)
{
	if (call->token_only_reads && !sb_streq(action, "view"))
		return false;
	return has_permission(call, action) && !nb_is_denied(call, action);
}

bool nb_permitted(struct nb_call *call)
{
	static const char *const actions[][2] = {{"GET", "view"},     {"HEAD", "view"},
						 {"POST", "add"},     {"PUT", "change"},
						 {"PATCH", "change"}, {"DELETE", "delete"}};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(actions); i++) {
		if (!sb_streq(call->request->method, actions[i][0]))
			continue;
		if (!nb_may(call, actions[i][1]))
			return refuse_access(call,
					     "You do not have permission to perform this action.");
	}
	return true;
}

static json_t *time_of(const struct nb_object *object)
{
	char text[40];

	nb_time_text(object->created_us, "Z", text);
	return json_string(text);
}

static void user_display(const struct lab_netbox *nb, const struct nb_object *user,
			 struct sb_buf *out)
{
	(void)nb;
	sb_buf_add(out, nb_text(user, "username"));
}

static json_t *user_computed(struct lab_netbox *nb, const struct nb_object *user,
			     const struct nb_field *field)
{
	const struct nb_table *table = nb_table(nb, "users.objectpermission");
	json_t *out;
	uint32_t id;

	if (sb_streq(field->name, "date_joined"))
		return time_of(user);
	out = json_array();
	for (id = 1; id < table->next_id; id++)
		if (table->rows[id] && names_user(nb_get(table->rows[id], "users"), user->id))
			json_array_append_new(out, nb_nested(nb, table->rows[id], NULL));
	return out;
}

static void stamp_new(struct nb_write *write)
{
	if (!write->old)
		nb_stamp(write->nb, write->object, write->call->now_us);
}

const struct nb_rules nb_rules_user = {
	.display = user_display, .computed = user_computed, .save = stamp_new};

static void permission_clean(struct nb_write *write)
{
	/* The lab would grant a constrained permission for all objects, so it refuses constraints.
	 */
	if (!json_is_null(nb_get(write->object, "constraints")))
		nb_error(write->call, "constraints", "The lab does not support constraints.");
}

const struct nb_rules nb_rules_permission = {.clean = permission_clean};

/* Draw letters and digits; the number of the request is the seed. */
static json_t *draw_text(struct lab_netbox *nb, uint64_t what, size_t n)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	char text[SECRET_CHARS];
	size_t i;

	for (i = 0; i < n; i++)
		text[i] = set[nb_mix(what + i, nb->requests) % (sizeof(set) - 1)];
	return json_stringn(text, n);
}

static void token_save(struct nb_write *write)
{
	if (write->old)
		return;
	stamp_new(write);
	if (nb_int(write->object, "version") == 2)
		nb_put_take(write->nb, write->object, "_key",
			    draw_text(write->nb, 0x6b6579, KEY_CHARS));
	nb_put_take(write->nb, write->object, "_secret",
		    draw_text(write->nb, 0x736563726574, SECRET_CHARS));
	write->nb->new_token = write->object->id;
}

static json_t *token_computed(struct lab_netbox *nb, const struct nb_object *token,
			      const struct nb_field *field)
{
	if (sb_streq(field->name, "created"))
		return time_of(token);
	if (sb_streq(field->name, "key"))
		return json_incref(nb_get(token, "_key"));
	return nb->new_token == token->id ? json_incref(nb_get(token, "_secret")) : json_null();
}

static void token_display(const struct lab_netbox *nb, const struct nb_object *token,
			  struct sb_buf *out)
{
	const char *secret = nb_text(token, "_secret");

	(void)nb;
	if (nb_int(token, "version") == 2)
		sb_buf_add(out, nb_text(token, "_key"));
	else
		sb_buf_addf(out, "**********************************%s",
			    secret + strlen(secret) - 6);
}

const struct nb_rules nb_rules_token = {
	.display = token_display, .computed = token_computed, .save = token_save};

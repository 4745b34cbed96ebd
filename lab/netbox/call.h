/* SPDX-License-Identifier: Apache-2.0 */
/* A request to the simulated NetBox, and the write of one object. */
#pragma once

#include "state.h"

/* The fields of an answer: ?fields=, ?omit=, ?brief=. */
struct nb_select {
	bool id, url, display_url, display, created, last_updated;
	bool prunes; /* fields and omit also limit the fields that a write can set */
	bool on[NB_MAX_FIELDS];
	const char *brief; /* output list instead of the above */
};

struct nb_call {
	struct lab_netbox *nb;
	const struct lab_request *request;
	struct lab_answer *answer;
	int64_t now_us;
	struct lab_params params;
	struct nb_table *table;
	const struct nb_object *user; /* of the token */
	bool token_only_reads;
	struct nb_select select;
	char request_id[37];
	bool unchecked;    /* the item was validated before; now only the database checks */
	char message[808]; /* changelog_message of the current object */

	/* The error of the current object. */
	int status;            /* 0 = no error */
	json_t *errors;        /* owned: {"field": [text]}; {"detail": text} when is_detail */
	bool is_detail;        /* the error is not about a field */
	const char *exception; /* of a 500 */
};

struct nb_write {
	struct nb_call *call;
	struct lab_netbox *nb;
	struct nb_object *object; /* has the new values already */
	json_t **old;             /* the values before; NULL on create */
	const json_t *body;       /* borrowed */
	json_t *mac_input;        /* borrowed: new value of mac_address; NULL = not sent */
	bool logged;              /* a rule of the model has stamped and logged it */
};

/* handle.c */
/** The parsed body, a new reference; NULL without one, or with an error as answer. */
json_t *nb_body(struct nb_call *call);
/** Keep what a call has changed when its answer is a success, else undo it. */
void nb_finish_write(struct nb_call *call);
/** Carry out a call on the list of call->table, or on one of its objects (rest "41/"). */
void nb_table_call(struct nb_call *call, const char *rest);
/** Does the table have lists in writes, and parameters that select fields? */
bool nb_has_bulk(const struct nb_call *call);
/** Answer as Django does for a path that it does not know. */
void nb_not_found_page(struct nb_call *call);

/* access.c */
/** Authenticate the token: fills call->user, or answers 403. */
bool nb_known(struct nb_call *call);
/** Is call->user permitted to use the method on this model? Answers 403 when not. */
bool nb_permitted(struct nb_call *call);
/** May the token do this to objects of the table: "view", "add", "change", "delete"? */
bool nb_may(const struct nb_call *call, const char *action);

/* rights.c: permissions that a fault takes away, constraints that hide objects */
/** Is this a permission for a model of this NetBox: "dcim.view_device"? */
bool nb_rights_known(const struct lab_netbox *nb, const char *permission);
int nb_rights_deny(struct lab_netbox *nb, const char *permission, bool on);
int nb_rights_hide(struct lab_netbox *nb, const char *arg, bool on);
bool nb_is_denied(const struct nb_call *call, const char *action);
/** Do the constraints of the permissions let the token see this object? */
bool nb_is_visible(const struct nb_call *call, const struct nb_object *object);
/** Remove invisible objects from rows; returns the number of the remaining ones. */
size_t nb_visible(const struct nb_call *call, struct nb_object **rows, size_t n);

/* validators.c: settings of an administrator */
/** Replace the choices of a field: "app.model.field=value,value"; off: the ones of NetBox. */
int nb_choices_replace(struct lab_netbox *nb, const char *arg, bool on);
/** Does this NetBox have the choice of a field of the call's model? */
bool nb_choice_offered(const struct nb_call *call, const char *field,
		       const struct nb_choice *choice);
/** Refuse a value: "app.model.field=value:HOW", HOW = all (a text that says nothing), quote (a text
 * with the value), field (an error of the field), 500 (an exception). */
int nb_validators_set(struct lab_netbox *nb, const char *arg, bool on);
void nb_validators_check(struct nb_call *call, const struct nb_object *object);

/* errors.c: errors of the current object */
/** The key under which a serializer puts errors without a field. 4.7 has one key; older versions
 * have different ones for serializers and models. */
const char *nb_general_key(const struct lab_netbox *nb);
void nb_error(struct nb_call *call, const char *field, const char *fmt, ...) SB_PRINTF(3, 4);
/** Add an error about a list as a whole: {"tags": {"__all__": [text]}}. */
void nb_error_of_all(struct nb_call *call, const char *field, const char *text);
bool nb_failed_at(const struct nb_call *call, const char *field);
void nb_detail(struct nb_call *call, int status, const char *fmt, ...) SB_PRINTF(3, 4);
void nb_exception(struct nb_call *call, const char *exception);
void nb_clear(struct nb_call *call);

/* value.c: a JSON value as the field stores it (new), or NULL with an error added */
json_t *nb_value(struct nb_call *call, const struct nb_field *field, const json_t *in);
/** Number of characters of a UTF-8 text. */
size_t nb_chars(const char *text);
const char *nb_python_type(const json_t *value);
void nb_python_repr(struct sb_buf *out, const json_t *value);

/* refer.c */
json_t *nb_refer(struct nb_call *call, const char *field, const char *type, const json_t *in);
bool nb_type_known(const struct lab_netbox *nb, const char *type);

/* write.c */
/**
 * Create (object NULL) or change one object. Returns it, or NULL with the error in call and without
 * any change.
 */
struct nb_object *nb_write_object(struct nb_call *call, struct nb_object *object,
				  const json_t *body, bool whole);
/** Store the changelog_message of a body in call; answers 500 and returns false when it is too
 * long. */
bool nb_message(struct nb_call *call, const json_t *body);
/** Check the unique keys of an object that has its new values. */
void nb_check_unique(struct nb_write *write);
/** Has the write changed this field? */
bool nb_changed(const struct nb_write *write, const char *field);
/** The server itself changes an object: take the image before the change, then stamp and log it. */
json_t **nb_image(const struct nb_object *object);
void nb_saved(struct nb_call *call, struct nb_object *object, json_t **before_take);

/* tags.c, customfields.c */
json_t *nb_tags_value(struct nb_call *call, struct nb_object *object, const json_t *body);
void nb_tags_check(struct nb_call *call, const struct nb_object *object);
json_t *nb_tags_sorted(const struct nb_object *object, const struct lab_netbox *nb);
json_t *nb_custom_value(struct nb_call *call, const struct nb_object *object, const json_t *in);
void nb_custom_clean(struct nb_call *call, const struct nb_object *object, const json_t *in,
		     bool create);
json_t *nb_custom_output(struct lab_netbox *nb, const struct nb_object *object);
struct nb_object *nb_custom_field(const struct lab_netbox *nb, const struct nb_table *table,
				  const char *name);
bool nb_lists_type(const json_t *types, const char *type);

/* change.c: the change log */
void nb_log(struct nb_call *call, const struct nb_object *object, const char *action,
	    json_t **before_take, json_t **after_take);

/** An image as the change log shows it. New reference. */
json_t *nb_image_json(const struct lab_netbox *nb, const struct nb_table *table,
		      json_t *const *values);

/** Keep the images of custom objects as they are shown, before the fields of their types change. */
void nb_log_detach(struct lab_netbox *nb);

/* delete.c */
/** Delete an object and its dependents. Returns 0, or -1 with the error (409) in call. */
int nb_delete_object(struct nb_call *call, struct nb_object *object, bool bulk);

/* output.c */
void nb_select_parse(struct nb_call *call);
json_t *nb_output(struct nb_call *call, const struct nb_object *object);
json_t *nb_nested(struct lab_netbox *nb, const struct nb_object *object, const char *spec);
/** All objects that refer to an object by a field, nested, in the order of their model. */
json_t *nb_nested_referrers(struct lab_netbox *nb, const struct nb_object *object, const char *type,
			    const char *field, const char *spec);
json_t *nb_choice_output(const struct nb_field *field, const char *value);
void nb_time_text(int64_t time_us, const char *zone, char out[40]);
json_t *nb_url(const struct lab_netbox *nb, const struct nb_object *object, bool api);

/* filter.c, order.c, page.c */
/** Rows that the query parameters match; NULL with an answer of 400. Caller frees. */
struct nb_object **nb_filter(struct nb_call *call, size_t *ret_n);
void nb_sort(struct nb_call *call, struct nb_object **rows, size_t n, const char *ordering);
/** Can a list be ordered by this word? */
bool nb_orderable(const struct nb_table *table, const char *word);
void nb_list(struct nb_call *call);
/** Text order of NetBox: numbers by value, letters ignoring case. */
int nb_natural_cmp(const char *a, const char *b);
uint64_t nb_mix(uint64_t seed, uint64_t value);

/* bulk.c, single.c, options.c */
void nb_bulk_create(struct nb_call *call, const json_t *list);
void nb_bulk_update(struct nb_call *call, const json_t *list, bool whole);
void nb_bulk_delete(struct nb_call *call, const json_t *list);
void nb_bulk_wrong_type(struct nb_call *call, const json_t *body);
void nb_options(struct nb_call *call, bool detail);
void nb_etag(const struct nb_object *object, char out[64]);
/** May the object be changed under the If-Match of the request? Answers 412 when not. */
bool nb_match(struct nb_call *call, const struct nb_object *object);
void nb_answer_failure(struct nb_call *call);
void nb_answer_exception(struct nb_call *call, const char *exception, const char *text);

/* net.c */
struct nb_net {
	unsigned char bytes[16];
	int family; /* 4 or 6 */
	int bits;   /* mask */
};
bool nb_net_parse(const char *text, struct nb_net *ret_net, bool *ret_had_mask);
void nb_net_host(const struct nb_net *net, char out[64]);
void nb_net_text(const struct nb_net *net, char out[72]);
void nb_net_mask(struct nb_net *net);
bool nb_net_contains(const struct nb_net *outer, const struct nb_net *inner);
int nb_net_cmp(const struct nb_net *a, const struct nb_net *b);
/** Write an address in upper case with colons; false when it is not a 48 bit address. */
bool nb_mac_parse(const char *text, char out[18]);

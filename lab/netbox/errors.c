/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of the current object, in the formats of NetBox. */
#include "call.h"

#include <string.h>

const char *nb_general_key(const struct lab_netbox *nb)
{
	return nb_has(nb, NB_BULK_ERRORS) ? "__all__" : "non_field_errors";
}

void nb_error(struct nb_call *call, const char *field, const char *fmt, ...)
{
	sb_autobuf text = SB_BUF_INIT(1 << 20);
	json_t *list;
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&text, fmt, ap);
	va_end(ap);
	if (!call->errors)
		call->errors = json_object();
	call->status = 400;
	list = json_object_get(call->errors, field);
	if (!list) {
		list = json_array();
		json_object_set_new(call->errors, field, list);
	}
	json_array_append_new(list, json_string(sb_buf_str(&text)));
}

void nb_error_of_all(struct nb_call *call, const char *field, const char *text)
{
	const char *all = nb_has(call->nb, NB_BULK_ERRORS) ? "__all__" : "non_field_errors";

	if (!call->errors)
		call->errors = json_object();
	call->status = 400;
	json_object_set_new(call->errors, field, json_pack("{s:[s]}", all, text));
}

bool nb_failed_at(const struct nb_call *call, const char *field)
{
	return call->errors && json_object_get(call->errors, field);
}

void nb_detail(struct nb_call *call, int status, const char *fmt, ...)
{
	sb_autobuf text = SB_BUF_INIT(1 << 24);
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&text, fmt, ap);
	va_end(ap);
	nb_clear(call);
	call->status = status;
	call->is_detail = true;
	call->errors = json_object();
	json_object_set_new(call->errors, "detail", json_string(sb_buf_str(&text)));
}

void nb_exception(struct nb_call *call, const char *exception)
{
	nb_clear(call);
	call->status = 500;
	call->exception = exception;
}

void nb_clear(struct nb_call *call)
{
	json_decref(call->errors);
	call->errors = NULL;
	call->status = 0;
	call->is_detail = false;
	call->exception = NULL;
}

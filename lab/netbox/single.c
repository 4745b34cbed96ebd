/* SPDX-License-Identifier: Apache-2.0 */
/* Calls on one object: ETag, If-Match and the formats of errors. */
#include "call.h"

#include <stdio.h>
#include <string.h>

void nb_etag(const struct nb_object *object, char out[64])
{
	char text[40];

	nb_time_text(object->updated_us, "+00:00", text);
	snprintf(out, 64, "W/\"%s\"", text);
}

static bool etag_listed(const char *list, const char *etag)
{
	size_t len = strlen(etag);

	while (*list) {
		size_t word;

		list += strspn(list, " ,");
		word = strcspn(list, ",");
		while (word && list[word - 1] == ' ')
			word--;
		if (word == len && memcmp(list, etag, len) == 0)
			return true;
		if (word == 1 && *list == '*')
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

bool nb_match(struct nb_call *call, const struct nb_object *object)
{
	const char *wanted = call->request->if_match;
	char etag[64];

	if (!wanted || !*wanted || !nb_has(call->nb, NB_ETAG))
		return true;
	nb_etag(object, etag);
	if (etag_listed(wanted, etag))
		return true;
	call->answer->status = 412;
	call->answer->json = json_pack("{s:s}", "detail", "Precondition failed.");
	lab_answer_header(call->answer, "ETag", etag);
	return false;
}

void nb_answer_exception(struct nb_call *call, const char *exception, const char *text)
{
	call->answer->status = 500;
	call->answer->json =
		json_pack("{s:s, s:s, s:s, s:s}", "error", text, "exception", exception,
			  "netbox_version", call->nb->version->full, "python_version", "3.13.5");
}

void nb_answer_failure(struct nb_call *call)
{
	if (call->exception) {
		nb_answer_exception(call, call->exception,
				    sb_streq(call->exception, "IntegrityError")
					    ? "duplicate key value violates unique constraint"
					    : "value is not accepted by the database");
		return;
	}
	call->answer->status = call->status;
	call->answer->json = json_incref(call->errors);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Answers and the formats of refusals. */
#include "pve/answer.h"

#include <stdarg.h>

#include "base/buf.h"

static void shuffle_list(struct lab_random *random, json_t *list)
{
	for (size_t i = json_array_size(list); i > 1; i--) {
		size_t k = (size_t)lab_random_below(random, i);
		json_t *last = json_incref(json_array_get(list, i - 1));

		json_array_set(list, i - 1, json_array_get(list, k));
		json_array_set_new(list, k, last);
	}
}

void pve_shuffle(const struct pve_call *call, json_t *list)
{
	shuffle_list(&call->pve->order, list);
}

void pve_ok(struct pve_call *call, json_t *data_take)
{
	call->answer->json = json_pack("{so}", "data", data_take);
	call->answer->status = call->answer->json ? 200 : 500;
	call->answer->close = !call->answer->json;
}

void pve_ok_list(struct pve_call *call, json_t *list_take)
{
	pve_shuffle(call, list_take);
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

void pve_refuse_params(struct pve_call *call, json_t *errors_take)
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
	pve_refuse_params(call, json_pack("{so}", name, json_vsprintf(fmt, ap)));
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

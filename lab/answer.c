/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of simulated servers: add a header, release the answer. */
#include "lab.h"

#include <string.h>

void lab_answer_header(struct lab_answer *answer, const char *name, const char *value)
{
	struct lab_header *header;

	if (answer->n_headers == sizeof(answer->headers) / sizeof(answer->headers[0]))
		return;
	header = &answer->headers[answer->n_headers];
	header->name = strdup(name);
	header->value = strdup(value);
	if (!header->name || !header->value) {
		free(header->name);
		free(header->value);
		header->name = header->value = NULL;
		return;
	}
	answer->n_headers++;
}

void lab_answer_finish(struct lab_answer *answer)
{
	size_t i;

	for (i = 0; i < answer->n_headers; i++) {
		free(answer->headers[i].name);
		free(answer->headers[i].value);
	}
	json_decref(answer->json);
	free(answer->text);
	free(answer->reason);
	memset(answer, 0, sizeof(*answer));
}

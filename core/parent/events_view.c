/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/events_view.h"

#include "model/view_document.h"

enum { MAX_HINT = 512 };

int sb_parent_on_view(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const json_t *document = json_object_get(event, "document");
	const json_t *hint = json_object_get(event, "hint");
	int rc = 0;

	if (parent->spec->mode != SB_JOB_VIEW)
		return sb_fail(err, SB_E_STATE, "the job is not that of a view");
	if (parent->result->view)
		return sb_fail(err, SB_E_SHAPE, "a second answer");
	if (document)
		rc = sb_view_document_check(document, err);
	else if (!json_is_string(hint) || json_string_length(hint) > MAX_HINT)
		rc = sb_fail(err, SB_E_SHAPE, "neither a document nor a hint");
	if (rc < 0)
		return rc;
	parent->result->view = document ? json_pack("{s:O}", "document", document)
					: json_pack("{s:O}", "hint", hint);
	return parent->result->view ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

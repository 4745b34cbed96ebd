/* SPDX-License-Identifier: Apache-2.0 */
/* Views of modules (include/stagebox/view.h). The registry keeps them beside its stages; in the job
 * of a view, and only there, the view is a stage. */
#pragma once

#include "load/registry.h"

/** The number of views, and one of them (i is below it), in the order of the modules. Borrowed
 * until sb_registry_destroy(). */
size_t sb_registry_n_views(const struct sb_registry *registry);
const struct sb_view_entry *sb_registry_view(const struct sb_registry *registry, size_t i);

/** Make the view of this name the last stage of a sealed registry. *ret_view: borrowed. Returns 0,
 * SB_E_CONFIG when no module has the view, or SB_E_NOMEM. */
int sb_registry_use_view(struct sb_registry *registry, const char *name,
			 const struct sb_view_entry **ret_view, struct sb_error *err);

/** [{"name", "args"?, "summary", "about"?, "module"}]. New reference; NULL when out of memory or
 * when a text is not UTF-8. */
json_t *sb_views_describe(const struct sb_registry *registry);

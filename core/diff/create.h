/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that NetBox does not have yet. */
#pragma once

#include "diff/pass.h"

/** No such object in NetBox yet: adopt one, create one, or say why not. */
int sb_object_new(struct sb_pass *pass, struct sb_want *want);

/** Its number belongs to another guest now. */
int sb_object_reborn(struct sb_pass *pass, struct sb_want *want, const json_t *row);

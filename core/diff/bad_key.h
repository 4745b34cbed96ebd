/* SPDX-License-Identifier: Apache-2.0 */
/* Objects whose key cannot be used. */
#pragma once

#include "diff/pass.h"

/** A source row with a key that is not valid (sb_key_is_valid()): its object is unknown, with the
 * reason. False when the key is valid. */
bool sb_bad_key_leave(struct sb_want *want);

/** Report NetBox's objects below the prefix of a pass whose stagebox_key is not valid. They do not
 * count as ours and are not changed; the stage is partial. */
void sb_bad_keys_report(struct sb_pass *pass);

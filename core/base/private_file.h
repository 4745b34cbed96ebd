/* SPDX-License-Identifier: Apache-2.0 */
/* Files that only their owner may read: they hold an inventory of the network. */
#pragma once

#include <stdio.h>

#include "stagebox/types.h"

/** Create or empty a file for writing, readable by its owner only. A link of that name is not
 * followed: the folder may belong to somebody else. is_new: the file must not exist. NULL with
 * errno; ELOOP for a link. */
SB_API FILE *sb_private_file_create(const char *path, bool is_new);

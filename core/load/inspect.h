/* SPDX-License-Identifier: Apache-2.0 */
/* One module file alone. */
#pragma once

#include "stagebox/error.h"
#include "stagebox/types.h"

/** One module file alone: load, check, describe; nothing stays started. @ret_info: {name, version,
 * summary, abi, path, options:[...], stages:[...], kinds:[...]}. */
SB_API int sb_module_inspect(const char *path, json_t **ret_info, struct sb_error *err);

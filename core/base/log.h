/* SPDX-License-Identifier: Apache-2.0 */
/* The level of the log, which the configuration sets and no module. */
#pragma once

#include "stagebox/log.h"

/** Drop lines above this level. The initial level is SB_LOG_WARN. */
void sb_log_set_level(enum sb_log_level level);

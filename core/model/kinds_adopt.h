/* SPDX-License-Identifier: Apache-2.0 */
/* The rules by which core's kinds recognise objects of other tools; lists end with name == NULL. */
#pragma once

#include "stagebox/adopt.h"

extern const struct sb_adopt_rule sb_vm_adopt_rules[];
extern const struct sb_adopt_rule sb_device_adopt_rules[];
extern const struct sb_adopt_rule sb_cluster_adopt_rules[];
extern const struct sb_adopt_part sb_disk_adopt_part;
extern const struct sb_adopt_part sb_interface_adopt_part;

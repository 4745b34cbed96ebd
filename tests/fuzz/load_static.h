/* SPDX-License-Identifier: Apache-2.0 */
/* The modules of a program that contains them. */
#pragma once

#include "load/registry.h"

/** Start the modules cluster, qemu and lxc, and of ha and ceph those that the configuration names,
 * with their options; seal the registry. Returns as sb_registry_load_watched(), in whose place the
 * linker puts a caller of it. */
int load_static(const json_t *conf, struct sb_registry **ret_registry, struct sb_error *err);

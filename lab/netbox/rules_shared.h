/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that several subjects share. */
#pragma once

#include "call.h"
#include "rules.h"

/** Check a scope: both halves are set or none, and the object exists. */
bool nb_scope_clean(struct nb_write *write);

/** The VM or device of the interface that an address is assigned to, or NULL. */
struct nb_object *nb_ip_parent(const struct lab_netbox *nb, const struct nb_object *ip);

/** Check that primary addresses belong to an interface of the object; what: "VM" or "device". */
bool nb_primary_clean(struct nb_write *write, const char *what);

/** The rendered config context, which in the lab is the local data of the object. New reference. */
json_t *nb_config_context(const struct nb_object *object);

/** The primary address of a VM or device: IPv6 before IPv4. */
json_t *nb_primary_output(struct lab_netbox *nb, const struct nb_object *object);

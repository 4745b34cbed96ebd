/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that several subjects share. */
#pragma once

#include "call.h"
#include "rules.h"

/** Both halves of a scope or none, and the place must exist. */
bool nb_scope_clean(struct nb_write *write);

/** The VM or device that an address sits on through its interface, or NULL. */
struct nb_object *nb_ip_parent(const struct lab_netbox *nb, const struct nb_object *ip);

/** Primary addresses belong to an interface of the object; what: "VM" or "device". */
bool nb_primary_clean(struct nb_write *write, const char *what);

/** No context but the object's own: its local data. New reference. */
json_t *nb_config_context(const struct nb_object *object);

/** The address that stands for a VM or device: IPv6 before IPv4. */
json_t *nb_primary_output(struct lab_netbox *nb, const struct nb_object *object);

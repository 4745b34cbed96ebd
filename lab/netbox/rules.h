/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of single models, by subject. */
#pragma once

#include "model.h"

extern const struct nb_rules nb_rules_cluster, nb_rules_vm, nb_rules_vminterface, nb_rules_disk;
extern const struct nb_rules nb_rules_devicetype, nb_rules_device, nb_rules_interface, nb_rules_mac;
extern const struct nb_rules nb_rules_tree, nb_rules_ip, nb_rules_prefix, nb_rules_vlangroup;
extern const struct nb_rules nb_rules_vlan, nb_rules_vrf, nb_rules_tag, nb_rules_customfield;
extern const struct nb_rules nb_rules_choiceset, nb_rules_journal, nb_rules_change;
extern const struct nb_rules nb_rules_custom_type, nb_rules_custom_field;
extern const struct nb_rules nb_rules_user, nb_rules_permission, nb_rules_token;

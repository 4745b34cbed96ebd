/* SPDX-License-Identifier: Apache-2.0 */
/* Choice lists of the models. */
#pragma once

#include "model.h"

extern const struct nb_choice nb_choices_cluster_status[];
extern const struct nb_choice nb_choices_virtualmachine_status[];
extern const struct nb_choice nb_choices_virtualmachine_start_on_boot[];
extern const struct nb_choice nb_choices_vminterface_mode[];
extern const struct nb_choice nb_choices_site_status[];
extern const struct nb_choice nb_choices_devicetype_subdevice_role[];
extern const struct nb_choice nb_choices_devicetype_airflow[];
extern const struct nb_choice nb_choices_devicetype_weight_unit[];
extern const struct nb_choice nb_choices_devicetype_cooling_method[];
extern const struct nb_choice nb_choices_device_face[];
extern const struct nb_choice nb_choices_device_status[];
extern const struct nb_choice nb_choices_interface_type[];
extern const struct nb_choice nb_choices_interface_duplex[];
extern const struct nb_choice nb_choices_interface_rf_role[];
extern const struct nb_choice nb_choices_interface_rf_channel[];
extern const struct nb_choice nb_choices_interface_poe_mode[];
extern const struct nb_choice nb_choices_interface_poe_type[];
extern const struct nb_choice nb_choices_vlan_status[];
extern const struct nb_choice nb_choices_vlan_qinq_role[];
extern const struct nb_choice nb_choices_prefix_status[];
extern const struct nb_choice nb_choices_ipaddress_status[];
extern const struct nb_choice nb_choices_ipaddress_role[];
extern const struct nb_choice nb_choices_customfieldchoiceset_base_choices[];
extern const struct nb_choice nb_choices_customfield_type[];
extern const struct nb_choice nb_choices_customfield_filter_logic[];
extern const struct nb_choice nb_choices_customfield_ui_visible[];
extern const struct nb_choice nb_choices_customfield_ui_editable[];
extern const struct nb_choice nb_choices_customlink_button_class[];
extern const struct nb_choice nb_choices_journalentry_kind[];
extern const struct nb_choice nb_choices_objectchange_action[];

/* SPDX-License-Identifier: Apache-2.0 */
/* Field tables of the models, each ended by a row without name. */
#pragma once

#include "model.h"

extern const struct nb_field nb_fields_clustertype[];
extern const struct nb_field nb_fields_clustergroup[];
extern const struct nb_field nb_fields_cluster[];
extern const struct nb_field nb_fields_virtualmachinetype[];
extern const struct nb_field nb_fields_virtualmachine[];
extern const struct nb_field nb_fields_vminterface[];
extern const struct nb_field nb_fields_virtualdisk[];
extern const struct nb_field nb_fields_region[];
extern const struct nb_field nb_fields_sitegroup[];
extern const struct nb_field nb_fields_site[];
extern const struct nb_field nb_fields_manufacturer[];
extern const struct nb_field nb_fields_devicetype[];
extern const struct nb_field nb_fields_devicerole[];
extern const struct nb_field nb_fields_platform[];
extern const struct nb_field nb_fields_device[];
extern const struct nb_field nb_fields_macaddress[];
extern const struct nb_field nb_fields_interface[];
extern const struct nb_field nb_fields_role[];
extern const struct nb_field nb_fields_vrf[];
extern const struct nb_field nb_fields_vlangroup[];
extern const struct nb_field nb_fields_vlan[];
extern const struct nb_field nb_fields_prefix[];
extern const struct nb_field nb_fields_ipaddress[];
extern const struct nb_field nb_fields_tag[];
extern const struct nb_field nb_fields_customfieldchoiceset[];
extern const struct nb_field nb_fields_customfield[];
extern const struct nb_field nb_fields_customlink[];
extern const struct nb_field nb_fields_journalentry[];
extern const struct nb_field nb_fields_tenantgroup[];
extern const struct nb_field nb_fields_tenant[];
extern const struct nb_field nb_fields_user[];
extern const struct nb_field nb_fields_objectpermission[];
extern const struct nb_field nb_fields_token[];
extern const struct nb_field nb_fields_objectchange[];
extern const struct nb_field nb_fields_proxbox_vm_state[];
extern const struct nb_field nb_fields_proxbox_device_state[];
extern const struct nb_field nb_fields_proxbox_cluster_state[];
extern const struct nb_field nb_fields_proxbox_settings[];
extern const struct nb_field nb_fields_ceph_settings[];
extern const struct nb_field nb_fields_proxbox_endpoint[];
extern const struct nb_field nb_fields_customobjecttype[];
extern const struct nb_field nb_fields_customobjecttypefield[];

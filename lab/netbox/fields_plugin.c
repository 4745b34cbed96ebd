/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the models of netbox-proxbox, as its serializers output them. */
#include "fields.h"
#include "state.h"

#define STRING(name_, initial_)                                                                    \
	{                                                                                          \
		.name = name_, .kind = NB_STR, .flags = NB_BLANK | NB_NULL, .max_length = 500,     \
		.initial = initial_                                                                \
	}
#define NUMBER(name_, initial_)                                                                    \
	{                                                                                          \
		.name = name_, .kind = NB_INT, .flags = NB_NULL, .initial = initial_               \
	}
#define BOOLEAN(name_, initial_)                                                                   \
	{                                                                                          \
		.name = name_, .kind = NB_BOOL, .flags = NB_NULL, .initial = initial_              \
	}
#define ENDPOINT                                                                                   \
	{                                                                                          \
		.name = "endpoint", .kind = NB_FK, .flags = NB_NULL,                               \
		.target = "netbox_proxbox.proxmoxendpoint", .on_delete = NB_SET_NULL,              \
		.nested = "id url display name"                                                    \
	}
#define UNLINKED(name_)                                                                            \
	{                                                                                          \
		.name = name_, .kind = NB_CONST, .initial = "null"                                 \
	}
#define STAMPS                                                                                     \
	STRING("proxmox_last_updated", "null"), STRING("last_run_id", "\"\""),                     \
		{.name = "tags", .kind = NB_TAGS},                                                 \
	{                                                                                          \
		.name = "custom_fields", .kind = NB_CUSTOM                                         \
	}

const struct nb_field nb_fields_proxbox_vm_state[] = {
	{.name = "virtual_machine",
	 .kind = NB_FK,
	 .flags = NB_REQUIRED | NB_UNIQUE,
	 .target = "virtualization.virtualmachine",
	 .on_delete = NB_CASCADE,
	 .nested = "id url display name"},
	ENDPOINT,
	UNLINKED("proxmox_node"),
	STRING("proxmox_node_name", "\"\""),
	UNLINKED("proxmox_cluster"),
	STRING("proxmox_cluster_name", "\"\""),
	NUMBER("proxmox_endpoint_raw_id", "null"),
	NUMBER("proxmox_vm_id", "null"),
	STRING("proxmox_vm_type", "\"\""),
	STRING("proxmox_vm_name", "\"\""),
	NUMBER("proxmox_last_synced_role_id", "null"),
	BOOLEAN("proxmox_start_at_boot", "null"),
	BOOLEAN("proxmox_unprivileged_container", "null"),
	BOOLEAN("proxmox_qemu_agent", "null"),
	STRING("proxmox_search_domain", "\"\""),
	STRING("proxmox_link", "\"\""),
	STRING("proxmox_status", "\"\""),
	STAMPS,
	{.name = NULL},
};

const struct nb_field nb_fields_proxbox_device_state[] = {
	{.name = "device",
	 .kind = NB_FK,
	 .flags = NB_REQUIRED | NB_UNIQUE,
	 .target = "dcim.device",
	 .on_delete = NB_CASCADE,
	 .nested = "id url display name"},
	ENDPOINT,
	UNLINKED("proxmox_node"),
	STRING("proxmox_node_name", "\"\""),
	UNLINKED("proxmox_cluster"),
	STRING("proxmox_cluster_name", "\"\""),
	STRING("proxmox_link", "\"\""),
	STRING("hardware_chassis_serial", "\"\""),
	STAMPS,
	{.name = NULL},
};

const struct nb_field nb_fields_proxbox_cluster_state[] = {
	{.name = "cluster",
	 .kind = NB_FK,
	 .flags = NB_REQUIRED | NB_UNIQUE,
	 .target = "virtualization.cluster",
	 .on_delete = NB_CASCADE,
	 .nested = "id url display name"},
	UNLINKED("proxmox_cluster"),
	STRING("proxmox_cluster_name", "\"\""),
	STRING("proxmox_cluster_status", "\"\""),
	NUMBER("proxmox_cluster_raw_id", "null"),
	STAMPS,
	{.name = NULL},
};

const struct nb_field nb_fields_proxbox_settings[] = {
	STRING("singleton_key", "\"default\""),
	BOOLEAN("use_guest_agent_interface_name", "true"),
	STRING("vm_interface_sync_strategy", "\"guest_os_model\""),
	NUMBER("proxbox_fetch_max_concurrency", "8"),
	BOOLEAN("ignore_ipv6_link_local_addresses", "true"),
	BOOLEAN("ensure_netbox_objects", "true"),
	BOOLEAN("delete_orphans", "false"),
	BOOLEAN("custom_fields_enabled", "false"),
	STRING("sync_mode_vm", "\"always\""),
	STRING("sync_mode_vm_template", "\"always\""),
	STRING("sync_mode_vm_interface", "\"always\""),
	STRING("sync_mode_mac", "\"always\""),
	STRING("sync_mode_ip_address", "\"always\""),
	STRING("sync_mode_cluster", "\"always\""),
	STRING("sync_mode_node", "\"always\""),
	STRING("sync_mode_storage", "\"always\""),
	STRING("sync_mode_sdn", "\"disabled\""),
	STRING("sync_mode_sdn_bgp", "\"disabled\""),
	BOOLEAN("parse_description_metadata", "false"),
	BOOLEAN("embed_description_metadata", "false"),
	BOOLEAN("enable_tenant_name_regex", "false"),
	{.name = "tenant_name_regex_rules", .kind = NB_JSON, .initial = "[]"},
	BOOLEAN("enable_tenant_tag_assignment", "false"),
	BOOLEAN("enable_tenant_from_cluster", "false"),
	BOOLEAN("cloud_network_lock_enabled", "false"),
	STRING("primary_ip_preference", "\"ipv4\""),
	NUMBER("netbox_max_concurrent", "1"),
	NUMBER("netbox_timeout", "120"),
	NUMBER("netbox_write_concurrency", "8"),
	NUMBER("proxmox_fetch_concurrency", "8"),
	NUMBER("netbox_max_retries", "5"),
	STRING("netbox_retry_delay", "\"2.00\""),
	STRING("netbox_get_cache_ttl", "\"60.00\""),
	NUMBER("bulk_batch_size", "50"),
	NUMBER("bulk_batch_delay_ms", "500"),
	NUMBER("vm_sync_max_concurrency", "4"),
	STRING("reconciliation_engine", "\"python\""),
	BOOLEAN("debug_cache", "false"),
	BOOLEAN("ssrf_protection_enabled", "true"),
	NUMBER("proxmox_timeout", "5"),
	NUMBER("proxmox_max_retries", "0"),
	STRING("proxmox_retry_backoff", "\"0.50\""),
	UNLINKED("default_role_qemu"),
	UNLINKED("default_role_lxc"),
	BOOLEAN("branching_enabled", "false"),
	STRING("branch_name_prefix", "\"proxbox-sync\""),
	STRING("branch_on_conflict", "\"fail\""),
	BOOLEAN("netbox_to_proxmox_enabled", "false"),
	NUMBER("intent_deletion_request_ttl_days", "7"),
	BOOLEAN("hardware_discovery_enabled", "false"),
	{.name = "encryption_key",
	 .kind = NB_STR,
	 .flags = NB_BLANK | NB_HIDDEN,
	 .initial = "\"\""},
	BOOLEAN("overwrite_device_role", "true"),
	BOOLEAN("overwrite_device_type", "true"),
	BOOLEAN("overwrite_device_tags", "true"),
	BOOLEAN("overwrite_device_status", "true"),
	BOOLEAN("overwrite_device_description", "true"),
	BOOLEAN("overwrite_device_custom_fields", "true"),
	BOOLEAN("overwrite_vm_role", "true"),
	BOOLEAN("overwrite_vm_type", "true"),
	BOOLEAN("overwrite_vm_tags", "true"),
	BOOLEAN("overwrite_vm_proxmox_tags", "true"),
	BOOLEAN("overwrite_vm_description", "true"),
	BOOLEAN("overwrite_vm_custom_fields", "true"),
	BOOLEAN("overwrite_vm_cloudinit", "true"),
	BOOLEAN("overwrite_vm_platform", "false"),
	BOOLEAN("overwrite_cluster_tags", "true"),
	BOOLEAN("overwrite_cluster_description", "true"),
	BOOLEAN("overwrite_cluster_custom_fields", "true"),
	BOOLEAN("overwrite_node_interface_tags", "true"),
	BOOLEAN("overwrite_node_interface_custom_fields", "true"),
	BOOLEAN("overwrite_storage_tags", "true"),
	BOOLEAN("overwrite_vm_interface_tags", "true"),
	BOOLEAN("overwrite_vm_interface_custom_fields", "true"),
	BOOLEAN("overwrite_ip_status", "true"),
	BOOLEAN("overwrite_ip_tags", "true"),
	BOOLEAN("overwrite_ip_custom_fields", "true"),
	BOOLEAN("overwrite_ip_address_dns_name", "true"),
	{.name = "tags", .kind = NB_TAGS},
	{.name = "custom_fields", .kind = NB_CUSTOM},
	{.name = NULL},
};

static const struct nb_choice nb_choices_proxbox_mode[] = {
	{"undefined", "Undefined"},
	{"standalone", "Standalone"},
	{"cluster", "Cluster"},
	{NULL, NULL},
};

const struct nb_field nb_fields_proxbox_endpoint[] = {
	STRING("name", "\"\""),
	{.name = "ip_address",
	 .kind = NB_FK,
	 .flags = NB_NULL,
	 .target = "ipam.ipaddress",
	 .on_delete = NB_SET_NULL,
	 .nested = "id url display address"},
	STRING("domain", "null"),
	NUMBER("port", "8006"),
	{.name = "mode",
	 .kind = NB_CHOICE,
	 .choices = nb_choices_proxbox_mode,
	 .initial = "\"undefined\""},
	STRING("version", "null"),
	STRING("username", "\"root@pam\""),
	STRING("token_name", "null"),
	BOOLEAN("verify_ssl", "false"),
	BOOLEAN("enabled", "true"),
	NUMBER("timeout", "null"),
	NUMBER("max_retries", "null"),
	BOOLEAN("allow_writes", "false"),
	STRING("access_methods", "\"api\""),
	STRING("sync_mode_vm", "null"),
	STRING("sync_mode_vm_template", "null"),
	STRING("sync_mode_vm_interface", "null"),
	STRING("sync_mode_mac", "null"),
	STRING("sync_mode_ip_address", "null"),
	STRING("sync_mode_cluster", "null"),
	STRING("sync_mode_node", "null"),
	STRING("sync_mode_storage", "null"),
	STRING("sync_mode_sdn", "null"),
	STRING("sync_mode_sdn_bgp", "null"),
	BOOLEAN("overwrite_device_role", "null"),
	BOOLEAN("overwrite_device_type", "null"),
	BOOLEAN("overwrite_device_tags", "null"),
	BOOLEAN("overwrite_device_status", "null"),
	BOOLEAN("overwrite_device_description", "null"),
	BOOLEAN("overwrite_device_custom_fields", "null"),
	BOOLEAN("overwrite_vm_role", "null"),
	BOOLEAN("overwrite_vm_type", "null"),
	BOOLEAN("overwrite_vm_tags", "null"),
	BOOLEAN("overwrite_vm_proxmox_tags", "null"),
	BOOLEAN("overwrite_vm_description", "null"),
	BOOLEAN("overwrite_vm_custom_fields", "null"),
	BOOLEAN("overwrite_vm_cloudinit", "null"),
	BOOLEAN("overwrite_vm_platform", "null"),
	BOOLEAN("overwrite_cluster_tags", "null"),
	BOOLEAN("overwrite_cluster_description", "null"),
	BOOLEAN("overwrite_cluster_custom_fields", "null"),
	BOOLEAN("overwrite_node_interface_tags", "null"),
	BOOLEAN("overwrite_node_interface_custom_fields", "null"),
	BOOLEAN("overwrite_storage_tags", "null"),
	BOOLEAN("overwrite_vm_interface_tags", "null"),
	BOOLEAN("overwrite_vm_interface_custom_fields", "null"),
	BOOLEAN("overwrite_ip_status", "null"),
	BOOLEAN("overwrite_ip_tags", "null"),
	BOOLEAN("overwrite_ip_custom_fields", "null"),
	BOOLEAN("overwrite_ip_address_dns_name", "null"),
	{.name = "site",
	 .kind = NB_FK,
	 .flags = NB_NULL,
	 .target = "dcim.site",
	 .on_delete = NB_SET_NULL},
	{.name = "tenant",
	 .kind = NB_FK,
	 .flags = NB_NULL,
	 .target = "tenancy.tenant",
	 .on_delete = NB_SET_NULL},
	{.name = "tags", .kind = NB_TAGS},
	{.name = "custom_fields", .kind = NB_CUSTOM},
	{.name = NULL},
};

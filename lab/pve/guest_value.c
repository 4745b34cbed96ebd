/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration keys of VMs and containers, and the checks of their values. */
#include "pve/change.h"

#include "base/buf.h"
#include "pve/property.h"
#include "pve/seed.h"

#include <arpa/inet.h>
#include <ctype.h>

enum kinds {
	QEMU = 1,
	LXC = 2,
	BOTH = 3,
};

struct rule;
typedef int read_fn(const struct pve_change *change, const struct rule *rule, const char *text,
		    json_t **ret_value);

struct rule {
	const char *key; /* or family, when indexed */
	enum kinds kinds;
	read_fn *read;
	bool is_indexed;
	int64_t min, max;
	const char *words; /* allowed values */
};

static bool read_number(const char *text, int64_t *ret_number)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 15 || text[digits])
		return false;
	*ret_number = strtoll(text, NULL, 10);
	return true;
}

static int read_integer(const struct pve_change *change, const struct rule *rule, const char *text,
			json_t **ret_value)
{
	int64_t number;

	if (!read_number(text, &number) || number < rule->min || number > rule->max)
		return pve_change_refuse(change->pve, "%s must be a number from %lld to %lld",
					 change->key, (long long)rule->min, (long long)rule->max);
	*ret_value = json_integer(number);
	return 0;
}

/* Read a number that Proxmox VE stores as text: memory of a VM, cpulimit. */
static int read_number_text(const struct pve_change *change, const struct rule *rule,
			    const char *text, json_t **ret_value)
{
	const char *digits = !sb_starts_with(text, "current=") ? text : text + 8;
	char *end;
	double number = strtod(digits, &end);

	if (end == digits || *end || number < (double)rule->min || number > (double)rule->max)
		return pve_change_refuse(change->pve, "%s must be a number from %lld to %lld",
					 change->key, (long long)rule->min, (long long)rule->max);
	*ret_value = json_string(text);
	return 0;
}

static int read_text(const struct pve_change *change, const struct rule *rule, const char *text,
		     json_t **ret_value)
{
	(void)rule;
	for (const char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			return pve_change_refuse(change->pve, "%s must be one line of text",
						 change->key);
	*ret_value = json_string(text);
	return *ret_value ? 0 : pve_change_refuse(change->pve, "%s is not UTF-8", change->key);
}

static int read_word(const struct pve_change *change, const struct rule *rule, const char *text,
		     json_t **ret_value)
{
	size_t len = strlen(text);

	for (const char *at = rule->words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && !memcmp(at, text, n)) {
			*ret_value = json_string(text);
			return 0;
		}
		at += n;
	}
	return pve_change_refuse(change->pve, "%s must be one of: %s", change->key, rule->words);
}

static int read_name(const struct pve_change *change, const struct rule *rule, const char *text,
		     json_t **ret_value)
{
	size_t len = strlen(text);
	bool is_fine = len && len <= 255 && isalnum((unsigned char)text[0]) &&
		       isalnum((unsigned char)text[len - 1]);

	(void)rule;
	for (size_t i = 0; i < len; i++)
		is_fine = is_fine &&
			  (isalnum((unsigned char)text[i]) || text[i] == '-' || text[i] == '.');
	if (!is_fine)
		return pve_change_refuse(change->pve,
					 "%s must be a DNS name: letters, digits, '-' and '.'",
					 change->key);
	*ret_value = json_string(text);
	return 0;
}

/* Notes of a container end with a newline, those of a VM do not. */
static int read_notes(const struct pve_change *change, const struct rule *rule, const char *text,
		      json_t **ret_value)
{
	size_t len = strlen(text);

	(void)rule;
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	if (len > 8192)
		return pve_change_refuse(change->pve, "%s must not exceed 8192 characters",
					 change->key);
	*ret_value = json_sprintf(change->guest->is_container ? "%.*s\n" : "%.*s", (int)len, text);
	return *ret_value ? 0 : pve_change_refuse(change->pve, "%s is not UTF-8", change->key);
}

static bool is_tag_char(char c, bool is_first)
{
	return isalnum((unsigned char)c) || c == '_' ||
	       (!is_first && (c == '-' || c == '+' || c == '.'));
}

/* Like Proxmox VE, convert tags to lower case unless the options say that case counts, sort them,
 * remove repeats and join them by ';'. */
static int read_tags(const struct pve_change *change, const struct rule *rule, const char *text,
		     json_t **ret_value)
{
	json_t *style = json_object_get(change->pve->options, "tag-style"), *value;
	bool is_cased = json_integer_value(json_object_get(style, "case-sensitive")) == 1;
	sb_autojson *set = json_object();
	sb_autobuf buf = SB_BUF_INIT(64 << 10);
	const char *tag;

	(void)rule;
	for (const char *at = text + strspn(text, ",; "); *at; at += strspn(at, ",; ")) {
		size_t len = strcspn(at, ",; ");
		char word[128];

		for (size_t i = 0; i < len; i++)
			if (len >= sizeof(word) || !is_tag_char(at[i], i == 0))
				return pve_change_refuse(change->pve, "'%.*s' is not a tag",
							 (int)len, at);
		for (size_t i = 0; i < len; i++)
			word[i] = is_cased ? at[i] : (char)tolower((unsigned char)at[i]);
		json_object_setn_new(set, word, len, json_true());
		at += len;
	}

	sb_autofree char *sorted = json_dumps(set, JSON_SORT_KEYS);
	sb_autojson *tags = sorted ? json_loads(sorted, 0, NULL) : NULL;

	json_object_foreach (tags, tag, value) {
		sb_buf_addf(&buf, "%s%s", buf.len ? ";" : "", tag);
	}
	*ret_value = json_string(sb_buf_str(&buf));
	return 0;
}

static bool part_is_in_range(const char *text, const char *key, int64_t min, int64_t max)
{
	struct pve_slice slice = pve_property(text, key);
	char copy[24] = "";
	int64_t number;

	if (!slice.text)
		return true;
	if (slice.len < sizeof(copy))
		memcpy(copy, slice.text, slice.len);
	return read_number(copy, &number) && number >= min && number <= max;
}

/* Find the first part with an unknown key of a network card; absent when all are known. */
static struct pve_slice unknown_part(const char *net, bool is_container)
{
	static const char qemu[] = " model macaddr bridge tag trunks firewall link_down rate "
				   "queues mtu host-tunnel ";
	static const char lxc[] = " name type bridge tag firewall link_down rate trunks hwaddr mtu "
				  "ip ip6 gw gw6 host-managed ";
	struct pve_slice part;

	while ((part = pve_property_next(&net)).text) {
		size_t len = strcspn(part.text, "=,");
		char word[40];

		if (!is_container && pve_is_nic_model((struct pve_slice){part.text, len}))
			continue;
		snprintf(word, sizeof(word), " %.*s ", (int)(len < 30 ? len : 30), part.text);
		if (len == part.len || !strstr(is_container ? lxc : qemu, word))
			return part;
	}
	return (struct pve_slice){0};
}

/* Does the value of a network card contain a model: MODEL, model=MODEL or MODEL=MAC? False when the
 * MAC address is invalid. */
static bool has_model(const char *net)
{
	struct pve_slice part;

	if (pve_property(net, "model").text)
		return pve_is_nic_model(pve_property(net, "model"));
	while ((part = pve_property_next(&net)).text) {
		size_t len = strcspn(part.text, "=,");

		if (pve_is_nic_model((struct pve_slice){part.text, len}))
			return len == part.len || pve_is_mac((struct pve_slice){
							  part.text + len + 1, part.len - len - 1});
	}
	return false;
}

static json_t *with_new_mac(const struct pve_change *change, const char *text)
{
	sb_autojson *mac = pve_mac_take(change->pve);
	sb_autofree char *net = NULL;
	struct pve_slice model = pve_property(text, NULL);

	if (change->guest->is_container) {
		net = pve_property_set(text, "hwaddr", json_string_value(mac));
		return json_string(net);
	}
	if (!model.text) {
		net = pve_property_set(text, "macaddr", json_string_value(mac));
		return json_string(net);
	}
	return json_sprintf("%.*s=%s%s%.*s%s", (int)model.len, model.text, json_string_value(mac),
			    model.text > text ? "," : "",
			    (int)(model.text > text ? model.text - text - 1 : 0), text,
			    model.text + model.len);
}

static int read_net(const struct pve_change *change, const struct rule *rule, const char *text,
		    json_t **ret_value)
{
	bool is_container = change->guest->is_container;
	struct pve_slice bad = unknown_part(text, is_container);

	(void)rule;
	if (bad.text)
		return pve_change_refuse(change->pve, "'%.*s' is not a property of %s",
					 (int)bad.len, bad.text, change->key);
	if (is_container && !pve_property(text, "name").text)
		return pve_change_refuse(change->pve, "%s needs name=, like name=eth0",
					 change->key);
	if (!is_container && !has_model(text))
		return pve_change_refuse(
			change->pve, "%s needs a model, like virtio or virtio=BC:24:11:00:00:01",
			change->key);
	if (!part_is_in_range(text, "tag", 1, 4094))
		return pve_change_refuse(change->pve, "tag must be from 1 to 4094");
	if (!part_is_in_range(text, "mtu", is_container ? 64 : 1, 65535))
		return pve_change_refuse(change->pve, "mtu is out of range");
	*ret_value = pve_net_mac(text).text ? json_string(text) : with_new_mac(change, text);
	return 0;
}

/* Read a disk of a VM or a volume of a container. */
static int read_volume(const struct pve_change *change, const struct rule *rule, const char *text,
		       json_t **ret_value)
{
	struct pve_slice volume = pve_property(text, NULL), size = pve_property(text, "size");

	if (!volume.text)
		volume = pve_property(text, change->guest->is_container ? "volume" : "file");
	if (!volume.text)
		return pve_change_refuse(change->pve,
					 "%s needs a volume, like local-lvm:vm-101-disk-1",
					 change->key);
	if (size.text && pve_size_bytes(size) < 0)
		return pve_change_refuse(change->pve,
					 "'%.*s' is not a size: a number and K, M, G or T",
					 (int)size.len, size.text);
	if (sb_streq(rule->key, "mp") && !pve_property(text, "mp").text)
		return pve_change_refuse(change->pve, "%s needs mp=, the path in the container",
					 change->key);
	return read_text(change, rule, text, ret_value);
}

static int read_smbios(const struct pve_change *change, const struct rule *rule, const char *text,
		       json_t **ret_value)
{
	struct pve_slice uuid = pve_property(text, "uuid");

	if (uuid.text && uuid.len != 36)
		return pve_change_refuse(change->pve, "'%.*s' is not a UUID", (int)uuid.len,
					 uuid.text);
	return read_text(change, rule, text, ret_value);
}

#define QEMU_LOCKS                                                                                 \
	"backup clone create migrate rollback snapshot snapshot-delete suspending suspended"
#define LXC_LOCKS                                                                                  \
	"backup create destroyed disk fstrim migrate mounted rollback snapshot "                   \
	"snapshot-delete"
#define QEMU_SYSTEMS "other wxp w2k w2k3 w2k8 wvista win7 win8 win10 win11 l24 l26 solaris"
#define LXC_SYSTEMS                                                                                \
	"debian devuan ubuntu centos fedora opensuse archlinux alpine gentoo nixos unmanaged"

static const struct rule rules[] = {
	{"name", QEMU, read_name, false, 0, 0, NULL},
	{"hostname", LXC, read_name, false, 0, 0, NULL},
	{"description", BOTH, read_notes, false, 0, 0, NULL},
	{"tags", BOTH, read_tags, false, 0, 0, NULL},
	{"memory", QEMU, read_number_text, false, 16, 4194304, NULL},
	{"memory", LXC, read_integer, false, 16, 4194304, NULL},
	{"swap", LXC, read_integer, false, 0, 4194304, NULL},
	{"balloon", QEMU, read_integer, false, 0, 4194304, NULL},
	{"cores", BOTH, read_integer, false, 1, 8192, NULL},
	{"sockets", QEMU, read_integer, false, 1, 64, NULL},
	{"vcpus", QEMU, read_integer, false, 1, 8192, NULL},
	{"cpulimit", BOTH, read_number_text, false, 0, 8192, NULL},
	{"cpuunits", BOTH, read_integer, false, 1, 262144, NULL},
	{"numa", QEMU, read_integer, false, 0, 1, NULL},
	{"onboot", BOTH, read_integer, false, 0, 1, NULL},
	{"protection", BOTH, read_integer, false, 0, 1, NULL},
	{"template", BOTH, read_integer, false, 0, 1, NULL},
	{"unprivileged", LXC, read_integer, false, 0, 1, NULL},
	{"ostype", QEMU, read_word, false, 0, 0, QEMU_SYSTEMS},
	{"ostype", LXC, read_word, false, 0, 0, LXC_SYSTEMS},
	{"lock", QEMU, read_word, false, 0, 0, QEMU_LOCKS},
	{"lock", LXC, read_word, false, 0, 0, LXC_LOCKS},
	{"bios", QEMU, read_word, false, 0, 0, "seabios ovmf"},
	{"arch", LXC, read_word, false, 0, 0, "amd64 i386 arm64 armhf riscv32 riscv64"},
	{"smbios1", QEMU, read_smbios, false, 0, 0, NULL},
	{"agent", QEMU, read_text, false, 0, 0, NULL},
	{"boot", QEMU, read_text, false, 0, 0, NULL},
	{"cpu", QEMU, read_text, false, 0, 0, NULL},
	{"machine", QEMU, read_text, false, 0, 0, NULL},
	{"meta", QEMU, read_text, false, 0, 0, NULL},
	{"scsihw", QEMU, read_text, false, 0, 0, NULL},
	{"vmgenid", QEMU, read_text, false, 0, 0, NULL},
	{"vga", QEMU, read_text, false, 0, 0, NULL},
	{"startup", BOTH, read_text, false, 0, 0, NULL},
	{"features", LXC, read_text, false, 0, 0, NULL},
	{"nameserver", BOTH, read_text, false, 0, 0, NULL},
	{"searchdomain", BOTH, read_text, false, 0, 0, NULL},
	{"ciuser", QEMU, read_text, false, 0, 0, NULL},
	{"cipassword", QEMU, read_text, false, 0, 0, NULL},
	{"sshkeys", QEMU, read_text, false, 0, 0, NULL},
	{"parent", BOTH, read_text, false, 0, 0, NULL},
	{"rootfs", LXC, read_volume, false, 0, 0, NULL},
	{"net", BOTH, read_net, true, 0, 31, NULL},
	{"scsi", QEMU, read_volume, true, 0, 30, NULL},
	{"ide", QEMU, read_volume, true, 0, 3, NULL},
	{"sata", QEMU, read_volume, true, 0, 5, NULL},
	{"virtio", QEMU, read_volume, true, 0, 15, NULL},
	{"efidisk", QEMU, read_volume, true, 0, 0, NULL},
	{"tpmstate", QEMU, read_volume, true, 0, 0, NULL},
	{"mp", LXC, read_volume, true, 0, 255, NULL},
	{"unused", BOTH, read_volume, true, 0, 255, NULL},
	{"ipconfig", QEMU, read_text, true, 0, 31, NULL},
	{"serial", QEMU, read_text, true, 0, 3, NULL},
	{"hostpci", QEMU, read_text, true, 0, 15, NULL},
	{"usb", QEMU, read_text, true, 0, 13, NULL},
	{"dev", LXC, read_text, true, 0, 255, NULL},
};

static bool rule_is_for(const struct rule *rule, const struct pve_change *change)
{
	enum kinds kind = change->guest->is_container ? LXC : QEMU;
	unsigned index;

	if (!(rule->kinds & kind))
		return false;
	if (!rule->is_indexed)
		return sb_streq(rule->key, change->key);
	return pve_key_in_family(change->key, rule->key, &index) && index <= rule->max;
}

int pve_change_read(const struct pve_change *change, const char *text, json_t **ret_value)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(rules); i++) {
		if (!rule_is_for(&rules[i], change))
			continue;
		/* An empty value removes the key, so only the name is checked. */
		return *text ? rules[i].read(change, &rules[i], text, ret_value) : 0;
	}
	return pve_change_refuse(change->pve, "unknown key of a %s: '%s'",
				 change->guest->is_container ? "container" : "VM", change->key);
}

void pve_change_keys(bool is_container, json_t *list)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(rules); i++) {
		const struct rule *rule = &rules[i];

		if (!(rule->kinds & (is_container ? LXC : QEMU)))
			continue;
		if (!rule->is_indexed)
			json_array_append_new(list, json_string(rule->key));
		else if (rule->max)
			json_array_append_new(list,
					      json_sprintf("%s[0-%d]", rule->key, (int)rule->max));
		else
			json_array_append_new(list, json_sprintf("%s0", rule->key));
	}
}

static bool is_cidr(const char *text, size_t len)
{
	char copy[64] = "";
	unsigned char binary[16];
	int64_t prefix;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);

	char *slash = strchr(copy, '/');
	bool is_v6 = strchr(copy, ':') != NULL;

	if (!slash)
		return false;
	*slash = '\0';
	if (sb_streq(slash + 1, "-1")) /* agents answer this for a prefix that they do not know */
		return inet_pton(is_v6 ? AF_INET6 : AF_INET, copy, binary) == 1;
	return read_number(slash + 1, &prefix) && prefix <= (is_v6 ? 128 : 32) &&
	       inet_pton(is_v6 ? AF_INET6 : AF_INET, copy, binary) == 1;
}

int pve_change_addresses(struct lab_pve *pve, const char *text, json_t **ret_list)
{
	sb_autojson *list = json_array();
	struct pve_slice part;

	while ((part = pve_property_next(&text)).text) {
		if (!is_cidr(part.text, part.len))
			return pve_change_refuse(pve, "'%.*s' is not an address with a prefix",
						 (int)part.len, part.text);
		json_array_append_new(list, json_stringn(part.text, part.len));
	}
	*ret_list = json_incref(list);
	return 0;
}

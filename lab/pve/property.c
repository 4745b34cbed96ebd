/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and editing property strings. */
#include "pve/property.h"

#include "base/buf.h"

#include <ctype.h>

struct pve_slice pve_property_next(const char **cursor)
{
	const char *at = *cursor;

	while (*at == ',')
		at++;

	struct pve_slice part = {at, strcspn(at, ",")};

	*cursor = at + part.len;
	if (!part.len)
		part.text = NULL;
	return part;
}

struct pve_slice pve_property(const char *text, const char *key)
{
	struct pve_slice part;
	const char *cursor = text ? text : "";

	while ((part = pve_property_next(&cursor)).text) {
		const char *equals = memchr(part.text, '=', part.len);

		if (!key && !equals)
			return part;
		if (!key || !equals)
			continue;
		if (pve_slice_is((struct pve_slice){part.text, (size_t)(equals - part.text)}, key))
			return (struct pve_slice){equals + 1,
						  part.len - (size_t)(equals + 1 - part.text)};
	}
	return (struct pve_slice){0};
}

char *pve_property_set(const char *text, const char *key, const char *value)
{
	sb_autobuf buf = SB_BUF_INIT(64 << 10);
	size_t key_len = strlen(key);
	struct pve_slice part;
	bool is_done = false;

	while ((part = pve_property_next(&text)).text) {
		bool is_it = part.len > key_len && part.text[key_len] == '=' &&
			     !memcmp(part.text, key, key_len);

		if (is_it && !value)
			continue;
		if (buf.len)
			sb_buf_add(&buf, ",");
		if (is_it)
			sb_buf_addf(&buf, "%s=%s", key, value);
		else
			sb_buf_add_mem(&buf, part.text, part.len);
		is_done = is_done || is_it;
	}
	if (!is_done && value)
		sb_buf_addf(&buf, "%s%s=%s", buf.len ? "," : "", key, value);
	return sb_buf_take(&buf);
}

int64_t pve_size_bytes(struct pve_slice size)
{
	static const char units[] = "KMGT";
	char *end;

	if (!size.len || !isdigit((unsigned char)*size.text))
		return -1;

	double number = strtod(size.text, &end);
	size_t used = (size_t)(end - size.text);
	const char *unit;

	if (used == size.len)
		return (int64_t)number;
	if (used + 1 != size.len || !(unit = memchr(units, *end, sizeof(units) - 1)))
		return -1;
	for (const char *u = units; u <= unit; u++)
		number *= 1024;
	return number < 9e18 ? (int64_t)number : -1;
}

bool pve_is_mac(struct pve_slice text)
{
	if (!text.text || text.len != 17)
		return false;
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? text.text[i] != ':' : !isxdigit((unsigned char)text.text[i]))
			return false;
	return true;
}

bool pve_is_nic_model(struct pve_slice text)
{
	static const char *const models[] = {
		"virtio",   "e1000",    "e1000e",   "e1000-82540em", "e1000-82544gc",
		"rtl8139",  "vmxnet3",  "i82551",   "i82557b",       "e1000-82545em",
		"i82559er", "ne2k_isa", "ne2k_pci", "pcnet",
	};

	for (size_t i = 0; i < SB_ARRAY_LEN(models); i++)
		if (pve_slice_is(text, models[i]))
			return true;
	return false;
}

struct pve_slice pve_net_mac(const char *net)
{
	static const char *const keys[] = {"macaddr", "hwaddr"};
	struct pve_slice part;

	for (size_t i = 0; i < SB_ARRAY_LEN(keys); i++)
		if (pve_is_mac(part = pve_property(net, keys[i])))
			return part;
	while ((part = pve_property_next(&net)).text) {
		const char *equals = memchr(part.text, '=', part.len);
		struct pve_slice model = {part.text, equals ? (size_t)(equals - part.text) : 0};
		struct pve_slice mac = {equals ? equals + 1 : NULL,
					equals ? part.len - model.len - 1 : 0};

		if (pve_is_nic_model(model) && pve_is_mac(mac))
			return mac;
	}
	return (struct pve_slice){0};
}

bool pve_key_in_family(const char *key, const char *family, unsigned *ret_index)
{
	size_t len = strlen(family), digits;

	if (strncmp(key, family, len) != 0)
		return false;
	digits = strspn(key + len, "0123456789");
	if (!digits || digits > 3 || key[len + digits])
		return false;
	if (ret_index)
		*ret_index = (unsigned)strtoul(key + len, NULL, 10);
	return true;
}

bool pve_key_is_drive(const char *key)
{
	static const char *const families[] = {"scsi",   "ide",     "sata",
					       "virtio", "efidisk", "tpmstate"};

	for (size_t i = 0; i < SB_ARRAY_LEN(families); i++)
		if (pve_key_in_family(key, families[i], NULL))
			return true;
	return false;
}

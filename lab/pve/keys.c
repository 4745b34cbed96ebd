/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of `lab ctl`: each family of objects has its own changes. */
#include "pve/change.h"

#include <inttypes.h>
#include <stdarg.h>

#include "base/buf.h"
#include "pve/answer.h"

static const struct pve_family *const families[] = {
	&pve_qemu_family,       &pve_lxc_family,      &pve_node_family,      &pve_pool_family,
	&pve_ha_family,         &pve_ha_rule_family,  &pve_ha_group_family,  &pve_zone_family,
	&pve_vnet_family,       &pve_options_family,  &pve_ceph_family,      &pve_ceph_node_family,
	&pve_ceph_mon_family,   &pve_ceph_mgr_family, &pve_ceph_mds_family,  &pve_ceph_osd_family,
	&pve_ceph_pool_family,  &pve_ceph_fs_family,  &pve_ceph_rule_family, &pve_ceph_flag_family,
	&pve_ceph_check_family,
};

int pve_change_refuse(struct lab_pve *pve, const char *fmt, ...)
{
	sb_autobuf buf = SB_BUF_INIT(4 << 10);
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&buf, fmt, ap);
	va_end(ap);
	free(pve->why);
	pve->why = sb_buf_take(&buf);
	return -1;
}

int pve_change_set_int(struct lab_pve *pve, json_t *object, const char *field, const char *value,
		       int64_t min, int64_t max)
{
	long long number;
	char *end;

	if (!*value) {
		json_object_del(object, field);
		return 0;
	}
	number = strtoll(value, &end, 10);
	if (*end || number < min || number > max)
		return pve_change_refuse(pve, "%s must be a number from %" PRId64 " to %" PRId64,
					 field, min, max);
	return json_object_set_new(object, field, json_integer(number));
}

int pve_change_set_word(struct lab_pve *pve, json_t *object, const char *field, const char *value,
			const char *words)
{
	if (!*value || !pve_has_word(words, value))
		return pve_change_refuse(pve, "%s must be one of: %s", field, words);
	return json_object_set_new(object, field, json_string(value));
}

int pve_key_read(struct lab_pve *pve, const char *text, struct pve_key *ret_key)
{
	size_t len = strlen(pve->slug);
	const char *rest = text + len + 1;
	sb_autobuf forms = SB_BUF_INIT(1 << 10);

	if (strncmp(text, pve->slug, len) != 0 || text[len] != '/')
		return pve_change_refuse(pve, "the key '%s' does not begin with the endpoint '%s'",
					 text, pve->slug);
	for (size_t i = 0; i < SB_ARRAY_LEN(families); i++) {
		const char *prefix = families[i]->prefix;
		size_t room = strlen(prefix);
		bool is_whole = prefix[room - 1] != '/';

		if (is_whole ? !sb_streq(rest, prefix) : !sb_starts_with(rest, prefix))
			continue;
		*ret_key = (struct pve_key){text, rest + room, families[i]};
		return 0;
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(families); i++)
		sb_buf_addf(&forms, "%s%s", i ? ", " : "", families[i]->form);
	return pve_change_refuse(pve, "'%s' is not a key; use one of %s", text, sb_buf_str(&forms));
}

json_t *lab_pve_keys(void)
{
	json_t *all = json_object();

	for (size_t i = 0; i < SB_ARRAY_LEN(families); i++) {
		json_t *list = json_array();

		for (const char *const *field = families[i]->fields; *field; field++)
			json_array_append_new(list, json_string(*field));
		if (families[i]->move)
			pve_change_keys(families[i] == &pve_lxc_family, list);
		json_object_set_new(all, families[i]->form, list);
	}
	return all;
}

static int finish_change(const struct lab_pve *pve, int rc, const char **ret_why)
{
	if (rc < 0 && ret_why)
		*ret_why = pve->why ? pve->why : "out of memory";
	return rc < 0 ? -1 : 0;
}

int lab_pve_set(struct lab_pve *pve, const char *key, const char *field, const char *value,
		const char **ret_why)
{
	struct pve_key read;
	int rc = pve_key_read(pve, key, &read);

	if (!rc)
		rc = read.family->set(pve, &read, field, value);
	return finish_change(pve, rc, ret_why);
}

int lab_pve_add(struct lab_pve *pve, const char *key, const char **ret_why)
{
	struct pve_key read;
	int rc = pve_key_read(pve, key, &read);

	if (!rc && !read.family->add)
		rc = pve_change_refuse(pve, "%s cannot be added; set its fields", key);
	else if (!rc)
		rc = read.family->add(pve, &read);
	return finish_change(pve, rc, ret_why);
}

int lab_pve_rm(struct lab_pve *pve, const char *key, const char **ret_why)
{
	struct pve_key read;
	int rc = pve_key_read(pve, key, &read);

	if (!rc && !read.family->rm)
		rc = pve_change_refuse(pve, "%s cannot be removed", key);
	else if (!rc)
		rc = read.family->rm(pve, &read);
	return finish_change(pve, rc, ret_why);
}

int lab_pve_move(struct lab_pve *pve, const char *key, const char *node, const char **ret_why)
{
	struct pve_key read;
	int rc = pve_key_read(pve, key, &read);

	if (!rc && !read.family->move)
		rc = pve_change_refuse(pve, "only guests can be moved, not %s", key);
	else if (!rc)
		rc = read.family->move(pve, &read, node);
	return finish_change(pve, rc, ret_why);
}

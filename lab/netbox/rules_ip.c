/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses, prefixes and VRFs. */
#include "rules_shared.h"

#include <ctype.h>
#include <string.h>

static void address_display(const struct lab_netbox *nb, const struct nb_object *object,
			    struct sb_buf *out)
{
	(void)nb;
	sb_buf_add(out, nb_text(object, nb_is(object, "ipam.prefix") ? "prefix" : "address"));
}

static json_t *family_output(const char *text)
{
	bool v6 = strchr(text, ':') != NULL;

	return json_pack("{s:i, s:s}", "value", v6 ? 6 : 4, "label", v6 ? "IPv6" : "IPv4");
}

static json_t *ip_computed(struct lab_netbox *nb, const struct nb_object *ip,
			   const struct nb_field *field)
{
	if (sb_streq(field->name, "family"))
		return family_output(nb_text(ip, "address"));
	return nb_nested_referrers(nb, ip, "ipam.ipaddress", "nat_inside",
				   "id url display family address");
}

static void ip_prepare(struct nb_write *write)
{
	struct nb_net net;
	char host[64];

	if (!nb_net_parse(nb_text(write->object, "address"), &net, NULL))
		return;
	nb_net_host(&net, host);
	nb_put_take(write->nb, write->object, "_host", json_string(host));
}

static bool dns_name_good(const char *name)
{
	const char *at = name;

	if (*at == '*')
		at++;
	for (; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("_-.", *at))
			return false;
		else if (*at == '.' && (at == name || at[1] == '.'))
			return false;
	return true;
}

/* The first and last address of a network cannot be assigned to an interface. */
static bool edge_clean(struct nb_write *write, const struct nb_net *net, const char *host)
{
	struct nb_net first = *net;
	int max = net->family == 6 ? 128 : 32, i;
	bool last = net->family == 4;

	if (!nb_ref(write->nb, write->object, "assigned_object_id") || net->bits >= max - 1)
		return true;
	nb_net_mask(&first);
	if (memcmp(first.bytes, net->bytes, sizeof(first.bytes)) == 0) {
		nb_error(write->call, "__all__",
			 "%s is a network ID, which may not be assigned to an interface.", host);
		return false;
	}
	for (i = net->bits; last && i < max; i++)
		last = net->bytes[i / 8] & (0x80 >> (i % 8));
	if (!last)
		return true;
	nb_error(write->call, "__all__",
		 "%s is a broadcast address, which may not be assigned to an interface.", host);
	return false;
}

static bool shared_role(const struct nb_object *ip)
{
	const char *role = nb_text(ip, "role");

	return *role && !sb_streq(role, "loopback") && !sb_streq(role, "secondary");
}

static bool must_be_unique(const struct nb_write *write)
{
	const struct nb_object *vrf = nb_ref(write->nb, write->object, "vrf");

	if (write->call->unchecked)
		return false;
	return !vrf || json_is_true(nb_get(vrf, "enforce_unique"));
}

static void report_duplicate(struct nb_write *write, const char *field, const char *what,
			     const struct nb_object *other)
{
	const struct nb_object *vrf = nb_ref(write->nb, write->object, "vrf");

	nb_error(write->call, field, "Duplicate %s found in %s%s: %s", what,
		 vrf ? "VRF " : "global table", vrf ? nb_text(vrf, "name") : "",
		 nb_text(other, field));
}

static bool duplicate_clean(struct nb_write *write)
{
	const struct nb_entry *entry = NULL;
	const struct nb_object *other;

	if (!must_be_unique(write))
		return true;
	while ((other = nb_keys_next(write->nb, write->object, 0, &entry))) {
		if (shared_role(write->object) && shared_role(other))
			continue;
		report_duplicate(write, "address", "IP address", other);
		return false;
	}
	return true;
}

/* The VM or device to which the address was assigned before the write. */
static const struct nb_object *parent_before(const struct nb_write *write)
{
	const struct nb_table *table = write->object->table;
	int id = nb_field(table, "assigned_object_id");
	const struct nb_table *to = nb_table(write->nb, json_string_value(write->old[id - 1]));
	const struct nb_object *interface =
		to ? nb_find(to, json_integer_value(write->old[id])) : NULL;
	const struct nb_object *parent =
		interface ? nb_ref(write->nb, interface, "virtual_machine") : NULL;

	return interface && !parent ? nb_ref(write->nb, interface, "device") : parent;
}

static bool reassign_clean(struct nb_write *write)
{
	const struct nb_object *before = write->old ? parent_before(write) : NULL;
	const struct nb_object *ip = write->object;

	if (!before || before == nb_ip_parent(write->nb, ip))
		return true;
	if (nb_ref(write->nb, before, "primary_ip4") == ip ||
	    nb_ref(write->nb, before, "primary_ip6") == ip)
		nb_error(write->call, "__all__",
			 "Cannot reassign IP address while it is designated as the primary IP for "
			 "the parent object");
	else if (nb_ref(write->nb, before, "oob_ip") == ip)
		nb_error(write->call, "__all__",
			 "Cannot reassign IP address while it is designated as the OOB IP for the "
			 "parent object");
	return !write->call->status;
}

static void ip_clean(struct nb_write *write)
{
	struct nb_net net = {.family = 4};
	char host[64];

	nb_net_parse(nb_text(write->object, "address"), &net, NULL);
	nb_net_host(&net, host);
	if (!dns_name_good(nb_text(write->object, "dns_name"))) {
		nb_error(write->call, "dns_name",
			 "Only alphanumeric characters, asterisks, hyphens, periods, and "
			 "underscores are allowed in DNS names");
		return;
	}
	if (net.bits == 0) {
		nb_error(write->call, "address", "Cannot create IP address with /0 mask.");
		return;
	}
	if (!edge_clean(write, &net, host) || !duplicate_clean(write) || !reassign_clean(write))
		return;
	if (sb_streq(nb_text(write->object, "status"), "slaac") && net.family != 6)
		nb_error(write->call, "status", "Only IPv6 addresses can be assigned SLAAC status");
}

static void ip_save(struct nb_write *write)
{
	sb_autobuf name = SB_BUF_INIT(1024);
	const char *text = nb_text(write->object, "dns_name");

	for (; *text; text++) {
		char c = (char)tolower((unsigned char)*text);

		sb_buf_add_mem(&name, &c, 1);
	}
	nb_put_take(write->nb, write->object, "dns_name", json_string(sb_buf_str(&name)));
}

const struct nb_rules nb_rules_ip = {.display = address_display,
				     .computed = ip_computed,
				     .prepare = ip_prepare,
				     .clean = ip_clean,
				     .save = ip_save};

static void prefix_prepare(struct nb_write *write)
{
	nb_put_take(write->nb, write->object, "_host",
		    json_incref(nb_get(write->object, "prefix")));
}

static void prefix_clean(struct nb_write *write)
{
	const struct nb_entry *entry = NULL;
	const struct nb_object *other;
	struct nb_net net = {.bits = 1};

	if (!nb_scope_clean(write))
		return;
	nb_net_parse(nb_text(write->object, "prefix"), &net, NULL);
	if (net.bits == 0) {
		nb_error(write->call, "prefix", "Cannot create prefix with /0 mask.");
		return;
	}
	other = must_be_unique(write) ? nb_keys_next(write->nb, write->object, 0, &entry) : NULL;
	if (other)
		report_duplicate(write, "prefix", "prefix", other);
}

static json_t *prefix_computed(struct lab_netbox *nb, const struct nb_object *prefix,
			       const struct nb_field *field)
{
	const struct nb_table *table = prefix->table;
	bool children = sb_streq(field->name, "children");
	struct nb_net own, other;
	json_int_t n = 0;
	uint32_t id;

	if (sb_streq(field->name, "family"))
		return family_output(nb_text(prefix, "prefix"));
	nb_net_parse(nb_text(prefix, "prefix"), &own, NULL);
	for (id = 1; id < table->next_id; id++) {
		const struct nb_object *row = table->rows[id];

		if (!row || row == prefix || nb_ref(nb, row, "vrf") != nb_ref(nb, prefix, "vrf"))
			continue;
		nb_net_parse(nb_text(row, "prefix"), &other, NULL);
		n += other.bits != own.bits &&
		     (children ? nb_net_contains(&own, &other) : nb_net_contains(&other, &own));
	}
	return json_integer(n);
}

const struct nb_rules nb_rules_prefix = {.display = address_display,
					 .computed = prefix_computed,
					 .prepare = prefix_prepare,
					 .clean = prefix_clean};

static void vrf_display(const struct lab_netbox *nb, const struct nb_object *vrf,
			struct sb_buf *out)
{
	(void)nb;
	sb_buf_add(out, nb_text(vrf, "name"));
	if (*nb_text(vrf, "rd"))
		sb_buf_addf(out, " (%s)", nb_text(vrf, "rd"));
}

const struct nb_rules nb_rules_vrf = {.display = vrf_display};

/* SPDX-License-Identifier: Apache-2.0 */
/* The CRUSH map: its buckets, and its text as `crushtool -d` writes it. */
#include "pve/ceph.h"

#include "base/buf.h"

#define N_CLASSES 3

const char *const pve_ceph_classes[] = {"hdd", "ssd", "nvme", NULL};

unsigned pve_ceph_rack(const struct pve_node *node)
{
	return (node->id - 1) % PVE_CEPH_RACKS + 1;
}

int pve_bucket_id(const struct pve_bucket *bucket, const char *class)
{
	int id = -1 - (int)bucket->place * (N_CLASSES + 1);

	for (int i = 0; class && pve_ceph_classes[i]; i++)
		if (sb_streq(pve_ceph_classes[i], class))
			return id - i - 1;
	return id;
}

/* An OSD can be outside the map ("none"), or in a bucket outside the root ("stray"). */
bool pve_osd_is_placed(const struct pve_osd *osd)
{
	return !*pve_ceph_text(osd->own, "place");
}

double pve_osd_weight(const struct pve_osd *osd)
{
	const json_t *weight = json_object_get(osd->own, "weight");

	return weight ? json_number_value(weight) : (double)pve_ceph_int(osd->own, "size") / 1024.0;
}

static json_t *list_of(json_t *hosts, const char *host)
{
	json_t *list = json_object_get(hosts, host);

	if (list)
		return list;
	list = json_array();
	json_object_set_new(hosts, host, list);
	return list;
}

json_t *pve_ceph_map(const struct lab_pve *pve)
{
	json_t *hosts = json_object(), *classes = json_object();
	struct pve_ceph_sums sums = {0};
	struct pve_osd osd = {.sums = &sums, .id = -1};

	while (pve_ceph_next_osd(pve, &osd)) {
		const char *class = pve_ceph_text(osd.own, "class");

		if (!pve_osd_is_placed(&osd))
			continue;
		json_object_set_new(classes, class, json_true());
		json_array_append_new(
			list_of(hosts, osd.host),
			json_pack("{so ss sf}", "name", json_sprintf("osd.%d", osd.id), "class",
				  class, "weight", pve_osd_weight(&osd)));
	}
	return json_pack("{so so}", "hosts", hosts, "classes", classes);
}

/* The map while its text is written. */
struct text {
	struct sb_buf *out;
	const struct lab_pve *pve;
	json_t *hosts, *classes;
};

/* The children of a bucket while its text is written. */
struct items {
	struct sb_buf list;
	double weight;
};

static void add_item(struct items *items, const char *name, double weight)
{
	sb_buf_addf(&items->list, "\titem %s weight %.5f\n", name, weight);
	items->weight += weight;
}

static void add_bucket(const struct text *text, const struct pve_bucket *bucket,
		       struct items *items)
{
	sb_buf_addf(text->out, "%s %s {\n\tid %d\t\t# do not change unnecessarily\n", bucket->type,
		    bucket->name, pve_bucket_id(bucket, NULL));
	for (int i = 0; pve_ceph_classes[i]; i++)
		if (json_object_get(text->classes, pve_ceph_classes[i]))
			sb_buf_addf(
				text->out, "\tid %d class %s\t\t# do not change unnecessarily\n",
				pve_bucket_id(bucket, pve_ceph_classes[i]), pve_ceph_classes[i]);
	sb_buf_addf(text->out, "\t# weight %.5f\n\talg straw2\n\thash 0\t# rjenkins1\n%s}\n",
		    items->weight, sb_buf_str(&items->list));
	sb_buf_finish(&items->list);
}

static double add_host(const struct text *text, const struct pve_node *node)
{
	struct pve_bucket bucket = {"host", node->name, PVE_CEPH_RACKS + node->id};
	struct items items = {SB_BUF_INIT(4 << 20), 0};
	json_t *osd;
	size_t i;

	json_array_foreach (json_object_get(text->hosts, node->name), i, osd)
		add_item(&items, pve_ceph_text(osd, "name"),
			 json_number_value(json_object_get(osd, "weight")));
	add_bucket(text, &bucket, &items);
	return items.weight;
}

/* Add a rack after its hosts, because the text has each bucket before those that name it. */
static void add_rack(const struct text *text, unsigned rack, struct items *root)
{
	struct items items = {SB_BUF_INIT(4 << 20), 0};
	char name[16];
	struct pve_bucket bucket = {"rack", name, rack};

	snprintf(name, sizeof(name), "rack%u", rack);
	for (size_t i = 0; i < text->pve->n_nodes; i++) {
		const struct pve_node *node = &text->pve->nodes[i];

		if (pve_ceph_rack(node) == rack && json_object_get(text->hosts, node->name))
			add_item(&items, node->name, add_host(text, node));
	}
	if (items.list.len) {
		add_item(root, name, items.weight);
		add_bucket(text, &bucket, &items);
	}
}

static void add_buckets(const struct text *text)
{
	struct pve_bucket bucket = {"root", "default", 0};
	struct items items = {SB_BUF_INIT(1 << 20), 0};

	sb_buf_add(text->out, "\n# buckets\n");
	for (unsigned rack = 1; rack <= PVE_CEPH_RACKS; rack++)
		add_rack(text, rack, &items);
	add_bucket(text, &bucket, &items);
}

static void add_devices(struct sb_buf *out, const struct lab_pve *pve)
{
	struct pve_ceph_sums sums = {0};
	struct pve_osd osd = {.sums = &sums, .id = -1};

	sb_buf_add(out, "\n# devices\n");
	while (pve_ceph_next_osd(pve, &osd))
		if (pve_osd_is_placed(&osd))
			sb_buf_addf(out, "device %d osd.%d class %s\n", osd.id, osd.id,
				    pve_ceph_text(osd.own, "class"));
}

static void add_rules(struct sb_buf *out, const struct pve_ceph *ceph)
{
	const char *name;
	json_t *rule;

	sb_buf_add(out, "\n# rules\n");
	json_object_foreach (ceph->rules, name, rule) {
		const char *type = pve_ceph_text(rule, "type"),
			   *class = pve_ceph_text(rule, "class"),
			   *domain = pve_ceph_text(rule, "domain");
		bool is_erasure = sb_streq(type, "erasure"), is_osd = sb_streq(domain, "osd");

		sb_buf_addf(out, "rule %s {\n\tid %d\n\ttype %s\n", name,
			    (int)pve_ceph_int(rule, "id"), type);
		if (is_erasure)
			sb_buf_add(out,
				   "\tstep set_chooseleaf_tries 5\n\tstep set_choose_tries 100\n");
		sb_buf_addf(out, "\tstep take default%s%s\n", *class ? " class " : "", class);
		sb_buf_addf(out, "\tstep %s %s 0 type %s\n\tstep emit\n}\n",
			    is_osd ? "choose" : "chooseleaf", is_erasure ? "indep" : "firstn",
			    domain);
	}
}

void pve_answer_ceph_crush(struct pve_call *call)
{
	sb_autobuf out = SB_BUF_INIT(16 << 20);
	sb_autojson *map = pve_ceph_map(call->pve);
	struct text text = {&out, call->pve, json_object_get(map, "hosts"),
			    json_object_get(map, "classes")};

	if (!pve_ceph_reach(call))
		return;
	sb_buf_add(&out, "# begin crush map\n"
			 "tunable choose_local_tries 0\n"
			 "tunable choose_local_fallback_tries 0\n"
			 "tunable choose_total_tries 50\n"
			 "tunable chooseleaf_descend_once 1\n"
			 "tunable chooseleaf_vary_r 1\n"
			 "tunable chooseleaf_stable 1\n"
			 "tunable straw_calc_version 1\n"
			 "tunable allowed_bucket_algs 54\n");
	add_devices(&out, call->pve);
	sb_buf_add(&out, "\n# types\n"
			 "type 0 osd\ntype 1 host\ntype 2 chassis\ntype 3 rack\ntype 4 row\n"
			 "type 5 pdu\ntype 6 pod\ntype 7 room\ntype 8 datacenter\ntype 9 zone\n"
			 "type 10 region\ntype 11 root\n");
	add_buckets(&text);
	add_rules(&out, call->pve->ceph);
	sb_buf_add(&out, "\n# end crush map\n");
	pve_ok(call, json_string(sb_buf_str(&out)));
}

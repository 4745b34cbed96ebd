/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox-lab: a simulated NetBox and simulated Proxmox VE endpoints on loopback. */
#include <errno.h>
#include <getopt.h>

#include "front/dir.h"
#include "front/front.h"

enum { EXIT_USAGE = 64, EXIT_UNREACHABLE = 69 };
enum { ENDPOINTS_MAX = 64, GUESTS_MAX = 100000, TIMES_MAX = 1000000 };

static const char usage[] =
	"usage: stagebox-lab up --dir D [--seed S] [--guests N] [--endpoints K] [--pve 8|9]\n"
	"                    [--netbox 4.5|4.6|4.7] [--legacy proxbox|proxbox-fields|ssot|people]\n"
	"                    [--plugins NAME[=VERSION],...] [--tls] [--format text|json]\n"
	"       stagebox-lab status --dir D [--format text|json]\n"
	"       stagebox-lab ctl --dir D COMMAND [--format text|json]\n"
	"       stagebox-lab dump --dir D [--branch NAME] [--no-ids]\n"
	"       stagebox-lab down --dir D\n"
	"       stagebox-lab words\n"
	"\n"
	"--legacy: fill NetBox as another tool leaves it: netbox-proxbox with its plugin, an old\n"
	"netbox-proxbox with custom fields only, netbox-ssot, or entries made by hand\n"
	"--plugins: custom-objects, branching\n"
	"\n"
	"commands of ctl; a KEY is ENDPOINT/qemu/VMID, ENDPOINT/lxc/VMID or ENDPOINT/node/NAME,\n"
	"ENDPOINT/pool/NAME, ENDPOINT/ha/vm:VMID, ENDPOINT/ha-rule/NAME (9) or\n"
	"ENDPOINT/ha-group/NAME (8), with set also ENDPOINT/options, ENDPOINT/zone/NAME and\n"
	"ENDPOINT/vnet/NAME, ENDPOINT/ceph/... (see `stagebox-lab words`), and\n"
	"netbox/plugin/custom-objects, netbox/plugin/branching:\n"
	"  set KEY FIELD=VALUE...    add KEY    rm KEY    move KEY NODE    churn PERCENT    show\n"
	"  shuffle SEED              change the order of lists; 0 = the normal order\n"
	"  grant PRIVILEGE [ENDPOINT], revoke PRIVILEGE [ENDPOINT]\n"
	"                            any privilege of Proxmox VE, at one endpoint or all:\n"
	"                            VM.PowerMgmt of the write token, others of the token; or a\n"
	"                            permission of NetBox, like dcim.view_device\n"
	"  answer SERVER PATH FILE [--times N]   what SERVER answers for PATH until `clear`; FILE\n"
	"                            is {\"status\": 500, \"body\": JSON or \"text\": TEXT,\n"
	"                            \"method\": \"GET\"}, each member optional\n"
	"  answer SERVER PATH        ends that;  answers  lists them\n"
	"  fault SERVER KIND [ARG] [--times N] [--path WORD]\n"
	"      until `clear`, or for N requests; SERVER is netbox or the slug of an endpoint;\n"
	"      --path: only requests whose path contains WORD (kinds for any server, and of\n"
	"      tasks)\n"
	"      any server: drop, truncate, stall [SECONDS], 403, 429, 500, 502, garbage,\n"
	"                  clock-skew SECONDS (in the header Date), and after the request was\n"
	"                  handled: lose-answer (the connection is closed), 596\n"
	"      endpoint: node-offline NODE, node-frozen NODE, daemon-stopped, pmxcfs-stopped,\n"
	"                pvestatd-stopped [expired], active-flaps,\n"
	"                permission-filter, no-sys-audit, no-sdn-audit, empty-resources,\n"
	"                agent-hang VMID,\n"
	"                no-access VMID (the role NoAccess hides the guest),\n"
	"                token-expired, write-token-expired, needs-tfa (of logins), no-quorum,\n"
	"                old-version, crm-stopped (HA requests are only stored),\n"
	"                may-write (the token has the role PVEAdmin)\n"
	"      tasks of an endpoint, where N counts tasks: task-slow SECONDS, task-hang (until\n"
	"                `clear`), task-fail TEXT, task-warn TEXT, task-die (without a result)\n"
	"      netbox: short-page [WORD IN THE PATH], token-expired, reject-name NAME,\n"
	"              choices APP.MODEL.FIELD=VALUE,... (FIELD_CHOICES),\n"
	"              refuse APP.MODEL.FIELD=VALUE:HOW (a validator; HOW: all, quote, field, "
	"500),\n"
	"              read-only, deny APP.ACTION_MODEL, hide APP.MODEL=PART-OF-THE-NAME,\n"
	"              and of the worker that carries out the jobs of branches: no-worker,\n"
	"              slow-worker MS, worker-dies (the next job), provision-fails;\n"
	"              exempt APP.MODEL or APP.* (objects that branches have in common with\n"
	"              main), not-apart APP.MODEL (the same, without saying so)\n"
	"      stall handles the request immediately and delays the answer; with --times, the\n"
	"      kinds listed under endpoint and netbox end after N answers of that server\n"
	"  plug KEY                  connect a cable to a device interface in NetBox, by its key\n"
	"  hold-write K commit|drop  freeze the K-th write to NetBox from now; 0.5 s after its\n"
	"                            client has disconnected, commit or drop it\n"
	"  clear                     end all faults, answers, shuffles and holds; hanging tasks "
	"go\n"
	"                            on\n";

struct options {
	const char *dir, *netbox, *path, *legacy, *plugins, *branch;
	uint64_t seed;
	long guests; /* -1 = the default of each endpoint */
	unsigned endpoints, pve, times;
	json_t *file; /* contents of the FILE of `ctl answer` */
	bool tls, as_json, no_ids, help;
};

static bool parse_number(const char *text, unsigned long long max, unsigned long long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !errno && end != text && !*end && *text != '-' && *ret <= max;
}

/* One of a list of words, or NULL. */
static const char *one_of(const char *text, const char *const *words)
{
	for (; *words; words++) {
		if (sb_streq(*words, text))
			return *words;
	}
	return NULL;
}

static bool take_option(struct options *options, int letter, const char *value)
{
	static const char *const formats[] = {"text", "json", NULL};
	static const char *const versions[] = {"4.5", "4.6", "4.7", NULL};
	static const char *const tools[] = {"proxbox", "proxbox-fields", "ssot", "people", NULL};
	unsigned long long n = 0;
	bool good = true;

	switch (letter) {
	case 'd': options->dir = value; break;
	case 's':
		good = parse_number(value, INT64_MAX, &n);
		options->seed = n;
		break;
	case 'g':
		good = parse_number(value, GUESTS_MAX, &n);
		options->guests = (long)n;
		break;
	case 'e':
		good = parse_number(value, ENDPOINTS_MAX, &n) && n > 0;
		options->endpoints = (unsigned)n;
		break;
	case 'p':
		good = parse_number(value, 9, &n) && n >= 8;
		options->pve = (unsigned)n;
		break;
	case 'x':
		good = parse_number(value, TIMES_MAX, &n) && n > 0;
		options->times = (unsigned)n;
		break;
	case 'n': good = (options->netbox = one_of(value, versions)) != NULL; break;
	case 'l': good = (options->legacy = one_of(value, tools)) != NULL; break;
	case 'f':
		good = one_of(value, formats) != NULL;
		options->as_json = sb_streq(value, "json");
		break;
	case 'u': options->plugins = value; break;
	case 'w': options->path = value; break;
	case 'b': options->branch = value; break;
	case 't': options->tls = true; break;
	case 'i': options->no_ids = true; break;
	case 'h': options->help = true; break;
	default: return false; /* getopt has printed the error */
	}
	if (!good)
		fprintf(stderr, "stagebox-lab: invalid value of an option: %s\n", value);
	return good;
}

static bool parse_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{"dir", required_argument, NULL, 'd'},
		{"seed", required_argument, NULL, 's'},
		{"guests", required_argument, NULL, 'g'},
		{"endpoints", required_argument, NULL, 'e'},
		{"pve", required_argument, NULL, 'p'},
		{"netbox", required_argument, NULL, 'n'},
		{"legacy", required_argument, NULL, 'l'},
		{"plugins", required_argument, NULL, 'u'},
		{"branch", required_argument, NULL, 'b'},
		{"times", required_argument, NULL, 'x'},
		{"path", required_argument, NULL, 'w'},
		{"tls", no_argument, NULL, 't'},
		{"no-ids", no_argument, NULL, 'i'},
		{"format", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		if (!take_option(options, letter, optarg))
			return false;
	}
	return true;
}

static int usage_error(const char *why)
{
	fprintf(stderr, "stagebox-lab: %s. Run `stagebox-lab --help` for the commands.\n", why);
	return EXIT_USAGE;
}

static int main_up(const struct options *options)
{
	struct lab_plan plan = {.seed = options->seed,
				.pve_major = options->pve,
				.netbox_version = options->netbox,
				.legacy = options->legacy,
				.plugins = options->plugins,
				.tls = options->tls};
	int rc = 1;

	if (lab_file_make_dirs(options->dir) == 0)
		plan.dir = lab_file_enter(options->dir);
	if (!plan.dir)
		fprintf(stderr, "stagebox-lab: cannot use the directory %s: %s\n", options->dir,
			strerror(errno));
	else if (lab_plan_fill(&plan, options->endpoints, options->guests) == 0)
		rc = lab_up(&plan, options->as_json);
	lab_plan_finish(&plan);
	return rc;
}

/* Send a command to the running lab; print the error on failure. New reference or NULL. */
static json_t *ask_lab(const struct options *options, char **args, int n_args, int *ret_code)
{
	json_t *list = json_array(), *answer;
	sb_autojson *request = NULL;
	const char *why;
	int i;

	for (i = 0; i < n_args; i++)
		json_array_append_new(list, json_string(args[i]));
	request = json_pack("{s:o,s:I,s:s*,s:b,s:O*,s:s*}", "args", list, "times",
			    (json_int_t)options->times, "path", options->path, "no_ids",
			    options->no_ids, "file", options->file, "branch", options->branch);
	answer = lab_control_call(options->dir, request);
	if (!answer) {
		fprintf(stderr,
			"stagebox-lab: no lab is running in %s. Start it with `stagebox-lab up`.\n",
			options->dir);
		*ret_code = EXIT_UNREACHABLE;
		return NULL;
	}
	why = json_string_value(json_object_get(answer, "error"));
	if (why) {
		fprintf(stderr, "stagebox-lab: %s\n", why);
		json_decref(answer);
		*ret_code = EXIT_USAGE;
		return NULL;
	}
	*ret_code = 0;
	return answer;
}

static void print_sorted(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	printf("\n");
}

/* The lab runs in another folder, so that this process reads the FILE of `answer`. */
static json_t *read_answer(const char *path)
{
	json_error_t error;
	json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

	if (!file && error.line > 0)
		fprintf(stderr, "stagebox-lab: %s is not JSON: line %d: %s\n", path, error.line,
			error.text);
	else if (!file)
		fprintf(stderr, "stagebox-lab: cannot read %s: %s\n", path, error.text);
	return file;
}

static int main_ctl(const struct options *options, char **args, int n_args)
{
	sb_autojson *answer = NULL, *file = NULL;
	struct options own = *options;
	json_t *changed, *show;
	int rc;

	if (n_args < 1)
		return usage_error("ctl needs a command");
	if (sb_streq(args[0], "answer") && n_args == 4) {
		own.file = file = read_answer(args[3]);
		if (!file)
			return EXIT_USAGE;
	}
	answer = ask_lab(&own, args, n_args, &rc);
	if (!answer)
		return rc;
	changed = json_object_get(answer, "changed");
	show = json_object_get(answer, "show");
	if (options->as_json)
		json_dumpf(answer, stdout, JSON_COMPACT);
	else if (show)
		json_dumpf(show, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
	else if (changed)
		printf("%lld guests changed", (long long)json_integer_value(changed));
	else
		printf("%s: done", args[0]);
	printf("\n");
	return 0;
}

static int main_dump(const struct options *options)
{
	char *args[] = {(char[]){"dump"}};
	sb_autojson *answer = NULL;
	int rc;

	answer = ask_lab(options, args, 1, &rc);
	if (answer)
		print_sorted(json_object_get(answer, "dump"));
	return rc;
}

static int main_status(const struct options *options)
{
	char *args[] = {(char[]){"status"}};
	sb_autojson *answer = NULL;
	int rc;

	if (!lab_pids_running(options->dir)) {
		if (options->as_json)
			printf("{\"running\": false}\n");
		else
			printf("No lab is running in %s.\n", options->dir);
		return 0;
	}
	answer = ask_lab(options, args, 1, &rc);
	if (!answer)
		return rc;
	json_object_del(answer, "ok");
	json_object_del(answer, "done");
	lab_print_status(answer, options->as_json);
	return 0;
}

int main(int argc, char **argv)
{
	struct options options = {
		.seed = 1, .guests = -1, .endpoints = 2, .pve = 9, .netbox = "4.7"};
	const char *verb;

	if (!parse_options(&options, argc, argv))
		return EXIT_USAGE;
	if (options.help || (optind < argc && sb_streq(argv[optind], "help"))) {
		printf("%s", usage);
		return 0;
	}
	if (optind >= argc)
		return usage_error("no command given");
	verb = argv[optind++];
	if (sb_streq(verb, "words") && optind == argc) {
		lab_command_words();
		return 0;
	}
	if (!options.dir)
		return usage_error("the option --dir is missing");
	if (sb_streq(verb, "ctl"))
		return main_ctl(&options, argv + optind, argc - optind);
	if (optind < argc)
		return usage_error("too many arguments");
	if (sb_streq(verb, "up"))
		return main_up(&options);
	if (sb_streq(verb, "status"))
		return main_status(&options);
	if (sb_streq(verb, "dump"))
		return main_dump(&options);
	if (sb_streq(verb, "down"))
		return lab_down(options.dir);
	return usage_error("unknown command");
}

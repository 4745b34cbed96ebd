/* SPDX-License-Identifier: Apache-2.0 */
/* A recording from anybody: read, its configuration checked, its answers indexed and given. */
#include "conf/conf.h"
#include "fuzz.h"
#include "model/recording.h"
#include "net/io.h"
#include "stagebox/json.h"

static void ignore_answer(void *arg, const struct sb_io_answer *answer)
{
	(void)arg;
	(void)answer;
}

static void ask_each_line(const json_t *lines)
{
	struct sb_io *io = NULL;
	const json_t *line;
	size_t i;

	if (sb_io_replay_create(lines, 1790000000, &io, NULL) < 0)
		return;
	json_array_foreach (lines, i, line) {
		struct sb_io_request request = {
			.server = sb_json_str(line, "server"),
			.method = sb_json_str(line, "method"),
			.path = sb_json_str(line, "path"),
		};

		io->ops->send(io, &request, ignore_answer, io, NULL);
	}
	io->ops->wait(io, 0, NULL);
	sb_io_destroy(io);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size), *slug;
	sb_autojson *slugs = NULL, *parts = NULL;
	json_t *part;

	if (!path || sb_recording_read(path, &slugs, &parts, NULL) < 0)
		return 0;
	json_object_foreach (parts, slug, part) {
		sb_autojson *conf = NULL;

		sb_conf_recorded(json_object_get(json_object_get(part, "inputs"), "conf"), NULL,
				 &conf, NULL);
		ask_each_line(json_object_get(part, "lines"));
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file: read, checked, written back. */
#include <stdlib.h>

#include "conf/conf.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	sb_autojson *conf = NULL;
	sb_autofree char *text = NULL;

	if (path && sb_conf_load_all(path, &conf, NULL, NULL) == 0)
		text = sb_conf_dump(conf, NULL);
	return 0;
}

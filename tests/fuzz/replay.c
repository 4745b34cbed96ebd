/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target on each file of its corpus and prints TAP: without clang, and in every ./dev
 * test. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static uint8_t *read_bytes(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	uint8_t *data = malloc(1 << 20);

	*ret_size = file && data ? fread(data, 1, 1 << 20, file) : 0;
	if (file)
		fclose(file);
	return data;
}

int main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : FUZZ_CORPUS;
	struct dirent **names = NULL;
	int n = scandir(folder, &names, NULL, alphasort), i, done = 0;

	for (i = 0; i < n; i++) {
		char path[4096];
		uint8_t *data;
		size_t size;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_name[0] != '.') {
			data = read_bytes(path, &size);
			if (data)
				LLVMFuzzerTestOneInput(data, size);
			free(data);
			printf("ok %d - %s\n", ++done, names[i]->d_name);
			fflush(stdout);
		}
		free(names[i]);
	}
	free(names);
	printf("%s1..%d\n", done ? "" : "not ok 1 - the corpus is not empty\n", done ? done : 1);
	return done ? 0 : 1;
}

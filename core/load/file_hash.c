/* SPDX-License-Identifier: Apache-2.0 */
#include "load/file_hash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

int sb_file_hash(const char *path, char ret_hex[SB_FILE_HASH_CHARS + 1], struct sb_error *err)
{
	unsigned char bytes[16384], hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	FILE *file = fopen(path, "re");
	bool has_failed;
	size_t n;

	if (!file)
		return sb_fail(err, SB_E_CONFIG, "%s: %s", path, strerror(errno));
	crypto_hash_sha256_init(&state);
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		crypto_hash_sha256_update(&state, bytes, n);
	has_failed = ferror(file);
	fclose(file);
	if (has_failed)
		return sb_fail(err, SB_E_CONFIG, "%s: reading it failed", path);
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(ret_hex, SB_FILE_HASH_CHARS + 1, hash, sizeof(hash));
	return 0;
}

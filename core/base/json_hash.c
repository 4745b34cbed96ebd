/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_hash.h"

#include <string.h>

#include <sodium.h>

#include "stagebox/json.h"

enum { DIGEST_CHARS = 32 };

/* A plan of a large site has hundreds of megabytes as a text: it is hashed as it is written. */
static int add_text(const char *text, size_t len, void *arg)
{
	crypto_hash_sha256_update(arg, (const unsigned char *)text, len);
	return 0;
}

int sb_json_hash(const json_t *value, char ret_hash[SB_JSON_HASH_CHARS + 1], struct sb_error *err)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	if (json_dump_callback(value, add_text, &state,
			       JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(ret_hash, SB_JSON_HASH_CHARS + 1, hash, sizeof(hash));
	return 0;
}

bool sb_json_hash_is(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && json_string_length(value) == SB_JSON_HASH_CHARS &&
	       strspn(text, "0123456789abcdef") == SB_JSON_HASH_CHARS;
}

json_t *sb_json_digest(const json_t *value)
{
	char hash[SB_JSON_HASH_CHARS + 1];

	return sb_json_hash(value, hash, NULL) < 0 ? NULL : json_stringn(hash, DIGEST_CHARS);
}

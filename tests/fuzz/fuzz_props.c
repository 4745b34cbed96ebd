/* SPDX-License-Identifier: Apache-2.0 */
/* Property strings and other texts of a guest: "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=5". */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "stagebox/guest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sb_autofree char *text = malloc(size + 1), *host = NULL;
	sb_autojson *props = NULL;
	struct sb_guest_ip ip;
	const char *space;
	char mac[18];
	int64_t mib;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	props = sb_guest_props(text, size && data[0] & 1 ? "model" : NULL);
	sb_guest_size_mib(text, &mib);
	sb_guest_mac(text, mac);
	space = strchr(text, ' ');
	host = sb_guest_dns(text, space ? space + 1 : NULL);
	if (sb_guest_ip_parse(text, size ? data[size - 1] : 0, &ip)) {
		sb_guest_ip_is_local(&ip);
		sb_guest_ip_refused(&ip);
	}
	return 0;
}

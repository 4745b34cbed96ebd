/* SPDX-License-Identifier: Apache-2.0 */
/* A session with NetBox over answers of a test, for tests of core/netbox. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_io.h"
#include "netbox/client.h"

static SB_UNUSED void session_open(struct fake_io **ret_fake, struct sb_http **ret_http,
				   struct sb_netbox **ret_netbox)
{
	*ret_fake = fake_io_create();
	assert_int_equal(sb_http_create(fake_io_io(*ret_fake), ret_http, NULL), 0);
	assert_int_equal(sb_netbox_create(*ret_http, ret_netbox, NULL), 0);
}

static SB_UNUSED void session_close(struct fake_io *fake, struct sb_http *http,
				    struct sb_netbox *netbox)
{
	sb_netbox_destroy(netbox);
	sb_http_destroy(http);
	sb_io_destroy(fake_io_io(fake));
}

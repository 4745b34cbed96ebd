/* SPDX-License-Identifier: Apache-2.0 */
/* Logins of the real transport. */
#pragma once

#include "net/io.h"

struct transfer;

/* The state of one server's login. */
struct curl_login {
	struct sb_io_login how; /* its texts are ours */
	struct sb_io_grant grant;
	bool is_granted;
	int64_t granted_ms;
	unsigned serial;         /* of the grant */
	struct transfer *asking; /* the login in flight */
	bool by_renewal;         /* made with the renewal, not the password */
};

int sb_login_create(const struct sb_io_login *how, struct curl_login **ret_login,
		    struct sb_error *err);
void sb_login_destroy(struct curl_login *login);

/** Send a listed transfer of a server with a login: at once when there is a grant, else after the
 * login that this call starts. */
int sb_login_send(struct transfer *transfer, struct sb_error *err);

/** After a 401 log in once more and repeat the transfer. False: deliver the 401. */
bool sb_login_again(struct transfer *transfer);

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
	struct transfer *asking; /* the login under way */
	bool by_renewal;         /* it was made without the password */
};

int sb_login_create(const struct sb_io_login *how, struct curl_login **ret_login,
		    struct sb_error *err);
void sb_login_destroy(struct curl_login *login);

/** Send a transfer of a server with a login: at once when there is a grant, else after the login
 * that this begins. The transfer is in the owner's list. */
int sb_login_send(struct transfer *transfer, struct sb_error *err);

/** An answer 401 came to a grant: log in once more and repeat. False: it is the answer. */
bool sb_login_again(struct transfer *transfer);

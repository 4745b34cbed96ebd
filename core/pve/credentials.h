/* SPDX-License-Identifier: Apache-2.0 */
/* Authentication: API token, or user and password for a ticket. */
#pragma once

#include "net/io.h"

/** Has a token the form user@realm!name=uuid? SB_E_AUTH names the fault, without the token. */
int sb_pve_token_check(const char *token, struct sb_error *err);

/**
 * The login of user@realm by password: POST /access/ticket, cookie and CSRF token, renewed with the
 * ticket itself before its two hours are over.
 *
 * @user, @password  borrowed; must outlive ret_login
 */
void sb_pve_login(const char *user, const char *password, struct sb_io_login *ret_login);

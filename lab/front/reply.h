/* SPDX-License-Identifier: Apache-2.0 */
/* Send the answer of a simulator. */
#pragma once

#include <microhttpd.h>

struct lab_answer;
struct lab_exchange;

/** Log the answer of this exchange and hand it to the listener; MHD_NO closes the connection. */
enum MHD_Result lab_reply_send(struct lab_exchange *exchange);

/** Put a body that is not JSON and its status into the answer. */
void lab_reply_text(struct lab_answer *answer, int status, const char *type, const char *text);

/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the io seam that all implementations share. */
#include "net/io.h"

void sb_io_destroy(struct sb_io *io)
{
	if (io)
		io->ops->destroy(io);
}

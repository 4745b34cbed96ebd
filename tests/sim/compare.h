/* SPDX-License-Identifier: Apache-2.0 */
/* The comparison of the two worlds of a history when faults have ended. */
#pragma once

#include "history.h"

/**
 * Compare the NetBox of both worlds, without ids and times; notes the first difference, and all in
 * the story. Only these differences are right:
 *
 * 1. The disturbed world may lack shared objects (VLANs, tags, ...) that only guests or values
 *    needed which no undisturbed run has seen: shared objects are not deleted.
 *    A tag that no object of a living guest has keeps the color that a run gave it which could not
 * read it.
 * 2. Without pruning, objects of a guest that has gone, with those of people at it, stay as the
 * last run saw them, which may be never. An address that a guest shares with such an object keeps
 * the role of shared ones, and one that such a guest had of people is given back only if a run saw
 * it without the address.
 * 3. A primary address stays as long as it is one of the candidates, so that another address of the
 *    same guest or node with the same role may be the primary one.
 * 4. Of guests with one name, the one that has it in NetBox keeps it, which may be another one.
 * 5. An address of people that several guests report is adopted by the one that was seen first, and
 *    NetBox does not allow a second one, so that the others have no such address.
 * 6. When people delete a guest, the addresses of people that it had go with it, and are ours when
 *    they are made again; in the other world the guest may not have had them yet.
 * 7. An address of people that was given back keeps the DNS name that its guest gave it, also when
 *    another guest adopts it afterwards.
 * 8. Numbers that change by themselves are those of the run that changed something else of their
 *    object, and an entry of the journal is lost with its run.
 */
void sim_compare(struct sim_history *history);

/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a branch of NetBox that a run made. Each word is in the store before the step that
 * it names is taken, so that the next run knows what a killed one may have done. */
#pragma once

#define SB_BRANCH_CREATE    "create"    /* it is about to be created: NetBox may have it */
#define SB_BRANCH_MADE      "made"      /* NetBox has it, and provisions it */
#define SB_BRANCH_WRITES    "writes"    /* the run writes into it */
#define SB_BRANCH_WRITTEN   "written"   /* everything was written: it is to be merged */
#define SB_BRANCH_OPEN      "open"      /* left to people */
#define SB_BRANCH_MERGE     "merge"     /* its merge is about to be asked for */
#define SB_BRANCH_MERGING   "merging"   /* a job of NetBox merges it */
#define SB_BRANCH_MERGED    "merged"    /* its objects are in main */
#define SB_BRANCH_REVERT    "revert"    /* its revert is about to be asked for */
#define SB_BRANCH_REVERTING "reverting" /* a job of NetBox reverts it */
#define SB_BRANCH_REVERTED                                                                         \
	"reverted"                /* main is as before the merge, and the branch is open again */
#define SB_BRANCH_DELETE "delete" /* it is about to be deleted */
#define SB_BRANCH_GONE   "gone"   /* NetBox does not have it any more: the row ends */

/* For readers of a record: NetBox does not have it any more. */
#define SB_BRANCH_DELETED "deleted"

/** All of them, for checks; NULL at the end. */
#define SB_BRANCH_STEPS                                                                            \
	SB_BRANCH_CREATE, SB_BRANCH_MADE, SB_BRANCH_WRITES, SB_BRANCH_WRITTEN, SB_BRANCH_OPEN,     \
		SB_BRANCH_MERGE, SB_BRANCH_MERGING, SB_BRANCH_MERGED, SB_BRANCH_REVERT,            \
		SB_BRANCH_REVERTING, SB_BRANCH_REVERTED, SB_BRANCH_DELETE, SB_BRANCH_GONE, NULL

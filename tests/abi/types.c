/* SPDX-License-Identifier: Apache-2.0 */
/* One function that takes each struct of a module, so that a description of the ABI has them all:
 * some are reached by no function of the library, because the library calls the module for them. */
#include "stagebox/adopt.h"
#include "stagebox/conf.h"
#include "stagebox/guest.h"
#include "stagebox/json.h"
#include "stagebox/kind.h"
#include "stagebox/log.h"
#include "stagebox/module.h"
#include "stagebox/netbox.h"
#include "stagebox/pve.h"
#include "stagebox/reconcile.h"
#include "stagebox/record.h"
#include "stagebox/snap.h"
#include "stagebox/source.h"
#include "stagebox/write.h"

void take_types(const struct sb_module *module, const struct sb_opt *opt,
		const struct sb_stage *stage, const struct sb_read *read,
		const struct sb_write *write, const struct sb_need *need,
		const struct sb_kind *kind, const struct sb_kind_field *kind_field,
		const struct sb_kind_keep *keep, const struct sb_field *field,
		const struct sb_adopt_rule *rule, const struct sb_adopt_part *part,
		const struct sb_adopt_check *check, const struct sb_reconcile *reconcile,
		const struct sb_error *error, sb_module_entry_fn *entry, sb_answer_fn *answer,
		sb_row_fn *row, sb_nb_row_fn *nb_row, enum sb_field_traits trait,
		enum sb_kind_flags kind_flag, enum sb_reconcile_flags flag, enum sb_rc rc,
		const struct sb_action *action, const struct sb_pve_writer *writer,
		enum sb_op_outcome outcome)
{
	(void)module, (void)opt, (void)stage, (void)read, (void)write, (void)need, (void)kind;
	(void)kind_field, (void)keep, (void)field, (void)rule, (void)part, (void)check;
	(void)reconcile, (void)error, (void)entry, (void)answer, (void)row, (void)nb_row;
	(void)trait, (void)kind_flag, (void)flag, (void)rc, (void)action, (void)writer;
	(void)outcome;
}

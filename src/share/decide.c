#include "share/share_priv.h"

FnQuestion
fn_question(const FnAsked *asked)
{
	return (FnQuestion){
		.certificate = asked->certificate,
		.system = asked->system != NULL ? &asked->system->policy : NULL,
		.grant = asked->grant != NULL ? &asked->grant->policy : NULL,
		.resource = asked->resource != NULL ? &asked->resource->policy : NULL,
		.grant_id = asked->stated.grant,
		.mode = asked->mode,
		.purpose = asked->stated.purpose,
		.case_number = asked->stated.case_number,
		.operator_account = asked->stated.operator_account,
		.operators_known = asked->system != NULL ? asked->system->operators : NULL,
		.fields = asked->fields,
		.now = asked->now,
		.used_today = asked->used_today,
		.wanted = asked->wanted,
	};
}

/*
 * visible: the one condition that decides which documents a person may see, for every query that shows any: `d` is the document, `me`
 * the account. Within his organ a person sees what he wrote, reviews, is asked to sign, or was assigned to himself or his unit; what his unit drafted or leads; and
 * by role: leaders and clerks everything but other people's unfinished drafts, archivists the same without state secrets.
 */
#ifndef CONGVAN_STORE_VISIBLE_H
#define CONGVAN_STORE_VISIBLE_H

#define VISIBLE                                                                                    \
	"(d.organ = me.organ AND (d.created_by = me.id OR d.reviewer = me.id OR d.leader = me.id OR d.cosigners ? me.id::text "                      \
	"OR (me.roles && CASE WHEN d.secrecy = 'none' THEN '{leader,clerk,archivist}'::text[] ELSE '{leader,clerk}'::text[] END " \
	"AND d.state NOT IN ('draft', 'under_review', 'returned', 'cancelled')) "                      \
	"OR (d.unit = me.unit AND d.secrecy = 'none' AND d.state <> 'draft') "                         \
	"OR EXISTS (SELECT 1 FROM assignment va WHERE va.document = d.id AND (va.account = me.id OR va.unit = me.unit))))"

/* What a list shows of a document; the view of one document has more (document.c). */
#define DOCUMENT_SHORT                                                                             \
	"'id', d.id, 'direction', d.direction, 'state', d.state, 'revision', d.revision, 'kind', d.kind, "              \
	"'kind_name', d.kind_name, 'code_number', d.code_number, 'code_notation', d.code_notation, "                    \
	"'notation', d.notation, 'issued_date', d.issued_date, 'issuer_code', d.issuer_code, "         \
	"'issuer_name', d.issuer_name, 'subject', d.subject, 'priority', d.priority, 'secrecy', d.secrecy, "            \
	"'due_date', d.due_date, 'deadline', d.deadline, 'arrival_number', d.arrival_number, "         \
	"'arrived_at', utc(d.arrived_at), 'signer_name', d.signer_name, 'receivers', d.receivers, 'unit', d.unit, "     \
	"'file_code', d.file_code, 'updated_at', utc(d.updated_at)"

#endif

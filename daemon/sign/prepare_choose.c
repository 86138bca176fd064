/* prepare_choose: what the wish means for this file of this document: the form of its signature, its look, its level, and whether it may have that key; see prepare_private.h. */
#include <string.h>

#include "daemon/flow/param.h"
#include "daemon/sign/level.h"
#include "daemon/sign/prepare_private.h"

const char *
prepare_level(const struct prepare *p)
{
	const char *level = store_text(p->wish, "level");

	if (level[0] == '\0')
		level = p->office->level;
	return level[0] != '\0' ? level : p->office->tsa_url[0] != '\0' ? "B-T" : "B-B";
}

/* The role of the move, unless the wish says otherwise; a copy and a stamp have the one look that makes them what they are. */
static enum status
choose_role(struct prepare *p)
{
	static const char *const roles[] = {"leader", "office", "attachment", "invisible"};
	const char *role = store_text(p->wish, "role");

	p->role = p->move->role;
	if (prepare_is_attachment(p)) { /* the leader signs what he sees on the main file; the office's signature is the block at the top right */
		p->role = strcmp(p->move->name, "seal") == 0 ? "attachment" : "invisible";
		return STATUS_OK;
	}
	if (role[0] == '\0' || strcmp(role, p->move->role) == 0)
		return STATUS_OK;
	for (size_t i = 0; !p->move->beside && i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(role, roles[i]) == 0) {
			p->role = roles[i];
			return STATUS_OK;
		}
	diag_error(p->diag, "signing.role", "role", role, p->move->beside ? p->move->role : "leader, office, attachment, invisible");
	return STATUS_INVALID;
}

/* The newest version of the main file, or of the attachment. */
static const json_t *
find_file(const struct prepare *p)
{
	const char *part = prepare_is_attachment(p) ? "attachment" : "main";
	const json_t *v, *found = NULL;
	size_t i;

	json_array_foreach(json_object_get(p->document.view, "versions"), i, v)
		if (strcmp(store_text(v, "part"), part) == 0 && (!prepare_is_attachment(p) || store_number(v, "part_number") == p->whole->attachment) &&
			(found == NULL || store_number(v, "ordinal") > store_number(found, "ordinal")))
			found = v;
	return found;
}

/* What is signed: the newest main file; of a trích sao the extract that was uploaded. A copy and a stamp are made of PDF only. */
static enum status
choose_base(struct prepare *p)
{
	const char *copy = store_text(p->wish, "copy"), *extract = store_text(json_object_get(p->wish, "extract"), "sha256");
	bool is_copy = strcmp(p->move->name, "copy") == 0, part = strcmp(copy, "trich-sao") == 0;

	p->file = p->form.grown != NULL ? p->form.grown : p->own;
	p->base_sha256 = store_text(p->file, "sha256");
	if (!p->move->beside)
		return STATUS_OK;
	if (strcmp(p->form.container->name, "pdf") != 0)
		diag_error(p->diag, "signing.pdf", "main", p->document.main_mime, "application/pdf");
	if (is_copy && copy[0] != '\0' && !part && strcmp(copy, "sao-y") != 0 && strcmp(copy, "sao-luc") != 0)
		diag_error(p->diag, "param.value", "copy", copy, "sao-y, sao-luc, trich-sao");
	if (is_copy && part != (extract[0] != '\0'))
		diag_add(p->diag, SEVERITY_ERROR, "signing.extract", "extract", extract, part ? "sha256" : "trich-sao", "Decree 30/2020 art. 25");
	else if (is_copy && part && !flow_is_digest(extract))
		diag_error(p->diag, "param.digest", "extract", extract, NULL);
	if (is_copy && part)
		p->base_sha256 = p->extract = extract;
	return diag_has_error(p->diag) ? STATUS_INVALID : STATUS_OK;
}

static enum status
check_level(struct prepare *p)
{
	const char *level = store_text(p->wish, "level");

	if (level[0] == '\0' || level_is_wish(level))
		return STATUS_OK;
	diag_error(p->diag, "signing.level", "level", level, "B-B, B-T, B-LT, B-LTA");
	return STATUS_INVALID;
}

/* A key may be used by the account it was given to: one key per leader, the office's by its clerk. */
static enum status
check_key(struct prepare *p)
{
	const char *key = store_text(p->wish, "key");

	if (key[0] != '\0' && strcmp(key, p->person->key_id) == 0)
		return STATUS_OK;
	diag_error(p->diag, "signing.key", "key", key, p->person->key_id);
	return key[0] == '\0' ? STATUS_INVALID : STATUS_DENIED;
}

static enum status
check_name(struct prepare *p)
{
	const char *other = prepare_is_attachment(p) && container_is_beside(p->form.container->name) ?
		container_name_taken(&p->document, p->own, p->form.container) : NULL;

	if (other != NULL)
		diag_error(p->diag, "signing.same-name", "attachments", other, NULL);
	return other != NULL ? STATUS_INVALID : STATUS_OK;
}

enum status
prepare_choose(struct prepare *p)
{
	enum status st;

	p->move = sign_move_find(store_text(p->wish, "move"));
	p->own = find_file(p);
	st = container_choose(&p->document, p->own, p->wish, prepare_is_attachment(p) ? p->office->attachment_container : "cms", &p->form, p->diag);
	if (st == STATUS_OK)
		st = check_name(p);
	if (st == STATUS_OK)
		st = choose_role(p);
	if (st == STATUS_OK)
		st = choose_base(p);
	if (st == STATUS_OK)
		st = check_level(p);
	return st == STATUS_OK ? check_key(p) : st;
}

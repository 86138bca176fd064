/* disagreement: see disagreement.h. */
#include "daemon/sign/disagreement.h"

#include <stdio.h>
#include <string.h>

#include "daemon/store/document.h"
#include "daemon/store/leaf.h"

bool
disagreement_text(const struct diag *diag, char *to, size_t size)
{
	size_t n = 0;

	to[0] = '\0';
	for (size_t i = 0; i < diag_count(diag); i++) {
		const struct finding *f = diag_at(diag, i);

		if (strcmp(f->code, DISAGREEMENT_CODE) != 0)
			continue;
		n = strlen(to);
		snprintf(to + n, size - n, "%s%s: %s (congvan: %s)", n > 0 ? "; " : "", f->where != NULL ? f->where : "",
			f->got != NULL ? f->got : "", f->want != NULL ? f->want : "");
	}
	return to[0] != '\0';
}

void
disagreement_write(struct act *act, const struct disagreement *d)
{
	json_t *fields = json_pack("{s:s,s:s,s:I,s:s}", "document", d->document, "signing", d->signing, "revision", (json_int_t)d->revision,
		"details", d->what);
	json_t *notice = json_pack("{s:s,s:s,s:s,s:[s,s],s:I,s:s}", "document", d->document, "organ", d->organ, "kind", "disagreement", "roles",
		"clerk", "admin", "revision", (json_int_t)d->revision, "state", "");
	struct leaf leaf = {0};

	if (fields != NULL && leaf_make("signing.disagreement", d->person, d->organ_code, fields, &leaf) == STATUS_OK)
		leaf_insert(act, &leaf, d->document, NULL, NULL);
	leaf_free(&leaf);
	if (notice != NULL)
		notify(act, notice, NULL, NULL);
	json_decref(fields);
	json_decref(notice);
}

/*
 * file_check: files that a person adds to a document are looked at by a worker before the act: what they are by their bytes (the MIME type that is stored), and
 * whether their names say the same. Programs, scripts and ruined files are refused; a name that lies is refused or shown, as office.file_lies says.
 */
#ifndef CONGVAN_API_FILE_CHECK_H
#define CONGVAN_API_FILE_CHECK_H

#include "daemon/api/write.h"

/*
 * files: array of objects with "sha256" and "name" (borrowed parts of w->body; takes the reference to the array). Each gets "mime" and "findings" (codes), whatever the client
 * had put there; without workers, and for files too large to be opened, neither: then the name decides. Ends in then(w), or refuses w with
 * all findings. Contents that are not there, or that the person may not name (daemon/store/holder.h), are content.missing.
 */
void file_check(struct api_write *w, json_t *files, void (*then)(struct api_write *w));

#endif

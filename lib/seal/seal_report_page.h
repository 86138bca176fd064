/*
 * seal_report_page: a verification report as a page for people, Vietnamese first, English beside it: what was judged, by what, what the verdict
 * rests on, and what would make each signature valid that is not. As plain text and as one HTML file without scripts or addresses to load.
 */
#ifndef CONGVAN_SEAL_SEAL_REPORT_PAGE_H
#define CONGVAN_SEAL_SEAL_REPORT_PAGE_H

#include "lib/base/message.h"
#include "lib/seal/seal.h"

/* `name`: of the file, as shown; may be NULL. Appends UTF-8 to `to`, whose maximum bounds it. */
enum status seal_report_text(const struct seal_report *r, const char *name, enum language lang, struct buf *to);

/* Both languages on one page. */
enum status seal_report_html(const struct seal_report *r, const char *name, struct buf *to);

#endif

/* web_api: the pages' files, read once into memory. */
#ifndef CONGVAN_API_WEB_API_H
#define CONGVAN_API_WEB_API_H

#include "daemon/api/api.h"

struct web;

/* STATUS_NOT_FOUND when a file of the list is missing (said in the log). */
enum status web_open(const char *dir, struct web **out);
void web_free(struct web *w);

#endif

/*
 * tsa: a timestamp query carried to the timestamp authorities of the configuration, one after the other until one answers. One that gave nothing is asked after the others for a while
 * (sign_office.tsa_rest_seconds): it costs the person who waits its whole time limit. None is ever left out.
 */
#ifndef CONGVAN_SIGN_TSA_H
#define CONGVAN_SIGN_TSA_H

#include "daemon/io/fetch.h"
#include "daemon/sign/sign.h"

/* As fetch_start; http is 200 with STATUS_OK. Without an authority: STATUS_UNAVAILABLE. request is copied. cb once, never inside. */
void tsa_ask(const struct sign_office *o, struct span request, fetch_cb cb, void *arg);

#endif

/* exchange_part: the exchange as a part of congvand (daemon/app.h): app->api.exchange for handlers, app->exchange for the work in the background. */
#ifndef CONGVAN_DAEMON_EXCHANGE_PART_H
#define CONGVAN_DAEMON_EXCHANGE_PART_H

struct app;

void exchange_start_part(struct app *app);
void exchange_stop_part(struct app *app);

#endif

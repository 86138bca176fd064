/* outside: the parts of congvand that reach other processes: outgoing HTTP, the signer, and what signing needs of both. */
#ifndef CONGVAN_DAEMON_OUTSIDE_H
#define CONGVAN_DAEMON_OUTSIDE_H

struct app;

/* Part "fetch": app->api.fetch. */
void fetch_start_part(struct app *app);
void fetch_stop_part(struct app *app);

/* Part "signer": app->api.sign, and app->log_signer, a link of its own for checkpoints, which must not wait behind a batch. */
void signer_start_part(struct app *app);
void signer_stop_part(struct app *app);

/* The queue that raises the level of signatures. */
void levels_start_part(struct app *app);
void levels_stop_part(struct app *app);

#endif

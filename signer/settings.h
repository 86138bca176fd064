/* settings: the signer's configuration, read once at start into a constant struct. */
#ifndef CONGVAN_SIGNER_SETTINGS_H
#define CONGVAN_SIGNER_SETTINGS_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/clock.h"
#include "lib/base/diag.h"
#include "lib/base/log.h"
#include "lib/base/status.h"

#define SETTINGS_CLIENTS 16
#define SETTINGS_PATH 256

struct settings {
	char name[128];           /* shown in HELLO */
	char origin[128];         /* of the evidence log whose checkpoints are signed */
	char data[SETTINGS_PATH]; /* folder of everything the signer writes */
	char keys[SETTINGS_PATH]; /* folder of ID.p12 and ID.pem */
	char socket[SETTINGS_PATH];
	bool drop; /* change to uid and gid when started as root */
	uid_t uid;
	gid_t gid;
	gid_t socket_gid;                /* group that may connect; (gid_t)-1: the signer's own */
	uid_t clients[SETTINGS_CLIENTS]; /* users that may ask, besides root and the signer's own */
	size_t client_count;
	unsigned pin_free;     /* wrong PINs before the delay begins */
	unsigned pin_most;     /* wrong PINs at which the key is locked */
	clock_us pin_delay;    /* first delay; doubles with each further wrong PIN */
	char modules[1024];        /* paths of PKCS#11 modules */
	char module_folders[1024]; /* what they read and write, besides */
	uint64_t record_bytes; /* size at which the signing record begins a new file */
	enum log_level log_level;
};

/* STATUS_INVALID, STATUS_NOT_FOUND with findings. */
enum status settings_read(const char *path, struct diag *diag, struct settings *out);

#endif

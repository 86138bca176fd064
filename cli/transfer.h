/* transfer: commands that move files: packets, versions, previews; and the stream of events. Command functions: see cli.h. */
#ifndef CONGVAN_CLI_TRANSFER_H
#define CONGVAN_CLI_TRANSFER_H

#include "cli/cli.h"

int transfer_search(struct cli *cli, const struct cli_args *args);
int transfer_packet(struct cli *cli, const struct cli_args *args);
int transfer_packet_get(struct cli *cli, const struct cli_args *args);
/* The carried medium: packets that wait for it are written to the folder; every packet in the folder is handed in. */
int transfer_export(struct cli *cli, const struct cli_args *args);
int transfer_import(struct cli *cli, const struct cli_args *args);
int transfer_attach(struct cli *cli, const struct cli_args *args);
int transfer_get(struct cli *cli, const struct cli_args *args);
int transfer_entries(struct cli *cli, const struct cli_args *args);
int transfer_take(struct cli *cli, const struct cli_args *args);
int transfer_passport(struct cli *cli, const struct cli_args *args);
int transfer_preview(struct cli *cli, const struct cli_args *args);
/* Number and date go into the file too: through the daemon's signings, without a key. */
int transfer_number(struct cli *cli, const struct cli_args *args);
int transfer_events(struct cli *cli, const struct cli_args *args);

#endif

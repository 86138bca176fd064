/* pool_spawn: see pool_spawn.h. */
#include "config.h"

#include "daemon/io/pool_spawn.h"

#include <stdint.h>
#include <stdio.h>

/* The command line; NULL-terminated. */
static void
arguments(const struct pool_config *c, char jobs[16], const char *argv[16])
{
	const char *const folders[][2] = {
		{"--schemas", c->schemas}, {"--fonts", c->fonts}, {"--trust", c->trust}};
	size_t n = 0;

	argv[n++] = c->program;
	argv[n++] = "--fd";
	argv[n++] = "3";
	argv[n++] = "--log";
	argv[n++] = c->log_level != NULL ? c->log_level : "info";
	for (size_t i = 0; i < 3; i++)
		if (folders[i][1] != NULL) {
			argv[n++] = folders[i][0];
			argv[n++] = folders[i][1];
		}
	if (c->jobs_per_worker > 0) {
		snprintf(jobs, 16, "%u", c->jobs_per_worker);
		argv[n++] = "--jobs";
		argv[n++] = jobs;
	}
	if (c->allow_unsandboxed)
		argv[n++] = "--allow-unsandboxed";
	argv[n] = NULL;
}

int
pool_spawn(uv_loop_t *loop, uv_process_t *process, const struct pool_config *config, int socket,
	uv_exit_cb on_exit)
{
	const char *argv[16], *env[] = {NULL};
	char jobs[16];
	uv_stdio_container_t stdio[4] = {
		{.flags = UV_IGNORE},
		{.flags = UV_IGNORE},
		{.flags = UV_INHERIT_FD, .data.fd = 2},
		{.flags = UV_INHERIT_FD, .data.fd = socket},
	};
	uv_process_options_t options = {.exit_cb = on_exit,
		.file = config->program,
		.env = (char **)(uintptr_t)env,
		.stdio_count = 4,
		.stdio = stdio,
		.cwd = "/"};

	arguments(config, jobs, argv);
	options.args = (char **)(uintptr_t)argv;
	return uv_spawn(loop, process, &options);
}

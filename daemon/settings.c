/* settings: see settings.h. A part of the daemon that needs a setting adds its rows here and reads them in its start. */
#include "daemon/settings.h"

#include <stdlib.h>
#include <string.h>

#define STRING(section, name, fallback, doc) {section, name, CONF_STRING, fallback, 0, 0, doc}
#define NUMBER(section, name, fallback, least, most, doc) {section, name, CONF_NUMBER, fallback, least, most, doc}
#define BOOL(section, name, fallback, doc) {section, name, CONF_BOOL, fallback, 0, 0, doc}

const struct conf_key settings_keys[] = {
	STRING("data", "dir", CONGVAN_STATEDIR, "Folder of everything kept; relative paths below start here"),

	STRING("server", "unix_path", "congvan.sock", "Unix socket; \"\" for none"),
	STRING("server", "unix_mode", "0660", "Its file mode, octal"),
	STRING("server", "tls_address", "", "TLS address, such as \"0.0.0.0:8443\" or \"[::]:8443\"; \"\" for none"),
	STRING("server", "tls_certificate", "", "PEM file of its certificate chain"),
	STRING("server", "tls_key", "", "PEM file of its private key"),
	STRING("server", "tls_client_ca", "", "PEM file of the CAs whose client certificates are accepted; \"\" for none"),
	STRING("server", "tls_client_crl", "", "File of their revocation lists, read again on SIGHUP; with one, a revoked or no longer listed certificate stays out; \"\" for none"),
	STRING("server", "web", CONGVAN_DATADIR "/web", "Folder of the pages; \"\" for none"),
	NUMBER("server", "stop_seconds", "10", 0, 600, "Running requests may finish for this long at the end"),

	STRING("database", "url", "", "libpq URL, several hosts allowed; \"\" for a private PostgreSQL in the data folder"),
	STRING("database", "owner_url", "", "The same as the schema's owner, who applies the migrations and gives the user of url its rights; \"\": url is the owner"),
	STRING("database", "service_user", "postgres", "User of the private PostgreSQL when congvand is started as root"),
	STRING("database", "migrations", CONGVAN_DATADIR "/sql", "Folder of the numbered SQL files"),
	NUMBER("database", "connections", "4", 1, 100, "Connections for queries; acts and notifications have one each besides"),
	NUMBER("database", "queue", "10000", 10, 1000000, "Queries and acts that wait at most"),

	STRING("worker", "program", CONGVAN_LIBEXECDIR "/congvan-worker", "The worker program; \"\" for none"),
	NUMBER("worker", "count", "0", 0, 256, "Worker processes; 0 for one per core"),
	NUMBER("worker", "queue", "1000", 1, 100000, "Jobs that wait at most"),
	STRING("worker", "schemas", CONGVAN_DATADIR "/xsd", "Folder of XML schemas"),
	STRING("worker", "fonts", "/usr/share/fonts/truetype/liberation2", "Folder of fonts for visible signatures and previews"),
	STRING("worker", "trust", "", "Folder of trusted certificates for verification; \"\" for none"),
	NUMBER("worker", "time_percent", "100", 10, 10000, "Time limits of jobs, in percent, for slow machines"),
	BOOL("worker", "allow_unsandboxed", "false", "Open documents even where the kernel offers no sandbox"),

	STRING("signer", "socket", "", "Unix socket of congvan-signer; \"\" for none"),
	STRING("signer", "tsa_url", "", "Timestamp authorities (RFC 3161 over HTTP), tried in this order; their hosts must be in net.allow; \"\" for none"),
	NUMBER("signer", "tsa_rest_seconds", "60", 0, 3600, "A timestamp authority that gave nothing is asked after the others for so long"),
	STRING("signer", "attachment_container", "cms", "Form of the signature of an attachment that is no PDF, where it is signed together with its document: cms, cms-attached, asic-e or asic-s"),
	STRING("signer", "level", "", "Level wanted of signatures: B-B, B-T, B-LT or B-LTA; \"\" for B-T with a timestamp authority, else B-B"),

	NUMBER("levels", "interval_ms", "5000", 10, 3600000, "Between looks for signatures whose level is to be raised"),
	NUMBER("levels", "retry_seconds", "60", 1, 21600, "Pause after the first failed try, doubled with each up to six hours"),
	NUMBER("levels", "alarm_hours", "24", 0, 8760, "A level not reached for so long is told to clerks and administrators"),
	NUMBER("levels", "renew_days", "90", 1, 3650, "Archive timestamps are renewed so long before their certificate ends"),

	STRING("net", "allow", "", "Hosts and networks (host, host:port, 10.1.0.0/16, separated by blanks) that congvand may ask"),
	STRING("net", "proxy", "", "Proxy for outgoing HTTP; \"\" for none"),
	STRING("net", "ca", "", "PEM file of CAs for https; \"\" for the system's"),

	NUMBER("proofs", "seconds", "10", 1, 300, "One request for revocation data or an issuer, and all that a person waits for"),
	NUMBER("proofs", "retry_seconds", "30", 1, 3600, "A place that failed is left alone for this long, doubled up to an hour"),
	NUMBER("proofs", "max_age_hours", "24", 1, 8760, "Revocation data are asked for again after this, whatever their nextUpdate"),
	NUMBER("proofs", "answer_mib", "20", 1, 256, "Largest answer (revocation lists can be large)"),
	NUMBER("proofs", "cache_mib", "256", 1, 1048576, "All kept answers; the least used ones go first"),

	NUMBER("verdicts", "max_age_minutes", "60", 1, 525600, "A verdict on the same bytes is used again for so long at most"),
	NUMBER("verdicts", "most", "10000", 0, 10000000, "Verdicts kept; 0 for none"),

	STRING("office", "bootstrap", "", "JSON file with organs, units, accounts, registers: read into an empty database"),
	BOOL("office", "certified", "false", "This installation is certified for state secrets: their content may be kept"),
	STRING("office", "file_lies", "refuse", "A file that people add whose name promises another kind than its bytes are: refuse, or show"),
	NUMBER("office", "deadline_days", "2", 0, 60, "A deadline is told as near from this many days before"),
	NUMBER("office", "deadline_interval_ms", "60000", 50, 3600000, "Between looks for deadlines to tell"),
	NUMBER("office", "session_minutes", "600", 1, 10080, "How long a password session lasts"),
	NUMBER("office", "failures_per_minute", "20", 1, 10000, "Failed sign-ins of one address before it must wait"),

	STRING("evidence", "origin", "", "Name of the evidence log, the signer's own; \"\" for congvan/CODE of the first own organ"),
	NUMBER("evidence", "interval_ms", "500", 10, 60000, "Between looks for leaves that wait for their index"),

	NUMBER("archive", "interval_ms", "2000", 10, 600000, "Between looks for files whose text is to be read"),
	NUMBER("archive", "previews_mib", "32", 0, 4096, "Memory for pictures of pages"),

	NUMBER("limits", "head_bytes", "16384", 8000, 1048576, "Request line and header fields"),
	NUMBER("limits", "json_bytes", "1048576", 1024, 67108864, "A JSON body"),
	NUMBER("limits", "upload_mib", "2048", 1, 1048576, "An uploaded file or packet"),
	NUMBER("limits", "connections", "10000", 1, 1000000, "Connections at once"),
	NUMBER("limits", "calls_per_person", "32", 1, 10000, "Requests of one person at once"),
	NUMBER("limits", "head_seconds", "10", 1, 600, "From the first byte of a request to the end of its header"),
	NUMBER("limits", "body_idle_seconds", "30", 1, 3600, "Without progress of a body"),
	NUMBER("limits", "write_idle_seconds", "30", 1, 3600, "Without progress of an answer"),
	NUMBER("limits", "keep_alive_seconds", "75", 1, 3600, "An idle connection"),

	STRING("exchange", "root", "exchange", "Drop folders for packets: ROOT/in, done, refused, out/ADDRESS; \"\" for none"),
	STRING("exchange", "gateway_tokens", "", "File of our tokens at other offices' gateways: lines \"ORGAN-CODE TOKEN\"; read for each packet; \"\" for none"),
	NUMBER("exchange", "interval_ms", "1000", 10, 3600000, "Between looks at the drop folder and the outbox"),

	STRING("log", "level", "info", "debug, info, warn or error"),
	STRING("log", "file", "", "Where lines go, opened again on SIGHUP; \"\" for standard error"),
};

const size_t settings_key_count = sizeof(settings_keys) / sizeof(settings_keys[0]);

void
settings_print(FILE *to)
{
	const char *section = "";

	fputs("# congvand: every key with its default. Times and sizes have their unit in the name.\n", to);
	for (size_t i = 0; i < settings_key_count; i++) {
		const struct conf_key *k = &settings_keys[i];
		const char *quote = k->type == CONF_STRING ? "\"" : "";

		if (strcmp(section, k->section) != 0) {
			fprintf(to, "%s\n%s {\n", section[0] ? "}\n" : "", k->section);
			section = k->section;
		}
		fprintf(to, "\t# %s\n\t# %s = %s%s%s\n", k->doc, k->name, quote, k->fallback, quote);
	}
	fputs("}\n", to);
}

char *
settings_path(const struct conf *c, const char *section, const char *name)
{
	const char *path = conf_string(c, section, name), *dir = conf_string(c, "data", "dir");
	char *full;
	size_t size;

	if (path[0] == '\0')
		return NULL;
	if (path[0] == '/')
		return strdup(path);
	size = strlen(dir) + strlen(path) + 2;
	full = malloc(size);
	if (full != NULL)
		snprintf(full, size, "%s/%s", dir, path);
	return full;
}

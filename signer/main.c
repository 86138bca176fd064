/*
 * congvan-signer: the process that holds the keys. Options:
 *   --config FILE                       the configuration (default SYSCONFDIR/congvan-signer.conf);
 * alone: run
 *   --import-p12 FILE --id ID           bring a key in; the PIN comes from the terminal or the
 * first line of standard input
 *   --unlock ID                         end the lockout of a key after wrong PINs (running signer)
 *   --public-key                        the key clients pin and its code, from the running signer
 *   --verify-record [FOLDER]            check the whole signing record
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/base/hex.h"
#include "lib/base/log.h"
#include "lib/base/message.h"
#include "lib/base/secret.h"
#include "lib/wire/activation.h"
#include "signer/admin.h"
#include "signer/import_p12.h"
#include "signer/settings.h"
#include "signer/sign_log.h"
#include "signer/signer.h"

enum command { RUN, IMPORT, UNLOCK, PUBLIC_KEY, VERIFY_RECORD };

struct arguments {
	enum command command;
	const char *config, *file, *id;
	int iterations;
	bool allow_unsandboxed;
};

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},
	{"import-p12", required_argument, NULL, 'i'},
	{"id", required_argument, NULL, 'n'},
	{"iterations", required_argument, NULL, 't'},
	{"unlock", required_argument, NULL, 'u'},
	{"public-key", no_argument, NULL, 'p'},
	{"verify-record", no_argument, NULL, 'r'},
	{"allow-unsandboxed", no_argument, NULL, 's'},
	{"version", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static int
usage(FILE *to, int code)
{
	fprintf(to,
		"congvan-signer [--config FILE] [--allow-unsandboxed]\n"
		"congvan-signer [--config FILE] --import-p12 FILE --id ID [--iterations N]   (PIN "
		"on stdin)\n"
		"congvan-signer [--config FILE] --unlock ID | --public-key | --verify-record "
		"[FOLDER]\n");
	return code;
}

/* 0 or 1: go on or leave with *code. */
static int
parse(int argc, char **argv, struct arguments *a, int *code)
{
	int c;

	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1)
		switch (c) {
		case 'c':
			a->config = optarg;
			break;
		case 'i':
			a->command = IMPORT;
			a->file = optarg;
			break;
		case 'n':
			a->id = optarg;
			break;
		case 't':
			a->iterations = atoi(optarg);
			break;
		case 'u':
			a->command = UNLOCK;
			a->id = optarg;
			break;
		case 'p':
			a->command = PUBLIC_KEY;
			break;
		case 'r':
			a->command = VERIFY_RECORD;
			break;
		case 's':
			a->allow_unsandboxed = true;
			break;
		case 'v':
			printf("congvan-signer %s\n", PACKAGE_VERSION);
			*code = 0;
			return 1;
		case 'h':
			*code = usage(stdout, 0);
			return 1;
		default:
			*code = usage(stderr, 2);
			return 1;
		}
	if (a->command == VERIFY_RECORD && optind + 1 == argc)
		a->file = argv[optind++];
	if (optind != argc || (a->command == IMPORT && a->id == NULL) || a->iterations < 1) {
		*code = usage(stderr, 2);
		return 1;
	}
	return 0;
}

static int
report(const struct diag *diag, enum status st)
{
	enum language lang = message_language(getenv("LANG"));

	for (size_t i = 0; i < diag_count(diag); i++) {
		const struct finding *f = diag_at(diag, i);

		fprintf(stderr, "%s: %s%s%s%s%s\n", severity_name(f->severity),
			message_text(f->code, lang), f->where != NULL ? ": " : "",
			f->where != NULL ? f->where : "", f->got != NULL ? ": " : "",
			f->got != NULL ? f->got : "");
	}
	if (st != STATUS_OK && !diag_has_error(diag)) {
		char code[64];

		snprintf(code, sizeof(code), "status.%s", status_code(st));
		fprintf(stderr, "error: %s\n", message_text(code, lang));
	}
	return st == STATUS_OK ? 0 : 1;
}

static bool
quiet_terminal(struct termios *before)
{
	struct termios quiet;

	if (!isatty(0) || tcgetattr(0, before) != 0)
		return false;
	quiet = *before;
	quiet.c_lflag &= (tcflag_t)~ECHO;
	fprintf(stderr, "PIN: ");
	return tcsetattr(0, TCSAFLUSH, &quiet) == 0;
}

/* A line of standard input, byte by byte: no copy of it stays in a stdio buffer. */
static char *
read_pin(void)
{
	char *pin = secret_alloc(ACTIVATION_PIN + 1);
	struct termios before;
	bool was_quiet = quiet_terminal(&before);
	size_t n = 0;
	char c;

	while (pin != NULL && read(0, &c, 1) == 1 && c != '\n' && n < ACTIVATION_PIN)
		pin[n++] = c;
	if (was_quiet) {
		(void)tcsetattr(0, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	return pin;
}

static enum status
import(const struct settings *s, const struct arguments *a, struct diag *diag)
{
	char *pin = read_pin();
	enum status st = pin != NULL ? signer_make_folders(s) : STATUS_NO_MEMORY;

	if (st == STATUS_OK)
		st = import_p12(s, a->file, a->id, pin, a->iterations, diag);
	secret_free(pin);
	return st;
}

static enum status
verify_record(const struct settings *s, const char *folder, struct diag *diag)
{
	char path[SETTINGS_PATH + 16], hex[DIGEST_HEX];
	struct sign_log_head head;
	enum status st;

	snprintf(path, sizeof(path), "%s/record", s->data);
	st = sign_log_verify(folder != NULL ? folder : path, NULL, NULL, diag, &head);
	if (st == STATUS_OK) {
		digest_hex(&head.hash, hex);
		printf("%llu %s\n", (unsigned long long)head.seq, hex);
	}
	return st;
}

static enum status
unlock(const struct settings *s, const char *id, struct diag *diag)
{
	json_t *answer = NULL;
	enum status st = admin_ask(s, SIGNER_MSG_UNLOCK, json_pack("{s:s}", "key", id), &answer);
	const char *why = json_string_value(json_object_get(answer, "why"));

	if (why != NULL)
		diag_error(diag, why, id, NULL, NULL);
	json_decref(answer);
	return st;
}

static enum status
public_key(const struct settings *s)
{
	unsigned char key[HPKE_PUBLIC];
	char code[ACTIVATION_KEY_CODE];
	const char *hex;
	json_t *hello = NULL;
	enum status st = admin_ask(s, SIGNER_MSG_HELLO, NULL, &hello);

	hex = json_string_value(json_object_get(hello, "activation_key"));
	if (st == STATUS_OK && (hex == NULL || !hex_decode(hex, key, sizeof(key))))
		st = STATUS_MALFORMED;
	if (st == STATUS_OK) {
		activation_key_code(key, code);
		printf("%s\n%s\n", hex, code);
	}
	json_decref(hello);
	return st;
}

int
main(int argc, char **argv)
{
	struct arguments a = {.config = CONGVAN_SYSCONFDIR "/congvan-signer.conf",
		.iterations = IMPORT_ITERATIONS};
	struct diag *diag = diag_new();
	struct settings s;
	enum status st;
	int code = 1;

	if (diag == NULL || parse(argc, argv, &a, &code) != 0) {
		diag_free(diag);
		return code;
	}
	log_init("congvan-signer", 2, LOG_LEVEL_INFO);
	st = settings_read(a.config, diag, &s);
	if (st == STATUS_OK) {
		log_init("congvan-signer", 2, s.log_level);
		switch (a.command) {
		case RUN:
			st = signer_run(&s, a.allow_unsandboxed, diag);
			break;
		case IMPORT:
			st = import(&s, &a, diag);
			break;
		case UNLOCK:
			st = unlock(&s, a.id, diag);
			break;
		case PUBLIC_KEY:
			st = public_key(&s);
			break;
		case VERIFY_RECORD:
			st = verify_record(&s, a.file, diag);
			break;
		}
	}
	code = report(diag, st);
	diag_free(diag);
	return code;
}

/* token: see token.h. Modules, slots, logins; keys and signatures are in token_key.c. */
#include "lib/token/cryptoki.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/secret.h"

#define ATTRIBUTE_MAX (1u << 20)

struct token_module {
	void *library;
	CK_FUNCTION_LIST *p11;
	bool ours; /* initialized here, so to be finalized here */
};

/* What the return values that people can do something about mean. */
static const struct {
	CK_RV rv;
	enum status status;
	const char *why;
} meanings[] = {
	{CKR_PIN_INCORRECT, STATUS_DENIED, "pin.wrong"},
	{CKR_PIN_INVALID, STATUS_DENIED, "pin.wrong"},
	{CKR_PIN_LEN_RANGE, STATUS_DENIED, "pin.wrong"},
	{CKR_PIN_LOCKED, STATUS_LOCKED, "token.locked"},
	{CKR_PIN_EXPIRED, STATUS_LOCKED, "token.pin-expired"},
	{CKR_FUNCTION_CANCELED, STATUS_CANCELLED, "token.cancelled"},
	{CKR_FUNCTION_REJECTED, STATUS_CANCELLED, "token.cancelled"},
	{CKR_DEVICE_REMOVED, STATUS_UNAVAILABLE, "token.removed"},
	{CKR_TOKEN_NOT_PRESENT, STATUS_UNAVAILABLE, "token.removed"},
	{CKR_SESSION_HANDLE_INVALID, STATUS_UNAVAILABLE, "token.removed"},
	{CKR_SESSION_CLOSED, STATUS_UNAVAILABLE, "token.removed"},
	{CKR_MECHANISM_INVALID, STATUS_UNSUPPORTED, "token.mechanism"},
	{CKR_MECHANISM_PARAM_INVALID, STATUS_UNSUPPORTED, "token.mechanism"},
	{CKR_KEY_TYPE_INCONSISTENT, STATUS_UNSUPPORTED, "token.mechanism"},
	{CKR_KEY_FUNCTION_NOT_PERMITTED, STATUS_UNSUPPORTED, "token.mechanism"},
};

enum status
cryptoki_status(CK_RV rv, const char **why)
{
	*why = NULL;
	if (rv == CKR_OK)
		return STATUS_OK;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].rv == rv) {
			*why = meanings[i].why;
			return meanings[i].status;
		}
	*why = "token.failed";
	return STATUS_UNAVAILABLE;
}

enum status
token_module_open(const char *path, struct token_module **out)
{
	struct token_module *m = calloc(1, sizeof(*m));
	CK_C_GetFunctionList list = NULL;
	void *symbol;
	CK_RV rv;

	if (m == NULL)
		return STATUS_NO_MEMORY;
	m->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	symbol = m->library != NULL ? dlsym(m->library, "C_GetFunctionList") : NULL;
	memcpy(&list, &symbol, sizeof(list)); /* a function from an object pointer: POSIX says it works */
	if (list == NULL || list(&m->p11) != CKR_OK || m->p11 == NULL) {
		token_module_close(m);
		return STATUS_NOT_FOUND;
	}
	rv = m->p11->C_Initialize(NULL);
	m->ours = rv == CKR_OK;
	if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
		token_module_close(m);
		return STATUS_UNAVAILABLE;
	}
	*out = m;
	return STATUS_OK;
}

void
token_module_close(struct token_module *m)
{
	if (m == NULL)
		return;
	if (m->ours)
		(void)m->p11->C_Finalize(NULL);
	if (m->library != NULL)
		dlclose(m->library);
	free(m);
}

/* Cryptoki pads its texts with spaces and ends them with nothing. */
static bool
text_is(const unsigned char *padded, size_t size, const char *wanted)
{
	size_t n = strlen(wanted);

	while (size > 0 && (padded[size - 1] == ' ' || padded[size - 1] == '\0'))
		size--;
	return size == n && memcmp(padded, wanted, n) == 0;
}

static bool
fits(const struct token_choice *c, CK_SLOT_ID slot, const CK_TOKEN_INFO *info)
{
	return (info->flags & CKF_TOKEN_INITIALIZED) != 0 && (c->slot < 0 || (CK_SLOT_ID)c->slot == slot) &&
		(c->label == NULL || text_is(info->label, sizeof(info->label), c->label)) &&
		(c->serial == NULL || text_is(info->serialNumber, sizeof(info->serialNumber), c->serial));
}

static enum status
choose_slot(CK_FUNCTION_LIST *p11, const struct token_choice *c, struct token *t)
{
	CK_SLOT_ID slots[TOKEN_SLOTS];
	CK_ULONG count = TOKEN_SLOTS;
	bool found = false;

	if (p11->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
		return STATUS_UNAVAILABLE;
	for (CK_ULONG i = 0; i < count; i++) {
		CK_TOKEN_INFO info;

		/* a token pulled out just now is not there */
		if (p11->C_GetTokenInfo(slots[i], &info) != CKR_OK || !fits(c, slots[i], &info))
			continue;
		if (found)
			return STATUS_CONFLICT;
		found = true;
		t->slot = slots[i];
		t->info = info;
	}
	return found ? STATUS_OK : STATUS_NOT_FOUND;
}

enum status
token_open(struct token_module *m, const struct token_choice *choice, struct token **out)
{
	struct token *t = calloc(1, sizeof(*t));
	enum status st;

	if (t == NULL)
		return STATUS_NO_MEMORY;
	t->p11 = m->p11;
	st = choose_slot(m->p11, choice, t);
	if (st == STATUS_OK && m->p11->C_OpenSession(t->slot, CKF_SERIAL_SESSION, NULL, NULL, &t->session) != CKR_OK)
		st = STATUS_UNAVAILABLE;
	t->open = st == STATUS_OK;
	if (st != STATUS_OK)
		token_close(t);
	else
		*out = t;
	return st;
}

void
token_close(struct token *t)
{
	if (t == NULL)
		return;
	if (t->logged_in)
		(void)t->p11->C_Logout(t->session);
	if (t->open)
		(void)t->p11->C_CloseSession(t->session);
	secret_free(t->pin);
	free(t);
}

bool
token_has_pad(const struct token *t)
{
	return (t->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
}

CK_RV
cryptoki_login(struct token *t, CK_USER_TYPE who)
{
	return t->p11->C_Login(t->session, who, (CK_UTF8CHAR *)t->pin, t->pin != NULL ? (CK_ULONG)strlen(t->pin) : 0);
}

/* What can be known to be useless or harmful before a try is spent. */
static enum status
check_login(struct token *t, const char *pin, bool insist, const char **why)
{
	/* the flags are of this moment, not of when the token was chosen */
	CK_RV rv = t->p11->C_GetTokenInfo(t->slot, &t->info);

	if (rv != CKR_OK)
		return cryptoki_status(rv, why);
	*why = token_has_pad(t) ? "pin.at-reader" : "pin.missing";
	if (token_has_pad(t) != (pin == NULL))
		return STATUS_INVALID;
	*why = "token.locked";
	if ((t->info.flags & CKF_USER_PIN_LOCKED) != 0)
		return STATUS_LOCKED;
	*why = "token.final-try";
	return (t->info.flags & CKF_USER_PIN_FINAL_TRY) != 0 && !insist ? STATUS_LOCKED : STATUS_OK;
}

enum status
token_login(struct token *t, const char *pin, bool insist, const char **why)
{
	enum status st = check_login(t, pin, insist, why);
	CK_RV rv;

	if (st != STATUS_OK)
		return st;
	if (pin != NULL) {
		if ((t->pin = secret_alloc(strlen(pin) + 1)) == NULL)
			return STATUS_NO_MEMORY;
		strcpy(t->pin, pin);
	}
	rv = cryptoki_login(t, CKU_USER);
	/* A login is the process's for that token: a left-over one must not let in who has no PIN. */
	if (rv == CKR_USER_ALREADY_LOGGED_IN && t->p11->C_Logout(t->session) == CKR_OK)
		rv = cryptoki_login(t, CKU_USER);
	t->logged_in = rv == CKR_OK;
	return cryptoki_status(rv, why);
}

enum status
cryptoki_find(struct token *t, CK_ATTRIBUTE *wanted, CK_ULONG count, CK_OBJECT_HANDLE *out, CK_ULONG most, CK_ULONG *found)
{
	CK_RV rv = t->p11->C_FindObjectsInit(t->session, wanted, count);
	const char *why;

	*found = 0;
	if (rv == CKR_OK) {
		rv = t->p11->C_FindObjects(t->session, out, most, found);
		(void)t->p11->C_FindObjectsFinal(t->session);
	}
	return cryptoki_status(rv, &why);
}

unsigned char *
cryptoki_attribute(struct token *t, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_ULONG *len)
{
	CK_ATTRIBUTE a = {type, NULL, 0};

	if (t->p11->C_GetAttributeValue(t->session, object, &a, 1) != CKR_OK || a.ulValueLen > ATTRIBUTE_MAX)
		return NULL;
	if ((a.pValue = calloc(1, a.ulValueLen + 1)) == NULL)
		return NULL;
	if (t->p11->C_GetAttributeValue(t->session, object, &a, 1) != CKR_OK) {
		free(a.pValue);
		return NULL;
	}
	*len = a.ulValueLen;
	return a.pValue;
}

enum status
token_certificates(struct token *t, STACK_OF(X509) *to)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_CERTIFICATE_TYPE, &type, sizeof(type)}};
	CK_OBJECT_HANDLE objects[TOKEN_CERTIFICATES];
	CK_ULONG count, len;
	enum status st = cryptoki_find(t, wanted, 2, objects, TOKEN_CERTIFICATES, &count);

	for (CK_ULONG i = 0; st == STATUS_OK && i < count; i++) {
		unsigned char *der = cryptoki_attribute(t, objects[i], CKA_VALUE, &len);
		const unsigned char *at = der;
		X509 *cert = der != NULL ? d2i_X509(NULL, &at, (long)len) : NULL;

		if (cert != NULL && sk_X509_push(to, cert) <= 0) {
			X509_free(cert);
			st = STATUS_NO_MEMORY;
		}
		free(der);
	}
	return st;
}

/*
 * p11_shim: a PKCS#11 module that stands before SoftHSM and behaves as tokens do and SoftHSM does not, by the environment of who loads it:
 *   P11_SHIM_MODULE   the module behind
 *   P11_SHIM_REMOVED  the token is pulled out after so many signatures
 *   P11_SHIM_PAD      PIN pad: this PIN is what the person types
 *   P11_SHIM_FINAL    the token says that one more wrong PIN locks it
 *   P11_SHIM_LOCKED   the token says that its PIN is locked
 *   P11_SHIM_RAW      no CKM_RSA_PKCS_PSS
 *   P11_SHIM_LOGINS   a file that gets a byte for each C_Login ('u' user, 'c' context-specific)
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST *behind, shown;
static long left = -1; /* signatures until the token is gone; -1: for ever */

static CK_RV
get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv = left == 0 ? CKR_TOKEN_NOT_PRESENT : behind->C_GetTokenInfo(slot, info);

	if (rv == CKR_OK && getenv("P11_SHIM_PAD") != NULL)
		info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
	if (rv == CKR_OK && getenv("P11_SHIM_FINAL") != NULL)
		info->flags |= CKF_USER_PIN_FINAL_TRY;
	if (rv == CKR_OK && getenv("P11_SHIM_LOCKED") != NULL)
		info->flags |= CKF_USER_PIN_LOCKED;
	return rv;
}

static CK_RV
login(CK_SESSION_HANDLE session, CK_USER_TYPE who, CK_UTF8CHAR *pin, CK_ULONG len)
{
	const char *pad = getenv("P11_SHIM_PAD"), *path = getenv("P11_SHIM_LOGINS");
	int fd = path != NULL ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;

	if (fd >= 0) {
		(void)!write(fd, who == CKU_CONTEXT_SPECIFIC ? "c" : "u", 1);
		close(fd);
	}
	if (pad != NULL) {
		if (pin != NULL)
			return CKR_ARGUMENTS_BAD; /* the PIN must not come from the host */
		return behind->C_Login(session, who, (CK_UTF8CHAR *)pad, (CK_ULONG)strlen(pad));
	}
	return behind->C_Login(session, who, pin, len);
}

static CK_RV
sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	if (left == 0)
		return CKR_DEVICE_REMOVED;
	if (getenv("P11_SHIM_RAW") != NULL && mechanism->mechanism == CKM_RSA_PKCS_PSS)
		return CKR_MECHANISM_INVALID;
	return behind->C_SignInit(session, mechanism, key);
}

static CK_RV
sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *to, CK_ULONG *len)
{
	CK_RV rv;

	if (left == 0)
		return CKR_DEVICE_REMOVED;
	rv = behind->C_Sign(session, data, data_len, to, len);
	if (rv == CKR_OK && left > 0)
		left--;
	return rv;
}

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	const char *path = getenv("P11_SHIM_MODULE"), *removed = getenv("P11_SHIM_REMOVED");
	void *library = path != NULL ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
	void *symbol = library != NULL ? dlsym(library, "C_GetFunctionList") : NULL;
	CK_C_GetFunctionList get;

	memcpy(&get, &symbol, sizeof(get));
	if (symbol == NULL || get(&behind) != CKR_OK)
		return CKR_GENERAL_ERROR;
	if (removed != NULL)
		left = atol(removed);
	shown = *behind;
	shown.C_GetTokenInfo = get_token_info;
	shown.C_Login = login;
	shown.C_SignInit = sign_init;
	shown.C_Sign = sign;
	*list = &shown;
	return CKR_OK;
}

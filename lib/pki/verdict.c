/* verdict: names of the judgement's values, and filling in what a certificate says. The judging itself: judge.c. */
#include "lib/pki/verdict.h"

#include <string.h>
#include <openssl/x509.h>

#include "lib/base/text.h"
#include "lib/pki/cert.h"
#include "lib/pki/verdict_data.h"

const char *
indication_name(enum indication i)
{
	static const char *const names[] = {"TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"};

	return (size_t)i < sizeof(names) / sizeof(names[0]) ? names[i] : "INDETERMINATE";
}

const char *
sub_indication_name(enum sub_indication s)
{
	static const char *const names[] = {
#define SUB_NAME(name) #name,
		SUB_INDICATION_TABLE(SUB_NAME)
#undef SUB_NAME
	};

	return (size_t)s < sizeof(names) / sizeof(names[0]) ? names[s] : "NONE";
}

const char *
level_name(enum level l)
{
	static const char *const names[] = {"none", "CMS", "B-B", "B-T", "B-LT", "B-LTA"};

	return (size_t)l < sizeof(names) / sizeof(names[0]) ? names[l] : "none";
}

/* Those of the table that EN 319 102-1 table 5 gives with TOTAL-FAILED. */
static enum indication
indication_of(enum sub_indication s)
{
	switch (s) {
	case SUB_NONE:
		return INDICATION_PASSED;
	case SUB_FORMAT_FAILURE:
	case SUB_HASH_FAILURE:
	case SUB_SIG_CRYPTO_FAILURE:
	case SUB_REVOKED:
	case SUB_EXPIRED:
	case SUB_NOT_YET_VALID:
		return INDICATION_FAILED;
	default:
		return INDICATION_INDETERMINATE;
	}
}

void
verdict_set(struct verdict *v, enum sub_indication sub, const char *why)
{
	v->indication = indication_of(sub);
	v->sub = sub;
	text_excerpt(v->why, sizeof(v->why), why, strlen(why));
}

void
verdict_set_signer(struct verdict *v, const X509 *cert)
{
	const X509_NAME *subject = X509_get_subject_name(cert);

	cert_name_text(subject, v->subject, sizeof(v->subject));
	cert_name_text(X509_get_issuer_name(cert), v->issuer, sizeof(v->issuer));
	cert_name_part(subject, NID_organizationName, v->organ, sizeof(v->organ));
	if (v->organ[0] == '\0')
		cert_name_part(subject, NID_organizationalUnitName, v->organ, sizeof(v->organ));
	cert_serial_text(cert, v->serial, sizeof(v->serial));
	v->cert_digest = cert_digest(cert);
	v->not_before = cert_not_before(cert);
	v->not_after = cert_not_after(cert);
}

/* verdict: names of the judgement's values, and filling in what a certificate says. The judging itself: judge.c. */
#include "lib/pki/verdict.h"

#include <string.h>
#include <openssl/x509.h>

#include "lib/base/text.h"
#include "lib/pki/ageing.h"
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

const char *
stamp_kind_name(enum stamp_kind k)
{
	static const char *const names[] = {"signature", "content", "archive", "document"};

	return (size_t)k < sizeof(names) / sizeof(names[0]) ? names[k] : "signature";
}

const char *
object_kind_name(enum object_kind k)
{
	static const char *const names[] = {"certificate", "anchor", "crl", "ocsp", "timestamp"};

	return (size_t)k < sizeof(names) / sizeof(names[0]) ? names[k] : "certificate";
}

const char *
verdict_need_name(enum verdict_need_kind k)
{
	static const char *const names[] = {
#define NEED_NAME(name, code) code,
		VERDICT_NEED_TABLE(NEED_NAME)
#undef NEED_NAME
	};

	return (size_t)k < sizeof(names) / sizeof(names[0]) ? names[k] : "original";
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
verdict_weaken(struct verdict *v, const struct policy *policy, enum strength s, const char *name)
{
	clock_us until = ageing_of_digest(policy, OBJ_sn2nid(name)), best = v->proven_time != 0 ? v->proven_time : policy->at;

	if (s == STRENGTH_GOOD && until > policy->at)
		return;
	v->weak_algorithm = true;
	v->weak_until = s != STRENGTH_BROKEN && until != AGEING_NEVER ? until : v->weak_until;
	if (v->weak_name[0] == '\0')
		text_excerpt(v->weak_name, sizeof(v->weak_name), name, strlen(name));
	if (v->indication != INDICATION_PASSED || (s != STRENGTH_BROKEN && best < until))
		return;
	verdict_set(v, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, "what was signed is named by a weak digest");
	need_of_sub(v);
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

void
verdict_add_stamp(struct verdict *v, enum stamp_kind kind, clock_us gen_time, enum sub_indication sub, const X509 *tsa)
{
	struct verdict_stamp_fact *f = &v->stamps[v->stamp_count];

	if (v->stamp_count == VERDICT_STAMPS_MAX)
		return;
	*f = (struct verdict_stamp_fact){.kind = kind, .gen_time = gen_time, .sub = sub};
	if (tsa != NULL)
		cert_name_part(X509_get_subject_name(tsa), NID_commonName, f->tsa, sizeof(f->tsa));
	v->stamp_count++;
}

static void
add_object(struct verdict *v, const struct verdict_run *run, enum object_kind kind, const struct digest *d, bool inside,
	const X509_NAME *name)
{
	struct verdict_object *o = &v->objects[v->object_count];
	clock_us proven = policy_proven(run->policy, d);

	for (size_t i = 0; i < v->object_count; i++)
		if (memcmp(&v->objects[i].digest, d, sizeof(*d)) == 0)
			return;
	if (v->object_count == VERDICT_OBJECTS_MAX)
		return;
	*o = (struct verdict_object){.kind = kind, .digest = *d, .inside = inside,
		.proven = proven < run->policy->at ? proven : 0};
	if (name != NULL)
		cert_name_part(name, NID_commonName, o->name, sizeof(o->name));
	v->object_count++;
}

void
verdict_add_path(struct verdict *v, const struct verdict_run *run, const STACK_OF(X509) *path,
	const struct chain_finding *f)
{
	int last = sk_X509_num(path) - 1;

	for (int i = 0; i <= last; i++) {
		X509 *cert = sk_X509_value(path, i);
		struct digest d = cert_digest(cert);

		add_object(v, run, i == last ? OBJECT_ANCHOR : OBJECT_CERT, &d, run_has_cert(run, cert),
			X509_get_subject_name(cert));
	}
	for (int i = 0; i < last; i++) {
		const struct revocation *r = &f->revocations[i];

		if (r->state != REVOCATION_UNKNOWN)
			add_object(v, run, r->is_ocsp ? OBJECT_OCSP : OBJECT_CRL, &r->source, r->inside,
				r->source_issuer);
		if (r->state != REVOCATION_UNKNOWN && r->signer != NULL) {
			struct digest d = cert_digest(r->signer);

			add_object(v, run, OBJECT_CERT, &d, run_has_cert(run, r->signer), X509_get_subject_name(r->signer));
		}
	}
}

void
verdict_add_token(struct verdict *v, const struct verdict_run *run, const struct tsp_token *t)
{
	struct digest d = stamp_key(&t->cms);

	add_object(v, run, OBJECT_STAMP, &d, true, NULL);
}

/*
 * wrong_raise: congvan-worker with mistakes in a step that raises a level, put in by the linker (--wrap): WRONG_PROOFS, when proofs go in; WRONG_ARCHIVE,
 * when an archive timestamp does. In a CMS a digit of the signing time is another one, and our own check of the value finds everything right
 * (wrong_value.c), so that only somebody else's verifier can notice. A PDF's signatures are not touched by such a step at all: there poppler, made to
 * find the result wrong, is the one who contradicts.
 */
#include <stdbool.h>
#include <string.h>

#include "lib/doc/pdf_second.h"
#include "lib/pki/cades_extend.h"

enum status __real_cades_add_proofs(struct span cms, const struct cades_proof *proofs, size_t count, struct buf *out, struct diag *diag);
enum status __wrap_cades_add_proofs(struct span cms, const struct cades_proof *proofs, size_t count, struct buf *out, struct diag *diag);
enum status __real_cades_archive_imprint(struct span cms, const char *digest_name, struct span content_digest, unsigned char *to, size_t *len, struct diag *diag);
enum status __wrap_cades_archive_imprint(struct span cms, const char *digest_name, struct span content_digest, unsigned char *to, size_t *len, struct diag *diag);
enum status __real_cades_add_archive_timestamp(struct span cms, const char *digest_name, struct span content_digest, struct span token, struct buf *out, struct diag *diag);
enum status __wrap_cades_add_archive_timestamp(struct span cms, const char *digest_name, struct span content_digest, struct span token, struct buf *out, struct diag *diag);
enum status __real_pdf_second_look(struct span file, struct pdf_second *list, size_t *count);
enum status __wrap_pdf_second_look(struct span file, struct pdf_second *list, size_t *count);

#ifdef WRONG_PROOFS
static const bool wrong_proofs = true;
static const char mark[] = "/DSS";
#else
static const bool wrong_proofs = false;
static const char mark[] = "/DocTimeStamp";
#endif

/* `cms`, or where `wrong` a copy with another second of the signing time: SET { UTCTime } after the attribute's type. */
static struct span
another_time(bool wrong, struct span cms, struct buf *copy)
{
	static const unsigned char type[] = {0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 5, 0x31, 0x0f, 0x17, 0x0d};
	unsigned char *at;

	buf_init(copy, cms.len + 1);
	if (!wrong)
		return cms;
	buf_put(copy, cms.data, cms.len);
	if (buf_status(copy) == STATUS_OK && (at = memmem(copy->data, copy->len, type, sizeof(type))) != NULL)
		at[sizeof(type) + 11] ^= 1; /* '0' is '1' then, '9' is '8' */
	return (struct span){copy->data, copy->len};
}

enum status
__wrap_cades_add_proofs(struct span cms, const struct cades_proof *proofs, size_t count, struct buf *out, struct diag *diag)
{
	struct buf copy;
	enum status st = __real_cades_add_proofs(another_time(wrong_proofs, cms, &copy), proofs, count, out, diag);

	buf_free(&copy);
	return st;
}

enum status
__wrap_cades_archive_imprint(struct span cms, const char *digest_name, struct span content_digest, unsigned char *to, size_t *len, struct diag *diag)
{
	struct buf copy;
	enum status st = __real_cades_archive_imprint(another_time(!wrong_proofs, cms, &copy), digest_name, content_digest, to, len, diag);

	buf_free(&copy);
	return st;
}

enum status
__wrap_cades_add_archive_timestamp(struct span cms, const char *digest_name, struct span content_digest, struct span token, struct buf *out, struct diag *diag)
{
	struct buf copy;
	enum status st = __real_cades_add_archive_timestamp(another_time(!wrong_proofs, cms, &copy), digest_name, content_digest, token, out, diag);

	buf_free(&copy);
	return st;
}

enum status
__wrap_pdf_second_look(struct span file, struct pdf_second *list, size_t *count)
{
	enum status st = __real_pdf_second_look(file, list, count);

	for (size_t i = 0; st == STATUS_OK && memmem(file.data, file.len, mark, strlen(mark)) != NULL && i < *count; i++)
		if (list[i].state == PDF_SECOND_VALID)
			list[i].state = PDF_SECOND_INVALID;
	return st;
}

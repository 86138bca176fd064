/*
 * wrong_worker: congvan-worker with two mistakes put in by the linker (--wrap): one bit of the signature value is turned over before the timestamp goes in, and our own check of
 * the value finds everything right (wrong_value.c). Only somebody else's verifier can notice.
 */
#include <string.h>

#include "lib/pki/cms_build.h"
#include "lib/pki/cms_read.h"

enum status __real_cms_add_timestamp(struct span cms, struct span token, struct buf *out);
enum status __wrap_cms_add_timestamp(struct span cms, struct span token, struct buf *out);

enum status
__wrap_cms_add_timestamp(struct span cms, struct span token, struct buf *out)
{
	size_t from = out->len;
	struct span value;
	enum status st = __real_cms_add_timestamp(cms, token, out);
	unsigned char *found;

	if (st != STATUS_OK || cms_signature_value(cms, &value) != STATUS_OK)
		return st;
	for (found = out->data + from; found + value.len <= out->data + out->len; found++)
		if (memcmp(found, value.data, value.len) == 0) {
			found[value.len / 2] ^= 1;
			break;
		}
	return st;
}

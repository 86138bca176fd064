/* edxml_limits: the limits of reading, each with its reason. */
#include "lib/doc/edxml.h"

/* clang-format off */
const struct edxml_limits edxml_limits_default = {
	.packet = UINT64_C(1) << 30, /* twice the largest upload a gateway is known to take; base64 adds a third */
	.xml = {
		.depth = 32,         /* the deepest genuine path is 9, a signature block reaches 10 */
		.elements = 100000,  /* 5,000 receivers of 9 elements, twice over */
		.attributes = 32,    /* the SOAP-like writers use 5; libxml2 compares them pairwise */
		.tag = 65536,        /* a tag is some 100 bytes; a comment may hold a page */
		.text = 65536,       /* no field of the regulation is longer than 1,000 characters */
	},
	.receivers = 5000,       /* all offices of the largest province, several times */
	.list = 1000,            /* hops, answers, places: a page of each */
	.attachments = 60,       /* what one worker job can give back (lib/wire/job.h: JOB_FILES) */
	.attachment = UINT64_C(512) << 20, /* larger than any document this office can show or sign */
	.total = UINT64_C(1) << 30,
	.pack = {
		.entries = 10000,
		.name = 1024,
		.entry = UINT64_C(512) << 20, /* as .attachment */
		.total = UINT64_C(512) << 20,
		.ratio = 250,             /* blank scans reach 200 */
		.ratio_floor = UINT64_C(4) << 20,
		.nesting = 0,
	},
};
/* clang-format on */

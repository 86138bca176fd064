/*
 * edxml_element: the table of what edXML elements there are, where they stand and which field of
 * struct edxml each fills. Adding an element is a row here, a line in schemas/xsd and a field.
 */
#ifndef CONGVAN_DOC_EDXML_ELEMENT_H
#define CONGVAN_DOC_EDXML_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>

/* What an element's children belong to. */
enum edxml_context {
	EDXML_IN_FILE,
	EDXML_IN_ROOT,
	EDXML_IN_ENVELOPE,
	EDXML_IN_HEADER,
	EDXML_IN_MESSAGE,
	EDXML_IN_ORGAN,
	EDXML_IN_CODE,
	EDXML_IN_PROMULGATION,
	EDXML_IN_TYPE,
	EDXML_IN_SIGNER,
	EDXML_IN_OTHER,
	EDXML_IN_APPENDIXES,
	EDXML_IN_RESPONSE,
	EDXML_IN_TO_PLACES,
	EDXML_IN_TRACES,
	EDXML_IN_TRACE,
	EDXML_IN_BUSINESS,
	EDXML_IN_BUSINESS_INFO,
	EDXML_IN_RECEIVERS,
	EDXML_IN_RECEIVER,
	EDXML_IN_REPLACEMENTS,
	EDXML_IN_REPLACEMENT,
	EDXML_IN_ORGAN_IDS,
	EDXML_IN_STAFF,
	EDXML_IN_BODY,
	EDXML_IN_MANIFEST,
	EDXML_IN_REFERENCE,
	EDXML_IN_ATTACHMENTS,
	EDXML_IN_ATTACHMENT,
	EDXML_IN_SIGNATURE, /* every depth of it */
	EDXML_IN_NOTHING    /* skipped */
};

enum edxml_action {
	EDXML_GROUP, /* children fill the struct at `offset` of the packet */
	EDXML_ITEM,  /* children fill a new item of the list at `offset` of the parent's struct */
	EDXML_TEXT,  /* text into `offset` of the parent's struct */
	EDXML_TEXT_ITEM, /* text as a new item of the list at `offset` */
	EDXML_DATE,
	EDXML_TIME,
	EDXML_NUMBER,
	EDXML_BYTES, /* base64, streamed into the attachment */
	EDXML_BLOCK, /* a signature block */
	EDXML_SKIP   /* known, not kept */
};

struct edxml_element {
	enum edxml_context in;
	const char *name;
	enum edxml_action action;
	enum edxml_context inside;  /* context of its children */
	size_t offset, count, size; /* field; for lists: field of the count, size of an item */
	size_t line;                /* field of the item or group that takes the line; 0: none */
};

/* The row for `local` inside `in`, or NULL. *bit_out: a number below 64, different for every row of
 * one context. */
const struct edxml_element *
edxml_element_find(enum edxml_context in, const char *local, unsigned *bit_out);

#endif

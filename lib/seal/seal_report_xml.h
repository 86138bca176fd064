/*
 * seal_report_xml: a verification report in the form of ETSI TS 119 102-2 v1.4.1: a ValidationReport with one SignatureValidationReport for each
 * signature and the validation objects with their proofs of existence. It is not signed here. schemas/xsd/validation-report.xsd, written
 * from the standard's facts, is what the tests hold it against.
 */
#ifndef CONGVAN_SEAL_SEAL_REPORT_XML_H
#define CONGVAN_SEAL_SEAL_REPORT_XML_H

#include "lib/seal/seal.h"

/* Appends the document (UTF-8, with XML declaration) to `to`, whose maximum bounds it. */
enum status seal_report_xml(const struct seal_report *r, struct buf *to);

#endif

/*
 * sniff: what bytes are, by their content alone: names and declared types of exchanged files are
 * often wrong (docs/edxml.md 1.9). Also says whether they agree with a name, whether they can
 * run, and whether a text-decoding sender has ruined them.
 */
#ifndef CONGVAN_DOC_SNIFF_H
#define CONGVAN_DOC_SNIFF_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"

/* name, word, MIME type, usual suffixes (first one is the one we give) */
#define SNIFF_TABLE(X)                                                                             \
	X(UNKNOWN, "unknown", "application/octet-stream", "")                                      \
	X(EMPTY, "empty", "application/octet-stream", "")                                          \
	X(PDF, "pdf", "application/pdf", "pdf")                                                    \
	X(ZIP, "zip", "application/zip", "zip,jar,asice,sce,sip,aip,dip")                          \
	X(DOCX, "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", \
		"docx,docm,dotx")                                                                  \
	X(XLSX, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",       \
		"xlsx,xlsm,xltx")                                                                  \
	X(PPTX, "pptx",                                                                            \
		"application/vnd.openxmlformats-officedocument.presentationml.presentation",       \
		"pptx,pptm,ppsx")                                                                  \
	X(ODT, "odt", "application/vnd.oasis.opendocument.text", "odt")                            \
	X(ODS, "ods", "application/vnd.oasis.opendocument.spreadsheet", "ods")                     \
	X(ODP, "odp", "application/vnd.oasis.opendocument.presentation", "odp")                    \
	X(ASICE, "asice", "application/vnd.etsi.asic-e+zip", "asice,sce")                          \
	X(ASICS, "asics", "application/vnd.etsi.asic-s+zip", "asics,scs")                          \
	X(DOC, "doc", "application/msword", "doc,dot")                                             \
	X(XLS, "xls", "application/vnd.ms-excel", "xls")                                           \
	X(PPT, "ppt", "application/vnd.ms-powerpoint", "ppt,pps")                                  \
	X(OLE, "ole", "application/x-ole-storage", "doc,xls,ppt,msg,vsd,mpp")                      \
	X(RTF, "rtf", "application/rtf", "rtf,doc")                                                \
	X(PNG, "png", "image/png", "png")                                                          \
	X(JPEG, "jpeg", "image/jpeg", "jpg,jpeg")                                                  \
	X(TIFF, "tiff", "image/tiff", "tif,tiff")                                                  \
	X(GIF, "gif", "image/gif", "gif")                                                          \
	X(XML, "xml", "application/xml", "xml,xsd,xsl,svg")                                        \
	X(EDXML, "edxml", "application/xml", "edxml,xml")                                          \
	X(P7S, "p7s", "application/pkcs7-signature", "p7s,p7m,p7b")                                \
	X(P7M, "p7m", "application/pkcs7-mime", "p7m,p7s,p7b")                                     \
	X(RAR, "rar", "application/vnd.rar", "rar")                                                \
	X(SEVENZIP, "7z", "application/x-7z-compressed", "7z")                                     \
	X(HTML, "html", "text/html", "html,htm")                                                   \
	X(TEXT, "text", "text/plain; charset=utf-8", "txt,csv,log,md,json")                        \
	X(EXECUTABLE, "executable", "application/x-executable", "exe,dll,so,bin")                  \
	X(SCRIPT, "script", "text/x-script", "sh,py,pl")

enum sniff_kind {
#define SNIFF_ENUM(name, word, mime, suffixes) SNIFF_##name,
	SNIFF_TABLE(SNIFF_ENUM)
#undef SNIFF_ENUM
		SNIFF_COUNT_
};

struct sniff {
	enum sniff_kind kind;
	bool agrees;  /* with the suffix of the name; true when there is no name or no suffix */
	bool damaged; /* a binary file that was decoded as text on its way (bytes EF BF BD), or an
			 archive that cannot be read */
	bool executable; /* a program or script, by bytes or by the name's suffix */
	bool macros;     /* an office document with macros */
};

/*
 * Looks at the whole of bytes. Findings for people go to diag (may be NULL): sniff.executable and
 * sniff.damaged are errors, sniff.macros and sniff.disagrees warnings. name: the declared file
 * name, or NULL.
 */
struct sniff sniff_bytes(struct span bytes, const char *name, struct diag *diag);

const char *sniff_word(enum sniff_kind k);
const char *sniff_mime(enum sniff_kind k);

/* The suffix to give to such a file, without the dot; "bin" when there is none. Static until the
 * process ends. */
const char *sniff_suffix(enum sniff_kind k);

#endif

/* sniff: see sniff.h. */
#include "lib/doc/sniff.h"

#include <string.h>
#include <strings.h>

#include "lib/base/text.h"
#include "lib/doc/pack.h"

#define HEAD 4096u /* enough for declarations, signatures and comments in front */
#define TEXT_HEAD 65536u
#define EDXML_NAMESPACE "http://www.mic.gov.vn/TBT/QCVN_102_2016"
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD, what a decoder puts for bytes that are no text */

struct kind {
	const char *word, *mime, *suffixes;
};

static const struct kind kinds[] = {
#define SNIFF_ROW(name, word, mime, suffixes) {word, mime, suffixes},
	SNIFF_TABLE(SNIFF_ROW)
#undef SNIFF_ROW
};

/* Bytes at the very start. Order matters only where one row begins another. */
static const struct {
	const char *magic;
	size_t len;
	enum sniff_kind kind;
} magics[] = {
#define MAGIC(s, kind)                                                                             \
	{                                                                                          \
		s, sizeof(s) - 1, SNIFF_##kind                                                     \
	}
	MAGIC("\x89PNG\r\n\x1a\n", PNG),
	MAGIC("\xff\xd8\xff", JPEG),
	MAGIC("II*\0", TIFF),
	MAGIC("MM\0*", TIFF),
	MAGIC("GIF87a", GIF),
	MAGIC("GIF89a", GIF),
	MAGIC("PK\3\4", ZIP),
	MAGIC("PK\5\6", ZIP),
	MAGIC("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
	MAGIC("{\\rtf", RTF),
	MAGIC("Rar!\x1a\7", RAR),
	MAGIC("7z\xbc\xaf\x27\x1c", SEVENZIP),
	MAGIC("MZ", EXECUTABLE),
	MAGIC("\x7f"
	      "ELF",
		EXECUTABLE),
	MAGIC("\xfe\xed\xfa\xce", EXECUTABLE),
	MAGIC("\xfe\xed\xfa\xcf", EXECUTABLE),
	MAGIC("\xce\xfa\xed\xfe", EXECUTABLE),
	MAGIC("\xcf\xfa\xed\xfe", EXECUTABLE),
	MAGIC("\xca\xfe\xba\xbe", EXECUTABLE),
	MAGIC("#!", SCRIPT),
	MAGIC("-----BEGIN PKCS7-----", P7S),
	MAGIC("-----BEGIN CMS-----", P7S),
#undef MAGIC
};

/* What is left of a magic number after decoding as UTF-8 with replacement. */
static const struct {
	const char *magic;
	enum sniff_kind kind;
} ruined[] = {
	{REPLACEMENT "PNG\r\n\x1a\n", SNIFF_PNG},
	{REPLACEMENT "PNG\n\x1a\n", SNIFF_PNG},
	{REPLACEMENT REPLACEMENT "\x11\xe0\xa1\xb1\x1a" REPLACEMENT, SNIFF_OLE},
	{REPLACEMENT REPLACEMENT REPLACEMENT, SNIFF_JPEG},
};

/* Suffixes that run something when opened, whatever the bytes. */
static const char runs[] =
	"exe,com,scr,pif,dll,bat,cmd,ps1,vbs,vbe,js,jse,wsf,wsh,hta,msi,msp,lnk,jar,"
	"cpl,reg,sh,apk,elf";

static bool
begins(struct span s, const void *with, size_t n)
{
	return s.len >= n && memcmp(s.data, with, n) == 0;
}

static bool
contains(struct span s, const void *what, size_t n)
{
	return s.len > 0 && memmem(s.data, s.len, what, n) != NULL;
}

static struct span
head(struct span s)
{
	return (struct span){s.data, s.len < HEAD ? s.len : HEAD};
}

/* True when the suffix of name (after the last dot) is one of the list. */
static bool
suffix_in(const char *suffix, const char *list)
{
	size_t len = strlen(suffix);

	while (len > 0 && *list != '\0') {
		size_t n = strcspn(list, ",");

		if (n == len && strncasecmp(list, suffix, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

/* "12.QĐ" has no suffix: only what some kind of file is called counts. */
static bool
is_known(const char *suffix)
{
	bool known = suffix_in(suffix, runs);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !known; i++)
		known = suffix_in(suffix, kinds[i].suffixes);
	return known;
}

static const char *
suffix_of(const char *name)
{
	const char *dot = name != NULL ? strrchr(name, '.') : NULL;

	return dot != NULL ? dot + 1 : "";
}

/* Valid UTF-8 as far as looked, NUL allowed; the cut may fall inside a character, up to three bytes
 * of it. */
static bool
is_utf8(struct span s)
{
	const char *at = (const char *)s.data, *end = at + (s.len < TEXT_HEAD ? s.len : TEXT_HEAD);
	const char *nul;

	for (; (nul = memchr(at, 0, (size_t)(end - at))) != NULL; at = nul + 1)
		if (!text_is_utf8(at, (size_t)(nul - at)))
			return false;
	for (size_t cut = 0; cut < 4 && cut <= (size_t)(end - at); cut++)
		if (text_is_utf8(at, (size_t)(end - at) - cut))
			return true;
	return false;
}

/*
 * A file that was decoded as text is valid UTF-8 from end to end and full of U+FFFD; compressed
 * streams never are. The three bytes alone prove nothing: a large file has them by chance.
 */
static bool
is_ruined(struct span s)
{
	return is_utf8(s) &&
		contains((struct span){s.data, s.len < TEXT_HEAD ? s.len : TEXT_HEAD}, REPLACEMENT,
			3);
}

/* ISO 32000-1 7.5.2: the header may stand within the first 1024 bytes; a comment of binary bytes
 * follows it. */
static bool
is_pdf(struct span s, bool *damaged)
{
	struct span h = {s.data, s.len < 1024 ? s.len : 1024};
	const unsigned char *at = h.len > 0 ? memmem(h.data, h.len, "%PDF-", 5) : NULL;
	const unsigned char *end = h.data + h.len, *line;

	if (at == NULL)
		return false;
	for (line = at; line < end && *line != '\r' && *line != '\n'; line++)
		;
	for (; line < end && (*line == '\r' || *line == '\n'); line++)
		;
	for (at = line; at < end && *at != '\r' && *at != '\n'; at++)
		;
	*damaged = (line < at && *line == '%' &&
			   contains((struct span){line, (size_t)(at - line)}, REPLACEMENT, 3)) ||
		is_ruined(s);
	return true;
}

static bool
has_macros(const struct pack *p)
{
	for (size_t i = 0; i < pack_count(p); i++) {
		const char *base = strrchr(pack_at(p, i)->name, '/');

		base = base != NULL ? base + 1 : pack_at(p, i)->name;
		if (strcasecmp(base, "vbaProject.bin") == 0 ||
			strncmp(pack_at(p, i)->name, "Basic/", 6) == 0)
			return true;
	}
	return false;
}

/* OpenDocument and ASiC: the first entry is `mimetype`, stored. */
static enum sniff_kind
kind_of_mimetype(struct pack *p)
{
	static const enum sniff_kind kinds_of[] = {SNIFF_ODT, SNIFF_ODS, SNIFF_ODP, SNIFF_ASICE, SNIFF_ASICS};
	enum sniff_kind kind = SNIFF_ZIP;
	struct buf mime;
	struct output to;

	if (pack_count(p) == 0 || strcmp(pack_at(p, 0)->name, "mimetype") != 0)
		return SNIFF_ZIP;
	buf_init(&mime, 256);
	to = output_buf(&mime);
	if (pack_read(p, 0, &to, NULL) == STATUS_OK)
		for (size_t i = 0; i < sizeof(kinds_of) / sizeof(kinds_of[0]); i++)
			if (strcmp(buf_str(&mime), kinds[kinds_of[i]].mime) == 0)
				kind = kinds_of[i];
	buf_free(&mime);
	return kind;
}

static void
look_into_zip(struct span s, struct sniff *out)
{
	struct pack *p;

	if (pack_open(s, &pack_limits_default, true, NULL, &p) != STATUS_OK) {
		out->damaged = true;
		return;
	}
	if (pack_find(p, "[Content_Types].xml") < pack_count(p)) {
		if (pack_find(p, "word/document.xml") < pack_count(p))
			out->kind = SNIFF_DOCX;
		else if (pack_find(p, "xl/workbook.xml") < pack_count(p))
			out->kind = SNIFF_XLSX;
		else if (pack_find(p, "ppt/presentation.xml") < pack_count(p))
			out->kind = SNIFF_PPTX;
	} else {
		out->kind = kind_of_mimetype(p);
	}
	out->macros = out->kind != SNIFF_ZIP && has_macros(p);
	pack_close(p);
}

/* Compound files (MS-CFB): stream names stand in the directory in UTF-16LE. */
static void
look_into_ole(struct span s, struct sniff *out)
{
#define WIDE(s) s, sizeof(s) - 1
	if (contains(s, WIDE("W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0")))
		out->kind = SNIFF_DOC;
	else if (contains(s, WIDE("W\0o\0r\0k\0b\0o\0o\0k\0")) ||
		contains(s, WIDE("B\0o\0o\0k\0\0\0")))
		out->kind = SNIFF_XLS;
	else if (contains(s, WIDE("P\0o\0w\0e\0r\0P\0o\0i\0n\0t\0 \0D\0o\0c\0")))
		out->kind = SNIFF_PPT;
	out->macros = contains(s, WIDE("_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0"));
#undef WIDE
}

/* DER: SEQUENCE { OID signedData ... (RFC 5652 section 3). */
static bool
is_cms(struct span s)
{
	return s.len > 20 && s.data[0] == 0x30 &&
		contains((struct span){s.data, 20}, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
			11);
}

/* The element must have this tag: what is in it, or with `over` what follows it. Of BER's indefinite length, which tells no end, all that comes is in it. */
static bool
pass(struct span *s, unsigned char tag, bool over)
{
	size_t len, more, at = 2;

	if (s->len < 2 || s->data[0] != tag)
		return false;
	len = s->data[1];
	if (len > 0x80) {
		more = len & 0x7f;
		if (more > 4 || s->len < 2 + more)
			return false;
		for (len = 0; at < 2 + more; at++)
			len = len << 8 | s->data[at];
	} else if (len == 0x80) {
		if (over)
			return false;
		len = s->len - at;
	}
	if (len > s->len - at)
		return false;
	*s = over ? (struct span){s->data + at + len, s->len - at - len} : (struct span){s->data + at, len};
	return true;
}

/* EncapsulatedContentInfo has its eContent, [0] (RFC 5652 5.2): the document lies inside the signature. */
static bool
has_content(struct span s)
{
	return pass(&s, 0x30, false) && pass(&s, 0x06, true) && pass(&s, 0xa0, false) && pass(&s, 0x30, false) && pass(&s, 0x02, true) &&
		pass(&s, 0x31, true) && pass(&s, 0x30, false) && pass(&s, 0x06, true) && s.len > 0 && s.data[0] == 0xa0;
}

static bool
is_text(struct span s)
{
	if (!is_utf8(s))
		return false;
	for (size_t i = 0; i < s.len && i < TEXT_HEAD; i++)
		if (s.data[i] < 0x20 && memchr("\t\n\r\f", s.data[i], 4) == NULL)
			return false;
	return true;
}

/* Markup has no control characters: bytes that happen to begin with "<" and a letter are no XML. */
static bool
is_markup(struct span h)
{
	if (h.len < 2 || h.data[0] != '<' ||
		!(h.data[1] == '!' || h.data[1] == '_' || ((h.data[1] | 0x20) >= 'a' && (h.data[1] | 0x20) <= 'z') || h.data[1] >= 0x80))
		return false;
	for (size_t i = 1; i < h.len && i < 256; i++)
		if (h.data[i] < 0x20 && memchr("\t\n\r", h.data[i], 3) == NULL)
			return false;
	return true;
}

static enum sniff_kind
kind_of_text(struct span s)
{
	struct span h = head(s);

	if (begins(h, "\xef\xbb\xbf", 3))
		h = (struct span){h.data + 3, h.len - 3};
	while (h.len > 0 && memchr(" \t\r\n", h.data[0], 4) != NULL)
		h = (struct span){h.data + 1, h.len - 1};
	if (h.len >= 5 &&
		(strncasecmp((const char *)h.data, "<html", 5) == 0 ||
			(h.len >= 9 && strncasecmp((const char *)h.data, "<!doctype", 9) == 0 &&
				contains(h, "html", 4))))
		return SNIFF_HTML;
	if (begins(h, "<?xml", 5) || is_markup(h))
		return contains(h, EDXML_NAMESPACE, sizeof(EDXML_NAMESPACE) - 1) ? SNIFF_EDXML
										 : SNIFF_XML;
	return is_text(s) ? SNIFF_TEXT : SNIFF_UNKNOWN;
}

static void
classify(struct span s, struct sniff *out)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (begins(s, magics[i].magic, magics[i].len)) {
			out->kind = magics[i].kind;
			return;
		}
	if (is_cms(s)) { /* before what may be inside it */
		out->kind = has_content(s) ? SNIFF_P7M : SNIFF_P7S;
		return;
	}
	if (is_pdf(s, &out->damaged)) {
		out->kind = SNIFF_PDF;
		return;
	}
	for (size_t i = 0; i < sizeof(ruined) / sizeof(ruined[0]); i++)
		if (begins(s, ruined[i].magic, strlen(ruined[i].magic)) && is_ruined(s) &&
			(ruined[i].kind != SNIFF_JPEG ||
				contains((struct span){s.data, s.len < 64 ? s.len : 64}, "JFIF",
					4))) {
			out->kind = ruined[i].kind;
			out->damaged = true;
			return;
		}
	out->kind = kind_of_text(s);
}

static void
report(const struct sniff *s, const char *name, struct diag *diag)
{
	const char *where = name != NULL ? name : "file";
	const char *word = kinds[s->kind].word;

	if (s->executable)
		diag_error(diag, "sniff.executable", where, word, NULL);
	if (s->damaged)
		diag_error(diag, "sniff.damaged", where, word, NULL);
	if (s->macros)
		diag_warn(diag, "sniff.macros", where, word, NULL);
	if (!s->agrees)
		diag_warn(diag, "sniff.disagrees", where, word, suffix_of(name));
}

struct sniff
sniff_bytes(struct span bytes, const char *name, struct diag *diag)
{
	struct sniff s = {.kind = SNIFF_EMPTY, .agrees = true};
	const char *suffix = suffix_of(name);

	if (bytes.len > 0)
		classify(bytes, &s);
	if (s.kind == SNIFF_ZIP)
		look_into_zip(bytes, &s);
	else if (s.kind == SNIFF_OLE && !s.damaged)
		look_into_ole(bytes, &s);
	s.executable =
		s.kind == SNIFF_EXECUTABLE || s.kind == SNIFF_SCRIPT || suffix_in(suffix, runs);
	if (is_known(suffix) && s.kind != SNIFF_UNKNOWN && s.kind != SNIFF_EMPTY)
		s.agrees = suffix_in(suffix, kinds[s.kind].suffixes);
	report(&s, name, diag);
	return s;
}

const char *
sniff_word(enum sniff_kind k)
{
	return kinds[k].word;
}

const char *
sniff_mime(enum sniff_kind k)
{
	return kinds[k].mime;
}

const char *
sniff_suffix(enum sniff_kind k)
{
	static const char *const suffixes[] = {
		[SNIFF_PDF] = "pdf",
		[SNIFF_ZIP] = "zip",
		[SNIFF_DOCX] = "docx",
		[SNIFF_XLSX] = "xlsx",
		[SNIFF_PPTX] = "pptx",
		[SNIFF_ODT] = "odt",
		[SNIFF_ODS] = "ods",
		[SNIFF_ODP] = "odp",
		[SNIFF_ASICE] = "asice",
		[SNIFF_ASICS] = "asics",
		[SNIFF_DOC] = "doc",
		[SNIFF_XLS] = "xls",
		[SNIFF_PPT] = "ppt",
		[SNIFF_RTF] = "rtf",
		[SNIFF_PNG] = "png",
		[SNIFF_JPEG] = "jpg",
		[SNIFF_TIFF] = "tif",
		[SNIFF_GIF] = "gif",
		[SNIFF_XML] = "xml",
		[SNIFF_EDXML] = "edxml",
		[SNIFF_P7S] = "p7s",
		[SNIFF_P7M] = "p7m",
		[SNIFF_RAR] = "rar",
		[SNIFF_SEVENZIP] = "7z",
		[SNIFF_HTML] = "html",
		[SNIFF_TEXT] = "txt",
		[SNIFF_COUNT_ - 1] = NULL,
	};

	return suffixes[k] != NULL ? suffixes[k] : "bin";
}

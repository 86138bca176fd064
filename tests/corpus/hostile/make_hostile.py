#!/usr/bin/env python3
"""make_hostile: XML and ZIP files made to hurt their reader: make_hostile.py OUTDIR writes NAME.xml, NAME.zip and NAME.*.expect.

Each .expect lists codes that must be found; "accepted" alone means: harmless after all, must be read without an error. They are
made here because nobody should have to keep them.
"""
import base64
import io
import os
import struct
import sys
import zipfile
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data"))
from edxml_builder import *  # noqa: F403

PDF = pdf_bytes()
BASE = str(Document([File("a.pdf", PDF)]))
HEAD = f'<edXML xmlns="{NS}">'


def inside(tag, what, text=BASE):
    """BASE with `what` put at the start of the first element `tag`."""
    at = text.index("<" + tag + ">") + len(tag) + 2
    return text[:at] + what + text[at:]


def doctype(subset, text=BASE):
    return text.replace("<edXML ", f"<!DOCTYPE edXML {subset}><edXML ", 1)


def with_file(name, data, encoded=None):
    return str(Document([File(name, data, encoded=encoded)]))


def laughs():
    out = '<!ENTITY l0 "ha">'
    for i in range(1, 10):
        out += f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">'
    return f"[{out}]"


def xml_cases():
    big = 3 << 20
    yield "xxe-file", inside("edXML:Subject", "&x;", doctype('[<!ENTITY x SYSTEM "file:///etc/passwd">]')), ["xml.doctype"]
    yield "xxe-http", inside("edXML:Subject", "&x;", doctype('[<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]')), ["xml.doctype"]
    yield "xxe-parameter", doctype('[<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]'), ["xml.doctype"]
    yield "external-dtd", doctype('SYSTEM "http://127.0.0.1:9/edxml.dtd"'), ["xml.doctype"]
    yield "public-dtd", doctype('PUBLIC "-//X//Y" "file:///dev/zero"'), ["xml.doctype"]
    yield "billion-laughs", inside("edXML:Subject", "&l9;", doctype(laughs())), ["xml.doctype"]
    yield "quadratic-blowup", inside("edXML:Subject", "&a;" * 50000, doctype(f'[<!ENTITY a "{"a" * 50000}">]')), ["xml.doctype"]
    yield "endless-internal-subset", "<!DOCTYPE a [" + '<!ENTITY a "b">' * 100000, ["xml.doctype"]
    yield "entity-recursion", inside("edXML:Subject", "&a;", doctype('[<!ENTITY a "&b;"><!ENTITY b "&a;">]')), ["xml.doctype"]
    yield "attribute-defaults", doctype('[<!ATTLIST edXML xmlns CDATA "urn:x">]'), ["xml.doctype"]
    yield "doctype-lower-case", BASE.replace("<edXML ", "<!doctype edXML><edXML ", 1), ["xml.doctype"]
    yield "doctype-after-comment", BASE.replace("<edXML ", "<!-- x --><!DOCTYPE edXML><edXML ", 1), ["xml.doctype"]
    yield "doctype-inside", inside("edXML:edXMLHeader", "<!DOCTYPE a>"), ["xml.doctype"]
    yield "xinclude", inside("edXML:Subject", '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'), \
        ["xml.schema.value"]
    yield "xinclude-in-header", inside("edXML:MessageHeader", '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'), \
        ["accepted"]
    yield "schema-location", BASE.replace("<edXML ", '<edXML xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
                                          f'xsi:schemaLocation="{NS} http://127.0.0.1:9/x.xsd" ', 1), ["accepted"]
    yield "stylesheet", BASE.replace("<edXML ", '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><edXML ', 1), ["accepted"]
    yield "type-override", BASE.replace("<edXML:Subject>", '<edXML:Subject xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
                                        'xsi:type="edXML:Organization">', 1), ["xml.schema.other"]
    yield "deep-100000", HEAD + "<a>" * 100000, ["xml.limit.depth"]
    yield "deep-closed", inside("edXML:edXMLHeader", '<x xmlns="urn:x">' + "<a>" * 5000 + "</a>" * 5000 + "</x>"), ["xml.limit.depth"]
    yield "wide-300000", inside("edXML:edXMLHeader", '<x xmlns="urn:x">' + "<a/>" * 300000 + "</x>"), ["xml.limit.elements"]
    yield "receivers-20000", inside("edXML:MessageHeader", "<edXML:To><edXML:OrganId>A</edXML:OrganId></edXML:To>" * 20000), ["edxml.limit.list"]
    yield "traces-5000", inside("edXML:TraceHeaderList", "<edXML:TraceHeader/>" * 5000), ["edxml.limit.list"]
    yield "unknown-90000", inside("edXML:MessageHeader", "<edXML:A/>" * 90000), ["edxml.element.unknown"]
    yield "attribute-3-mb", HEAD.replace(">", ' a="' + "x" * big + '">'), ["xml.limit.tag"]
    yield "attributes-100000", "<edXML " + " ".join(f'a{i}=""' for i in range(100000)) + "/>", ["xml.limit.tag"]
    yield "attributes-500", inside("edXML:edXMLHeader", "<edXML:A " + " ".join(f'a{i}=""' for i in range(500)) + "/>"), ["xml.limit.attributes"]
    yield "namespaces-500", inside("edXML:edXMLHeader", "<edXML:A " + " ".join(f'xmlns:a{i}="u{i}"' for i in range(500)) + "/>"), ["xml.limit.attributes"]
    yield "name-1-mb", HEAD + "<" + "n" * (1 << 20) + "/>", ["xml.limit.tag"]
    yield "names-90000", inside("edXML:edXMLHeader", '<x xmlns="urn:x">' + "".join(f"<{'n' * 100}{i}/>" for i in range(90000)) + "</x>"), \
        ["accepted"]
    yield "comment-3-mb", HEAD + "<!--" + "x" * big + "--></edXML>", ["xml.limit.tag"]
    yield "comments-200000", inside("edXML:edXMLHeader", "<!---->" * 200000), ["accepted"]
    yield "instruction-3-mb", HEAD + "<?p " + "x" * big + "?></edXML>", ["xml.limit.tag"]
    yield "text-3-mb", inside("edXML:Subject", "x" * big), ["xml.limit.text"]
    yield "cdata-3-mb", inside("edXML:Subject", "<![CDATA[" + "x" * big + "]]>"), ["xml.limit.text"]
    yield "references-100000", inside("edXML:Subject", "&#65;" * 100000), ["xml.limit.text"]
    yield "entity-name-1-mb", inside("edXML:Subject", "&" + "a" * (1 << 20) + ";"), ["xml.malformed"]
    yield "white-space-3-mb", inside("edXML:MessageHeader", " " * big), ["xml.limit.text"]
    yield "utf-16", BASE.encode("utf-16"), ["xml.encoding"]
    yield "utf-16-no-mark", BASE.encode("utf-16-le"), ["xml.encoding"]
    yield "utf-32", BASE.encode("utf-32-be"), ["xml.encoding"]
    yield "utf-7", BASE.replace("utf-8", "utf-7"), ["xml.encoding"]
    yield "ebcdic", BASE.replace("utf-8", "cp037").encode("cp037", "replace"), ["xml.malformed"]
    yield "overlong", BASE.encode().replace(b"<edXML:Subject>", b"<edXML:Subject>\xc0\xbc", 1), ["xml.malformed"]
    yield "surrogate", BASE.encode().replace(b"<edXML:Subject>", b"<edXML:Subject>\xed\xa0\x80", 1), ["xml.malformed"]
    yield "nul-byte", BASE.encode().replace(b"<edXML:Subject>", b"<edXML:Subject>\0", 1), ["xml.malformed"]
    yield "cdata-end-in-text", inside("edXML:Subject", "]]>"), ["xml.malformed"]
    yield "zeros-1-mb", b"\0" * (1 << 20), ["xml.encoding"]
    yield "noise", bytes((i * 73 ^ i >> 3) & 255 for i in range(65536)), ["xml.encoding"]
    yield "base64-white-space-3-mb", with_file("a.pdf", b"", base64.b64encode(PDF).decode() + " \n" * (big // 2)), ["accepted"]
    yield "base64-only-padding", with_file("a.pdf", b"", "=" * 1000000), ["edxml.attachment.base64"]
    yield "base64-children", with_file("a.pdf", PDF).replace("<ContentTransferEncoded>", "<ContentTransferEncoded><a/>"), ["xml.schema.value"]
    yield "attachment-unclosed", BASE[:BASE.index("</ContentTransferEncoded>")] + "AAAA" * 500000, ["xml.malformed"]
    yield "attachment-name-is-path", with_file("../../../etc/cron.d/x.pdf", PDF), ["accepted", "edxml.attachment.path"]
    yield "attachment-zip-slip", with_file("a.zip", zip_bytes([("../../x", b"x"), ("b", b"x")])), ["accepted", "pack.name"]
    yield "attachment-bomb", with_file("a.pdf", sdk_zip(b"\0" * (64 << 20), "pdf")), ["pack.ratio"]
    yield "attachment-bomb-of-bombs", with_file("a.zip", sdk_zip(sdk_zip(b"\0" * (32 << 20), "zip"), "zip")), ["accepted"]


class Zip:
    """An archive made field by field, so that any of them can lie."""

    def __init__(self):
        self.out, self.central, self.count = io.BytesIO(), b"", 0

    def add(self, name, data=b"x", method=8, flags=0, crc=None, size=None, packed=None, central_name=None, central_method=None,
            central_flags=None, offset=None, made=0x031E, mode=0o100600, local=True, raw=None, disk=0, extra=b""):
        at = self.out.tell() if offset is None else offset
        body = raw if raw is not None else (zlib.compress(data, 9)[2:-4] if method == 8 else data)
        crc = zlib.crc32(data) if crc is None else crc
        size = len(data) if size is None else size
        packed = len(body) if packed is None else packed
        if local:
            self.out.write(struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, flags, method, 0, 0x21, crc, packed & 0xFFFFFFFF,
                                       size & 0xFFFFFFFF, len(name), 0) + name + body)
        name = name if central_name is None else central_name
        self.central += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, made, 20, flags if central_flags is None else central_flags,
                                    method if central_method is None else central_method, 0, 0x21, crc, packed & 0xFFFFFFFF,
                                    size & 0xFFFFFFFF, len(name), len(extra), 0, disk, 0, mode << 16, at & 0xFFFFFFFF) + name + extra
        self.count += 1
        return self

    def end(self, count=None, size=None, offset=None, disk=0, comment=b"", before=b"", after=b"", zip64=None):
        start = self.out.tell()
        self.out.write(self.central + before)
        if zip64 is not None:
            at = self.out.tell()
            self.out.write(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, zip64, zip64, len(self.central), start))
            self.out.write(struct.pack("<IIQI", 0x07064B50, 0, at, 1))
        n = self.count if count is None else count
        self.out.write(struct.pack("<IHHHHIIH", 0x06054B50, disk, disk, n & 0xFFFF, n & 0xFFFF,
                                   len(self.central) if size is None else size, start if offset is None else offset, len(comment)))
        self.out.write(comment + after)
        return self.out.getvalue()


def many(n):
    z = Zip()
    for i in range(n):
        z.add(b"%d" % i, b"", method=0)
    return z.end(count=0xFFFF, zip64=n) if n > 0xFFFE else z.end()


def overlap(n):
    """All entries are the same bytes: a small file that inflates n times."""
    z = Zip().add(b"0", b"\0" * (1 << 20))
    for i in range(1, n):
        z.add(b"%d" % i, b"\0" * (1 << 20), offset=0, local=False)
    return z.end()


def quoted():
    """An entry whose stored data is the next entry, header and all."""
    inner = Zip().add(b"b", b"\0" * (1 << 20)).out.getvalue()
    return Zip().add(b"a", inner, method=0).add(b"b", b"\0" * (1 << 20), offset=31, local=False).end()


def quine_like(depth):
    data = b"x" * 10
    for i in range(depth):
        data = Zip().add(b"a.zip" if i else b"a.txt", data, method=0).end()
    return data


def bomb_tree(depth, width, leaf_size):
    data = Zip().add(b"zero", b"\0" * leaf_size).end()
    for _ in range(depth):
        z = Zip()
        for i in range(width):
            z.add(b"%d.zip" % i, data)
        data = z.end()
    return data


def zip_cases():
    good = Zip().add(b"a.txt", b"xin chao").add(b"b/c.txt", b"b", method=0).end()
    yield "good", good, ["accepted"]
    yield "good-comment", Zip().add(b"a.txt").end(comment=b"ghi chu"), ["accepted"]
    yield "good-zip64", Zip().add(b"a.txt").end(count=0xFFFF, zip64=1), ["accepted"]
    yield "empty-archive", Zip().end(), ["accepted"]
    yield "ratio", Zip().add(b"a", b"\0" * (16 << 20)).end(), ["pack.ratio"]
    yield "ratio-one-of-many", Zip().add(b"b").add(b"a", b"\0" * (16 << 20)).add(b"c").end(), ["pack.ratio"]
    yield "count-20000", many(20000), ["pack.entries"]
    yield "count-70000", many(70000), ["pack.entries"]
    yield "count-lies-zip64", Zip().add(b"a").end(count=0xFFFF, zip64=1 << 60), ["pack.entries"]
    yield "count-lies", Zip().add(b"a").end(count=3), ["pack.malformed"]
    yield "count-lies-less", Zip().add(b"a").add(b"b").end(count=1), ["pack.malformed"]
    yield "overlap-same-data", overlap(200), ["pack.ambiguous"]
    yield "overlap-quoted", quoted(), ["pack.overlap"]
    yield "overlap-partly", Zip().add(b"a", b"x" * 100, method=0).add(b"b", b"y" * 20, method=0, offset=10).end(), ["pack.malformed"]
    yield "total-declared", Zip().add(b"a", size=400 << 20).add(b"b", size=400 << 20).add(b"c", size=400 << 20).end(), ["pack.total"]
    yield "size-declared", Zip().add(b"a", size=600 << 20).end(), ["pack.size"]
    yield "size-lies-less", Zip().add(b"a", b"x" * 1000, size=10).end(), ["pack.damaged"]
    yield "size-lies-more", Zip().add(b"a", b"x" * 10, size=1000).end(), ["pack.damaged"]
    yield "nesting-10", quine_like(10), ["pack.nesting"]
    yield "nesting-3", quine_like(4), ["accepted"]
    yield "bombs-in-archives", bomb_tree(2, 10, 16 << 20), ["pack.ratio"]
    yield "bombs-below-ratio", bomb_tree(2, 40, 4 << 20), ["pack.total"]
    for name, bad in (("slip", b"../../etc/passwd"), ("slip-inside", b"a/../../b"), ("absolute", b"/etc/passwd"), ("backslash", b"..\\..\\x"),
                      ("drive", b"C:x"), ("nul", b"a.txt\0.exe"), ("control", b"a\nb"), ("empty-name", b""), ("dot", b"."),
                      ("long-name", b"n" * 60000)):
        yield "name-" + name, Zip().add(bad).end(), ["pack.name"]
    yield "link", Zip().add(b"a", b"/etc/passwd", mode=0o120777).end(), ["pack.link"]
    yield "device", Zip().add(b"a", b"", mode=0o020666).end(), ["pack.link"]
    yield "duplicate", Zip().add(b"a", b"1").add(b"a", b"2").end(), ["pack.duplicate"]
    yield "encrypted", Zip().add(b"a", flags=1).end(), ["pack.encrypted"]
    yield "encrypted-only-in-directory", Zip().add(b"a", central_flags=1).end(), ["pack.ambiguous"]
    yield "encrypted-directory", Zip().add(b"a", flags=0x2000).end(), ["pack.encrypted"]
    yield "method-lzma", Zip().add(b"a", method=14).end(), ["pack.method"]
    yield "method-unknown", Zip().add(b"a", method=255).end(), ["pack.method"]
    yield "two-names", Zip().add(b"a.pdf", central_name=b"a.exe").end(), ["pack.ambiguous"]
    yield "two-methods", Zip().add(b"a", method=8, central_method=0).end(), ["pack.ambiguous"]
    yield "split", Zip().add(b"a").end(disk=1), ["pack.split"]
    yield "split-entry", Zip().add(b"a", disk=3).end(), ["pack.split"]
    yield "crc", Zip().add(b"a", b"xin chao", crc=1).end(), ["pack.damaged"]
    yield "deflate-noise", Zip().add(b"a", b"x" * 100, raw=b"\xff" * 60).end(), ["pack.damaged"]
    yield "deflate-endless", Zip().add(b"a", b"x" * 100, raw=b"\0\0\0\xff\xff" * 20000).end(), ["pack.damaged"]
    yield "truncated-half", good[:len(good) // 2], ["pack.truncated"]
    yield "truncated-end", good[:-4], ["pack.truncated"]
    yield "truncated-start", good[10:], ["pack.malformed"]
    yield "packed-beyond", Zip().add(b"a", packed=1 << 20).end(), ["pack.truncated"]
    yield "offset-beyond", Zip().add(b"a", offset=1 << 30, local=False).end(), ["pack.truncated"]
    yield "directory-beyond", Zip().add(b"a").end(offset=1 << 30), ["pack.malformed"]
    yield "directory-size-lies", Zip().add(b"a").end(size=7), ["pack.malformed"]
    yield "junk-before-end", Zip().add(b"a").end(before=b"junk"), ["pack.malformed"]
    yield "zip64-no-locator", Zip().add(b"a").end(count=0xFFFF), ["pack.malformed"]
    yield "zip64-no-field", Zip().add(b"a", size=0xFFFFFFFF).end(), ["pack.malformed"]
    yield "zip64-short-field", Zip().add(b"a", size=0xFFFFFFFF, extra=struct.pack("<HHI", 1, 4, 1)).end(), ["pack.malformed"]
    yield "zip64-size", Zip().add(b"a", size=0xFFFFFFFF, extra=struct.pack("<HHQ", 1, 8, 1 << 62)).end(), ["pack.size"]
    yield "second-archive-in-comment", Zip().add(b"a.txt", b"one").end(comment=Zip().add(b"b.exe", b"two").end()), ["pack.malformed"]
    yield "program-in-front", b"MZ" + b"\0" * 500 + good, ["pack.malformed"]
    yield "trailing", good + b"hello" * 100, ["accepted", "pack.trailing"]
    yield "only-header", b"PK\3\4", ["pack.truncated"]
    yield "noise", b"PK\3\4" + bytes((i * 73 ^ i >> 3) & 255 for i in range(100000)), ["pack.truncated"]
    yield "only-ends", b"PK\5\6" * 20000, ["pack.split"]


def main():
    out, count = sys.argv[1], 0
    os.makedirs(out, exist_ok=True)
    for suffix, cases in (("xml", xml_cases()), ("zip", zip_cases())):
        for name, content, expect in cases:
            path = os.path.join(out, f"{name}.{suffix}")
            with open(path, "wb") as f:
                f.write(content if isinstance(content, bytes) else content.encode())
            with open(path + ".expect", "w") as f:
                f.write("".join(code + "\n" for code in expect))
            count += 1
    if "-v" in sys.argv:
        print(count)


if __name__ == "__main__":
    main()

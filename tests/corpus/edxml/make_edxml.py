#!/usr/bin/env python3
"""make_edxml: the corpus of edXML packets: make_edxml.py OUTDIR writes good/, bad/, status-good/ and status-bad/.

good: in the shapes that genuine packets have (order, prefixes, codes, dates, ZIP forms); NAME.expect lists warnings that must appear, and no
error may. bad: each is a good packet with one thing wrong; NAME.expect lists the codes of which each must appear as an error.
A case is one row; the texts are invented.
"""
import base64
import os
import re
import struct
import sys
import unicodedata
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data"))
from edxml_builder import *  # noqa: F403

PDF, DOCX = pdf_bytes(), docx_bytes()
UUID = some_uuid("x")


def raw_pdf():
    return File("Công văn 2440.pdf", PDF)


def zipped_docx():
    return File("Biểu mẫu.docx", sdk_zip(DOCX, "docx"), "application/zip")


def doc(*files, **more):
    d = Document(files if files else [raw_pdf(), zipped_docx()], p=more.pop("p", P))
    for k, v in more.items():
        setattr(d, k, v)
    return d


def swap(text, *pairs):
    """Replaces; every old text must be there."""
    text = str(text)
    for old, new in pairs:
        new_text = re.sub(old, lambda m: m.expand(new) if "\\" in new else new, text, count=1, flags=re.S)
        assert new_text != text, old
        text = new_text
    return text


def drop(text, tag):
    return swap(text, (f"<(edXML:)?{tag}>.*?</(edXML:)?{tag}>", ""))


def business(kind, *kids):
    return el("Bussiness", leaf("BussinessDocType", kind), *kids)


def response(*kids):
    return el("ResponseFor", *kids)


def shuffled():
    """Every block in another order than the SDK's, attachments before the envelope."""
    d = doc()
    text = str(d)
    text = swap(text, (r"(<edXML:OrganId>[^<]*</edXML:OrganId>)(<edXML:OrganizationInCharge>.*?</edXML:OrganizationInCharge>)"
                       r"(<edXML:OrganName>.*?</edXML:OrganName>)", r"\3\2\1"),
                (r"(<edXML:Subject>.*?</edXML:Subject>)(.*)(</edXML:MessageHeader>)", r"\2\1\3"),
                (r"(<edXML:TraceHeader>.*?</edXML:TraceHeader>)(<edXML:Bussiness>.*?</edXML:Bussiness>)", r"\2\1"),
                (r"(<edXML:MessageHeader>.*</edXML:MessageHeader>)(<edXML:TraceHeaderList>.*</edXML:TraceHeaderList>)", r"\2\1"),
                (r"(<edXML:edXMLEnvelope.*</edXML:edXMLEnvelope>)(<AttachmentEncoded>.*</AttachmentEncoded>)", r"\2\1"))
    return text


def fake_certificate():
    der = b"\x30\x82\x02\x00" + bytes(range(256)) * 2
    return base64.b64encode(der).decode()


REAL_SIGNATURE = ('<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><Reference URI=""><DigestValue>'
                  + base64.b64encode(b"d" * 32).decode() + "</DigestValue></Reference></SignedInfo><SignatureValue>"
                  + base64.b64encode(b"s" * 256).decode() + "</SignatureValue><KeyInfo><X509Data><X509Certificate>"
                  + fake_certificate() + "</X509Certificate></X509Data></KeyInfo></Signature>")


def private_shape():
    kid = el("Attachment", leaf("ContentId", UUID, ""), leaf("AttachmentName", "Tờ trình.pdf", ""), leaf("AttachmentType", "pdf", ""),
             leaf("AttachmentSize", str(len(PDF)), ""), leaf("AttachmentData", base64.b64encode(PDF).decode(), ""), p="")
    ref = el("Reference", leaf("ContentId", "cid:" + UUID), leaf("AttachmentName", "Tờ trình.pdf"), leaf("AttachmentType", "pdf"))
    d = doc()
    d.files, d.body = [], el("edXMLBody", el("edXMLManifest", ref))
    return str(d).replace("</edXML>\n", kid + "</edXML>\n")


def old_manifest():
    """S4's form: attributes in the manifest, no cid: in the attachment."""
    d = doc(raw_pdf())
    d.body = el("edXMLBody", el("edXMLManifest", el("Reference", leaf("AttachmentName", d.files[0].name), leaf("Description", "Toàn văn"),
                attrs=f' xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="cid:{d.files[0].content_id}" xlink:type="simple"'),
                attrs=' version="1.0"'))
    return str(d).replace("<ContentId>cid:", "<ContentId>")


def minimal():
    head = el("MessageHeader", el("From", leaf("OrganId", "A99.01")), el("To", leaf("OrganId", "A99.01.07")),
              leaf("DocumentId", UUID), el("Code", leaf("CodeNumber", "15"), leaf("CodeNotation", "BC/ĐU")),
              leaf("Subject", "Báo cáo tuần"))
    return f'<edXML xmlns="{NS}">' + el("edXMLEnvelope", el("edXMLHeader", head), attrs=f' xmlns:edXML="{NS}"') + "</edXML>"


def wrapped(text, width=76):
    """base64 in lines, as some encoders give it."""
    def lines(m):
        return m.group(1) + "\r\n".join(m.group(2)[i:i + width] for i in range(0, len(m.group(2)), width)) + m.group(3)
    return re.sub(r"(<ContentTransferEncoded>)(.*?)(</ContentTransferEncoded>)", lines, str(text), flags=re.S)


def good():
    new = doc()
    yield "sdk-zip", doc(File("Công văn.pdf", sdk_zip(PDF, "PDF"), "application/zip")), []
    yield "raw-pdf-zipped-docx", new, []
    yield "two-codes-of-one-receiver", doc(to=[dict(TO), dict(TO, organ_id="007.01.00.A99")]), []
    yield "two-hundred-receivers", doc(to=[dict(organ_id=f"A99.{i // 10:02}.{i:03}", name=f"Đảng ủy xã số {i}") for i in range(200)]), []
    yield "minimal-header", minimal(), ["edxml.organ_name.missing", "edxml.type_name.missing", "edxml.attachment.none"]
    yield "uuid-document-id", doc(document_id=UUID.upper()), []
    yield "document-id-of-another-organ", doc(document_id="000.00.00.G22,2015/09/30,7816/VPCP-TTĐT"), []
    yield "document-id-impossible-day", doc(document_id="A99.01,2014/02/30,12/BC"), ["edxml.document_id.date"]
    yield "no-prefix-at-all", doc(p=""), []
    yield "mixed-prefixes", swap(doc(), ("<edXML:OtherInfo>", f'<x:OtherInfo xmlns:x="{NS}">'), ("</edXML:OtherInfo>", "</x:OtherInfo>"),
                                 ("<edXML:Subject>", "<Subject>"), ("</edXML:Subject>", "</Subject>")), []
    yield "other-order", shuffled(), []
    yield "three-hops", doc(traces=[("A99.01", "2025/10/13 09:15:30"), (None, "2025/10/13 09:15:31"), ("02.29.W00", "2025/10/13 09:16:00")]), []
    yield "hop-null", doc(traces=[("null", "2025/10/13 09:15:30"), ("A99.01", "2025/10/13 09:15:31")]), []
    yield "trace-attributes", swap(doc(), ("<edXML:TraceHeaderList>", '<edXML:TraceHeaderList id="t1" version="1.0" edXML:mustUnderstand="1" '
                                           'edXML:actor="http://schemas.xmlsoap.org/soap/actor/next">')), []
    yield "no-trace-list", swap(doc(), ("<edXML:TraceHeaderList>.*</edXML:TraceHeaderList>", "")), []
    yield "recall", doc(business=business("1", leaf("BussinessDocReason", "Gửi nhầm đơn vị nhận"))), []
    yield "recall-without-body", doc(files=[], business=business("1", leaf("BussinessDocReason", "Ban hành sai thẩm quyền")), body=""), []
    yield "recall-listing-only", swap(doc(business=business("1", leaf("BussinessDocReason", "Sai phụ lục"))),
                                      ("<AttachmentEncoded>.*</AttachmentEncoded>", "")), ["edxml.attachment.missing"]
    yield "update-both", doc(business=business("2", leaf("BussinessDocReason", "Sửa thời hạn và thêm nơi nhận"),
                             leaf("DocumentId", "A99.01,2025/10/10,2431/VPTU-TH"),
                             el("BussinessDocumentInfo", leaf("DocumentInfo", "1"), leaf("DocumentReceiver", "1"),
                                el("ReceiverList", el("Receiver", leaf("OrganId", "A99.01.09"), leaf("ReceiverType", "1")),
                                   el("Receiver", leaf("ReceiverType", "0"), leaf("OrganId", "A99.01.03")))))), []
    yield "update-information", doc(business=business("2", leaf("DocumentId", UUID), el("BussinessDocumentInfo",
                                    leaf("DocumentReceiver", "false"), leaf("DocumentInfo", "true")))), []
    yield "replace", doc(business=business("3", leaf("BussinessDocReason", "Thay văn bản ban hành sai"),
                         el("ReplacementInfoList", el("ReplacementInfo", leaf("DocumentId", "A99.01,2025/09/01,2100/VPTU-TH"),
                            el("OrganIdList", leaf("OrganId", "A99.01.07"), leaf("OrganId", "A99.01.08"))),
                            el("ReplacementInfo", leaf("DocumentId", UUID))))), []
    yield "business-with-three-s", swap(doc(), ("edXML:BussinessDocType>0</edXML:BussinessDocType", "edXML:BusinessDocType>0</edXML:BusinessDocType")), []
    yield "answers-two", doc(responses=response(leaf("OrganId", "A99.01.07"), leaf("Code", "267/ĐU-VP"), leaf("PromulgationDate", "2025/10/01"),
                             leaf("DocumentId", "A99.01.07,2025/10/01,267/ĐU-VP")) + response(leaf("DocumentId", UUID), leaf("OrganId", "A99.02"))), []
    yield "answers-empty", doc(responses="<edXML:ResponseFor/>"), []
    yield "signer-full-name-only", swap(doc(), ("<edXML:Competence>.*?</edXML:Position>", "")), []
    yield "date-with-dashes", doc(date="2025-10-13", due="2025-10-30"), ["edxml.date.form"]
    yield "date-day-first", doc(date="13/10/2025"), ["edxml.date.form"]
    yield "date-with-time", doc(date="2025-10-13T00:00:00"), ["edxml.date.form"]
    yield "date-impossible", doc(due="2025/02/30"), ["edxml.date"]
    yield "number-is-a-time", doc(number="091530123", notation="GW-HUB"), []
    yield "number-with-letters", doc(number="74fass22"), []
    yield "number-only", swap(doc(), ("<edXML:CodeNotation>.*?</edXML:CodeNotation>", "")), ["edxml.code.incomplete"]
    yield "type-not-a-kind", doc(type=("2", "0", "Văn bản điện tử mới")), []
    yield "content-type-lies", doc(File("Công văn.pdf", sdk_zip(PDF, "pdf"), "text/plain", listed_type="application/pdf")), []
    yield "entry-suffix-edxml", doc(File("Báo cáo.docx", sdk_zip(DOCX, "edxml"), "application/unk")), []
    yield "docx-not-unwrapped", doc(File("Đề án.docx", DOCX, "application/docx")), []
    yield "archive-of-many", doc(File("Hồ sơ.zip", zip_bytes([("a.pdf", PDF), ("b.docx", DOCX)]), "application/zip")), []
    yield "archive-named-zip", doc(File("Hồ sơ.zip", sdk_zip(PDF, "pdf"), "application/zip")), []
    yield "archive-in-sdk-zip", doc(File("Hồ sơ.zip", sdk_zip(zip_bytes([("a.pdf", PDF), ("b.docx", DOCX)]), "zip"), "application/zip")), []
    yield "archive-stored", doc(File("Công văn.pdf", zip_bytes([(UUID.upper() + ".pdf", PDF)], zipfile.ZIP_STORED), "application/zip")), []
    yield "name-says-docx", doc(File("Công văn.docx", PDF)), ["sniff.disagrees"]
    yield "macros", doc(File("Biểu.docm", docx_bytes(macros=True), "application/docx")), ["sniff.macros"]
    yield "text-attachment", doc(File("ghi chú.txt", "Kính gửi các đồng chí\n".encode(), "text/plain")), []
    yield "old-manifest", old_manifest(), []
    yield "content-id-brackets", swap(doc(), ("<ContentId>cid:([^<]*)<", r"<ContentId>CID:&lt;\1&gt;<")), []
    yield "content-id-differs", swap(doc(raw_pdf()), ("<ContentId>cid:[^<]*<", "<ContentId>cid:khac<")), ["edxml.content_id.differs"]
    yield "unlisted", swap(doc(), ("<edXML:Reference>.*?</edXML:Reference>", "")), ["edxml.attachment.unlisted"]
    yield "private-shape", private_shape(), ["edxml.attachment.private"]
    yield "no-signature", doc(signature=""), []
    yield "empty-signature", doc(signature="<edXML:DigitalSignature/>"), []
    yield "xml-signature", doc(signature=REAL_SIGNATURE), []
    yield "decomposed-text", unicodedata.normalize("NFD", str(doc())), []
    yield "base64-in-lines", wrapped(doc()), []
    yield "base64-in-cdata", swap(doc(), ("<ContentTransferEncoded>(.*?)</ContentTransferEncoded>",
                                          r"<ContentTransferEncoded><![CDATA[\1]]></ContentTransferEncoded>")), []
    yield "byte-order-mark", "\ufeff" + str(doc()), []
    yield "comments-and-instructions", swap(doc(), ("<edXML:edXMLHeader>", "<edXML:edXMLHeader><!-- cổng --><?nha-may v1?>"),
                                            ("<AttachmentEncoded>", "<!-- > ' \" <x> -->\n<AttachmentEncoded>")), []
    yield "foreign-block", swap(doc(), ("</edXML:MessageHeader>", '<v:Ext xmlns:v="urn:vendor"><v:A>1</v:A></v:Ext></edXML:MessageHeader>')), \
        ["edxml.element.foreign"]
    yield "lower-case-tenant", doc(sender=dict(FROM, organ_id="vxp.saas.03")), []
    yield "enterprise", doc(sender=dict(FROM, organ_id="020100107370"), document_id="020100107370,2025/10/13,2440/SX-HĐTV"), []
    yield "control-characters", doc(subject="V/v\u0085 họp\u007f giao ban"), ["edxml.text.control"]
    yield "direction-override", doc(subject="Công văn \u202efdp.exe"), ["edxml.text.direction"]
    yield "same-receiver-twice", doc(to=[dict(TO), dict(TO)]), ["edxml.to.duplicate"]
    yield "references-and-entities", doc(subject="Quy định <A> & <B> \"C\" 'D'"), []


def damaged_zip(data, at, value=0xff):
    out = bytearray(data)
    out[at] ^= value
    return bytes(out)


def encrypted_flag(data):
    """Sets the flag "encrypted" in both headers of an archive with one entry."""
    out = bytearray(data)
    out[6] |= 1
    out[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(out)


def bomb():
    return sdk_zip(b"\0" * (12 << 20), "pdf")


def one(name, data, content_type="application/pdf", **more):
    return doc(File(name, data, content_type, **more))


def bad():
    d = doc()
    for tag, code in (("From", "edxml.from.missing"), ("To", "edxml.to.missing"), ("DocumentId", "edxml.document_id.missing"),
                      ("Code", "edxml.code.missing"), ("Subject", "edxml.subject.missing")):
        yield "no-" + tag.lower(), drop(d, tag), [code]
    yield "from-without-id", swap(d, ("<edXML:OrganId>.*?</edXML:OrganId>", "")), ["edxml.organ_id.missing", "xml.schema.element"]
    yield "to-without-id", swap(d, ("(<edXML:To>)<edXML:OrganId>.*?</edXML:OrganId>", r"\1")), ["edxml.organ_id.missing"]
    yield "organ-id-empty", doc(sender=dict(FROM, organ_id="  ")), ["edxml.organ_id.missing", "xml.schema.value"]
    yield "organ-id-long", doc(sender=dict(FROM, organ_id="A99." + "01." * 11 + "1234")), ["edxml.organ_id.long", "xml.schema.value"]
    yield "subject-empty", doc(subject=" \n\t"), ["edxml.subject.missing"]
    yield "code-empty", doc(number="", notation=""), ["edxml.code.missing"]
    yield "document-id-empty", doc(document_id=""), ["edxml.document_id.missing"]
    yield "document-id-long", doc(document_id="A99.01,2025/10/13," + "9" * 600), ["xml.schema.value"]
    yield "no-header", swap(d, ("<edXML:MessageHeader>.*</edXML:MessageHeader>", "")), ["edxml.header.missing"]
    yield "header-empty", swap(d, ("<edXML:MessageHeader>.*</edXML:MessageHeader>", "<edXML:MessageHeader/>")), ["edxml.from.missing", "edxml.subject.missing"]
    yield "two-headers", swap(d, ("(<edXML:MessageHeader>.*</edXML:MessageHeader>)", r"\1\1")), ["edxml.element.repeated"]
    for tag in ("From", "Subject", "DocumentId", "Code", "PromulgationInfo"):
        yield "two-" + tag.lower(), swap(d, (f"(<edXML:{tag}>.*?</edXML:{tag}>)", r"\1\1")), ["edxml.element.repeated"]
    yield "two-numbers", swap(d, ("(<edXML:CodeNumber>.*?</edXML:CodeNumber>)", r"\1\1")), ["edxml.element.repeated", "xml.schema.element"]
    yield "two-envelopes", swap(d, ("(<edXML:edXMLEnvelope.*</edXML:edXMLEnvelope>)", r"\1\1")), ["edxml.element.repeated"]
    yield "two-business", swap(d, ("(<edXML:Bussiness>.*</edXML:Bussiness>)", r"\1\1")), ["edxml.element.repeated"]
    yield "unknown-in-header", swap(d, ("<edXML:Subject>", "<edXML:NguoiSoan>A</edXML:NguoiSoan><edXML:Subject>")), ["edxml.element.unknown", "xml.schema.element"]
    yield "unknown-in-organ", swap(d, ("<edXML:OrganName>", "<edXML:MaSoThue>1</edXML:MaSoThue><edXML:OrganName>")), ["edxml.element.unknown", "xml.schema.element"]
    yield "unknown-in-root", swap(d, ("<AttachmentEncoded>", "<Attachments/><AttachmentEncoded>")), ["edxml.element.unknown", "xml.schema.element"]
    yield "wrong-case", swap(d, ("edXML:Subject>(.*?)</edXML:Subject", r"edXML:subject>\1</edXML:subject")), ["edxml.element.unknown", "edxml.subject.missing"]
    yield "text-between", swap(d, ("<edXML:Subject>", "lạc<edXML:Subject>")), ["xml.schema.element"]
    yield "element-in-subject", swap(d, ("<edXML:Subject>", "<edXML:Subject><edXML:B>đậm</edXML:B>")), ["xml.schema.value"]
    yield "date-words", doc(date="ngày 13 tháng 10"), ["xml.schema.value"]
    yield "due-words", doc(due="cuối tháng"), ["xml.schema.value"]
    yield "priority-words", swap(d, ("<edXML:Priority>1", "<edXML:Priority>khẩn")), ["xml.schema.value"]
    yield "pages-words", swap(d, ("<edXML:PageAmount>2", "<edXML:PageAmount>hai")), ["xml.schema.value"]
    yield "type-words", doc(type=("CV", "0", "Công văn")), ["xml.schema.value"]
    yield "steering-fraction", doc(steering="1.5"), ["xml.schema.value"]
    yield "steering-huge", doc(steering="9" * 40), ["xml.schema.value"]
    for kind in ("4", "44", "-1"):
        yield "business-" + kind.strip("-"), doc(business=business(kind)), ["edxml.business.type"]
    yield "business-words", doc(business=business("mới")), ["edxml.business.type", "xml.schema.value"]
    yield "update-of-nothing", doc(business=business("2", el("BussinessDocumentInfo", leaf("DocumentInfo", "1")))), ["edxml.business.document_id"]
    yield "replace-without-list", doc(business=business("3")), ["edxml.business.replacement"]
    yield "replace-without-id", doc(business=business("3", el("ReplacementInfoList", el("ReplacementInfo", el("OrganIdList", leaf("OrganId", "A99")))))), \
        ["edxml.business.document_id", "xml.schema.element"]
    yield "receiver-without-id", doc(business=business("2", leaf("DocumentId", UUID), el("BussinessDocumentInfo", leaf("DocumentInfo", "1"),
                                     el("ReceiverList", el("Receiver", leaf("ReceiverType", "1")))))), ["xml.schema.element"]
    yield "flag-words", doc(business=business("2", leaf("DocumentId", UUID), el("BussinessDocumentInfo", leaf("DocumentInfo", "có")))), ["xml.schema.value"]
    yield "subject-too-long", doc(subject="a" * 62000), ["xml.schema.value"]
    yield "content-over-limit", doc(content="a" * 70000), ["xml.limit.text"]
    yield "manifest-in-header", swap(d, ("<edXML:TraceHeaderList>", "<edXML:edXMLManifest/><edXML:TraceHeaderList>")), ["edxml.element.unknown"]
    yield "header-in-body", swap(d, ("<edXML:edXMLManifest", "<edXML:MessageHeader/><edXML:edXMLManifest")), ["edxml.element.unknown", "xml.schema.element"]
    # attachments
    yield "pdf-damaged", one("Công văn.pdf", as_text(PDF)), ["edxml.attachment.damaged"]
    yield "pdf-damaged-in-zip", one("Công văn.pdf", sdk_zip(as_text(PDF), "pdf")), ["edxml.attachment.damaged"]
    yield "docx-damaged", one("Biểu.docx", as_text(DOCX)), ["edxml.attachment.damaged"]
    yield "zip-header-only", one("Biểu.docx", b"PK\x03\x04\x14\x00 khong phai tep nen"), ["edxml.attachment.damaged"]
    yield "zip-truncated", one("Biểu.docx", DOCX[:-40]), ["edxml.attachment.damaged"]
    yield "zip-data-damaged", one("Công văn.pdf", damaged_zip(sdk_zip(PDF, "pdf"), 90)), ["edxml.attachment.damaged", "pack.damaged"]
    yield "zip-encrypted", one("Công văn.pdf", encrypted_flag(sdk_zip(PDF, "pdf"))), ["pack.encrypted", "edxml.attachment.damaged"]
    yield "zip-bomb", one("Công văn.pdf", bomb()), ["pack.ratio", "edxml.attachment.damaged"]
    yield "png-damaged", one("ảnh.png", as_text(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))), ["edxml.attachment.damaged"]
    yield "base64-character", one("a.pdf", b"", encoded="JVBER-0xLjQ="), ["edxml.attachment.base64"]
    yield "base64-padding", one("a.pdf", b"", encoded="JVBERi0xLjQ"), ["edxml.attachment.base64"]
    yield "base64-stray-bits", one("a.pdf", b"", encoded="JVBERi0xLjR="), ["edxml.attachment.base64"]
    yield "base64-after-end", one("a.pdf", b"", encoded="JVBERi0xLg==JVBERi0xLg=="), ["edxml.attachment.base64"]
    yield "bytes-empty", one("a.pdf", b""), ["edxml.attachment.empty"]
    yield "bytes-absent", swap(one("a.pdf", PDF), ("<ContentTransferEncoded>.*?</ContentTransferEncoded>", "")), ["edxml.attachment.empty"]
    yield "bytes-twice", swap(one("a.pdf", PDF), ("(<ContentTransferEncoded>.*?</ContentTransferEncoded>)", r"\1\1")), ["edxml.element.repeated"]
    yield "attachment-missing", swap(d, ("<Attachment>.*?</Attachment>", "")), ["edxml.attachment.missing"]
    yield "attachments-all-missing", swap(d, ("<AttachmentEncoded>.*</AttachmentEncoded>", "")), ["edxml.attachment.missing"]
    yield "listed-twice", swap(d, ("(<edXML:Reference>.*?</edXML:Reference>)", r"\1\1")), ["edxml.content_id.duplicate"]
    yield "attached-twice", swap(d, ("(<Attachment>.*?</Attachment>)", r"\1\1")), ["edxml.content_id.duplicate"]
    yield "program", one("Công văn.pdf", b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0"), ["sniff.executable"]
    yield "program-in-zip", one("Công văn.pdf", sdk_zip(b"\x7fELF\2\1\1" + bytes(60), "pdf")), ["sniff.executable"]
    yield "script", one("Công văn.txt", b"#!/bin/sh\nrm -rf /\n"), ["sniff.executable"]
    yield "script-by-name", one("Công văn.pdf.js", b"WScript.Echo('a')\n"), ["sniff.executable"]
    yield "too-many-attachments", doc(*[File(f"{i}.txt", b"a", content_id=f"c{i}") for i in range(61)]), ["edxml.limit.list"]
    # not this, or no XML
    yield "wrong-namespace", str(d).replace("QCVN_102_2016", "QCVN_102_2030"), ["edxml.root"]
    yield "no-namespace", swap(doc(p=""), (f' xmlns="{NS}"', "")), ["edxml.root"]
    yield "wrong-root", str(d).replace("<edXML ", "<edxml ").replace("</edXML>", "</edxml>"), ["edxml.root"]
    yield "old-form", ('<?xml version="1.0"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Header>'
                       '<e:MessageHeader xmlns:e="http://www.e-doc.vn/Schema/"/></S:Header><S:Body/></S:Envelope>'), ["edxml.old_form"]
    yield "empty-root", f'<edXML xmlns="{NS}"/>', ["edxml.header.missing", "xml.schema.element"]
    yield "unclosed", str(d)[:-12], ["xml.malformed"]
    yield "cut-in-base64", str(d)[:str(d).index("<ContentTransferEncoded>") + 400], ["xml.malformed"]
    yield "crossed-tags", swap(d, ("</edXML:Subject>", "</edXML:Content>")), ["xml.malformed"]
    yield "unknown-entity", swap(d, ("<edXML:Subject>", "<edXML:Subject>&nbsp;")), ["xml.malformed"]
    yield "bare-ampersand", swap(d, ("<edXML:Subject>", "<edXML:Subject>A & B ")), ["xml.malformed"]
    yield "unbound-prefix", swap(d, (f' xmlns:edXML="{NS}"', "")), ["xml.malformed"]
    yield "attribute-twice", swap(d, ("<edXML:edXMLHeader>", '<edXML:edXMLHeader id="1" id="2">')), ["xml.malformed"]
    yield "control-byte", swap(d, ("<edXML:Subject>", "<edXML:Subject>\x01")), ["xml.malformed"]
    yield "not-utf8", str(d).encode().replace("Sông".encode(), b"S\xf4ng"), ["xml.malformed"]
    yield "declared-latin1", str(d).replace('encoding="utf-8"', 'encoding="ISO-8859-1"'), ["xml.encoding"]
    yield "utf-16", str(d).replace("utf-8", "utf-16").encode("utf-16"), ["xml.encoding"]
    yield "doctype", swap(d, ("<edXML ", '<!DOCTYPE edXML SYSTEM "edxml.dtd"><edXML ')), ["xml.doctype"]
    yield "two-roots", str(d) + f'<edXML xmlns="{NS}"/>', ["xml.malformed"]
    yield "trailing-bytes", str(d) + "hết", ["xml.malformed"]
    yield "empty-file", "", ["xml.malformed"]
    yield "a-pdf", PDF, ["xml.malformed"]
    yield "a-json", '{"packet":"document"}', ["xml.malformed"]


def status_good():
    for code, text in (("01", "Văn bản đã đến"), ("02", "Gửi sai thẩm quyền"), ("03", "Đã tiếp nhận"), ("04", "Phân công Phòng Tổng hợp"),
                       ("05", "Đang xử lý"), ("06", "Đã hoàn thành"), ("13", "Gửi nhầm, xin lấy lại"), ("15", "Đồng ý"), ("16", "Đã xử lý xong")):
        yield "code-" + code, status_message(code, text), []
    yield "no-staff", status_message(staff=False), []
    yield "no-description", status_message(description=None), []
    yield "named-status", status_message(header="Status"), []
    yield "no-prefix", status_message(p=""), []
    yield "other-order", swap(status_message(), ("(<edXML:From>.*</edXML:From>)(.*)(</edXML:MessageHeader>)", r"\2\1\3")), []
    yield "one-digit", status_message("3"), ["edxml.status_code.form"]
    yield "rejection-without-reason", status_message("02", None), ["edxml.reason.missing"]
    yield "no-document-id", status_message(response=el("ResponseFor", leaf("OrganId", "A99.01"), leaf("Code", "2440/VPTU-TH"))), \
        ["edxml.document_id.missing"]
    yield "iso-time", status_message(timestamp="2025-10-13T10:02:11.250+07:00"), []
    yield "impossible-time", status_message(timestamp="2025/02/30 10:02:11"), ["edxml.time"]


def status_bad():
    s = status_message()
    yield "no-code", drop(s, "StatusCode"), ["edxml.status_code.missing", "xml.schema.element"]
    for code in ("07", "14", "99", "00"):
        yield "code-" + code, status_message(code), ["edxml.status_code.unknown"]
    yield "code-words", status_message("xong"), ["edxml.status_code.unknown", "xml.schema.value"]
    yield "code-three", status_message("003"), ["edxml.status_code.unknown", "xml.schema.value"]
    yield "two-codes", swap(s, ("(<edXML:StatusCode>.*?</edXML:StatusCode>)", r"\1\1")), ["edxml.element.repeated", "xml.schema.element"]
    yield "no-response", drop(s, "ResponseFor"), ["edxml.response.missing", "xml.schema.element"]
    yield "response-empty", status_message(response="<edXML:ResponseFor/>"), ["edxml.organ_id.missing", "edxml.document_id.missing"]
    yield "two-responses", swap(s, ("(<edXML:ResponseFor>.*?</edXML:ResponseFor>)", r"\1\1")), ["edxml.element.repeated"]
    yield "response-without-organ", status_message(response=el("ResponseFor", leaf("DocumentId", UUID))), ["edxml.organ_id.missing"]
    yield "no-time", drop(s, "Timestamp"), ["edxml.timestamp.missing", "xml.schema.element"]
    yield "time-words", status_message(timestamp="sáng nay"), ["xml.schema.value"]
    yield "date-only", status_message(timestamp="2025/10/13"), ["xml.schema.value"]
    yield "no-from", drop(s, "From"), ["edxml.organ_id.missing", "xml.schema.element"]
    yield "from-without-id", swap(s, ("<edXML:OrganId>.*?</edXML:OrganId>", "")), ["edxml.organ_id.missing"]
    yield "unknown-element", swap(s, ("<edXML:Timestamp>", "<edXML:NguoiGui/><edXML:Timestamp>")), ["edxml.element.unknown", "xml.schema.element"]
    yield "with-attachment", swap(s, ("</edXML>", "<AttachmentEncoded/></edXML>")), ["xml.schema.element"]
    yield "doctype", swap(s, ("<edXML ", "<!DOCTYPE edXML><edXML ")), ["xml.doctype"]
    yield "unclosed", s[:-9], ["xml.malformed"]


def write(folder, cases):
    os.makedirs(folder, exist_ok=True)
    names = set()
    for name, content, expect in cases:
        assert name not in names, name
        names.add(name)
        data = content if isinstance(content, bytes) else str(content).encode()
        path = os.path.join(folder, name + ".edxml")
        with open(path, "wb") as f:
            f.write(data)
        with open(path + ".expect", "w") as f:
            f.write("".join(code + "\n" for code in expect))
    return len(names)


def main():
    out = sys.argv[1]
    for name, cases in (("good", good), ("bad", bad), ("status-good", status_good), ("status-bad", status_bad)):
        count = write(os.path.join(out, name), cases())
        if "-v" in sys.argv:
            print(name, count)


if __name__ == "__main__":
    main()

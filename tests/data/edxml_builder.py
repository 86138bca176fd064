"""edxml_builder: builds edXML packets as the national axis carries them, for tests and the demo. All names and texts are invented.

Used by make_packets.py (demo), ../corpus/edxml/make_edxml.py and ../corpus/hostile/make_hostile.py. Standard library only; everything is
fixed (no clock, no random numbers), so that the same input gives the same bytes.
"""
import base64
import io
import uuid
import zipfile
import zlib
from xml.sax.saxutils import escape

NS = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
P = "edXML:"


def el(name, *kids, p=P, attrs=""):
    """One element; kids are strings of markup (made by el) or Text."""
    return f"<{p}{name}{attrs}>{''.join(kids)}</{p}{name}>"


def leaf(name, text, p=P):
    return "" if text is None else f"<{p}{name}>{escape(text)}</{p}{name}>"


def some_uuid(seed):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "congvan-test/" + str(seed)))


def organ(tag, organ_id, name, in_charge=None, p=P, **more):
    names = {"address": "OrganAdd", "email": "Email", "telephone": "Telephone", "fax": "Fax", "website": "Website"}
    return el(tag, leaf("OrganId", organ_id, p), leaf("OrganizationInCharge", in_charge, p), leaf("OrganName", name, p),
              *(leaf(names[k], v, p) for k, v in more.items()), p=p)


FROM = dict(organ_id="A99.01", name="Văn phòng Thành ủy Sông Thao", in_charge="Thành ủy Sông Thao",
            address="Số 1 đường Hoa Ban, thành phố Sông Thao", email="vanphong@songthao.example", telephone="0210 000 0001",
            website="songthao.example")
TO = dict(organ_id="A99.01.07", name="Đảng ủy phường Bến Tre Xanh", in_charge="Thành ủy Sông Thao",
          address="Số 9 đường Lúa Mới", email="dangbo@bentrexanh.example", telephone="0210 000 0007")


def zip_bytes(entries, method=zipfile.ZIP_DEFLATED):
    """entries: [(name, bytes)]"""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, data in entries:
            info = zipfile.ZipInfo(name, (2025, 10, 13, 8, 0, 0))
            info.compress_type = method
            info.external_attr = 0o600 << 16
            z.writestr(info, data)
    return out.getvalue()


def sdk_zip(data, suffix, seed="entry"):
    return zip_bytes([(f"{some_uuid(seed)}.{suffix}", data)])


def pdf_bytes(lines=("CONG VAN",)):
    """A small valid PDF with one page of plain text and a compressed stream."""
    text = "BT /F1 12 Tf 72 760 Td " + " ".join(f"({l}) Tj 0 -16 Td" for l in lines) + " ET"
    stream = zlib.compress(text.encode("latin-1"), 9)
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>",
               b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
               b" /Resources << /Font << /F1 5 0 R >> >> >>",
               b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    out, offsets = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n", []
    for i, o in enumerate(objects):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i + 1, o)
    xref = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, xref)


def docx_bytes(paragraphs=("Công văn",), macros=False):
    body = "".join(f"<w:p><w:r><w:t>{escape(t)}</w:t></w:r></w:p>" for t in paragraphs)
    entries = [("[Content_Types].xml",
                b'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                b'<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
                b'wordprocessingml.document.main+xml"/></Types>'),
               ("_rels/.rels",
                b'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
                b'relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
                b'relationships/officeDocument" Target="word/document.xml"/></Relationships>'),
               ("word/document.xml",
                ('<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/'
                 'wordprocessingml/2006/main"><w:body>' + body + "</w:body></w:document>").encode())]
    if macros:
        entries.append(("word/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 macro"))
    return zip_bytes(entries)


def as_text(data):
    """What a sender that decodes bytes as text makes of them (U+FFFD for what is none)."""
    return data.decode("utf-8", "replace").encode()


class File:
    """One attachment. data: bytes as sent (already zipped or not)."""

    def __init__(self, name, data, content_type="application/pdf", content_id=None, description=None, listed_type=None,
                 encoded=None):
        self.name, self.data, self.content_type, self.description = name, data, content_type, description
        self.content_id = content_id or some_uuid(name)
        self.listed_type = listed_type or content_type
        self.encoded = encoded

    def reference(self, p=P):
        return el("Reference", leaf("ContentId", "cid:" + self.content_id, p), leaf("ContentType", self.listed_type, p),
                  leaf("Description", self.description, p), leaf("AttachmentName", self.name, p), p=p)

    def attachment(self, p=""):
        text = self.encoded if self.encoded is not None else base64.b64encode(self.data).decode()
        return el("Attachment", leaf("ContentId", "cid:" + self.content_id, p), leaf("AttachmentName", self.name, p),
                  leaf("Description", self.description, p), leaf("ContentType", self.content_type, p),
                  f"<{p}ContentTransferEncoded>{text}</{p}ContentTransferEncoded>", p=p)


DUMMY_SIGNATURE = ('<Signature><SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
                   '<SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"/><Reference URI=""><Transforms>'
                   '<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
                   '<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>'
                   '<DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/><DigestValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA='
                   '</DigestValue></Reference></SignedInfo><SignatureValue>xxxx</SignatureValue><KeyInfo><X509Data>'
                   '<X509SubjectName>CN=Van phong</X509SubjectName><X509Certificate>MIIExTCCA62</X509Certificate></X509Data>'
                   '</KeyInfo></Signature>')


class Document:
    """A document packet; every part may be replaced before str()."""

    def __init__(self, files=(), p=P):
        self.p, self.files = p, list(files)
        self.sender, self.to = dict(FROM), [dict(TO)]
        self.document_id = "A99.01,2025/10/13,2440/VPTU-TH"
        self.number, self.notation = "2440", "VPTU-TH"
        self.place, self.date = "Sông Thao", "2025/10/13"
        self.type = ("71", "0", "Công văn")
        self.subject = "V/v rà soát, số hóa hồ sơ lưu trữ của cấp ủy trước khi sắp xếp"
        self.content = self.subject
        self.signer = ("TL.", "Chánh Văn phòng", "Người Ký Mẫu")
        self.due = "2025/10/30"
        self.other = leaf("Priority", "1", p) + leaf("SphereOfPromulgation", "Văn thư, lưu trữ", p) + \
            leaf("TyperNotation", "NVM", p) + leaf("PromulgationAmount", "12", p) + leaf("PageAmount", "2", p) + \
            el("Appendixes", leaf("Appendix", "Biểu mẫu số hóa", p), p=p)
        self.responses = ""
        self.steering = "0"
        self.places = ["Như trên", "Lưu Văn phòng"]
        self.traces = [("A99.01", "2025/10/13 09:15:30")]
        self.business = el("Bussiness", leaf("BussinessDocType", "0", p), leaf("BussinessDocReason", "Văn bản mới", p),
                           leaf("DocumentId", self.document_id, p), leaf("Paper", "0", p),
                           el("StaffInfo", leaf("Department", "Phòng Tổng hợp", p), leaf("Staff", "Cán bộ Mẫu", p),
                              leaf("Mobile", "0900 000 000", p), leaf("Email", "canbo@songthao.example", p), p=p), p=p)
        self.signature = DUMMY_SIGNATURE
        self.body = None  # markup, or None: made from files
        self.declaration = '<?xml version="1.0" encoding="utf-8"?>'

    def message(self):
        p = self.p
        signer = el("SignerInfo", *(leaf(n, v, p) for n, v in zip(("Competence", "Position", "FullName"), self.signer)), p=p)
        return el("MessageHeader", organ("From", p=p, **self.sender), *(organ("To", p=p, **t) for t in self.to),
                  leaf("DocumentId", self.document_id, p),
                  el("Code", leaf("CodeNumber", self.number, p), leaf("CodeNotation", self.notation, p), p=p),
                  el("PromulgationInfo", leaf("Place", self.place, p), leaf("PromulgationDate", self.date, p), p=p),
                  el("DocumentType", *(leaf(n, v, p) for n, v in zip(("Type", "TypeDetail", "TypeName"), self.type)), p=p),
                  leaf("Subject", self.subject, p), leaf("Content", self.content, p), signer, leaf("DueDate", self.due, p),
                  el("OtherInfo", self.other, p=p), self.responses, leaf("SteeringType", self.steering, p),
                  el("ToPlaces", *(leaf("Place", t, p) for t in self.places), p=p), p=p)

    def trace_list(self):
        p = self.p
        return el("TraceHeaderList", *(el("TraceHeader", leaf("OrganId", o, p), leaf("Timestamp", t, p), p=p)
                                       for o, t in self.traces), self.business, p=p)

    def manifest(self):
        p = self.p
        return el("edXMLBody", el("edXMLManifest", *(f.reference(p) for f in self.files), p=p, attrs=' version="1.0"'), p=p)

    def envelope(self):
        p = self.p
        bound = f' xmlns:{p[:-1]}="{NS}"' if p else ""
        return el("edXMLEnvelope", el("edXMLHeader", self.message(), self.trace_list(), self.signature, p=p),
                  self.manifest() if self.body is None else self.body, p=p, attrs=bound)

    def attachments(self):
        return el("AttachmentEncoded", *(f.attachment() for f in self.files), p="") if self.files else ""

    def __str__(self):
        return self.declaration + "\n" + f'<edXML xmlns="{NS}">{self.envelope()}{self.attachments()}</edXML>\n'


def status_message(code="03", description="Văn thư đã tiếp nhận văn bản", sender=None, timestamp="2025/10/13 10:02:11", p=P,
                   response=None, staff=True, header="MessageHeader"):
    if response is None:
        response = el("ResponseFor", leaf("OrganId", "A99.01", p), leaf("Code", "2440/VPTU-TH", p),
                      leaf("PromulgationDate", "2025/10/13", p), leaf("DocumentId", "A99.01,2025/10/13,2440/VPTU-TH", p), p=p)
    people = el("StaffInfo", leaf("Department", "Văn phòng", p), leaf("Staff", "Văn thư Mẫu", p),
                leaf("Email", "vanthu@bentrexanh.example", p), leaf("Mobile", "0900 000 001", p), p=p) if staff else ""
    message = el(header, organ("From", p=p, **(sender or TO)), response, people, leaf("StatusCode", code, p),
                 leaf("Description", description, p), leaf("Timestamp", timestamp, p), p=p)
    bound = f' xmlns:{p[:-1]}="{NS}"' if p else ""
    return ('<?xml version="1.0" encoding="utf-8"?>\n'
            f'<edXML xmlns="{NS}">{el("edXMLEnvelope", el("edXMLHeader", message, p=p), p=p, attrs=bound)}</edXML>\n')

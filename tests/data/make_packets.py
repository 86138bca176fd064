#!/usr/bin/env python3
"""make_packets: one good edXML packet and three bad ones, for the demo and the flow tests.

usage: make_packets.py OUTDIR [--pdf FILE] [--docx FILE] [--from ID NAME] [--to ID NAME] [--number N] [--notation S]
                       [--subject TEXT] [--date yyyy/MM/dd]

Writes good.edxml (PDF raw, DOCX in the SDK's ZIP form), bad-schema.edxml, bad-damaged.edxml, bad-hostile.edxml, each with
NAME.expect: the codes of the errors that must be found.
"""
import argparse
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import edxml_builder as b


def build(args, pdf, docx):
    doc = b.Document([b.File("Công văn.pdf", pdf, "application/pdf"),
                      b.File("Biểu mẫu kèm theo.docx", b.sdk_zip(docx, "docx"), "application/zip", listed_type="application/docx")])
    doc.sender = dict(b.FROM, organ_id=args.sender[0], name=args.sender[1])
    doc.to = [dict(b.TO, organ_id=args.to[0], name=args.to[1])]
    doc.number, doc.notation, doc.date = args.number, args.notation, args.date
    doc.document_id = f"{args.sender[0]},{args.date},{args.number}/{args.notation}"
    doc.subject = doc.content = args.subject
    doc.traces = [(args.sender[0], args.date + " 08:30:00"), ("null", args.date + " 08:30:05")]
    return doc


def main():
    a = argparse.ArgumentParser()
    a.add_argument("outdir")
    a.add_argument("--pdf")
    a.add_argument("--docx")
    a.add_argument("--from", dest="sender", nargs=2, default=[b.FROM["organ_id"], b.FROM["name"]])
    a.add_argument("--to", nargs=2, default=[b.TO["organ_id"], b.TO["name"]])
    a.add_argument("--number", default="2440")
    a.add_argument("--notation", default="VPTU-TH")
    a.add_argument("--date", default="2025/10/13")
    a.add_argument("--subject", default="V/v rà soát, số hóa hồ sơ lưu trữ của cấp ủy trước khi sắp xếp")
    args = a.parse_args()
    pdf = open(args.pdf, "rb").read() if args.pdf else b.pdf_bytes(["V/v ra soat, so hoa ho so luu tru"])
    docx = open(args.docx, "rb").read() if args.docx else b.docx_bytes(["Biểu mẫu số hóa hồ sơ lưu trữ"])
    good = str(build(args, pdf, docx))
    damaged = build(args, b.as_text(pdf), docx)
    damaged.number = str(int(args.number) + 2) if args.number.isdigit() else args.number
    schema = re.sub(r"<edXML:Subject>.*?</edXML:Subject>", "", good, flags=re.S)
    schema = schema.replace("<edXML:Priority>1<", "<edXML:Priority>khẩn<").replace(
        "<edXML:SteeringType>", "<edXML:NguoiSoan>Cán bộ Mẫu</edXML:NguoiSoan><edXML:SteeringType>")
    hostile = good.replace("<edXML ", '<!DOCTYPE edXML [<!ENTITY bi_mat SYSTEM "file:///etc/hostname">]>\n<edXML ', 1).replace(
        "<edXML:Content>", "<edXML:Content>&bi_mat;", 1)
    os.makedirs(args.outdir, exist_ok=True)
    for name, text, expect in (("good", good, []), ("bad-damaged", str(damaged), ["edxml.attachment.damaged"]),
                               ("bad-schema", schema, ["edxml.subject.missing", "edxml.element.unknown", "xml.schema.element", "xml.schema.value"]),
                               ("bad-hostile", hostile, ["xml.doctype"])):
        path = os.path.join(args.outdir, name + ".edxml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        with open(path + ".expect", "w", encoding="utf-8") as f:
            f.write("".join(code + "\n" for code in expect))


if __name__ == "__main__":
    main()

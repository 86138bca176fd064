/* packet_kind: the number of a kind of documents in edXML (DocumentType/Type). Partners go by TypeName; the number is a courtesy. */
#ifndef CONGVAN_FLOW_PACKET_KIND_H
#define CONGVAN_FLOW_PACKET_KIND_H

/* By group B of Amendment 1:2022 to QCVN 102:2016; 0 for kinds it does not have (Kết luận, Thông tri …). */
int packet_kind_number(const char *kind);

#endif

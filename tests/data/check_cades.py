#!/usr/bin/python3
"""check_cades.py FILE.pdf ROOT.pem WORKDIR: takes each signature out of a PDF by its ByteRange, without any of our code, and has
`openssl cms -verify -cades` judge it, and document timestamps `openssl ts -verify`. Exit 1 when one fails or there is none."""
import re
import subprocess
import sys

data = open(sys.argv[1], "rb").read()
bad = count = 0
for m in re.finditer(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data):
    a, n, b, k = map(int, m.groups())
    if n == 0:
        continue
    count += 1
    hole = data[a + n:b]
    der = bytes.fromhex(hole.strip(b"<>").decode())
    length = 4 + int.from_bytes(der[2:4], "big") if der[1] == 0x82 else 2 + der[1]
    cms, content = sys.argv[3] + "/signature-%d.p7s" % count, sys.argv[3] + "/signed-%d.bin" % count
    open(cms, "wb").write(der[:length])
    open(content, "wb").write(data[a:a + n] + data[b:b + k])
    around = data[data.rfind(b" obj", 0, m.start()):data.find(b"endobj", m.end())]
    if b"/ETSI.RFC3161" in around:
        done = subprocess.run(["openssl", "ts", "-verify", "-in", cms, "-token_in", "-data", content, "-CAfile", sys.argv[2]],
                              capture_output=True, text=True, check=False)
        print("    %d: document timestamp: %s" % (count, (done.stdout.strip() or done.stderr.strip()).splitlines()[-1]))
        bad += done.returncode != 0
        continue
    done = subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", cms, "-content", content,
                           "-CAfile", sys.argv[2], "-purpose", "any", "-out", "/dev/null"], capture_output=True, text=True, check=False)
    print("    %d: %s" % (count, done.stderr.strip().splitlines()[0]))
    bad += done.returncode != 0
sys.exit(1 if bad or not count else 0)

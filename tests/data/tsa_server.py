#!/usr/bin/python3
"""A time-stamping authority for the demo and the tests: RFC 3161 over HTTP (section 3.4), answers made by the openssl command.

    tsa_server.py PKI_DIR PORT [--log FILE]

PKI_DIR is a folder of tests/data/make_pki (tsa.pem, tsa.key, issuing.pem). PORT 0 chooses one; the chosen port is printed as the
first line. Ends when its standard input is closed, so that it never outlives who started it.
"""
import http.server
import os
import subprocess
import sys
import tempfile
import threading

CONFIG = """
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = {dir}/serial
crypto_device = builtin
signer_cert = {pki}/tsa.pem
certs = {pki}/issuing-chain.pem
signer_key = {pki}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Tsa(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lock = threading.Lock()  # openssl keeps its serial number in a file

    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
        if self.headers.get("Content-Type") != "application/timestamp-query" or not 0 < length < 65536:
            self.send_error(400)
            return
        query = os.path.join(self.server.folder, "query.%d" % threading.get_ident())
        with open(query, "wb") as f:
            f.write(self.rfile.read(length))
        with self.lock:
            done = subprocess.run(
                ["openssl", "ts", "-reply", "-config", self.server.config, "-queryfile", query],
                capture_output=True, check=False)
        os.unlink(query)
        if done.returncode != 0:
            sys.stderr.write(done.stderr.decode(errors="replace"))
            self.send_error(500)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(done.stdout)))
        self.end_headers()
        self.wfile.write(done.stdout)

    def log_message(self, *args):
        pass


def main():
    pki, port = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "tsa.cnf")
        with open(config, "w", encoding="utf-8") as f:
            f.write(CONFIG.format(dir=folder, pki=pki))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Tsa)
        server.folder, server.config = folder, config
        print(server.server_address[1], flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        while sys.stdin.buffer.read(4096):
            pass
        server.shutdown()


main()

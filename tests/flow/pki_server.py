"""The network side of a test PKI: TSA, OCSP responder, revocation lists and issuers' certificates at the places that its certificates name, by OpenSSL's own
commands, with switches for what goes wrong: `down` (names of parts that answer 503), `hooks` (path -> function of the request handler)."""
import base64
import http.server
import os
import shutil
import subprocess
import tempfile
import threading
import urllib.parse

import demo_pki

LOCK = threading.Lock()


class PkiServer:
    def __init__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def give(self, body, kind="application/octet-stream", code=200):
                self.send_response(code if body else 400)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle_one(self, body):
                path = self.path.split("?")[0]
                part = "tsa" if path == "/tsa" else "ocsp" if path.startswith("/ocsp") else "crl" if path.endswith(".crl") else "cer"
                outer.log.append((self.command, path))
                if path in outer.hooks:
                    outer.body = body
                    return outer.hooks[path](self)
                if part in outer.down:
                    return self.give(b"out of order", code=503)
                if part == "tsa":
                    return self.give(outer.timestamp(body), "application/timestamp-reply")
                if part == "ocsp" and self.command == "POST":
                    if "ocsp-post" in outer.down:
                        return self.give(b"GET only", code=405)
                    return self.give(outer.ocsp(body), "application/ocsp-response")
                if part == "ocsp":
                    return self.give(outer.ocsp(base64.b64decode(urllib.parse.unquote(path[6:]))), "application/ocsp-response")
                name = os.path.basename(path)
                if part == "crl":
                    return self.give(outer.openssl("crl", "-in", os.path.join("crls", name), "-outform", "DER"), "application/pkix-crl")
                return self.give(outer.openssl("x509", "-in", name[:-4] + ".pem", "-outform", "DER"), "application/pkix-cert")

            def do_GET(self):
                self.handle_one(b"")

            def do_POST(self):
                self.handle_one(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        self.down, self.hooks, self.log = set(), {}, []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.dir = tempfile.mkdtemp(prefix="cv-pki-")
        self.pki = os.path.join(self.dir, "pki")
        demo_pki.make(self.pki, self.url)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def trust(self):
        """A trust folder with nothing but the anchor: all else must come by the network."""
        folder = os.path.join(self.dir, "trust")
        os.makedirs(os.path.join(folder, "anchors"), exist_ok=True)
        shutil.copy(os.path.join(self.pki, "anchors", "root.pem"), os.path.join(folder, "anchors"))
        for path, _, names in os.walk(folder):
            os.chmod(path, 0o755)
            for name in names:
                os.chmod(os.path.join(path, name), 0o644)
        os.chmod(self.dir, 0o755)
        return folder

    def asked(self, part):
        return len([p for _, p in self.log if part in p])

    def openssl(self, *args):
        return subprocess.run(["openssl", *args], cwd=self.pki, capture_output=True, timeout=60, check=False).stdout

    def with_files(self, body, *args):
        with LOCK, tempfile.TemporaryDirectory() as folder:
            q, r = os.path.join(folder, "q"), os.path.join(folder, "r")
            with open(q, "wb") as f:
                f.write(body)
            subprocess.run(["openssl"] + [{"Q": q, "R": r}.get(a, a) for a in args], cwd=self.pki, capture_output=True, timeout=60, check=False)
            if not os.path.exists(r):
                return b""
            with open(r, "rb") as f:
                return f.read()

    def timestamp(self, query):
        return self.with_files(query, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "Q", "-out", "R")

    def ocsp(self, request):
        return self.with_files(request, "ocsp", "-index", "issuing.index", "-CA", "issuing.pem", "-rsigner", "ocsp.pem", "-rkey", "ocsp.key", "-reqin", "Q",
                               "-respout", "R", "-ndays", "7")

    def revoke(self, name, when="260301000000Z,keyCompromise"):
        """From now on the responder says that this certificate was revoked then; the lists stay as they are."""
        serial = self.openssl("x509", "-in", name + ".pem", "-noout", "-serial").decode().strip().split("=")[1]
        path = os.path.join(self.pki, "issuing.index")
        with open(path, encoding="utf-8") as f:
            rows = [line.rstrip("\n").split("\t") for line in f]
        for row in rows:
            if row[3] == serial:
                row[0], row[2] = "R", when
        with open(path, "w", encoding="utf-8") as f:
            f.writelines("\t".join(row) + "\n" for row in rows)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)
        shutil.rmtree(self.dir, ignore_errors=True)

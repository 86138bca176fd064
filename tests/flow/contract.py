"""schemas/openapi.json as the flow tests hold it against the daemon: which operation a request is, whether its answer is one that the contract names (status, type of the
content, the body's schema), and the smallest body that a request's schema allows.

Every answer that office.Client sees goes through `check`: a flow test that meets an undocumented answer fails, whatever else it looks at. What such a failure asks for is
one of two: the answer is right, then it is missing in schemas/openapi.json; or the contract is right, then the daemon is to be mended.

tests/flow/test_contract.py does the reverse: it provokes every documented answer.
"""
import collections
import datetime
import json
import os
import re
import urllib.parse
import uuid

import jsonschema

SRC = os.environ.get("CONGVAN_SRCDIR") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATH = os.path.join(SRC, "schemas", "openapi.json")
METHODS = ("get", "post", "put", "patch", "delete")

# Bodies of one operation and status that are validated in one run: thousands of the same would only cost time.
BODIES_MOST = 40


class Undocumented(AssertionError):
    """The daemon said what the contract does not know."""


class Operation:
    def __init__(self, contract, path, method, spec):
        self.path, self.method, self.spec = path, method.upper(), spec
        self.id, self.roles = spec["operationId"], spec.get("x-roles", [])
        self.is_open = spec.get("security") == []
        self.parameters = [contract.resolve(p) for p in spec.get("parameters", [])]
        self.responses = {code: contract.resolve(r) for code, r in spec["responses"].items()}
        self.statuses = sorted(int(code) for code in self.responses if code != "default")
        self.request = spec.get("requestBody", {}).get("content", {})
        self.pattern = re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]+\})", path)) + "$")

    def needs(self, header):
        return any(p["in"] == "header" and p["name"] == header for p in self.parameters)

    def names(self):
        """Names in the path."""
        return re.findall(r"\{([^}]+)\}", self.path)

    @property
    def is_json(self):
        return "application/json" in self.request

    def __str__(self):
        return "%s %s" % (self.method, self.path)


def is_within(kind, content):
    """Whether a media type is one of those named, or of a range of them: application/json, image/*, */*."""
    return any(kind == c or c == "*/*" or (c.endswith("/*") and kind.startswith(c[:-1])) for c in content)


# --- formats that python3-jsonschema leaves to other packages ---

FORMATS = jsonschema.FormatChecker(formats=["date"])


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(text):
    return not isinstance(text, str) or (re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text) is not None
                                         and datetime.datetime.fromisoformat(re.sub(r"(\.\d+)?Z$", "+00:00", text)) is not None)


@FORMATS.checks("uuid", raises=ValueError)
def is_uuid(text):
    return not isinstance(text, str) or str(uuid.UUID(text)) == text


class Contract:
    def __init__(self, path=PATH):
        with open(path, encoding="utf-8") as f:
            self.spec = json.load(f)
        self.close(self.spec["components"]["schemas"])
        self.close(self.spec["paths"])
        self.operations = [Operation(self, p, m, ops[m]) for p, ops in self.spec["paths"].items() for m in METHODS if m in ops]
        self.by_id = {o.id: o for o in self.operations}
        # what any request may get besides: of HTTP itself and of the machine, not of the operation
        self.any = self.spec["components"]["responses"]["Any"]
        self.any_statuses = self.any["x-statuses"]
        self.resolver = jsonschema.RefResolver(base_uri="", referrer=self.spec)
        self.validators = {}
        self.seen = collections.Counter()

    def resolve(self, node):
        while "$ref" in node:
            found = self.spec
            for part in node["$ref"][2:].split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def close(self, node):
        """An object has the members that its schema names and no other, unless the schema says something else: OpenAPI would let any pass. What allOf joins becomes one."""
        for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            self.close(value)
        if isinstance(node, dict) and "allOf" in node:
            parts = [self.resolve(p) for p in node.pop("allOf")]
            node.update(type="object", properties={k: v for p in parts for k, v in p["properties"].items()}, required=[r for p in parts for r in p.get("required", [])])
        if isinstance(node, dict) and isinstance(node.get("properties"), dict) and "type" in node:
            node.setdefault("additionalProperties", False)

    def find(self, method, target):
        """The operation that answers, or None; a literal path goes before one with names, as in daemon/http/route.c."""
        path = urllib.parse.unquote(target.split("?")[0])
        fitting = [o for o in self.operations if o.method == ("GET" if method == "HEAD" else method) and o.pattern.match(path)]
        return min(fitting, key=lambda o: len(o.names()), default=None)

    def response(self, operation, status):
        """The response documented for that status, or None."""
        if operation is not None and str(status) in operation.responses:
            return operation.responses[str(status)]
        return self.any if status in self.any_statuses or (operation is None and status == 404) else None

    def errors(self, schema, value):
        """What is wrong with the value by the schema, in words."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            self.validators[key] = jsonschema.Draft202012Validator(schema, resolver=self.resolver, format_checker=FORMATS)
        return ["%s: %s" % ("/".join(map(str, e.absolute_path)) or ".", e.message[:300]) for e in self.validators[key].iter_errors(value)]

    def check(self, method, target, answer):
        """Raises Undocumented unless the contract has this answer. The answer as office.Answer."""
        operation = answer.operation = self.find(method, target)
        said = "%s (%s) answered %d %s" % (operation or "no operation", target, answer.code, answer.headers.get("content-type", ""))
        response = self.response(operation, answer.code)
        if response is None:
            raise Undocumented("%s, a status that schemas/openapi.json does not name: %r" % (said, answer))
        content = response.get("content", {})
        kind = answer.headers.get("content-type", "").split(";")[0].strip()
        if method == "HEAD" and not answer.body:
            return
        if not content and (answer.body or kind):
            raise Undocumented("%s, but the contract says that it has no content" % said)
        if content and not is_within(kind, content):
            raise Undocumented("%s, but the contract says %s" % (said, ", ".join(content)))
        if kind in content and answer.json is not None:
            self.check_body(operation, answer, content[kind].get("schema", {}), said)

    def check_body(self, operation, answer, schema, said):
        key = (operation.id if operation else "", answer.code)
        self.seen[key] += 1
        if self.seen[key] > BODIES_MOST:
            return
        errors = self.errors(schema, answer.json)
        if errors:
            raise Undocumented("%s, not as its schema says: %s\n%r" % (said, "; ".join(errors[:5]), answer))

    # --- requests ---

    def sample(self, schema):
        """The smallest value that a schema allows: required members only."""
        schema = self.resolve(schema)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        kind = kind[0] if isinstance(kind, list) else kind
        if "enum" in schema:
            return schema["enum"][0]
        if kind == "object":
            return {name: self.sample(schema["properties"][name]) for name in schema.get("required", [])}
        if kind == "array":
            return [self.sample(schema["items"]) for _ in range(schema.get("minItems", 0))]
        if kind in ("integer", "number"):
            return schema.get("minimum", 1)
        if kind == "boolean":
            return False
        return self.sample_text(schema)

    @staticmethod
    def sample_text(schema):
        by_format = {"uuid": lambda: str(uuid.uuid4()), "date": lambda: "2026-11-20", "date-time": lambda: "2026-11-20T00:00:00Z"}
        if schema.get("format") in by_format:
            return by_format[schema["format"]]()
        if "[0-9a-f]{64}" in schema.get("pattern", ""):
            return "ab" * 32
        if schema.get("contentEncoding") == "base64":
            return "QUJD"
        return "x" * max(schema.get("minLength", 1), 1)

    def sample_body(self, operation):
        """None for an operation without a JSON body."""
        return self.sample(operation.request["application/json"]["schema"]) if operation.is_json else None


CONTRACT = Contract()

"""Proofs of the evidence log as a stranger would check them: RFC 6962, RFC 9162 and C2SP's signed note, with hashlib alone."""
import base64
import hashlib


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves):
    """RFC 6962 section 2.1, word by word."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node(root_of(leaves[:k]), root_of(leaves[k:]))


def root_from_inclusion(leaf, index, size, hashes):
    """RFC 9162 section 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in hashes:
        assert sn > 0
        if fn & 1 or fn == sn:
            r = node(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r


def roots_from_consistency(first, second, first_root, hashes):
    """RFC 9162 section 2.1.4.2: the two roots that the proof makes."""
    path = list(hashes)
    if first == second:
        assert not path
        return first_root, first_root
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        assert sn > 0
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return fr, sr


class Tree:
    """Grows leaf by leaf; `root()` of what it has, in the number of its perfect subtrees. `nodes` has the root of each subtree completed: (level, number)."""

    def __init__(self):
        self.size, self.edge, self.nodes = 0, [], {}

    def add(self, leaf):
        level, number = 0, self.size
        self.size += 1
        while number & 1:
            leaf = node(self.edge.pop(), leaf)
            level, number = level + 1, number >> 1
            self.nodes[level, number] = leaf
        self.edge.append(leaf)

    def root(self):
        root = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            root = node(left, root)
        return root


def read_note(text):
    """Body, origin, size, root and signatures of a C2SP signed note."""
    body, signatures = text.split("\n\n", 1)
    origin, size, root = body.split("\n")[:3]
    return (body + "\n").encode(), origin, int(size), base64.b64decode(root), signatures.splitlines()

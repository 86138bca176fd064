"""Just enough of TrueType for the demo's PDFs and pictures: character map, widths, outlines, and a subset with the old glyph numbers."""
import struct


class Font:
    def __init__(self, path):
        with open(path, 'rb') as f:
            self.data = f.read()
        self.tables = {}
        for i in range(struct.unpack_from('>H', self.data, 4)[0]):
            tag, _, at, size = struct.unpack_from('>4sIII', self.data, 12 + 16 * i)
            self.tables[tag.decode()] = self.data[at:at + size]
        head = self.tables['head']
        self.upem = struct.unpack_from('>H', head, 18)[0]
        self.box = struct.unpack_from('>4h', head, 36)
        self.ascent, self.descent = struct.unpack_from('>2h', self.tables['hhea'], 4)
        self.count = struct.unpack_from('>H', self.tables['maxp'], 4)[0]
        self.longs = struct.unpack_from('>H', self.tables['hhea'], 34)[0]
        form = '>%d%s' % (self.count + 1, 'I' if struct.unpack_from('>h', head, 50)[0] else 'H')
        self.loca = [n * (1 if 'I' in form else 2) for n in struct.unpack_from(form, self.tables['loca'])]
        self.map = self.read_map()

    def read_map(self):
        cmap = self.tables['cmap']
        for i in range(struct.unpack_from('>H', cmap, 2)[0]):
            platform, encoding, at = struct.unpack_from('>HHI', cmap, 4 + 8 * i)
            if (platform, encoding) == (3, 1) and struct.unpack_from('>H', cmap, at)[0] == 4:
                return self.read_format_4(cmap, at)
        raise ValueError('no Unicode map')

    @staticmethod
    def read_format_4(cmap, at):
        n = struct.unpack_from('>H', cmap, at + 6)[0] // 2
        ends = struct.unpack_from('>%dH' % n, cmap, at + 14)
        starts = struct.unpack_from('>%dH' % n, cmap, at + 16 + 2 * n)
        deltas = struct.unpack_from('>%dh' % n, cmap, at + 16 + 4 * n)
        offsets = struct.unpack_from('>%dH' % n, cmap, at + 16 + 6 * n)
        out = {}
        for i in range(n):
            for c in range(starts[i], min(ends[i], 0xfffe) + 1):
                g = c
                if offsets[i]:
                    p = at + 16 + 6 * n + 2 * i + offsets[i] + 2 * (c - starts[i])
                    g = struct.unpack_from('>H', cmap, p)[0]
                    if g == 0:
                        continue
                out[c] = (g + deltas[i]) & 0xffff
        return out

    def glyph(self, char):
        return self.map.get(ord(char), 0)

    def width(self, glyph):
        return struct.unpack_from('>H', self.tables['hmtx'], 4 * min(glyph, self.longs - 1))[0]

    def text_width(self, text, size):
        return sum(self.width(self.glyph(c)) for c in text) * size / self.upem

    def outline_data(self, glyph):
        return self.tables['glyf'][self.loca[glyph]:self.loca[glyph + 1]]

    def components(self, glyph):
        """(glyph, dx, dy) of a composite; shifts only, as in the letters with marks."""
        d, at, out = self.outline_data(glyph), 10, []
        if len(d) < 10 or struct.unpack_from('>h', d)[0] >= 0:
            return out
        while True:
            flags, g = struct.unpack_from('>HH', d, at)
            at += 4
            dx, dy = struct.unpack_from('>hh' if flags & 1 else '>bb', d, at)
            at += 4 if flags & 1 else 2
            at += 2 if flags & 8 else 4 if flags & 64 else 8 if flags & 128 else 0
            out.append((g, dx, dy))
            if not flags & 32:
                return out

    def closure(self, glyphs):
        todo, seen = list(glyphs), set()
        while todo:
            g = todo.pop()
            if g not in seen:
                seen.add(g)
                todo += [c[0] for c in self.components(g)]
        return seen

    def subset(self, glyphs):
        """The font program with only these outlines; numbers stay."""
        keep, glyf, loca = self.closure(set(glyphs) | {0}), b'', []
        for g in range(self.count):
            loca.append(len(glyf))
            if g in keep:
                d = self.outline_data(g)
                glyf += d + bytes(-len(d) % 4)
        loca.append(len(glyf))
        head = bytearray(self.tables['head'])
        struct.pack_into('>h', head, 50, 1)
        tables = {t: self.tables[t] for t in ('hhea', 'hmtx', 'maxp', 'cvt ', 'fpgm', 'prep') if t in self.tables}
        tables.update({'head': bytes(head), 'glyf': glyf, 'loca': struct.pack('>%dI' % len(loca), *loca)})
        out, body = b'', b''
        at = 12 + 16 * len(tables)
        for tag in sorted(tables):
            d = tables[tag] + bytes(-len(tables[tag]) % 4)
            total = sum(struct.unpack('>%dI' % (len(d) // 4), d)) & 0xffffffff
            out += struct.pack('>4sIII', tag.encode(), total, at + len(body), len(tables[tag]))
            body += d
        n = len(tables)
        power = 1 << (n.bit_length() - 1)
        return struct.pack('>IHHHH', 0x10000, n, 16 * power, power.bit_length() - 1, 16 * (n - power)) + out + body

    def contours(self, glyph):
        """Lists of (x, y) points with the curves cut into short lines, font units."""
        d = self.outline_data(glyph)
        if len(d) < 10:
            return []
        n = struct.unpack_from('>h', d)[0]
        if n < 0:
            return [[(x + dx, y + dy) for x, y in c] for g, dx, dy in self.components(glyph) for c in self.contours(g)]
        ends = struct.unpack_from('>%dH' % n, d, 10)
        at = 10 + 2 * n
        at += 2 + struct.unpack_from('>H', d, at)[0]
        flags = []
        while len(flags) <= ends[-1]:
            f = d[at]
            at += 1
            flags.append(f)
            if f & 8:
                flags += [f] * d[at]
                at += 1
        axes = []
        for short, same in ((2, 16), (4, 32)):
            v, values = 0, []
            for f in flags:
                if f & short:
                    v += d[at] if f & same else -d[at]
                    at += 1
                elif not f & same:
                    v += struct.unpack_from('>h', d, at)[0]
                    at += 2
                values.append(v)
            axes.append(values)
        out, first = [], 0
        for end in ends:
            points = [(axes[0][i], axes[1][i], flags[i] & 1) for i in range(first, end + 1)]
            first = end + 1
            out.append(self.flatten(points))
        return out

    @staticmethod
    def flatten(points):
        full = []
        for i, p in enumerate(points):  # two off-curve points have an on-curve one between them
            q = points[(i + 1) % len(points)]
            full.append(p)
            if not p[2] and not q[2]:
                full.append(((p[0] + q[0]) / 2, (p[1] + q[1]) / 2, 1))
        while not full[0][2]:
            full.append(full.pop(0))
        out = []
        for i, p in enumerate(full):
            if p[2]:
                out.append((p[0], p[1]))
                continue
            a, b = full[i - 1], full[(i + 1) % len(full)]
            for k in range(1, 6):
                t = k / 6
                out.append(tuple((1 - t) ** 2 * a[j] + 2 * t * (1 - t) * p[j] + t * t * b[j] for j in (0, 1)))
        return out

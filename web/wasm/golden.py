"""Writes src/desktop/pieces.golden.json: pieces of zstd streams as a node flushes them, and the
SHA-256 of what each decodes to. Needs the Python package zstandard. Usage: golden.py > FILE"""

import base64
import hashlib
import json
import random

import zstandard

random.seed(5)  # The same file each time.


def stream(window_log=22):
    parameters = zstandard.ZstdCompressionParameters(
        compression_level=1,
        window_log=window_log,
        enable_ldm=True,
        write_content_size=False,
    )
    return zstandard.ZstdCompressor(compression_params=parameters).compressobj()


def piece(encoder, data):
    return told(encoder.compress(data) + encoder.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK), data)


def told(packed, data):
    return {
        "piece": base64.b64encode(packed).decode(),
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def resumed(data):
    """A stream that ended while nothing changed; the next piece carries its end and a new one."""
    first, second = stream(), stream()
    begun = piece(first, data)
    packed = first.flush() + second.compress(data[::-1])
    packed += second.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    return [begun, told(packed, data[::-1]), piece(second, data)]


def picture(width, height):
    """Text-like rows of glyphs on a dark ground."""
    glyphs = [[random.random() < 0.3 for _ in range(32)] for _ in range(12)]
    rows = []
    for y in range(height):
        cells = [random.Random(y // 8 * 131 + x).randrange(12) for x in range(width // 4)]
        bits = [glyphs[cell][y % 8 * 4 + x] for cell in cells for x in range(4)]
        rows.append(b"".join(b"\xdc\xdc\xdc\xff" if bit else b"\x14\x16\x1c\xff" for bit in bits))
    return rows


rows = picture(64, 48)
desktop = stream()
noise = random.randbytes(4096)
far = stream()
vast = stream(window_log=23)
print(
    json.dumps(
        {
            # A key frame of 64 × 48, one scrolled by eight rows, one tiny.
            "desktop": [
                piece(desktop, b"".join(rows)),
                piece(desktop, b"".join(rows[8:] + rows[:8])),
                piece(desktop, b"\x01\x02\x03\xff"),
            ],
            # A match from almost the whole window away, found by long-distance matching.
            "far": [
                piece(far, noise),
                piece(far, bytes(4 * 1024 * 1024 - 16 * 1024)),
                piece(far, noise),
            ],
            # One zstd frame after another, without a reset.
            "resumed": resumed(noise[:512]),
            # A window larger than a page gives.
            "vast": [piece(vast, bytes(1000))],
        },
        indent=2,
    )
)

"""A picture of few colours as PNG bytes: small enough to stand inside a page."""

import struct
import zlib

import numpy as np

__all__ = ["encode_png"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode_png(pixels: np.ndarray, palette: np.ndarray) -> bytes:
    """PNG of a picture by palette.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width)
        Rows of the palette, from the top.
    palette : ndarray of uint8, shape (n_colours, 4)
        Red, green, blue and opacity; at most 256.
    """
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each line begins with its filter: none
    rows[:, 1:] = pixels
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette[:, :3].tobytes()),
        (b"tRNS", palette[:, 3].tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

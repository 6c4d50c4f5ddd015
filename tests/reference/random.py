"""Slow, obvious twins of the random fills: one chunk at a time, NumPy integers, NumPy's own Philox and libm."""

import numpy as np

CHUNK, LANES, WORDS = 4096, 16, 256
LAW_NAMES = "key uniform64 uniform32 normal64 normal32 exponential gamma integers choice buckets shuffle"
LAWS = {name: number for number, name in enumerate(LAW_NAMES.split(), start=1)}
GOLDEN = 0x9E3779B97F4A7C15
MASK = 2**64 - 1


def philox(key, counter):
    """Four words of Philox4x64-10. NumPy adds 1 to the counter before it uses it, so we start one below."""
    number = (sum(word << (64 * i) for i, word in enumerate(counter)) - 1) % 2**256
    below = [(number >> (64 * i)) & MASK for i in range(4)]
    generator = np.random.Philox(key=np.array(key, np.uint64), counter=np.array(below, np.uint64))
    return [int(word) for word in generator.random_raw(4)]


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def rotate(x, k):
    return (x << np.uint64(k)) | (x >> np.uint64(64 - k))


def chunk_words(key, chunk, law, n_words=CHUNK):
    """The first words of a chunk: step by step, 16 lanes of xoshiro256++ side by side."""
    seeds = philox(key, (chunk, 0, 0, LAWS[law]))
    a, b, c, d = (np.array([mix((s + lane * GOLDEN) & MASK) for lane in range(LANES)], np.uint64) for s in seeds)
    steps = []
    for _ in range(n_words // LANES):
        steps.append(rotate(a + d, 23) + a)
        t = b << np.uint64(17)
        c, d = c ^ a, d ^ b
        b, a = b ^ c, a ^ d
        c, d = c ^ t, rotate(d, 45)
    return np.concatenate(steps)


def open_unit(words):
    return ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def uniform64_chunk(key, chunk):
    return open_unit(chunk_words(key, chunk, "uniform64"))


def uniform32_chunk(key, chunk):
    halves = chunk_words(key, chunk, "uniform32", CHUNK // 2).view("<u4")
    return ((halves >> 9).astype(np.float64) + 0.5) * 2.0**-23


def exponential_chunk(key, chunk):
    return -np.log(open_unit(chunk_words(key, chunk, "exponential")))


def turned(radius, eighth, quarter):
    """Points at ``radius``: an angle of ``eighth`` quarter turns (-1/2 .. 1/2), then ``quarter`` whole ones."""
    angle = (eighth + quarter) * (np.pi / 2)
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])


def normal_block(words):
    first, second = words[: WORDS // 2], words[WORDS // 2 :]
    radius = np.sqrt(-2.0 * np.log(open_unit(first)))
    return turned(radius, open_unit(second) - 0.5, (second & np.uint64(3)).astype(np.int64))


def normal64_chunk(key, chunk):
    return np.concatenate([normal_block(row) for row in chunk_words(key, chunk, "normal64").reshape(-1, WORDS)])


def normal32_chunk(key, chunk):
    def block(halves):
        first, second = halves[:WORDS].astype(np.float64), halves[WORDS:]
        fine = ((second >> 2) & 0xFF).astype(np.float64) / 256 + 1 / 512
        unit = (np.floor(first / 2) + fine) * 2.0**-31
        eighth = ((second >> 10).astype(np.float64) + 0.5) * 2.0**-22 - 0.5
        return turned(np.sqrt(-2.0 * np.log(unit)), eighth, (second & 3).astype(np.int64))

    halves = chunk_words(key, chunk, "normal32", CHUNK // 2).view("<u4").reshape(-1, 2 * WORDS)
    return np.concatenate([block(row) for row in halves])


def integers_chunk(key, chunk, high):
    values = []
    for i, word in enumerate(chunk_words(key, chunk, "integers").tolist()):
        product, attempt = word * high, 0
        while (product & MASK) < (2**64 - high) % high:
            attempt += 1
            product = philox(key, (chunk * CHUNK + i, attempt, 1, LAWS["integers"]))[0] * high
        values.append(product >> 64)
    return np.array(values, np.int64)


def gamma_chunk(key, chunk, shape):
    """Accepted candidates in order; 256 take a block of words for normals, for uniforms and, below 1, for powers."""
    words = iter(chunk_words(key, chunk, "gamma", 4 * 3 * CHUNK).reshape(-1, WORDS))
    d = (shape + 1 if shape < 1 else shape) - 1 / 3
    kept = np.empty(0)
    while len(kept) < CHUNK:
        t = normal_block(next(words)) / np.sqrt(9 * d)
        log_unit = np.log(open_unit(next(words)))
        values = d * (1 + t) ** 3
        power = np.log(open_unit(next(words))) / shape if shape < 1 else 0.0
        values *= np.exp(np.where(power < -708, -np.inf, power))
        with np.errstate(invalid="ignore", divide="ignore"):
            accepted = (t > -1) & (log_unit < 3 * d * (np.log1p(t) - t + t**2 / 2 - t**3 / 3))
        kept = np.append(kept, values[accepted])
    return kept[:CHUNK]


def permutation(key, n, n_buckets):
    """Items in random buckets, kept in order; then Fisher-Yates from the end inside each bucket."""
    n_chunks = -(-n // CHUNK)
    words = np.concatenate([np.empty(0, np.uint64)] + [chunk_words(key, c, "buckets") for c in range(n_chunks)])[:n]
    bucket = (words >> np.uint64(48)) % np.uint64(n_buckets)
    order = []
    for b in range(n_buckets):
        items = np.flatnonzero(bucket == b).tolist()
        source = iter(chunk_words(key, b, "shuffle", (2 * len(items) // LANES + 1) * LANES).tolist())
        for last in range(len(items) - 1, 0, -1):
            product = next(source) * (last + 1)
            while (product & MASK) < 2**64 % (last + 1):
                product = next(source) * (last + 1)
            other = product >> 64
            items[last], items[other] = items[other], items[last]
        order += items
    return np.array(order, np.int64)


def choices_chunk(key, chunk, thresholds, aliases):
    products = [word * len(thresholds) for word in chunk_words(key, chunk, "choice").tolist()]
    cells = [product >> 64 for product in products]
    return np.array(
        [c if (p & MASK) < int(thresholds[c]) else aliases[c] for c, p in zip(cells, products, strict=True)], np.int32
    )


def alias_probabilities(thresholds, aliases):
    """What an alias table draws, from its definition."""
    n = len(thresholds)
    own = thresholds.astype(np.float64) / 2.0**64
    own[aliases == np.arange(n)] = 1.0
    return (own + np.bincount(aliases, weights=1.0 - own, minlength=n)) / n


def rows(chunk_function, n, start, *arguments):
    """Values start .. start + n of an endless sequence, from its chunks."""
    first, last = start // CHUNK, (start + n - 1) // CHUNK
    whole = np.concatenate([chunk_function(arguments[0], c, *arguments[1:]) for c in range(first, last + 1)])
    return whole[start - first * CHUNK :][:n]

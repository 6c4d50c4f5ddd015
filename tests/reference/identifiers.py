"""Slow twins of the identifier kernels, in Python integers."""

WORD = 2**64
ROUNDS = 6


def mix(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) % WORD
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) % WORD
    return x ^ (x >> 31)


def feistel(x, n_bits, keys):
    left_bits, right_bits = n_bits // 2, n_bits - n_bits // 2
    left, right = x >> right_bits, x % 2**right_bits
    for key in keys:
        left, right = right, (left ^ mix((right + key) % WORD)) % 2**left_bits
        left_bits = n_bits - left_bits
    return (left << (n_bits - left_bits)) | right


def permute_values(values, size, key0, key1):
    n_bits = max(2, (size - 1).bit_length())
    keys = [mix((key0 + (i + 1) * key1) % WORD) for i in range(ROUNDS)]
    out = []
    for value in values:
        x = feistel(value, n_bits, keys)
        while x >= size:
            x = feistel(x, n_bits, keys)
        out.append(x)
    return out


def hash_rows(n, start, key0, key1):
    return [mix(mix(((start + i) * 0x9E3779B97F4A7C15 + key0) % WORD) ^ key1) for i in range(n)]


def spell_value(value, alphabets):
    """``value`` written with one alphabet per position, the last position the least significant."""
    letters = []
    for alphabet in reversed(alphabets):
        value, place = divmod(value, len(alphabet))
        letters.append(alphabet[place])
    return "".join(reversed(letters))

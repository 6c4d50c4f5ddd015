"""Fresh identifiers: keyed permutations of numbers, hashes of row numbers, and numbers spelled with given letters."""
from cython.parallel import prange
from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef extern from "sf_identifiers.h" nogil:
    enum:
        SF_ROUNDS
    uint64_t sf_mix(uint64_t x)
    void sf_permute(uint64_t *values, int64_t n, uint64_t size, int n_bits, const uint64_t *keys)
    void sf_hash(uint64_t *out, int64_t n, uint64_t start, uint64_t key0, uint64_t key1)
    void sf_spell(
        uint8_t *row, uint64_t value, const uint8_t *letters, const int64_t *offsets, const int64_t *columns, int64_t n)

cdef enum:
    CHUNK = 4096


def permute_values(uint64_t[::1] values not None, uint64_t size, uint64_t key0, uint64_t key1, int n_threads):
    cdef int64_t n = values.shape[0], chunk, n_chunks = (n + CHUNK - 1) // CHUNK
    cdef uint64_t[SF_ROUNDS] keys
    cdef int n_bits = 2, i
    while n_bits < 63 and (<uint64_t>1 << n_bits) < size:
        n_bits += 1
    for i in range(SF_ROUNDS):
        keys[i] = sf_mix(key0 + <uint64_t>(i + 1) * key1)
    with nogil:
        for chunk in prange(n_chunks, num_threads=n_threads, use_threads_if=n > 4 * CHUNK, schedule="static"):
            sf_permute(&values[chunk * CHUNK], min(<int64_t>CHUNK, n - chunk * CHUNK), size, n_bits, keys)


def hash_rows(uint64_t[::1] out not None, uint64_t start, uint64_t key0, uint64_t key1, int n_threads):
    cdef int64_t n = out.shape[0], chunk, n_chunks = (n + CHUNK - 1) // CHUNK
    with nogil:
        for chunk in prange(n_chunks, num_threads=n_threads, use_threads_if=n > 16 * CHUNK, schedule="static"):
            sf_hash(
                &out[chunk * CHUNK], min(<int64_t>CHUNK, n - chunk * CHUNK), start + <uint64_t>(chunk * CHUNK), key0, key1
            )


def spell_values(
    uint8_t[:, ::1] out not None,
    const uint64_t[::1] values not None,
    const uint8_t[::1] letters not None,
    const int64_t[::1] offsets not None,
    const int64_t[::1] columns not None,
    int n_threads,
):
    cdef int64_t n = out.shape[0], n_columns = columns.shape[0], i
    if n == 0 or n_columns == 0:
        return
    with nogil:
        for i in prange(n, num_threads=n_threads, use_threads_if=n > 4 * CHUNK, schedule="static"):
            sf_spell(&out[i, 0], values[i], &letters[0], &offsets[0], &columns[0], n_columns)

"""Equivalence classes of rows by several columns of integers, exact."""
from cython.parallel cimport prange
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, malloc

cdef extern from "sf_grouping.h" nogil:
    int SF_KEY_CHUNK
    ctypedef struct sf_digit:
        const void *values
        int kind
        uint64_t low
        uint64_t width
    void sf_add_digit(const sf_digit *digit, int64_t start, int64_t n, uint64_t *keys) noexcept
    void sf_count_keys(const uint64_t *keys, int64_t start, int64_t stop, int32_t *counts) noexcept
    void sf_count_partitions(const uint64_t *keys, int64_t start, int64_t stop, int bits, int64_t *counts) noexcept
    void sf_scatter_keys(
        const uint64_t *keys, int64_t start, int64_t stop, int bits, int64_t *places, uint64_t *parted, int32_t *rows
    ) noexcept
    int64_t sf_number_keys(
        const uint64_t *keys, int64_t n, int bits, int32_t *numbers, uint64_t *unique, int32_t *counts
    ) noexcept

ctypedef fused size_type:
    int32_t
    int64_t


def fill_keys(
    list columns,                            # IN bytes of n_columns contiguous arrays of n integers
    const int32_t[::1] kinds not None,       # IN (n_columns,) which integers: 0..3 int8..int64, 4..7 uint8..uint64
    const uint64_t[::1] lows not None,       # IN (n_columns,) taken off, modulo 2**64
    const uint64_t[::1] widths not None,     # IN (n_columns,) values less low are below it
    uint64_t[::1] keys not None,             # IN/OUT (n,) mixed-radix numbers; digits are appended
    int n_threads,
):
    cdef Py_ssize_t n_columns = kinds.shape[0], n = keys.shape[0], c
    cdef Py_ssize_t n_chunks = (n + SF_KEY_CHUNK - 1) // SF_KEY_CHUNK, chunk, start, size
    cdef const uint8_t[::1] view
    cdef sf_digit *digits
    if n == 0 or n_columns == 0:
        return
    digits = <sf_digit *>malloc(n_columns * sizeof(sf_digit))
    if digits == NULL:
        raise MemoryError
    try:
        for c in range(n_columns):
            view = columns[c]
            digits[c].values = &view[0]
            digits[c].kind = kinds[c]
            digits[c].low = lows[c]
            digits[c].width = widths[c]
        for chunk in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n > 65536):
            start = chunk * SF_KEY_CHUNK
            size = SF_KEY_CHUNK if start + SF_KEY_CHUNK <= n else n - start
            for c in range(n_columns):
                sf_add_digit(&digits[c], start, size, &keys[start])
    finally:
        free(digits)


def count_keys(
    const uint64_t[::1] keys not None,       # IN (n,) below n_cells
    int32_t[:, ::1] counts not None,         # IN/OUT (n_parts, n_cells) of the n_parts stretches of rows; counts are added
    int n_threads,
):
    cdef Py_ssize_t n = keys.shape[0], n_parts = counts.shape[0], part
    if n == 0:
        return
    for part in prange(n_parts, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n > 65536):
        sf_count_keys(&keys[0], n * part // n_parts, n * (part + 1) // n_parts, &counts[part, 0])


def number_cells(
    const int32_t[::1] counts not None,      # IN (n_cells,)
    int32_t[::1] numbers not None,           # OUT (n_cells,) how many cells before it are not empty
):
    cdef Py_ssize_t n_cells = counts.shape[0], cell
    cdef int32_t n_used = 0
    with nogil:
        for cell in range(n_cells):
            numbers[cell] = n_used
            n_used += counts[cell] > 0
    return n_used


def count_cells(const int32_t[::1] counts not None):
    cdef Py_ssize_t n_cells = counts.shape[0], cell
    cdef int64_t n_used = 0
    with nogil:
        for cell in range(n_cells):
            n_used += counts[cell] > 0
    return n_used


def gather_cells(
    const int32_t[::1] counts not None,      # IN (n_cells,)
    uint64_t[::1] keys not None,             # OUT (n_used + 1,) the cells that are not empty, ascending; the last: SCRATCH
    int64_t[::1] sizes not None,             # OUT (n_used + 1,) what they hold
):
    cdef Py_ssize_t n_cells = counts.shape[0], cell, place = 0
    with nogil:
        for cell in range(n_cells):
            keys[place] = cell
            sizes[place] = counts[cell]
            place += counts[cell] > 0


def look_up(
    const size_type[::1] table not None,     # IN (n_cells,)
    const uint64_t[::1] keys not None,       # IN (n,) below n_cells
    size_type[::1] out not None,             # OUT (n,)
    int n_threads,
):
    cdef Py_ssize_t n = keys.shape[0], i
    for i in prange(n, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n > 65536):
        out[i] = table[keys[i]]


def part_keys(
    const uint64_t[::1] keys not None,       # IN (n,) any
    int bits,                                # 0..20: there are 2**bits partitions
    int64_t[:, ::1] places not None,         # IN zeros, SCRATCH (n_chunks, 2**bits)
    int64_t[::1] starts not None,            # OUT (2**bits + 1,) of the partitions in parted and rows
    uint64_t[::1] parted not None,           # OUT (n,) keys by partition, rows ascending in each
    int32_t[::1] rows not None,              # OUT (n,) their rows
    int n_threads,
):
    cdef Py_ssize_t n = keys.shape[0], n_chunks = places.shape[0], n_partitions = places.shape[1], chunk, p
    cdef int64_t total = 0, size
    starts[:] = 0
    if n == 0:
        return
    for chunk in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n > 65536):
        sf_count_partitions(&keys[0], n * chunk // n_chunks, n * (chunk + 1) // n_chunks, bits, &places[chunk, 0])
    for p in range(n_partitions):
        starts[p] = total
        for chunk in range(n_chunks):
            size = places[chunk, p]
            places[chunk, p] = total
            total += size
    starts[n_partitions] = total
    for chunk in prange(n_chunks, nogil=True, num_threads=n_threads, schedule="static", use_threads_if=n > 65536):
        sf_scatter_keys(
            &keys[0], n * chunk // n_chunks, n * (chunk + 1) // n_chunks, bits, &places[chunk, 0], &parted[0], &rows[0]
        )


def number_keys(
    const uint64_t[::1] parted not None,     # IN (n,) as part_keys leaves it
    const int64_t[::1] starts not None,      # IN (2**bits + 1,)
    int bits,
    int32_t[::1] numbers not None,           # OUT (n,) number of each key within its partition, by first appearance
    uint64_t[::1] unique not None,           # OUT (n,) distinct keys, each partition's from its start on
    int32_t[::1] counts not None,            # OUT (n,) how often each of them comes
    int64_t[::1] n_unique not None,          # OUT (2**bits,)
    int n_threads,
):
    cdef Py_ssize_t n = parted.shape[0], n_partitions = n_unique.shape[0], p
    cdef int64_t start
    n_unique[:] = 0
    if n == 0:
        return
    for p in prange(n_partitions, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n > 65536):
        start = starts[p]
        if starts[p + 1] > start:
            n_unique[p] = sf_number_keys(
                &parted[start], starts[p + 1] - start, bits, &numbers[start], &unique[start], &counts[start]
            )
    for p in range(n_partitions):
        if n_unique[p] < 0:
            raise MemoryError


def fill_ids(
    const int32_t[::1] numbers not None,     # IN (n,) within each partition
    const int32_t[::1] rows not None,        # IN (n,)
    const int64_t[::1] starts not None,      # IN (n_partitions + 1,)
    const int64_t[::1] offsets not None,     # IN (n_partitions,) of each partition's numbers in ranks
    const int32_t[::1] ranks not None,       # IN (n_classes,)
    int32_t[::1] ids not None,               # OUT (n,) ids[rows[j]] = ranks[offsets[partition] + numbers[j]]
    int n_threads,
):
    cdef Py_ssize_t n = rows.shape[0], n_partitions = offsets.shape[0], p
    cdef int64_t j
    for p in prange(n_partitions, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n > 65536):
        for j in range(starts[p], starts[p + 1]):
            ids[rows[j]] = ranks[offsets[p] + numbers[j]]

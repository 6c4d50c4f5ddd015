"""Two-way tables of many column pairs."""
from cython.parallel cimport prange
from libc.stdint cimport int32_t, int64_t


def count_pairs(
    const int32_t[:, ::1] codes not None,    # IN (n_columns, n_rows), -1 counts nowhere
    const int64_t[::1] first not None,       # IN (n_pairs,) column that gives a table's rows
    const int64_t[::1] second not None,      # IN (n_pairs,) column that gives its columns
    const int64_t[::1] n_second not None,    # IN (n_pairs,) columns of each table
    const int64_t[::1] offset not None,      # IN (n_pairs,) where each table starts in out
    int64_t[::1] out not None,               # IN/OUT tables one after another, row-major; counts are added
    int n_threads,
):
    cdef Py_ssize_t n_rows = codes.shape[1], p, i, a, b
    cdef Py_ssize_t n_pairs = first.shape[0]
    cdef int64_t start, width
    for p in prange(n_pairs, nogil=True, num_threads=n_threads, schedule="dynamic", use_threads_if=n_pairs * n_rows > 20000):
        a = first[p]
        b = second[p]
        width = n_second[p]
        start = offset[p]
        for i in range(n_rows):
            if codes[a, i] >= 0 and codes[b, i] >= 0:
                out[start + codes[a, i] * width + codes[b, i]] += 1

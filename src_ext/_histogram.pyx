"""Counts of values by the leading bits of their order-preserving keys: scan, bin, merge."""
from libc.math cimport INFINITY
from libc.stdint cimport int64_t, uint64_t

cdef extern from "sf_keys.h" nogil:
    ctypedef struct sf_key_range:
        int64_t n_present
        uint64_t lowest, highest
    sf_key_range sf_scan_keys(const double *values, int64_t n) noexcept
    double sf_double_of_key(uint64_t key)
    uint64_t sf_key(double x)
    int sf_bit_length(uint64_t x)

cdef extern from "sf_decimals.h" nogil:
    double sf_find_scale(const double *values, int64_t n, double lowest, double highest) noexcept
    uint64_t sf_cell_bits(double x, double scale)


def scan_values(const double[::1] values not None):
    cdef sf_key_range found
    cdef int64_t n = values.shape[0]
    if n == 0:
        return 0, INFINITY, -INFINITY
    with nogil:
        found = sf_scan_keys(&values[0], n)
    if found.n_present == 0:
        return n, INFINITY, -INFINITY
    return n - found.n_present, sf_double_of_key(found.lowest), sf_double_of_key(found.highest)


def find_scale(const double[::1] values not None, double lowest, double highest):
    cdef double scale
    cdef int64_t n = values.shape[0]
    if n == 0:
        return 1.0
    with nogil:
        scale = sf_find_scale(&values[0], n, lowest, highest)
    return scale


def count_cells(const double[::1] values not None, double scale, double lowest, int64_t[::1] counts not None):
    cdef uint64_t first = sf_cell_bits(lowest, scale)
    cdef int64_t i
    cdef double x
    with nogil:
        for i in range(values.shape[0]):
            x = values[i]
            if x == x:
                counts[<int64_t>(sf_cell_bits(x, scale) - first)] += 1


def count_splits(const double[::1] sorted_values not None, int64_t[::1] splits not None):
    cdef uint64_t key, previous
    cdef int64_t i
    if sorted_values.shape[0] == 0:
        return
    with nogil:
        previous = sf_key(sorted_values[0])
        for i in range(1, sorted_values.shape[0]):
            key = sf_key(sorted_values[i])
            splits[sf_bit_length(key ^ previous)] += 1
            previous = key


def bin_values(
    const double[::1] sorted_values not None,
    int shift,
    double[::1] minima not None,
    double[::1] maxima not None,
    int64_t[::1] counts not None,
):
    cdef uint64_t prefix, previous = 0
    cdef int64_t i, bin = -1
    cdef double x
    with nogil:
        for i in range(sorted_values.shape[0]):
            x = sorted_values[i] + 0.0  # -0.0 becomes 0.0
            prefix = sf_key(x) >> shift
            if prefix != previous or bin < 0:
                bin += 1
                minima[bin] = x
                counts[bin] = 0
                previous = prefix
            maxima[bin] = x
            counts[bin] += 1


def merge_bins(
    const double[::1] left_minima not None,
    const double[::1] left_maxima not None,
    const int64_t[::1] left_counts not None,
    const double[::1] right_minima not None,
    const double[::1] right_maxima not None,
    const int64_t[::1] right_counts not None,
    int shift,
    double[::1] minima not None,
    double[::1] maxima not None,
    int64_t[::1] counts not None,
):
    cdef int64_t i = 0, j = 0, bin = -1, count
    cdef int64_t n_left = left_counts.shape[0], n_right = right_counts.shape[0]
    cdef uint64_t prefix, previous = 0
    cdef double low, high
    with nogil:
        while i < n_left or j < n_right:
            if j == n_right or (i < n_left and left_minima[i] <= right_minima[j]):
                low, high, count = left_minima[i], left_maxima[i], left_counts[i]
                i += 1
            else:
                low, high, count = right_minima[j], right_maxima[j], right_counts[j]
                j += 1
            prefix = sf_key(low) >> shift
            if prefix != previous or bin < 0:
                bin += 1
                minima[bin] = low
                maxima[bin] = high
                counts[bin] = count
                previous = prefix
            else:
                maxima[bin] = max(maxima[bin], high)
                counts[bin] += count
    return bin + 1

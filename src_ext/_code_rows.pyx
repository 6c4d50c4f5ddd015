"""What boosted trees see of rows: byte codes looked up, differences to a boundary, standardised sums of tables."""
from libc.stdint cimport int16_t, int32_t, uint8_t, uint16_t

cdef extern from "sf_normal_odds.h" nogil:
    void sf_normal_odds(const float *middle, const float *left, const float *right, Py_ssize_t n, float *odds) noexcept

cdef enum:
    PART = 256


cdef inline uint8_t clip_byte(int value) noexcept nogil:
    return <uint8_t>(0 if value < 0 else (255 if value > 255 else value))


def take_codes(
    const uint8_t[:, ::1] codes not None,     # IN (n_columns, n)
    const int32_t[::1] columns not None,      # IN (n_features,) column of each feature
    const uint8_t[:, ::1] tables not None,    # IN (n_features, 256) what each code becomes
    const int32_t[::1] rows not None,         # IN (m,)
    uint8_t[:, ::1] out not None,             # OUT (n_features or more, m)
):
    cdef Py_ssize_t n_features = columns.shape[0], m = rows.shape[0], f, i
    cdef const uint8_t *source
    cdef const uint8_t *table
    cdef uint8_t *target
    if m == 0 or n_features == 0:
        return
    with nogil:
        for f in range(n_features):
            source = &codes[columns[f], 0]
            table = &tables[f, 0]
            target = &out[f, 0]
            for i in range(m):
                target[i] = table[source[rows[i]]]


def fill_differences(
    const uint8_t[::1] codes not None,        # IN (n,)
    const int32_t[::1] rows not None,         # IN (m,)
    const uint16_t[::1] position not None,    # IN (m,) which boundary each row is held against
    const int16_t[::1] boundary not None,     # IN (n_boundaries,)
    int sign,                                 # 1 or -1
    uint8_t[::1] out not None,                # OUT (m,) 128 + sign * (code - boundary), cut off at 0 and 255
):
    cdef Py_ssize_t m = rows.shape[0], i
    with nogil:
        for i in range(m):
            out[i] = clip_byte(128 + sign * (<int>codes[rows[i]] - boundary[position[i]]))


def fill_standardised(
    const float[::1] z not None,              # IN (n,)
    const int32_t[::1] rows not None,         # IN (m,)
    const uint16_t[::1] position not None,    # IN (m,)
    const float[::1] boundary not None,       # IN (n_boundaries,)
    float scale,
    uint8_t[::1] out not None,                # OUT (m,) 128 + scale * (z - boundary), cut off at 0 and 255
):
    cdef Py_ssize_t m = rows.shape[0], i
    cdef float value
    with nogil:
        for i in range(m):
            value = scale * (z[rows[i]] - boundary[position[i]])
            value = -200.0 if value < -200.0 else (200.0 if value > 200.0 else value)
            out[i] = clip_byte(<int>(value + 328.0) - 200)


def add_tables(
    const uint8_t[:, ::1] codes not None,     # IN (n_columns, n)
    const int32_t[::1] columns not None,      # IN (n_terms,)
    const float[:, ::1] tables not None,      # IN (n_terms, 256)
    float[::1] z not None,                    # IN/OUT (n,) terms are added first to last
):
    cdef Py_ssize_t n_terms = columns.shape[0], n = z.shape[0], t, i
    cdef const uint8_t *source
    cdef const float *table
    if n == 0:
        return
    with nogil:
        for t in range(n_terms):
            source = &codes[columns[t], 0]
            table = &tables[t, 0]
            for i in range(n):
                z[i] += table[source[i]]


def fill_normal_odds(
    const float[::1] z not None,              # IN (n,) mean of each row
    const int32_t[::1] rows not None,         # IN (m,)
    const uint16_t[::1] node not None,        # IN (m,)
    const float[::1] low not None,           # IN (n_nodes,) where each node begins, may be -inf
    const float[::1] middle not None,        # IN (n_nodes,)
    const float[::1] high not None,          # IN (n_nodes,) where it ends, may be inf
    float precision,                         # 1 / standard deviation
    float[::1] odds not None,                # OUT (m,) log odds of the upper half
):
    cdef Py_ssize_t m = rows.shape[0], part, start, size, i
    cdef float centre[PART]
    cdef float left[PART]
    cdef float right[PART]
    with nogil:
        for part in range((m + PART - 1) // PART):
            start = part * PART
            size = PART if start + PART <= m else m - start
            for i in range(size):
                centre[i] = (middle[node[start + i]] - z[rows[start + i]]) * precision
                left[i] = (middle[node[start + i]] - low[node[start + i]]) * precision
                right[i] = (high[node[start + i]] - middle[node[start + i]]) * precision
            sf_normal_odds(centre, left, right, size, &odds[start])

"""Tables of a junction tree: sums over groups of cells and back, and rows drawn from conditional tables."""
from libc.stdint cimport int32_t, int64_t, uint32_t


def sum_groups(
    const double[::1] cells not None,    # IN (n_cells,)
    const int32_t[::1] group not None,   # IN (n_cells,) group of each cell
    double[::1] out not None,            # IN/OUT (n_groups,) sums are added
):
    cdef Py_ssize_t i
    with nogil:
        for i in range(cells.shape[0]):
            out[group[i]] += cells[i]


def add_groups(
    const double[::1] addend not None,   # IN (n_groups,)
    const int32_t[::1] group not None,   # IN (n_cells,)
    double[::1] cells not None,          # IN/OUT (n_cells,)
):
    cdef Py_ssize_t i
    with nogil:
        for i in range(cells.shape[0]):
            cells[i] += addend[group[i]]


def scale_groups(
    const double[::1] factor not None,   # IN (n_groups,)
    const int32_t[::1] group not None,   # IN (n_cells,)
    double[::1] cells not None,          # IN/OUT (n_cells,)
):
    cdef Py_ssize_t i
    with nogil:
        for i in range(cells.shape[0]):
            cells[i] *= factor[group[i]]


def draw_levels(
    const double[:, ::1] cumulated not None,  # IN (n_keys, n_levels) ascending to 1 in each row
    const int64_t[::1] key not None,          # IN (n_rows,) row of the table to draw from
    double[::1] place not None,               # IN/OUT (n_rows,) in [0, 1); OUT the place within the level drawn
    int32_t[::1] out not None,                # OUT (n_rows,)
):
    cdef Py_ssize_t i, low, high, middle, n_levels = cumulated.shape[1]
    cdef int64_t row
    cdef double u, bottom, width
    with nogil:
        for i in range(key.shape[0]):
            row = key[i]
            u = place[i]
            low = 0
            high = n_levels - 1
            while low < high:
                middle = (low + high) >> 1
                if cumulated[row, middle] > u:
                    high = middle
                else:
                    low = middle + 1
            out[i] = <int32_t>low
            bottom = cumulated[row, low - 1] if low > 0 else 0.0
            width = cumulated[row, low] - bottom
            u = (u - bottom) / width if width > 0 else 0.0
            place[i] = u if 0.0 <= u < 1.0 else (0.0 if u < 0.0 else 0.9999999999999999)


cdef inline uint32_t reverse_bits(uint32_t x) noexcept nogil:
    x = ((x >> 1) & <uint32_t>0x55555555) | ((x & <uint32_t>0x55555555) << 1)
    x = ((x >> 2) & <uint32_t>0x33333333) | ((x & <uint32_t>0x33333333) << 2)
    x = ((x >> 4) & <uint32_t>0x0F0F0F0F) | ((x & <uint32_t>0x0F0F0F0F) << 4)
    x = ((x >> 8) & <uint32_t>0x00FF00FF) | ((x & <uint32_t>0x00FF00FF) << 8)
    return (x >> 16) | (x << 16)


def scramble_points(
    const uint32_t[::1] seed not None,   # IN (n_dimensions,)
    uint32_t[:, ::1] points not None,    # IN/OUT (n_dimensions, n_points) binary fractions
):
    """Nested uniform scrambling by the hash of Laine and Karras: every bit is flipped by a hash of the bits above it."""
    cdef Py_ssize_t i, j
    cdef uint32_t x, s
    with nogil:
        for j in range(points.shape[0]):
            s = seed[j]
            for i in range(points.shape[1]):
                x = reverse_bits(points[j, i])
                x ^= x * <uint32_t>0x3d20adea
                x += s
                x *= (s >> 16) | <uint32_t>1
                x ^= x * <uint32_t>0x05526c56
                x ^= x * <uint32_t>0x53a22864
                points[j, i] = reverse_bits(x)

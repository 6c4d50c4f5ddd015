"""Ranks exchanged in pairs that lie near each other."""
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, malloc


cdef int64_t count_free(const int32_t *tree, int64_t n) noexcept nogil:
    """Free places among the first n, by a Fenwick tree."""
    cdef int64_t total = 0
    while n > 0:
        total += tree[n]
        n -= n & -n
    return total


cdef void take_place(int32_t *tree, int64_t n, int64_t place) noexcept nogil:
    place += 1
    while place <= n:
        tree[place] -= 1
        place += place & -place


cdef int64_t find_free(const int32_t *tree, int64_t n, int64_t rank) noexcept nogil:
    """The place that has `rank` free ones before it and is free."""
    cdef int64_t at = 0, step = 1
    while 2 * step <= n:
        step *= 2
    while step > 0:
        if at + step <= n and tree[at + step] <= rank:
            at += step
            rank -= tree[at]
        step //= 2
    return at


def pair_ranks(
    const double[::1] uniforms not None,   # IN (n,) in (0, 1)
    int64_t window,                        # at least 1
    int64_t[::1] partners not None,        # OUT (n,)
):
    cdef int64_t n = uniforms.shape[0], i, j, before, free_ones, last
    cdef int32_t *tree = <int32_t *>malloc((n + 1) * sizeof(int32_t))
    if tree == NULL:
        raise MemoryError
    with nogil:
        for i in range(1, n + 1):
            tree[i] = <int32_t>(i & -i)
        for i in range(n):
            partners[i] = -1
        for i in range(n):
            if partners[i] >= 0:
                continue
            take_place(tree, n, i)
            before = count_free(tree, i)
            last = n if n - i - 1 < window else i + window + 1
            free_ones = count_free(tree, last) - before
            partners[i] = i
            if free_ones > 0:
                j = find_free(tree, n, before + <int64_t>(uniforms[i] * free_ones))
                partners[i] = j
                partners[j] = i
                take_place(tree, n, j)
    free(tree)

/* Items of 64 bits sorted by some of their bits: stable counting passes over digits, and small groups by insertion.
   Knuth, "The Art of Computer Programming" vol. 3, 5.2.5. */
#ifndef SF_RADIX_H
#define SF_RADIX_H
#include <string.h>
#include "sf_keys.h"

enum {
    SF_PASS_BITS = 32,         /* leading bits that the passes sort by; few items share more, and groups take care of them */
    SF_DIGIT_BITS = 10,        /* wider digits scatter to more cache lines than the first level holds */
    SF_SMALL_DIGIT_BITS = 8,
    SF_MAX_DIGITS = 4,
    SF_SMALL_SORT = 4096,      /* below this clearing the counters of wide digits costs more than the passes saved */
    SF_INSERTION_SORT = 32
};

/* Sorts by bits low .. high - 1, at most SF_PASS_BITS of them; returns the buffer that the result is in. Fewer than 2^32
   items. Digits that do not vary cost no pass. */
static uint64_t *sf_sort_bits(uint64_t *items, uint64_t *scratch, int64_t n, int low, int high) {
    uint32_t counts[SF_MAX_DIGITS][1 << SF_DIGIT_BITS];
    int widest = n < SF_SMALL_SORT ? SF_SMALL_DIGIT_BITS : SF_DIGIT_BITS, n_digits = (high - low + widest - 1) / widest;
    if (n < 2 || n_digits == 0) return items;
    int bits = (high - low + n_digits - 1) / n_digits;
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    for (int d = 0; d < n_digits; d++) memset(counts[d], 0, sizeof(uint32_t) << bits);
    for (int64_t i = 0; i < n; i++) {
        uint64_t item = items[i] >> low;
        for (int d = 0; d < n_digits; d++) counts[d][(item >> (d * bits)) & mask]++;
    }
    for (int d = 0; d < n_digits; d++) {
        int shift = low + d * bits;
        uint32_t *place = counts[d], total = 0;
        if (place[(items[0] >> shift) & mask] == n) continue;
        for (uint64_t c = 0; c <= mask; c++) {
            uint32_t size = place[c];
            place[c] = total;
            total += size;
        }
        for (int64_t i = 0; i < n; i++) scratch[place[(items[i] >> shift) & mask]++] = items[i];
        uint64_t *swap = items;
        items = scratch;
        scratch = swap;
    }
    return items;
}

/* Sorts, in place, items that agree in all bits from `high` up by bits low .. high - 1. What stands below `low` has to be
   zero or ascend with the place, as positions do. */
static void sf_sort_group(uint64_t *items, uint64_t *scratch, int64_t n, int low, int high) {
    int64_t i = 1;
    while (i < n && items[i - 1] <= items[i]) i++;
    if (i >= n) return;
    if (n > SF_INSERTION_SORT) {
        const uint64_t *sorted = sf_sort_bits(items, scratch, n, low, high);
        if (sorted != items) memcpy(items, sorted, (size_t)n * sizeof *items);
        return;
    }
    for (; i < n; i++) {
        uint64_t item = items[i];
        int64_t j = i;
        for (; j > 0 && items[j - 1] > item; j--) items[j] = items[j - 1];
        items[j] = item;
    }
}

SF_INLINE int64_t sf_group_end(const uint64_t *items, int64_t start, int64_t n, int shift) {
    uint64_t prefix = items[start] >> shift;
    int64_t end = start + 1;
    while (end < n && items[end] >> shift == prefix) end++;
    return end;
}

/* Sorts by bits low .. high - 1, at least one and at most 2 * SF_PASS_BITS of them; returns the buffer of the result. */
static uint64_t *sf_sort_items(uint64_t *items, uint64_t *scratch, int64_t n, int low, int high) {
    int split = high - low > SF_PASS_BITS ? high - SF_PASS_BITS : low;
    uint64_t *sorted = sf_sort_bits(items, scratch, n, split, high), *other = sorted == items ? scratch : items;
    for (int64_t i = 0, end; split > low && i < n; i = end) {
        end = sf_group_end(sorted, i, n, split);
        if (end - i > 1) sf_sort_group(sorted + i, other + i, end - i, low, split);
    }
    return sorted;
}
#endif

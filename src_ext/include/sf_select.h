/* Selection of pairs of a key and a row, ties by row. */
#ifndef SF_SELECT_H
#define SF_SELECT_H
#include <stdint.h>

/* Moves the `left` smallest of n (key, row) pairs to the front; expected O(n) whatever the order. */
static void sf_select_pairs(double *keys, int64_t *rows, int64_t n, int64_t left) {
    uint64_t state = 0x9E3779B97F4A7C15u;
    int64_t low = 0, high = n - 1;
    while (low < high) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const int64_t at = low + (int64_t)((state >> 33) % (uint64_t)(high - low + 1));
        const double key = keys[at];
        const int64_t row = rows[at];
        int64_t i = low, j = high;
        while (i <= j) {
            while (keys[i] < key || (keys[i] == key && rows[i] < row)) i++;
            while (keys[j] > key || (keys[j] == key && rows[j] > row)) j--;
            if (i > j) break;
            const double key_i = keys[i];
            const int64_t row_i = rows[i];
            keys[i] = keys[j];
            rows[i++] = rows[j];
            keys[j] = key_i;
            rows[j--] = row_i;
        }
        if (left <= j) high = j;
        else if (left >= i) low = i;
        else return;
    }
}
#endif

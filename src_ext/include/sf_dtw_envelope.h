/* Smallest and largest value of each variable over the steps first[i] .. last[i] - 1, neither ever falling: (n, d).
   queue (length,): SCRATCH. */
static void SF_DTW(envelope)(const SF_REAL *x, int64_t length, int64_t d, const int64_t *first, const int64_t *last,
                             int64_t n, int64_t *queue, SF_REAL *lower, SF_REAL *upper) {
    for (int64_t c = 0; c < d; c++) {
        for (int side = 0; side < 2; side++) {
            int64_t head = 0, size = 0, next = 0;
            SF_REAL *out = side ? upper : lower;
            for (int64_t i = 0; i < n; i++) {
                for (; next < last[i] && next < length; next++) {
                    const SF_REAL value = x[next * d + c];
                    while (size > head && (side ? x[queue[size - 1] * d + c] <= value : x[queue[size - 1] * d + c] >= value))
                        size--;
                    queue[size++] = next;
                }
                while (head < size - 1 && queue[head] < first[i]) head++;
                out[i * d + c] = x[queue[head] * d + c];
            }
        }
    }
}

"""Slow, obvious twin of the kernel that looks for the worst classes."""

import math


def find_worst(classes, totals, l):
    """The worst figures of ``classes``, each a dict of value -> rows; ``totals`` are the rows of the values."""
    n_rows, n_values = sum(totals), len(totals)
    p = [total / n_rows for total in totals]
    out = dict.fromkeys(("alpha", "recursive", "equal", "ordered", "delta", "beta", "enhanced"), 0.0)
    out |= {"distinct": math.inf, "entropy": math.inf}
    minority = 0
    for counts in classes:
        size = sum(counts.values())
        q = [counts.get(value, 0) / size for value in range(n_values)]
        ranked = sorted(counts.values(), reverse=True)
        tail = sum(ranked[l - 1 :])
        gains = [(q[v] - p[v]) / p[v] for v in counts]
        beyond = any(gain > 0 and gain > -math.log(p[v]) * (1 + 1e-12) for v, gain in zip(counts, gains, strict=True))
        lacking = any(p[v] > 0 and v not in counts for v in range(n_values))
        steps = [abs(sum(q[: v + 1]) - sum(p[: v + 1])) for v in range(n_values - 1)]
        figures = {
            "alpha": ranked[0] / size,
            "recursive": ranked[0] / tail if tail else math.inf,
            "equal": sum(abs(a - b) for a, b in zip(q, p, strict=True)) / 2,
            "ordered": sum(steps) / max(1, n_values - 1),
            "delta": math.inf if lacking else max(abs(math.log(q[v] / p[v])) for v in counts),
            "beta": max(0.0, *gains),
            "enhanced": math.inf if beyond else max(0.0, *gains),
        }
        out |= {name: max(out[name], figure) for name, figure in figures.items()}
        out["distinct"] = min(out["distinct"], len(counts))
        out["entropy"] = min(out["entropy"], math.exp(-sum(q[v] * math.log(q[v]) for v in counts)))
        minority += size - ranked[0]
    return out, minority

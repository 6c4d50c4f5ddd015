"""What a Gaussian copula keeps of dependence, and what it cannot: the table in docs/gaussian_copula.md.

    python benchmarks/dependence.py [--rows 20000] [--seed 0]

Every case is a table whose whole point is its dependence. Real and synthetic rows are cut in the same ten quantile bins
(levels as they are), and the mutual information of the columns named is compared, in nats. Prints a Markdown table.
"""

import argparse

import numpy as np
import pandas as pd

from synthfast import GaussianCopulaSynthesizer

BINS = 10


def cases(n, rng):
    """Name -> (frame, columns that tell the last one)."""
    z, e = rng.normal(size=n), rng.normal(size=n)
    angle = rng.uniform(0, 2 * np.pi, n)
    a, b = rng.integers(0, 2, n), rng.integers(0, 2, n)
    city = rng.integers(0, 30, n)
    country = (city * 7) % 30 // 3
    product, plan = rng.integers(0, 6, n), rng.integers(0, 4, n)
    text = np.char.add
    return {
        "linear, r = 0.8": pd.DataFrame({"x": z, "y": 0.8 * z + 0.6 * e}),
        "monotone, not linear": pd.DataFrame({"x": np.exp(z), "y": (z + 0.3 * e) ** 3}),
        "number and ordered level": pd.DataFrame({"x": z, "y": np.digitize(z + 0.5 * e, [-1, 0, 1]).astype(str)}),
        "rotated pair (y = x or -x)": pd.DataFrame({"x": z, "y": np.where(a, z, -z) + 0.1 * e}),
        "circle": pd.DataFrame({"x": np.cos(angle) + 0.05 * e, "y": np.sin(angle) + 0.05 * z}),
        "parabola": pd.DataFrame({"x": z, "y": z**2 + 0.1 * e}),
        "functional dependency, number": pd.DataFrame({"x": np.round(z, 1), "y": np.round(2 * np.round(z, 1) + 1, 1)}),
        "functional dependency, city to country": pd.DataFrame(
            {"x": text("city", city.astype(str)), "y": text("land", country.astype(str))}
        ),
        "two unordered levels, random table": random_table(product, plan, rng),
        "exclusive or of two levels": pd.DataFrame(
            {"x1": text("a", a.astype(str)), "x2": text("b", b.astype(str)), "y": text("c", (a ^ b).astype(str))}
        ),
    }


def random_table(product, plan, rng):
    """Two unordered columns whose joint table has no order to it."""
    shares = rng.dirichlet(np.full(24, 0.4))
    cell = rng.choice(24, len(product), p=shares)
    return pd.DataFrame({"x": np.char.add("p", (cell // 4).astype(str)), "y": np.char.add("q", (cell % 4).astype(str))})


def codes(real, other):
    """Codes of a column of ``other`` in bins or levels of ``real``'s."""
    if pd.api.types.is_numeric_dtype(real):
        edges = np.unique(np.quantile(real, np.linspace(0, 1, BINS + 1)[1:-1]))
        return np.searchsorted(edges, other, side="right")
    return pd.Categorical(other, categories=sorted(set(real))).codes


def information(real, frame):
    """Mutual information of the last column and all the others together, in nats."""
    *others, last = (codes(real[c], frame[c]) for c in real.columns)
    joint = np.zeros(len(frame), dtype=np.int64)
    for column in others:
        joint = joint * 64 + column
    table = pd.crosstab(joint, last).to_numpy() / len(frame)
    expected = table.sum(1, keepdims=True) * table.sum(0, keepdims=True)
    seen = table > 0
    return float((table[seen] * np.log(table[seen] / expected[seen])).sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    print("| table | information in the data | in the synthetic rows | kept |\n|---|---|---|---|")
    for name, frame in cases(args.rows, rng).items():
        synthetic = GaussianCopulaSynthesizer().fit(frame).sample(args.rows, random_state=args.seed)
        real, kept = information(frame, frame), information(frame, synthetic)
        print(f"| {name} | {real:.3f} | {kept:.3f} | {100 * kept / real:.0f} % |")


if __name__ == "__main__":
    main()

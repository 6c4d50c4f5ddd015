"""The tour of the toolkit: a mixed table learned, drawn from, conditioned, measured and saved, each step printed."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from synthfast import SyntheticDataGenerator, load, load_dataset

__all__ = ["main"]

SEED = 42


def main() -> None:
    """Run the tour; it takes a few seconds, needs no network and leaves no file behind.

    Examples
    --------
    >>> from synthfast import demo
    >>> demo.main()  # doctest: +SKIP
    """
    started = time.perf_counter()
    toolkit = SyntheticDataGenerator(random_state=SEED)
    with step(1, "A real table: customers of a shop (dataset 'demo')"):
        real = load_dataset("demo")
        print(real.head(3).to_string(index=False))
    copula = show_copula(toolkit, real)
    show_trees(toolkit, real)
    show_distributions(toolkit, real)
    show_conditions(toolkit, real)
    show_quality(toolkit, real, copula["synthetic_data"])
    show_saving(copula["model"])
    print(f"Done in {time.perf_counter() - started:.1f} s.")


@contextmanager
def step(number: int, title: str) -> Iterator[None]:
    """Print a step's title before it, and its time after it."""
    print(f"{number}. {title}")
    started = time.perf_counter()
    yield
    print(f"   ({time.perf_counter() - started:.2f} s)\n")


def show_copula(toolkit: SyntheticDataGenerator, real: Any) -> dict[str, Any]:
    """Step 2; returns its result."""
    with step(2, "Gaussian copula: a synthetic table of the same size"):
        result = toolkit.gaussian_copula(real)
        print(result["synthetic_data"].head(3).to_string(index=False))
        print(f"   correlation score {result['correlation_score']:.3f} (1 is perfect)")
        for name, mean in list(result["mean_preservation"].items())[:3]:
            print(f"   mean of {name}: real {mean['original']:.2f}, synthetic {mean['synthetic']:.2f}")
    return result


def show_trees(toolkit: SyntheticDataGenerator, real: Any) -> None:
    """Step 3."""
    with step(3, "Conditional trees: dependence beyond the monotone, and how close rows come to training rows"):
        result = toolkit.tree_generation(real, target="member")
        print(result["synthetic_data"].head(3).to_string(index=False))
        print(f"   correlation score {result['correlation_score']:.3f}")
        print(f"   {result['model'].copying_}")


def show_distributions(toolkit: SyntheticDataGenerator, real: Any) -> None:
    """Step 4."""
    with step(4, "Distributions: the family that fits each number best"):
        fitting = toolkit.fit_distributions(real)
        for name, best in fitting["best_distributions"].items():
            params = ", ".join(f"{key}={value:.4g}" for key, value in best["params"].items())
            print(f"   {name}: {best['distribution']}({params}), KS {best['ks_statistic']:.3f}")
        drawn = toolkit.sample_from_distributions(fitting, 1_000)
        print(f"   {len(drawn):,} rows drawn from them, column by column")


def show_conditions(toolkit: SyntheticDataGenerator, real: Any) -> None:
    """Step 5."""
    with step(5, "Conditions: members of 30 to 40 years in the north or south"):
        conditions = {"age": (30, 40), "member": True, "region": ["north", "south"]}
        result = toolkit.conditional_generation(real, conditions, n_samples=500)
        passed = [column["passed"] for column in result["ks_test"].values()]
        print(result["synthetic_data"].head(3).to_string(index=False))
        print(f"   {result['constraint_satisfaction']:.0%} of the rows meet the conditions")
        print(
            f"   {sum(passed)} of {len(passed)} columns follow the {result['matching_rows']} real rows that meet them"
        )


def show_quality(toolkit: SyntheticDataGenerator, real: Any, synthetic: Any) -> None:
    """Step 6."""
    with step(6, "Quality: what is kept, what it is good for, what it discloses"):
        quality = toolkit.assess_quality(real, synthetic)
        tests = quality["ks_test_scores"].values()
        print(f"   overall score {quality['overall_score']:.1f} of 100")
        print(f"   {sum(test['passed'] for test in tests)} of {len(tests)} columns pass")
        print(
            f"   a forest that predicts 'member': accuracy {quality['original_accuracy']:.3f} learned from real rows,"
            f" {quality['synthetic_accuracy']:.3f} from synthetic ones"
        )
        print(f"   disclosure risk {quality['privacy']['disclosure_risk']:.3f} (0: no better than guessing)")


def show_saving(model: Any) -> None:
    """Step 7."""
    with (
        step(7, "A model is one file, and gives the same rows for a seed anywhere"),
        tempfile.TemporaryDirectory() as folder,
    ):
        path = Path(folder, "demo.synth")
        model.save(path)
        again = load(path)
        same = again.sample(1_000, random_state=7).equals(model.sample(1_000, random_state=7))
        print(f"   {path.stat().st_size:,} bytes; loaded again it draws {'the same' if same else 'other'} rows")


if __name__ == "__main__":
    main()

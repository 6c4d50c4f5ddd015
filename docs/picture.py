"""Draws the README's picture, the quality plot of its example: ``python -P docs/picture.py``."""

from pathlib import Path

from synthfast import GaussianCopulaSynthesizer, evaluate, load_dataset


def main():
    real = load_dataset("breast_cancer")
    synthetic = GaussianCopulaSynthesizer(random_state=42).fit(real).sample(100_000, random_state=1)
    figure = evaluate(real, synthetic).plot()
    figure.savefig(Path(__file__).with_name("quality.png"), dpi=80, metadata={"Software": None})


if __name__ == "__main__":
    main()

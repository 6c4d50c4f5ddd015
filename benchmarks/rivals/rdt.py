"""RDT's HyperTransformer with its defaults: a table to numbers and back."""

from importlib.metadata import version

from rivals.driver import read_table, timed


def run(arguments):
    from rdt import HyperTransformer

    table = read_table(arguments.source)
    transformer = HyperTransformer()
    _, detect_seconds = timed(lambda: transformer.detect_initial_config(table))
    numbers, encode_seconds = timed(lambda: transformer.fit_transform(table))
    back, decode_seconds = timed(lambda: transformer.reverse_transform(numbers))
    back.to_parquet(arguments.output)
    return {
        "rival": f"RDT {version('rdt')} HyperTransformer",
        "packages": ("rdt", "numpy", "pandas", "scikit-learn"),
        "detect_seconds": detect_seconds,
        "fit_seconds": encode_seconds,
        "sample_seconds": decode_seconds,
    }

"""A table to what a model sees and back: schema inference, encoding, decoding, one core.

Against RDT, SDV's encoding layer, in an environment of its own; and against the least that pandas and NumPy can do by
hand (factorize, view, take), which keeps no missing values, ranges, decimals or dtypes.
"""

import numpy as np
import pandas as pd
import pytest
from rivals.runner import run_rival
from tables import mixed_table

from synthfast._core.frames import Table
from synthfast._core.random import Stream
from synthfast._core.threads import num_threads
from synthfast.encoding import TableCodec
from synthfast.schema import Schema


def to_and_fro(frame):
    """Infer, encode, decode, build."""
    with num_threads(1):
        table = Table.from_any(frame)
        codec = TableCodec.fit(table, Schema.infer(table))
        coded = {name: column.values for name, column in codec.encode(table).items()}
        return codec.build(codec.decode(coded, n_rows=table.n_rows, stream=Stream.from_seed(0)))


def by_hand(frame):
    """Codes of text and float64 of the rest, and back."""
    back = {}
    for name, column in frame.items():
        if pd.api.types.is_string_dtype(column.dtype):
            codes, levels = pd.factorize(column, sort=True)
            back[name] = levels.take(codes)
        else:
            back[name] = column.to_numpy().astype(np.float64).astype(column.dtype)
    return pd.DataFrame(back, copy=False)


def share_of_cells_back(before, after):
    """Share of cells that came back as they were; missing is equal to missing."""
    same = [(before[name] == after[name]) | (before[name].isna() & after[name].isna()) for name in before]
    return float(np.mean([column.mean() for column in same]))


@pytest.fixture
def adult(real_path):
    return pd.read_csv(real_path("adult_train"))


def test_adult_against_rdt(race, adult, tmp_path):
    race_rdt(race, adult, tmp_path)


def test_mixed_100k_against_rdt(race, tmp_path):
    race_rdt(race, mixed_table(100_000, 10), tmp_path)


def race_rdt(race, frame, folder):
    source, output = folder / "table.parquet", folder / "rdt.parquet"
    frame.to_parquet(source)
    report = run_rival("rdt", source, output, n_rows=len(frame), n_threads=1)
    seconds = report["detect_seconds"] + report["fit_seconds"] + report["sample_seconds"]
    race(
        lambda: to_and_fro(frame),
        seconds,
        peer=report["rival"],
        cells_back_ours=share_of_cells_back(frame, to_and_fro(frame)),
        cells_back_theirs=share_of_cells_back(frame, pd.read_parquet(output)),
    )


def test_adult_against_hand_work(race, adult):
    race(
        lambda: to_and_fro(adult),
        lambda: by_hand(adult),
        peer="pandas",
        cells_back=share_of_cells_back(adult, to_and_fro(adult)),
    )


def test_mixed_1m_x_20_against_hand_work(race):
    frame = mixed_table(1_000_000, 20)
    race(lambda: to_and_fro(frame), lambda: by_hand(frame), peer="pandas", rounds=3)

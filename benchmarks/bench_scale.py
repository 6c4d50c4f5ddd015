"""Draws and fits of any size in bounded memory: speed beside pyarrow's own, peak of memory, growth, sameness.

    python benchmarks/bench_scale.py write  [--rows 1000000,10000000,100000000] [--folder DIR] [--engine threads]
    python benchmarks/bench_scale.py fit    [--rows 1000000,50000000] [--folder DIR]
    python benchmarks/bench_scale.py grow   [--rows 100000,1000000,10000000,100000000]
    python benchmarks/bench_scale.py same   [--rows 300000] [--engines threads,processes,dask,ray,spark]

Each size runs in a process of its own, which ends by telling its peak memory. ``write`` draws 12 mixed columns of a
copula model to Parquet, and has pyarrow write the same batches from memory: with the same options, and with its own
defaults; every figure on as many threads. ``fit`` writes such a table and learns from it in batches. ``grow`` times
drawing into nothing. ``same`` compares the SHA-256 of the parts over engines and numbers of threads. Sizes that the
disk has no room for are refused by the disk itself; parts are removed again. Without ``--out`` nothing is kept.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet
from tables import mixed_table

import synthfast
from synthfast._core.threads import get_num_threads
from synthfast.base.parquet_parts import PART_ROWS
from synthfast.io.parquet_options import parquet_options

N_COLUMNS, N_TRAINING, SEED = 12, 200_000, 1
REPEATED_ROWS = 4 * 262_144  # of the batches that pyarrow writes over and over


def copula():
    """The model that all sizes draw from."""
    return synthfast.GaussianCopulaSynthesizer().fit(mixed_table(N_TRAINING, N_COLUMNS))


def memory(name):
    """A line of /proc/self/status in MiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(rf"{name}:\D*(\d+)", status)[1]) / 1024


def timed(function):
    """Wall and processor seconds of a call, children's included."""
    before, used = time.perf_counter(), os.times()
    function()
    after = os.times()
    return {"seconds": time.perf_counter() - before, "cpu_seconds": sum(after[:4]) - sum(used[:4])}


# -- measurements, each in a process of its own ------------------------------------------------------------------------


def write(n_rows, folder, engine):
    """Draw to Parquet, then let pyarrow write as many rows from memory."""
    model = copula()
    model.sample(70_000, random_state=0)
    before, place = memory("VmRSS"), Path(folder) / "drawn"
    ours = timed(lambda: model.sample_to_parquet(place, n_rows, random_state=SEED, engine=engine))
    peak = memory("VmHWM") - before
    n_bytes = sum(path.stat().st_size for path in place.glob("*.parquet"))
    shutil.rmtree(place)
    result = {
        "rows": n_rows,
        "engine": engine,
        **ours,
        "megabytes_above_model": peak,
        "bytes_per_row": n_bytes / n_rows,
    }
    groups = list(model.sample_lazy(REPEATED_ROWS, random_state=SEED).iter_batches(262_144))
    schema = groups[0].schema
    for name, options in (("same_options", parquet_options(model.schema_, schema)), ("defaults", {})):
        alone = timed(lambda options=options: write_alone(groups, n_rows, Path(folder) / "alone", options))
        shutil.rmtree(Path(folder) / "alone")
        result[f"pyarrow_{name}_seconds"] = alone["seconds"]
        result[f"speed_against_{name}"] = alone["seconds"] / ours["seconds"]
        result[f"cpu_speed_against_{name}"] = alone["cpu_seconds"] / ours["cpu_seconds"]
    return result


def write_alone(groups, n_rows, folder, options):
    """pyarrow writes parts of as many rows from batches in memory, on as many threads."""
    folder.mkdir()

    def write_part(part):
        left = min(PART_ROWS, n_rows - part * PART_ROWS)
        with parquet.ParquetWriter(folder / f"{part}.parquet", groups[0].schema, **options) as writer:
            for group in groups:
                if left > 0:
                    writer.write_table(pa.Table.from_batches([group.slice(0, left)]), 262_144)
                    left -= group.num_rows

    with ThreadPoolExecutor(get_num_threads()) as pool:
        list(pool.map(write_part, range(-(-n_rows // PART_ROWS))))


def fit(n_rows, folder, engine):
    """Learn from Parquet in batches; up to ten million rows also in memory, with the same schema: the same model."""
    source = Path(folder) / "source"
    copula().sample_to_parquet(source, n_rows, random_state=SEED, engine=engine)
    held = {}
    before = memory("VmRSS")
    streamed = timed(lambda: held.update(model=synthfast.GaussianCopulaSynthesizer().fit(source)))
    result = {"rows": n_rows, **streamed, "megabytes_before": before, "peak_megabytes": memory("VmHWM")}
    if n_rows <= 10_000_000:
        import pandas as pd

        whole, schema = pd.read_parquet(source), held["model"].schema_
        in_memory = synthfast.GaussianCopulaSynthesizer()
        result["in_memory"] = timed(lambda: in_memory.fit(whole, schema=schema))
        result["same_model"] = in_memory.id_ == held["model"].id_
    shutil.rmtree(source)
    return result


def grow(n_rows, folder, engine):
    """Draw batches and drop them."""
    model = copula()
    model.sample(70_000, random_state=0)

    def draw():
        for _ in model.sample_batches(n_rows, random_state=SEED):
            pass

    return {"rows": n_rows, **timed(draw), "peak_megabytes": memory("VmHWM")}


# -- sameness ----------------------------------------------------------------------------------------------------------


def same(n_rows, engines):
    """SHA-256 of all parts by engine and number of threads; an engine that is not installed is passed over."""
    model, found = copula(), {}
    for n_threads in (1, 2, 8):
        with synthfast.num_threads(n_threads):
            found[f"threads {n_threads}"] = hashes(model, n_rows, None)
    for engine in engines:
        with open_engine(engine) as opened:
            found[engine] = hashes(model, n_rows, opened)
    return found


def hashes(model, n_rows, engine):
    with tempfile.TemporaryDirectory() as folder:
        manifest = model.sample_to_parquet(folder, n_rows, random_state=SEED, engine=engine, part_rows=65_536)
        return [part.sha256 for part in manifest.parts]


class open_engine:
    """A local cluster of two workers by the name of its library."""

    def __init__(self, name):
        self.name, self.close = name, lambda: None

    def __enter__(self):
        if self.name == "dask":
            from dask.distributed import Client, LocalCluster

            cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
            client = Client(cluster)
            self.close = lambda: (client.close(), cluster.close())
            return client
        if self.name == "ray":
            import ray

            ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
            self.close = ray.shutdown
            return ray
        if self.name == "spark":
            from pyspark.sql import SparkSession

            session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
            self.close = session.stop
            return session
        return self.name

    def __exit__(self, *error):
        self.close()


# -- command line ------------------------------------------------------------------------------------------------------


def apart(task, n_rows, folder, engine):
    """One measurement in a fresh process."""
    command = [sys.executable, __file__, task, "--measure", str(n_rows), "--folder", folder, "--engine", engine]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["write", "fit", "grow", "same"])
    parser.add_argument("--rows", default="1000000")
    parser.add_argument("--folder", help="where parts go, and are removed from; by default a temporary folder")
    parser.add_argument("--engine", default="threads")
    parser.add_argument("--engines", default="processes")
    parser.add_argument("--out", help="JSON file to add the results to")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        measure = {"write": write, "fit": fit, "grow": grow}[args.task]
        print(json.dumps(measure(args.measure, args.folder, args.engine)))
        return
    sizes = [int(float(size)) for size in args.rows.split(",")]
    if args.task == "same":
        found = same(sizes[0], args.engines.split(","))
        results = [{"engine": name, "same": parts == found["threads 1"]} for name, parts in found.items()]
    else:
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            results = [apart(args.task, n_rows, folder, args.engine) for n_rows in sizes]
    for result in results:
        print(json.dumps(result))
    if args.out:
        path = Path(args.out)
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        kept += [{"task": args.task, **result} for result in results]
        path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Draws that go elsewhere than into memory: files, databases, Arrow streams, lazy frames of clusters."""

import json
import os
from abc import abstractmethod
from collections.abc import Hashable, Mapping
from typing import Any

from synthfast._core.json_values import to_json_value
from synthfast._core.progress import progress_bar
from synthfast._core.random import BLOCK_ROWS, SeedLike, Stream
from synthfast._core.validation import check_integer
from synthfast.base.draw import Draw, LazySample
from synthfast.base.model import Model
from synthfast.base.parquet_parts import PART_ROWS, write_parts
from synthfast.encoding import EncodedCondition
from synthfast.engines import as_engine
from synthfast.io.manifest import Manifest
from synthfast.io.tables import TableWriter

__all__ = ["StreamedDraws"]

Conditions = Mapping[Hashable, Any] | None


class StreamedDraws(Model):
    """What a model of rows can do with draws of any size, in bounded memory."""

    @abstractmethod
    def _encode_conditions(self, conditions: Conditions) -> dict[Hashable, EncodedCondition]:
        """Conditions as the model reads them."""

    def sample_to_parquet(
        self,
        folder: str | os.PathLike[str],
        n_rows: int,
        *,
        conditions: Conditions = None,
        random_state: SeedLike = None,
        engine: Any = None,
        resume: bool = True,
        part_rows: int = PART_ROWS,
    ) -> Manifest:
        """Draw a synthetic table into a folder of Parquet files, in bounded memory, on any engine.

        Parameters
        ----------
        folder : str or path
            Made if it does not exist. It gets files ``part-<first row>-<row after the last>.parquet`` and
            ``_manifest.json``, which readers of Parquet folders pass over.
        n_rows : int
            Rows wanted in all, 0 or more.
        conditions : mapping of column name to condition, optional
            As in `sample`.
        random_state : None, int, numpy SeedSequence or Generator
            As in `sample`. With None a folder that holds an unfinished draw of this model is gone on with.
        engine : None, "threads", "processes", distributed.Client, ray, SparkSession or concurrent.futures.Executor
            What computes and writes the parts. Workers of a cluster have to see the folder under the same path.
        resume : bool, default True
            Keep the parts that are there and intact (by their SHA-256) and draw what is missing, after an interruption
            or for a larger ``n_rows``. With False what an earlier draw left in the folder is replaced.
        part_rows : int, default 1,048,576
            Rows of a file; a multiple of 65,536 saves drawing blocks twice.

        Returns
        -------
        Manifest
            What the folder holds: ``parts``, ``n_rows``, ``complete``.

        Raises
        ------
        DataError
            If the folder holds another draw, more rows than wanted, or files that are no parts.
        EngineError
            If the engine has no workers, or other versions on them.
        OSError
            If the disk is full or the folder cannot be written: finished parts stay, and the next call goes on.

        Notes
        -----
        The rows are those of ``sample(n_rows)`` for the seed, whatever the engine; with one version of pyarrow the
        files are the same to the byte. SIGINT and SIGTERM finish the parts that are being written and then take effect.
        Memory is about four blocks of 65,536 rows for each worker. Columns of few values are written with
        dictionaries, floating-point numbers by byte-stream split.

        Examples
        --------
        >>> import tempfile, pandas as pd, synthfast
        >>> model = synthfast.GaussianCopulaSynthesizer().fit(synthfast.load_dataset("iris"))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     half = model.sample_to_parquet(folder, 500, random_state=1)
        ...     whole = model.sample_to_parquet(folder, 1000, random_state=1)  # keeps the 500 rows that are there
        ...     drawn = pd.read_parquet(folder)
        >>> len(whole.parts), drawn.equals(model.sample(1000, random_state=1))
        (2, True)
        """
        n_rows = check_integer("n_rows", n_rows, minimum=0)
        part_rows = check_integer("part_rows", part_rows, minimum=1)
        workers = as_engine(engine)
        draw = self._settle(conditions, random_state, "sample_to_parquet", folder if resume else None)
        return write_parts(draw, folder, n_rows, part_rows, workers, resume=resume)

    def sample_to_csv(
        self,
        path: str | os.PathLike[str],
        n_rows: int,
        *,
        conditions: Conditions = None,
        random_state: SeedLike = None,
    ) -> None:
        """Draw a synthetic table into one file of delimited text, in bounded memory.

        Parameters
        ----------
        path : str or path
            Ending in ``.csv``, ``.tsv``, or either with ``.gz``. It appears when all rows are written.
        n_rows : int
            Rows wanted, 0 or more.
        conditions, random_state : optional
            As in `sample`.

        Raises
        ------
        DataError
            If the ending is unknown.
        OSError
            If the file cannot be written; nothing is left of it then.

        Notes
        -----
        Text cannot be gone on with; draw very long tables by `sample_to_parquet`.
        """
        n_rows = check_integer("n_rows", n_rows, minimum=0)
        draw = self._settle(conditions, random_state, "sample_to_csv")
        with TableWriter(path) as writer, progress_bar(n_rows, "rows", unit=" rows") as bar:
            for frame in draw.frames(0, n_rows):
                writer.write(frame)
                bar.update(len(frame))

    def sample_lazy(self, n_rows: int, *, conditions: Conditions = None, random_state: SeedLike = None) -> LazySample:
        """Settle a draw without making it: rows are drawn when they are read.

        Parameters
        ----------
        n_rows : int
            Rows wanted, 0 or more.
        conditions, random_state : optional
            As in `sample`.

        Returns
        -------
        LazySample
            An Arrow C stream, which pyarrow, polars, pandas and duckdb read as a table.

        Examples
        --------
        >>> import polars, synthfast
        >>> model = synthfast.MarginalSynthesizer().fit(synthfast.load_dataset("iris"))
        >>> polars.DataFrame(model.sample_lazy(1000, random_state=1)).shape
        (1000, 5)
        """
        n_rows = check_integer("n_rows", n_rows, minimum=0)
        return LazySample(self._settle(conditions, random_state, "sample_lazy"), n_rows)

    def sample_to_duckdb(
        self,
        connection: Any,
        table: str,
        n_rows: int,
        *,
        conditions: Conditions = None,
        random_state: SeedLike = None,
        append: bool = False,
    ) -> None:
        """Draw a synthetic table into a table of DuckDB, in one transaction and bounded memory.

        Parameters
        ----------
        connection : duckdb.DuckDBPyConnection, str or path
            Open, or the file of the database.
        table : str
            Its name, with dots between schema and table.
        n_rows : int
            Rows wanted, 0 or more.
        conditions, random_state : optional
            As in `sample`.
        append : bool, default False
            Add the rows to a table that exists; by default it is made, and must not exist.

        Raises
        ------
        DataError
            If DuckDB refuses; the database is as it was then.
        """
        from synthfast.io.duckdb_sink import write_duckdb

        n_rows = check_integer("n_rows", n_rows, minimum=0)
        sample = LazySample(self._settle(conditions, random_state, "sample_to_duckdb"), n_rows)
        write_duckdb(connection, table, sample.reader(), append=append)

    def sample_to_sql(
        self,
        target: Any,
        table: str,
        n_rows: int,
        *,
        conditions: Conditions = None,
        random_state: SeedLike = None,
        append: bool = False,
        batch_rows: int = BLOCK_ROWS,
    ) -> None:
        """Draw a synthetic table into any database that SQLAlchemy knows, all rows or none.

        Parameters
        ----------
        target : str or sqlalchemy.Engine
            A URL such as ``"postgresql://user@host/db"``, or an engine.
        table : str
            Its name.
        n_rows : int
            Rows wanted, 0 or more.
        conditions, random_state : optional
            As in `sample`.
        append : bool, default False
            Add the rows to a table that exists; by default it is made, and must not exist.
        batch_rows : int, default 65,536
            Rows that one ``executemany`` sends.

        Raises
        ------
        DataError
            If the table exists already, or the database refuses the rows: none of them stays then.
        """
        from synthfast.io.sql_sink import write_sql

        n_rows = check_integer("n_rows", n_rows, minimum=0)
        batch_rows = check_integer("batch_rows", batch_rows, minimum=1)
        draw = self._settle(conditions, random_state, "sample_to_sql")
        write_sql(target, table, draw.frames(0, n_rows, batch_rows), append=append)

    def to_dask(
        self, n_rows: int, *, conditions: Conditions = None, random_state: SeedLike = None, part_rows: int = PART_ROWS
    ) -> Any:
        """Give the draw as a lazy ``dask.dataframe.DataFrame``, one partition for each ``part_rows`` rows.

        Parameters
        ----------
        n_rows, conditions, random_state : int, mapping, seed
            As in `sample`.
        part_rows : int, default 1,048,576
            Rows of a partition.

        Returns
        -------
        dask.dataframe.DataFrame
            The rows of ``sample(n_rows)`` for the seed, the same whenever a partition is computed.
        """
        from synthfast.base.lazy_frames import to_dask

        return to_dask(*self._lazy(n_rows, conditions, random_state, part_rows, "to_dask"))

    def to_ray(
        self, n_rows: int, *, conditions: Conditions = None, random_state: SeedLike = None, part_rows: int = PART_ROWS
    ) -> Any:
        """Give the draw as a lazy ``ray.data.Dataset``, one block for each ``part_rows`` rows.

        Parameters
        ----------
        n_rows, conditions, random_state : int, mapping, seed
            As in `sample`.
        part_rows : int, default 1,048,576
            Rows of a block.

        Returns
        -------
        ray.data.Dataset
            The rows of ``sample(n_rows)`` for the seed, the same whenever a block is computed.
        """
        from synthfast.base.lazy_frames import to_ray

        return to_ray(*self._lazy(n_rows, conditions, random_state, part_rows, "to_ray"))

    def to_spark(
        self,
        session: Any,
        n_rows: int,
        *,
        conditions: Conditions = None,
        random_state: SeedLike = None,
        part_rows: int = PART_ROWS,
    ) -> Any:
        """Give the draw as a lazy ``pyspark.sql.DataFrame``, one partition for each ``part_rows`` rows.

        Parameters
        ----------
        session : pyspark.sql.SparkSession
            Of the frame; a Spark Connect session will do.
        n_rows, conditions, random_state : int, mapping, seed
            As in `sample`.
        part_rows : int, default 1,048,576
            Rows of a partition.

        Returns
        -------
        pyspark.sql.DataFrame
            The rows of ``sample(n_rows)`` for the seed, the same whenever a partition is computed.
        """
        from synthfast.base.lazy_frames import to_spark

        return to_spark(session, *self._lazy(n_rows, conditions, random_state, part_rows, "to_spark"))

    # -- what they share -----------------------------------------------------------------------------------------------

    def _lazy(
        self, n_rows: int, conditions: Conditions, random_state: SeedLike, part_rows: int, method: str
    ) -> tuple[Draw, int, int]:
        n_rows = check_integer("n_rows", n_rows, minimum=0)
        part_rows = check_integer("part_rows", part_rows, minimum=1)
        return self._settle(conditions, random_state, method), n_rows, part_rows

    def _settle(
        self,
        conditions: Conditions,
        random_state: SeedLike,
        method: str,
        folder: str | os.PathLike[str] | None = None,
    ) -> Draw:
        """The draw that arguments mean; without a seed the one that a folder holds already, if it is of this model."""
        self._check_fitted(method)
        encoded = self._encode_conditions(conditions)
        asked = [[to_json_value(name), repr(condition)] for name, condition in (conditions or {}).items()]
        identity = {"model": self.id_, "conditions": json.loads(json.dumps(asked))}
        stream = self._stream_held(identity, folder) if random_state is None and folder is not None else None
        stream = stream or self._draw_stream(random_state)
        return Draw(self, stream, encoded, {**identity, "stream": f"{stream.key[0]:016x}{stream.key[1]:016x}"})  # type: ignore[arg-type]

    @staticmethod
    def _stream_held(identity: dict[str, Any], folder: str | os.PathLike[str]) -> Stream | None:
        found = Manifest.read(folder)
        if found is None or any(found.identity.get(name) != value for name, value in identity.items()):
            return None
        key = str(found.identity["stream"])
        return Stream((int(key[:16], 16), int(key[16:], 16)))

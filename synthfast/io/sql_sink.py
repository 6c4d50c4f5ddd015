"""Frames into a table of any database that SQLAlchemy knows, all of them or none."""

from collections.abc import Iterator
from typing import Any

from synthfast.exceptions import DataError

__all__ = ["write_sql"]


def write_sql(target: Any, table: str, frames: Iterator[Any], *, append: bool) -> None:
    """Make a table of the frames' rows, or add them to one, in one transaction.

    Parameters
    ----------
    target : str or sqlalchemy.Engine
        A URL, or an engine.
    table : str
        Its name.
    frames : iterator of frames
        At least one, with the same columns.
    append : bool
        Whether the table exists already.

    Raises
    ------
    DataError
        If the table exists against expectation or does not, or the database refuses rows. Nothing has changed then; a
        table that was made is dropped, since not every database takes that back by itself.
    """
    import pandas as pd
    import sqlalchemy

    engine = sqlalchemy.create_engine(target) if isinstance(target, str) else target
    try:
        exists = sqlalchemy.inspect(engine).has_table(table)
        if exists and not append:
            raise DataError(f"sample_to_sql: table {table!r} exists already; pass append=True, or another name.")
        if append and not exists:
            raise DataError(f"sample_to_sql: there is no table {table!r} to append to.")
        try:
            _insert(engine, table, frames)
        except BaseException:
            if not exists:
                _drop(engine, table)
            raise
    except (sqlalchemy.exc.SQLAlchemyError, pd.errors.DatabaseError) as error:
        refusal = error.__cause__ if isinstance(error, pd.errors.DatabaseError) and error.__cause__ else error
        reason = str(getattr(refusal, "orig", None) or refusal)  # the driver's own words, which quote no rows
        raise DataError(f"sample_to_sql: table {table!r} cannot be written: {reason}") from error
    finally:
        if engine is not target:
            engine.dispose()


def _insert(engine: Any, table: str, frames: Iterator[Any]) -> None:
    import pandas as pd

    with engine.begin() as connection:
        for frame in frames:
            rows = frame if isinstance(frame, pd.DataFrame) else _as_pandas(frame)
            rows.to_sql(table, connection, if_exists="append", index=False)


def _as_pandas(frame: Any) -> Any:
    import pandas as pd

    return frame.to_pandas() if hasattr(frame, "to_pandas") else pd.DataFrame(frame)


def _drop(engine: Any, table: str) -> None:
    import sqlalchemy

    with engine.begin() as connection:
        made = sqlalchemy.Table(table, sqlalchemy.MetaData())
        made.drop(connection, checkfirst=True)

"""A table through schema, codec and back, by way of the saved forms of both."""

import json

from synthfast._core.frames import Table
from synthfast._core.random import Stream
from synthfast.encoding import TableCodec
from synthfast.schema import Schema


def make_codec(data, **options):
    """The codec of a table, restored from JSON; ``options`` go to ``Schema.infer``."""
    table = Table.from_any(data)
    schema = Schema.from_json(Schema.infer(table, **options).to_json())
    document, arrays = TableCodec.fit(table, schema).to_state()
    return TableCodec.from_state(json.loads(json.dumps(document, allow_nan=False)), arrays)


def decode_encoded(codec, data, *, seed=0, start_row=0):
    """The table as a model that repeats its training rows would return it."""
    table = Table.from_any(data)
    coded = {name: column.values for name, column in codec.encode(table).items()}
    return codec.decode(coded, n_rows=table.n_rows, start_row=start_row, stream=Stream.from_seed(seed))


def round_trip(data, **options):
    """Infer, encode, decode, build."""
    codec = make_codec(data, **options)
    return codec.build(decode_encoded(codec, data))

"""Ordered map over blocks in threads: the kernels release the interpreter lock, so blocks run side by side."""

import contextvars
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import Any, TypeVar

from synthfast._core.threads import effective_n_threads, num_threads
from synthfast.engines.protocol import IN_FLIGHT_PER_WORKER, Shared

__all__ = ["ThreadEngine", "map_blocks"]

Item = TypeVar("Item")
Result = TypeVar("Result")


class ThreadEngine:
    """Threads of this process, as many as may be used; the shared value is where it is."""

    name = "threads"

    def __init__(self) -> None:
        self.workers = effective_n_threads()

    def map(self, function: Callable[[Any, Any], Any], items: Iterable[Any], shared: Shared) -> Iterator[Any]:
        """See `Engine`."""
        return map_blocks(lambda item: function(shared.value, item), items, self.workers)


def map_blocks(
    function: Callable[[Item], Result], items: Iterable[Item], n_threads: int | None = None
) -> Iterator[Result]:
    """Yield ``function(item)`` for every item, in the order of the items, computed by several threads.

    Inside a thread the library's own thread count is 1, so blocks that run side by side do not each start a team of
    OpenMP threads. With one thread, or one item, the function runs in the caller's thread under the caller's count.

    Parameters
    ----------
    function : callable
        Takes one item. For results that do not depend on the thread count it must be a pure function of the item.
    items : iterable
        Taken lazily: at most ``2 * n_threads`` items are ahead of the result being consumed.
    n_threads : int, optional
        Threads to use; by default what ``effective_n_threads`` says. -1 means all that are allowed.

    Yields
    ------
    result
        The results in order. Closing the iterator cancels what has not started.

    Raises
    ------
    ValueError
        If ``n_threads`` is 0 or below -1. Whatever ``function`` raises comes out at the place of its item, after which
        nothing further is started; so does an interrupt from the keyboard.

    Notes
    -----
    Cost is that of the calls plus about 20 us a call; at most ``2 * n_threads`` results are held.

    Examples
    --------
    >>> from synthfast.engines import map_blocks
    >>> list(map_blocks(lambda block: block * block, range(5), n_threads=2))
    [0, 1, 4, 9, 16]
    """
    count = effective_n_threads(n_threads)
    pending = iter(items)
    first = list(islice(pending, 2))
    pending = chain(first, pending)
    if count == 1 or len(first) < 2:
        return _map_serial(function, pending, count)
    return _map_threads(function, pending, count)


def _map_serial(function: Callable[[Item], Result], items: Iterator[Item], count: int) -> Iterator[Result]:
    for item in items:
        with num_threads(count):
            result = function(item)
        yield result


def _map_threads(function: Callable[[Item], Result], items: Iterator[Item], count: int) -> Iterator[Result]:
    def run(item: Item) -> Result:
        with num_threads(1):
            return function(item)

    futures: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(count, thread_name_prefix="synthfast")
    # An interrupt hands control back at once; otherwise no call is left running once the iterator has ended, so that
    # the caller may close what the function reads.
    wait = True
    try:
        for item in items:
            futures.append(pool.submit(contextvars.copy_context().run, run, item))
            if len(futures) >= count * IN_FLIGHT_PER_WORKER:
                yield futures.popleft().result()
        while futures:
            yield futures.popleft().result()
    except KeyboardInterrupt:
        wait = False
        raise
    finally:
        pool.shutdown(wait=wait, cancel_futures=True)

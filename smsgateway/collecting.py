"""Python's cyclic garbage collector, told what a server is."""

import gc

NEW_CONTAINERS = 20_000  # a page of reports or a batch makes thousands, and all but none are cycles


def spare_what_stays() -> None:
    """Have the collector leave alone what is loaded by now, and look at the rest less often.

    To be called when a server has started. Otherwise all of Django is walked again and again while a page of reports is
    read: that was a third of a worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_CONTAINERS, *gc.get_threshold()[1:])

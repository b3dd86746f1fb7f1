"""What a replica tells Prometheus of itself, at a port of its own, so that no proxy leads there."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, start_http_server

EXCEPTIONS = ("database", "unhandled")
"""Every kind of exception that is counted; each is there at 0 from the start."""


class Metrics:
    """Figures of one process: of several workers behind one port, each scrape would see another.

    No label holds what a client sent.
    """

    def __init__(self, waiting_for_database: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        # Its processor time and memory.
        ProcessCollector(registry=self.registry)
        self.in_flight = Gauge("service_requests_in_flight", "Requests under way.", registry=self.registry)
        self._exceptions = Counter(
            "service_exceptions", "Requests that an exception ended.", ["kind"], registry=self.registry
        )
        for kind in EXCEPTIONS:
            self._exceptions.labels(kind)
        depth = Gauge("service_queue_depth", "What waits in line.", ["queue"], registry=self.registry)
        depth.labels("database").set_function(waiting_for_database)

    def count_exception(self, kind: str) -> None:
        """Count an exception of one of the EXCEPTIONS."""
        assert kind in EXCEPTIONS  # nosec B101
        self._exceptions.labels(kind).inc()

    def serve(self, port: int) -> None:
        """Answer at this port, in a thread that ends with the process. Raises OSError where it is taken."""
        start_http_server(port, registry=self.registry)

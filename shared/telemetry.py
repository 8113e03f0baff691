"""What is seen from outside: JSON logs, one trace from request to last consumer, metrics. Never personal data."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
tracer = trace.get_tracer("sovinto")
LIBRARIES = '{"library": "%(name)s", "level": "%(levelname)s", "at": "%(filename)s:%(lineno)d"}'  # Never their words.


def set_up(service: str) -> None:
    """JSON logs to standard error; spans to an OTLP collector where OTEL_EXPORTER_OTLP_ENDPOINT names one."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _exception_without_values,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(
        level=logging.ERROR, stream=sys.stderr, format='{"library": "%(name)s", "level": "%(levelname)s"}'
    )
    provider = TracerProvider(resource=Resource.create({"service.name": f"sovinto-{service}"}))
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # Slow to import.

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def span(name: str, parent: str, **about: str) -> Iterator[str]:
    """A span under the trace context given (or a new trace), yielding its own context as W3C traceparent."""
    context = _PROPAGATOR.extract({"traceparent": parent}) if parent else None
    with tracer.start_as_current_span(name, context=context, attributes=dict(about)):
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        trace_id = carrier.get("traceparent", "")
        with structlog.contextvars.bound_contextvars(trace_id=trace_id[3:35]):
            yield trace_id


@contextmanager
def leave_signals() -> Iterator[None]:
    """For a web server that is a guest in a process which handles signals itself."""
    yield


def _exception_without_values(
    _logger: Any, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Where something failed and what kind of failure it was; never its text, which may quote what a person wrote."""
    failed = event.pop("exc_info", None)
    if not failed:
        return event
    kind, _, where = sys.exc_info() if failed is True else (type(failed), None, failed.__traceback__)
    lines = []
    while where is not None:
        lines.append(f"{where.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{where.tb_lineno}")
        where = where.tb_next
    event["exception"] = getattr(kind, "__name__", "?")
    event["at"] = lines[-6:]
    return event

"""``prometheus.query``: whether a metric is where it should be.

Prometheus is the observer's instrument and not the service: where it cannot be
asked, nothing was learnt, so that is ``unknown`` and never ``bad``. It shows the
past: what it last scraped, up to five minutes old. Prefer a probe of the service.
"""

import json
from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlencode

from pydantic import Field, TypeAdapter, ValidationError

from drill.model.base import Model
from drill.ports import Access, Cancel, Reading
from drill.probes.bounds import Bounds
from drill.probes.fetch import UNANSWERED, Headers, HttpUrl, Page, fetch
from drill.probes.net import reading_of


class PrometheusQueryParams(Model):
    """What ``prometheus.query`` is told."""

    url: HttpUrl
    query: Annotated[str, Field(min_length=1, max_length=4096, description="An instant query.")]
    value: Annotated[Bounds, Field(description="Where each value must lie.")] = Bounds()
    series: Annotated[
        Literal["all", "any"], Field(description="Whether all series must lie there, or one.")
    ] = "all"
    no_data: Annotated[
        Literal["unknown", "bad", "good"],
        Field(alias="no-data", description="What it means that there is no series."),
    ] = "unknown"
    headers: Headers = {}


class _Series(Model, extra="ignore"):
    metric: dict[str, str]
    value: tuple[float, str]


class _Vector(Model, extra="ignore"):
    kind: Annotated[Literal["vector"], Field(alias="resultType")]
    series: Annotated[tuple[_Series, ...], Field(alias="result")]


class _Scalar(Model, extra="ignore"):
    kind: Annotated[Literal["scalar"], Field(alias="resultType")]
    value: Annotated[tuple[float, str], Field(alias="result")]


class _Answer(Model, extra="ignore"):
    """The HTTP API's envelope, as far as it is read."""

    data: Annotated[_Vector | _Scalar, Field(discriminator="kind")]


_ANSWER = TypeAdapter(_Answer)


class PrometheusQuery:
    """Runs one instant query over the HTTP API."""

    params: ClassVar[type[Model]] = PrometheusQueryParams

    def observe(
        self,
        on: Access,  # noqa: ARG002 - the URL says where
        params: PrometheusQueryParams,
        cancel: Cancel,
    ) -> Reading:
        """Look once."""
        url = f"{params.url.rstrip('/')}/api/v1/query"
        try:
            page = fetch(url, params.headers, cancel, urlencode({"query": params.query}))
        except UNANSWERED as error:
            return Reading(state="unknown", note=f"Prometheus: {reading_of(error).note}"[:200])
        try:
            answer = _ANSWER.validate_json(page.body).data
        except ValidationError:
            return Reading(state="unknown", note=_complaint(page))
        return _judged(_values(answer), params)


def _values(answer: _Vector | _Scalar) -> tuple[tuple[str, float], ...]:
    """Return what each series is called, and its value."""
    if isinstance(answer, _Scalar):
        return (("", float(answer.value[1])),)
    return tuple((_called(one.metric), float(one.value[1])) for one in answer.series)


def _called(metric: dict[str, str]) -> str:
    labels = ",".join(f"{k}={v}" for k, v in sorted(metric.items()) if k != "__name__")
    return f"{metric.get('__name__', '')}{{{labels}}}"


def _judged(values: Iterable[tuple[str, float]], params: PrometheusQueryParams) -> Reading:
    misses = [(name, params.value.miss(value)) for name, value in values]
    if not misses:
        return Reading(state=params.no_data, note="no data")
    bad = [f"{name} {miss}".strip() for name, miss in misses if miss]
    well = not bad if params.series == "all" else len(bad) < len(misses)
    by = next((name for name, miss in misses if not miss), misses[0][0]) if well else ""
    return Reading(state="good" if well else "bad", by=by[:200], note="; ".join(bad)[:200])


def _complaint(page: Page) -> str:
    said = page.fields().get("error", "it is no answer of the query API")
    return f"Prometheus: status {page.status}: {json.dumps(said)}"[:200]

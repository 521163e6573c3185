"""Probes that ask an HTTP API for a number: ``prometheus.query`` and ``queue.depth``."""

import json
import socket
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from drill.plugins import Registry
from drill.probes.bounds import Bounds
from drill.probes.prometheus import PrometheusQuery, PrometheusQueryParams
from drill.probes.queue import QueueDepth, QueueDepthParams


class Api:
    """Answers every request with what it is set to, and keeps the last path."""

    def __init__(self, server):
        self.status, self.body, self.path = "200 OK", "", ""
        self.port = server(self._serve).port

    def _serve(self, sock):
        self.path = sock.recv(4096).split(b" ")[1].decode()
        body = self.body if isinstance(self.body, str) else json.dumps(self.body)
        sock.sendall(
            f"HTTP/1.1 {self.status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )


@pytest.fixture
def api(server):
    return Api(server)


def vector(*values):
    """Return what Prometheus' HTTP API answers to an instant query."""
    series = [
        {"metric": {"__name__": "up", "job": f"j{i}"}, "value": [1.5, value]}
        for i, value in enumerate(values)
    ]
    return {"status": "success", "data": {"resultType": "vector", "result": series}}


@pytest.fixture
def metric(api, on, deadline):
    """Return ``metric(answer, **params)``: one reading."""

    def metric(answer, **params):
        api.body = answer
        params = PrometheusQueryParams(
            url=f"http://127.0.0.1:{api.port}/", query='up{job="a"} > 0', **params
        )
        return PrometheusQuery().observe(on, params, deadline(2))

    return metric


SCALAR = {"status": "success", "data": {"resultType": "scalar", "result": [1.5, "4"]}}


@pytest.mark.parametrize(
    ("answer", "params", "state", "note"),
    [
        (vector("1"), {}, "good", ""),
        (vector("1", "1"), {"value": {"at-least": 1}}, "good", ""),
        (vector("1", "0"), {"value": {"at-least": 1}}, "bad", "up{job=j1} 0 is below 1"),
        (vector("0", "1"), {"value": {"at-least": 1}, "series": "any"}, "good", ""),
        (vector("0"), {"value": {"at-least": 1}, "series": "any"}, "bad", "up{job=j0} 0 is below"),
        (vector("9"), {"value": {"at-most": 5}}, "bad", "up{job=j0} 9 is above 5"),
        (vector("NaN"), {}, "bad", "up{job=j0} it is not a number"),
        (vector("+Inf"), {"value": {"at-most": 5}}, "bad", "up{job=j0} inf is above 5"),
        (SCALAR, {"value": {"at-least": 4, "at-most": 4}}, "good", ""),
        (vector(), {}, "unknown", "no data"),
        (vector(), {"no-data": "bad"}, "bad", "no data"),
        (vector(), {"no-data": "good"}, "good", "no data"),
    ],
)
def test_the_value_decides_and_no_data_is_what_was_asked(metric, answer, params, state, note):
    reading = metric(answer, **params)
    assert reading.state == state
    assert reading.note.startswith(note)


def test_the_query_is_sent_as_it_is(metric, api):
    metric(vector("1"))
    path = urlsplit(api.path)
    assert path.path == "/api/v1/query"
    assert parse_qs(path.query) == {"query": ['up{job="a"} > 0']}


@pytest.mark.parametrize(
    ("status", "body", "note"),
    [
        ("400 Bad", {"status": "error", "error": "parse error"}, 'status 400: "parse error"'),
        ("200 OK", "<html>", "status 200"),
        ("200 OK", {"data": {"resultType": "matrix", "result": []}}, "status 200"),
        ("503 Starting", "", "status 503"),
    ],
)
def test_an_instrument_out_of_order_says_nothing_of_the_service(metric, api, status, body, note):
    api.status = status
    reading = metric(body)
    assert reading.state == "unknown"
    assert reading.note.startswith(f"Prometheus: {note}")


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return closed.getsockname()[1]


def test_prometheus_that_is_away_is_unknown_and_a_broker_that_is_away_is_bad(
    on, deadline, closed_port
):
    url = f"http://127.0.0.1:{closed_port}"
    metric = PrometheusQueryParams(url=url, query="up")
    queue = QueueDepthParams(url=url, queue="orders")
    assert PrometheusQuery().observe(on, metric, deadline(1)).state == "unknown"
    assert QueueDepth().observe(on, queue, deadline(1)).state == "bad"


@pytest.fixture
def depth(api, on, deadline):
    """Return ``depth(answer, **params)``: one reading."""

    def depth(answer, **params):
        api.body = answer
        params = QueueDepthParams(
            url=f"http://127.0.0.1:{api.port}", **{"queue": "orders", **params}
        )
        return QueueDepth().observe(on, params, deadline(2))

    return depth


def queue(**more):
    return {"state": "running", "node": "rabbit@mq1", "messages": 7, "consumers": 2, **more}


@pytest.mark.parametrize(
    ("answer", "params", "state", "note"),
    [
        (queue(), {}, "good", "7 messages"),
        (queue(), {"messages": {"at-most": 7}, "consumers": {"at-least": 2}}, "good", "7"),
        (queue(), {"messages": {"at-most": 6}}, "bad", "messages: 7 is above 6"),
        (queue(), {"consumers": {"at-least": 3}}, "bad", "consumers: 2 is below 3"),
        (queue(state="down"), {}, "bad", "the queue is down"),
        (queue(messages=None), {}, "unknown", "the broker does not say its messages yet"),
        ("[]", {}, "unknown", "the broker does not say its messages yet"),
    ],
)
def test_depth_and_consumers_decide(depth, answer, params, state, note):
    reading = depth(answer, **params)
    assert reading.state == state
    assert reading.note.startswith(note)


def test_a_queue_that_is_not_there_is_bad(depth, api):
    api.status = "404 Not Found"
    assert depth("{}").note == "status 404"


def test_names_are_quoted_on_their_way(depth, api):
    depth(queue(), vhost="/", queue="a/b ?c")
    assert api.path == "/api/queues/%2F/a%2Fb%20%3Fc"


def test_bounds_that_hold_nothing_are_refused():
    with pytest.raises(ValidationError):
        Bounds(at_least=2, at_most=1)


def test_they_are_registered():
    assert isinstance(Registry().probes["prometheus.query"], PrometheusQuery)
    assert isinstance(Registry().probes["queue.depth"], QueueDepth)

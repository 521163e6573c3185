"""Whether the two implementations agree: what verify.py tells of a journal, drill tells too."""

import json
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import drill.evidence
from drill.measure.timeline import view

VERIFY = Path(drill.evidence.__file__).with_name("verify.py")


def verifier(source=None):
    """Load verify.py as nobody who imports drill would: from its text, perhaps with a bug in it."""
    module = module_from_spec(spec_from_loader("verify", loader=None))
    module.__file__ = str(VERIFY)
    exec(compile(source or VERIFY.read_text(), VERIFY, "exec"), vars(module))
    return module


THE_ONE = verifier()


def figures_of(records, module=THE_ONE):
    told = [json.loads(record.model_dump_json()) for record in records]
    return json.loads(json.dumps(module.Journal(told).figures("head", len(told))))


def report_of(records):
    return json.loads(view(records, None, "head").model_dump_json())


def disagreements(found, report, where="figures"):
    """Yield where a figure is not, to the last digit and in its kind, what the report tells."""
    if isinstance(found, dict) and isinstance(report, dict):
        for key, value in found.items():
            yield from disagreements(value, report.get(key, "nothing"), f"{where}.{key}")
    elif isinstance(found, list) and isinstance(report, list):
        if len(found) != len(report):
            yield f"{where}: {len(found)} and {len(report)} of them"
        for n, (one, other) in enumerate(zip(found, report, strict=False)):
            yield from disagreements(one, other, f"{where}[{n}]")
    elif (type(found), found) != (type(report), report):
        yield f"{where}: verify.py says {found!r}, drill {report!r}"


def assert_agreed(records):
    assert list(disagreements(figures_of(records), report_of(records))) == []

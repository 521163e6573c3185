"""Bytes to a model, or every problem with them at once."""

import json
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from drill.graph.builder import MOST_PROBLEMS
from drill.graph.document import Document, document_of
from drill.graph.schema import schema_of
from drill.graph.source import Source
from drill.graph.words import problem_of
from drill.model.problem import Problem, ScenarioProblemsError, in_order
from drill.model.scenario import Scenario

M = TypeVar("M", bound=BaseModel)


def load(text: bytes, path: str) -> Scenario:
    """Read a scenario; ``path`` is for messages only.

    Raises:
        ScenarioProblemsError: with everything that is wrong with its form.
    """
    return read(text, path, Scenario)


def read(text: bytes, path: str, model: type[M]) -> M:
    """Read any file that people write into its model.

    Raises:
        ScenarioProblemsError: with everything that is wrong with its form.
    """
    return read_with_places(text, path, model)[0]


def read_with_places(text: bytes, path: str, model: type[M]) -> tuple[M, Source]:
    """Read a file like :func:`read`, and keep where each value stands.

    Raises:
        ScenarioProblemsError: with everything that is wrong with its form.
    """
    document = document_of(text, path)
    problems = list(document.problems)
    try:
        # As JSON and strict: "no" is no boolean and "1" no number, just as the schema says.
        value = model.model_validate_json(
            json.dumps(document.value), strict=True, by_alias=True, by_name=False
        )
    except ValidationError as error:
        problems += _form_problems(error, document, model)
        raise ScenarioProblemsError(in_order(problems)) from error
    if problems:
        raise ScenarioProblemsError(in_order(problems))
    return value, document.source


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return schema_of(model)


def _form_problems(
    error: ValidationError, document: Document, model: type[BaseModel]
) -> list[Problem]:
    """Return what the model refuses, but for values that could not be read to begin with."""
    schema = _schema(model)
    told = {problem.where for problem in document.problems}
    details = islice(error.errors(include_url=False), MOST_PROBLEMS)
    found = (problem_of(detail, schema, document.source) for detail in details)
    return [problem for problem in found if problem.where not in told]

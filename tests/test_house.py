"""House rules that no other tool checks: what files may hold, what code owes its reader."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "drill").rglob("*.py"))
TOP_LEVEL = {
    *(".ci", ".editorconfig", ".gitattributes", ".github", ".gitignore"),
    *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md"),
    *("drill", "playbooks", "runbooks", "scenarios", "tests"),
    *(
        "pyproject.toml",
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-oscal.lock",
        "requirements-bench.lock",
    ),
}
MOST_LINES_OF_CODE = 300
ONE_FILE = {"drill/evidence/verify.py": 620}
"""What is one file on purpose, whoever must trust it, and how many lines of code it may have."""
MOST_LINES_OF_A_FUNCTION = 60
VAGUE = {"manager", "handler", "helper", "helpers", "util", "utils", "info"}


# What the repository may hold and name


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository; of an unpacked archive, every file but what tools left."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True, check=False
    )
    names = listed.stdout.split("\0")[:-1] if listed.returncode == 0 else _unpacked()
    return tuple(path for name in names if (path := ROOT / name).is_file())


def _unpacked() -> Iterator[str]:
    kept = TOP_LEVEL - {".github"}
    for path in ROOT.rglob("*"):
        name = path.relative_to(ROOT)
        if path.is_file() and name.parts[0] in kept and "__pycache__" not in name.parts:
            yield str(name)


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        try:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures


# What the repository may hold and name


def test_the_top_level_holds_what_the_map_says():
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP_LEVEL


def test_nothing_is_deeper_than_two_rooms():
    python = (path.relative_to(ROOT / "drill") for path in MODULES)
    assert [str(path) for path in python if len(path.parts) > 2] == []


def test_no_file_names_the_place_where_it_was_written():
    homes = re.compile(r"/(?:home|Users)/(?!you\b|drill\b|[<{$])[a-z]")
    found = [str(path) for path, text in texts() if str(ROOT) in text or homes.search(text)]
    assert found == []


HOSTS = {
    "json-schema.org": "names the dialect of a schema; nothing is fetched",
    "www.apache.org": "the licence's own text",
    "www.w3.org": "names the namespace of SVG; nothing is fetched",
    "yaml.org": "names YAML's tags; nothing is fetched",
    "drill.invalid": "an address that can never exist",
    "orders.lab": "a name that only the name servers of the lab know",
}
"""The only names of hosts outside a lab that any file may hold, and why."""


def test_no_file_points_at_a_host_outside():
    host = re.compile(r"https?://[^\s\"'`)>\]\\]+")
    found = [
        (str(path), name)
        for path, text in texts()
        for url in host.findall(text)
        if (name := _host_of(url)) and "." in name and name not in HOSTS
    ]
    assert found == []


def _host_of(url: str) -> str:
    """Return the host that a URL names, or "" for an address of a lab, of loopback, of nobody."""
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    numbers_only = re.fullmatch(r"[\d.:]+", name)
    reserved = re.search(r"(^|\.)(example|invalid|test|localhost)(\.(com|net|org))?$", name)
    return "" if numbers_only or reserved or set(name) & set("{}$<…") else name


# What each piece of code owes its reader


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.AST) -> int:
    return function.end_lineno - function.lineno + 1


def lines_of_code(path: Path) -> int:
    """Count the lines that hold code: neither blank, comment nor docstring."""
    prose = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            prose.update(range(node.lineno, node.end_lineno + 1))
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    return sum(
        number not in prose and bool(line.strip()) and not line.lstrip().startswith("#")
        for number, line in lines
    )


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_module_says_what_it_is_for():
    assert [named(path) for path in MODULES if not ast.get_docstring(parsed(path))] == []


def test_every_module_is_soon_read():
    most = {path: ONE_FILE.get(named(path), MOST_LINES_OF_CODE) for path in MODULES}
    assert [named(path) for path in MODULES if lines_of_code(path) > most[path]] == []


def test_every_function_fits_a_screen():
    found = [(named(path), each) for path in MODULES for each in functions(path)]
    long = [(path, each.name) for path, each in found if length(each) > MOST_LINES_OF_A_FUNCTION]
    assert long == []


def test_the_code_is_made_of_small_pieces():
    lengths = [length(each) for path in MODULES for each in functions(path)]
    assert median(lengths) <= 9
    assert median(len(path.read_text().splitlines()) for path in MODULES) < 150


def test_every_pure_room_has_tests_of_its_own():
    rooms = ("exercise", "graph", "journal", "measure")
    assert [room for room in rooms if not list((ROOT / "tests" / room).glob("test_*.py"))] == []


def test_names_say_something():
    names = [
        node.name
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    names += [path.stem for path in MODULES]
    vague = [
        name
        for name in names
        if name.startswith(("process_", "do_"))
        or VAGUE & {part.lower() for part in re.findall(r"[A-Z]?[a-z0-9]+", name)}
    ]
    assert vague == []


def test_errors_end_in_error():
    wrong = [
        node.name
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
        and any(getattr(base, "id", "").endswith(("Error", "Exception")) for base in node.bases)
        and not node.name.endswith("Error")
    ]
    assert wrong == []


def test_every_exception_to_a_check_has_a_code_and_a_reason():
    excuse = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma: no)\b.*")
    coded = (
        r"noqa: [A-Z0-9]+(?:, ?[A-Z0-9]+)*|type: ignore\[[a-z, -]+\]|pragma: no (?:cover|branch)"
    )
    reasoned = re.compile(rf"#\s*(?:{coded})\s[\s#-]*\w.*")
    bare = [
        f"{path}:{number}"
        for path, text in texts()
        if path.suffix == ".py" and path.name != Path(__file__).name
        for number, line in enumerate(text.splitlines(), 1)
        if (found := excuse.search(line)) and not reasoned.match(found[0])
    ]
    assert bare == []

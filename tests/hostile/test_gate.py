"""What must stand nowhere in drill: the ways by which text becomes code, or trust becomes habit."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "drill").rglob("*.py"))
PROGRAMS = [*MODULES, *sorted((ROOT / "playbooks").rglob("*.py"))]
FILES = [
    path
    for room in ("drill", "playbooks", "scenarios", "runbooks")
    for path in sorted((ROOT / room).rglob("*"))
    if path.is_file() and path.suffix not in {".pyc", ".png"}
]
CALLS = {
    *("eval", "exec", "compile", "__import__"),
    *("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
    *("pickle.loads", "pickle.load", "marshal.loads", "shelve.open", "tempfile.mktemp"),
    *("yaml.load", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "yaml.safe_load"),
    *("paramiko.AutoAddPolicy", "paramiko.WarningPolicy", "paramiko.SSHClient"),
    *("ssl._create_unverified_context", "tarfile.open", "shutil.unpack_archive"),
}
"""Names that nobody may call: there is one way to read YAML, one to reach a host, and no other."""
MODULES_BANNED = {"pickle", "marshal", "shelve", "dill", "cPickle", "imp", "commands", "telnetlib"}
WORDS = {
    "StrictHostKeyChecking": re.compile(r"StrictHostKeyChecking[=\s\"']+(?!yes)\w+", re.IGNORECASE),
    "UserKnownHostsFile": re.compile(r"UserKnownHostsFile[=\s]+/dev/null", re.IGNORECASE),
    "host_key_checking": re.compile(r"host_key_checking[\"':=\s]+(?:false|no|0)", re.IGNORECASE),
    "AutoAddPolicy": re.compile(r"AutoAddPolicy|WarningPolicy|known_hosts\s*=\s*None"),
    "ForwardAgent": re.compile(r"(?:ForwardAgent|ForwardX11)[=\s]+yes", re.IGNORECASE),
    "certificates": re.compile(r"verify\s*=\s*False|CERT_NONE|validate_certs:\s*(?:no|false)"),
    "autoescape": re.compile(r"autoescape\s*=\s*False|\|\s*safe\b"),
}


def dotted(node):
    """Return a name as it is written: ``a.b.c``."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_there_is_something_to_look_at():
    assert len(MODULES) > 100
    assert len(FILES) > 120


@pytest.mark.parametrize("banned", sorted(CALLS))
def test_nobody_calls(banned):
    found = [
        f"{path}:{call.lineno}"
        for path in PROGRAMS
        for call in calls(path)
        if dotted(call.func) == banned
    ]
    assert found == []


def test_no_command_goes_through_a_shell():
    found = [
        f"{path}:{call.lineno}"
        for path in PROGRAMS
        for call in calls(path)
        for keyword in call.keywords
        if keyword.arg == "shell" and getattr(keyword.value, "value", True)
    ]
    assert found == []


def test_nothing_that_makes_code_of_bytes_is_imported():
    assert [
        (str(path), name) for path in PROGRAMS for name in imports(path) if name in MODULES_BANNED
    ] == []


@pytest.mark.parametrize("word", WORDS)
def test_no_file_turns_a_safeguard_off(word):
    found = [
        f"{path}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if WORDS[word].search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("StrictHostKeyChecking", "-o StrictHostKeyChecking=no"),
        ("StrictHostKeyChecking", "StrictHostKeyChecking accept-new"),
        ("host_key_checking", "ANSIBLE_HOST_KEY_CHECKING: 'False'"),
        ("AutoAddPolicy", "connect(known_hosts=None)"),
        ("certificates", "get(url, verify=False)"),
    ],
)
def test_the_gate_itself_sees_what_it_looks_for(word, line):
    assert WORDS[word].search(line)

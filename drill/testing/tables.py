"""A fake host's nft(8): the tables of its family ``inet``, kept as they were loaded."""

import json

from drill.ports import Completed


def nft(tables: dict[str, str], words: list[str], stdin: str) -> Completed:
    """Answer the few commands that drill sends."""
    if words == ["-f", "-"]:
        name = stdin.split()[3]
        if name in tables:
            return Completed(1, "", "File exists")
        tables[name] = stdin
        return Completed(0, "", "")
    if words == ["-j", "list", "tables"]:
        listed = [{"table": {"family": "inet", "name": name}} for name in tables]
        return Completed(0, json.dumps({"nftables": listed}), "")
    if words[:2] == ["delete", "rule"]:
        return _delete_rule(tables, words[3], words[4], int(words[6]))
    known = tables.get(words[-1])
    if known is None:
        return Completed(1, "", "No such file or directory")
    if words[0] == "delete":
        del tables[words[-1]]
    return Completed(0, json.dumps({"nftables": _objects(known)}), "")


def _delete_rule(tables: dict[str, str], table: str, chain: str, handle: int) -> Completed:
    lines = tables[table].splitlines()
    if not lines[handle].startswith(f"add rule inet {table} {chain} "):
        return Completed(1, "", "No such file or directory")
    lines[handle] = ""
    tables[table] = "\n".join(lines)
    return Completed(0, "", "")


def _objects(script: str) -> list[dict[str, object]]:
    """Return a script's chains and rules as nft lists them; a rule's handle is its line."""
    found: list[dict[str, object]] = []
    for number, line in enumerate(script.splitlines()):
        words = line.split()
        if words[:2] == ["add", "chain"]:
            found.append({"chain": {"name": words[4], "handle": number}})
        if words[:2] == ["add", "rule"]:
            comment = {"comment": words[-1].strip('"')} if "comment" in words else {}
            found.append({"rule": {"chain": words[4], "handle": number, **comment}})
    return found

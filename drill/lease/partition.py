"""Packets that are dropped or turned away: one nftables table a token, made and deleted as a whole.

A rule set that was there before is never touched, and two faults do not meet (nft(8)).
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from typing import NamedTuple

from drill.lease.answers import DirtyError, FailedError, RefusedError
from drill.lease.fault import Job
from drill.lease.machine import Machine
from drill.lease.requests import Values


class Fate(NamedTuple):
    """What becomes of a packet that matches; ``protocols`` are those that have ports."""

    verdict: str
    does: str
    protocols: str = "tcp, udp"


DROP = Fate("counter drop", "drop packets")
LOSE = Fate("numgen random mod 100 < {percent} counter drop", "lose {percent} of 100 packets")
RESET = Fate("tcp flags & rst == 0 counter reject with tcp reset", "reset connections", "tcp")
"""A reset is let through: the one that answers a packet leaves by the rules it came in by."""
PROHIBIT = Fate("counter reject with icmpx type admin-prohibited", "turn packets away")


def data_interface(machine: Machine, params: Values) -> str:
    """Return the interface, unless drill itself comes in by it."""
    interface = str(params["interface"])
    code, out, err = machine.run("ip", "-j", "address", "show", "dev", interface)
    if code:
        raise RefusedError(f"there is no interface {interface}: {err.strip()}")
    own = {each["local"] for link in json.loads(out) for each in link.get("addr_info", ())}
    if params["spare"] in own:
        raise RefusedError(f"drill itself comes in by {interface}: it could not undo")
    return interface


def partition_capture(machine: Machine, params: Values) -> Values:
    """See that it can be done, and leaves drill's own way in alone."""
    data_interface(machine, params)
    code, _, err = machine.run("nft", "-j", "list", "tables")
    if code:
        raise RefusedError(f"nftables cannot be used there: {err.strip()}")
    return {}


def ruleset(table: str, params: Values, fate: Fate = DROP) -> str:
    """Return the table as nft(8) reads it; ``create`` fails where there is one of that name.

    Its priority, raw, is before connection tracking: what is dropped leaves no trace there.
    """
    lines = [f"create table inet {table}"]
    for way, hook, side in (("in", "input", "iifname"), ("out", "output", "oifname")):
        if params["direction"] not in {way, "both"}:
            continue
        kind = f"type filter hook {hook} priority -300; policy accept;"
        lines.append(f"add chain inet {table} {hook} {{ {kind} }}")
        for match in matches(params, "saddr" if way == "in" else "daddr", fate.protocols):
            rule = f'{side} "{params["interface"]}" {match}'.rstrip()
            verdict = fate.verdict.format(**params)
            lines.append(f'add rule inet {table} {hook} {rule} {verdict} comment "drill"')
    return "\n".join(lines) + "\n"


def matches(params: Values, side: str, protocols: str) -> Iterator[str]:
    """Yield what one rule each must match."""
    ports = ", ".join(map(str, params["ports"]))
    for version, word in ((0, ""), (4, f"ip {side}"), (6, f"ip6 {side}")):
        peers = [ipaddress.ip_network(each, strict=False) for each in params["peers"]]
        of_it = ", ".join(str(each) for each in peers if each.version == version)
        if bool(version) != bool(peers) or (version and not of_it):
            continue
        who = f"{word} {{ {of_it} }}" if version else ""
        ends = ("sport", "dport") if ports else ()
        kind = f"meta l4proto {{ {protocols} }} th"
        yield from (f"{who} {kind} {end} {{ {ports} }}".strip() for end in ends)
        yield from () if ports else (who,)


def listed(job: Job) -> list[Values] | None:
    """Return what is in the token's table; None: there is no such table."""
    code, out, err = job.machine.run("nft", "-j", "list", "tables")
    if code:
        raise FailedError(f"nftables cannot be read: {err.strip()}")
    tables = [each["table"] for each in json.loads(out)["nftables"] if "table" in each]
    if not any((each["family"], each["name"]) == ("inet", job.table) for each in tables):
        return None
    code, out, err = job.machine.run("nft", "-j", "list", "table", "inet", job.table)
    if code:
        raise FailedError(f"the table {job.table} cannot be read: {err.strip()}")
    found: list[Values] = json.loads(out)["nftables"]
    return found


def partition_state(job: Job) -> Values:
    """Return the token's own table; what else there is, this fault cannot have touched."""
    return {"table": listed(job)}


def rules_of(job: Job) -> list[Values]:
    """Return the rules in the token's table that are drill's."""
    rules = [each["rule"] for each in listed(job) or () if "rule" in each]
    return [rule for rule in rules if rule.get("comment") == "drill"]


def partition_apply(fate: Fate, job: Job) -> str:
    """Load the table in one transaction, and read it back."""
    script = ruleset(job.table, job.params, fate)
    code, _, err = job.machine.run("nft", "-f", "-", given=script)
    if code:
        raise FailedError(f"nft refuses the table: {err.strip()}")
    wanted, found = script.count("add rule "), len(rules_of(job))
    if found != wanted:
        raise FailedError(f"{found} of {wanted} rules are in force")
    return f"{wanted} rules {fate.does.format(**job.params)} on {job.params['interface']}"


def partition_undo(job: Job) -> None:
    """Delete the table; where somebody else put something into it, our own rules only."""
    inside = listed(job)
    if inside is None:
        return
    own = [rule["handle"] for rule in rules_of(job)]
    known = {"metainfo", "table"}
    foreign = [
        each
        for each in inside
        if not known & each.keys()
        and each.get("rule", {}).get("handle") not in own
        and each.get("chain", {}).get("name") not in {"input", "output", "prerouting"}
    ]
    if not foreign:
        job.machine.run("nft", "delete", "table", "inet", job.table)
        return
    for rule in rules_of(job):
        at = (job.table, rule["chain"], "handle", str(rule["handle"]))
        job.machine.run("nft", "delete", "rule", "inet", *at)
    raise DirtyError(f"somebody else uses the table {job.table}; only drill's own rules are gone")

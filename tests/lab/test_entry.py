"""A process can stand where the observer stands."""

import subprocess
import sys

import pytest

ENTERS = """
import os, sys, drill.lab as lab
before = os.readlink('/proc/self/ns/mnt')
lab.enter(lab.running(sys.argv[1]))
print(os.readlink('/proc/self/ns/mnt') == before, flush=True)
os.execvp('ip', ['ip', '-br', 'addr', 'show', 'obs0'])
"""
CANNOT = """
import pathlib, threading, time
from drill.errors import LabError
from drill.lab import LabFacts, enter
there = pathlib.Path('/nowhere')
gone = LabFacts(name='gone', hosts=(), observer='10.200.0.2', fabric=there, secrets=there,
                labd=2**22 + 1, log=there)
for prepare in (lambda: None, threading.Thread(target=time.sleep, args=[9], daemon=True).start):
    prepare()
    try: enter(gone)
    except LabError as error: print(error)
"""


def _told(*argv):
    done = subprocess.run([sys.executable, "-c", *argv], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.lab
def test_who_enters_a_lab_is_the_observer_and_keeps_this_machines_files(raise_lab):
    lab = raise_lab(bare=True)
    same_files, where = _told(ENTERS, lab.name)
    assert same_files == "True"
    assert f"{lab.observer}/24" in where


def test_a_lab_that_is_gone_and_a_process_with_threads_are_told_apart():
    gone, threads = _told(CANNOT)
    assert "is it up" in gone
    assert "before starting threads" in threads

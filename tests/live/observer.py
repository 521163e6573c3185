"""A second, independent observer: no line of it is shared with what it watches over.

Stands where the probe stands, asks the service every 40 ms in an open loop, and
knocks at the primary's own address every 2 ms to see the very moment it is gone.
Writes one JSON line: nanoseconds of CLOCK_BOOTTIME.

    observer.py URL PRIMARY_ADDRESS OUTPUT
"""

import errno
import http.client
import json
import pathlib
import select
import signal
import socket
import sys
import threading
import time
import urllib.parse

answers, stop = [], threading.Event()
last_seen = [0, 0]


def now():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def ask(url):
    began = now()
    try:
        link = http.client.HTTPConnection(url.hostname, url.port or 80, timeout=1)
        link.request("GET", f"{url.path}?token={began}")
        answer = link.getresponse()
        good = answer.status == 200 and json.loads(answer.read())["token"] == str(began)
        link.close()
    except (OSError, ValueError, KeyError, http.client.HTTPException):
        good = False
    answers.append((began, now(), good))


def ask_on(url):
    due = now()
    while not stop.is_set():
        threading.Thread(target=ask, args=(url,), daemon=True).start()
        due += 40_000_000
        time.sleep(max(0, (due - now()) / 1e9))


def knock(address):
    """Connect to a closed port: a host with power refuses at once, one without says nothing."""
    while len(last_seen) < 3 and not stop.is_set():  # until it is gone for the first time
        began = now()
        with socket.socket() as door:
            door.setblocking(False)
            refused = door.connect_ex((address, 9)) == errno.ECONNREFUSED
            if not refused:
                select.select([], [door], [], 0.05)
                refused = door.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED
        if refused:
            last_seen[:] = [began, now()]
        elif last_seen[0]:
            last_seen.append(began)  # the first knock that nobody answered
        time.sleep(0.002)


def main(url, primary, output):
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threads = [
        threading.Thread(target=ask_on, args=(urllib.parse.urlsplit(url),), daemon=True),
        threading.Thread(target=knock, args=(primary,), daemon=True),
    ]
    for thread in threads:
        thread.start()
    while not stop.wait(0.1):
        pass
    threads[1].join()
    with pathlib.Path(output).open("w") as file:
        json.dump({"answers": sorted(answers), "gone": last_seen}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])

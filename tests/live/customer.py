"""A customer who keeps books: writes numbered rows, and knows afterwards which are gone.

Shares no line with the ledger that it watches over. A row is only taken while the orders
are there, as an order would be. Writes one JSON line: nanoseconds of CLOCK_BOOTTIME.

    customer.py DSN_FILE OUTPUT
"""

import json
import pathlib
import signal
import sys
import threading
import time

import psycopg

stop = threading.Event()


def now():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def buy(link, n):
    """Write one row; return when it was sent and acknowledged."""
    began = now()
    link.execute("insert into books (n) select %s from (select from orders limit 1) o", [n])
    return n, began, now()


def shop(dsn):
    """Write a row every 30 ms over one connection, made anew when it is lost."""
    acknowledged, link, n = [], None, 0
    while not stop.wait(0.03):
        n += 1
        try:
            link = link or psycopg.connect(dsn, autocommit=True, connect_timeout=2)
            acknowledged.append(buy(link, n))
        except psycopg.errors.UndefinedTable:
            continue
        except psycopg.Error:
            link = link and link.close()
    return acknowledged


def main(file, output):
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    dsn = pathlib.Path(file).read_text().strip()
    with psycopg.connect(dsn, autocommit=True) as link:
        link.execute("create table books (n bigint)")
    acknowledged = shop(dsn)
    with psycopg.connect(dsn, autocommit=True) as link:
        kept = {n for (n,) in link.execute("select n from books")}
        link.execute("drop table books")
    told = [(began, ended, n in kept) for n, began, ended in acknowledged]
    pathlib.Path(output).write_text(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])

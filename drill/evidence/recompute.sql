-- The RTA and the RPA of every service, from journal.jsonl alone, by nothing but SQLite (3.38 or
-- later). In the directory of an unpacked bundle type:
--
--     sqlite3 < recompute.sql
--
-- A line each: service, lowest and highest RTA, lowest and highest RPA, in seconds; empty is
-- infinity (in a highest one) or not measured (in both). They are those of report/report.json to
-- the last digit. The words are those of verify.py, which judges them too.
CREATE TABLE line(text TEXT);
.mode ascii
.separator "\037" "\n"
.import journal.jsonl line
.mode list
.separator " | " "\n"
.headers on

CREATE TABLE record AS
SELECT text ->> '$.seq' AS seq, text ->> '$.at.boot' AS boot, text ->> '$.at.boot_ns' AS boot_ns,
       strftime('%s', text ->> '$.at.wall') * 1000000
       + CASE WHEN instr(text ->> '$.at.wall', '.') THEN CAST(substr(
           text ->> '$.at.wall', instr(text ->> '$.at.wall', '.') + 1, 6) AS INTEGER) ELSE 0 END
       AS wall_us,
       text ->> '$.event.type' AS kind, text ->> '$.event.step' AS step,
       text ->> '$.event.service' AS service, text -> '$.event' AS event
FROM line;

-- Zero of each boot's clock is the first record; across boots there is only the wall clock.
CREATE TABLE zero AS
SELECT boot, boot_ns - (wall_us - (SELECT wall_us FROM record WHERE seq = 0)) * 1000 AS ns
FROM record GROUP BY boot HAVING seq = min(seq);

CREATE VIEW fact AS
SELECT record.*, boot_ns - zero.ns AS at, zero.ns AS zero FROM record JOIN zero USING (boot);

-- Durations of the scenario, as 1h30m, in nanoseconds.
CREATE TABLE given AS
WITH RECURSIVE plan(service, what, rest, total) AS (
  SELECT s.key, w.column1, s.value ->> w.column2, 0
  FROM record, json_each(event, '$.scenario.services') AS s,
       (VALUES ('every', '$.probe.every'), ('within', '$.probe.within'), ('stable', '$.stable')) AS w
  WHERE seq = 0
  UNION ALL
  SELECT service, what, substr(ltrim(rest, '0123456789'), 2 + (ltrim(rest, '0123456789') LIKE 'ms%')),
         total + CAST(rest AS INTEGER) * CASE
           WHEN ltrim(rest, '0123456789') LIKE 'ms%' THEN 1000000
           WHEN ltrim(rest, '0123456789') LIKE 's%' THEN 1000000000
           WHEN ltrim(rest, '0123456789') LIKE 'm%' THEN 60000000000
           WHEN ltrim(rest, '0123456789') LIKE 'h%' THEN 3600000000000
           ELSE 86400000000000 END
  FROM plan WHERE rest <> ''
)
SELECT service, max(total) FILTER (WHERE what = 'every') AS every,
       max(total) FILTER (WHERE what = 'within') AS within,
       max(total) FILTER (WHERE what = 'stable') AS stable
FROM plan WHERE rest = '' OR rest IS NULL GROUP BY service;

-- t_i: the receipt was written. t_a: the host confirmed the effect, in time.
CREATE TABLE fault AS
SELECT row_number() OVER (ORDER BY p.at, p.seq) AS n, p.step, p.at AS t_i, e.at AS t_a,
       -- when the host, without news of drill, may have ended it by itself
       CASE WHEN u.event ->> '$.outcome.note' LIKE '%(lease)'
             AND json_type(p.event, '$.receipt.tier') = 'text'
            THEN p.at + CAST(p.event ->> '$.receipt.ttl' * 1000000000 AS INTEGER) END AS ran_out
FROM fact AS p LEFT JOIN fact AS u ON u.seq = (SELECT max(x.seq) FROM record AS x
  WHERE x.step = p.step AND (x.kind IN ('undo-started', 'undo-ended') OR x.kind = 'straggler-reported'
    AND NOT x.event ->> '$.undo' AND x.event ->> '$.outcome.kind' <> 'failed'
    AND EXISTS (SELECT 1 FROM record AS s WHERE s.step = x.step AND s.kind = 'undo-started'
                AND s.seq < x.seq)))
  AND u.kind = 'undo-ended' AND u.event ->> '$.outcome.kind' = 'done'
 LEFT JOIN fact AS e ON e.step = p.step AND e.kind = 'step-ended'
  AND e.event ->> '$.outcome.kind' = 'done'
  AND NOT EXISTS (SELECT 1 FROM record AS x WHERE x.step = p.step AND x.kind = 'step-expired')
WHERE p.kind = 'fault-prepared';

CREATE TABLE look AS
SELECT service, s.value ->> '$.start' - zero AS start, s.value ->> '$.end' - zero AS end,
       CASE WHEN s.value ->> '$.state' = 'good'
             AND s.value ->> '$.end' - s.value ->> '$.start' > within
            THEN 'bad' ELSE s.value ->> '$.state' END AS state
FROM fact JOIN given USING (service), json_each(event, '$.samples') AS s
WHERE kind = 'samples-taken';

-- What was due in a hole and not sampled was not seen; one sample that says so is enough here.
INSERT INTO look
SELECT service, before + every, before + every, 'unknown'
FROM (SELECT service, start, lag(start) OVER (PARTITION BY service ORDER BY start, end, state)
             AS before FROM look) JOIN given USING (service)
WHERE start - before > 2 * every;

CREATE TABLE sample AS
SELECT service, row_number() OVER w AS k, start, end, state,
       sum(state <> 'good') OVER (w ROWS UNBOUNDED PRECEDING) AS island
FROM look WINDOW w AS (PARTITION BY service ORDER BY start, end, state);
CREATE INDEX by_k ON sample(service, k);

-- A good run is stable with its third sample at the earliest, once it fills the window.
CREATE TABLE good AS
SELECT service, k, run_k, run_start, run_end, n >= 3 AND start - run_start >= stable AS proves
FROM (SELECT service, k, start, row_number() OVER w AS n, first_value(k) OVER w AS run_k,
             first_value(start) OVER w AS run_start, first_value(end) OVER w AS run_end
      FROM sample WHERE state = 'good' WINDOW w AS (PARTITION BY service, island ORDER BY k))
JOIN given USING (service);
CREATE INDEX good_k ON good(service, k);
CREATE INDEX proof ON good(service, proves, k);

-- Each bad sample, and since when it was quiet before it.
CREATE TABLE bad AS
SELECT b.service, b.k, b.start, b.end,
       CASE WHEN b.k > b.prev + 1 THEN (SELECT b.start - q.start FROM sample AS q
         WHERE q.service = b.service AND q.k = b.prev + 1) ELSE -1 END AS quiet
FROM (SELECT *, lag(k) OVER (PARTITION BY service ORDER BY k) AS prev
      FROM sample WHERE state = 'bad') AS b;
CREATE INDEX bad_k ON bad(service, k);

-- From a first bad sample to the proof that it was stable, to the next bad sample, and so on.
CREATE TABLE turn AS
WITH RECURSIVE turn(service, k, broken) AS (
  SELECT service, min(k), 1 FROM bad GROUP BY service
  UNION ALL
  SELECT service, CASE WHEN broken
    THEN (SELECT min(g.k) FROM good AS g WHERE g.service = turn.service AND g.proves AND g.k > turn.k)
    ELSE (SELECT min(b.k) FROM bad AS b WHERE b.service = turn.service AND b.k > turn.k) END,
    NOT broken
  FROM turn WHERE k IS NOT NULL
)
SELECT service, k AS first_k, (SELECT min(g.k) FROM good AS g
  WHERE g.service = turn.service AND g.proves AND g.k > turn.k) AS proof_k
FROM turn WHERE broken AND k IS NOT NULL;

CREATE TABLE outage AS
SELECT o.service, f.start AS first_start, f.end AS first_end, o.first_k, g.run_end AS good_end,
       stable, (SELECT max(b.k) FROM bad AS b WHERE b.service = o.service AND b.k >= o.first_k
         AND b.k < ifnull((SELECT min(x.k) FROM bad AS x WHERE x.service = o.service
           AND x.k > o.first_k AND x.quiet >= stable), 9e15)
         AND b.k < ifnull(o.proof_k, 9e15)) AS last_k,
       ifnull((SELECT max(s.start) FROM sample AS s WHERE s.service = o.service
         AND s.state = 'good' AND s.k < o.first_k), 0) AS well,
       ifnull((SELECT run_start FROM good AS r WHERE r.service = o.service
         AND r.k = o.first_k - 1), f.start) AS well_since
FROM turn AS o JOIN given USING (service)
JOIN sample AS f ON f.service = o.service AND f.k = o.first_k
LEFT JOIN good AS g ON g.service = o.service AND g.k = o.proof_k;

-- When it began: between t_i and t_a of the newest fault, narrowed by what was good after it.
CREATE TABLE onset AS
SELECT *, CASE WHEN slow THEN well
               WHEN other IS NOT NULL AND t_i > well THEN max(other, well) ELSE t_i END AS lo,
       CASE WHEN slow OR t_a IS NULL OR well > t_a THEN first_end ELSE t_a END AS hi,
       min(ifnull(ran_out, 9e18), ifnull((SELECT min(u.at) FROM fact AS u
         WHERE u.kind = 'undo-started' AND u.step = c.step AND u.at >= first_start), 9e18)) AS removal
FROM (SELECT o.*, n.step, n.t_i, n.t_a, n.ran_out, (SELECT t_i FROM fault WHERE fault.n = n.n - 1) AS other,
             well - max(ifnull(n.t_a, n.t_i), well_since) >= stable AS slow
      FROM outage AS o JOIN fault AS n
      ON n.n = (SELECT max(f.n) FROM fault AS f WHERE f.t_i <= o.first_end)) AS c;

-- What came back only after its fault began to be removed never recovered.
CREATE TABLE seen AS
SELECT *, CASE WHEN good_end <= removal THEN good_end END AS ended,
       (SELECT max(b.start) FROM bad AS b WHERE b.service = onset.service AND b.k >= first_k
          AND b.k <= last_k AND (good_end <= removal OR b.k = first_k
                                 OR ran_out IS NULL AND b.start <= removal)) AS last_bad
FROM onset;

CREATE TABLE rta AS
SELECT service, max(0, last_bad - hi) / 1e9 * (1 - 500e-6) AS lo,
       max(0, ended - lo) / 1e9 * (1 + 500e-6) AS hi
FROM (SELECT *, row_number() OVER (PARTITION BY service
        ORDER BY ended IS NULL DESC, ended - lo DESC, first_k) AS rank FROM seen) WHERE rank = 1;

-- The ledger: from when it counts, every canary, and what the last read found.
CREATE TABLE broken AS
SELECT key AS service, ifnull(o.lo, f.t_i) AS lo, CASE WHEN o.lo IS NULL THEN f.t_a ELSE o.hi END AS hi
FROM record, json_each(event, '$.scenario.services') JOIN fault AS f ON f.n = 1
LEFT JOIN seen AS o ON o.service = key AND o.first_k = (SELECT min(first_k) FROM seen AS x
  WHERE x.service = key)
WHERE seq = 0;

CREATE TABLE canary AS
SELECT service, event ->> '$.ticket' AS ticket, w.value ->> '$.n' AS n,
       w.value ->> '$.invoke' - zero AS sent, w.value ->> '$.complete' - zero AS said,
       ifnull(w.value ->> '$.complete', w.value ->> '$.invoke') - zero AS done,
       w.value ->> '$.outcome' AS outcome
FROM fact, json_each(event, '$.writes') AS w WHERE kind = 'writes-made';

CREATE TABLE node AS
SELECT r.service, n.value ->> '$.node' AS node, n.value -> '$.found' AS found
FROM record AS r, json_each(event, '$.nodes') AS n
WHERE kind = 'ledger-read' AND n.value ->> '$.reachable'
  AND seq = (SELECT max(seq) FROM record AS x WHERE x.kind = 'ledger-read' AND x.service = r.service);

CREATE TABLE kept AS
SELECT DISTINCT c.*
FROM canary AS c JOIN node AS d USING (service), json_each(d.found) AS s
WHERE c.ticket = s.value ->> '$.ticket' AND c.n BETWEEN s.value ->> '$.first' AND s.value ->> '$.last'
  AND (d.node = 'write-path' OR NOT EXISTS (SELECT 1 FROM node AS x
         WHERE x.service = d.service AND x.node = 'write-path'));

CREATE TABLE lost AS
SELECT c.*, b.lo, b.hi FROM canary AS c JOIN broken AS b USING (service)
WHERE outcome = 'ok' AND (said IS NULL OR hi IS NULL OR said <= hi)
  AND (c.service, c.ticket, c.n) NOT IN (SELECT service, ticket, n FROM kept);

CREATE TABLE rpa AS
SELECT service, max(0, b.lo - ifnull((SELECT min(done) FROM lost WHERE lost.service = b.service), b.lo))
         / 1e9 * (1 - 500e-6) AS lo,
       max(0, b.hi - CASE WHEN EXISTS (SELECT 1 FROM lost WHERE lost.service = b.service)
         THEN (SELECT max(k.sent) FROM kept AS k WHERE k.service = b.service AND k.outcome <> 'fail'
           AND k.sent < (SELECT min(sent) FROM lost WHERE lost.service = b.service))
         ELSE (SELECT max(k.done) FROM kept AS k WHERE k.service = b.service AND k.outcome = 'ok'
           AND k.done <= b.lo) END) / 1e9 * (1 + 500e-6) AS hi
FROM broken AS b WHERE service IN (
  SELECT r.service FROM record AS r, json_each(event, '$.nodes') WHERE kind = 'ledger-read');

SELECT s.key AS service, rta.lo AS rta_lo, rta.hi AS rta_hi, rpa.lo AS rpa_lo, rpa.hi AS rpa_hi
FROM record, json_each(event, '$.scenario.services') AS s
LEFT JOIN rta ON rta.service = s.key LEFT JOIN rpa ON rpa.service = s.key
WHERE seq = 0 ORDER BY s.id;

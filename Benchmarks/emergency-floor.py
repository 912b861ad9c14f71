#!/usr/bin/env python3
"""Promotes the standby of a primary that was killed, and leads PgBouncer to it: what the servers themselves cost.

Sessions with the standby and the pooler are open already. Nothing is asked, proved or written down. The old primary is
rewound afterwards, so that the next emergency can go the other way. Environment: D, PGBIN, PORT_PGB.
"""
import json, os, select, signal, subprocess, time
import psycopg2

D, PGBIN, PORT = os.environ["D"], os.environ["PGBIN"], int(os.environ["PORT_PGB"])
state = json.load(open(D + "/state.json"))
old = state["primary"]
new = "b" if old == "a" else "a"
directory = "%s/%s" % (D, old)


def session(port, database="postgres"):
    connection = psycopg2.connect(host="127.0.0.1", port=port, dbname=database, user="postgres")
    connection.autocommit = True
    return connection.cursor()


def as_postgres(*line):
    if os.getuid() == 0:
        line = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "env", "HOME=" + D) + line
    return subprocess.run(line, stdout=open(D + "/ops.log", "a"), stderr=subprocess.STDOUT)


standby, pooler = session(state["ports"][new]), session(PORT, "pgbouncer")
postmaster = int(open(directory + "/postmaster.pid").readline())
pidfd = os.pidfd_open(postmaster)
os.kill(postmaster, signal.SIGKILL)
poll = select.poll()
poll.register(pidfd, select.POLLIN)
poll.poll(10_000)
# As in Baton's runs: what the kill left is given a moment to be noticed by everybody.
time.sleep(0.5)

began = time.monotonic()
pooler.execute("KILL app")
standby.execute("SELECT pg_promote(false)")
while True:
    standby.execute("SELECT pg_is_in_recovery()")
    if not standby.fetchone()[0]:
        break
    time.sleep(0.0005)
os.replace("%s/pgbouncer-%s.ini" % (D, new), D + "/pgbouncer.ini")
pooler.execute("RELOAD")
# Without this the pooler waits up to server_login_retry, because every login at the dead server failed.
pooler.execute("SET server_login_retry = '0.001'")
pooler.execute("RESUME app")
ended = time.monotonic()

pooler.execute("SET server_login_retry = '1'")
with open(D + "/pgbouncer-%s.ini" % new, "w") as file:
    file.write(open(D + "/pgbouncer.ini").read())
standby.execute("CHECKPOINT")
# Whoever started it may not have buried it yet, and its lock files still name it.
for lock in directory + "/postmaster.pid", "%s/.s.PGSQL.%d.lock" % (D, state["ports"][old]):
    os.unlink(lock)
source = "host=127.0.0.1 port=%d user=postgres dbname=postgres" % state["ports"][new]
assert as_postgres(PGBIN + "/pg_rewind", "-D", directory, "--source-server", source).returncode == 0
as_postgres("sed", "-i", "s/^port = .*/port = %d/" % state["ports"][old], directory + "/postgresql.conf")
as_postgres("sed", "-i", "/^primary_conninfo/d", directory + "/postgresql.auto.conf")
as_postgres(
    "sh", "-c", "echo \"primary_conninfo = 'host=127.0.0.1 port=%d user=postgres'\" >> %s/postgresql.auto.conf; "
    "touch %s/standby.signal" % (state["ports"][new], directory, directory))
assert as_postgres(PGBIN + "/pg_ctl", "-D", directory, "-l", "%s/%s.log" % (D, old), "-w", "start").returncode == 0
state["primary"] = new
json.dump(state, open(D + "/state.json", "w"))
print(json.dumps({"began": began, "ms": (ended - began) * 1e3}))

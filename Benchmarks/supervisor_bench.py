#!/usr/bin/env python3
"""Neutral benchmark for process supervisors (Linux, Python 3 standard library + cc).

    python3 supervisor_bench.py --only supervisord,s6 --workloads W1,W4 --json out.json
    python3 supervisor_bench.py --list

Every cell (one workload on one supervisor) gets a fresh supervisor in a fresh
scratch folder.  Where it may, the harness re-executes itself in a PID namespace of
its own (unshare), so nothing can outlive it, not even after SIGKILL.

What counts as "the supervisor" is decided the same way for all of them: every
process under the harness' reaper that is neither the harness nor one of the
workload's programs.  So per-service helpers (s6-supervise, runsv, svlogd, ...)
are all in, and no adapter can leave anything out.  See README.md.
"""
import argparse
import contextlib
import ctypes
import fcntl
import glob
import json
import os
import platform
import random
import resource
import select
import shlex
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MARK = "1000000"                 # argument of the /bin/sleep children
PAGE = os.sysconf("SC_PAGE_SIZE")
ROTATE_BYTES = 20_000_000
ROTATE_KEEP = 100


def mono():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def log(*a):
    print(*a, file=sys.stderr, flush=True)


class Unsupported(Exception):
    """The supervisor has no such function; the message says what is missing."""


class Failed(Exception):
    """The supervisor did not do what it was asked to."""


# --------------------------------------------------------------------------- /proc

def read(path, mode="r"):
    with open(path, mode) as f:
        return f.read()


def proc_table():
    """pid -> (ppid, state, starttime)"""
    t = {}
    for d in os.listdir("/proc"):
        if d.isdigit():
            try:
                s = read(f"/proc/{d}/stat")
            except OSError:
                continue
            f = s[s.rindex(")") + 2:].split()
            t[int(d)] = (int(f[1]), f[0], int(f[19]))
    return t


def descendants():
    """Live (not zombie) processes below the reaper (see become_child_of_reaper), less ourselves."""
    t = proc_table()
    kids = {}
    for p, (pp, st, _) in t.items():
        kids.setdefault(pp, []).append(p)
    out, todo, me = [], [os.getppid()], os.getpid()
    while todo:
        for k in kids.get(todo.pop(), ()):
            todo.append(k)
            if t[k][1] not in "ZX" and k != me:
                out.append(k)
    return out


def cmdline(pid):
    try:
        return read(f"/proc/{pid}/cmdline", "rb").decode("utf-8", "replace").split("\0")[:-1]
    except OSError:
        return []


BIN_DIR = None                   # where the compiled workload programs are


def is_workload(pid):
    try:
        exe = os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return False
    if BIN_DIR and exe.startswith(BIN_DIR + "/"):
        return True
    if os.path.basename(exe) in ("sleep", "busybox", "coreutils"):
        return MARK in cmdline(pid)
    return False


def supervisor_pids():
    return [p for p in descendants() if not is_workload(p)]


def workload_procs():
    """[(pid, argv)] of the live workload processes."""
    return [(p, cmdline(p)) for p in descendants() if is_workload(p)]


def cpu_ns(pid):
    """CPU time of the whole process in ns (all threads, also those gone)."""
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return None


def cpu_snapshot(pids=None):
    snap = {}
    for p in (supervisor_pids() if pids is None else pids):
        c = cpu_ns(p)
        if c is not None:
            snap[p] = c
    return snap


def cpu_delta(before, after):
    """CPU seconds spent between; a process that is new counts from its birth."""
    return sum(max(0, v - before.get(p, 0)) for p, v in after.items()) / 1e9


def switches(pids):
    """(voluntary, involuntary) context switches over all threads."""
    v = n = 0
    for p in pids:
        for f in glob.glob(f"/proc/{p}/task/*/status"):
            try:
                for line in read(f).splitlines():
                    if line.startswith("voluntary_ctxt"):
                        v += int(line.split()[1])
                    elif line.startswith("nonvoluntary_ctxt"):
                        n += int(line.split()[1])
            except OSError:
                pass
    return v, n


def union_pages(pids):
    """Distinct physical pages mapped by any of the processes, in KiB.

    Unlike PSS it does not depend on who else on the machine (this harness'
    interpreter, for one) happens to map the same libraries.  None if not root."""
    pfns = set()
    try:
        for p in pids:
            with open(f"/proc/{p}/maps") as m, open(f"/proc/{p}/pagemap", "rb", 0) as pm:
                for line in m:
                    rng, perm, rest = line.split(None, 2)
                    if perm.startswith("---") or "[v" in rest:
                        continue
                    a, b = (int(x, 16) // PAGE for x in rng.split("-"))
                    for s in range(a, b, 65536):
                        n = min(65536, b - s)
                        pm.seek(s * 8)
                        raw = pm.read(n * 8)
                        for (e,) in struct.iter_unpack("<Q", raw):
                            if e >> 63:
                                pfns.add(e & ((1 << 55) - 1))
    except OSError:
        return None
    pfns.discard(0)
    return len(pfns) * PAGE // 1024 if pfns else None


def footprint():
    pids = supervisor_pids()
    r = dict(processes=0, threads=0, fds=0, pss_kib=0, uss_kib=0, rss_kib=0, pagetables_kib=0)
    for p in pids:
        try:
            roll = read(f"/proc/{p}/smaps_rollup")
            stat = read(f"/proc/{p}/status")
            nfd = len(os.listdir(f"/proc/{p}/fd"))
        except OSError:
            continue
        r["processes"] += 1
        r["fds"] += nfd
        for line in roll.splitlines():
            k, _, v = line.partition(":")
            if k == "Pss":
                r["pss_kib"] += int(v.split()[0])
            elif k in ("Private_Clean", "Private_Dirty"):
                r["uss_kib"] += int(v.split()[0])
            elif k == "Rss":
                r["rss_kib"] += int(v.split()[0])
        for line in stat.splitlines():
            if line.startswith("Threads:"):
                r["threads"] += int(line.split()[1])
            elif line.startswith("VmPTE:"):
                r["pagetables_kib"] += int(line.split()[1])
    r["union_kib"] = union_pages(pids)
    return r


def reset_peak(pids):
    for p in pids:
        with contextlib.suppress(OSError):
            with open(f"/proc/{p}/clear_refs", "w") as f:
                f.write("5")


def peak_kib(pids):
    n = 0
    for p in pids:
        with contextlib.suppress(OSError):
            for line in read(f"/proc/{p}/status").splitlines():
                if line.startswith("VmHWM:"):
                    n += int(line.split()[1])
    return n


# --------------------------------------------------------------------------- running things

def cli(argv, env=None, cwd=None, timeout=120, check=False):
    """Runs a command to its end: dict(rc, wall_s, cpu_s, out).  Its output goes to a
    file, so a daemon that it leaves behind does not hold it up."""
    with tempfile.TemporaryFile() as out:
        t0 = mono()
        p = subprocess.Popen(argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out,
                             stderr=subprocess.STDOUT, start_new_session=True)
        fd = os.pidfd_open(p.pid)
        try:
            ready, _, _ = select.select([fd], [], [], timeout)
            t1 = mono()
            if not ready:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(p.pid, signal.SIGKILL)
            _, st, ru = os.wait4(p.pid, 0)
            p.returncode = os.waitstatus_to_exitcode(st)
        finally:
            os.close(fd)
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    r = dict(rc=p.returncode if ready else "timeout", wall_s=(t1 - t0) / 1e9,
             cpu_s=ru.ru_utime + ru.ru_stime, out=text)
    if check and r["rc"] != 0:
        raise Failed(f"{shlex.join(map(str, argv[:4]))}: {r['rc']}: {text[-400:]}")
    return r


def reap():
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def kill_everything():
    end = time.time() + 20
    while time.time() < end:
        left = descendants()
        if not left:
            break
        for p in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(p, signal.SIGKILL)
        time.sleep(0.02)
        reap()
    reap()


class Stamps:
    """The FIFO into which the children report."""

    def __init__(self, path):
        self.path = path
        os.mkfifo(path)
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        with contextlib.suppress(OSError):
            fcntl.fcntl(self.fd, 1031, 1 << 20)      # F_SETPIPE_SZ
        self.buf = b""
        self.all = []

    def poll(self, timeout):
        """New records [(kind, name, pid, ns, cpu_ns)] within timeout seconds."""
        r, _, _ = select.select([self.fd], [], [], max(0, timeout))
        if not r:
            return []
        try:
            self.buf += os.read(self.fd, 1 << 16)
        except BlockingIOError:
            return []
        *lines, self.buf = self.buf.split(b"\n")
        new = []
        for ln in lines:
            k, n, p, t, c = ln.decode().split()
            new.append((k, n, int(p), int(t), int(c)))
        self.all += new
        return new

    def drain(self):
        while self.poll(0):
            pass

    def collect(self, kind, names, timeout, after=0):
        """Waits until each of names has a record of this kind with ns > after."""
        want, got = set(names), {}
        end = time.monotonic() + timeout
        for rec in self.all:
            if rec[0] == kind and rec[1] in want and rec[3] > after:
                got.setdefault(rec[1], rec)
        while len(got) < len(want):
            left = end - time.monotonic()
            if left <= 0:
                break
            for rec in self.poll(left):
                if rec[0] == kind and rec[1] in want and rec[3] > after:
                    got.setdefault(rec[1], rec)
        return got

    def close(self):
        os.close(self.fd)


class Program:
    def __init__(self, name, argv):
        self.name, self.argv = name, [str(a) for a in argv]


# --------------------------------------------------------------------------- adapters

class Adapter:
    """One supervisor.  To add another: subclass, put it into ADAPTERS.

    prepare(programs)  write the configuration into self.dir
    start()            launch it (in the foreground through self.daemon(), or by its CLI)
    stop_all()         argv list(s) which stop all children, the supervisor stays
    status()           argv of the command which shows the state of all children
    shutdown()         end supervisor and children politely
    main_pid()         pid of the top process
    log_files(name)    that program's log files, the oldest first
    restart_after_crash()  what an operator (or init) would do after main_pid died
    """
    name = "?"
    logs = True                  # capture stdout+stderr into one rotated file each
    rotates = True
    notes = ""

    def __init__(self, work):
        self.dir = os.path.join(work, "sv")
        self.logdir = os.path.join(work, "logs")
        os.makedirs(self.dir)
        os.makedirs(self.logdir)
        self.pid = None
        self.progs = []
        self.tree = False        # W8: the option which stops the whole process group / tree

    @classmethod
    def missing(cls):
        for b in cls.needs:
            if not shutil.which(b):
                return f"{b} is not in PATH"
        return None
    needs = ()

    @classmethod
    def version(cls):
        return "?"

    def env(self):
        return dict(os.environ)

    def daemon(self, argv, **kw):
        out = open(os.path.join(self.dir, "daemon.log"), "ab")
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.env(),
                             cwd=self.dir, start_new_session=True, **kw)
        out.close()
        p.returncode = 0         # reaped by reap(), not by subprocess
        self.pid = p.pid

    def write(self, rel, text, mode=0o644):
        path = os.path.join(self.dir, rel)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def main_pid(self):
        return self.pid

    def stop_all(self):
        raise Unsupported("no stop-all command")

    def status(self):
        raise Unsupported("no status command")

    def shutdown(self):
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def restart_after_crash(self):
        self.start()

    def log_files(self, name):
        raise Unsupported("does not capture output")

    def numbered_logs(self, path):
        old = [f for f in glob.glob(glob.escape(path) + ".*") if f.rsplit(".", 1)[1].isdigit()]
        old.sort(key=lambda f: -int(f.rsplit(".", 1)[1]))
        return old + [path]


class Supervisord(Adapter):
    name = "supervisord"
    needs = ("supervisord", "supervisorctl")
    notes = "startsecs=0 (default 1), autorestart=true, stdout and stderr into one file"

    @classmethod
    def version(cls):
        return "supervisor " + cli(["supervisord", "--version"])["out"].strip()

    def prepare(self, programs):
        self.progs = programs
        nfd = max(1024, 8 * len(programs) + 256)
        c = [f"[unix_http_server]\nfile={self.dir}/sock\n[rpcinterface:supervisor]\n"
             "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
             f"[supervisorctl]\nserverurl=unix://{self.dir}/sock\n"
             f"[supervisord]\nlogfile={self.dir}/supervisord.log\npidfile={self.dir}/pid\n"
             f"nodaemon=true\nsilent=true\nminfds={nfd}\nchildlogdir={self.dir}\n"]
        for p in programs:
            c.append(f"[program:{p.name}]\ncommand={shlex.join(p.argv)}\nautorestart=true\nstartsecs=0\n"
                     f"startretries=1000000\nredirect_stderr=true\nstopwaitsecs=10\n")
            if self.tree:
                c.append("stopasgroup=true\nkillasgroup=true\n")
            if self.logs:
                c.append(f"stdout_logfile={self.logdir}/{p.name}.log\nstdout_logfile_maxbytes={ROTATE_BYTES}\n"
                         f"stdout_logfile_backups={ROTATE_KEEP}\n")
            else:
                c.append("stdout_logfile=NONE\n")
        self.write("supervisord.conf", "".join(c))

    def start(self):
        self.daemon(["supervisord", "-n", "-c", f"{self.dir}/supervisord.conf"])

    def ctl(self, *a):
        return ["supervisorctl", "-c", f"{self.dir}/supervisord.conf", *a]

    def status(self):
        return self.ctl("status")

    def stop_all(self):
        return [self.ctl("stop", "all")]

    def log_files(self, name):
        return self.numbered_logs(f"{self.logdir}/{name}.log")


class Circus(Adapter):
    name = "circus"
    needs = ("circusd", "circusctl")
    notes = "warmup_delay=0, check_delay left at its default, output by FileStream"

    @classmethod
    def version(cls):
        return "circus " + cli(["circusd", "--version"])["out"].strip()

    def prepare(self, programs):
        self.progs = programs
        c = [f"[circus]\nendpoint = ipc://{self.dir}/ctl\npubsub_endpoint = ipc://{self.dir}/pub\n"
             f"statsd = False\nwarmup_delay = 0\nloglevel = WARNING\n\n"]
        for p in programs:
            c.append(f"[watcher:{p.name}]\ncmd = {shlex.join(p.argv)}\nnumprocesses = 1\nwarmup_delay = 0\n"
                     "copy_env = True\nmax_retry = -1\ngraceful_timeout = 10\n")
            if self.tree:
                c.append("stop_children = True\n")
            if self.logs:
                for s in ("stdout", "stderr"):
                    c.append(f"{s}_stream.class = FileStream\n{s}_stream.filename = {self.logdir}/{p.name}.{s}\n"
                             f"{s}_stream.max_bytes = {ROTATE_BYTES}\n{s}_stream.backup_count = {ROTATE_KEEP}\n")
            c.append("\n")
        self.write("circus.ini", "".join(c))

    def start(self):
        self.daemon(["circusd", f"{self.dir}/circus.ini"])

    def ctl(self, *a):
        return ["circusctl", "--endpoint", f"ipc://{self.dir}/ctl", "--timeout", "60", *a]

    def status(self):
        return self.ctl("status")

    def stop_all(self):
        return [self.ctl("stop")]

    def log_files(self, name):
        return self.numbered_logs(f"{self.logdir}/{name}.stdout")


class ScanDir(Adapter):
    """Common part of the daemontools family."""

    def logger(self, d):
        raise NotImplementedError

    def prepare(self, programs):
        self.progs = programs
        self.scan = os.path.join(self.dir, "scan")
        os.makedirs(self.scan)
        for p in programs:
            self.write(f"scan/{p.name}/run", f"#!/bin/sh\nexec 2>&1\nexec {shlex.join(p.argv)}\n", 0o755)
            if self.logs:
                d = f"{self.logdir}/{p.name}"
                os.makedirs(d)
                self.write(f"scan/{p.name}/log/run", f"#!/bin/sh\nexec {self.logger(d)}\n", 0o755)

        # runsvdir waits a second when the folder was changed in the current second
        os.utime(self.scan, (1e9, 1e9))

    def log_files(self, name):
        d = f"{self.logdir}/{name}"
        return sorted(glob.glob(d + "/@*")) + [d + "/current"]

    def dirs(self):
        return [f"{self.scan}/{p.name}" for p in self.progs]


class Runit(ScanDir):
    name = "runit"
    needs = ("runsvdir", "runsv", "sv", "svlogd")
    notes = "forced: at least 1 s between two starts; svlogd per service"

    @classmethod
    def version(cls):
        return "runit " + dpkg("runit")

    def logger(self, d):
        with open(d + "/config", "w") as f:
            f.write(f"s{ROTATE_BYTES}\nn{ROTATE_KEEP}\n")
        return "svlogd " + d

    def start(self):
        self.daemon(["runsvdir", "-P", self.scan])

    def status(self):
        return ["sv", "status", *self.dirs()]

    def stop_all(self):
        return [["sv", "-w", "20", "stop", *self.dirs()]]

    def shutdown(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGHUP)


class S6(ScanDir):
    name = "s6"
    needs = ("s6-svscan", "s6-supervise", "s6-svc", "s6-svstat", "s6-log")
    notes = "forced: 1 s before each restart (no readiness notification here); s6-log per service"

    @classmethod
    def version(cls):
        return "s6 " + dpkg("s6")

    def logger(self, d):
        return f"s6-log n{ROTATE_KEEP} s{ROTATE_BYTES} {d}"

    def start(self):
        argv = ["s6-svscan", "-t", "0", "-c", str(max(100, 3 * len(self.progs))), self.scan]
        self.daemon(argv)
        time.sleep(0.003)
        t = proc_table().get(self.pid)
        if t is None or t[1] == "Z":                  # newer s6: no -c
            self.daemon(["s6-svscan", "-t", "0", self.scan])

    def status(self):
        return ["sh", "-c", 'for d; do s6-svstat "$d"; done', "sh", *self.dirs()]

    def stop_all(self):
        return [["sh", "-c", 'for d; do s6-svc -d "$d"; done', "sh", *self.dirs()]]

    def shutdown(self):
        cli(["s6-svscanctl", "-t", self.scan], timeout=20)


class S6Ready(S6):
    """s6 restarts a service at once if it was *ready* for more than a second; so here the run
    script reports readiness (notification-fd) just before it execs the program."""
    name = "s6-ready"
    notes = "as s6, with notification-fd: no forced delay for services ready for more than 1 s"

    def prepare(self, programs):
        super().prepare(programs)
        for p in programs:
            self.write(f"scan/{p.name}/notification-fd", "3\n")
            self.write(f"scan/{p.name}/run", f"#!/bin/sh\nexec 2>&1\necho >&3\nexec 3>&-\nexec {shlex.join(p.argv)}\n", 0o755)


class Daemontools(ScanDir):
    name = "daemontools"
    needs = ("svscan", "supervise", "svc", "svstat", "multilog")
    notes = "forced: one start a second at most; svscan looks every 5 s; multilog, files of 16 MB at most"

    @classmethod
    def version(cls):
        return "daemontools " + dpkg("daemontools")

    def logger(self, d):
        return f"multilog s{min(ROTATE_BYTES, 16_777_215)} n{ROTATE_KEEP} {d}"

    def start(self):
        self.daemon(["svscan", self.scan])

    def status(self):
        return ["svstat", *self.dirs()]

    def stop_all(self):
        return [["svc", "-d", *self.dirs()]]

    def shutdown(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        d = self.dirs() + [x + "/log" for x in self.dirs() if self.logs]
        if d:
            cli(["svc", "-dx", *d], timeout=20)


class Monit(Adapter):
    name = "monit"
    needs = ("monit",)
    logs = False
    notes = "no parent of its children (pid files, polled every 1 s, the least possible); does not capture output"

    @classmethod
    def version(cls):
        return cli(["monit", "-V"])["out"].splitlines()[0]

    def prepare(self, programs):
        self.progs = programs
        c = [f"set daemon 1\nset idfile {self.dir}/id\nset statefile {self.dir}/state\nset pidfile {self.dir}/pid\n"
             f"set logfile {self.dir}/monit.log\n"
             f"set httpd unixsocket {self.dir}/sock\n  allow bench:bench\n"]
        for p in programs:
            pf = f"{self.dir}/run/{p.name}.pid"
            self.write(f"run/{p.name}.start", f"#!/bin/sh\nsetsid {shlex.join(p.argv)} </dev/null >/dev/null 2>&1 &\n"
                       f"echo $! >{pf}\n", 0o755)
            self.write(f"run/{p.name}.stop", f"#!/bin/sh\nkill -TERM $(cat {pf})\n", 0o755)
            c.append(f"check process {p.name} with pidfile {pf}\n  start program = \"{self.dir}/run/{p.name}.start\"\n"
                     f"  stop program = \"{self.dir}/run/{p.name}.stop\"\n")
        self.write("monitrc", "".join(c), 0o600)

    def ctl(self, *a):
        return ["monit", "-c", f"{self.dir}/monitrc", *a]

    def start(self):
        self.daemon(self.ctl("-I"))

    def status(self):
        return self.ctl("summary")

    def stop_all(self):
        return [self.ctl("stop", "all")]


class PM2(Adapter):
    name = "pm2"
    needs = ("pm2",)
    rotates = False
    notes = "fork mode, interpreter none; no rotation of its own (a module does it)"
    cmd = ["pm2"]

    @classmethod
    def version(cls):
        e = dict(os.environ, PM2_HOME=tempfile.mkdtemp(prefix="svb-pm2v-"), PM2_DISCRETE_MODE="true")
        try:
            out = cli(cls.cmd + ["--version"], env=e)["out"].strip().splitlines()
            cli(cls.cmd + ["kill"], env=e)
        finally:
            shutil.rmtree(e["PM2_HOME"], ignore_errors=True)
        return "pm2 " + (out[-1] if out else "?")

    def env(self):
        return dict(os.environ, PM2_HOME=self.dir + "/home", PM2_DISCRETE_MODE="true", HOME=self.dir)

    def prepare(self, programs):
        self.progs = programs
        os.makedirs(self.dir + "/home", exist_ok=True)
        apps = []
        for p in programs:
            a = dict(name=p.name, script=p.argv[0], args=p.argv[1:], interpreter="none", exec_mode="fork",
                     autorestart=True, max_restarts=1000000, restart_delay=0, merge_logs=True, cwd=self.dir,
                     kill_timeout=10000)
            lf = f"{self.logdir}/{p.name}.log" if self.logs else "/dev/null"
            a.update(out_file=lf, error_file=lf)
            apps.append(a)
        self.write("ecosystem.json", json.dumps({"apps": apps}))

    def ctl(self, *a):
        return [*self.cmd, *a]

    def start(self):
        self.start_result = cli(self.ctl("start", f"{self.dir}/ecosystem.json"), env=self.env(), cwd=self.dir,
                                timeout=600, check=True) if self.progs else \
            cli(self.ctl("list"), env=self.env(), cwd=self.dir, timeout=60, check=True)
        with contextlib.suppress(OSError, ValueError):
            self.pid = int(read(self.dir + "/home/pm2.pid"))

    def start_nowait(self):
        self.daemon(self.ctl("start", f"{self.dir}/ecosystem.json"))

    def main_pid(self):
        return int(read(self.dir + "/home/pm2.pid"))

    def status(self):
        return self.ctl("list")

    def stop_all(self):
        return [self.ctl("stop", "all")]

    def before_crash(self):
        cli(self.ctl("save"), env=self.env(), timeout=60)

    def restart_after_crash(self):
        cli(self.ctl("resurrect"), env=self.env(), cwd=self.dir, timeout=120)

    def shutdown(self):
        cli(self.ctl("kill"), env=self.env(), timeout=120)

    def log_files(self, name):
        return [f"{self.logdir}/{name}.log"]


class Novi(Adapter):
    """noviSupervisor. Its command line comes from NOVI_BENCH_CMD (shell words), else from the
    release build of this repository. Its home, and so its daemon, is the session's own."""
    name = "noviSupervisor"
    notes = "restart_delay=0 (default: backoff after short runs), stdout and stderr into one file"
    cmd = shlex.split(os.environ.get("NOVI_BENCH_CMD") or shlex.quote(
        os.path.join(os.path.dirname(HERE), ".build", "release", "noviSupervisor")))

    @classmethod
    def missing(cls):
        return None if shutil.which(cls.cmd[0]) else cls.cmd[0] + " not found; build it or set NOVI_BENCH_CMD"

    @classmethod
    def version(cls):
        return (cli(cls.cmd + ["--version"])["out"].strip().splitlines() or ["?"])[-1]

    def env(self):
        return dict(os.environ, NOVI_HOME=self.dir + "/home", HOME=self.dir)

    def ctl(self, *a):
        return [*self.cmd, *a]

    def prepare(self, programs):
        self.progs = programs
        apps = []
        for p in programs:
            a = dict(name=p.name, script=p.argv[0], args=p.argv[1:], interpreter="none", cwd=self.dir,
                     autorestart=True, max_restarts="unlimited", restart_delay=0, kill_timeout=10000)
            if self.logs:
                a.update(out_file=f"{self.logdir}/{p.name}.log", error_file=f"{self.logdir}/{p.name}.log")
            else:
                a.update(disable_logs=True)
            apps.append(a)
        self.write("ecosystem.json", json.dumps({"apps": apps}))

    def start(self):
        if self.progs:
            cli(self.ctl("start", f"{self.dir}/ecosystem.json"), env=self.env(), cwd=self.dir, timeout=600, check=True)
        else:                                         # a file must name an app; the daemon alone needs none
            self.daemon(self.ctl("daemon"))
            while not os.path.exists(self.dir + "/home/run/daemon.pid"):
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    raise Failed("the daemon ended: " + read(self.dir + "/daemon.log")[-400:])
                time.sleep(0.01)

    def start_nowait(self):
        self.daemon(self.ctl("start", f"{self.dir}/ecosystem.json"))

    def main_pid(self):
        return int(read(self.dir + "/home/run/daemon.pid"))

    def status(self):
        return self.ctl("status")

    def stop_all(self):
        return [self.ctl("stop", "all")]

    def shutdown(self):
        cli(self.ctl("kill"), env=self.env(), timeout=120)

    def log_files(self, name):
        return sorted(glob.glob(f"{glob.escape(self.logdir)}/{name}-2*.log")) + [f"{self.logdir}/{name}.log"]


class Reference(Adapter):
    """No supervisor: each program behind a pipe into cat >file (W6 only); a yardstick."""
    name = "ref-cat"
    rotates = False
    notes = "yardstick: PROGRAM | cat >file"

    def prepare(self, programs):
        self.progs = programs
        self.write("go", "".join(f"{shlex.join(p.argv)} | cat >{self.logdir}/{p.name}.log &\n" for p in programs)
                   + "wait\n")

    def start(self):
        self.daemon(["sh", self.dir + "/go"])

    def log_files(self, name):
        return [f"{self.logdir}/{name}.log"]


def dpkg(pkg):
    with contextlib.suppress(OSError):
        r = cli(["dpkg-query", "-W", "-f", "${Version}", pkg])
        if r["rc"] == 0:
            return r["out"]
    return "?"


def nolog(base):
    """The same supervisor, the children's output not captured."""
    return type(base.__name__ + "NoLog", (base,), dict(name=base.name + "-nolog", logs=False, base=base))


ADAPTERS = [Supervisord, PM2, Circus, Runit, S6, S6Ready, Daemontools, Monit, Novi, Reference]
ADAPTERS += [nolog(a) for a in (Supervisord, PM2, Circus, Runit, S6, Daemontools, Novi)]
ADAPTERS = {a.name: a for a in ADAPTERS}


# --------------------------------------------------------------------------- session

class Session:
    def __init__(self, cls, opt):
        self.work = tempfile.mkdtemp(prefix="c", dir=opt.scratch)
        self.opt = opt
        self.a = cls(self.work)
        self.fifo = self.work + "/stamps"
        self.st = Stamps(self.fifo)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        kill_everything()
        self.st.close()
        shutil.rmtree(self.work, ignore_errors=True)

    def children(self, n, *extra):
        return [Program(f"c{i:04d}", [BIN_DIR + "/child", f"c{i:04d}", self.fifo, *extra]) for i in range(n)]

    def start(self, progs, timeout):
        """Starts and waits for every child's stamp: dict(t0, stamps)."""
        self.a.prepare(progs)
        t0 = mono()
        self.a.start()
        got = self.st.collect("S", [p.name for p in progs], timeout, after=t0)
        if len(got) < len(progs):
            raise Failed(f"only {len(got)} of {len(progs)} children started in {timeout} s")
        return t0, got


def stat3(xs):
    xs = [x for x in xs if x is not None]
    if not xs:
        return None
    return dict(median=statistics.median(xs), min=min(xs), max=max(xs), n=len(xs), mean=statistics.fmean(xs),
                p95=sorted(xs)[max(0, -(-len(xs) * 95 // 100) - 1)])


# --------------------------------------------------------------------------- workloads

def w1(cls, opt):
    """footprint: memory and number of processes of the supervisor side, N idle /bin/sleep"""
    out = {}
    for n in opt.sizes:
        with Session(cls, opt) as s:
            progs = [Program(f"c{i:04d}", ["/bin/sleep", MARK]) for i in range(n)]
            s.a.prepare(progs)
            t0 = time.time()
            try:
                s.a.start()
                last = -1
                while True:
                    up = len(workload_procs())
                    if up >= n:
                        break
                    if time.time() - t0 > opt.start_timeout:
                        raise Failed(f"{up} of {n} children up after {opt.start_timeout} s")
                    time.sleep(0.05 if n < 500 else 0.25)
                up_s = time.time() - t0
                time.sleep(opt.settle)
                f = footprint()
                f["up_s"] = round(up_s, 2)
                f["children"] = len(workload_procs())
                if f["children"] != n:
                    f["warning"] = f"{f['children']} children instead of {n}"
                out[str(n)] = f
            except (Failed, Unsupported) as e:
                out[str(n)] = dict(error=str(e))
                break
    return out


def w2(cls, opt):
    """idle CPU and wakeups over 30 s (three windows) with 100 idle children"""
    with Session(cls, opt) as s:
        s.start(s.children(opt.n), opt.start_timeout)
        time.sleep(max(4, opt.settle))
        cpu, vol = [], []
        for _ in range(3):
            pids = supervisor_pids()
            c0, (v0, _) = cpu_snapshot(pids), switches(pids)
            t0 = mono()
            time.sleep(opt.idle / 3)
            dt = (mono() - t0) / 1e9
            pids = supervisor_pids()
            c1, (v1, _) = cpu_snapshot(pids), switches(pids)
            cpu.append(cpu_delta(c0, c1) / dt * 1000)
            vol.append((v1 - v0) / dt)
        return dict(cpu_ms_per_s=stat3(cpu), wakeups_per_s=stat3(vol), processes=len(pids))


def w3(cls, opt):
    """cold start: launch of the supervisor (or of its CLI) -> the last child runs"""
    r = {}
    for n in (1, opt.n):
        wall, first, cpu = [], [], []
        for _ in range(opt.runs):
            with Session(cls, opt) as s:
                progs = s.children(n)
                s.a.prepare(progs)
                t0 = mono()
                if hasattr(s.a, "start_nowait"):
                    s.a.start_nowait()
                else:
                    s.a.start()
                got = s.st.collect("S", [p.name for p in progs], opt.start_timeout, after=t0)
                if len(got) < n:
                    raise Failed(f"only {len(got)} of {n} children started in {opt.start_timeout} s")
                wall.append((max(x[3] for x in got.values()) - t0) / 1e9)
                first.append((min(x[3] for x in got.values()) - t0) / 1e9)
                time.sleep(0.3)
                cpu.append(sum(cpu_snapshot().values()) / 1e9 + sum(x[4] for x in got.values()) / 1e9)
        r[str(n)] = dict(wall_s=stat3(wall), first_child_s=stat3(first), cpu_s=stat3(cpu))
    return r


def w4(cls, opt):
    """restart latency: SIGKILL of a long-lived child -> its successor runs; then of a young one"""
    rnd = random.Random(4)
    with Session(cls, opt) as s:
        n = opt.reps
        t0, got = s.start(s.children(n), opt.start_timeout)
        time.sleep(max(4, opt.settle))
        pid = {k: v[2] for k, v in got.items()}
        lat, miss, end = [0.0], 0, time.time() + opt.cap
        for name in sorted(pid):
            if time.time() > end:
                break
            # a random pause as long as the last latency, so that a supervisor which polls is not
            # always hit right after its tick
            time.sleep(rnd.uniform(0.02, max(0.35, lat[-1] / 1000)))
            s.st.drain()
            t = mono()
            os.kill(pid[name], signal.SIGKILL)
            g = s.st.collect("S", [name], 20, after=t)
            if name in g:
                lat.append((g[name][3] - t) / 1e6)
                pid[name] = g[name][2]
            else:
                miss += 1
        del lat[0]
        # a child killed 50 ms after its start, five times in a row: the forced delay
        fast, name = [], sorted(pid)[0]
        time.sleep(4)
        for i in range(6):
            s.st.drain()
            t = mono()
            try:
                os.kill(pid[name], signal.SIGKILL)
            except ProcessLookupError:
                break
            g = s.st.collect("S", [name], 30, after=t)
            if name not in g:
                fast.append(None)
                break
            if i:                                    # the first one was long-lived
                fast.append((g[name][3] - t) / 1e6)
            pid[name] = g[name][2]
            time.sleep(0.05)
        return dict(latency_ms=stat3(lat), not_restarted=miss, young_child_ms=stat3(fast),
                    young_given_up=None in fast)


def w5(cls, opt):
    """crash storm: all children SIGKILLed at once -> all run again; wall time and CPU"""
    with Session(cls, opt) as s:
        t0, got = s.start(s.children(opt.n), opt.start_timeout)
        wall, cpu, miss = [], [], 0
        for _ in range(opt.runs):
            time.sleep(max(4, opt.settle))
            s.st.drain()
            c0 = cpu_snapshot()
            t = mono()
            for k, v in got.items():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(v[2], signal.SIGKILL)
            new = s.st.collect("S", got.keys(), 60, after=t)
            miss += len(got) - len(new)
            if len(new) < len(got):
                break
            wall.append((max(x[3] for x in new.values()) - t) / 1e9)
            time.sleep(0.3)
            cpu.append(cpu_delta(c0, cpu_snapshot()) + sum(x[4] for x in new.values()) / 1e9)
            got = new
        return dict(wall_s=stat3(wall), cpu_s=stat3(cpu), not_restarted=miss)


def check_logs(files):
    r = cli([BIN_DIR + "/logcheck", *[f for f in files if os.path.exists(f)]], timeout=300, check=True)
    streams, total = {}, None
    for ln in r["out"].splitlines():
        f = ln.split()
        if f[0] == "TOTAL":
            total = dict(zip(("lines", "bytes", "junk", "torn"), map(int, f[1:])))
        else:
            streams[(f[0], int(f[1]))] = dict(zip(("lines", "min", "max", "dup", "reordered", "gaps"), map(int, f[2:])))
    return streams, total


def log_size(files):
    n = 0
    for f in files:
        with contextlib.suppress(OSError):
            n += os.stat(f).st_size
    return n


def log_run(cls, opt, writers, lines, batch):
    with Session(cls, opt) as s:
        if not s.a.logs:
            raise Unsupported("does not capture output")
        ctr, go = s.work + "/ctr", s.work + "/go"
        os.mkdir(ctr)
        names = [f"{i:03d}" for i in range(writers)]
        progs = [Program("w" + n, [BIN_DIR + "/writer", n, s.fifo, go, lines, batch, 0, ctr]) for n in names]
        s.a.prepare(progs)
        s.a.start()
        got = s.st.collect("S", names, 60)
        if len(got) < writers:
            raise Failed("writers did not start")
        time.sleep(1)
        if isinstance(s.a, Daemontools):
            time.sleep(1)
        pids = supervisor_pids()
        reset_peak(pids)
        c0 = cpu_snapshot(pids)
        want = writers * lines * 100
        with open(go, "w"):
            pass
        t = mono()
        size, last_size, last_t, done = 0, -1, time.time(), None
        while True:
            size = sum(log_size(s.a.log_files("w" + n)) for n in names)
            now = mono()
            if size >= want:
                done = now
                break
            if size != last_size:
                last_size, last_t = size, time.time()
            if time.time() - last_t > 5:
                break
            time.sleep(0.005)
        time.sleep(0.3)
        c1 = cpu_snapshot()
        ends = s.st.collect("E", names, 1)
        starts = s.st.collect("G", names, 1)
        t_go = min(x[3] for x in starts.values())
        r = dict(seconds=((done or now) - t_go) / 1e9, complete=done is not None, cpu_s=cpu_delta(c0, c1),
                 peak_rss_kib=peak_kib(pids), writers_done_s=(max(x[3] for x in ends.values()) - t_go) / 1e9 if ends else None)
        tot = dict(lines=0, missing=0, dup=0, reordered=0, junk=0, torn=0, files=0)
        for n in names:
            files = [f for f in s.a.log_files("w" + n) if os.path.exists(f)]
            st, total = check_logs(files)
            mine = st.get((n, got[n][2]), dict(lines=0, dup=0, reordered=0))
            tot["lines"] += mine["lines"]
            tot["missing"] += lines - mine["lines"]
            tot["dup"] += mine["dup"]
            tot["reordered"] += mine["reordered"]
            tot["junk"] += total["junk"]
            tot["torn"] += total["torn"]
            tot["files"] += len(files)
        gb = want / 1e9
        r.update(tot, mb_per_s=want / 1e6 / r["seconds"], cpu_s_per_gb=r["cpu_s"] / gb, megabytes=want / 1e6)
        return r


def w6(cls, opt):
    """log throughput, rotation at 20 MB where there is one: 1 and 8 writers in 4000-byte writes, 1 writer line by line,
    1 writer in 4096-byte blocks which cut lines in two (as stdio's do)"""
    out = {}
    for case, label, writers, batch in (("1", "1 writer", 1, 40), ("8", "8 writers", 8, 40),
                                        ("line", "1 writer, 1 line/write", 1, 1),
                                        ("stdio", "1 writer, 4096-byte blocks", 1, 0)):
        if case not in opt.log_cases.split(","):
            continue
        lines = 40 * (2500 if writers > 1 else 7500)
        probe = log_run(cls, opt, writers, lines, batch)
        goal = opt.log_seconds
        if probe["seconds"] < goal:
            k = min(goal / max(probe["seconds"], 0.02), opt.log_max_mb / probe["megabytes"])
            lines = int(lines * max(1, k)) // 40 * 40
        if batch == 0:
            lines = lines // 1024 * 1024
        runs = [log_run(cls, opt, writers, lines, batch) for _ in range(opt.log_runs)]
        out[label] = dict(
            megabytes=runs[0]["megabytes"], seconds=stat3([r["seconds"] for r in runs]),
            mb_per_s=stat3([r["mb_per_s"] for r in runs]), cpu_s_per_gb=stat3([r["cpu_s_per_gb"] for r in runs]),
            peak_rss_kib=stat3([r["peak_rss_kib"] for r in runs]),
            writers_done_s=stat3([r["writers_done_s"] for r in runs]),
            **{k: sum(r[k] for r in runs + [probe]) for k in ("missing", "dup", "reordered", "junk", "torn")},
            files=max(r["files"] for r in runs), incomplete=sum(not r["complete"] for r in runs + [probe]),
            rotation=cls.rotates)
    return out


def w7(cls, opt):
    """CLI latency: the status command with 100 children"""
    with Session(cls, opt) as s:
        s.start(s.children(opt.n), opt.start_timeout)
        time.sleep(opt.settle)
        argv = s.a.status()
        wall, cpu, rc, size = [], [], set(), 0
        for i in range(opt.cli_reps + 1):
            r = cli(argv, env=s.a.env(), timeout=60)
            if i:
                wall.append(r["wall_s"] * 1000)
                cpu.append(r["cpu_s"] * 1000)
            rc.add(r["rc"])
            size = len(r["out"])
        return dict(wall_ms=stat3(wall), client_cpu_ms=stat3(cpu), rc=sorted(map(str, rc)), out_bytes=size,
                    command=" ".join(os.path.basename(x) for x in argv[:3]))


def grandchildren():
    return [p for p, a in workload_procs() if "--grandchild" in a]


def w8(cls, opt):
    """stop: all 100 children by one command; do grandchildren survive?"""
    out = {}
    ret, gone, killed, down = [], [], 0, []
    for _ in range(opt.stop_runs):
        with Session(cls, opt) as s:
            s.start(s.children(opt.n), opt.start_timeout)
            time.sleep(opt.settle)
            t = mono()
            s.a.shutdown()
            end = time.time() + 60
            while time.time() < end and descendants():
                time.sleep(0.01)
                reap()
            down.append(None if descendants() else (mono() - t) / 1e9)
            if descendants():
                out["left after shutdown"] = f"{len(workload_procs())} children, {len(supervisor_pids())} others"
    out["shutdown_s"] = stat3(down)
    for _ in range(opt.stop_runs):
        with Session(cls, opt) as s:
            t0, got = s.start(s.children(opt.n), opt.start_timeout)
            time.sleep(opt.settle)
            t = mono()
            for argv in s.a.stop_all():
                cli(argv, env=s.a.env(), timeout=120)
            ret.append((mono() - t) / 1e9)
            end = time.time() + 30
            while time.time() < end and workload_procs():
                time.sleep(0.05)
            if workload_procs():
                raise Failed(f"{len(workload_procs())} children still run 30 s after stop")
            s.st.drain()
            ts = [x[3] for x in s.st.all if x[0] == "T" and x[3] > t]
            killed += opt.n - len(ts)
            gone.append((max(ts) - t) / 1e9 if ts else None)
    out["command_s"], out["last_child_gone_s"], out["sigkilled"] = stat3(ret), stat3(gone), killed
    for tree in (False, True):
        if tree and cls not in (Supervisord, Circus):
            continue
        for flag, what in (("-g", "same group"), ("-G", "own session")):
            with Session(cls, opt) as s:
                s.a.tree = tree
                s.start(s.children(5, flag), opt.start_timeout)
                time.sleep(opt.settle)
                before = len(grandchildren())
                for argv in s.a.stop_all():
                    cli(argv, env=s.a.env(), timeout=60)
                time.sleep(2)
                left = len(grandchildren())
                kids = len(workload_procs()) - left
                out[f"orphans {what}" + (" (tree option)" if tree else "")] = f"{left} of {before}" + \
                    (f", {kids} children left" if kids else "")
    return out


def w9(cls, opt):
    """the supervisor gets SIGKILL: fate of the children and of their log lines"""
    out = {}
    for target in ("top process", "direct parents"):
        with Session(cls, opt) as s:
            ctr, go = s.work + "/ctr", s.work + "/go"
            os.mkdir(ctr)
            kids = s.children(8)
            wr = [Program("w" + n, [BIN_DIR + "/writer", n, s.fifo, go, 0, 1, 2000, ctr]) for n in ("000", "001")]
            names = [p.name for p in kids] + ["000", "001"]
            s.a.prepare(kids + wr)
            s.a.start()
            got = s.st.collect("S", names, 60)
            if len(got) < len(names):
                raise Failed("children did not start")
            with open(go, "w"):
                pass
            time.sleep(max(4, opt.settle))
            if hasattr(s.a, "before_crash"):
                s.a.before_crash()
            orig = {v[2] for v in got.values()}
            tab = proc_table()
            top = s.a.main_pid()
            parents = {tab[p][0] for p in orig if p in tab} - {os.getpid()}
            if target == "direct parents" and (parents <= {top} or not parents):
                continue
            victims = [top] if target == "top process" else sorted(parents)
            for v in victims:
                os.kill(v, signal.SIGKILL)
            time.sleep(0.1)
            reap()
            time.sleep(1.9)
            live = {p for p, _ in workload_procs()}
            r = dict(killed_processes=len(victims), children=len(orig), alive_2s_after=len(live & orig),
                     new_2s_after=len(live - orig))
            if target == "top process":
                s.a.restart_after_crash()
            time.sleep(8)
            reap()
            procs = workload_procs()
            live = {p for p, _ in procs}
            per = {}
            for p, a in procs:
                per[a[1]] = per.get(a[1], 0) + 1
            r.update(original_after_restart=len(live & orig), new_after_restart=len(live - orig),
                     names_doubled=sum(v > 1 for v in per.values()),
                     names_missing=len(names) - len(per))
            os.unlink(go)
            time.sleep(1.5)
            if s.a.logs:
                acked = refused = lost = 0
                found = {}
                for n in ("000", "001"):
                    st, _ = check_logs(s.a.log_files("w" + n))
                    found.update(st)
                for f in os.listdir(ctr):
                    a, b = struct.unpack("qq", read(f"{ctr}/{f}", "rb")[:16])
                    i, p = f.split(".")
                    acked += a
                    refused += b
                    lost += a - found.get((i, int(p)), {"lines": 0})["lines"]
                r.update(log_lines_accepted=acked, log_lines_lost=lost, log_lines_refused=refused)
            try:
                for argv in s.a.stop_all():
                    cli(argv, env=s.a.env(), timeout=60)
                time.sleep(2)
                left = workload_procs()
                r["left_after_stop_all"] = len(left)
            except Unsupported:
                pass
            out[target] = r
    return out


WORKLOADS = dict(W1=w1, W2=w2, W3=w3, W4=w4, W5=w5, W6=w6, W7=w7, W8=w8, W9=w9)

# rows of the printed tables: (label, path into the result, format, compare?)
ROWS = {
    "W1": [],
    "W2": [("CPU ms/s, mean", "cpu_ms_per_s/mean", "{:.3f}", True), ("of the windows", "cpu_ms_per_s", "{:.3f}", False),
           ("wakeups/s, mean", "wakeups_per_s/mean", "{:.2f}", True), ("of the windows ", "wakeups_per_s", "{:.2f}", False),
           ("processes", "processes", "{}", False)],
    "W3": [("1 child, s", "1/wall_s", "{:.3f}", True), ("N children, s", "N/wall_s", "{:.3f}", True),
           ("N: first child, s", "N/first_child_s", "{:.3f}", False), ("N: CPU s", "N/cpu_s", "{:.3f}", True)],
    "W4": [("latency ms", "latency_ms", "{:.2f}", True), ("p95 ms", "latency_ms/p95", "{:.2f}", False),
           ("not restarted", "not_restarted", "{}", False), ("young child ms", "young_child_ms", "{:.1f}", False),
           ("gave up", "young_given_up", "{}", False)],
    "W5": [("wall s", "wall_s", "{:.3f}", True), ("CPU s", "cpu_s", "{:.3f}", True),
           ("not restarted", "not_restarted", "{}", False)],
    "W6": [],
    "W7": [("wall ms", "wall_ms", "{:.1f}", True), ("client CPU ms", "client_cpu_ms", "{:.1f}", False),
           ("rc", "rc", "{}", False), ("command", "command", "{}", False)],
    "W8": [("command s", "command_s", "{:.3f}", True), ("last child gone s", "last_child_gone_s", "{:.3f}", True),
           ("shutdown s", "shutdown_s", "{:.3f}", True), ("left after shutdown", "left after shutdown", "{}", False),
           ("SIGKILLed", "sigkilled", "{}", False), ("orphans, same group", "orphans same group", "{}", False),
           ("orphans, own session", "orphans own session", "{}", False),
           ("same group, tree opt.", "orphans same group (tree option)", "{}", False),
           ("own session, tree opt.", "orphans own session (tree option)", "{}", False)],
}
for _t in ("top process", "direct parents"):
    ROWS.setdefault("W9", []).extend(
        (f"{_t}: {k}", f"{_t}/{k}", "{}", False) for k in
        ("alive_2s_after", "new_2s_after", "original_after_restart", "new_after_restart", "names_doubled",
         "names_missing", "log_lines_accepted", "log_lines_lost", "log_lines_refused", "left_after_stop_all"))


def dig(r, path, n):
    for k in path.split("/"):
        if not isinstance(r, dict):
            return None
        r = r.get(str(n) if k == "N" else k)
    return r


def cell(r, path, fmt, n):
    v = dig(r, path, n)
    if v is None:
        return "-", None
    if isinstance(v, dict):
        if "median" not in v:
            return "-", None
        return f"{fmt.format(v['median'])} ({fmt.format(v['min'])}..{fmt.format(v['max'])})", v["median"]
    return fmt.format(v), v if isinstance(v, (int, float)) else None


def table(head, rows):
    rows = [[str(c) for c in r] for r in [head] + rows]
    w = [max(len(r[i]) for r in rows) for i in range(len(head))]
    out = ["| " + " | ".join(c.ljust(w[i]) for i, c in enumerate(r)) + " |" for r in rows]
    out.insert(1, "|" + "|".join("-" * (x + 2) for x in w) + "|")
    return "\n".join(out)


def ratios(res, names, value):
    """Columns 'vs supervisord' and 'vs pm2' for a value function name -> float."""
    cols = {}
    for ref in ("supervisord", "pm2"):
        if ref in res:
            base = value(ref)
            cols[ref] = {n: (f"{value(n) / base:.3g}" if base and value(n) is not None else "-") for n in names}
    return cols


def report(doc):
    n = doc["options"]["n"]
    out = []
    for w in doc["workloads"]:
        res = doc["results"].get(w, {})
        good = [a for a in doc["supervisors"] if a in res and "error" not in res[a]]
        out.append(f"\n## {w}: {' '.join(WORKLOADS[w].__doc__.split())}\n")
        if w == "W1":
            sizes = sorted({int(k) for a in good for k in res[a] if k.isdigit()})
            for key, title in (("union_kib", "distinct pages, MiB"), ("pss_kib", "PSS, MiB"), ("pagetables_kib", "page tables, MiB"),
                               ("processes", "processes"), ("threads", "threads"), ("fds", "open descriptors")):
                rows = []
                for a in good:
                    row = [a]
                    for z in sizes:
                        v = res[a].get(str(z), {})
                        x = v.get(key)
                        row.append(("failed" if "error" in v else "-") if x is None else
                                   f"{x / 1024:.1f}" if key.endswith("kib") else str(x))
                    if key == "union_kib" and str(n) in res[a]:
                        for ref in ("supervisord", "pm2"):
                            b = res.get(ref, {}).get(str(n), {}).get(key)
                            x = res[a][str(n)].get(key)
                            row.append(f"{x / b:.3g}" if b and x else "-")
                    elif key == "union_kib":
                        row += ["-", "-"]
                    rows.append(row)
                head = [title] + [f"N={z}" for z in sizes]
                if key == "union_kib":
                    head += [f"x supervisord (N={n})", f"x pm2 (N={n})"]
                out.append(table(head, rows) + "\n")
        elif w == "W6":
            labels = []
            for a in good:
                labels += [k for k in res[a] if k not in labels and isinstance(res[a][k], dict)]
            for lb in labels:
                rows = []
                for a in good:
                    r = res[a].get(lb)
                    if not r:
                        continue
                    row = [a, cell(r, "mb_per_s", "{:.0f}", n)[0], cell(r, "cpu_s_per_gb", "{:.2f}", n)[0]]
                    for ref in ("supervisord", "pm2"):
                        b = res.get(ref, {}).get(lb)
                        row.append(f"{r['mb_per_s']['median'] / b['mb_per_s']['median']:.3g}" if b else "-")
                    row += [f"{r['peak_rss_kib']['median'] / 1024:.0f}", f"{r['megabytes']:.0f}", r["files"],
                            r["missing"], r["dup"], r["reordered"], r["junk"], r["torn"]]
                    rows.append(row)
                out.append(table([lb, "MB/s", "CPU s/GB", "x supervisord", "x pm2", "peak MiB", "MB written", "files",
                                  "missing", "dup", "reordered", "broken", "torn at rotation"], rows) + "\n")
        else:
            rows = []
            cmp_rows = [r for r in ROWS[w] if r[3]]
            rcols = {}
            for lab, path, fmt, _ in cmp_rows:
                rcols[lab] = ratios(res, good, lambda a, p=path, f=fmt: cell(res[a], p, f, n)[1])
            head = [w]
            for lab, path, fmt, c in ROWS[w]:
                head.append(lab)
                if c:
                    head += [f"x {ref}" for ref in rcols[lab]]
            for a in good:
                row = [a]
                for lab, path, fmt, c in ROWS[w]:
                    row.append(cell(res[a], path, fmt, n)[0])
                    if c:
                        row += [rcols[lab][ref][a] for ref in rcols[lab]]
                rows.append(row)
            if w == "W9":                             # more readable the other way round
                cols = list(zip(head, *rows))
                out.append(table([str(x) for x in cols[0]], [list(c) for c in cols[1:]]) + "\n")
            else:
                out.append(table(head, rows) + "\n")
        for a, r in res.items():
            if "error" in r:
                out.append(f"{a}: {r['error']}")
    return "\n".join(out)


# --------------------------------------------------------------------------- main

def compile_programs(into):
    os.makedirs(into, exist_ok=True)
    cc = os.environ.get("CC", "cc")
    for name in ("child", "writer", "logcheck"):
        src, dst = f"{HERE}/csrc/{name}.c", f"{into}/{name}"
        for extra in (["-static"], []):
            if subprocess.run([cc, "-O2", *extra, "-o", dst, src], stderr=subprocess.DEVNULL).returncode == 0:
                break
        else:
            sys.exit(f"cannot compile {name}.c")


def machine():
    m = dict(kernel=platform.release(), cpus=os.cpu_count(), python=platform.python_version())
    with contextlib.suppress(OSError):
        for line in read("/proc/cpuinfo").splitlines():
            if line.startswith("model name"):
                m["cpu"] = line.split(":", 1)[1].strip()
                break
    with contextlib.suppress(OSError):
        m["memory_mib"] = int(read("/proc/meminfo").split()[1]) // 1024
    return m


def isolate(scratch):
    """Run the rest in a PID namespace of its own, if we may; ends this process then.

    The chain: this process dies, for whatever reason -> unshare gets SIGKILL (parent death
    signal) -> the namespace's init gets SIGKILL (--kill-child) -> the kernel ends all in it."""
    u = shutil.which("unshare")
    base = [u, "--pid", "--fork", "--mount-proc", "--kill-child"] if u else None
    if not base or subprocess.run(base + ["true"], stderr=subprocess.DEVNULL).returncode != 0:
        log("no PID namespace (not root?): leftovers are cleaned up only if the harness ends in order")
        return
    env = dict(os.environ, SVBENCH_SCRATCH=scratch)
    p = subprocess.Popen(base + [sys.executable, os.path.abspath(__file__), *sys.argv[1:]], env=env,
                         preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0))
    try:
        rc = p.wait()
    finally:
        p.kill()
        p.wait()
    raise SystemExit(rc)


def become_child_of_reaper():
    """Forks: the parent stays behind as the init of all that follows.  It does nothing but
    wait(), so orphans never linger as zombies (which some supervisors take for alive)."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)           # PR_SET_CHILD_SUBREAPER
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)   # PR_SET_PDEATHSIG
        return
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sig, lambda n, _: os.kill(child, signal.SIGTERM))
    while True:
        try:
            pid, st = os.waitpid(-1, 0)
        except ChildProcessError:
            os._exit(1)
        if pid == child:
            me, t = os.getpid(), proc_table()
            for p, (pp, _, _) in t.items():           # without a namespace: what is left of the children
                if pp == me and os.getpid() != 1:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(p, signal.SIGKILL)
            os._exit(max(0, os.waitstatus_to_exitcode(st)) if os.WIFEXITED(st) else 1)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--only", help="supervisors, comma separated (default: all that are installed)")
    ap.add_argument("--skip", default="", help="supervisors to leave out")
    ap.add_argument("--workloads", default=",".join(WORKLOADS), help="default: all")
    ap.add_argument("--json", help="write all figures here; cells already in the file are kept with --resume")
    ap.add_argument("--resume", action="store_true", help="keep the cells that --json's file already has")
    ap.add_argument("--show", metavar="JSON", help="print the tables of an earlier run and end")
    ap.add_argument("--list", action="store_true", help="which supervisors are there")
    ap.add_argument("--scratch", help="folder for configs, sockets and logs (default: /dev/shm if there, else TMPDIR)")
    ap.add_argument("--lock", default=os.path.join(tempfile.gettempdir(), "bench.lock"),
                    help="file to flock() while a workload is measured")
    ap.add_argument("-n", type=int, default=100, help="children in W2, W3, W5, W7, W8")
    ap.add_argument("--sizes", default="0,2,10,100,1000", help="children in W1")
    ap.add_argument("--runs", type=int, default=5, help="runs of W3 and W5")
    ap.add_argument("--stop-runs", type=int, default=3, help="runs of W8")
    ap.add_argument("--reps", type=int, default=50, help="repetitions in W4")
    ap.add_argument("--cli-reps", type=int, default=20, help="repetitions in W7")
    ap.add_argument("--idle", type=float, default=30, help="seconds of W2")
    ap.add_argument("--cap", type=float, default=100, help="most seconds for W4's repetitions")
    ap.add_argument("--settle", type=float, default=2, help="seconds between start and measurement")
    ap.add_argument("--start-timeout", type=float, default=180)
    ap.add_argument("--log-runs", type=int, default=3, help="runs of W6")
    ap.add_argument("--log-cases", default="1,8,line,stdio", help="cases of W6")
    ap.add_argument("--log-seconds", type=float, default=3, help="about how long one run of W6 shall take")
    ap.add_argument("--log-max-mb", type=float, default=1200, help="most megabytes in one run of W6")
    ap.add_argument("--no-namespace", action="store_true")
    opt = ap.parse_args()
    if opt.show:
        print(report(json.loads(read(opt.show))))
        return
    global BIN_DIR
    opt.sizes = [int(x) for x in opt.sizes.split(",")]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    inner = os.environ.pop("SVBENCH_SCRATCH", None)
    if not inner:
        base = opt.scratch or ("/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        opt.scratch = os.path.realpath(tempfile.mkdtemp(prefix="svb-", dir=base))
    else:
        opt.scratch = inner
    try:
        if not inner and not opt.no_namespace:
            isolate(opt.scratch)
        become_child_of_reaper()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
        BIN_DIR = opt.scratch + "/bin"
        compile_programs(BIN_DIR)
        try:
            run_all(opt)
        finally:
            kill_everything()
    finally:
        if not inner:
            shutil.rmtree(opt.scratch, ignore_errors=True)


def run_workload(opt, doc, w, names):
    res = doc["results"].setdefault(w, {})
    for a in names:
        cls = ADAPTERS[a]
        if cls.missing() or (opt.resume and a in res and "error" not in res[a]):
            continue
        if a.endswith("-nolog") and w not in ("W1", "W2", "W3", "W5"):
            continue                              # would repeat the other line
        if cls is Reference and w != "W6":
            continue
        t0 = time.time()
        load = os.getloadavg()[0]
        try:
            res[a] = WORKLOADS[w](cls, opt)
        except (Failed, Unsupported) as e:
            res[a] = dict(error=str(e))
        except (OSError, ValueError, subprocess.SubprocessError) as e:
            res[a] = dict(error=f"{type(e).__name__}: {e}")
        finally:
            kill_everything()
        res[a]["load_before"] = round(load, 2)
        log(f"{w} {a}: {time.time() - t0:.0f} s (load before {load:.2f})"
            + (f"  {res[a]['error']}" if "error" in res[a] else ""))
        if opt.json:
            with open(opt.json + ".tmp", "w") as f:
                json.dump(doc, f, indent=1)
            os.replace(opt.json + ".tmp", opt.json)


def run_all(opt):
    names = opt.only.split(",") if opt.only else [a for a, c in ADAPTERS.items() if not c.missing()]
    names = [a for a in names if a not in opt.skip.split(",")]
    if opt.list:
        for a, c in ADAPTERS.items():
            print(f"{a:20} {'missing: ' + c.missing() if c.missing() else c.version()}   {c.notes}")
        return
    for a in names:
        if a not in ADAPTERS:
            sys.exit(f"unknown supervisor {a}; there are: {', '.join(ADAPTERS)}")
    loads = opt.workloads.split(",")
    doc = dict(machine=machine(), options={k: v for k, v in vars(opt).items() if k not in ("json", "show", "lock", "scratch")},
               scratch_fs=cli(["stat", "-f", "-c", "%T", opt.scratch])["out"].strip(),
               started=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), versions={}, notes={},
               supervisors=[], workloads=[], results={})
    if opt.resume and opt.json and os.path.exists(opt.json):
        old = json.loads(read(opt.json))
        for k in ("versions", "notes", "supervisors", "workloads", "results"):
            doc[k] = old[k]
    for a in names:
        why = ADAPTERS[a].missing()
        if why:
            log(f"{a}: left out, {why}")
            continue
        doc["versions"][a] = ADAPTERS[a].version()
        doc["notes"][a] = ADAPTERS[a].notes
        if a not in doc["supervisors"]:
            doc["supervisors"].append(a)
        kill_everything()
    order = list(ADAPTERS)
    doc["supervisors"].sort(key=order.index)
    for w in loads:
        if w not in doc["workloads"]:
            doc["workloads"].append(w)
        doc["workloads"].sort()
        with open(opt.lock, "a") as lk:
            fcntl.flock(lk, fcntl.LOCK_EX)
            run_workload(opt, doc, w, names)
    print(json.dumps(doc["machine"]), "scratch on", doc["scratch_fs"])
    for a in doc["supervisors"]:
        print(f"  {a}: {doc['versions'].get(a)} - {doc['notes'].get(a)}")
    print(report(doc))


if __name__ == "__main__":
    main()

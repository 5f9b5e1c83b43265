"""A small city for tests: makes an instance in a scratch directory, runs it, calls it, stops it, cleans up.

    from city import City, expect
    with City() as city:
        city.run()
        city.call("system_admin", "GET", "/organizations")

Python's standard library only. Needs root, because the programs become users of their own. Everything lies below one new
directory in /tmp, listens on loopback at ports that were free, and only processes that were started here are ended.
"""
import atexit
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("FENGNI_BUILD", ROOT / "build"))
PROGRAMS = ("fengni-keeper", "fengni-ledger", "fengni-inspect", "fengni-clock", "fengni-gate")
PASSWORD = "Fn-a-city-0-for-tests"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"}

signal.alarm(58)  # a case that hangs is a failure
signal.signal(signal.SIGALRM, lambda number, frame: sys.exit("the case took too long"))
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit("stopped from outside"))
os.umask(0o022)
if os.geteuid() != 0:
    sys.exit("needs root: the programs of an instance run as users of their own")


def expect(true, what):
    """The one assertion: says what does not hold, and where."""
    if not true:
        raise AssertionError(what)


def expect_text(text, *patterns):
    """Every pattern is found in the text: how a message must name its place and what to do."""
    for pattern in patterns:
        expect(re.search(pattern, text, re.S), f"expected /{pattern}/ in: {text[-2000:]}")


def step(what):
    print(what, flush=True)


def wait_for(what, condition, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain: {what}")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def scratch():
    """A directory of this case, open to the users of the programs, gone at the end."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="fengni-fault-", dir="/tmp"))
    path.chmod(0o755)
    atexit.register(lambda: shutil.rmtree(path, ignore_errors=True))
    return path


def run(*arguments, stdin=None, fds=(), environment=None, seconds=50):
    """A command's (exit code, standard output, standard error)."""
    done = subprocess.run([str(one) for one in arguments], input=stdin, capture_output=True, text=True, pass_fds=fds,
                          env=environment or ENVIRONMENT, timeout=seconds, errors="replace")
    return done.returncode, done.stdout, done.stderr


def fengni(*arguments, **more):
    return run(BUILD / "fengni", *arguments, **more)


def refused(place, *arguments, code=3, **more):
    """A command that must end with @code and name @place (patterns) on standard error; returns what it said."""
    got, out, err = run(*arguments, **more)
    expect(got == code, f"{arguments}: expected exit {code}, got {got}: {out}{err}")
    expect_text(out + err, *place)
    return out + err


def mount(*arguments):
    code, out, err = run("mount", *arguments)
    expect(code == 0, f"mount: {err}")


def tree(directory):
    """Every path below a directory with mode, owner, and digest: two of these tell whether anything changed."""
    result = {}
    for path in sorted(pathlib.Path(directory).rglob("*")):
        about = path.lstat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        result[str(path.relative_to(directory))] = (oct(about.st_mode), about.st_uid, about.st_gid, digest)
    return result


def credit_code(serial):
    """GB 32100-2015: an organ of the state in a region nobody was ever given, with both check characters."""
    digit = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    organization = serial + "0X987654321"[sum(int(c) * w for c, w in zip(serial, (3, 7, 9, 10, 5, 8, 4, 2))) % 11]
    first = "11" + "660100" + organization
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    return first + digit[(31 - sum(digit.index(c) * w for c, w in zip(first, weights)) % 31) % 31]


class Refused(Exception):
    """An answer that is no success: status, code and the whole problem document."""

    def __init__(self, status, problem):
        super().__init__(f"{status} {problem}")
        self.status, self.problem = status, problem
        self.code, self.detail = problem.get("code"), problem.get("detail", "")


class City:
    def __init__(self, settings="", disk=None):
        """@settings: lines for fengni.conf; @disk: the instance lies on a disk of its own, of this size ("64m")."""
        self.base = scratch()
        self.directory = self.base / "city"
        if disk:
            self.disk = self.base / "disk"
            self.disk.mkdir()
            mount("-t", "tmpfs", "-o", f"mode=755,size={disk}", "tmpfs", self.disk)
            atexit.register(lambda: run("umount", "-l", self.disk))
            self.directory = self.disk / "city"
        self.share_port, self.console_port = free_port(), free_port()
        self.process, self.tokens, self.id = None, {}, {}
        conf = self.base / "settings"
        conf.write_text(f"share_port = {self.share_port}\nconsole_port = {self.console_port}\nsegment_bytes = 1048576\n"
                        f"head_interval_ms = 200\n{settings}")
        self.bureau = credit_code("00000002")
        code, out, err = fengni("init", self.directory, "--city", "丹泥市", "--bureau-id", self.bureau, "--bureau-name", "丹泥市数据局",
                                "--region", "660100", "--settings", conf, "--throw-away")
        expect(code == 0, f"init: {out}{err}")
        self.password = re.search(r"Fn-[0-9a-f]{24}", out).group(0)
        self.ca = self.directory / "door" / "ca.crt"

    def __enter__(self):
        return self

    def __exit__(self, *why):
        if why[0] is not None:
            for log in sorted(self.directory.glob("log/*")):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}")
        self.stop()

    # ---- life ----

    def run(self):
        """Starts it and waits until it serves."""
        self.output = self.base / "run.out"
        with open(self.output, "w") as out:
            self.process = subprocess.Popen([BUILD / "fengni", "run", self.directory], stdout=out, stderr=subprocess.STDOUT,
                                            env=ENVIRONMENT)
        wait_for("the instance starts", lambda: "ready" in self.output.read_text() or self.process.poll() is not None, 30)
        expect(self.process.poll() is None, f"fengni run ended: {self.output.read_text()}")
        wait_for("it answers", self.healthy)

    def run_refused(self, *place, code=3):
        """It must not start, and must say why."""
        return refused(place, BUILD / "fengni", "run", self.directory, code=code)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the instance did not stop within 20 s")

    def healthy(self):
        with contextlib.suppress(OSError, http.client.HTTPException, Refused):
            return self.http("GET", "/api/v1/health")[0] == 200
        return False

    def pid(self, program):
        """The process of one program of this instance."""
        below = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in all_children(self.process.pid) if not below else below:
            name = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
            if program in name:
                return int(pid)
        raise AssertionError(f"{program} does not run")

    def doctor(self):
        code, out, err = fengni("doctor", self.directory)
        return code, out + err

    def verify_ledger(self):
        code, out, err = fengni("ledger", "verify", self.directory / "ledger")
        expect(code == 0, f"ledger verify: {out}{err}")

    # ---- calls ----

    def http(self, method, path, body=None, headers=None, port=None, certificate=None):
        """One request; (status, headers, bytes)."""
        context = ssl.create_default_context(cafile=str(self.ca))
        if certificate:
            context.load_cert_chain(*[str(one) for one in certificate])
        connection = http.client.HTTPSConnection("localhost", port or self.console_port, context=context, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def login(self, who, password=None):
        status, _, text = self.http("POST", "/api/v1/login", json.dumps({"login": who, "password": password or self.word(who)}),
                                    {"Content-Type": "application/json", "Accept-Language": "en"})
        reply = json.loads(text)
        if status != 200:
            raise Refused(status, reply)
        return reply["token"]

    def word(self, who):
        return self.password if who in ("system_admin", "security_admin", "auditor") else PASSWORD

    def call(self, who, method, path, body=None):
        """A console call as @who; the reply, or Refused."""
        if who not in self.tokens:
            self.tokens[who] = self.login(who)
            self.session(who).unlink(missing_ok=True)
        headers = {"Authorization": "Bearer " + self.tokens[who], "Content-Type": "application/json", "Accept-Language": "en"}
        status, _, text = self.http(method, "/api/v1" + path, None if body is None else json.dumps(body), headers)
        reply = json.loads(text)
        if status not in (200, 201):
            raise Refused(status, reply)
        return reply

    def call_refused(self, status, code, *call):
        """A call that must be refused just so; returns the detail."""
        try:
            reply = self.call(*call)
        except Refused as refusal:
            expect((refusal.status, refusal.code) == (status, code), f"expected {status} {code}, got {refusal}")
            return refusal.detail
        raise AssertionError(f"{call} went through: {reply}")

    def session(self, who):
        return self.base / f"session-{who}.json"

    def cli(self, who, *arguments):
        """A command with a session of @who; (exit code, everything it said). A new session ends the one before."""
        session = self.session(who)
        environment = ENVIRONMENT | {"FENGNI_SESSION": str(session)}
        if not session.exists():
            code, out, err = fengni("login", who, "--url", f"https://localhost:{self.console_port}", "--ca", self.ca,
                                    stdin=self.word(who) + "\n", environment=environment)
            expect(code == 0, f"login: {out}{err}")
            self.tokens.pop(who, None)
        code, out, err = fengni(*arguments, environment=environment)
        return code, out + err

    def entries(self):
        """All entries of the ledger, as the auditor reads them."""
        result = []
        while True:
            page = self.call("auditor", "GET", f"/ledger/entries?from={len(result)}&limit=1000")["items"]
            result += [one["entry"] for one in page]
            if len(page) < 1000:
                return result

    def table_counts(self):
        """Rows of every table of the embedded registry; read while it runs or not."""
        with contextlib.closing(sqlite3.connect(f"file:{self.directory}/registry/registry.db?mode=ro", uri=True)) as db:
            names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}

    def asked_counts(self):
        """The same without what programs write by themselves: sessions, and what the clock watches, inspects and has put right."""
        by_itself = ("session", "login_delay", "watch_", "oversight_", "work_", "register_", "notify_")
        return {name: rows for name, rows in self.table_counts().items() if not name.startswith(by_itself)}

    # ---- people, and a register that is shared ----

    def add_organization(self, key, kind, serial):
        self.id[key] = self.bureau if kind == "bureau" else credit_code(serial)
        if kind != "bureau":
            self.call("system_admin", "POST", "/organizations", {"id": self.id[key], "name": f"机构{serial}", "kind": kind,
                                                                 "region": "660100"})

    def add_account(self, organization, office):
        login = f"{organization}.{office}"
        self.id[login] = self.call("security_admin", "POST", "/accounts", {"organization": self.id[organization], "login": login,
                                                                           "name": f"测试人员（{login}）", "password": PASSWORD})["id"]
        self.call("security_admin", "POST", f"/accounts/{self.id[login]}/offices", {"office": office})

    def write_register(self, name="register.db", rows=50):
        """A SQLite file below sources/, as a department would put it there."""
        path = self.directory / "sources" / name
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE places (code TEXT PRIMARY KEY, name TEXT)")
            db.executemany("INSERT INTO places VALUES (?, ?)", [(f"P{i:04}", f"place {i}") for i in range(rows)])
            db.commit()
        about = path.parent.stat()
        os.chown(path, about.st_uid, about.st_gid)
        return path

    def share_register(self):
        """The shortest lawful way to a working grant: an unconditional resource, published by its department and the bureau,
        obtained by another department. From then on city.query() works."""
        for key, kind, serial in (("gov", "government", "00000001"), ("bureau", "bureau", "00000002"), ("giver", "department", "00000011"),
                                  ("taker", "department", "00000012")):
            self.add_organization(key, kind, serial)
        for who in ("bureau.officer", "giver.officer", "giver.secrecy_reviewer", "giver.department_head", "taker.officer",
                    "taker.sharing_head"):
            self.add_account(*who.split("."))
        self.register = self.write_register()
        self.id["source"] = self.call("system_admin", "POST", "/sources", {
            "organization": self.id["giver"], "name": "地点", "spec": {"kind": "sqlite", "path": self.register.name}})["id"]
        self.publish()
        self.add_system()
        self.obtain()

    def publish(self):
        field = {"type": "text", "length": 200, "level": 1, "identifier": "none", "mask": "keep"}
        code = self.call("giver.officer", "POST", "/resources", {
            "name": "地点信息", "summary": "测试用地点", "classification": "3/01/01", "format_class": "database", "format": "sqlite",
            "carrier": "electronic", "update_period": "yearly", "sharing_type": "unconditional", "sharing_modes": ["query"],
            "openness": "open", "category": "公共基础信息", "duties": ["地名管理"],
            "responsible": {"department_head": "甲", "editor": "乙", "reviewer": "丙"}, "store_location": "一区", "upstream_status": "exempt",
            "fields": [field | {"name": "code", "title": "代码", "column": "code", "key": True},
                       field | {"name": "name", "title": "名称", "column": "name", "key": False}],
            "binding": {"source": self.id["source"], "table": "places", "cursor": "code"}})["code"]
        self.id["resource"] = code
        for kind in ("secrecy_review", "personal_information", "encryption", "masking", "backup", "audit"):
            self.call("giver.secrecy_reviewer", "POST", f"/resources/{code}/assessments", {"kind": kind, "passed": True, "answer": "已核对"})
        case = self.call("giver.officer", "POST", "/cases", {"procedure": "catalog_review", "subject": code})["id"]
        for who, what in (("giver.secrecy_reviewer", "assess"), ("giver.department_head", "approve"), ("giver.officer", "submit"),
                          ("bureau.officer", "publish")):
            self.call(who, "POST", f"/cases/{case}/steps", {"step": what})

    def request_certificate(self, name):
        """A new key and a request for it, made with openssl; (key, request)."""
        key, request = self.base / f"{name}.key", self.base / f"{name}.csr"
        code, out, err = run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                             "-out", request, "-subj", f"/CN={name}")
        expect(code == 0, err)
        return key, request

    def add_system(self, organization="taker"):
        self.id["system"] = self.call("system_admin", "POST", "/systems", {"organization": self.id[organization], "name": "caller",
                                                                          "mlps_level": 3})["id"]
        self.key, request = self.request_certificate("caller")
        reply = self.call("security_admin", "POST", f"/systems/{self.id['system']}/certificates", {"csr": request.read_text(), "days": 30})
        self.certificate = self.base / "caller.crt"
        self.certificate.write_text(reply["certificate"])
        self.call("security_admin", "POST", f"/systems/{self.id['system']}/operators", {"account": self.id["taker.officer"]})

    def obtain(self):
        form = {"resource": self.id["resource"], "fields": ["code", "name"], "mode": "query", "system": self.id["system"],
                "purpose": "核对地点", "basis": "《地名管理条例》第二十条 查询标准地名", "scenario": "窗口办理业务时核对地点名称",
                "until": time.strftime("%Y-12-31"), "agreement": True, "operators": [self.id["taker.officer"]]}
        case = self.call("taker.officer", "POST", "/cases", {"procedure": "sharing_unconditional", "subject": self.id["resource"],
                                                            "form": form})["id"]
        self.call("taker.sharing_head", "POST", f"/cases/{case}/steps", {"step": "consent"})
        self.call("taker.officer", "POST", f"/cases/{case}/steps", {"step": "obtain"})
        grants = [one for one in self.call("taker.officer", "GET", "/grants")["items"] if one["case_id"] == case]
        expect(grants and grants[0]["state"] == "active", f"the grant is not active: {grants}")
        self.id["grant"] = grants[0]["id"]

    def query(self, key="P0007"):
        """One signed query over mutual TLS; (status, reply, receipt)."""
        body = json.dumps({"keys": {"code": key}})
        code, out, err = fengni("share", "sign", "--cert", self.certificate, "--key", self.key, "--resource", self.id["resource"],
                                "--grant", self.id["grant"], "--operator", self.id["taker.officer"], "--purpose", "核对地点", "--body", body)
        expect(code == 0, err)
        headers = dict(line.split(": ", 1) for line in out.splitlines())
        status, got, text = self.http("POST", f"/share/v1/{self.id['resource']}/query", body, headers | {
            "Content-Type": "application/json", "Accept-Language": "en"}, self.share_port, (self.certificate, self.key))
        return status, json.loads(text), got.get("Fengni-Receipt")

    def query_works(self):
        status, reply, receipt = self.query()
        expect(status == 200 and receipt and "place 7" in json.dumps(reply), f"a query that must work: {status} {reply}")
        return receipt

    def query_refused(self, status, code):
        got, reply, _ = self.query()
        expect((got, reply.get("code")) == (status, code), f"expected {status} {code}, got {got} {reply}")
        expect("place" not in json.dumps(reply), f"a refusal holds data: {reply}")
        return reply.get("detail", "")


def all_children(pid):
    """Children of every thread: the supervisor forks from its own."""
    result = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        result += (task / "children").read_text().split()
    return result

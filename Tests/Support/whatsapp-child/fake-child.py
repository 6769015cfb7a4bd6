"""A child that does what its first argument says; the protocol is in packaging/whatsapp-web/README.md."""
import json, os, signal, socket, subprocess, sys, time

channel = socket.socket(fileno=int(os.environ["NOVI_CHANNEL_FD"]))
what, rest = sys.argv[1], sys.argv[2:]


def tell(**members):
    channel.sendall(json.dumps({"v": 1, **members}).encode() + b"\n")


def hello():
    tell(type="hello", name="fake", version="1.2")


def message(number, **more):
    tell(type="message", external_id=f"m{number}", chat="1@g.us", sender="2@c.us", ts=1781080200 + number,
         text=f"order {number}", **more)


def commands():
    buffer = b""
    while True:
        data = channel.recv(65536)
        if not data:
            return
        buffer += data
        *lines, buffer = buffer.split(b"\n")
        for line in lines:
            yield json.loads(line)


def serve(answer=lambda command: None):
    """Answers pings and stops when told; the rest goes to `answer`."""
    for command in commands():
        if command["type"] == "ping":
            tell(type="pong", id=command["id"])
        elif command["type"] == "stop":
            sys.exit(0)
        else:
            answer(command)


def ready():
    hello()
    tell(type="state", state="ready")


if what == "pairing":
    hello()
    tell(type="qr", data="code-1", expires=20)
    tell(type="qr", data="code-2", expires=20)
    serve(lambda command: command["type"] == "logout" and (
        tell(type="state", state="authenticated"), tell(type="state", state="syncing"),
        tell(type="state", state="ready"),
        tell(type="memory", heapUsed=1, heapTotal=2, rss=3, external=4)))
elif what == "messages":
    ready()
    for number in range(int(rest[0])):
        message(number)
    message(1000, sender_name="Amara", quoted_text="Order QWE", quoted_id="q1", from_me=True)
    tell(type="message", external_id="m1001", chat="1@g.us", sender="2@c.us", ts=1.5, kind="image")
    serve()
elif what == "echo-stored":
    ready()
    message(1)
    serve(lambda command: command["type"] == "stored"
          and tell(type="ack", external_id="stored-" + command["external_id"], level=1))
elif what == "start-told":
    ready()
    serve(lambda command: command["type"] == "start"
          and message(1, quoted_text=json.dumps([command["options"], command["session_dir"], sorted(os.environ)])))
elif what == "acks":
    ready()
    for level in (0, 1, 2, 3, 4, -1):
        tell(type="ack", external_id=f"a{level}", level=level)
    serve()
elif what == "send":
    def answer(command):
        if command["type"] != "send":
            return
        text = command["text"]
        if text == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif text.startswith("error "):
            _, code, retryable = text.split()
            tell(type="error", id=command["id"], code=code, retryable=retryable == "yes")
        elif text.startswith("late"):
            time.sleep(0.5)
            tell(type="sent", id=command["id"], external_id="late-1")
        elif text != "silence":
            tell(type="sent", id=command["id"], external_id=f"x-{command['to']}-{command['reply_to']}")
    ready()
    serve(answer)
elif what == "crash":
    ready()
    message(1)
    sys.exit(int(rest[0]))
elif what == "crash-with-stray":
    # A browser of its own group's that ignores kind words.
    stray = subprocess.Popen([sys.executable, "-c",
                              "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)"],
                             close_fds=False)
    hello()
    tell(type="state", state="ready")
    message(stray.pid)
    for command in commands():
        if command["type"] == "stored":
            sys.exit(3)
elif what == "hang":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    stray = subprocess.Popen(["sleep", "600"])
    ready()
    message(stray.pid)
    while True:
        time.sleep(600)
elif what == "mute":
    time.sleep(600)
elif what == "no-hello":
    tell(type="state", state="ready")
    serve()
elif what == "wrong-version":
    channel.sendall(b'{"v":2,"type":"hello","name":"fake","version":"9"}\n')
    serve()
elif what == "garbage":
    ready()
    message(1)
    channel.sendall(b"\x00\xff not JSON\n")
    serve()
elif what == "oversize":
    ready()
    message(1)
    try:
        channel.sendall(b'{"v":1,"type":"message","text":"' + b"x" * (1 << 20) + b'"}\n')
    except OSError:
        pass
    serve()
elif what == "longest":
    ready()
    frame = len(json.dumps({"v": 1, "type": "other", "pad": ""}).encode())
    tell(type="other", pad="x" * ((256 << 10) - frame))
    message(1)
    serve()
elif what == "closes":
    ready()
    channel.close()
    time.sleep(600)
elif what == "says":
    hello()
    tell(type="state", state=rest[0], reason=rest[1] if len(rest) > 1 else "")
    serve()
elif what == "ignores-stop":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready()
    for command in commands():
        if command["type"] == "ping":
            tell(type="pong", id=command["id"])
elif what == "future":
    ready()
    tell(type="hologram", what=1)
    tell(type="state", state="levitating")
    message(1)
    serve()

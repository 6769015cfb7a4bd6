#!/usr/bin/env python3
"""Sends webhooks at a steady rate as Meta would; or stands in for Meta where the bridge sends its answers.

    webhooks.py send PORT SECRET NUMBER_ID CHATS RATE COUNT [FIRST]
    webhooks.py stand-in PORT

Each webhook is one order, signed, with an id of its own, of one of CHATS people in turn. Its time counts from the moment at which
it was due, so that a server that falls behind is not flattered (open loop), until the answer 200, which comes after the commit.
Prints one JSON object: count, seconds, rate, errors, p50, p95, p99 and max in ms.
"""
import asyncio
import hashlib
import hmac
import json
import sys
import time
import uuid

CONNECTIONS = 32


def webhook(index):
    person = str(2348030000000 + index % chats)
    text = f"Name: Amara Nwosu\nPhone: 0803 000 {1000 + index % 9000}\nAddress: {index % 500} Allen Avenue, Ikeja\nItems: 2 cakes, 1 pie"
    message = {"from": person, "id": f"wamid.B{first + index}", "timestamp": str(int(time.time())), "type": "text", "text": {"body": text}}
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number},
             "contacts": [{"profile": {"name": "Amara"}, "wa_id": person}], "messages": [message]}
    body = json.dumps({"object": "whatsapp_business_account",
                       "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}).encode()
    code = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    head = (f"POST /webhooks/whatsapp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nX-Hub-Signature-256: sha256={code}\r\n\r\n")
    return head.encode() + body


async def answer(reader, writer):
    """Meta's side of a connection: every message is accepted, the number is known."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = 0
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length:
                await reader.readexactly(length)
                identifier = uuid.uuid4().hex.encode()
                body = b'{"messaging_product":"whatsapp","contacts":[],"messages":[{"id":"wamid.%s"}]}' % identifier
            else:
                body = b'{"id":"1","display_phone_number":"+234 800 000 0001","verified_name":"Bench","quality_rating":"GREEN"}'
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def sender(queue, times, errors):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (item := await queue.get()) is not None:
        due, request = item
        while True:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    await reader.readexactly(int(line.split(b":")[1]))
            if head.startswith(b"HTTP/1.1 200"):
                break
            # Meta sends it again, and so do we; its time goes on.
            errors.append(head.split(b"\r\n")[0].decode())
            await asyncio.sleep(0.05)
        times.append(time.monotonic() - due)
    writer.close()


async def stand_in():
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    await server.serve_forever()


async def send():
    queue, times, errors = asyncio.Queue(), [], []
    senders = [asyncio.create_task(sender(queue, times, errors)) for _ in range(CONNECTIONS)]
    begin = time.monotonic()
    for index in range(count):
        due = begin + index / rate
        wait = due - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        queue.put_nowait((due, webhook(index)))
    for _ in senders:
        queue.put_nowait(None)
    await asyncio.gather(*senders)
    seconds = time.monotonic() - begin
    times.sort()
    at = lambda share: round(times[min(len(times) - 1, int(len(times) * share))] * 1000, 1) if times else None
    print(json.dumps({"count": len(times), "seconds": round(seconds, 1), "rate": round(len(times) / seconds, 1),
                      "errors": errors[:5] and {"count": len(errors), "first": errors[0]}, "p50": at(0.5), "p95": at(0.95),
                      "p99": at(0.99), "max": at(1.0)}))


port = int(sys.argv[2])
if sys.argv[1] == "stand-in":
    asyncio.run(stand_in())
else:
    secret, number, chats, rate, count = sys.argv[3], sys.argv[4], int(sys.argv[5]), float(sys.argv[6]), int(sys.argv[7])
    first = int(sys.argv[8]) if len(sys.argv) > 8 else 0
    asyncio.run(send())

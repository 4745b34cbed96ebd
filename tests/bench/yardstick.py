# SPDX-License-Identifier: Apache-2.0
"""The yardstick: libcurl and jansson reading the very same answers as a run, from a server that only repeats them.

Processor time differs by 40 % between machines, and by a third between hours of one machine. Its ratio to a yardstick that
was measured in the same minute does not."""
import asyncio
import os
import subprocess
import tempfile
import threading

import measure

PROGRAM = os.path.join(measure.TOP, "build", "tests", "bench", "yardstick")


def answers_of(recording):
    """The bodies of all answers of a recorded run."""
    return [line["body"].encode() for line in measure.recorded_answers(recording) if line.get("body") is not None]


def record(lab, *command):
    """The answers of one run with a lab."""
    path = os.path.join(lab.dir, "recording")
    measure.call(*command, "--config", lab.config, "--quiet", "--record", path, good=(0, 4))
    try:
        return answers_of(path)
    finally:
        os.unlink(path)


class Repeater:
    """A server in a thread of its own: GET /N is the body of answer N."""

    def __init__(self, answers):
        self.answers = answers
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    async def talk(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = self.answers[int(head.split(b" ", 2)[1][1:])]
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
                writer.write(body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def __enter__(self):
        self.thread.start()
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(self.talk, "127.0.0.1", 0), self.loop).result()
        self.url = "http://127.0.0.1:%d" % server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_why):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


def run(answers, count):
    """Processor time of the bare client, and its instructions if they are to be counted."""
    with Repeater(answers) as server, tempfile.NamedTemporaryFile() as counted:
        under = measure.counting(counted.name) if count else ()
        done = subprocess.run([*under, PROGRAM, server.url, str(len(answers))], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise measure.BenchError("the yardstick failed: %s" % done.stderr.strip())
        seconds, size = done.stdout.split()
        if int(size) != sum(map(len, answers)):
            raise measure.BenchError("the yardstick read %s of %d bytes" % (size, sum(map(len, answers))))
        return {"cpu_s": float(seconds), "instructions": measure.instructions_of(counted.name) if count else 0}

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ava parse email: the corpus as the command prints it, from files and pipes; large and bad input."""
import base64
import glob
import json
import os
import subprocess

from ava_test import BINARY, ROOT, main, story

QUICK = True

MAILS = os.path.join(ROOT, "tests", "mail")
HEAD = b"From: Ann <ann@example.com>\r\nTo: desk@in.example.org\r\nSubject: file\r\n"


def parse(t, source):
    """The answer to a file's path, or to bytes through a pipe: (status, document or sentence)."""
    environment = t.environment()
    if isinstance(source, bytes):
        run = subprocess.run([BINARY, "parse", "email"], input=source, capture_output=True, env=environment)
    else:
        with open(source, "rb") as f:
            run = subprocess.run([BINARY, "parse", "email"], stdin=f, capture_output=True, env=environment)
    return run.returncode, json.loads(run.stdout) if run.returncode == 0 else run.stderr.decode()


def named(addresses):
    return [a["address"].lower() for a in addresses]


@story
def what_it_prints_of_the_corpus(t):
    wrong = []
    paths = sorted(glob.glob(os.path.join(MAILS, "*.eml")))
    for path in paths:
        with open(path[:-4] + ".json", encoding="utf-8") as f:
            want = json.load(f)
        status, mail = parse(t, path)
        auto = mail["auto"] and mail["auto"]["kind"]
        fits = (status == 0 and mail["reply_text"] == want["reply_text"]
                and mail["subject"] == want["subject"] and mail["message_id"] == want["message_id"]
                and mail["references"] == want["references"]
                and named(mail["to"]) == [a.lower() for a in want["to"]]
                and [a["size"] for a in mail["attachments"]] == [a["size"] for a in want["attachments"]]
                and bool(auto) == bool(want["auto"]) and (not auto or mail["auto"]["reason"]))
        if not fits:
            wrong.append(os.path.basename(path))
    t.ok(len(paths) >= 120, "the corpus is there")
    t.eq(wrong, [], "each is printed as expected")


@story
def a_mail_of_30_mb(t):
    data = base64.encodebytes(os.urandom(22 << 20)).replace(b"\n", b"\r\n")
    status, mail = parse(t, HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the film.\r\n"
                         b"--b\r\nContent-Type: video/mp4; name=film.mp4\r\n"
                         b"Content-Transfer-Encoding: base64\r\n\r\n" + data + b"--b--\r\n")
    t.eq((status, mail["reply_text"]), (0, "See the film."), "the words are found")
    t.eq([(a["filename"], a["size"]) for a in mail["attachments"]], [("film.mp4", 22 << 20)],
         "the file is counted to the byte")
    t.ok(not mail["truncated"] and not mail["damaged"], "and nothing is missing")


@story
def bad_input_gets_a_sentence(t):
    for what, source in (("nothing", b""), ("a picture", b"\x89PNG\r\n\x1a\n\0\0"), ("words", b"hello there\n")):
        status, sentence = parse(t, source)
        t.eq(status, 65, f"{what} is refused")
        t.has(sentence, "no e-mail", f"{what}: with a sentence")
    status, sentence = parse(t, HEAD + b"\r\n" + b"x" * (51 << 20))
    t.eq(status, 65, "what is too large is refused")
    t.has(sentence, "50 MB", "and the limit is told")
    status, mail = parse(t, HEAD + b"Content-Type: text/html\r\n\r\n<script>alert(1)</script>"
                         b"<img src=http://x.example/1.gif><p>hi</p>")
    t.eq((status, mail["text"], mail["reply_text"]), (0, "hi", "hi"), "scripts and pictures are no words")


if __name__ == "__main__":
    main()

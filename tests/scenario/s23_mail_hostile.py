#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Five hundred hostile e-mails and forms: each gets a clear error or does no harm."""
import base64
import io
import json
import zipfile

from ava_test import main, story
from s23_mail_in import DESK, PDF, count, form, mail, page, post, raw_form, words, world

QUICK = True

VARIATIONS = 25
INJECTIONS = ["\r\nBcc: x@example.com", "\nX-Evil: 1", "=?utf-8?q?a=0D=0ABcc:_x@example.com?=", "=?utf-8?b?DQpCY2M6IHg=?=",
              "\r\n\r\n<script>alert(1)</script>"]
SCRIPTS = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<a href='javascript:alert(1)'>x</a>",
           "<iframe srcdoc='<script>alert(1)</script>'></iframe>", "<style>@import 'http://t/x.css'</style>", "<scr<script>ipt>alert(1)</script>",
           "<object data='data:text/html,<script>alert(1)</script>'></object>", "<meta http-equiv=refresh content='0;url=http://t'>"]
NAMES = ["../../etc/passwd", "C:\\windows\\system32\\a.pdf", "a" * 3000 + ".pdf", "\u202efdp.exe", "a\r\nX: y.pdf", "..", ".", "", "\x00.pdf"]
IDS = ["<>", "x" * 5000, "<a@b> <c@d>", "<ü@x>", "<a\0@b>"]
CHARSETS = ["no-such", "utf-7", "x" * 500, "utf-16", "iso-2022-jp", "", "\\..\\", "utf-8\r\nX: y"]


def wrapped(i, head="", body=b"Hello", kind="text/plain"):
    """A mail of its own with such headers and such a body."""
    return (f"From: Dana <h{i}@example.com>\r\nTo: {DESK}\r\nMessage-ID: <h{i}@mail.example.com>\r\n{head}"
            f"Content-Type: {kind}\r\n\r\n").encode("utf-8", "replace") + body + f"\r\nshape {i}\r\n".encode()


def zip_of_zeros(size):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("zeros", b"\0" * size)
    return out.getvalue()


def with_file(i, name, data, kind="application/pdf"):
    encoded = base64.encodebytes(data).replace(b"\n", b"\r\n")
    head = f'--c\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    return wrapped(i, kind="multipart/mixed; boundary=c", body=head.encode("utf-8", "replace")
                   + b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded + b"\r\n--c--\r\n")


def of(values, k):
    return values[k % len(values)]


HOSTILE = [
    lambda i, k: mail(f"h{i}@example.com", f"cut {i}", file=PDF * 50)[:100 + 110 * k],
    lambda i, k: wrapped(i, kind="multipart/mixed; boundary=" + "b" * (k * 9), body=b"--other\r\n\r\nlost\r\n--" + b"-" * k),
    lambda i, k: wrapped(i, f"Subject: s{of(INJECTIONS, k)}\r\nReply-To: r@example.com{of(INJECTIONS, k + 1)}\r\n"),
    lambda i, k: wrapped(i, f"{of(['Cc', 'Bcc', 'Reply-To', 'Delivered-To'], k)}: " + ", ".join(f"p{n}@example.com" for n in range(400 * k))
                         + "\r\n"),
    lambda i, k: b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(40 * k + 1)) + b"deep %d" % i,
    lambda i, k: with_file(i, f"bomb.{of(['zip', 'docx', 'pdf'], k)}", zip_of_zeros(100000 * (k + 1)), "application/zip"),
    lambda i, k: wrapped(i, kind=f'text/plain; charset="{of(CHARSETS, k)}"', body=bytes(range(256)) * (k + 1)),
    lambda i, k: wrapped(i, "X-Huge: " + "h" * (30000 * k) + "\r\n" + "X-Many: y\r\n" * (300 * k)),
    lambda i, k: wrapped(i, f"Subject: {of(SCRIPTS, k)}\r\n", of(SCRIPTS, k).encode() * (k + 1), "text/html"),
    lambda i, k: wrapped(i, body=b"<img src='http://t.example/p.gif?%d' width=1 height=1>Shown<link rel=stylesheet href=http://t/x>" % k,
                         kind="text/html"),
    lambda i, k: with_file(i, "winmail.dat", b"\x78\x9f\x3e\x22" + bytes([k]) * 999, "application/ms-tnef"),
    lambda i, k: wrapped(i, body=b"\0\1\2\x1b[2J" * (k + 1)),
    lambda i, k: wrapped(i, "Content-Transfer-Encoding: base64\r\n", b"=" * k + b"!!!!@#$" * 40 + b"QUJD" * k),
    lambda i, k: wrapped(i, "Content-Transfer-Encoding: quoted-printable\r\n", b"=" * k + b"=ZZ=0=\r\n=3" * 40),
    lambda i, k: wrapped(i, f"Date: {of(['99 Foo 99999 99:99', '', '-1', 'Thu, 01 Jan 1970 00:00:00 +9999', '1' * 400], k)}\r\n"),
    lambda i, k: wrapped(i, f"Message-ID: {of(IDS, k)}\r\n"),
    lambda i, k: wrapped(i, "References: " + " ".join(f"<{n}@x>" for n in range(500 * k)) + "\r\nIn-Reply-To: <<<>>>\r\n"),
    lambda i, k: with_file(i, of(NAMES, k), PDF),
    lambda i, k: wrapped(i, body=b"Content-Type: message/rfc822\r\n\r\n" * (60 * k + 1), kind="message/rfc822"),
]
FORMS = [
    lambda i: (b"", None), lambda i: (b"--xYzZY--", None), lambda i: (b"\0" * 5000, None), lambda i: (b"--xYzZY\r\n" * 2000, None),
    lambda i: (form({"email": wrapped(i)})[0][:-20], None), lambda i: (form({"email": wrapped(i)})[0], "multipart/form-data"),
    lambda i: (form({"email": wrapped(i)})[0], "multipart/form-data; boundary=" + "x" * 5000),
    lambda i: (form({"email": wrapped(i)})[0], "application/json"), lambda i: (form({f"f{n}": "x" for n in range(400)})[0], None),
    lambda i: (form({"headers": "x" * 200000, "from": f"h{i}@example.com", "text": f"shape {i}"})[0], None),
    lambda i: (form({"from": f"h{i}@example.com", "text": f"shape {i}", "charsets": "[[[[", "envelope": "{", "attachment-info": "no"})[0], None),
    lambda i: (form({"from": f"h{i}@example.com", "text": b"\xff\xfe" * 999, "charsets": json.dumps({"text": "\r\n"})})[0], None),
    lambda i: (form({"from": f"h{i}@example.com", "html": f"<script>alert({i})</script>", "envelope": json.dumps({"to": [1, None, {}]})})[0], None),
    lambda i: (form({"from": f"h{i}@example.com", "text": f"shape {i}", "attachment-info": json.dumps({"attachment1": {"filename": "../x"}})},
                    [("attachment1", "a\rb", "text/html", b"<script>")])[0], None),
]


def hostile_posts():
    """Body and type of each."""
    for k in range(VARIATIONS):
        for n, shape in enumerate(HOSTILE):
            yield raw_form(shape(k * 100 + n, k))
        body, kind = FORMS[k % len(FORMS)](k * 100 + 99)
        yield body, {"Content-Type": kind or "multipart/form-data; boundary=xYzZY"}


@story
def five_hundred_hostile_shapes(t):
    world(t)
    answers = [post(t, body, headers) for body, headers in hostile_posts()]
    t.eq(len(answers), 500, "so many")
    refused = [a for a in answers if a.status != 200]
    t.eq({a.status for a in refused} - {400, 411, 413, 415, 422}, set(), "none of them is an error of ours")
    t.eq([a.body for a in refused if len(a.json.get("detail", "")) < 10], [], "what is refused is told why")
    t.ok(len(refused) <= VARIATIONS, "what is an e-mail at all is taken or kept")
    odd = "like '%' || char(10) || '%'" if t.store == "sqlite" else "like '%' || chr(10) || '%'"
    t.eq(count(t, f"email_details where subject {odd} or from_address {odd} or to_address {odd}"), 0, "no line was brought in")
    t.eq(t.sql(f"select filename from attachments where filename like '%/%' or replace(filename, '\\', '') <> filename or filename in "
               f"('', '.', '..') or filename {odd}"), [], "no file has a path")
    t.ok(count(t, "attachments where state = 'stored'") >= VARIATIONS, "files are stored as they are")
    t.ok(count(t, "communication_messages where direction = 'inbound'") > 300, "most can be read")
    shown = "".join(words(t))
    t.ok("onerror" not in shown and "@import" not in shown and "p.gif" not in shown, "what HTML would do is not among the words")
    t.eq(t.get("/health").status, 200, "the server answers")
    for conversation in page(t):
        t.eq(t.get(f"/api/admin/communications/{conversation['id']}", token=t.token()).status, 200, "and shows it")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Debian's own mail server (postfix) and mailbox server (dovecot), for a world of their own: two
domains, in.example.org with the business's mailbox and example.com with the customers', both on this
machine and on loopback alone. TLS with a certificate of their own authority. Both must be started by
root; nothing of the machine's own postfix and dovecot is used or changed. (Debian 12's opensmtpd cannot
be asked for TLS: its process that has the key cannot sign with OpenSSL 3.)"""
import imaplib
import os
import pwd
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import time

from ava_test import PATIENCE, free_port, wait_for

PASSWORD = "correct horse"
PEOPLE = {"desk": "in.example.org", "ann": "example.com", "bob": "example.com"}


def missing():
    """Why they cannot be had, or None."""
    if os.geteuid() != 0:
        return "they must be started by root"
    for program in ("/usr/sbin/postfix", "/usr/sbin/dovecot", "/usr/bin/openssl"):
        if not os.path.exists(program):
            return f"there is no {program}"
    return None


class MailServers:
    def __init__(self, folder):
        self.folder = os.path.join(folder, "mail")
        self.mx, self.submission, self.imap, self.auth = free_port(), free_port(), free_port(), free_port()
        self.ca = os.path.join(self.folder, "ca.pem")
        self.processes = []
        who = pwd.getpwnam("nobody")
        self.uid, self.gid = who.pw_uid, who.pw_gid

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def start(self):
        os.makedirs(self.folder)
        for part in (os.path.dirname(self.folder), self.folder):  # others than root deliver and read
            os.chmod(part, 0o755)
        for person in PEOPLE:
            os.makedirs(self.path(f"home/{person}"))
            os.chown(self.path(f"home/{person}"), self.uid, self.gid)
        self.make_certificate()
        self.start_dovecot()
        self.start_postfix()
        return self

    def openssl(self, *command):
        subprocess.run(["openssl", *command], check=True, capture_output=True, cwd=self.folder)

    def make_certificate(self):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=The tests' authority")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj",
                     "/CN=localhost")
        self.write("names", "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self.openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                     "-days", "2", "-extfile", "names", "-out", "server.pem")
        os.chmod(self.path("server.key"), 0o600)
        os.chmod(self.path("ca.key"), 0o600)

    def run(self, name, command):
        log = open(self.path(f"{name}.log"), "ab")  # pylint: disable=consider-using-with
        self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                               start_new_session=True))
        log.close()

    def start_postfix(self):
        for part in ("queue", "data"):
            os.makedirs(self.path(part))
        shutil.chown(self.path("data"), "postfix")
        self.write("boxes", "".join(f"{p}@{domain} {p}/Maildir/\n" for p, domain in PEOPLE.items()))
        self.write("main.cf", f"""
compatibility_level = 3.6
queue_directory = {self.path('queue')}
data_directory = {self.path('data')}
maillog_file = {self.path('postfix-mail.log')}
maillog_file_prefixes = {self.folder}
myhostname = mx.example.org
mydestination =
mynetworks_style = host
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
default_transport = error:there is no internet here
recipient_delimiter = +
virtual_mailbox_domains = in.example.org, example.com
virtual_mailbox_base = {self.path('home')}
virtual_mailbox_maps = texthash:{self.path('boxes')}
virtual_minimum_uid = 1
virtual_uid_maps = static:{self.uid}
virtual_gid_maps = static:{self.gid}
smtpd_tls_cert_file = {self.path('server.pem')}
smtpd_tls_key_file = {self.path('server.key')}
smtpd_recipient_restrictions = reject_unauth_destination
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{self.auth}
""")
        self.write("master.cf", f"""
127.0.0.1:{self.mx} inet n - n - - smtpd
127.0.0.1:{self.submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
""")
        self.run("postfix", ["/usr/sbin/postfix", "-c", self.folder, "start-fg"])
        self.wait_for_port(self.submission, "postfix")

    def start_dovecot(self):
        self.write("users", "".join(f"{p}:{{PLAIN}}{PASSWORD}:{self.uid}:{self.gid}::{self.path(f'home/{p}')}::\n"
                                    for p in PEOPLE), 0o640)
        shutil.chown(self.path("users"), "root", "dovecot")
        self.write("dovecot.conf", f"""
base_dir = {self.path('run')}
state_dir = {self.path('state')}
log_path = {self.path('dovecot.log')}
protocols = imap
listen = 127.0.0.1
mail_location = maildir:~/Maildir
first_valid_uid = 1
ssl = required
ssl_cert = <{self.path('server.pem')}
ssl_key = <{self.path('server.key')}
auth_mechanisms = plain login
passdb {{
  driver = passwd-file
  args = {self.path('users')}
}}
userdb {{
  driver = passwd-file
  args = {self.path('users')}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {self.auth}
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
""")
        self.run("dovecot", ["/usr/sbin/dovecot", "-F", "-c", self.path("dovecot.conf")])
        self.wait_for_port(self.imap, "dovecot")

    def wait_for_port(self, port, name):
        def answers():
            if self.processes[-1].poll() is not None:
                raise RuntimeError(f"{name} ended:\n{self.log(name)}")
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", port)) == 0
        wait_for(answers, 15, f"{name} to listen")

    def log(self, name):
        with open(self.path(f"{name}.log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop(self):
        try:  # postfix's master is no child of ours
            with open(self.path("queue/pid/master.pid"), encoding="ascii") as f:
                os.kill(int(f.read()), signal.SIGTERM)
        except (OSError, ValueError):
            pass
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10 * PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    # what customers do

    def send(self, letter, to="desk@in.example.org"):
        """A customer's program hands an e-mail to the mail server."""
        with smtplib.SMTP("127.0.0.1", self.mx, timeout=20 * PATIENCE) as s:
            s.send_message(letter, to_addrs=[to])

    def mailbox(self, person):
        """The e-mails in somebody's mailbox, oldest first, as bytes."""
        context = ssl.create_default_context(cafile=self.ca)
        box = imaplib.IMAP4("localhost", self.imap, timeout=20 * PATIENCE)
        box.starttls(context)
        box.login(person, PASSWORD)
        try:
            box.select("INBOX", readonly=True)
            numbers = box.search(None, "ALL")[1][0].split()
            return [box.fetch(n, "(BODY.PEEK[])")[1][0][1] for n in numbers]
        finally:
            box.logout()

    def wait_for_mail(self, person, n, seconds=30):
        end = time.monotonic() + seconds * PATIENCE
        while len(self.mailbox(person)) < n and time.monotonic() < end:
            time.sleep(0.2)
        return self.mailbox(person)

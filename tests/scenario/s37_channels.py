#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The channels are checked: all is well at the stand-ins; then credentials are wrong, providers away,
silent or failing, webhooks go elsewhere, and each is said in words that help, without a secret."""
import json
import socket
import threading
import time

from ava_test import MAIL_WORD, PATIENCE, TWILIO_TOKEN, free_port, main, story
from conforms import Document

PATHS = {"list": ("GET", "/api/admin/channels"), "check": ("POST", "/api/admin/channels/check")}
SECRETS = (TWILIO_TOKEN, MAIL_WORD, "an access token", "testappsecret", "a word of ours", "sk-secret")


class Checker:
    """Asks a server, holds the answer against the document, and looks for secrets in it."""

    def __init__(self, t, server):
        self.t, self.server = t, server
        self.document = Document(server.request("GET", "/openapi.json").json)

    def channels(self, how="check"):
        method, path = PATHS[how]
        answer = self.server.request(method, path, token=self.t.token())
        self.t.eq(answer.status, 200, f"{how}: 200")
        self.t.eq(self.document.answer_faults(method, path, answer), [], f"{how}: as documented")
        for secret in SECRETS:
            self.t.ok(secret not in answer.text, "no secret is shown", secret)
        return {c["name"]: c for c in answer.json["channels"]}


def kinds(channel):
    return [p["kind"] for p in channel["problems"]]


def at_the_sandbox(t, sandbox):
    """All channels, by the sandbox, with mail in and out by SendGrid."""
    at = f"http://127.0.0.1:{sandbox.port}"
    return {"AVA_MODEL_URL": f"{at}/v1", "AVA_MODEL_NAME": "ava-rules", "AVA_OPENAI_API_KEY": "sk-secret",
            "AVA_REALTIME_URL": f"ws://127.0.0.1:{sandbox.port}/v1/realtime", "AVA_REALTIME_MODEL": "ava-voice",
            "AVA_HEAR_URL": f"{at}/v1", "AVA_SPEAK_URL": f"{at}/v1/"}


def restart(t, **environment):
    for process in [p for p in t.processes if p.name == "server"]:
        process.stop()
    return t.start("server", **environment)


@story
def all_is_well_and_then_it_is_not(t):
    t.ava("schema", "create")
    t.with_mail()
    t.with_meta()
    sandbox, server = t.world_with_sandbox()
    models = at_the_sandbox(t, sandbox)
    server = restart(t, **models)
    c = Checker(t, server)
    listed = c.channels("list")
    on = ["sms_twilio", "voice_twilio", "whatsapp_meta", "mail_out_sendgrid", "mail_in_sendgrid", "model", "realtime",
          "hear", "speak"]
    t.eq([n for n, k in listed.items() if k["state"] != "off"], on, "what is set up is known without asking")
    t.eq({(k["state"], k["reached"]) for n, k in listed.items() if n in on}, {("set_up", None)}, "nobody was asked")
    found = c.channels()
    t.eq({n: (found[n]["state"], kinds(found[n])) for n in on}, {n: ("good", []) for n in on}, "all is well")
    t.eq([w["right"] for n in on for w in found[n]["webhooks"]], [True] * 5, "the providers know our addresses")
    t.eq({(found[n]["reached"], found[n]["accepted"]) for n in on}, {(True, True)}, "reached, and accepted")
    token = next(s for s in found["sms_twilio"]["settings"] if s["name"] == "twilio_auth_token")
    t.eq((token["set"], token["value"], token["from"]), (True, None, "AVA_TWILIO_AUTH_TOKEN"), "a secret is only set")
    said = json.loads(t.ava("channels", "check", **models))
    t.eq({k["name"] for k in said["channels"] if k["state"] == "good"}, set(on), "the command says the same")

    # Elsewhere: another public_url, another number, another model.
    wrong = dict(models, AVA_PUBLIC_URL="https://desk.example.com", AVA_TWILIO_NUMBER="+15550123456",
                 AVA_MODEL_NAME="another", AVA_META_PHONE_NUMBER_ID="106000000000009")
    found = Checker(t, restart(t, **wrong)).channels()
    t.eq(kinds(found["sms_twilio"]), ["unknown"], "the number is none of the account's")
    t.eq(found["sms_twilio"]["problems"][0]["settings"], ["twilio_number"], "and it is said which setting to mend")
    t.eq(kinds(found["mail_in_sendgrid"]), ["other_hook"], "mail goes elsewhere")
    hook = found["mail_in_sendgrid"]["webhooks"][0]
    t.eq((hook["url"], hook["right"]), ("https://desk.example.com/api/webhooks/sendgrid/email", False), "ours")
    t.has(hook["found"], f"http://127.0.0.1:{t.ports['server']}/", "theirs")
    t.eq((kinds(found["model"]), kinds(found["whatsapp_meta"])), (["unknown"], ["unknown"]), "not there")

    # Credentials that are wrong.
    wrong = dict(models, AVA_TWILIO_AUTH_TOKEN="0" * 32, AVA_META_ACCESS_TOKEN="no", AVA_SENDGRID_API_KEY="SG.no",
                 AVA_OPENAI_API_KEY="sk-invalid", AVA_HEAR_KEY="sk-invalid", AVA_SPEAK_KEY="sk-invalid")
    found = Checker(t, restart(t, **wrong)).channels()
    t.eq({n: (found[n]["state"], kinds(found[n]), found[n]["reached"], found[n]["accepted"]) for n in on},
         {n: ("wrong", ["credentials"], True, False) for n in on}, "refused by all")
    t.eq(found["realtime"]["problems"][0]["settings"], ["openai_api_key"], "the key that was shown")

    # Providers that fail.
    c = Checker(t, restart(t, **models))
    for api, on_what in (("texts", "reads"), ("mail", "reads")):
        sandbox.request("POST", "/sandbox/faults", {"status": 503, "on": on_what, "api": api, "count": 9})
    found = c.channels()
    t.eq([kinds(found[n]) for n in ("sms_twilio", "mail_out_sendgrid")], [["failing"]] * 2, "they fail")
    sandbox.request("DELETE", "/sandbox/faults")
    t.eq(c.channels()["sms_twilio"]["state"], "good", "and are well again")


def silent_server():
    """Takes connections and says nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: [listener.accept() for _ in range(64)], daemon=True).start()
    return listener, listener.getsockname()[1]


@story
def away_silent_or_half_set_up(t):
    t.ava("schema", "create")
    t.with_mail()
    sandbox = t.sandbox()
    t.with_sandbox_mailbox(sandbox)
    t.settings.update(AVA_SENDGRID_INBOUND_SECRET="", AVA_SENDGRID_INBOUND_KEY="", AVA_SENDGRID_EVENT_KEY="")
    mail = ("mail_out_smtp", "mail_in_imap")
    found = Checker(t, restart(t)).channels()
    t.eq([(n, found[n]["state"], kinds(found[n])) for n in mail], [(n, "good", []) for n in mail], "signed in to both")
    url = t.settings["AVA_IMAP_URL"]
    found = Checker(t, restart(t, AVA_SMTP_PASSWORD="no", AVA_IMAP_PASSWORD="no")).channels()
    t.eq([kinds(found[n]) for n in mail], [["credentials"]] * 2, "both refuse the password")
    found = Checker(t, restart(t, AVA_IMAP_URL=url.replace("INBOX", "Nowhere"), AVA_SMTP_TLS="on")).channels()
    t.eq((kinds(found["mail_in_imap"]), kinds(found["mail_out_smtp"])), (["unknown"], ["encryption"]),
         "no such mailbox; no encryption where it is insisted upon")

    listener, silent = silent_server()
    away = free_port()
    server = restart(t, AVA_PROVIDER_TIMEOUT="700", AVA_TWILIO_API_URL=f"http://127.0.0.1:{silent}",
                     AVA_SMTP_URL=f"smtp://127.0.0.1:{silent}", AVA_IMAP_URL=f"imap://127.0.0.1:{away}/INBOX",
                     AVA_MODEL_URL=f"http://127.0.0.1:{away}/v1", AVA_REALTIME_URL=f"ws://127.0.0.1:{silent}/v1/realtime",
                     AVA_HEAR_URL="http://nowhere.invalid/v1")
    c = Checker(t, server)
    start = time.monotonic()
    found = c.channels()
    took = time.monotonic() - start
    t.eq({n: kinds(found[n]) for n in ("sms_twilio", "mail_out_smtp", "realtime")},
         {n: ["slow"] for n in ("sms_twilio", "mail_out_smtp", "realtime")}, "silent ones are not waited for long")
    t.eq({n: kinds(found[n]) for n in ("mail_in_imap", "model", "hear")},
         {n: ["unreachable"] for n in ("mail_in_imap", "model", "hear")}, "and those that are away are said to be")
    t.ok(took < 5 * PATIENCE, "all at the same time", took)
    both = [None, None]

    def ask(i):
        both[i] = server.request("POST", PATHS["check"][1], token=t.token()).status
    threads = [threading.Thread(target=ask, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    t.eq(sorted(both), [200, 429], "one check at a time")
    listener.close()

    # Set up by halves, and at an address that nobody outside can reach: the command tells before a server starts.
    said = json.loads(t.ava("channels", "check", AVA_TWILIO_AUTH_TOKEN="", AVA_TWILIO_API_URL="https://api.twilio.com",
                            AVA_PUBLIC_URL="http://192.168.1.7:8000", AVA_SMTP_URL="", AVA_IMAP_URL="",
                            AVA_META_PHONE_NUMBER_ID="106000000000001", AVA_WHATSAPP_PROVIDER="meta"))
    found = {k["name"]: k for k in said["channels"]}
    t.eq(kinds(found["sms_twilio"]), ["incomplete", "not_public"], "what is missing comes first")
    t.eq(found["sms_twilio"]["problems"][0]["settings"], ["twilio_auth_token"], "by its name")
    t.has(found["whatsapp_meta"]["problems"][0]["settings"], "meta_access_token", "of Meta's, too")
    t.eq((found["sms_twilio"]["reached"], found["mail_out_smtp"]["state"]), (None, "off"), "nobody is asked in vain")
    reader = t.token("r", "--role", "reader")
    t.eq(t.get(PATHS["list"][1], token=reader).status, 200, "who may see settings may see them")
    t.eq(t.get(PATHS["list"][1]).status, 401, "nobody else")


if __name__ == "__main__":
    main()

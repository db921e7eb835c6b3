#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""with_server.py COMMAND...: runs COMMAND beside a fresh server with the sandbox, on SQLite.

Tells it by the environment where everything is: AVA_URL, AVA_TOKEN, AVA_EMAIL and AVA_PASSWORD of
an owner, AVA_SANDBOX_URL, AVA_TWILIO_TOKEN and AVA_PUBLIC_URL. The ends of the logs are shown when
the command fails.
"""
import os
import subprocess
import sys

import ava_test

EMAIL, PASSWORD = "owner@example.com", "correct horse battery staple"


def main():
    world = ava_test.World("sqlite")
    status = 1
    try:
        world.ava("schema", "create")
        world.ava("user", "add", "--email", EMAIL, "--name", "Olive Owner", "--role", "owner",
                  stdin=PASSWORD + "\n")
        world.ava("business", "seed", os.path.join(ava_test.ROOT, "share", "seeds", "medical-spa.json"))
        world.with_mail()
        world.realtime = True
        world.settings["AVA_VOICE_SILENCE"] = "30000"  # a recorded caller keeps its own time
        sandbox, server = world.world_with_sandbox()
        told = {"AVA_URL": f"http://127.0.0.1:{server.port}", "AVA_TOKEN": world.token(),
                "AVA_EMAIL": EMAIL, "AVA_PASSWORD": PASSWORD,
                "AVA_SANDBOX_URL": f"http://127.0.0.1:{sandbox.port}",
                "AVA_TWILIO_TOKEN": ava_test.TWILIO_TOKEN, "AVA_PUBLIC_URL": world.settings["AVA_PUBLIC_URL"]}
        status = subprocess.run(sys.argv[1:], env={**os.environ, **told}).returncode
    finally:
        for process in world.processes:
            if status:
                print("\n".join(f"# {process.name}: {r}" for r in process.log().split("\n")[-15:]))
            process.stop()
    return status


if __name__ == "__main__":
    sys.exit(main())

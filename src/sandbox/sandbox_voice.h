/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox's stand-in for Twilio Voice. A customer who calls is played by a script; the signed
 * webhook, the TwiML that it answers, the Media Stream with its marks and clears, the REST
 * interface and the callbacks are as Twilio's. People whom the product calls, or to whom it
 * connects a customer, are played too. Nothing leaves the machine but requests to the product.
 *
 *   POST /sandbox/call     {"from", "to", "script": [step, ...]}: somebody calls the business, or
 *                          `to`; more: "speed": 4 lets the call's time run four times as fast,
 *                          "record": true keeps its sound, "hangup_after_ms", "crash_after_ms": it
 *                          ends then, wherever it is. Answers {"sid"} at once.
 *   GET  /sandbox/calls?with=NUMBER&live=true&after=SEQ&limit=N    the calls, oldest first
 *   GET  /sandbox/calls/{sid}       one, with all that happened in it, times in ms of the call;
 * with ?words=true also "words", what was said as the product has it (speaker, text, seconds since
 * its stream began), and "conversation_id", when the sandbox can read its database POST
 * /sandbox/calls/{sid}       {"script": [...]}: from now on; [{"hangup": true}] ends it GET
 * /sandbox/calls/{sid}/audio    WAV, the caller on the left; ?after_ms=N without the first N POST
 * /sandbox/people   {"number", "answers": "yes", "no", "busy", "failed" or "machine",
 * "after_ms", "script"}:
 * who answers there. Anybody else does so after half a second, waits until spoken to, and hangs up
 * when it has been quiet for long.
 *
 * The script stands still while a stream is being connected. A step is one of
 *   {"say": "words"}                       synthesised, or a murmur as long as they are
 *   {"play": "base64"}                     a WAV file, or bare µ-law of 8 kHz
 *   {"tone": 440, "ms": 500}
 *   {"silence": 500}                       ms
 *   {"press": "12#"}
 *   {"wait": 700, "patience_ms": 15000}    until the other side has spoken and been quiet so long
 *   {"interrupt": 800}                     until the other side has spoken for so many ms
 *   {"stall": 5000}                        sends nothing for so long and answers nothing
 *   {"crash": true}                        its connections break
 *   {"hangup": true}                       so does the end of the script
 *
 * A machine plays its greeting, to the end of its script's first sounds, and then listens. Who
 * asked for the detection of machines (MachineDetection=DetectMessageEnd with AsyncAmd=true; the
 * other way is refused) is told then; of a person after two seconds.
 *
 * REST, as Twilio's: POST and GET Calls.json, GET, POST and DELETE Calls/{sid}.json, GET
 * Recordings.json, Recordings/{sid}.json and .wav, DELETE. Faults: {"api": "calls"} with "on" sends
 * (POST), reads, inbound (the webhooks whose TwiML is awaited) and callbacks.
 */
#ifndef SANDBOX_SANDBOX_VOICE_H
#define SANDBOX_SANDBOX_VOICE_H

#define SANDBOX_VOICE_PATH "/api/webhooks/twilio/voice"
#define SANDBOX_VOICE_STATUS_PATH "/api/webhooks/twilio/voice-status"

#endif

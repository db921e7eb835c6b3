#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes what callers may say from the mind's examples: gen_hear_lines.py OUT.c EXAMPLES.tsv...

The third column of each example is a customer's turn. It is brought to the form in which it would
be spoken: lower case, numbers and abbreviations as words; days, times, services and the staff's
names become the marks of src/voice/hear_phrases.def. Lines with rare words, and long ones, are left
out: each word that the recogniser knows is one more to be mistaken for another.
"""
import collections
import pathlib
import re
import sys

LEAVE_OUT = {"opt_out", "complaint", "medical", "other", "small_talk", "care"}
WORDS_MAX = 16
COUNT_MIN = 5
# What is written but not said.
CHAT = {"lol", "omg", "kk", "nvm", "ttyl", "yall", "ty", "rn", "asap", "omw", "haha", "bf", "tho", "py",
        "arvo", "ya", "yay", "yesss", "shes", "hes", "ill", "its", "const", "char", "n", "w", "x", "nah",
        "merci", "hola", "gracias", "danke", "ade", "ta", "amex", "hsa"}

WEEKDAYS = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
WRITTEN = {
    "mon": "monday", "tue": "tuesday", "tues": "tuesday", "wed": "wednesday", "weds": "wednesday",
    "thu": "thursday", "thur": "thursday", "thurs": "thursday", "fri": "friday", "sat": "saturday",
    "sun": "sunday", "tmrw": "tomorrow", "tmw": "tomorrow", "2day": "today", "pls": "please",
    "plz": "please", "u": "you", "ur": "your", "r": "are", "appt": "appointment", "thx": "thanks",
    "dont": "don't", "thats": "that's", "whats": "what's", "im": "i'm", "ive": "i've", "id": "i'd",
    "cant": "can't", "wont": "won't", "didnt": "didn't", "doesnt": "doesn't", "isnt": "isn't",
    "theres": "there's", "whens": "when's", "hows": "how's", "whos": "who's", "lets": "let's",
    "w/": "with", "b4": "before", "bc": "because", "yea": "yeah", "ok": "okay", "k": "okay",
    "wk": "week", "hr": "hour", "hrs": "hours", "min": "minutes", "mins": "minutes", "&": "and",
    "dr": "doctor", "iv": "i_v", "appts": "appointments", "rescheduled": "rescheduled",
}
SERVICES = {
    "botox", "tox", "filler", "fillers", "facial", "facials", "hydrafacial", "hydrafacials", "peel",
    "peels", "microneedling", "needling", "laser", "massage", "massages", "dermaplaning", "waxing",
    "wax", "haircut", "haircuts", "cleaning", "lashes", "brows", "manicure", "pedicure", "ipl",
    "photofacial", "checkup", "trim", "highlights", "juvederm", "dysport",
}
BEFORE_SERVICE = {"chemical", "lip", "dermal", "deep", "tissue", "swedish", "hydra", "lash", "brow"}
PROVIDERS = {"osei", "renata", "priya", "daniel", "amara", "sofia", "maya", "marin", "lena"}
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
           "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
           "eighteen", "nineteen", "twenty"]
TENS = {30: "thirty", 40: "forty", 45: "forty five", 50: "fifty", 60: "sixty", 90: "ninety",
        100: "one hundred"}
HOURS = set(NUMBERS[1:13]) | {"noon", "midday"}
MINUTES = {"thirty", "fifteen", "forty", "o'clock", "oclock"}
ORDINALS = {
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth",
}

TIME = re.compile(r"\b\d{1,2}(:\d\d)? ?([ap]\.?m\b\.?)|\b\d{1,2}:\d\d\b")
DATE = re.compile(r"\b\d{1,2}(st|nd|rd|th)\b")
AT = re.compile(r"\b(at|around|by|after|before|till|until) \d{1,2}\b")


def spoken(text):
    text = text.lower().replace("\\n", " ").replace("’", "'").replace("dr.", "doctor")
    text = TIME.sub(" {time} ", text)
    text = DATE.sub(" {ordinal} ", text)
    text = AT.sub(lambda m: m.group(1) + " {time}", text)
    words = []
    for word in re.findall(r"\{[a-z]+\}|w/|[a-z0-9&][a-z0-9'&]*", text):
        word = WRITTEN.get(word, word)
        if word.isdigit():
            n = int(word)
            if n > 20 and n not in TENS:
                return None
            word = NUMBERS[n] if n <= 20 else TENS[n]
        words += word.split()
    return marked(words)


def marked(words):
    out = []
    for i, word in enumerate(words):
        before = words[i - 1] if i else ""
        if word in WEEKDAYS:
            word = "{weekday}"
        elif word in SERVICES:
            while out and out[-1] in BEFORE_SERVICE:
                out.pop()
            word = "{service}"
        elif word in PROVIDERS:
            while out and out[-1] in ("doctor", "{provider}"):
                out.pop()
            word = "{provider}"
        elif word in ("noon", "midday"):
            word = "{time}"
        elif word in HOURS and before in ("at", "around", "by", "after", "before"):
            word = "{time}"
        elif word in MINUTES | {"am", "pm"} and out and out[-1] == "{time}":
            continue
        elif word in ORDINALS and before == "the":
            word = "{ordinal}"
        if not (word.startswith("{") and out and out[-1] == word):
            out.append(word)
    return out


def read(paths):
    for path in paths:
        for line in pathlib.Path(path).read_text().splitlines():
            cells = line.split("\t")
            if not line.startswith("#") and len(cells) >= 3 and cells[0] not in LEAVE_OUT:
                words = spoken(cells[2])
                if words and len(words) <= WORDS_MAX and not CHAT & set(words):
                    yield words


def main():
    out, sources = pathlib.Path(sys.argv[1]), sys.argv[2:]
    lines = list(read(sources))
    count = collections.Counter(word for words in lines for word in set(words))
    kept = sorted({" ".join(words).replace("i_v", "i v") for words in lines
                   if all(count[word] >= COUNT_MIN and re.fullmatch(r"\{[a-z]+\}|[a-z'_]+", word)
                          for word in words)})
    rows = "".join(f'    "{line}",\n' for line in kept)
    out.write_text("/* Made by tools/gen_hear_lines.py from the mind's examples. */\n"
                   '#include "voice/hear_lines.h"\n'
                   f"const char *const hear_lines[] = {{\n{rows}}};\n"
                   f"const size_t n_hear_lines = {len(kept)};\n")


if __name__ == "__main__":
    main()

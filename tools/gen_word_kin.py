#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the table of word_kin.h: gen_word_kin.py OUT.c WORD_KIN.txt (each line a group of words)."""
import pathlib
import sys

out, source = map(pathlib.Path, sys.argv[1:3])
lines = [line for line in source.read_text().splitlines() if not line.startswith("#")]
kin = {word: number for number, line in enumerate(lines) for word in line.split()}
rows = "".join(f'{{"{word}", {number}}},\n' for word, number in sorted(kin.items()))
out.write_text("/* Made by tools/gen_word_kin.py from word_kin.txt. */\n"
               '#include "mind/word_kin.h"\n'
               f"const struct kin_word kin_words[] = {{\n{rows}}};\n"
               f"const size_t n_kin_words = {len(kin)};\n")

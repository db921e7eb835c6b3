#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""speak.py FILE (SECONDS WORDS)...: a WAVE file of a caller who waits so long and then says that, and
again, spoken by flite's library. For a browser that takes the file for its microphone."""
import array
import ctypes
import sys
import wave


class Wave(ctypes.Structure):
    """cst_wave of flite/cst_wave.h."""
    _fields_ = [("type", ctypes.c_char_p), ("sample_rate", ctypes.c_int), ("num_samples", ctypes.c_int),
                ("num_channels", ctypes.c_int), ("samples", ctypes.POINTER(ctypes.c_short))]


def speaker():
    """A function from words to samples, and their rate."""
    flite = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
    for needed in ("libflite_usenglish.so.1", "libflite_cmulex.so.1"):
        ctypes.CDLL(needed, mode=ctypes.RTLD_GLOBAL)
    register = ctypes.CDLL("libflite_cmu_us_slt.so.1").register_cmu_us_slt
    register.restype, register.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    flite.flite_text_to_wave.restype = ctypes.POINTER(Wave)
    flite.flite_text_to_wave.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    flite.flite_init()
    voice = register(None)

    def say(words):
        w = flite.flite_text_to_wave(words.encode(), voice).contents
        return array.array("h", w.samples[:w.num_samples]), w.sample_rate
    return say


def main():
    say = speaker()
    rate = say("a")[1]
    samples = array.array("h")
    pairs = sys.argv[2:]
    for seconds, words in zip(pairs[::2], pairs[1::2]):
        samples.extend([0] * int(float(seconds) * rate))
        samples.extend(say(words)[0])
    samples.extend([0] * (60 * rate))  # then they listen
    with wave.open(sys.argv[1], "wb") as out:
        out.setparams((1, 2, rate, len(samples), "NONE", ""))
        out.writeframes(samples.tobytes())


if __name__ == "__main__":
    main()

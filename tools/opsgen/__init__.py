# SPDX-License-Identifier: Apache-2.0
"""The generator behind tools/gen_ops.py: one module reads the tables, the others write from them."""

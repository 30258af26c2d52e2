# Blocks of every quantised type of GGUF files with random bytes, and their values by the gguf package; blocks that it makes of values:
# python quantised_types.py > ../fixtures/quantised-types.json
import base64
import json

import gguf
import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as T

random = np.random.default_rng(7)
types = {}
for kind, halves in {T.Q4_0: [0], T.Q4_1: [0, 2], T.Q8_0: [0], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q2_K: [80, 82], T.Q3_K: [108], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208], T.IQ4_NL: [0]}.items():
    block, size = GGML_QUANT_SIZES[kind]
    count = 256 * 4 // block
    rows = random.integers(0, 256, (count, size), dtype=np.uint8)
    for at in halves:
        rows[:, at : at + 2] = random.normal(0, 0.02, (count, 1)).astype(np.float16).view(np.uint8)
    values = gguf.quants.dequantize(rows.reshape(1, -1), kind).astype(np.float32)
    types[kind.name] = dict(id=int(kind), bytes=base64.b64encode(rows.tobytes()).decode(), values=base64.b64encode(values.tobytes()).decode())
weights = np.random.default_rng(8).normal(0, 0.05, 512).astype(np.float32)
weights[32:64] = 0
weights[64] = 3.5
made = {}
for kind in [T.F16, T.BF16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0]:
    made[kind.name] = dict(id=int(kind), bytes=base64.b64encode(gguf.quants.quantize(weights.reshape(1, -1), kind).tobytes()).decode())
made = dict(values=base64.b64encode(weights.tobytes()).decode(), blocks=made)
print(json.dumps(dict(made_by=f"gguf {getattr(gguf, '__version__', '')}".strip(), types=types, made=made)))

"""Files of Python's safetensors: fixtures/safetensors.json.

    python safetensors_files.py

Needs safetensors, torch and numpy. Not run by the tests.
cases: {"name", "file": base64 of the whole file as the reference writer lays it down, "metadata", "tensors": {name: {"type", "shape", "values"}}}; values of F16 and BF16 are
those of their f32, of I64 strings.
"""

import base64
import json
import os

import torch
from safetensors.torch import save

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")
NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int32: "I32", torch.int64: "I64", torch.uint8: "U8"}

torch.manual_seed(1)
half = torch.tensor([0.0, -0.0, 1.0, -2.5, 65504.0, 6.1e-05, 5.96e-08, -3.1e-06, 0.1, 1 / 3])
CASES = {
    "every type": (
        {
            "f32": torch.randn(2, 3),
            "f16": half.to(torch.float16),
            "bf16": torch.tensor([0.1, -1e30, 3.14159, 1e-40, 7.0]).to(torch.bfloat16),
            "i32": torch.tensor([[-(2**31), 0], [1, 2**31 - 1]], dtype=torch.int32),
            "i64": torch.tensor([-(2**63), 2**53 + 1, -1], dtype=torch.int64),
            "u8": torch.tensor([0, 127, 255], dtype=torch.uint8),
        },
        {"format": "pt", "砚": "ink \"stone\""},
    ),
    "empty and scalar": ({"scalar": torch.tensor(7.5), "empty": torch.zeros(3, 0), "odd name \"é\\": torch.ones(1)}, None),
    "a layer": ({"dense.kernel": torch.randn(4, 2), "dense.bias": torch.zeros(2), "lstm.recurrent_kernel": torch.randn(2, 8)}, {"format": "pt"}),
}


def values(tensor):
    if tensor.dtype == torch.int64:
        return [str(value) for value in tensor.flatten().tolist()]
    return tensor.float().flatten().tolist() if tensor.dtype.is_floating_point else tensor.flatten().tolist()


def main():
    cases = []
    for name, (tensors, metadata) in CASES.items():
        file = base64.b64encode(save(tensors, metadata)).decode()
        described = {key: {"type": NAMES[tensor.dtype], "shape": list(tensor.shape), "values": values(tensor)} for key, tensor in tensors.items()}
        cases.append({"name": name, "file": file, "metadata": metadata or {}, "tensors": described})
    with open(os.path.join(FOLDER, "safetensors.json"), "w", encoding="utf-8") as out:
        json.dump({"made": {"torch": torch.__version__.split("+")[0]}, "cases": cases}, out, indent=1, ensure_ascii=False)
        out.write("\n")


main()

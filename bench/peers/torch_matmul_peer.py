# Peer: PyTorch. Multiplies matrices of the shapes that it reads, one JSON line each, and answers with the seconds that all repetitions took.
# Install: pip install torch==2.15.0
#   python torch_matmul_peer.py THREADS    lines: {"rows", "columns", "depth", "transposeA", "transposeB", "bf16", "repetitions"}
import json, sys, time
import torch

torch.set_num_threads(int(sys.argv[1]))
made = {}
for line in sys.stdin:
    shape = json.loads(line)
    key = line
    if key not in made:
        made.clear()
        side = lambda first, second, transposed: torch.randn(second, first).t() if transposed else torch.randn(first, second)
        a = side(shape["rows"], shape["depth"], shape["transposeA"])
        b = side(shape["depth"], shape["columns"], shape["transposeB"])
        kind = torch.bfloat16 if shape.get("bf16") else torch.float32
        made[key] = (a.to(kind), b.to(kind), torch.empty(shape["rows"], shape["columns"], dtype=kind))
    a, b, c = made[key]
    with torch.no_grad():
        torch.mm(a, b, out=c)
        begin = time.perf_counter()
        for _ in range(shape["repetitions"]):
            torch.mm(a, b, out=c)
        print(json.dumps({"seconds": time.perf_counter() - begin}), flush=True)

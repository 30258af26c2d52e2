# Peer: torch.nn.functional.scaled_dot_product_attention, forward and backward, f32, eager. Arguments and output as bench/attention-ours.mjs. Install: pip install torch (CPU)
import json, sys, time
import statistics
import torch

shapes, threads, seconds = json.loads(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
torch.set_num_threads(threads)
figures = {}
for shape in shapes:
    size = (shape["batch"], shape["length"], shape["heads"], shape["width"])
    # As models have them: [B, T, H, D] in memory, heads before positions as a view.
    leaves = [(torch.rand(size) * 2 - 1).requires_grad_() for _ in range(3)]
    seed = (torch.rand(size) * 2 - 1).transpose(1, 2)
    def step():
        q, k, v = (leaf.transpose(1, 2) for leaf in leaves)
        y = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=shape["causal"])
        return torch.autograd.grad(y, leaves, seed)
    step()
    times = []
    begin, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1000)
    cpu = (time.process_time() - cpu) * 1000 / len(times)
    name = f"{shape['batch']}x{shape['heads']}x{shape['length']}x{shape['width']}"
    figures[name + " milliseconds"] = statistics.median(times)
    figures[name + " cpu milliseconds"] = cpu
print(json.dumps(figures))

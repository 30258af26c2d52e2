"""Peer: torch.nn.LSTM, GRU or RNN, forward and backward. A process that waits for lines on stdin, so that runs can be interleaved.

    pip install torch==2.15.0
    python lstm_peer.py KIND ROWS STEPS INPUTS UNITS THREADS

Each line of stdin is a number of repetitions: prints {"seconds"} of the quickest and of the median one. A repetition: the layer on x, then backward from a given
gradient of all outputs to x and all weights.
"""

import json
import sys
import time

import torch

kind, *numbers = sys.argv[1:]
rows, steps, inputs, units, threads = map(int, numbers)
torch.set_num_threads(threads)
torch.manual_seed(1)
layer = getattr(torch.nn, {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}[kind])(inputs, units, batch_first=True)
x = torch.randn(rows, steps, inputs, requires_grad=True)
upstream = torch.randn(rows, steps, units)


def once():
    begin = time.perf_counter()
    outputs, _ = layer(x)
    middle = time.perf_counter()
    outputs.backward(upstream)
    end = time.perf_counter()
    layer.zero_grad(set_to_none=True)
    x.grad = None
    return end - begin, middle - begin


print(json.dumps({"ready": True, "version": torch.__version__}), flush=True)
for line in sys.stdin:
    times = sorted(once() for _ in range(int(line)))
    print(json.dumps({"best": times[0][0], "median": times[len(times) // 2][0], "forward": min(t[1] for t in times)}), flush=True)

"""Values and gradients of single operations: fixtures/learn/ops.json.

    python operations.py

Needs torch. Not run by the tests. Form of a case:
    name        of the operation, with what is special after a space
    expression  the PyTorch expression (torch as torch, torch.nn.functional as F) over the names of the inputs
    inputs      {name: array}; arrays of i32 (ids, masks) have no gradient
    output      array
    upstream    array, dL/d output, random
    gradients   {name: array}, dL/d input, of every f32 input
Inputs of ops with a corner (relu, leaky_relu, elu, max) keep away from it. Checked in f64 as in common.py.
"""

import torch
from torch.nn import functional as F

from common import array, arrays, close, write

ELEMENTWISE = {
    "gelu tanh": "F.gelu(x, approximate='tanh')",
    "gelu erf": "F.gelu(x)",
    "relu": "F.relu(x)",
    "leaky_relu": "F.leaky_relu(x, 0.2)",
    "leaky_relu default": "F.leaky_relu(x)",
    "silu": "F.silu(x)",
    "sigmoid": "torch.sigmoid(x)",
    "tanh": "torch.tanh(x)",
    "softplus": "F.softplus(x)",
    "elu": "F.elu(x, 0.7)",
    "exp": "torch.exp(x)",
}
POSITIVE = {"log": "torch.log(x)", "sqrt": "torch.sqrt(x)", "rsqrt": "torch.rsqrt(x)"}
made = []


def normal(*shape):
    return torch.randn(shape)


def apart(*shape):
    """Normal values at least 0.05 from zero."""
    x = torch.randn(*shape)
    return x + 0.05 * x.sign()


def ids(limit, *shape):
    return torch.randint(limit, shape, dtype=torch.int)


def evaluate(expression, inputs, upstream=None):
    inputs = {name: value.clone().requires_grad_() if value.is_floating_point() else value for name, value in inputs.items()}
    output = eval(expression, {"torch": torch, "F": F}, inputs)
    upstream = torch.randn(output.shape) if upstream is None else upstream
    output.backward(upstream)
    return output, upstream, {name: value.grad for name, value in inputs.items() if value.is_floating_point()}


def case(name, expression, **inputs):
    output, upstream, gradients = evaluate(expression, inputs)
    wide = {key: value.double() if value.is_floating_point() else value for key, value in inputs.items()}
    right, _, exact = evaluate(expression, wide, upstream.double())
    close(name, output.detach(), right.detach(), 2e-6)
    for key in gradients:
        close(f"{name} d{key}", gradients[key], exact[key], 1e-4 if "far" in name else 1e-5)
    made.append({"name": name, "expression": expression, "inputs": arrays(inputs), "output": array(output), "upstream": array(upstream), "gradients": arrays(gradients)})


def elementwise():
    for name, expression in ELEMENTWISE.items():
        case(name, expression, x=2 * apart(3, 5, 7))
    case("gelu tanh far", "F.gelu(x, approximate='tanh')", x=torch.tensor([-30.0, -10, -6, -3, 3, 6, 10, 30]))
    case("softplus far", "F.softplus(x)", x=torch.tensor([-90.0, -30, -10, 10, 19, 21, 30, 90]))
    case("sigmoid far", "torch.sigmoid(x)", x=torch.tensor([-100.0, -30, 30, 100]))
    for name, expression in POSITIVE.items():
        case(name, expression, x=torch.rand(4, 9) * 3 + 0.05)
    for name, sign in (("add", "+"), ("subtract", "-"), ("multiply", "*")):
        for x, y in (((3, 5), (3, 5)), ((3, 5), (5,)), ((2, 3, 5), (3, 1)), ((3, 1), (1, 7)), ((2, 1, 3), (4, 1)), ((4, 3), ())):
            case(f"{name} {list(x)} {list(y)}", f"x {sign} y", x=normal(*x), y=normal(*y))
    case("divide [3, 5] [5]", "x / y", x=normal(3, 5), y=torch.rand(5) + 0.5)


def reductions():
    for dim in (0, 1, 2):
        case(f"sum {dim}", f"x.sum({dim})", x=normal(3, 5, 7))
        case(f"mean {dim}", f"x.mean({dim})", x=normal(3, 5, 7))
        case(f"max {dim}", f"x.amax({dim})", x=normal(3, 5, 7))
    case("sum all", "x.sum()", x=normal(3, 17))
    case("mean all", "x.mean()", x=normal(3, 17))
    case("sum keep", "x.sum(1, keepdim=True)", x=normal(3, 5, 2))
    case("softmax", "F.softmax(x, -1)", x=normal(5, 19) * 3)
    case("softmax 3d", "F.softmax(x, -1)", x=normal(2, 3, 7))
    case("softmax far", "F.softmax(x, -1)", x=normal(2, 9) * 40 + 500)
    case("log_softmax", "F.log_softmax(x, -1)", x=normal(5, 19) * 3)
    case("log_softmax far", "F.log_softmax(x, -1)", x=normal(2, 9) * 40 - 500)


def norms():
    for width in (7, 16, 33):
        case(f"layer_norm {width}", f"F.layer_norm(x, ({width},), weight, bias, 1e-5)", x=normal(5, width) + 1, weight=normal(width), bias=normal(width))
        case(f"rms_norm {width}", f"F.rms_norm(x, ({width},), weight, 1e-5)", x=normal(2, 3, width) + 1, weight=normal(width))
    case("layer_norm keras", "F.layer_norm(x, (10,), weight, bias, 1e-3)", x=normal(3, 10), weight=normal(10), bias=normal(10))
    case("layer_norm small", "F.layer_norm(x, (6,), weight, bias, 1e-5)", x=normal(2, 6) * 1e-2, weight=normal(6), bias=normal(6))


def products():
    turned = {"NN": ((5, 7), (7, 3), "x @ y"), "NT": ((5, 7), (3, 7), "x @ y.T"), "TN": ((7, 5), (7, 3), "x.T @ y"), "TT": ((7, 5), (3, 7), "x.T @ y.T")}
    for name, (x, y, expression) in turned.items():
        case(f"matmul {name}", expression, x=normal(*x), y=normal(*y))
    case("matmul wide", "x @ y", x=normal(1, 33), y=normal(33, 17))
    case("matmul tall", "x @ y.T", x=normal(19, 2), y=normal(18, 2))
    case("matmul batched", "x @ y", x=normal(3, 4, 5), y=normal(3, 5, 2))
    case("matmul batched NT", "x @ y.transpose(1, 2)", x=normal(3, 4, 5), y=normal(3, 2, 5))
    case("matmul shared", "x @ y", x=normal(3, 4, 5), y=normal(5, 2))
    case("matmul heads", "x @ y.transpose(2, 3)", x=normal(2, 3, 4, 5), y=normal(2, 3, 6, 5))
    case("linear", "F.linear(x, weight, bias)", x=normal(2, 3, 5), weight=normal(7, 5), bias=normal(7))
    case("embedding", "F.embedding(ids, weight)", ids=ids(11, 3, 5), weight=normal(11, 6))
    case("embedding repeated", "F.embedding(ids, weight)", ids=torch.tensor([2, 2, 2, 0, 2], dtype=torch.int), weight=normal(4, 5))


def convolutions():
    """Sequences are [rows, channels, steps], weights [out, in, kernel], as in PyTorch; Keras has steps before channels and [kernel, in, out]."""
    shapes = lambda steps, kernel: {"x": normal(2, 3, steps), "weight": normal(4, 3, kernel), "bias": normal(4)}
    case("conv1d valid", "F.conv1d(x, weight, bias)", **shapes(9, 3))
    case("conv1d same", "F.conv1d(x, weight, bias, padding='same')", **shapes(9, 3))
    case("conv1d same even kernel", "F.conv1d(x, weight, bias, padding='same')", **shapes(8, 4))
    case("conv1d causal", "F.conv1d(F.pad(x, (2, 0)), weight, bias)", **shapes(9, 3))
    case("conv1d causal dilation 2", "F.conv1d(F.pad(x, (4, 0)), weight, bias, dilation=2)", **shapes(9, 3))
    case("conv1d valid stride 2", "F.conv1d(x, weight, bias, stride=2)", **shapes(10, 3))
    case("conv1d valid dilation 2", "F.conv1d(x, weight, bias, dilation=2)", **shapes(10, 3))
    case("conv1d same dilation 2", "F.conv1d(x, weight, bias, padding='same', dilation=2)", **shapes(7, 3))
    case("conv1d kernel 1", "F.conv1d(x, weight, bias)", **shapes(5, 1))
    case("max_pool1d", "F.max_pool1d(x, 2)", x=normal(2, 3, 9))
    case("max_pool1d stride 1", "F.max_pool1d(x, 3, stride=1)", x=normal(2, 3, 8))
    case("avg_pool1d", "F.avg_pool1d(x, 2)", x=normal(2, 3, 9))
    case("avg_pool1d stride 1", "F.avg_pool1d(x, 3, stride=1)", x=normal(2, 3, 8))


def attention():
    """Queries, keys, values are [rows, heads, steps, width], scaled by 1/sqrt(width). mask (i32, 1: seen) is [rows, keys]."""
    qkv = lambda q=7, k=7, heads=2, shared=2, width=5: {"q": normal(2, heads, q, width), "k": normal(2, shared, k, width), "v": normal(2, shared, k, width)}
    seen = torch.tensor([[1] * 7, [1, 1, 1, 1, 0, 0, 0]], dtype=torch.int)
    masked = "attn_mask=mask.bool()[:, None, None]"
    case("attention full", "F.scaled_dot_product_attention(q, k, v)", **qkv())
    case("attention causal", "F.scaled_dot_product_attention(q, k, v, is_causal=True)", **qkv())
    case("attention cross", "F.scaled_dot_product_attention(q, k, v)", **qkv(q=3))
    case("attention scale", "F.scaled_dot_product_attention(q, k, v, scale=1.0)", **qkv())
    case("attention grouped", "F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)", **qkv(heads=4))
    case("attention one key head", "F.scaled_dot_product_attention(q, k, v, enable_gqa=True)", **qkv(heads=3, shared=1))
    case("attention padded", f"F.scaled_dot_product_attention(q, k, v, {masked})", mask=seen, **qkv())
    case("attention cross padded", f"F.scaled_dot_product_attention(q, k, v, {masked})", mask=seen, **qkv(q=4))
    case("attention causal padded", "F.scaled_dot_product_attention(q, k, v, attn_mask=mask.bool()[:, None, None] & torch.ones(7, 7, dtype=torch.bool).tril())", mask=seen, **qkv())
    case("attention long", "F.scaled_dot_product_attention(q, k, v, is_causal=True)", **{name: normal(1, 1, 70, 4) for name in "qkv"})


torch.manual_seed(11)
for family in (elementwise, reductions, norms, products, convolutions, attention):
    family()
write("ops", made)

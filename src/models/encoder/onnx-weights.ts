// Which initialiser of an ONNX file is which weight: those that kept their names, and matrices by the name of the node that multiplies with them, de-quantised where they are
// quantised. Knows no architecture.
import { InkstoneError } from "../../core/index.ts";
import { type OnnxFile, type OnnxNode, type OnnxTensor, widened } from "../../formats/index.ts";

/** A weight in a file. */
export interface OnnxWeight {
  readonly tensor: OnnxTensor;
  /** As a layer has it: [outputs, inputs]. */
  readonly shape: readonly number[];
  /** It lies as [inputs, outputs]. */
  readonly turned: boolean;
  /** Value = (stored - zero) · scale, one for all or one for each output. */
  readonly scale?: OnnxTensor;
  readonly zero?: OnnxTensor;
}

const products = new Set(["MatMul", "MatMulInteger", "Gemm"]);

/** "/encoder/layer.0/output/dense/MatMul_quant" -> "encoder.layer.0.output.dense.weight". */
function nameOf(node: OnnxNode): string {
  const parts = node.name.split("/").filter((part) => part !== "");
  const last = parts.at(-1) ?? "";
  const path = /^(?:MatMul|Gemm)/.test(last) ? parts.slice(0, -1) : parts;
  return `${path.join(".")}.weight`;
}

/** Who reads what. */
class Graph {
  readonly file: OnnxFile;
  readonly #readers = new Map<string, OnnxNode[]>();
  readonly #writers = new Map<string, OnnxNode>();

  constructor(file: OnnxFile) {
    this.file = file;
    for (const node of file.nodes) {
      for (const input of node.inputs) this.#readers.set(input, [...(this.#readers.get(input) ?? []), node]);
      for (const output of node.outputs) this.#writers.set(output, node);
    }
  }

  weight(name: string | undefined): OnnxTensor | undefined {
    return name === undefined ? undefined : this.file.tensors.get(name);
  }

  /** The only node that reads a result, of one of these kinds. */
  reader(output: string, operation: string): OnnxNode | undefined {
    return this.#readers.get(output)?.find((node) => node.operation === operation);
  }

  /** The scale that an integer product is multiplied with afterwards: an initialiser, or the one of a product of two scales. */
  scaleOf(product: OnnxNode): OnnxTensor | undefined {
    const cast = this.reader(product.outputs[0], "Cast");
    const result = cast?.outputs[0];
    const times = result === undefined ? undefined : this.reader(result, "Mul");
    const other = times?.inputs.find((input) => input !== result);
    if (other === undefined) return undefined;
    const direct = this.weight(other);
    return (
      direct ??
      this.#writers
        .get(other)
        ?.inputs.map((input) => this.weight(input))
        .find((tensor) => tensor !== undefined)
    );
  }
}

function productWeight(graph: Graph, node: OnnxNode): OnnxWeight | undefined {
  const tensor = graph.weight(node.inputs[1]);
  if (tensor === undefined || tensor.shape.length !== 2) return undefined;
  const turned = !(node.operation === "Gemm" && node.integers.get("transB") === 1);
  const shape = turned ? [tensor.shape[1], tensor.shape[0]] : tensor.shape;
  if (node.operation !== "MatMulInteger") return { tensor, shape, turned };
  const scale = graph.scaleOf(node);
  if (scale === undefined) return undefined;
  const zero = graph.weight(node.inputs[3]);
  return { tensor, shape, turned, scale, ...(zero === undefined ? {} : { zero }) };
}

/** A quantised table: its rows are de-quantised after they are gathered. */
function tableWeight(graph: Graph, node: OnnxNode): OnnxWeight | undefined {
  const tensor = graph.weight(node.inputs[0]);
  if (tensor === undefined || tensor.shape.length !== 2) return undefined;
  const step = graph.reader(node.outputs[0], "DequantizeLinear");
  if (step === undefined) return { tensor, shape: tensor.shape, turned: false };
  const [scale, zero] = [graph.weight(step.inputs[1]), graph.weight(step.inputs[2])];
  return scale && { tensor, shape: tensor.shape, turned: false, scale, ...(zero === undefined ? {} : { zero }) };
}

/**
 * The weights of a file by the names that its modules had: initialisers under their own, and those that a product or a lookup reads under the name of that node.
 * So "encoder.layer.0.attention.self.query.weight" is there, turned, where the file has only "onnx::MatMul_417".
 */
export function onnxWeights(file: OnnxFile): ReadonlyMap<string, OnnxWeight> {
  const found = new Map<string, OnnxWeight>();
  for (const tensor of file.tensors.values()) found.set(tensor.name, { tensor, shape: tensor.shape, turned: false });
  const graph = new Graph(file);
  for (const node of file.nodes) {
    const isTable = node.operation === "Gather";
    if (!isTable && !products.has(node.operation)) continue;
    const weight = isTable ? tableWeight(graph, node) : productWeight(graph, node);
    if (weight === undefined) continue;
    const name = isTable ? `${node.name.split("/").filter(Boolean).slice(0, -1).join(".")}.weight` : nameOf(node);
    // A name that the file itself gives to the same values as they lie there is right already.
    if (weight.scale !== undefined || weight.turned || !found.has(name)) found.set(name, weight);
  }
  return found;
}

function numbersOf(file: OnnxFile, tensor: OnnxTensor): Float32Array {
  if (tensor.type === undefined)
    throw new InkstoneError("E_FORMAT_UNSUPPORTED", { tensor: tensor.name, type: "?", supported: "f32, f16, bf16, i8, u8, i32, i64" });
  if (tensor.numbers !== undefined) return Float32Array.from(tensor.numbers);
  const available = process.availableMemory();
  if (4 * tensor.elements > available) throw new InkstoneError("E_MODEL_MEMORY", { needed: 4 * tensor.elements, available });
  const bytes = new Uint8Array(tensor.bytes);
  file.read(tensor, 0, bytes);
  return widened(bytes, tensor.type);
}

/** The values of a weight as a layer has them. Errors: `E_FORMAT_UNSUPPORTED`, `E_MODEL_MEMORY`, those of reading. */
export function valuesOfOnnx(file: OnnxFile, { tensor, shape, turned, scale, zero }: OnnxWeight): Float32Array {
  const stored = numbersOf(file, tensor);
  if (!turned && scale === undefined) return stored;
  const [outputs, inputs] = shape;
  const scales = scale === undefined ? Float32Array.of(1) : numbersOf(file, scale);
  const zeros = zero === undefined ? Float32Array.of(0) : numbersOf(file, zero);
  for (const [part, { length }] of [[scale, scales] as const, [zero, zeros] as const]) {
    if (length !== 1 && length !== outputs)
      throw new InkstoneError("E_MODEL_TENSORS", {
        problems: {
          en: `${part?.name} has ${length} values for ${outputs} outputs of ${tensor.name}`,
          zh: `${part?.name} 有 ${length} 个值，而 ${tensor.name} 有 ${outputs} 个输出`,
        },
      });
  }
  const values = new Float32Array(stored.length);
  for (let o = 0; o < outputs; o++) {
    const [factor, offset] = [scales[scales.length === 1 ? 0 : o], zeros[zeros.length === 1 ? 0 : o]];
    for (let i = 0; i < inputs; i++) values[o * inputs + i] = (stored[turned ? i * outputs + o : o * inputs + i] - offset) * factor;
  }
  return values;
}

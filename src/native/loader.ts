// Finds and loads the native part, once a process. The only file that loads a .node file. Knows no kernels beyond their signatures.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { InkstoneError } from "../core/index.ts";
import { type KernelName, kernelTable, signatureOf } from "./kernels/index.ts";
import { inClone } from "./slow.ts";

/** What the native part exports: handles, addresses and numbers, see native/binding/src/lib.rs. */
export interface Binding {
  abi(): number;
  signatures(): string[];
  tiers(): string[];
  attach(): void;
  addressOf(memory: ArrayBuffer): number;
  detach(memory: ArrayBuffer): void;
  reserve(bytes: number, dense: boolean): number;
  giveBack(address: number): void;
  watch(kind: HeldKind, handle: number, object: object): number;
  forget(kind: HeldKind, handle: number, number: number): void;
  write(address: number, offset: number, bytes: Uint8Array): void;
  read(address: number, offset: number, into: Uint8Array): void;
  compile(program: Float64Array, tier: number, refusal: Float64Array): number;
  execute(list: number, registers: Float64Array, threads: number, control: Int32Array | undefined, refusal: Float64Array): number;
  executeOnce(program: Float64Array, tier: number, threads: number, refusal: Float64Array): number;
  executeAsync(list: number, registers: Float64Array, threads: number, control: Int32Array | undefined): Promise<number[]>;
  freeList(list: number): void;
  createService(name: string, configuration: Uint8Array): number;
  createServiceAsync(name: string, configuration: Uint8Array): Promise<number>;
  callService(service: number, method: number, input: Uint8Array, output: Uint8Array): number;
  callServiceAsync(
    service: number,
    method: number,
    input: Uint8Array,
    outputBytes: number,
    threads: number,
    control: Int32Array | undefined,
  ): Promise<LongAnswer>;
  freeService(service: number): void;
}

/** What a native part holds by a handle, by the numbers of native/binding/src/held.rs. */
export const heldKinds = { list: 0, service: 1, memory: 2 } as const;
type HeldKind = (typeof heldKinds)[keyof typeof heldKinds];

const net = new FinalizationRegistry<() => void>((forget) => forget());

/**
 * The net under what is forgotten: from now on what has this handle goes with the object that stands for it. The native part looks for it whenever it makes something,
 * so that a synchronous loop stays flat; the engine's finalisers are for programs that make nothing more.
 */
export function freedWith(binding: Binding, kind: HeldKind, handle: number, object: object): void {
  const number = binding.watch(kind, handle, object);
  net.register(object, () => binding.forget(kind, handle, number), object);
}

/** For what was freed by its owner. */
export function notFreedWith(object: object): void {
  net.unregister(object);
}

/** What a long call of a service gives: the bytes written, and those bytes; a negative number and none when there was no room. */
export interface LongAnswer {
  written: number;
  output: Uint8Array;
}

const abi = 6;
const built = fileURLToPath(new URL("../../native/build/inkstone.node", import.meta.url));
const inPackage = fileURLToPath(new URL(`../../prebuilds/${process.platform}-${process.arch}-gnu/inkstone.node`, import.meta.url));

const notBuilt = { en: "it has not been built here", zh: "此处尚未构建" };
const notPacked = {
  en: `this package has none for ${process.platform}-${process.arch}`,
  zh: `该软件包中没有适用于 ${process.platform}-${process.arch} 的原生部分`,
};

let loaded: { binding?: Binding; error?: InkstoneError } | undefined;

/**
 * The native part, or the error that says why there is none: `E_NATIVE_MISSING` or `E_NATIVE_MISMATCH`.
 * Looks at INKSTONE_NATIVE (a path, or `off`), then at a clone's build, then at the package's prebuilt file.
 */
export function loadBinding(): { binding?: Binding; error?: InkstoneError } {
  loaded ??= load();
  return loaded;
}

function load(): { binding?: Binding; error?: InkstoneError } {
  const wanted = process.env.INKSTONE_NATIVE || undefined;
  if (wanted === "off")
    return { error: new InkstoneError("E_NATIVE_MISSING", { reason: { en: "INKSTONE_NATIVE is off", zh: "INKSTONE_NATIVE 设为 off" } }) };
  const path = wanted ?? [built, inPackage].find((candidate) => existsSync(candidate));
  if (path === undefined) return { error: new InkstoneError("E_NATIVE_MISSING", { reason: inClone ? notBuilt : notPacked }) };
  try {
    const binding: Binding = createRequire(import.meta.url)(path);
    checked(binding).attach();
    return { binding };
  } catch (error) {
    if (error instanceof InkstoneError) return { error };
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n", 1); // the rest names files of this machine
    return { error: new InkstoneError("E_NATIVE_MISSING", { reason: [reason] }, { cause: error }) };
  }
}

// Both sides carry every signature: a native part of another version is refused before it can compute anything.
function checked(binding: Binding): Binding {
  if (binding.abi() !== abi) throw new InkstoneError("E_NATIVE_MISMATCH", { kernel: "abi", expected: String(abi), got: String(binding.abi()) });
  const found = new Map(binding.signatures().map((signature) => [signature.slice(0, signature.indexOf("(")), signature]));
  for (const name of Object.keys(kernelTable) as KernelName[]) {
    const expected = signatureOf(name);
    if (found.get(name) !== expected) throw new InkstoneError("E_NATIVE_MISMATCH", { kernel: name, expected, got: found.get(name) ?? "missing" });
  }
  return binding;
}

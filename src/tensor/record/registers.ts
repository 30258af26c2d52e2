// Registers: numbers that a recording takes anew at each run. Knows no commands.
import { InkstoneError } from "../../core/index.ts";
import type { Scalar } from "../../native/index.ts";

/** Bounds of a register. */
export interface RegisterBounds {
  /** Default 0. */
  readonly minimum?: number;
  /** Default: none. Operations lower it to the rows of the tensors it is used with. */
  readonly maximum?: number;
}

interface Register {
  readonly name: string;
  readonly scalar: { readonly register: number };
  readonly minimum: number;
  maximum: number;
  /** Undefined: its value is given at each run. */
  readonly compute?: (values: Readonly<Record<string, number>>) => number;
}

/** The registers of one recording: by name at each run, or computed from those. */
export class RegisterSet {
  readonly #registers = new Map<string, Register>();

  /**
   * A register whose value `run` is given.
   *
   * @example
   * const rows = tensor([[1, 2], [3, 4]]);
   * const picked = record(cpu(), (registers) => selectRow(rows, registers.define("row")));
   * picked.run({ row: 1 });
   * picked.outputs.dataSync(); // [3, 4]
   */
  define(name: string, bounds: RegisterBounds = {}): Scalar {
    return this.#add(name, bounds);
  }

  /**
   * A register computed from the given ones at each run.
   *
   * @example
   * const rows = tensor([[1, 2], [3, 4]]);
   * const last = record(cpu(), (registers) => {
   *   registers.define("count");
   *   return selectRow(rows, registers.derive("last", ({ count }) => count - 1));
   * });
   * last.run({ count: 2 });
   * last.outputs.dataSync(); // [3, 4]
   */
  derive(name: string, compute: (values: Readonly<Record<string, number>>) => number, bounds: RegisterBounds = {}): Scalar {
    return this.#add(name, bounds, compute);
  }

  /** scalar · factor. */
  times(scalar: Scalar, factor: number): Scalar {
    if (typeof scalar === "number") return scalar * factor;
    if (factor === 1) return scalar;
    const base = this.#find(scalar);
    const name = `${base.name} · ${factor}`;
    const compute = (values: Readonly<Record<string, number>>) => (base.compute?.(values) ?? values[base.name]) * factor;
    return this.#registers.get(name)?.scalar ?? this.#add(name, { minimum: Number.NEGATIVE_INFINITY }, compute);
  }

  /** Lowers the bound of a register. Numbers are checked at once. */
  atMost(scalar: Scalar, maximum: number, operation: string): void {
    if (typeof scalar !== "number") {
      const register = this.#find(scalar);
      register.maximum = Math.min(register.maximum, maximum);
    } else if (!(scalar >= 0 && scalar <= maximum)) {
      throw new InkstoneError("E_SHAPE", { operation, expected: { en: `0 to ${maximum} rows`, zh: `0 到 ${maximum} 行` }, got: [scalar] });
    }
  }

  /** Throws `E_RECORDING` for a register of another recording. */
  check(scalar: Scalar): void {
    if (typeof scalar !== "number") this.#find(scalar);
  }

  /** All registers in their order, computed ones too. Errors: `E_REGISTER` for one that is missing, unknown or out of its bounds. */
  values(given: Readonly<Record<string, number>>): Float64Array {
    for (const name of Object.keys(given)) {
      const known = this.#registers.get(name);
      if (known === undefined || known.compute) throw refusal(name, given[name], 0, 0);
    }
    const values = new Float64Array(this.#registers.size);
    for (const { name, scalar, minimum, maximum, compute } of this.#registers.values()) {
      const value = compute ? compute(given) : given[name];
      if (!(value >= minimum && value <= maximum)) throw refusal(name, value, minimum, maximum);
      values[scalar.register] = value;
    }
    return values;
  }

  #add(name: string, { minimum = 0, maximum = Number.POSITIVE_INFINITY }: RegisterBounds, compute?: Register["compute"]): Scalar {
    if (this.#registers.has(name)) {
      throw new InkstoneError("E_RECORDING", { why: { en: `the register "${name}" is there already`, zh: `寄存器“${name}”已存在` } });
    }
    const scalar = { register: this.#registers.size };
    this.#registers.set(name, { name, scalar, minimum, maximum, compute });
    return scalar;
  }

  #find(scalar: { readonly register: number }): Register {
    for (const register of this.#registers.values()) if (register.scalar === scalar) return register;
    throw new InkstoneError("E_RECORDING", { why: { en: "a register of another recording was used", zh: "使用了其他录制的寄存器" } });
  }
}

function refusal(name: string, value: number | undefined, minimum: number, maximum: number): InkstoneError {
  return new InkstoneError("E_REGISTER", { name, value: String(value), minimum, maximum: String(maximum) });
}

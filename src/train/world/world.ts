// The processes that train one model together: what they sum and tell each other. Knows no training.
import { hostname } from "node:os";
import { InkstoneError } from "../../core/index.ts";
import { type Executor, mpiMethods, type ServiceHandle } from "../../native/index.ts";

/** The processes that train one model together, seen from one of them. All calls but `rank` and `size` are made by every rank, in the same order; each waits for the others. */
export interface World {
  /** Which of them this one is: from 0. */
  readonly rank: number;
  readonly size: number;
  /** The sums over all ranks of as many numbers on each, in f32: the same bits on all. */
  sum(values: Float32Array): Promise<Float32Array>;
  /** The same in f64. */
  sumNumbers(values: readonly number[]): Promise<number[]>;
  /** What the first rank gives, as JSON carries it, on all of them; what the others give is not looked at. */
  tell<T>(value: T | undefined): Promise<T>;
  /** All have ended: nothing can be asked for any more. */
  end(): Promise<void>;
}

/** Whether this process is the one that writes: there is one alone, or it is the first rank. */
export function isFirst(world: Pick<World, "rank"> | undefined): boolean {
  return world === undefined || world.rank === 0;
}

/** Does `work` on the first rank, and gives what it gave on all of them. Errors: those of `work` on the first; `E_RANKS_FIRST` on the others where it failed there. */
export async function onFirst<T>(world: World | undefined, work: () => Promise<T>): Promise<T> {
  if (world === undefined) return work();
  type Told = { readonly value?: T; readonly failed?: true };
  if (world.rank > 0) {
    const { value, failed } = await world.tell<Told>(undefined);
    if (failed) throw new InkstoneError("E_RANKS_FIRST", { rank: world.rank });
    return value as T;
  }
  try {
    const value = await work();
    await world.tell<Told>(value === undefined ? {} : { value });
    return value;
  } catch (error) {
    await world.tell<Told>({ failed: true }).catch(() => undefined);
    throw error;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** How many processes a launcher says that it started (`mpirun` of Open MPI, `srun` of Slurm with PMIx, launchers that speak PMI): 1 where there is none. */
export function ranksOf(environment: Environment): number {
  const { OMPI_COMM_WORLD_SIZE, PMI_SIZE, PMIX_RANK, SLURM_NTASKS } = environment;
  const told = OMPI_COMM_WORLD_SIZE ?? PMI_SIZE ?? (PMIX_RANK === undefined ? undefined : SLURM_NTASKS);
  const count = Number(told);
  return told !== undefined && Number.isSafeInteger(count) && count > 1 ? count : 1;
}

/**
 * This process among those that a launcher of Open MPI started (`mpirun -n 2 …`); undefined where it was started alone: then the library is not looked for. `INKSTONE_MPI` names another library than `libmpi.so.40`.
 *
 * @param options `executor`: the native one. `signal`: ends every call that waits for the others; after that nothing can be asked for.
 *
 * Errors: `E_RANKS` (no library, not Open MPI's, or the launcher is another's), `E_NATIVE_NEEDED`.
 *
 * @example
 * await openWorld({}, { executor: cpu().executor }); // undefined
 */
export async function openWorld(
  environment: Environment,
  { executor, signal }: { readonly executor: Executor; readonly signal?: AbortSignal },
): Promise<World | undefined> {
  const expected = ranksOf(environment);
  if (expected === 1) return undefined;
  const library = new TextEncoder().encode(environment["INKSTONE_MPI"] ?? "");
  const service = await executor.createServiceAsync("mpi", library).catch((error: unknown) => {
    throw asRanksError(error);
  });
  const words = new Uint32Array(2);
  executor.callService(service, mpiMethods.place, new Uint8Array(0), new Uint8Array(words.buffer));
  const [rank, size] = words;
  if (size !== expected) {
    const why = {
      en: `the launcher started ${expected} processes, Open MPI knows of ${size}: it is another MPI's launcher`,
      zh: `启动器启动了 ${expected} 个进程，而 Open MPI 只识别到 ${size} 个：该启动器属于其他 MPI 实现`,
    };
    throw new InkstoneError("E_RANKS", { why });
  }
  return new MpiWorld(executor, service, { rank, size, signal });
}

// Why a call of the library failed. Errors of a wish to stop stay what they are.
function asRanksError(error: unknown): unknown {
  if (!(error instanceof InkstoneError) || error.code !== "E_SERVICE") return error;
  const { why } = error.parameters as { readonly why: string };
  const library = /^library: (.*)$/s.exec(why)?.[1];
  const told =
    library === undefined
      ? { en: `Open MPI says: ${why}`, zh: `Open MPI 报告：${why}` }
      : { en: `its library cannot be used: ${library}`, zh: `无法使用其库：${library}` };
  return new InkstoneError("E_RANKS", { why: told }, { cause: error });
}

class MpiWorld implements World {
  readonly rank: number;
  readonly size: number;
  readonly #executor: Executor;
  readonly #service: ServiceHandle;
  readonly #control = new Int32Array(new SharedArrayBuffer(8));

  constructor(
    executor: Executor,
    service: ServiceHandle,
    { rank, size, signal }: { readonly rank: number; readonly size: number; readonly signal?: AbortSignal },
  ) {
    this.rank = rank;
    this.size = size;
    this.#executor = executor;
    this.#service = service;
    const stop = () => void Atomics.store(this.#control, 0, 1);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
  }

  async #call(method: number, input: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.#executor.callServiceAsync(this.#service, method, input, input.byteLength, this.#control);
    } catch (error) {
      throw asRanksError(error);
    }
  }

  async sum(values: Float32Array): Promise<Float32Array> {
    const { buffer, byteOffset, byteLength } = await this.#call(
      mpiMethods.sumFloats,
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
    return new Float32Array(buffer, byteOffset, byteLength / 4);
  }

  async sumNumbers(values: readonly number[]): Promise<number[]> {
    const given = Float64Array.from(values);
    const { buffer, byteOffset, byteLength } = await this.#call(mpiMethods.sumNumbers, new Uint8Array(given.buffer));
    return [...new Float64Array(buffer, byteOffset, byteLength / 8)];
  }

  async tell<T>(value: T | undefined): Promise<T> {
    const bytes = this.rank === 0 ? new TextEncoder().encode(JSON.stringify(value)) : new Uint8Array(0);
    const [length] = await this.sumNumbers([bytes.length]);
    const given = this.rank === 0 ? bytes : new Uint8Array(length);
    return JSON.parse(new TextDecoder().decode(await this.#call(mpiMethods.tell, given))) as T;
  }

  async end(): Promise<void> {
    await this.#call(mpiMethods.end, new Uint8Array(0));
    this.#executor.freeService(this.#service);
  }
}

/** Where a rank is, for messages. */
export function placeOf({ rank }: Pick<World, "rank">): string {
  return `${rank} (${hostname()})`;
}

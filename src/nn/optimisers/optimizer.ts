// Optimizer: what all optimisers share: parameters and their state, learning rates, clipping, averages, saving. Knows no update rule.
import { aboveZero, belowOne, checkOption, fromZero, InkstoneError } from "../../core/index.ts";
import type { Scalar } from "../../native/index.ts";
import { noGrad, normAndFactor, outsideScopes, placesForSquares, squareRuns, type Tensor, tidy, zeros } from "../../tensor/index.ts";
import type { Schedule } from "../schedules/schedule.ts";
import { Averages, type AveragesOptions } from "./averages.ts";
import { type ClippingOptions, checkClipping, clip, needsNorm, withoutNorm } from "./clipping.ts";
import { type SeenGradient, stepError } from "./explain.ts";
import { type Grouped, groupsOf, type ParameterGroup, type Parameters } from "./groups.ts";
import { fitState, type OptimizerState, type ParameterNames } from "./state.ts";

/** Options of every optimiser. */
export interface OptimizerOptions extends ClippingOptions, AveragesOptions {
  readonly learningRate?: number | Schedule;
  readonly weightDecay?: number;
  /** Momentum (of Adam: beta1) for each step, in the place of a fixed one: see `oneCycle`. Refused by those that have none: Adagrad, Adadelta, Nadam. */
  readonly momentumSchedule?: Schedule;
  /**
   * Takes the norm of all gradients before any parameter changes, so that a step with NaN or infinity in it is refused whole; one more read of the gradients.
   * Default true. False: the update takes it in its own pass, and a step that is not finite is reported when it has been done.
   */
  readonly checkFirst?: boolean;
}

/** Numbers and switches of an update rule: they are saved with its state. */
export type Settings = Record<string, number | boolean>;

/** A parameter with what the optimiser keeps of it. */
export interface Slot {
  readonly parameter: Tensor;
  readonly group: ParameterGroup;
  /** Like the parameter, by name. */
  readonly state: Readonly<Record<string, Tensor>>;
}

/** What an update is called with. */
export interface UpdateCall {
  readonly factor: Tensor;
  readonly limit: number;
  readonly learningRate: Scalar;
  readonly weightDecay: Scalar;
  readonly squares?: Tensor;
  /** The numbers of the step by name. */
  readonly scalar: (name: string) => Scalar;
}

const rateName = (scale: number): string => (scale === 1 ? "learningRate" : `learningRate * ${scale}`);

/**
 * Base of all optimisers. `new Adam(options)` has Keras's defaults and gets its parameters from `compile`; `new Adam(parameters, options)` has PyTorch's.
 *
 * Two ways to use it: `step()` after `backward()`, at once; or, in a recorded training step, `apply` with registers whose values are `scalars()` of each step, and
 * `advance()` after it.
 *
 * Errors: `E_OPTION`, `E_OPTIMIZER_PARAMETERS`.
 *
 * @example
 * const [x, dx] = [tensor([3, 4]), tensor([1, 1])];
 * const optimizer: Optimizer = new SGD([x], { learningRate: (step) => 1 / (step + 1) });
 * const training = record(cpu(), (registers) => {
 *   const scalars = Object.fromEntries(Object.keys(optimizer.scalars()).map((name) => [name, registers.define(name)]));
 *   return [optimizer.apply([dx], (name) => scalars[name]) ?? dx];
 * });
 * for (let step = 0; step < 2; step++) {
 *   training.run(optimizer.scalars());
 *   optimizer.advance();
 * }
 * x.dataSync(); // [1.5, 2.5]
 */
export abstract class Optimizer<S extends Settings = Settings> {
  /** Keras's id: "adam". */
  readonly name: string;
  /** Of the update rule. */
  readonly settings: S;
  /** The weight decay of parameters whose group has none of its own. */
  weightDecay: number;
  /** What gradients are multiplied with before anything else: 1 / steps where the gradients of several batches were added up. */
  gradientScale = 1;
  /** Momentum (of Adam: beta1) for each step, where it is not a fixed one. */
  momentumSchedule: Schedule | undefined;
  readonly clipping: ClippingOptions;
  readonly averages: Averages | undefined;
  /** What it was made with, as it was given. */
  readonly options: OptimizerOptions;
  readonly #checkFirst: boolean;
  readonly #states = new Map<Tensor, Slot["state"]>();
  #learningRate: number | Schedule;
  #steps = 0;
  #groups: readonly ParameterGroup[] = [];
  #norm: number | undefined;
  // Of the gradients of the last `apply`.
  #seen: readonly SeenGradient[] = [];

  protected constructor(name: string, parameters: Parameters, options: OptimizerOptions & { readonly learningRate: number | Schedule }, settings: S) {
    this.name = name;
    this.settings = settings;
    this.options = options;
    this.#learningRate = options.learningRate;
    if (typeof options.learningRate === "number") checkOption("learningRate", options.learningRate, aboveZero);
    this.weightDecay = options.weightDecay ?? 0;
    checkOption("weightDecay", this.weightDecay, fromZero);
    this.momentumSchedule = options.momentumSchedule;
    this.clipping = checkClipping(options);
    this.averages = options.useEma ? new Averages(options) : undefined;
    this.#checkFirst = options.checkFirst ?? true;
    this.bind(parameters);
  }

  /** State of a parameter by name, with what it begins with. */
  protected abstract stateOf(parameter: Tensor, group: ParameterGroup): Readonly<Record<string, number>>;
  /** Numbers of a step (the first is 1) that the update asks for, beside learning rate and decay. */
  protected abstract numbers(step: number): Readonly<Record<string, number>>;
  /** What the learning rate is multiplied with, after so many steps. */
  protected rateFactor(_steps: number): number {
    return 1;
  }
  /** Emits the kernels that change one parameter. */
  protected abstract update(slot: Slot, gradient: Tensor, call: UpdateCall): void;

  /** Steps that were made. */
  get steps(): number {
    return this.#steps;
  }

  /** The learning rate of the coming step. Setting it takes the place of a schedule. */
  get learningRate(): number {
    if (typeof this.#learningRate === "number") return this.#learningRate;
    const rate = this.#learningRate(this.#steps);
    checkOption(`learningRate(${this.#steps})`, rate, fromZero);
    return rate;
  }
  set learningRate(rate: number | Schedule) {
    if (typeof rate === "number") checkOption("learningRate", rate, fromZero);
    this.#learningRate = rate;
  }

  /** The learning rate as it was given: a number, or the schedule. */
  get learningRateSetting(): number | Schedule {
    return this.#learningRate;
  }

  /** The norm of all gradients, before clipping, in the last `step`. */
  get gradientNorm(): number | undefined {
    return this.#norm;
  }

  /** The momentum of the coming step; `fixed` where there is no schedule. */
  protected momentum(fixed: number): number {
    const momentum = this.momentumSchedule?.(this.#steps) ?? fixed;
    checkOption("momentum", momentum, belowOne);
    return momentum;
  }

  /** Its parameters in their groups. */
  get groups(): readonly ParameterGroup[] {
    return this.#groups;
  }

  get parameters(): readonly Tensor[] {
    return this.#groups.flatMap(({ parameters }) => parameters);
  }

  /** Takes these parameters in the place of those before. What is kept of a parameter that stays is kept. Errors: `E_OPTIMIZER_PARAMETERS`, `E_OPTION`. */
  bind(parameters: Parameters): void {
    this.#groups = groupsOf(parameters);
    const all = new Set(this.parameters);
    for (const [parameter, state] of this.#states) {
      if (all.has(parameter)) continue;
      for (const tensor of Object.values(state)) tensor.dispose();
      this.#states.delete(parameter);
    }
    this.averages?.keepOnly(all);
  }

  /** The same with the trainable parameters of a module, in the groups that suit this optimiser. */
  bindModule(module: Grouped): void {
    this.bind(this.groupsOf(module));
  }

  /** Groups of the trainable parameters of a module. */
  protected groupsOf(module: Grouped): readonly ParameterGroup[] {
    return [{ parameters: module.trainableParameters() }];
  }

  /** The numbers of the coming step, by name: what `apply` asks for. All of them are 0 or above. */
  scalars(): Record<string, number> {
    const learningRate = this.learningRate * this.rateFactor(this.#steps);
    const scales = this.#groups.map(({ learningRateScale = 1 }) => [rateName(learningRateScale), learningRate * learningRateScale] as const);
    const own = { ...this.averages?.numbers(this.#steps), ...this.numbers(this.#steps + 1) };
    return { learningRate, weightDecay: this.weightDecay, gradientScale: this.gradientScale, ...Object.fromEntries(scales), ...own };
  }

  /**
   * Emits the kernels of one step, at once or into a recording. `gradients`: one for each parameter; undefined leaves it as it is. `scalar` gives the numbers of `scalars` by name.
   * Gives the norm of all gradients before clipping, [1]; undefined where there is no gradient.
   *
   * Errors: `E_KERNEL` "numeric" where a gradient is not finite, before anything is changed (see `checkFirst`; `explain` says whose it was); `E_SHAPE`.
   */
  apply(gradients: readonly (Tensor | undefined)[], scalar: (name: string) => Scalar): Tensor | undefined {
    const slots = this.#slots();
    if (gradients.length !== slots.length) {
      throw new InkstoneError("E_SHAPE", {
        operation: this.name,
        expected: { en: `${slots.length} gradients`, zh: `${slots.length} 个梯度` },
        got: [gradients.length],
      });
    }
    const work = slots.flatMap((slot, parameter) => {
      const gradient = gradients[parameter];
      return gradient ? [{ slot, gradient, parameter }] : [];
    });
    this.#seen = work.map(({ gradient, parameter }) => ({ parameter, runs: squareRuns(gradient.size) }));
    if (work.length === 0) return undefined;
    const [all, scale] = [work.map(({ gradient }) => gradient), scalar("gradientScale")];
    return tidy(() =>
      noGrad(() => {
        const { factors, limit, norm } =
          this.#checkFirst || needsNorm(this.clipping) ? clip(all, this.clipping, scale) : withoutNorm(all, this.clipping, scale);
        const squares = norm ? undefined : placesForSquares(all[0], all);
        let at = 0;
        for (const [i, { slot, gradient }] of work.entries()) {
          const { learningRateScale = 1, weightDecay = scalar("weightDecay") } = slot.group;
          const own = squares?.rows(at, squareRuns(gradient.size));
          at += squareRuns(gradient.size);
          this.update(slot, gradient, {
            factor: factors[i],
            limit,
            learningRate: scalar(rateName(learningRateScale)),
            weightDecay,
            squares: own,
            scalar,
          });
        }
        this.averages?.apply(this.parameters, scalar);
        return norm ?? normAndFactor(squares!, { scale })["norm"];
      }),
    );
  }

  /** Counts a step: to be called after each run of a recorded one. */
  advance(): void {
    this.#steps++;
    this.averages?.advance(this.parameters, this.#steps);
  }

  /** One step from `grad` of each parameter, at once. PyTorch's `step()`. Errors: `E_STEP` where a gradient is not finite. */
  step(): void {
    const values = this.scalars();
    tidy(() => {
      try {
        const norm = this.apply(
          this.parameters.map(({ grad }) => grad),
          (name) => values[name],
        );
        this.#norm = norm?.dataSync()[0];
      } catch (error) {
        throw this.explain(error);
      }
    });
    this.advance();
  }

  /** Forgets the gradients of all parameters. PyTorch's `zero_grad()`. */
  zeroGrad(): void {
    for (const parameter of this.parameters) parameter.zeroGrad();
  }

  /** What an error of a step means: `E_STEP` with the parameter whose gradient is not finite; any other comes back as it is. `names`: of the parameters. */
  explain(error: unknown, names: readonly string[] = []): unknown {
    return stepError(error, this.#seen, this.parameters.length, names);
  }

  /** All that a run needs to go on as if it had not been stopped. The tensors are the optimiser's own. `names`: of the parameters, to be found again by. */
  stateDict(names?: ParameterNames): OptimizerState<Tensor> {
    const nameOf = (parameter: Tensor, i: number) => names?.get(parameter) ?? String(i);
    const states = this.#slots().flatMap(({ parameter, state }, i) =>
      Object.entries(state).map(([name, tensor]) => [`${name}.${nameOf(parameter, i)}`, tensor] as const),
    );
    const rate = typeof this.#learningRate === "number" ? { learningRate: this.#learningRate } : {};
    return {
      name: this.name,
      step: this.#steps,
      hyperparameters: { ...this.settings, ...rate, weightDecay: this.weightDecay },
      tensors: new Map([...states, ...(this.averages?.named(this.parameters, nameOf) ?? [])]),
    };
  }

  /** Goes on from a state that `stateDict` gave: the steps after it have the same bits. A schedule stays this optimiser's own. Errors: `E_OPTIMIZER_STATE`. */
  loadStateDict(state: OptimizerState, names?: ParameterNames): void {
    fitState(this.stateDict(names), state);
    const { learningRate, weightDecay, ...settings } = state.hyperparameters;
    for (const name of Object.keys(this.settings)) if (name in settings) (this.settings as Settings)[name] = settings[name];
    if (typeof this.#learningRate === "number" && typeof learningRate === "number") this.#learningRate = learningRate;
    if (typeof weightDecay === "number") this.weightDecay = weightDecay;
    this.#steps = state.step;
  }

  /** Frees what is kept of the parameters. */
  dispose(): void {
    this.bind([]);
  }

  // What is kept of a parameter is made when it is first needed.
  #slots(): readonly Slot[] {
    if (this.parameters.length === 0) {
      const why = { en: "it has none; give them to it, or compile a model with it", zh: "没有参数；请提供参数，或用它编译模型" };
      throw new InkstoneError("E_OPTIMIZER_PARAMETERS", { why });
    }
    return this.#groups.flatMap((group) => group.parameters.map((parameter) => ({ parameter, group, state: this.#stateOf(parameter, group) })));
  }

  #stateOf(parameter: Tensor, group: ParameterGroup): Slot["state"] {
    const found = this.#states.get(parameter);
    if (found) return found;
    const make = (value: number) => {
      const made = zeros(parameter.shape, { device: parameter.device, dense: true });
      if (value !== 0) made.write(new Float32Array(made.size).fill(value));
      return made;
    };
    const entries = Object.entries(this.stateOf(parameter, group));
    const state = outsideScopes(() => Object.fromEntries(entries.map(([name, value]) => [name, make(value)])));
    this.#states.set(parameter, state);
    return state;
  }
}

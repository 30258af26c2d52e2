// Loading a saved model: everything is checked before the model is handed out, sizes before anything is reserved.
import { aFlag, anObject, anything, InkstoneError, listed, type Rules, readOptions } from "../../core/index.ts";
import { apply, input, type LayerClass, makeLayer, type SymbolicTensor, withoutInitializing } from "../../nn/index.ts";
import type { Device } from "../../tensor/index.ts";
import type { CustomLoss, LossChoice } from "../step/losses.ts";
import type { Metric, MetricChoice, MetricFunction } from "../step/metrics.ts";
import type { CompileOptions } from "./compiled.ts";
import { Functional } from "./functional.ts";
import type { Model } from "./model.ts";
import { openOptimizer } from "./optimizer-state.ts";
import { freezeAgain } from "./restore.ts";
import { fillWeights, type OpenedModel, roomFor, type SavedModel, withSavedModel } from "./saved-model.ts";
import { Sequential } from "./sequential.ts";

/** Options of `loadLayersModel`. */
export interface LoadLayersModelOptions {
  /** Layers of the program by the names that their classes declare. */
  readonly layers?: Readonly<Record<string, LayerClass>>;
  /** Losses of the program by their names. */
  readonly losses?: Readonly<Record<string, CustomLoss>>;
  /** Metrics of the program by their names. */
  readonly metrics?: Readonly<Record<string, MetricFunction | Metric>>;
  /** Whether it comes compiled, with the state of its optimiser, where it was saved so. Default true. */
  readonly compile?: boolean;
  readonly device?: Device;
}

const rules: Rules<LoadLayersModelOptions> = { layers: anObject, losses: anObject, metrics: anObject, compile: aFlag, device: anything };

/**
 * A model that `save` wrote: it goes on as if it had not been closed. Where a writer was killed between two names, the whole folder that was there before is taken.
 *
 * Errors: `E_MODEL_FOLDER`; `E_MODEL_LAYERS` for a class that is not known; `E_MODEL_WEIGHTS`; E_FORMAT_*; `E_OPTION` for a loss or metric of the program that is not given.
 *
 * @example
 * await new Sequential([new Dense({ units: 2, inputDim: 3 })]).save("two-of-three");
 * (await loadLayersModel("two-of-three")).outputShape; // [2]
 */
export async function loadLayersModel(path: string, options: LoadLayersModelOptions = {}): Promise<Sequential> {
  return opened(path, options, (saved) => {
    if (!("layers" in saved)) throw ofProgram(saved.class);
    const made = new Sequential(
      saved.layers.map((layer) => makeLayer(layer, options.layers)),
      { name: saved.name, device: options.device },
    );
    made.ensureBuilt([saved.inputShape], [made.layers[0].inputType]);
    return made;
  });
}

/**
 * The same for a `Functional`: the graph is the one that was saved. Errors: as `loadLayersModel`.
 *
 * @example
 * const a = input({ shape: [2] });
 * await new Functional({ inputs: a, outputs: apply(new Dense({ units: 3 }), a) }).save("graph");
 * (await loadFunctional("graph")).outputShape; // [3]
 */
export async function loadFunctional(path: string, options: LoadLayersModelOptions = {}): Promise<Functional> {
  return opened(path, options, (saved) => {
    if (!("nodes" in saved)) throw ofProgram(saved.class);
    const layers = saved.graphLayers.map((layer) => makeLayer(layer, options.layers));
    const inputs = saved.inputs.map(({ shape, type }) => input({ shape, type }));
    const symbols = [...inputs];
    const at = (place: number): SymbolicTensor => {
      if (place < symbols.length) return symbols[place];
      const why = { en: `tensor ${place} is used before it is made`, zh: `张量 ${place} 在产生之前被使用` };
      throw new InkstoneError("E_MODEL_LAYERS", { layer: saved.name, why });
    };
    for (const node of saved.nodes) {
      const layer = layers[node.layer];
      if (layer === undefined)
        throw new InkstoneError("E_MODEL_LAYERS", {
          layer: saved.name,
          why: { en: `there is no layer ${node.layer}`, zh: `没有第 ${node.layer} 层` },
        });
      symbols.push(apply(layer, node.inputs.map(at)));
    }
    return new Functional({ inputs, outputs: saved.outputs.map(at), name: saved.name, device: options.device });
  });
}

async function opened<T extends Model>(path: string, options: LoadLayersModelOptions, make: (saved: SavedModel["model"]) => T): Promise<T> {
  readOptions("loadLayersModel", options, rules);
  return withSavedModel(path, async (folder) => {
    const model = withoutInitializing(roomFor(folder.weights), () => make(folder.description.model));
    await fillWeights(model, folder.weights);
    freezeAgain(model, folder.description);
    if (options.compile ?? true) await compileAgain(model, folder, options);
    return model;
  });
}

function ofProgram(name: string): InkstoneError {
  const why = {
    en: `its class "${name}" is one of the program: make such a model, compile it as it was, and call its restoreFrom`,
    zh: `其类“${name}”属于程序：请创建同样的模型并照原样编译，再调用其 restoreFrom`,
  };
  return new InkstoneError("E_MODEL_LAYERS", { layer: name, why });
}

async function compileAgain(model: Model, opened: OpenedModel, options: LoadLayersModelOptions): Promise<void> {
  const { compile, optimizer, epochs = 0 } = opened.description;
  if (compile === undefined) return;
  const { losses, lossWeights, metrics, precision } = compile;
  const loss = losses.map((one) => (isCustom(one) ? given("losses", one.custom, options.losses) : (one as LossChoice)));
  const chosen = metrics.map((list) =>
    list.map((one) => (isCustom(one) ? given<MetricChoice>("metrics", one.custom, options.metrics) : (one as MetricChoice))),
  );
  const made = optimizer && openOptimizer(optimizer, await opened.optimizerTensors(), model.stateDict());
  const several = loss.length > 1;
  model.compile({
    optimizer: made,
    loss: several ? loss : loss[0],
    lossWeights,
    metrics: (several ? chosen : chosen[0]) as CompileOptions["metrics"],
    precision,
  });
  model.compiled("load").epochs = epochs;
}

const isCustom = (one: unknown): one is { readonly custom: string } => typeof one === "object" && one !== null && "custom" in one;

function given<T>(option: string, name: string, own: Readonly<Record<string, T>> = {}): T {
  if (Object.hasOwn(own, name)) return own[name];
  const { en, zh } = listed([name]);
  throw new InkstoneError("E_OPTION", {
    option,
    value: Object.keys(own),
    allowed: { en: `the function of the program that is called ${en} (or compile: false)`, zh: `程序中名为 ${zh} 的函数（或 compile: false）` },
  });
}

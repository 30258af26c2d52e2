// Layers by the name of their class: what saved models are made of again.
import { InkstoneError } from "../../core/index.ts";
import { Layer, type LayerOptions } from "../layer.ts";
import * as layers from "./index.ts";

/** A layer as plain data: its class, and the options that it was made with. */
export interface LayerDescription {
  readonly class: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A class of layers, made of options. */
export type LayerClass = new (options: never) => Layer;

/** The layers of this library by the name of their class: whatever the door of layers has that declares one. */
export const layerClasses: Readonly<Record<string, LayerClass>> = Object.fromEntries(
  Object.entries(layers)
    .filter(([, made]) => Object.hasOwn(made, "className"))
    .map(([name, made]) => [name, made as unknown as LayerClass]),
);

/**
 * A layer as plain data; layers among its options, too. Errors: `E_MODEL_LAYERS` where an option is a function.
 *
 * @example
 * describeLayer(new Dense({ units: 2, name: "out" })); // { class: "Dense", config: { units: 2, name: "out" } }
 */
export function describeLayer(layer: Layer): LayerDescription {
  const config = Object.entries({ ...layer.options, name: layer.name, ...(layer.trainable ? {} : { trainable: false }) }).map(
    ([option, value]) => [option, describe(layer, option, value)] as const,
  );
  const { className } = layer;
  if (className === undefined) {
    const why = { en: "its class declares no static className, by which it could be made again", zh: "其类未声明用于重新创建的 static className" };
    throw new InkstoneError("E_MODEL_LAYERS", { layer: layer.name, why });
  }
  return { class: className, config: Object.fromEntries(config.filter(([, value]) => value !== undefined)) };
}

function describe(layer: Layer, option: string, value: unknown): unknown {
  if (value instanceof Layer) return describeLayer(value);
  // What a weight begins with is of no use to one that is opened: its values are saved.
  if (typeof value === "function" && option.toLowerCase().endsWith("initializer")) return undefined;
  if (typeof value === "function") {
    throw new InkstoneError("E_MODEL_LAYERS", {
      layer: layer.name,
      why: { en: `its option ${option} is a function, which cannot be saved`, zh: `选项 ${option} 是函数，无法保存` },
    });
  }
  return value;
}

/**
 * The layer of a description. `custom`: classes of the program, by name. Errors: `E_MODEL_LAYERS` for a class that is not known.
 *
 * @example
 * makeLayer({ class: "Dense", config: { units: 2 } }).name; // "dense"
 */
export function makeLayer(description: LayerDescription, custom: Readonly<Record<string, LayerClass>> = {}): Layer {
  const { class: name, config } = description;
  const found = [custom, layerClasses].find((classes) => Object.hasOwn(classes, name))?.[name];
  if (found === undefined) {
    const why = { en: `its class "${name}" is not known; give it as layers: { ${name} }`, zh: `未知的类“${name}”；请以 layers: { ${name} } 提供` };
    throw new InkstoneError("E_MODEL_LAYERS", { layer: String(config["name"] ?? name), why });
  }
  const options = Object.entries(config).map(([option, value]) => [option, isDescription(value) ? makeLayer(value, custom) : value]);
  return new (found as new (options: LayerOptions) => Layer)(Object.fromEntries(options) as LayerOptions);
}

function isDescription(value: unknown): value is LayerDescription {
  return typeof value === "object" && value !== null && "class" in value && "config" in value;
}

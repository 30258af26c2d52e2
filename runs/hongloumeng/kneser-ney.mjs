// Bits a byte of a 5-gram of characters (interpolated modified Kneser-Ney): node runs/hongloumeng/kneser-ney.mjs TEXT [ORDER=5] [VALIDATION=0.05]; needs a build.
// The split is that of a recipe with data.by = "end". A character that the training part does not have costs what the model gives to any unknown one: no more, which flatters it a little.
import { readFileSync } from "node:fs";
import { KneserNey } from "../../dist/classical/index.js";

const [path, order = "5", validation = "0.05"] = process.argv.slice(2);
const text = readFileSync(path, "utf8");
const border = Math.floor(text.length * (1 - Number(validation)));
const [train, held] = [text.slice(0, border), text.slice(border)];
const model = await new KneserNey({ order: Number(order) }).fit([[...train]]);
const bits = -model.logProbability([...held]) / Math.LN2;
console.log(JSON.stringify({ order: Number(order), characters: [...held].length, bitsPerCharacter: bits / [...held].length, bitsPerByte: bits / Buffer.byteLength(held) }));

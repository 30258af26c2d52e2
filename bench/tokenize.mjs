// Tokenizers beside the tokenizers library, one thread, the same pieces: node bench/tokenize.mjs [--pairs 3]. Needs ../shared and, for the peer, PYTHON with tokenizers.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, option, root, runProcess } from "./support.mjs";

const data = join(root, "../shared/data");
const text = join(data, "language-modelling/wikitext-2/train_slice.txt");
const python = process.env.PYTHON ?? "python3";
// BERT's vocabulary, lower-cased: its folder says so.
const lowered = mkdtempSync(join(tmpdir(), "inkstone-bench-"));
writeFileSync(join(lowered, "vocab.txt"), readFileSync(join(data, "tokenizers/hf-files/bert-base-cased/vocab.txt")));
writeFileSync(join(lowered, "tokenizer_config.json"), JSON.stringify({ do_lower_case: true }));
const kinds = [
  ["bpe", join(data, "tokenizers/hf-files/gpt2")],
  ["wordpiece", lowered],
];
const results = [];
for (const [kind, folder] of kinds) {
  const pairs = [];
  for (let i = 0; i < Number(option("pairs", 3)); i++) {
    const ours = JSON.parse((await runProcess(process.execPath, [join(root, "bench/tokenize-ours.mjs"), folder, text])).output);
    const peer = JSON.parse((await runProcess(python, [join(root, "bench/peers/tokenizers_peer.py"), kind, folder, text])).output);
    if (ours.ids !== peer.ids) throw new Error(`${kind}: ${ours.ids} ids, the peer has ${peer.ids}`);
    pairs.push({ ours, peer });
  }
  const ratio = (field) => median(pairs.map(({ ours, peer }) => peer[field] / ours[field]));
  const speed = (field) => median(pairs.map(({ ours }) => ours.bytes / ours[field] / 1e6));
  results.push({
    kind,
    first: { megabytesPerSecond: speed("first"), ratio: ratio("first") },
    later: { megabytesPerSecond: speed("later"), ratio: ratio("later") },
  });
}
console.log(JSON.stringify(results, null, 2));

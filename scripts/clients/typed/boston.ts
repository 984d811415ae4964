// Asks the Boston model by its generated types, as a user writes it; tsc checks it. `boston.py` is the same in Python.
// Reads where to ask and which rows from standard input, writes the answers to standard output.

import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./clients/typescript/boston.js";

const question: { url: string; rows: number[][] } = JSON.parse(readFileSync(0, "utf8"));
const { url, rows } = question;
const client = createClient<paths>({ baseUrl: url });
const answers: Record<string, unknown> = {};

// One row by names. The compiler knows them all.
const [CRIM, ZN, INDUS, CHAS, NOX, RM, AGE, DIS, RAD, TAX, PTRATIO, B, LSTAT] = rows[0]!;
const home = { CRIM, ZN, INDUS, CHAS, NOX, RM, AGE, DIS, RAD, TAX, PTRATIO, B, LSTAT } as Required<
  components["schemas"]["BostonFeatures"]
>;
const one = await client.POST("/predict", { body: home });
if (one.data === undefined || typeof one.data === "number" || !("prediction" in one.data)) throw one;
answers["one row"] = one.data.prediction;

// Several rows by names.
const several = await client.POST("/predict", { body: [home, home] });
if (!Array.isArray(several.data)) throw several;
answers["rows by name"] = several.data.map((answer) => (typeof answer === "number" ? answer : answer.prediction));

// A table, with what was asked for beside the predictions.
const table = await client.POST("/predict", { body: { data: rows, options: { interval: 0.8, explain: true } } });
if (table.data === undefined || typeof table.data === "number" || !("data" in table.data)) throw table;
const { data, interval, contributions, model } = table.data;
answers["table"] = data;
answers["interval"] = [interval?.lower, interval?.upper];
answers["explained"] = [contributions?.base, contributions?.["LSTAT"]];
answers["answered by"] = [model?.name, model?.version];

// A file.
const file = new Blob([rows.map((row) => row.join(",")).join("\n")], { type: "text/csv" });
const filed = await client.POST("/predict_csv", {
  body: { csv_file: "homes.csv" },
  bodySerializer: () => {
    const form = new FormData();
    form.append("csv_file", file, "homes.csv");
    return form;
  },
});
answers["file"] = filed.data?.data;

// A question that does not fit is answered by a value, not by an exception.
const refused = await client.POST("/predict", { body: { data: [[1, 2]] } });
if (refused.error === undefined) throw refused;
const { status, detail, errors } = refused.error;
answers["refused"] = [status, detail, errors?.map((fault) => fault.msg)];

// The model.
const told = await client.GET("/v1/model");
if (told.data === undefined) throw told;
const { name, version, task, features } = told.data;
answers["model"] = [name, version, task, features.map((feature) => feature.identifier)];

// What the model does not know, the compiler does not let pass: each of these comments is an error where it is not needed.
if (url === "never") {
  // @ts-expect-error
  await client.POST("/predict", { body: { data: [["much"]] } });
  // @ts-expect-error
  await client.POST("/predict", { body: { data: rows, options: { explain: "yes" } } });
  // @ts-expect-error
  await client.POST("/predict", { body: { ...home, CRIM: "much" } });
  // @ts-expect-error
  await client.GET("/v2/model");
}

console.log(JSON.stringify(answers));

// Asks the iris model by its generated types: a classification. See boston.ts.

import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { paths } from "./clients/typescript/iris.js";

type Row = [number, number, number, number];
const { url, rows }: { url: string; rows: Row[] } = JSON.parse(readFileSync(0, "utf8"));
const client = createClient<paths>({ baseUrl: url });
const answers: Record<string, unknown> = {};

const named = ([sepal_length, sepal_width, petal_length, petal_width]: Row) => ({
  sepal_length,
  sepal_width,
  petal_length,
  petal_width,
});
const one = await client.POST("/predict", { body: { ...named(rows[0]!), options: { proba: true } } });
if (typeof one.data !== "object" || !("prediction" in one.data)) throw one;
answers["one row"] = [one.data.prediction, one.data.probabilities];

const table = await client.POST("/predict", { body: { data: rows, options: { proba: true } } });
if (typeof table.data !== "object" || !("data" in table.data)) throw table;
answers["table"] = table.data.data;
answers["probabilities"] = table.data.probabilities;

const labelled = await client.POST("/v1/services/predict", { body: rows.map(named) });
answers["labelled"] = labelled.data?.predictions;

console.log(JSON.stringify(answers));

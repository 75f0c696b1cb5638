// Holds recorded answers of the service to docs/openapi.yaml: node validate.mjs openapi.yaml records.ndjson
// A record: {operation, status, content_type, body}; the body of a stream is its lines. Prints a line for each breach.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const [documentFile, recordFile] = process.argv.slice(2);
const document = parse(readFileSync(documentFile, 'utf8'));
const records = readFileSync(recordFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const breaches = new Set();

// Clients must ignore what they do not know; we must not send what is not written down.
for (const schema of Object.values(document.components.schemas)) closeObjects(schema);
function closeObjects(schema) {
  if (schema === null || typeof schema !== 'object') return;
  if (schema.type === 'object' && schema.properties && schema.additionalProperties === undefined) {
    schema.additionalProperties = false;
  }
  for (const part of Object.values(schema)) closeObjects(part);
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(document, 'openapi');
const resolved = (part) => (part.$ref ? part.$ref.slice(2).split('/').reduce((at, key) => at[key], document) : part);

const operations = new Map();
for (const path of Object.values(document.paths)) {
  for (const method of ['get', 'post', 'delete']) {
    if (path[method]) operations.set(path[method].operationId, path[method]);
  }
}
const seen = new Set();
for (const { operation, status, content_type, body } of records) {
  const where = `${operation} ${status}`;
  const described = operations.get(operation);
  const answer = described?.responses[status] ?? (status >= 400 ? described?.responses.default : undefined);
  const type = content_type.split(';')[0];
  const schema = answer && resolved(answer).content?.[type]?.schema;
  if (!schema) {
    breaches.add(`${where} ${type}: not documented`);
    continue;
  }
  seen.add(where);
  const check = ajv.getSchema(`openapi${schema.$ref}`);
  for (const document of type === 'application/x-ndjson' ? body : [body]) {
    if (!check(document)) {
      for (const error of check.errors) {
        breaches.add(`${where}: ${error.instancePath || '/'} ${error.message} ${JSON.stringify(error.params)}`);
      }
    }
  }
}
for (const [name, described] of operations) {
  for (const status of Object.keys(described.responses)) {
    if (status !== 'default' && !seen.has(`${name} ${status}`)) {
      breaches.add(`${name} ${status}: documented, but no answer of that kind was recorded`);
    }
  }
}
for (const breach of breaches) console.log(breach);
console.error(`${records.length} answers of ${operations.size} operations`);
process.exit(breaches.size === 0 ? 0 : 1);

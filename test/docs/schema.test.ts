/** The published JSON Schemas are what the code checks. */
import test from 'ava';
import { readSchemaFile, schemaFiles } from '../support/schema-pages.ts';

for (const { path, text } of schemaFiles()) {
  test(`${path} is what the code declares`, (t) => {
    t.is(readSchemaFile(path), text, 'node test/support/reference-pages.ts writes it anew');
  });

  test(`${path} has patterns that every reader of JSON Schema takes`, (t) => {
    const patterns = [...text.matchAll(/"pattern": ("(?:[^"\\]|\\.)*")/g)].map(([, quoted = '']) =>
      JSON.parse(quoted),
    );
    t.true(patterns.length > 0);
    for (const pattern of patterns) t.notThrows(() => new RegExp(pattern, 'u'), pattern);
  });

  test(`${path} describes every key`, (t) => {
    const count = (word: string) => text.split(`"${word}":`).length - 1;
    t.true(count('description') >= count('default'));
    t.notRegex(text, /"description": ""/);
  });
}

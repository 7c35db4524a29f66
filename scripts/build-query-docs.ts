/** Writes docs/query-language.md from the table of operators. */

import { writeFileSync } from 'node:fs';
import { BASIC_OPERATORS, FIELD_OPERATORS, type OperatorRow, RANGE_OPERATORS } from '../src/query/index.ts';

/** The page, as it should stand. */
export function queryDocumentation(): string {
  return `# The query language

Made from the table in \`src/query/operators.ts\` by \`node scripts/build-query-docs.ts\`. Every example is run by a test.

## Words

| you type | you get | example |
| --- | --- | --- |
${BASIC_OPERATORS.map((row) => tableRow(`\`${row.syntax}\``, row)).join('\n')}

## Fields

No space stands between the colon and the value. A value of several words is quoted.

| field | you get | example |
| --- | --- | --- |
${FIELD_OPERATORS.map((row) => tableRow(namesOf(row), row)).join('\n')}

## Ranges, order, counts

| you type | you get | example |
| --- | --- | --- |
${RANGE_OPERATORS.map((row) => tableRow(`\`${row.syntax}\``, row)).join('\n')}

## Rules

- Operators \`AND\`, \`OR\`, \`NOT\` are in capitals; \`and\` is a word. \`AND\` binds tighter than \`OR\`, \`NEAR\` and \`ONEAR\` tighter than both.
- Nothing that you type is an error: what can't be read as an operator is searched as text, and the answer says so.
- Words with a dash inside (\`e-mail\`) and words of scripts without spaces can be several words to the index; they are then looked for side by side.
- Small words (\`the\`, \`how\`) count less, unless nothing else is asked, or they are quoted or signed.
- Case and accents don't matter: \`Zürich\`, \`zurich\` and \`ZÜRICH\` are the same.
- Other forms of a word are found by the rules of the language that a document is in, so \`Häuser\` finds \`Haus\` in German pages. \`+\`, \`-\` and quotes take words to the letter.
- A query has at most 9,000 words, and 32 of them with \`*\`, \`?\` or \`~\`; a longer one is refused, not cut. An address has room for 2,048 characters; \`POST /search\` takes the others.
`;
}

function tableRow(name: string, { meaning, example }: OperatorRow): string {
  return `| ${cell(name)} | ${cell(meaning)} | ${cell(`\`${example}\``)} |`;
}

function namesOf({ syntax, aliases }: (typeof FIELD_OPERATORS)[number]): string {
  return [syntax, ...aliases.map((alias) => `${alias}:`)].map((name) => `\`${name}\``).join(', ');
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

if (import.meta.main) {
  writeFileSync(new URL('../docs/query-language.md', import.meta.url), queryDocumentation());
}

/** What language models are told of this server (llms.txt): what can be asked, and where it is described. */

import { CONTENTS } from './documentation.ts';

export function llmsText(origin: string): string {
  const pages = CONTENTS.map(([path, name]) => `- [${name}](${origin}/docs/${path})`);
  return `# Peregrine

> A search engine over the pages that this server has crawled or was given. Ask it rather than guessing what its pages say.

## Asking

- [Search as JSON](${origin}/search?q=WORDS&format=json): \`q\` is the query, \`n\` results, \`s\` to skip, \`c\` collection
- [A stored page as JSON](${origin}/get?url=ADDRESS&format=json): its text and what is known of it
- [Tools by the Model Context Protocol](${origin}/mcp): search, read pages as Markdown, list collections
- [The API for programs](${origin}/openapi.json): OpenAPI 3.1

## Documentation

${pages.join('\n')}
`;
}

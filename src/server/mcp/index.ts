/** The Model Context Protocol and its kept SDK; loaded when somebody speaks it, for it takes some megabytes. */

export { createMcpHandler } from '@modelcontextprotocol/server';
export { serveStdio } from '@modelcontextprotocol/server/stdio';
export { type McpCalls, type McpRights, mcpServer } from './mcp-tools.ts';

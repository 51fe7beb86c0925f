import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createProxyServer } from 'httpxy'
import { mountConformanceTools } from './test-support/conformance-tools.ts'
import { MODERN, messageOf, type RunningMcpServer, startMcpServer } from './test-support/running-mcp-server.ts'

const suite = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'))

const PROMPTS = ['list', 'get-simple', 'get-with-args', 'get-embedded-resource', 'get-with-image'].map(
  (one) => `prompts-${one}`,
)
const RESOURCES = ['list', 'read-text', 'read-binary', 'templates-read'].map((one) => `resources-${one}`)

/** By version and feature: scenarios, or single checks of one. An entry that passes fails this test, too. */
const NOT_OFFERED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  '2026-07-28': {
    prompts: [...PROMPTS, 'input-required-result-non-tool-request', 'caching:sep-2549-prompts-list-caching-hints'],
    resources: [
      ...RESOURCES,
      'sep-2164-resource-not-found',
      'caching:sep-2549-resources-list-caching-hints',
      'caching:sep-2549-resources-templates-list-caching-hints',
    ],
    completions: ['completion-complete'],
  },
  '2025-11-25': {
    prompts: PROMPTS,
    resources: [...RESOURCES, 'resources-subscribe', 'resources-unsubscribe'],
    completions: ['completion-complete'],
    logging: ['logging-set-level', 'tools-call-with-logging'],
    'requests of the server to the client': [
      'tools-call-sampling',
      'tools-call-elicitation',
      'elicitation-sep1034-defaults',
      'elicitation-sep1330-enums',
    ],
  },
}

let folder: string
let server: RunningMcpServer
let url: string
const front = createServer()
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  url = `http://localhost:${(front.address() as AddressInfo).port}`
  const many = '100000'
  server = await startMcpServer(
    { PUBLIC_URL: url, MCP_CALLS_PER_USER_PER_MINUTE: many, MCP_CALLS_PER_CLIENT_PER_MINUTE: many },
    { mount: mountConformanceTools },
  )
  // The suite sends no token.
  const headers = { authorization: `Bearer ${await server.tokenOf('alice')}` }
  const proxy = createProxyServer({})
  front.on('request', (request, response) => proxy.web(request, response, { target: server.url, headers }))
})
afterAll(async () => {
  front.closeAllConnections()
  front.close()
  await server.stop()
  rmSync(folder, { recursive: true })
})

/**
 * The suite ends some calls after 0.5 to 1.5 s. Our server ends these answers itself: a longer limit makes no run longer.
 */
const PATIENCE = `
  const { setTimeout } = globalThis
  globalThis.setTimeout = (act, ms, ...rest) => setTimeout(act, ms >= 500 && ms <= 1_500 ? 60_000 : ms, ...rest)`
const patiently = ['--import', `data:text/javascript,${encodeURIComponent(PATIENCE)}`]

async function conforms(version: string): Promise<{ code: unknown; said: string }> {
  const expected = join(folder, `${version}.json`)
  // The command reads YAML, and JSON is YAML.
  writeFileSync(expected, JSON.stringify({ server: Object.values(NOT_OFFERED[version] ?? {}).flat() }))
  const command = [...patiently, join(suite, 'dist/index.js'), 'server', '--url', `${url}/mcp`]
  const args = [...command, '--requirements', version, '--expected-failures', expected, '--timeout', '150000']
  return new Promise((resolve) =>
    execFile(process.execPath, args, { cwd: folder }, (error, said) => resolve({ code: error?.code ?? 0, said })),
  )
}

test.each(Object.keys(NOT_OFFERED))(
  'the conformance suite passes for %s, but for what is not offered',
  async (version) => {
    const { code, said } = await conforms(version)
    // Printed when the test fails: the suite names the scenario.
    expect([code, said.slice(said.indexOf('Expected failures'))]).toEqual([
      0,
      expect.stringContaining('Baseline check passed'),
    ])
    expect(said).toMatch(/Total: \d\d+ passed/)
  },
  600_000,
)

test('declares tools and no other capability', async () => {
  const headers = { 'content-type': 'application/json', accept: 'application/json', 'mcp-protocol-version': MODERN }
  const body = JSON.stringify(messageOf('server/discover', {}))
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { ...headers, 'mcp-method': 'server/discover' },
    body,
  })
  const { result } = (await response.json()) as { result: { capabilities: object } }
  expect(Object.keys(result.capabilities)).toEqual(['tools'])
})

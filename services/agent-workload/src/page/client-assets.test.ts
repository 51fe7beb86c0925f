import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SourceTextModule } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import express from 'express'
import { assetRoutes } from './asset-routes.ts'
import { assetPath, clientAssets, importedBy, importsOf } from './client-assets.ts'

const { files, version } = clientAssets()
const modules = [...files].filter(([, { type }]) => type === 'text/javascript')

const server = express().disable('etag').use('/assets', assetRoutes()).listen(0, '127.0.0.1')
let origin: string

beforeAll(async () => {
  if (!server.listening) await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
})

describe('client modules', () => {
  test.each(modules)('%s is JavaScript without types', (_name, { body }) => {
    // The constructor parses the module without linking it.
    expect(() => new SourceTextModule(body)).not.toThrow()
    expect(body).not.toMatch(/\b(interface|satisfies|import type)\b(?=.*[{=(])/)
  })

  test.each(modules)('%s imports files that are served, and no package', (name) => {
    for (const imported of importsOf(name)) expect(files.has(imported)).toBe(true)
    expect(files.get(name)?.body).not.toMatch(/from '(?!\.\/)/)
  })

  test.each(modules)('each import of %s is found, also over several lines', (_name, { body }) => {
    expect(importedBy(body).map((one) => `./${one}`)).toEqual(new SourceTextModule(body).dependencySpecifiers)
  })

  test('are all used by one of the pages', () => {
    const used = ['account.ts', 'chat.ts', 'connections.ts', 'users.ts'].flatMap((entry) => [
      entry,
      ...importsOf(entry),
    ])
    expect([...new Set(used)].sort()).toEqual(modules.map(([name]) => name).sort())
  })

  test('never turn a string into markup or code', () => {
    for (const [, { body }] of modules)
      expect(body).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function/)
  })
})

describe('assets', () => {
  test('load nothing from elsewhere', () => {
    for (const [, { body }] of files)
      expect(body.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:\/\/|@import|url\(/)
    expect(files.size).toBeGreaterThan(modules.length)
  })

  test.each([
    ['chat.ts', 'text/javascript; charset=utf-8'],
    ['base.css', 'text/css; charset=utf-8'],
    ['favicon.svg', 'image/svg+xml; charset=utf-8'],
  ])('%s is served under its version, with permanent caching', async (name, type) => {
    const response = await fetch(origin + assetPath(name))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(await response.text()).toBe(files.get(name)?.body)
  })

  test('of another version are answered without caching', async () => {
    const response = await fetch(`${origin}/assets/of-another-release/chat.ts`)
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
  })

  test('the favicon has its own address, and is revalidated', async () => {
    const first = await fetch(`${origin}/assets/favicon.svg`)
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'public, no-cache'])
    // Node's fetch adds `Cache-Control: no-cache` to a conditional request, which requests the whole answer.
    const headers = { 'If-None-Match': first.headers.get('etag') ?? '' }
    const [second] = (await once(get(`${origin}/assets/favicon.svg`, { headers }), 'response')) as [IncomingMessage]
    expect(second.resume().statusCode).toBe(304)
  })

  test.each(['tsconfig.json', '..%2Fclient-assets.ts', 'constructor', 'unknown.ts'])(
    '%s is not an asset',
    async (name) => {
      expect((await fetch(`${origin}/assets/${version}/${name}`)).status).toBe(404)
    },
  )
})

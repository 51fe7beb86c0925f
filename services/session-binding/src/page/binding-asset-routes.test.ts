import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { ROUTES } from '@agent-identity/contracts'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import express from 'express'
import { bindingAssetRoutes } from './binding-asset-routes.ts'
import { bindingPage } from './binding-page.ts'

const server = express().disable('etag').use(ROUTES.sessionBindingAssets, bindingAssetRoutes()).listen(0, '127.0.0.1')
let origin: string

beforeAll(async () => {
  if (!server.listening) await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
})

test('every asset of the page is served unchanged, with its type', async () => {
  const page = bindingPage({ outcome: 'bound', displayName: 'GitHub' })
  const paths = [...page.matchAll(/(?:src|href)="([^"]+\/assets\/binding-page[^"]*)"/g)].map(([, path = '']) => path)
  const types = await Promise.all(
    paths.map(async (path) => {
      const response = await fetch(origin + path)
      expect(response.headers.get('cache-control')).toBe('public, no-cache')
      const file = new URL(`./static/${basename(path)}`, import.meta.url)
      expect(await response.text()).toBe(readFileSync(file, 'utf8'))
      // Node's fetch adds `Cache-Control: no-cache` to a conditional request, which requests the whole answer.
      const headers = { 'If-None-Match': response.headers.get('etag') ?? '' }
      const [again] = (await once(get(origin + path, { headers }), 'response')) as [IncomingMessage]
      expect(again.resume().statusCode).toBe(304)
      return [response.status, response.headers.get('content-type')]
    }),
  )
  expect(types).toEqual([
    [200, 'text/css; charset=utf-8'],
    [200, 'text/javascript; charset=utf-8'],
  ])
})

test('nothing else is served', async () => {
  for (const path of ['/', '/unknown.css', '/..%2Fbinding-page.ts'])
    expect((await fetch(origin + ROUTES.sessionBindingAssets + path)).status).toBe(404)
})

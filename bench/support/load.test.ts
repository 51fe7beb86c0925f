import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { load } from './load.ts'

test('the connections share the cookies, so that a short run reaches more of them', async () => {
  const firstOfConnection = new Map<object, string | undefined>()
  const seen = new Set<string | undefined>()
  const server = createServer(({ socket, headers }, response) => {
    if (!firstOfConnection.has(socket)) firstOfConnection.set(socket, headers.cookie)
    seen.add(headers.cookie)
    response.end()
  }).listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const usage = async () => ({ cpuSeconds: 0, residentMiB: 0 })
    // 3 requests for each of 16 connections, which have 2 or 3 cookies.
    const cookies = Array.from({ length: 40 }, (_, n) => `session=${n}`)
    const { cookiesUsed } = await load({ url, usage }, { path: '/', cookies, requests: 48 })
    expect(new Set(firstOfConnection.values()).size).toBe(firstOfConnection.size)
    expect(cookiesUsed).toBe(40)
    expect(seen).toEqual(new Set(cookies))
  } finally {
    server.close()
  }
})

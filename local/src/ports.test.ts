import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { assignPorts } from './ports.ts'

describe('ports', () => {
  test('refuses to start when one of them is in use, and says which', async () => {
    const { app, vendors } = await assignPorts(0)
    const last = vendors.at(-1)
    const server = createServer().listen(last, '127.0.0.1')
    try {
      await once(server, 'listening')
      await expect(assignPorts(app)).rejects.toThrow(`Port ${last} is in use`)
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
    expect(await assignPorts(app)).toMatchObject({ app, signIn: app + 1, vendors: [app + 3, app + 4] })
  })
})

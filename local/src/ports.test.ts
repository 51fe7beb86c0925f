import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { assignPorts, PORT_COUNT } from './ports.ts'

describe('ports', () => {
  test('begin with the app’s, and are consecutive', async () => {
    const { app, signIn, agentcoreIdentity, vendors } = await assignPorts(0)
    expect([signIn, agentcoreIdentity, ...vendors]).toEqual(
      Array.from({ length: PORT_COUNT - 1 }, (_, n) => app + 1 + n),
    )
  })

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
    expect(await assignPorts(app)).toMatchObject({ app, vendors })
  })
})

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { LocalStackError } from './local-stack-error.ts'
import { assignPorts, PORT_COUNT, type Ports } from './ports.ts'

/** Lets free ports be chosen, then asks for the same ports by their first one. If another process takes one of them in between, tries others. */
async function assignedAgain(): Promise<Record<'chosen' | 'given', Ports>> {
  for (let tries = 0; tries < 10; tries++) {
    const chosen = await assignPorts(0)
    const given = await assignPorts(chosen.app).catch((error) => {
      if (error instanceof LocalStackError) return undefined
      throw error
    })
    if (given) return { chosen, given }
  }
  throw new Error('Ten times, ports that had been chosen could not be given')
}

describe('ports', () => {
  test('begin with the app’s, and are consecutive', async () => {
    const { app, signIn, agentcoreIdentity, vendors } = await assignPorts(0)
    expect([signIn, agentcoreIdentity, ...vendors]).toEqual(
      Array.from({ length: PORT_COUNT - 1 }, (_, n) => app + 1 + n),
    )
  })

  test('are given, or chosen: the same ones', async () => {
    const { chosen, given } = await assignedAgain()
    expect(given).toEqual(chosen)
  })

  test.each([
    ['first', 0],
    ['last', PORT_COUNT - 1],
  ])('refuses to start when the %s of them is in use, and says which', async (_which, position) => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const first = port - position
    const error = await assignPorts(first).catch((reason: unknown) => reason)
    server.close()
    expect(error).toBeInstanceOf(LocalStackError)
    // Another process may use an earlier port of the range.
    const named = Number(/^Port (\d+) is in use/.exec((error as Error).message)?.[1])
    expect(named).toBeGreaterThanOrEqual(first)
    expect(named).toBeLessThanOrEqual(port)
  })
})

import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { assignPorts } from './ports.ts'

describe('ports', () => {
  test('refuses to start when one of the five is in use, and says which', async () => {
    const { app, google } = await assignPorts(0).then((ports) => ({ app: ports.app, google: ports.googleCalendar }))
    const server = createServer().listen(google, '127.0.0.1')
    try {
      await once(server, 'listening')
      await expect(assignPorts(app)).rejects.toThrow(`Port ${google} is in use`)
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
    expect(await assignPorts(app)).toMatchObject({ app, signIn: app + 1, googleCalendar: app + 4 })
  })
})

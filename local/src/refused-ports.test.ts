import { EventEmitter } from 'node:events'
import { beforeEach, expect, jest, test } from '@jest/globals'

/** Address and port → the error code. */
const obstacles = new Map<string, string>()

const net = await import('node:net')
jest.unstable_mockModule('node:net', () => ({
  ...net,
  createServer: () => {
    const server = new EventEmitter()
    return Object.assign(server, {
      listen(port: number, host: string, listening: () => void) {
        const code = obstacles.get(`${host} ${port}`)
        if (code) queueMicrotask(() => server.emit('error', Object.assign(new Error(code), { code })))
        else queueMicrotask(listening)
      },
      close: (closed: () => void) => closed(),
    })
  },
}))
const { assignPorts } = await import('./ports.ts')

beforeEach(() => obstacles.clear())

test.each([
  ['127.0.0.1 8080', 'EADDRINUSE', 'Port 8080 is in use: stop what uses it'],
  ['::1 8080', 'EADDRINUSE', 'Port 8080 is in use: stop what uses it'],
  ['127.0.0.1 8082', 'EADDRINUSE', 'Port 8082 is in use: stop what uses it'],
  ['127.0.0.1 8080', 'EACCES', 'Only the superuser may use port 8080: choose'],
])('what is in the way at %s (%s) is one sentence', async (address, code, sentence) => {
  obstacles.set(address, code)
  await expect(assignPorts(8080)).rejects.toThrow(sentence)
})

test.each([
  ['::1 8080', 'EADDRNOTAVAIL', 'a machine has no IPv6'],
  ['::1 8080', 'EAFNOSUPPORT', 'a machine knows no IPv6'],
  ['::1 8081', 'EADDRINUSE', 'a program has the port at an address where only the app listens'],
])('nothing is in the way at %s (%s): %s', async (address, code) => {
  obstacles.set(address, code)
  expect(await assignPorts(8080)).toMatchObject({ app: 8080, signIn: 8081 })
})

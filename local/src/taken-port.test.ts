import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, jest, test } from '@jest/globals'

const ports = await import('./ports.ts')
let taken = 0
jest.unstable_mockModule('./ports.ts', () => ({
  ...ports,
  assignPorts: async () => ({ ...(await ports.assignPorts(0)), app: taken }),
}))
const { startLocalStack } = await import('./start-local-stack.ts')

test('a port that is taken after it was looked at is one sentence', async () => {
  const other = createServer()
  await once(other.listen(0, '127.0.0.1'), 'listening')
  taken = (other.address() as AddressInfo).port
  await expect(startLocalStack()).rejects.toMatchObject({
    name: 'LocalStackError',
    message: `Port ${taken} was taken during the start: start again, or choose other ports with --port.`,
  })
  other.close()
})

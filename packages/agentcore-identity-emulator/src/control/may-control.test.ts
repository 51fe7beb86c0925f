import { expect, test } from '@jest/globals'
import { refuseCaller } from './may-control.ts'

test.each([
  ['127.0.0.1', 'localhost:8082', [], undefined],
  ['127.0.0.1', 'emulator:8082', ['emulator'], undefined],
  ['127.0.0.1', 'rebound.example', [], 'unknown Host'],
  ['172.18.0.3', 'emulator:8082', ['emulator'], undefined],
  ['172.18.0.3', 'emulator:8082', [], 'only loopback may call'],
  ['172.18.0.3', 'localhost:8082', ['emulator'], 'only loopback may call'],
  ['172.18.0.1', 'localhost:8082', ['localhost'], undefined],
  [undefined, undefined, ['emulator'], 'only loopback may call'],
])('a caller from %s under Host %s, with %j allowed: %s', (address, host, allowed, refusal) => {
  const answer = refuseCaller(address, host, allowed)
  if (refusal === undefined) expect(answer).toBeUndefined()
  else expect(answer).toContain(refusal)
})

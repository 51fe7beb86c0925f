import { expect, test } from '@jest/globals'
import type { AwsAnswer } from './aws-client.ts'
import type { AwsFailureKind } from './aws-failure.ts'
import { createCircuit, createCircuits } from './circuit.ts'

const answer: AwsAnswer<string> = { ok: true, reply: 'reply', awsRequestId: undefined }
const failure = (kind: AwsFailureKind): AwsAnswer<string> => ({
  ok: false,
  failure: { kind, exception: 'E', status: undefined, awsRequestId: undefined },
})
const down = failure('unknown')

function world() {
  let now = 1_000
  let sent = 0
  const warned: unknown[] = []
  const warn = (...line: unknown[]) => void warned.push(line)
  const circuit = createCircuit({ log: { warn } as never, clock: () => now })
  return {
    sent: () => sent,
    warned,
    wait: (ms: number) => {
      now += ms
    },
    call: (next: AwsAnswer<string> | Promise<AwsAnswer<string>>) =>
      circuit.call(async () => {
        sent += 1
        return next
      }),
  }
}

test('after four calls in a row without an answer the fifth fails at once and is not sent', async () => {
  const { call, sent } = world()
  for (const kind of ['unknown', 'not-accepted', 'unknown', 'unknown'] as const) await call(failure(kind))
  expect(await call(answer)).toMatchObject({ ok: false, failure: { kind: 'not-accepted', exception: 'CircuitOpen' } })
  expect(sent()).toBe(4)
})

test.each(['throttled', 'refused', 'unauthorized'] as const)('%s counts as an answer', async (kind) => {
  const { call, sent } = world()
  for (let time = 0; time < 3; time++) await call(down)
  await call(failure(kind))
  for (let time = 0; time < 3; time++) await call(down)
  expect(await call(answer)).toBe(answer)
  expect(sent()).toBe(8)
})

test('every five seconds one call is sent as a probe, one at a time; the first answer closes the circuit', async () => {
  const { call, sent, wait } = world()
  for (let time = 0; time < 4; time++) await call(down)
  wait(4_999)
  await call(answer)
  expect(sent()).toBe(4)

  wait(1)
  const { promise, resolve } = Promise.withResolvers<AwsAnswer<string>>()
  const probe = call(promise)
  await call(answer)
  resolve(down)
  await probe
  await call(answer)
  expect(sent()).toBe(5)

  wait(5_000)
  expect(await call(answer)).toBe(answer)
  expect(await call(answer)).toBe(answer)
  expect(sent()).toBe(7)
})

test('a probe that throws ends, and does not block later probes', async () => {
  const { call, wait } = world()
  for (let time = 0; time < 4; time++) await call(down)
  wait(5_000)
  await expect(call(Promise.reject(new Error('a programming error')))).rejects.toThrow()
  expect(await call(answer)).toBe(answer)
})

test('says that AgentCore does not answer, again every minute, until it has answered', async () => {
  const { call, wait, warned } = world()
  for (let time = 0; time < 3; time++) await call(down)
  expect(warned).toEqual([])
  await call(down)
  wait(5_000)
  await call(down)
  const line = [{ exception: 'E' }, 'AgentCore Identity does not answer']
  expect(warned).toEqual([line])
  wait(55_000)
  await call(down)
  expect(warned).toEqual([line, line])
  wait(5_000)
  await call(answer)
  for (let time = 0; time < 4; time++) await call(down)
  expect(warned).toEqual([line, line, line])
})

test('the end of a call that was sent before the circuit opened is not taken for the end of the probe', async () => {
  const { call, sent, wait } = world()
  const before = Promise.withResolvers<AwsAnswer<string>>()
  const early = call(before.promise)
  for (let time = 0; time < 4; time++) await call(down)
  wait(5_000)
  const probing = Promise.withResolvers<AwsAnswer<string>>()
  const probe = call(probing.promise)
  before.resolve(down)
  await early
  wait(5_000)
  await call(answer)
  expect(sent()).toBe(6)
  probing.resolve(answer)
  await probe
})

test('a provider without an answer does not stop the calls for others, nor minting', async () => {
  const warned: unknown[] = []
  const circuits = createCircuits({ log: { warn: (...line: unknown[]) => void warned.push(line) } as never })
  for (let time = 0; time < 4; time++) await circuits.providerOf('slow').call(async () => down)
  expect(await circuits.providerOf('slow').call(async () => answer)).toMatchObject({ ok: false })
  expect(await circuits.providerOf('another').call(async () => answer)).toBe(answer)
  expect(await circuits.minting.call(async () => answer)).toBe(answer)
  expect(warned).toMatchObject([[{ credentialProvider: 'slow' }, expect.anything()]])
})

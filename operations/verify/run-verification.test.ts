import { beforeEach, expect, jest, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { flowRow } from './flow/flow-row.ts'
import type { Place } from './place/place.ts'
import { Mask } from './report/mask.ts'
import { isPassed } from './report/report.ts'
import type { Row } from './report/row.ts'

const good = flowRow('main-job', 'The main job', 'bound', 'bound')
const refused = flowRow('an-attack', 'An attack', 'refused', 'refused')
const visitor = { signIn: async () => {}, cookies: async () => [] }
let whileAttacking = () => {}
jest.unstable_mockModule('./browser/visitor.ts', () => ({ Visitor: { open: async () => visitor } }))
jest.unstable_mockModule('./flow/forwarded-url.ts', () => ({ forwardUrl: async () => ({ asked: [], bound: [] }) }))
jest.unstable_mockModule('./flow/main-job.ts', () => ({
  mainJob: async () => ({ rows: [good], authorizationId: 'first' }),
}))
jest.unstable_mockModule('./flow/attacks.ts', () => ({
  attacks: async (_actors: unknown, _name: string, rows: Row[]) => {
    rows.push(refused)
    whileAttacking()
    throw new Error('The consent of alice@example.com did not come back')
  },
}))
const { runVerification } = await import('./run-verification.ts')

const said: string[] = []
beforeEach(() => {
  said.splice(0)
  whileAttacking = () => {}
})
const users = [
  { username: 'alice', password: 'a', email: 'a' },
  { username: 'bob', password: 'b', email: 'b' },
] as const
const place = {
  secrets: [],
  removeLeftovers: async () => 0,
  makeUsers: async () => users,
  close: async () => 2,
  title: 'a stage',
  region: 'eu-west-1',
} as unknown as Place
const run = (launch: () => Promise<Browser>, stopped = new AbortController().signal) =>
  runVerification(place, new Mask(), { long: false, stopped, launch, say: (sentence) => said.push(sentence) })

test('a run that fails says what it could not remove', async () => {
  await expect(run(() => Promise.reject(new Error('Chromium is not installed')))).rejects.toThrow(
    'Chromium is not installed',
  )
  expect(said).toEqual([
    'Removing the temporary resources.',
    '2 things could not be removed; a run that begins three hours later tries again.',
  ])
})

test('a run that fails after it has seen something has a report of that, and has not passed', async () => {
  const report = await run(async () => ({ close: async () => {} }) as Browser)
  expect(report.rows).toEqual([good, refused, expect.objectContaining({ id: 'the-rest', verdict: 'not tried' })])
  expect(isPassed({ ...report, leftBehind: 0 })).toBe(false)
  expect(said).toContain('The consent of <e-mail address> did not come back')
  expect(report.leftBehind).toBe(2)
})

test('a run that was stopped has no report', async () => {
  const stopping = new AbortController()
  whileAttacking = () => stopping.abort()
  const stopped = run(async () => ({ close: async () => {} }) as Browser, stopping.signal)
  await expect(stopped).rejects.toThrow('did not come back')
})

test('a run that is stopped while Chromium starts closes it, and does not sign in', async () => {
  const stopping = new AbortController()
  let isClosed = false
  const launch = async () => {
    stopping.abort()
    const close = async () => {
      isClosed = true
    }
    return { close } as Browser
  }
  await expect(run(launch, stopping.signal)).rejects.toThrow(stopping.signal.reason)
  expect([isClosed, said.includes('Signing in, asking, consenting.')]).toEqual([true, false])
})

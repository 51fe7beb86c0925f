import { describe, expect, test } from '@jest/globals'
import { type Asked, lookAtFirewall } from './firewall.ts'

const OF_APP = { status: 401, requestId: 'a-request' }
const BLOCKED = { status: 403, requestId: null }
const APP = 'https://app.example'

async function look(...open: string[]) {
  const asked: Asked[] = []
  const rows = await lookAtFirewall(APP, async (one) => {
    asked.push(one)
    return open.includes(`${one.method} ${new URL(one.url).pathname}`) ? OF_APP : BLOCKED
  })
  return { rows, asked, seen: rows.map(({ seen, verdict }) => `${verdict}: ${seen}`) }
}
const QUESTION = 'POST /api/turns'
const RETURN = 'GET /auth/callback'

describe('the firewall', () => {
  test('is as expected when only a question, and only a return from the sign-in, passes', async () => {
    const { rows, asked, seen } = await look(QUESTION, RETURN)
    expect(rows.map(({ id, kind }) => [id, kind])).toEqual([
      ['firewall-labels', 'flow'],
      ['firewall-sign-in-return', 'flow'],
    ])
    expect(seen).toEqual(['holds: let through, blocked, blocked', 'holds: let through, blocked'])
    const [query] = asked.flatMap(({ method, url }) => (method === 'GET' ? [new URL(url).search.slice(1)] : []))
    expect(query).toHaveLength(4_000)
    const bodies = asked.flatMap(({ method, body }) => (method === 'POST' ? [body] : []))
    expect(bodies.every((body) => body?.includes('<script>'))).toBe(true)
  })

  test.each([
    ['questions are blocked', [RETURN], 0, 'blocked, blocked, blocked'],
    ['another spelling is exempt', [RETURN, QUESTION, `${QUESTION}/`], 0, 'let through, let through, blocked'],
    [
      'every body passes',
      [QUESTION, `${QUESTION}/`, 'POST /api/connections'],
      0,
      'let through, let through, let through',
    ],
    ['a return from the sign-in is blocked', [QUESTION], 1, 'blocked, blocked'],
    ['every query passes', [RETURN, 'GET /api/connections'], 1, 'let through, let through'],
  ])('is contradicted when %s', async (_what, open, row, seen) => {
    expect((await look(...open)).seen[row]).toBe(`contradicted: ${seen}`)
  })

  test('was not tried without an answer', async () => {
    const rows = await lookAtFirewall(APP, () => Promise.reject(new TypeError('fetch failed: 10.0.0.1')))
    for (const row of rows)
      expect(row).toMatchObject({ verdict: 'not tried', seen: 'not tried: a request broke off: TypeError' })
  })

  test('is contradicted by an answer that is neither the app’s nor the firewall’s', async () => {
    for (const row of await lookAtFirewall(APP, async () => ({ status: 502, requestId: null }))) {
      expect(row.seen).toContain('answered with 502 by neither')
      expect(row.verdict).toBe('contradicted')
    }
  })
})

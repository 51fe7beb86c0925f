import { describe, expect, test } from '@jest/globals'
import { lookAtFirewall } from './firewall.ts'

const OF_APP = { status: 401, body: '{"code":"not_signed_in"}' }
const BLOCKED = { status: 403, body: '<html><body>403 Forbidden</body></html>' }

const look = (...open: string[]) =>
  lookAtFirewall('https://app.example', async (url, body) =>
    !body.includes('<script>') || open.includes(new URL(url).pathname) ? OF_APP : BLOCKED,
  )

describe('the firewall, for a body that its rules match', () => {
  test('is as expected when only a question passes', async () => {
    expect(await look('/api/turns')).toMatchObject({
      id: 'firewall-labels',
      kind: 'flow',
      verdict: 'holds',
      seen: 'let through, blocked, blocked',
    })
  })

  test.each([
    ['questions are blocked', [], 'blocked, blocked, blocked'],
    ['another spelling is exempt', ['/api/turns', '/api/turns/'], 'let through, let through, blocked'],
    ['nothing is blocked', ['/api/turns', '/api/turns/', '/api/connections'], 'let through, let through, let through'],
  ])('is contradicted when %s', async (_what, open, seen) => {
    expect(await look(...open)).toMatchObject({ verdict: 'contradicted', seen })
  })

  test('was not tried without an answer', async () => {
    const row = await lookAtFirewall('https://app.example', () =>
      Promise.reject(new TypeError('fetch failed: 10.0.0.1')),
    )
    expect(row).toMatchObject({ verdict: 'not tried', seen: 'not tried: a request broke off: TypeError' })
  })

  test('is contradicted by an answer that is neither the app’s nor the firewall’s', async () => {
    const row = await lookAtFirewall('https://app.example', async () => ({ status: 502, body: 'Bad gateway' }))
    expect(row.seen).toContain('answered with 502 by neither')
    expect(row.verdict).toBe('contradicted')
  })
})

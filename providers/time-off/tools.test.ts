import { startIssuer, startVendor } from '@agent-identity/stand-in-kit/test-support'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { standIn } from './stand-in.ts'
import { timeOffAtWork } from './tools.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const { signal } = new AbortController()
let issuer: Awaited<ReturnType<typeof startIssuer>>
let vendor: Awaited<ReturnType<typeof startVendor>>
beforeAll(async () => {
  issuer = await startIssuer()
  vendor = await startVendor(standIn, { signIn: issuer.signIn })
})
afterAll(() => Promise.all([vendor.close(), issuer.close()]))

const subjectOf = (username: string) => vendor.people.withUsername(username)?.subject ?? ''
const exchange = (subject_token: string, scope: string) =>
  vendor.requestToken({ grant_type: GRANT, subject_token, subject_token_type: JWT, scope })

async function exchanged(username: string, scope: string): Promise<string> {
  const answer = await exchange(await issuer.token(subjectOf(username)), scope)
  return ((await answer.json()) as { access_token: string }).access_token
}
async function acts(name: string, accessToken: string, input: object = {}, effectId = 'e') {
  const work = timeOffAtWork({ url: `${vendor.origin}/v1`, timeoutMs: 60_000 })
  const tool = work.tools.find((one) => one.name === name)
  return tool?.act(tool.inputSchema.parse(input), { accessToken, effectId, now: 0, signal })
}

test('acts for the user whose sign-in token was exchanged', async () => {
  expect(await acts('read_days_off', await exchanged('carol', 'time-off:read'))).toEqual({
    employee: 'carol',
    daysLeft: 30,
  })
  const accessToken = await exchanged('carol', 'time-off:read time-off:request')
  const requested = { day: '2026-12-24', daysLeft: 29 }
  // The same effect twice counts once.
  for (let time = 0; time < 2; time += 1)
    expect(await acts('request_day_off', accessToken, { day: '2026-12-24' })).toEqual(requested)
  expect(await acts('read_days_off', await exchanged('dave', 'time-off:read'))).toMatchObject({ daysLeft: 30 })
})

test('an effect that is repeated when no days are left is no new request', async () => {
  const accessToken = await exchanged('bob', 'time-off:request')
  const request = (effectId: string) => acts('request_day_off', accessToken, { day: '2026-12-24' }, effectId)
  for (let n = 1; n < 30; n += 1) await request(`effect ${n}`)
  const last = { day: '2026-12-24', daysLeft: 0 }
  for (let time = 0; time < 2; time += 1) expect(await request('effect 30')).toEqual(last)
  await expect(request('effect 31')).rejects.toMatchObject({ reason: 'conflict' })
})

test('a call without the scope is refused', async () => {
  const accessToken = await exchanged('carol', 'time-off:read')
  await expect(acts('request_day_off', accessToken, { day: '2026-12-24' })).rejects.toMatchObject({
    reason: 'scope-missing',
  })
})

describe('the stand-in exchanges no token', () => {
  const other = { iss: 'https://issuer.example' }
  test.each([
    ['of another issuer', () => issuer.token(subjectOf('carol'), other), 'time-off:read', 'invalid_grant'],
    ['of another client', () => issuer.token(subjectOf('carol'), { client_id: 'x' }), 'time-off:read', 'invalid_grant'],
    ['that is over', () => issuer.token(subjectOf('carol'), {}, '-1h'), 'time-off:read', 'invalid_grant'],
    ['of an unknown user', () => issuer.token('somebody'), 'time-off:read', 'invalid_grant'],
    ['that is not a JWT', async () => 'a.b.c', 'time-off:read', 'invalid_grant'],
    ['for an unknown scope', () => issuer.token(subjectOf('carol')), 'admin', 'invalid_scope'],
  ])('%s', async (_what, token, scope, error) => {
    const answer = await exchange(await token(), scope)
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([400, error])
  })
})

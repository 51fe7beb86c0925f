import { describe, expect, test } from '@jest/globals'
import { withRedis } from '../support/redis.ts'
import { emulatorOf, type Stack, signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()

/** Signs in, and stops before the callback. */
async function comesBack(of: Stack) {
  const somebody = await somebodyNew(of)
  const form = await somebody.browser.navigate(new URL('/auth/sign-in', of.app))
  const { url } = await somebody.browser.submit(
    form,
    { username: somebody.username, password: somebody.password },
    { until: ({ pathname }) => pathname === '/auth/callback' },
  )
  return { somebody, url, code: url.searchParams.get('code'), state: url.searchParams.get('state'), iss: stack.signIn }
}

type Answer = Awaited<ReturnType<typeof comesBack>>

describe('an answer of the issuer with repeated or differently spelled parameters', () => {
  test.each<[string, (answer: Answer) => string]>([
    ['state, the same', ({ code, state, iss }) => `code=${code}&state=${state}&iss=${iss}&state=${state}`],
    ['state, as a list', ({ code, state, iss }) => `code=${code}&state[]=${state}&iss=${iss}`],
    ['state, in another case', ({ code, state, iss }) => `code=${code}&State=${state}&iss=${iss}`],
    ['state, empty first', ({ code, state, iss }) => `code=${code}&state=&state=${state}&iss=${iss}`],
    ['state, hidden in a percent', ({ code, state, iss }) => `code=${code}&%73tate=${state}&state=${state}&iss=${iss}`],
    ['everything, behind semicolons', ({ code, state, iss }) => `code=${code};state=${state};iss=${iss}`],
    ['everything, behind a NUL', ({ code, state, iss }) => `code=${code}&state=${state}%00&iss=${iss}`],
    ['everything, in the fragment of a query', ({ code, state, iss }) => `%23code=${code}&state%3D${state}&iss=${iss}`],
  ])('%s: no sign-in, and the right answer still works', async (_what, query) => {
    const answer = await comesBack(stack)
    const { somebody, url } = answer
    const refused = await somebody.browser.send(new URL(`/auth/callback?${query(answer)}`, stack.app), {})
    expect([refused.status, refused.headers['set-cookie']]).toEqual([400, undefined])
    expect((await somebody.api('/api/session')).status).toBe(401)
    await somebody.browser.navigate(url)
    expect((await somebody.api('/api/session')).status).toBe(200)
  })

  // A valid state consumes the sign-in, so the user begins a new one.
  test.each<[string, (answer: Answer) => string]>([
    ['code', ({ code, state, iss }) => `code=${code}&code=${code}&state=${state}&iss=${iss}`],
    ['code, another first', ({ code, state, iss }) => `code=another&code=${code}&state=${state}&iss=${iss}`],
    ['issuer', ({ code, state, iss }) => `code=${code}&state=${state}&iss=${iss}&iss=https://evil.example`],
    ['code and error', ({ code, state, iss }) => `code=${code}&error=access_denied&state=${state}&iss=${iss}`],
  ])('%s: no sign-in, and a new one works', async (_what, query) => {
    const answer = await comesBack(stack)
    const { somebody } = answer
    const refused = await somebody.browser.send(new URL(`/auth/callback?${query(answer)}`, stack.app), {})
    expect([refused.status, refused.headers['set-cookie']]).toEqual([400, undefined])
    expect((await somebody.api('/api/session')).status).toBe(401)
    await somebody.signIn()
    expect((await somebody.api('/api/session')).status).toBe(200)
  })
})

test('a sign-in ignores scopes, redirect address, nonce and state in its query', async () => {
  const somebody = await somebodyNew(stack)
  const evil = 'https://evil.example/'
  const query = new URLSearchParams({ redirect_uri: evil, scope: 'openid admin', state: 'mine', nonce: 'mine' })
  for (const name of ['client_id', 'code_challenge', 'response_type', 'request', 'request_uri']) query.set(name, 'mine')
  const { headers } = await somebody.browser.send(new URL(`/auth/sign-in?${query}`, stack.app), {})
  const sent = new URL(headers.location ?? '')
  expect(sent.origin).toBe(stack.signIn)
  expect(Object.fromEntries(sent.searchParams)).toMatchObject({
    redirect_uri: `${stack.app}/auth/callback`,
    response_type: 'code',
    scope: 'openid profile email',
  })
  expect(sent.href).not.toMatch(/mine|evil|admin|request_uri/)
})

test('a message that is repeated, or sent with further members, has one meaning or is refused', async () => {
  const somebody = await signedIn(stack)
  const turns = () => withRedis(stack, async (redis) => (await redis.keys('turn:*')).length)
  const [before, calls] = [await turns(), (await emulatorOf(stack).calls()).length]
  const post = (raw: string, query = '') =>
    somebody.browser.send(new URL(`/api/turns${query}`, stack.app), {
      method: 'POST',
      raw,
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    })
  for (const raw of [
    '{"message":["List my repositories"]}',
    '{"message":{"toString":"List my repositories"}}',
    '{"message":"x","__proto__":{"conversationId":"x"}}',
    '{"message":"x","constructor":{"prototype":{"owner":"x"}}}',
    '{"message":"x","owner":"x","userSession":"x"}',
    '{"message":"x","conversationId":["x"]}',
    '[{"message":"x"}]',
    '"List my repositories"',
    'null',
    '{"message":"x"}{"message":"y"}',
    '{"Message":"List my repositories"}',
    '{}',
  ])
    expect([raw, (await post(raw)).status]).toEqual([raw, 400])
  expect((await post('{}', '?message=List+my+repositories')).status).toBe(400)
  expect(await turns()).toBe(before)
  expect(await emulatorOf(stack).calls()).toHaveLength(calls)

  const twice = await post('{"message":"List my repositories","message":"What can you do?"}', '?message=List')
  expect(twice.status).toBe(202)
  const stream = await somebody.stream((JSON.parse(twice.body) as { eventsUrl: string }).eventsUrl)
  expect(await stream.answer()).toContain('I can')
  expect(stream.events.map(({ event }) => event)).not.toContain('authorization_required')
})

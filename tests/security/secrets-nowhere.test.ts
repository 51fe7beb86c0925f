import { expect, test } from '@jest/globals'
import type { Answer } from '../support/http-browser.ts'
import { outcomeOf } from '../support/person.ts'
import { WITHOUT_CONSENT_FLOWS } from '../support/provider-flows.ts'
import { userSessionRefOf, withRedis } from '../support/redis.ts'
import { hiddenIn, keptWithoutConsent, tokensAtAgentCore, userTokensOf } from '../support/secrets.ts'
import { logWith, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()

const dump = (): Promise<string> =>
  withRedis(stack, async (redis) => {
    const parts: string[] = []
    for (const key of await redis.keys('*')) {
      const type = await redis.type(key)
      const values: Record<string, () => Promise<unknown>> = {
        string: () => redis.get(key),
        hash: () => redis.hgetall(key),
        list: () => redis.lrange(key, 0, -1),
        set: () => redis.smembers(key),
        zset: () => redis.zrange(key, 0, -1, 'WITHSCORES'),
        stream: () => redis.xrange(key, '-', '+'),
      }
      parts.push(key, JSON.stringify(await values[type]?.()))
    }
    return parts.join('\n')
  })

const forms = (secret: string) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]
const isIn = (secret: string, text: string) => forms(secret).some((form) => text.includes(form))

test('over a whole flow, from sign-in to sign-out, no secret is in a log, a page, an event, an address of ours or Redis', async () => {
  const somebody = await somebodyNew(stack)
  const visited: { url: URL; answer: Answer }[] = []
  const redisAt: string[] = []
  const send = somebody.browser.send.bind(somebody.browser)
  somebody.browser.send = async (url, options) => {
    const answer = await send(url, options)
    visited.push({ url, answer })
    return answer
  }
  const secrets: Record<string, string> = { password: somebody.password }
  const note = (found: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(found)) if (value) secrets[name] = value
  }

  await somebody.signIn()
  const { stream, eventsUrl, conversationId } = await somebody.ask('List my repositories, said the secret heron')
  const { data } = await stream.next('authorization_required')
  redisAt.push(await dump())
  const ref = await userSessionRefOf(somebody)
  const started = await somebody.api(data.startUrl, {
    headers: { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' },
  })
  const authorizationUrl = String(started.headers.location)
  const sessionUri = new URL(authorizationUrl).searchParams.get('request_uri') ?? ''
  const { artifact, entry } = await hiddenIn(stack, data.authorizationId)
  redisAt.push(await dump())
  const userTokens = await userTokensOf(stack, ref)
  note({ authorizationUrl, sessionUri, artifact: artifact.kind === 'jwt' ? artifact.userToken : artifact.userId })
  note({
    'access token': userTokens.accessToken,
    'refresh token': userTokens.refreshToken,
    'ID token': userTokens.idToken,
  })

  expect(outcomeOf(await somebody.consent(data.startUrl))).toBe('bound')
  const answer = await stream.answer()
  expect((await stream.next('authorization_completed')).data.account).toBe(somebody.username)
  redisAt.push(await dump())
  note({ 'label of the entry': entry.parameters.connection_label })
  const connected = await hiddenIn(stack, data.authorizationId)
  note(await tokensAtAgentCore(stack, ref, connected.entry))
  for (const { question } of WITHOUT_CONSENT_FLOWS) await (await somebody.ask(question)).stream.answer()
  redisAt.push(await dump())
  note({
    'API key': await keptWithoutConsent(stack, ref, 'warehouse', []),
    'exchanged token': await keptWithoutConsent(stack, ref, 'time-off', ['time-off:read']),
  })
  for (const { key, value } of await somebody.browser.jar.getCookies(stack.app)) note({ [`cookie ${key}`]: value })
  // Half of a session id already has 128 bits.
  const [, sessionId = ''] = /^s:([^.]+)\./.exec(decodeURIComponent(secrets['cookie __Host-user-session'] ?? '')) ?? []
  note({ 'session id': sessionId, 'half of the session id': sessionId.slice(0, 22) })
  for (const path of ['/', '/connections', '/api/session', '/api/connections', `/api/conversations/${conversationId}`])
    await somebody.api(path, { headers: { accept: 'text/html' } })
  const again = await somebody.stream(eventsUrl)
  await again.next('done')
  await somebody.signOut()
  redisAt.push(await dump())

  for (const { url } of visited)
    for (const name of ['code', 'state', 'nonce', 'code_challenge', 'session_id', 'request_uri']) {
      const value = url.searchParams.get(name)
      if (value) note({ [`${name} at ${url.host}${url.pathname}`]: value })
    }
  for (const environment of Object.values(stack.environments)) {
    for (const [name, value] of Object.entries(environment)) {
      if (name.endsWith('_KEYS'))
        for (const [id, key] of Object.entries(JSON.parse(value))) if (id !== 'sealWith') note({ [name]: String(key) })
      if (/SECRET/.test(name)) note({ [name]: value })
    }
  }
  expect(Object.keys(secrets).length).toBeGreaterThan(20)

  const own = visited.filter(({ url }) => url.origin === stack.app)
  const log = await logWith(
    stack,
    own.map(({ answer }) => answer),
  )
  const places: Record<string, string[]> = {
    log: [log],
    Redis: redisAt,
    events: [stream.text, again.text],
    // The body of a redirect repeats its address.
    bodies: own.flatMap(({ answer }) => (answer.headers.location ? [] : [answer.body])),
    headers: own.map(({ answer: { headers } }) => JSON.stringify({ ...headers, 'set-cookie': '', location: '' })),
  }
  for (const [place, texts] of Object.entries(places))
    for (const [what, secret] of Object.entries(secrets))
      for (const text of texts) expect([place, what, isIn(secret, text)]).toEqual([place, what, false])

  // The question, the answer and the account's name are private, too.
  for (const words of ['secret heron', answer, `repo-of-${somebody.username}`, `"${somebody.username}"`])
    for (const text of [log, ...redisAt]) expect([words, text.includes(words)]).toEqual([words, false])

  // Redirects to the issuer and to AgentCore need these.
  const leaks = own.flatMap(({ url, answer: { headers } }) =>
    Object.entries(secrets).flatMap(([what, secret]) =>
      headers.location && isIn(secret, headers.location)
        ? [`${url.pathname.split('/')[1]}: ${what.split(' at ')[0]}`]
        : [],
    ),
  )
  expect(new Set(leaks)).toEqual(
    new Set([
      'auth: state',
      'auth: nonce',
      'auth: code_challenge',
      'auth: ID token',
      'authorizations: authorizationUrl',
      // The authorization URL contains the session URI as its request_uri.
      'authorizations: request_uri',
      'authorizations: sessionUri',
      'authorizations: session_id',
    ]),
  )
  // Of our addresses, only these two contain a secret.
  for (const { url } of own)
    if (!['/auth/callback', '/oauth2/session-binding'].includes(url.pathname))
      for (const [what, secret] of Object.entries(secrets))
        expect([url.pathname, what, isIn(secret, url.href)]).toEqual([url.pathname, what, false])
})

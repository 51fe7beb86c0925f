import { StartState, startIdOfState } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { attacksOn } from '../support/attack.ts'
import { auditLinesOf, chainOf, isAbout, linesOnce, one } from '../support/audit-lines.ts'
import { forThisTest } from '../support/for-this-test.ts'
import { outcomeOf, Person } from '../support/person.ts'
import { ANOTHER_FLOW } from '../support/provider-flows.ts'
import { leaveBehind } from '../support/secrets.ts'
import { startService } from '../support/service-process.ts'
import { startSilentServer } from '../support/silent-server.ts'
import { signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { emulator, waiting } = attacksOn(stack)
const own = forThisTest()
const requestIdOf = ({ headers }: { headers: NodeJS.Dict<string | string[]> }) => String(headers['x-request-id'])

const CHAIN = [
  'agent-workload signed_in',
  'agent-workload authorization_created',
  // One start to read the redirect, and one to consent.
  'agent-workload authorization_started',
  'agent-workload authorization_started',
  'session-binding binding_intended',
  'session-binding bound',
  // One token for the account's name, and one for the turn.
  'agent-workload token_obtained',
  'agent-workload token_obtained',
  'agent-workload tool_intended',
  'agent-workload tool_acted',
  'agent-workload signed_out',
]

test('the whole chain of one authorization can be read from the log alone, and its lines contain no secret value', async () => {
  const somebody = await somebodyNew(stack)
  await somebody.signIn()
  const asked = await somebody.postTurn({ message: 'List my repositories' })
  const { eventsUrl } = JSON.parse(asked.body) as { eventsUrl: string }
  const stream = await somebody.stream(eventsUrl)
  const { data: required } = await stream.next('authorization_required')
  const consent = await somebody.browser.api(new URL(required.startUrl, stack.app), {
    headers: { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' },
  })
  const returnUrl = await somebody.consentUpToReturn(required.startUrl)
  const returned = await somebody.return(returnUrl)
  expect(outcomeOf(returned)).toBe('bound')
  expect(await stream.answer()).toContain(`repo-of-${somebody.username}`)
  const session = JSON.parse((await somebody.api('/api/session')).body) as { user: Record<string, string> }
  const cookies = await somebody.browser.jar.getCookies(stack.app)
  await somebody.signOut()

  // As an operator starts: from the request id of the question's answer.
  const requestId = requestIdOf(asked)
  const isMinting = ({ event }: { event: string }) => event === 'workload_access_token_minted'
  const lines = await linesOnce(
    stack,
    (all) =>
      all.some(isAbout('authorization_created', required.authorizationId)) &&
      chainOf(all, { requestId }).filter((line) => !isMinting(line)).length >= CHAIN.length,
  )
  const chain = chainOf(lines, { requestId })
  // Each replica mints its own workload access token.
  const [first, ...minted] = chain.filter(isMinting)
  expect(chain.indexOf(first as (typeof chain)[number])).toBe(2)
  const others = chain.filter((line) => !isMinting(line)).map(({ service, event }) => `${service} ${event}`)
  expect(others).toEqual(CHAIN)

  const created = one(chain, 'authorization_created')
  const bound = one(chain, 'bound')
  const intended = one(chain, 'binding_intended')
  const acted = one(chain, 'tool_acted')
  expect(created).toMatchObject({
    requestId,
    correlationId: requestId,
    provider: 'github',
    scopes: ['read:user'],
  })
  const started = chain.find((line) => line.event === 'authorization_started' && line.startId === bound.startId)
  if (started?.event !== 'authorization_started') throw new Error('It was not started')
  expect([bound.requestId, bound.correlationId]).toEqual([requestIdOf(returned), requestId])
  expect(bound.sessionUriFingerprint).toBe(started.sessionUriFingerprint)
  expect(intended).toMatchObject({ requestId: bound.requestId, sessionUriFingerprint: bound.sessionUriFingerprint })
  for (const line of chain) if (line.event === 'token_obtained') expect(line.correlationId).toBe(requestId)
  expect(acted).toMatchObject({ requestId, turnId: created.turnId, tool: 'list_repositories', outcome: 'succeeded' })
  expect(one(chain, 'tool_intended').actionId).toBe(acted.actionId)
  const fingerprints = (name: 'userFingerprint' | 'userSessionFingerprint') =>
    new Set(chain.map((line) => (name in line ? (line as unknown as Record<string, string>)[name] : undefined)))
  expect([fingerprints('userFingerprint').size, fingerprints('userSessionFingerprint').size]).toEqual([1, 1])

  const awsRequestIds = chain.flatMap((line) => ('awsRequestId' in line ? [line.awsRequestId] : []))
  expect(awsRequestIds).toHaveLength(6 + minted.length)
  expect(new Set(awsRequestIds).size).toBe(awsRequestIds.length)
  for (const id of awsRequestIds) expect(id).toMatch(/^[\w-]{8,}$/)

  const state = String(returnUrl.searchParams.get('state'))
  const values = [
    somebody.username,
    ...Object.values(session.user),
    ...cookies.map(({ value }) => value),
    String(returnUrl.searchParams.get('session_id')),
    state.slice(startIdOfState(StartState.parse(state)).length),
    String(consent.headers.location),
    new URL(String(consent.headers.location)).host,
    'request_uri',
    'eyJ',
    'repo-of-',
  ]
  expect(values.length).toBeGreaterThan(12)
  const text = JSON.stringify(chain)
  for (const value of values) {
    expect(value.length).toBeGreaterThan(2)
    expect(text).not.toContain(value)
  }
})

describe('failed attempts are in the trail as well, with their actors', () => {
  test('another user who starts it, and who returns with it', async () => {
    const victim = await waiting()
    const attacker = await signedIn(stack)
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const started = await attacker.api(victim.startUrl)
    const returned = await attacker.return(returnUrl)

    const lines = await linesOnce(
      stack,
      (all) =>
        [started, returned].every((answer) => all.some((line) => line.requestId === requestIdOf(answer))) &&
        all.some(isAbout('authorization_created', victim.id)) &&
        all.some(isAbout('left_its_browser', victim.id)),
    )
    const start = one(lines, 'start_refused', (line) => line.requestId === requestIdOf(started))
    const binding = one(lines, 'binding_refused', (line) => line.requestId === requestIdOf(returned))
    expect([start.reason, binding.reason]).toEqual(['unknown-authorization', 'different-user'])
    expect([start.authorizationId, binding.authorizationId]).toEqual([victim.id, victim.id])
    const created = one(lines, 'authorization_created', (line) => line.authorizationId === victim.id)
    expect(binding.correlationId).toBe(created.correlationId)
    expect(binding.userFingerprint).not.toBe(created.userFingerprint)
    one(lines, 'signed_in', (line) => line.userSessionFingerprint === binding.userSessionFingerprint)
    expect(start.userFingerprint).toBe(binding.userFingerprint)
    const left = one(lines, 'left_its_browser', (line) => line.requestId === binding.requestId)
    expect([left.authorizationId, left.correlationId]).toEqual([victim.id, created.correlationId])
    expect(Object.keys(left).filter((field) => /^user/.test(field))).toEqual([])
  })

  test('a browser without a user session, and a page of another site', async () => {
    const victim = await waiting()
    const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
    const anonymous = await somebodyNew(stack)
    const answers = [
      await anonymous.api(victim.startUrl),
      await anonymous.return(returnUrl),
      await victim.who.browser.send(new URL(victim.startUrl, stack.app), {
        headers: { 'sec-fetch-site': 'cross-site' },
      }),
    ]
    const ids = answers.map(requestIdOf)
    const lines = await linesOnce(stack, (all) => ids.every((id) => all.some((line) => line.requestId === id)))
    const reasons = ids.map((id) => {
      const [line] = lines.filter(({ requestId }) => requestId === id)
      return line && 'reason' in line ? [line.event, line.reason, 'userFingerprint' in line] : line
    })
    expect(reasons).toEqual([
      ['start_refused', 'not-signed-in', false],
      ['binding_refused', 'not-signed-in', false],
      ['start_refused', 'another-site', true],
    ])
  })

  test('a consent that is denied, one that is cancelled, and a sign-in as another user', async () => {
    const denied = await waiting()
    await denied.who.decide(await denied.who.start(denied.startUrl), 'deny')
    const cancelled = await waiting(denied.who, ANOTHER_FLOW.question)
    await denied.who.api(`/api/authorizations/${cancelled.id}`, { method: 'DELETE' })
    const other = await somebodyNew(stack)
    const inTheSameBrowser = new Person(stack, other)
    Object.assign(inTheSameBrowser, { browser: denied.who.browser })
    // Without its cookies the issuer does not know this browser; the first user stays signed in at the app.
    for (const cookie of await denied.who.browser.jar.getCookies(stack.signIn))
      await denied.who.browser.jar.setCookie(`${cookie.key}=; Max-Age=0; Path=${cookie.path}`, stack.signIn)
    await inTheSameBrowser.signIn('/auth/sign-in')

    const isCreation = isAbout('authorization_created', denied.id)
    const [created] = (await linesOnce(stack, (all) => all.some(isCreation))).filter(isCreation)
    const ofTheFirst = (line: { userSessionFingerprint: string }) =>
      line.userSessionFingerprint === created?.userSessionFingerprint
    const lines = await linesOnce(stack, (all) => {
      const ended = all.find((line) => line.event === 'signed_out' && ofTheFirst(line))
      return (
        all.some(isAbout('denied', denied.id)) &&
        all.some(isAbout('cancelled', cancelled.id)) &&
        all.some((line) => line.event === 'signed_in' && line.requestId === ended?.requestId)
      )
    })
    one(lines, 'denied', (line) => line.authorizationId === denied.id)
    one(lines, 'cancelled', (line) => line.authorizationId === cancelled.id)
    const { requestId } = one(lines, 'signed_out', ofTheFirst)
    expect(one(lines, 'signed_in', (line) => line.requestId === requestId).userFingerprint).not.toBe(
      created?.userFingerprint,
    )
  })
})

test('a process that is killed during the call leaves its intent, and the chain goes on from there', async () => {
  const victim = await waiting()
  const returnUrl = await victim.who.consentUpToReturn(victim.startUrl)
  const count = await emulator.counting()
  const silent = await own(startSilentServer())
  const doomed = await own(
    startService(stack, 'session-binding', {
      AGENTCORE_TIMEOUT_MS: '30000',
      AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: silent.url,
    }),
  )
  const lost = victim.who.browser.send(returnUrl, { via: doomed.url }).catch(() => 'no answer')
  await silent.asked
  await doomed.stop()
  await doomed.ended()
  silent.stop()
  expect(await lost).toBe('no answer')

  const [intended, ...after] = auditLinesOf(doomed.log())
  expect(after).toEqual([])
  expect(intended).toMatchObject({ event: 'binding_intended', authorizationId: victim.id })

  await leaveBehind(stack, victim.id)
  // Its user opens the same link again.
  expect(outcomeOf(await victim.who.consent(victim.startUrl))).toBe('bound')
  expect(await victim.stream.answer()).toContain(victim.who.username)
  expect(await count('CompleteResourceTokenAuth')).toBe(1)

  const lines = await linesOnce(
    stack,
    (all) =>
      all.some(isAbout('token_obtained', victim.id)) &&
      all.some(isAbout('bound', victim.id)) &&
      all.some(isAbout('binding_unconfirmed', victim.id)),
  )
  const endOf = (id: string) =>
    lines.filter(
      (line) =>
        ['binding_unconfirmed', 'bound'].includes(line.event) &&
        'authorizationId' in line &&
        line.authorizationId === id,
    )
  expect(endOf(victim.id)).toEqual([
    expect.objectContaining({ service: 'agent-workload', event: 'binding_unconfirmed', reason: 'left-behind' }),
    expect.objectContaining({ event: 'bound' }),
  ])
  expect(one(lines, 'authorization_created', (line) => line.authorizationId === victim.id)).toMatchObject({
    correlationId: (intended as { correlationId: string }).correlationId,
  })
})

import { expect, test } from '@jest/globals'
import { attacksOn, type Waiting } from '../support/attack.ts'
import type { Person } from '../support/person.ts'
import { sendRaw } from '../support/raw-http.ts'
import { emulatorOf, replicaOf, signedIn, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const { waiting, spendsNothing, finishes } = attacksOn(stack)

const idsOf = ({ eventsUrl, id }: Waiting) => {
  const turnId = eventsUrl.split('/')[3] ?? ''
  return { turnId, conversationId: turnId.split('.')[0] ?? '', authorizationId: id as string }
}

/** A request whose path no client has normalized. */
async function ask(who: Person, method: string, path: string): Promise<string> {
  const cookie = await who.browser.jar.getCookieString(stack.app)
  const head = `${method} ${path} HTTP/1.1\r\nHost: ${new URL(stack.app).host}\r\nCookie: ${cookie}\r\nConnection: close`
  const { received } = await sendRaw(
    replicaOf(stack, 'agent-workload', 0),
    `${head}\r\nSec-Fetch-Site: same-origin\r\nAccept: application/json\r\n\r\n`,
  )
  return received
}

test('no spelling of its address lets another user read or end a turn, a conversation or an authorization', async () => {
  const victim = await waiting()
  const attacker = await waiting()
  const [theirs, own] = [idsOf(victim), idsOf(attacker)]
  const spellings = (of: (id: string) => string, id: string, ownId: string) => [
    of(id),
    of(id.replace('.', '%2E')),
    of(encodeURIComponent(id).replaceAll(/[A-Za-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)),
    of(`${id}%00`),
    of(`${id}%20`),
    of(`${id};${ownId}`),
    of(`${id},${ownId}`),
    of(`${ownId}/../${id}`),
    of(`${ownId}%2F..%2F${id}`),
    of(`%252e%252e%252f${id}`),
    of(`{${id}}`),
    of(`*`),
    of('%2A'),
    `/${of(id)}`,
    `${of(id)}/`,
    of(id).toUpperCase(),
    `${of(ownId)}/../..${of(id)}`,
    `${of(id)}?${new URLSearchParams({ turnId: ownId, conversationId: ownId, authorizationId: ownId })}`,
    `http://${new URL(stack.app).host}${of(id)}`,
  ]
  const addresses = [
    ...spellings((id) => `/api/turns/${id}/events`, theirs.turnId, own.turnId).map((path) => ['GET', path]),
    ...spellings((id) => `/api/conversations/${id}`, theirs.conversationId, own.conversationId).map((path) => [
      'GET',
      path,
    ]),
    ...spellings((id) => `/authorizations/${id}/start`, theirs.authorizationId, own.authorizationId).map((path) => [
      'GET',
      path,
    ]),
    ...spellings((id) => `/api/authorizations/${id}`, theirs.authorizationId, own.authorizationId).map((path) => [
      'DELETE',
      path,
    ]),
  ] as [string, string][]
  await spendsNothing(victim, () =>
    spendsNothing(attacker, async () => {
      for (const [method, path] of addresses) {
        const received = await ask(attacker.who, method, path)
        expect([path, received]).toEqual([path, expect.stringMatching(/^HTTP\/1\.1 40[0-9] /)])
        expect(received).not.toContain('List my repositories')
        expect(received).not.toContain(victim.id)
      }
    }),
  )
  await finishes(victim)
  await finishes(attacker)
})

test('no Last-Event-ID returns events of another stream', async () => {
  const victim = await waiting()
  const attacker = await signedIn(stack)
  const own = await attacker.ask('What can you do?')
  await own.stream.next('done')
  const theirs = victim.stream.events[0]?.id ?? ''
  const cursors = ['-', '+', '$', '>', '*', '(0', '(0-0', '0', '0-0 +', `${theirs},0-0`, idsOf(victim).turnId]
  cursors.push(
    '-1-1',
    '0-0-0',
    '٠-٠',
    `${'9'.repeat(20)}-0`,
    `0-${'9'.repeat(40)}`,
    '{}',
    '[]',
    'NaN',
    'null',
    '__proto__',
  )
  for (const cursor of cursors) {
    const answer = await attacker.api(own.eventsUrl, {
      headers: { 'last-event-id': Buffer.from(cursor).toString('latin1') },
    })
    expect([cursor, answer.status, answer.body]).toEqual([cursor, 400, expect.stringContaining('invalid_request')])
  }
  for (const cursor of ['0-0', theirs, '9999999999999999-0']) {
    const answer = await attacker.api(own.eventsUrl, { headers: { 'last-event-id': cursor } })
    const ids = [...answer.body.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)
    for (const id of ids) expect(own.stream.events.map((event) => event.id)).toContain(id)
    expect(answer.body).not.toContain(victim.id)
  }
  expect(await own.stream.answer()).not.toBe('')
  await finishes(victim)
})

test('a connection serves only its user: another user does not see it, and is asked for a consent of their own', async () => {
  const victim = await waiting()
  await finishes(victim)
  const attacker = await signedIn(stack)
  const list = async (who: Person) =>
    JSON.parse((await who.api('/api/connections')).body) as { provider: string; status: string; account?: string }[]
  const github = async (who: Person) => (await list(who)).find(({ provider }) => provider === 'github')
  expect(await github(victim.who)).toMatchObject({ status: 'connected', account: victim.who.username })
  expect(await github(attacker)).toEqual(expect.objectContaining({ status: 'not_connected', scopes: [] }))
  expect(await github(attacker)).not.toHaveProperty('account')

  const count = await emulatorOf(stack).counting()
  const { stream } = await attacker.ask('List my repositories')
  expect((await stream.next('authorization_required')).data.provider).toBe('github')
  expect(stream.text).not.toContain(victim.who.username)
  expect(await count('CompleteResourceTokenAuth')).toBe(0)

  const again = await victim.who.ask('List my repositories')
  expect(await again.stream.answer()).toContain(`repo-of-${victim.who.username}`)
})

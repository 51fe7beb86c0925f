import { Connection } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { outcomeOf, type Person } from '../support/person.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { revokeAtVendor, witnessAt } from '../support/vendors.ts'

const stack = stackOfThisWorker()
const GOOGLE = '/api/connections/google-calendar'
const TODAY = 'What is on my calendar today?'

/** The user's second account at the vendor. */
const home = (who: Person) => `${who.username}-home`
const address = (username: string) => `${username}@example.com`
const meetingOf = (username: string) => `Meeting of ${username} (`
const inAccount = (username: string) => `What is on my calendar today, in account ${address(username)}`

async function rowsOf(who: Person): Promise<Connection[]> {
  const list = Connection.array().parse(JSON.parse((await who.api('/api/connections')).body))
  return list.filter(({ provider }) => provider === 'google-calendar')
}

async function rowOf(who: Person, account: string): Promise<Connection> {
  const rows = await rowsOf(who)
  const found = rows.find((row) => row.account === account)
  if (!found) throw new Error(`There is no ${account}: ${JSON.stringify(rows)}`)
  return found
}

const post = (who: Person, path: string, json?: object) =>
  who.api(`${GOOGLE}/${path}`, { method: 'POST', ...(json && { json }) })

async function startOf(answer: Promise<{ status: number; body: string }>): Promise<string> {
  const { status, body } = await answer
  if (status !== 201) throw new Error(`${status} ${body}`)
  return JSON.parse(body).startUrl
}

async function consentAs(who: Person, startUrl: string, username: string): Promise<void> {
  const opened = await who.browser.navigate(new URL(startUrl, stack.app), { from: new URL(stack.app) })
  const asks = opened.body.includes('type="password"')
  const page = asks ? await who.browser.submit(opened, { username, password: who.password }) : opened
  expect(page.body).toContain(`as <strong>${username}</strong>`)
  expect(outcomeOf(await who.decide(page, 'authorize'))).toBe('bound')
}

async function connected(): Promise<Person> {
  const who = await signedIn(stack)
  const { stream } = await who.ask(TODAY)
  await consentAs(who, (await stream.next('authorization_required')).data.startUrl, who.username)
  expect(await stream.answer()).toContain(meetingOf(who.username))
  return who
}

async function add(who: Person, username: string): Promise<void> {
  await consentAs(
    who,
    await startOf(post(who, 'authorizations', { hint: address(username), anotherAccount: true })),
    username,
  )
  await until(async () => (await rowsOf(who)).some(({ account }) => account === address(username)))
}

async function signOutAtGoogle({ browser: { jar } }: Person): Promise<void> {
  const { href, port } = new URL(stack.vendors['google-calendar'] ?? '')
  for (const { key, domain, path } of await jar.getCookies(href))
    if (key.startsWith(`local-${port}-`)) await jar.store.removeCookie(domain ?? '', path ?? '', key)
}

/** The connected account has to be connected again, and its user chooses the second one instead. */
async function withWrongAccount() {
  const who = await connected()
  await revokeAtVendor(stack, 'google-calendar', who.username)
  await signOutAtGoogle(who)
  const { stream } = await who.ask(TODAY)
  await consentAs(who, (await stream.next('authorization_required')).data.startUrl, home(who))
  const { data } = await stream.next('wrong_account')
  expect(data).toMatchObject({ askedAccount: address(who.username), account: address(home(who)) })
  expect(await rowsOf(who)).toMatchObject([
    { status: 'wrong_account', askedAccount: address(who.username), account: address(home(who)) },
  ])
  return { who, stream, accountId: data.accountId }
}

/** The calls at the vendor with tokens of that account, without those that ask for the account's name. */
const usesOf = async (username: string) =>
  (await witnessAt(stack, 'google-calendar', username)).calls.filter(({ path }) => path !== '/oauth2/v3/tokeninfo')

async function answerTo(who: Person, question: string): Promise<string> {
  const { stream } = await who.ask(question)
  const answer = await stream.answer()
  expect(stream.events.map(({ event }) => event)).not.toContain('authorization_required')
  return answer
}

test('two accounts: a question that names one uses it, any other one the default; with one disconnected the other still works', async () => {
  const who = await connected()
  await add(who, home(who))
  const [first, second] = [await rowOf(who, address(who.username)), await rowOf(who, address(home(who)))]
  expect([first, second]).toMatchObject([
    { status: 'connected', isDefault: true },
    { status: 'connected', isDefault: false, askedAccount: address(home(who)) },
  ])
  expect(await answerTo(who, TODAY)).toContain(meetingOf(who.username))
  expect(await usesOf(home(who))).toEqual([])
  expect(await answerTo(who, inAccount(home(who)))).toContain(meetingOf(home(who)))

  const choice = { method: 'PUT', json: { account: second.accountId } }
  expect((await who.api(`${GOOGLE}/default`, choice)).status).toBe(204)
  expect(await answerTo(who, TODAY)).toContain(meetingOf(home(who)))
  expect(await answerTo(who, inAccount(who.username))).toContain(meetingOf(who.username))

  await who.api(`${GOOGLE}?account=${second.accountId}`, { method: 'DELETE' })
  await until(async () => (await rowOf(who, address(home(who)))).status === 'disconnected')
  const before = await usesOf(home(who))
  expect(await answerTo(who, TODAY)).toContain(meetingOf(who.username))
  expect(await usesOf(home(who))).toEqual(before)
})

test('another account than before: nothing is done with it and the turn waits, until its user says "Use it"', async () => {
  const { who, stream, accountId } = await withWrongAccount()
  const other = await who.ask(TODAY)
  await other.stream.next('wrong_account')
  expect(await usesOf(home(who))).toEqual([])
  const { generation, account } = await rowOf(who, address(home(who)))
  const used = await post(who, `acceptance?account=${accountId}`, { generation, account })
  expect([used.status, JSON.parse(used.body)]).toMatchObject([
    200,
    { status: 'connected', account: address(home(who)) },
  ])
  for (const turn of [stream, other.stream]) expect(await turn.answer()).toContain(meetingOf(home(who)))
})

test('"Use it" of an account that is connected already uses that connection from then on: there is no second one', async () => {
  const who = await connected()
  await add(who, home(who))
  await revokeAtVendor(stack, 'google-calendar', who.username)
  await signOutAtGoogle(who)
  const { stream } = await who.ask(TODAY)
  await consentAs(who, (await stream.next('authorization_required')).data.startUrl, home(who))
  const { data } = await stream.next('wrong_account')
  expect(data).toMatchObject({ account: address(home(who)), isConnectedAlready: true })
  const { accountId, generation, account } = data
  const used = await post(who, `acceptance?account=${accountId}`, { generation, account })
  const row = { status: 'connected', askedAccount: account, isDefault: true }
  expect([used.status, JSON.parse(used.body)]).toMatchObject([200, row])
  await stream.answer()
  expect(await answerTo(who, TODAY)).toContain(meetingOf(home(who)))
  expect((await rowsOf(who)).filter((row) => row.status === 'connected')).toMatchObject([{ account }])
  expect(await answerTo(who, inAccount(home(who)))).toContain(meetingOf(home(who)))

  await consentAs(who, await startOf(post(who, 'authorizations', { account: accountId })), who.username)
  await until(async () => (await rowsOf(who)).every(({ status }) => status === 'connected'))
  expect((await rowsOf(who)).map((row) => row.account)).toEqual(
    [who, { username: home(who) }].map(({ username }) => address(username)),
  )
})

test('"Connect again": the turn waits for that consent, and goes on with the right account', async () => {
  const { who, stream, accountId } = await withWrongAccount()
  await consentAs(who, await startOf(post(who, 'authorizations', { account: accountId })), who.username)
  expect(await stream.answer()).toContain(meetingOf(who.username))
  expect(await usesOf(home(who))).toEqual([])
  expect(await rowsOf(who)).toMatchObject([{ status: 'connected', account: address(who.username) }])
})

test('a wrong account that is disconnected: the turn ends without it, and its token has ended at the vendor', async () => {
  const { who, stream, accountId } = await withWrongAccount()
  expect((await who.api(`${GOOGLE}?account=${accountId}`, { method: 'DELETE' })).status).toBe(200)
  await stream.answer()
  await until(async () => (await witnessAt(stack, 'google-calendar', home(who))).tokens === 0)
  expect(await usesOf(home(who))).toEqual([])
  expect(stream.events.filter(({ event }) => event === 'authorization_required')).toHaveLength(1)
})

test('"Not the right one?": nothing is called from then on, and the vendor’s chooser leads to another account', async () => {
  const who = await connected()
  const { accountId } = await rowOf(who, address(who.username))
  const before = await usesOf(who.username)
  const startUrl = await startOf(post(who, `doubt?account=${accountId}`))
  const { stream } = await who.ask(TODAY)
  await stream.next('authorization_required')
  expect(await usesOf(who.username)).toEqual(before)

  const chooser = await who.browser.navigate(new URL(startUrl, stack.app), { from: new URL(stack.app) })
  expect(chooser.body).toContain('Choose an account')
  const page = await who.browser.submit(chooser, { account: home(who) })
  expect(outcomeOf(await who.decide(page, 'authorize'))).toBe('bound')
  expect(await stream.answer()).toContain(meetingOf(home(who)))
  expect(await rowsOf(who)).toMatchObject([{ status: 'connected', account: address(home(who)) }])
  expect(await usesOf(who.username)).toEqual(before)
})

test('an unknown id and the id of another user’s account are answered alike, and change nothing', async () => {
  const [alice, bob] = [await connected(), await connected()]
  const row = await rowOf(alice, address(alice.username))
  const asBob = async (account = '') => {
    const answers = [
      await post(bob, `acceptance?account=${account}`, { generation: 0 }),
      await post(bob, `doubt?account=${account}`),
      await post(bob, 'authorizations', { account }),
      await bob.api(`${GOOGLE}/default`, { method: 'PUT', json: { account } }),
      await bob.api(`${GOOGLE}?account=${account}`, { method: 'DELETE' }),
    ]
    return answers.map(({ status, body }) => ({ status, code: JSON.parse(body).error?.code ?? JSON.parse(body).code }))
  }
  const foreign = await asBob(row.accountId)
  expect(foreign.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
  expect(await asBob('A'.repeat(11))).toEqual(foreign)
  expect(await rowOf(alice, address(alice.username))).toEqual(row)
  expect(await answerTo(bob, TODAY)).toContain(meetingOf(bob.username))
})

test('an empty name is not sent to the vendor, and one name twice at once, also in capitals, is one connection', async () => {
  const who = await signedIn(stack)
  const asked = async (json: object) => {
    const startUrl = await startOf(post(who, 'authorizations', json))
    const atGoogle = (url: URL) => url.pathname === '/o/oauth2/v2/auth'
    const { url, status } = await who.browser.navigate(new URL(startUrl, stack.app), {
      from: new URL(stack.app),
      until: atGoogle,
    })
    if (!atGoogle(url)) throw new Error(`${status} ${url.pathname}`)
    return url.searchParams
  }
  const empty = await asked({ hint: '' })
  expect([empty.has('login_hint'), empty.get('prompt')]).toEqual([false, 'consent'])

  const hint = 'some.one+work@example.com'
  const both = await Promise.all(
    [hint, hint.toUpperCase()].map((name) => post(who, 'authorizations', { hint: name, anotherAccount: true })),
  )
  expect(both.map(({ status }) => status)).toEqual([201, 201])
  const named = (await rowsOf(who)).filter(({ askedAccount }) => askedAccount?.toLowerCase() === hint)
  expect(named).toHaveLength(1)
})

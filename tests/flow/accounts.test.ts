import type { ListedConnection } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { outcomeOf, type Person } from '../support/person.ts'
import { signedIn, stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { revokeAtVendor, signOutAt, witnessAt } from '../support/vendors.ts'

const stack = stackOfThisWorker()
const GOOGLE = '/api/connections/google-calendar'
const TODAY = 'What is on my calendar today?'

/** The user's second account at the vendor. */
const home = (who: Person) => `${who.username}-home`
const address = (username: string) => `${username}@example.com`
const meetingOf = (username: string) => `Meeting of ${username} (`
const inAccount = (username: string) => `What is on my calendar today, in account ${address(username)}`

const rowsOf = (who: Person) => who.connections('google-calendar')

async function rowOf(who: Person, account: string): Promise<ListedConnection> {
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

const signOutAtGoogle = (who: Person) => signOutAt(who, 'google-calendar')

/** The connected account has to be connected again, and its user chooses the second one instead. */
async function withWrongAccount() {
  const who = await connected()
  await revokeAtVendor(stack, 'google-calendar', who.username)
  await signOutAtGoogle(who)
  const { stream } = await who.ask(TODAY)
  await consentAs(who, (await stream.next('authorization_required')).data.startUrl, home(who))
  const { data } = await stream.next('authorization_failed')
  expect(data).toMatchObject({ code: 'wrong_account', account: address(home(who)) })
  // The turn goes on without that access.
  await stream.answer()
  const row = await rowOf(who, address(home(who)))
  expect(row).toMatchObject({ status: 'wrong_account', askedAccount: address(who.username) })
  return { who, stream, accountId: row.accountId }
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
    { status: 'connected', isDefault: false },
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

test('another account than the expected one: nothing is done with it, until its user says "Use it"', async () => {
  const { who, accountId } = await withWrongAccount()
  expect(await usesOf(home(who))).toEqual([])
  const { generation } = await rowOf(who, address(home(who)))
  const outdated = await post(who, `acceptance?account=${accountId}`, { generation: (generation ?? 0) + 1 })
  expect(outdated.status).toBe(409)
  const used = await post(who, `acceptance?account=${accountId}`, { generation })
  expect([used.status, JSON.parse(used.body)]).toMatchObject([
    200,
    { status: 'connected', account: address(home(who)) },
  ])
  expect(await answerTo(who, TODAY)).toContain(meetingOf(home(who)))
})

test('another account that is connected already: it goes on working, and there is no second one', async () => {
  const who = await connected()
  await add(who, home(who))
  await revokeAtVendor(stack, 'google-calendar', who.username)
  await signOutAtGoogle(who)
  const { stream } = await who.ask(inAccount(who.username))
  await consentAs(who, (await stream.next('authorization_required')).data.startUrl, home(who))
  const { data } = await stream.next('authorization_failed')
  expect(data).toMatchObject({ code: 'wrong_account', account: address(home(who)) })
  await stream.answer()
  expect((await rowsOf(who)).map(({ account, status }) => [account, status])).toEqual([
    [address(who.username), 'needs_reauthorization'],
    [address(home(who)), 'connected'],
  ])
  expect(await answerTo(who, inAccount(home(who)))).toContain(meetingOf(home(who)))

  await signOutAtGoogle(who)
  const { accountId } = await rowOf(who, address(who.username))
  await consentAs(who, await startOf(post(who, 'authorizations', { account: accountId })), who.username)
  await until(async () => (await rowsOf(who)).every(({ status }) => status === 'connected'))
})

test('"Try again": the right account is connected, and the other one is still not used', async () => {
  const { who, accountId } = await withWrongAccount()
  const startUrl = await startOf(post(who, 'authorizations', { account: accountId }))
  const chooser = await who.browser.navigate(new URL(startUrl, stack.app), { from: new URL(stack.app) })
  expect(chooser.body).toContain('Choose an account')
  await signOutAtGoogle(who)
  await consentAs(who, startUrl, who.username)
  await until(async () => (await rowOf(who, address(who.username))).status === 'connected')
  expect(await answerTo(who, TODAY)).toContain(meetingOf(who.username))
  expect(await usesOf(home(who))).toEqual([])
  expect((await rowOf(who, address(home(who)))).status).toBe('wrong_account')
})

test('a wrong account that is disconnected: its token has ended at the vendor, and nothing was done with it', async () => {
  const { who, accountId } = await withWrongAccount()
  expect((await who.api(`${GOOGLE}?account=${accountId}`, { method: 'DELETE' })).status).toBe(200)
  await until(async () => (await witnessAt(stack, 'google-calendar', home(who))).tokens === 0)
  expect(await usesOf(home(who))).toEqual([])
})

test('an unknown id and the id of another user’s account are answered alike, and change nothing', async () => {
  const [alice, bob] = [await connected(), await connected()]
  const row = await rowOf(alice, address(alice.username))
  const asBob = async (account = '') => {
    const answers = [
      await post(bob, `acceptance?account=${account}`, { generation: 0 }),
      await post(bob, 'authorizations', { account }),
      await bob.api(`${GOOGLE}/default`, { method: 'PUT', json: { account } }),
      await bob.api(`${GOOGLE}?account=${account}`, { method: 'DELETE' }),
    ]
    return answers.map(({ status, body }) => ({ status, code: JSON.parse(body).error?.code ?? JSON.parse(body).code }))
  }
  const foreign = await asBob(row.accountId)
  expect(foreign.map(({ status }) => status)).toEqual([404, 404, 404, 404])
  expect(await asBob('A'.repeat(11))).toEqual(foreign)
  expect(await rowOf(alice, address(alice.username))).toEqual(row)
  expect(await answerTo(bob, TODAY)).toContain(meetingOf(bob.username))
})

test('an empty name is not sent to the vendor, and one name twice at once is one question', async () => {
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
    [hint, hint].map((name) => post(who, 'authorizations', { hint: name, anotherAccount: true })),
  )
  expect(both.map(({ status }) => status)).toEqual([201, 201])
  expect((await rowsOf(who)).filter(({ askedAccount }) => askedAccount === hint)).toHaveLength(1)
})

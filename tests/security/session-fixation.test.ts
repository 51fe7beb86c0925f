import { signInCookie, USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { sha256 } from '@agent-identity/service-runtime'
import { expect, test } from '@jest/globals'
import type { Person } from '../support/person.ts'
import { cookieOf } from '../support/redis.ts'
import { emulatorOf, signedIn, somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()
const emulator = emulatorOf(stack)

const plant = (victim: Person, name: string, value: string) =>
  victim.browser.jar.setCookie(`${name}=${value}; Path=/; Secure; HttpOnly`, stack.app)

async function whoIs(person: Person, cookie?: string): Promise<string | number> {
  const answer = await person.api('/api/session', cookie ? { headers: { cookie } } : {})
  return answer.status === 200 ? (JSON.parse(answer.body) as { user: { name: string } }).user.name : answer.status
}

const nameOf = ({ username }: Person) => username.charAt(0).toUpperCase() + username.slice(1)

test('an attacker’s own session cookie in the victim’s browser is useless after the victim has signed in', async () => {
  const attacker = await signedIn(stack)
  const planted = (await cookieOf(attacker, USER_SESSION_COOKIE)) ?? ''
  const victim = await somebodyNew(stack)
  await plant(victim, USER_SESSION_COOKIE, planted)
  const count = await emulator.counting()

  await victim.signIn('/auth/sign-in')
  expect(await whoIs(victim)).toBe(nameOf(victim))
  expect(await cookieOf(victim, USER_SESSION_COOKIE)).not.toBe(planted)
  expect(await whoIs(attacker)).toBe(401)
  expect(await count('GetWorkloadAccessTokenForJWT')).toBe(0)

  await attacker.signIn()
  expect(await whoIs(attacker)).toBe(nameOf(attacker))
  const { stream } = await victim.ask('List my repositories')
  await victim.connect((await stream.next('authorization_required')).data.startUrl)
  expect(await stream.answer()).toContain(`repo-of-${victim.username}`)
})

test('a session id that the attacker has chosen is not adopted, signed or not', async () => {
  const attacker = await signedIn(stack)
  const own = decodeURIComponent((await cookieOf(attacker, USER_SESSION_COOKIE)) ?? '')
  const signature = own.split('.')[1]
  const known = 'A'.repeat(43)
  for (const value of [known, `s:${known}`, `s:${known}.${signature}`, `s:${known}.${'A'.repeat(43)}`, `j:{"id":1}`]) {
    const victim = await somebodyNew(stack)
    await plant(victim, USER_SESSION_COOKIE, encodeURIComponent(value))
    expect(await whoIs(victim)).toBe(401)
    await victim.signIn()
    expect(await cookieOf(victim, USER_SESSION_COOKIE)).not.toContain(known)
    expect(await whoIs(victim)).toBe(nameOf(victim))
    expect(await whoIs(attacker, `${USER_SESSION_COOKIE}=${encodeURIComponent(value)}`)).toBe(401)
  }
})

test('an attacker’s sign-in finished in the victim’s browser does not sign the victim in as the attacker', async () => {
  const attacker = await somebodyNew(stack)
  const form = await attacker.browser.navigate(new URL('/auth/sign-in', stack.app))
  const { url } = await attacker.browser.submit(
    form,
    { username: attacker.username, password: attacker.password },
    { until: ({ pathname }) => pathname === '/auth/callback' },
  )
  const victims = [await somebodyNew(stack), await signedIn(stack)] as const
  for (const victim of victims) {
    const before = await whoIs(victim)
    const answer = await victim.browser.navigate(url, { from: new URL(stack.signIn) })
    expect([answer.status, answer.headers['set-cookie']]).toEqual([400, undefined])
    expect(await whoIs(victim)).toBe(before)
  }
  // The code was not consumed.
  expect(await cookieOf(attacker, signInCookie(sha256(url.searchParams.get('state') ?? '')))).toMatch(
    /^[\w-]+\.[\w-]+$/,
  )
  await attacker.browser.navigate(url, { from: new URL(stack.signIn) })
  expect(await whoIs(attacker)).toBe(nameOf(attacker))
  await victims[0].signIn()
  expect(await whoIs(victims[0])).toBe(nameOf(victims[0]))
})

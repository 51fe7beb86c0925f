import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { HostileIssuer, type Misbehaviour } from '../support/hostile-issuer.ts'
import { type Answer, HttpBrowser } from '../support/http-browser.ts'
import { freePorts, ownDatabase, type ServiceProcess, startService } from '../support/service-process.ts'
import { stackOfThisWorker } from '../support/stack.ts'
import { until } from '../support/until.ts'

const stack = stackOfThisWorker()
const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey
const EVIL = 'https://evil.example'
let issuer: HostileIssuer
let app: ServiceProcess
let publicUrl: string

beforeAll(async () => {
  issuer = await new HostileIssuer().start()
  const port = String((await freePorts(1))[0])
  publicUrl = `http://localhost:${port}`
  const REDIS_URL = ownDatabase(stack)
  app = await startService(stack, 'agent-workload', {
    ...issuer.variables,
    PORT: port,
    PUBLIC_URL: publicUrl,
    REDIS_URL,
  })
})
afterAll(async () => {
  await app.stop()
  issuer.stop()
})
beforeEach(() => {
  issuer.misbehaviour = {}
  issuer.redeemed = 0
})

const signIn = (browser: HttpBrowser) => browser.navigate(new URL('/auth/sign-in', publicUrl))
/** Signs in, and stops before the callback. */
async function comesBack(browser: HttpBrowser): Promise<URL> {
  const until = ({ pathname }: URL) => pathname === '/auth/callback'
  return (await browser.navigate(new URL('/auth/sign-in', publicUrl), { until })).url
}
const whoIs = async (browser: HttpBrowser) => (await browser.api(new URL('/api/session', publicUrl))).status

async function expectRefused(browser: HttpBrowser, answer: Answer): Promise<void> {
  expect([answer.status, answer.headers['set-cookie'], answer.headers.location]).toEqual([400, undefined, undefined])
  expect(answer.body).toContain('The sign-in did not work')
  expect(await whoIs(browser)).toBe(401)
}

async function expectWorksAgain(browser: HttpBrowser): Promise<void> {
  issuer.misbehaviour = {}
  await signIn(browser)
  expect(await whoIs(browser)).toBe(200)
}

describe('an answer of the authorization server is refused, and its code is not redeemed,', () => {
  test.each<[string, Misbehaviour['answer']]>([
    ['when it names another issuer', { iss: EVIL }],
    ['when it has no issuer, although this issuer always sends one', { iss: undefined }],
    ['when it has no state', { state: undefined }],
    ['when it has a forged state', { state: 'A'.repeat(43) }],
    ['when it is an error', { code: undefined, error: 'access_denied', error_description: '<script>1</script>' }],
    ['when it contains tokens, as in the implicit flow', { code: undefined, id_token: 'x', access_token: 'x' }],
    ['when it contains another answer as a JWT', { response: 'eyJhbGciOiJub25lIn0.e30.' }],
  ])('%s', async (_what, answer) => {
    issuer.misbehaviour = { answer: answer ?? {} }
    const browser = new HttpBrowser()
    const refused = await signIn(browser)
    await expectRefused(browser, refused)
    expect(refused.body).not.toContain('<script>1')
    expect(issuer.redeemed).toBe(0)
    await expectWorksAgain(browser)
  })
})

describe('an ID token is refused', () => {
  test.each<[string, Misbehaviour]>([
    ['of another issuer', { claims: { iss: EVIL } }],
    ['for another client', { claims: { aud: 'another-app' } }],
    ['for another client too, which is the authorized party', { claims: { aud: ['the-app', 'other'], azp: 'other' } }],
    ['with the nonce of another sign-in', { claims: { nonce: 'A'.repeat(43) } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['that has expired', { claims: { exp: Math.floor(Date.now() / 1_000) - 60 } }],
    ['without a subject', { claims: { sub: undefined } }],
    ['without a signature', { token: (claims, it) => it.unsigned(claims) }],
    ['signed with the client secret', { token: (claims, it) => it.hmac(claims, it.client.secret) }],
    ['signed with the public key as a secret', { token: (claims, it) => it.hmac(claims, it.publicKeyText) }],
    ['signed by another issuer', { token: (claims, it) => it.signed(claims, {}, stranger) }],
    [
      'whose signature is of other claims',
      { token: (claims, it) => graft(it.signed({ ...claims, sub: 'me' }), claims) },
    ],
    ['that is missing', { token: () => undefined }],
  ])('%s', async (_what, misbehaviour) => {
    issuer.misbehaviour = misbehaviour
    const browser = new HttpBrowser()
    await expectRefused(browser, await signIn(browser))
    await expectWorksAgain(browser)
  })
})

test('an answer signs in once: replayed, in any browser, it is refused before its code is redeemed', async () => {
  const browser = new HttpBrowser()
  const url = await comesBack(browser)
  const thief = new HttpBrowser()
  await comesBack(thief)
  await expectRefused(thief, await thief.navigate(url))
  expect(issuer.redeemed).toBe(0)
  await browser.navigate(url)
  expect([await whoIs(browser), issuer.redeemed]).toEqual([200, 1])
  const again = await browser.send(url, {})
  expect([again.status, again.headers['set-cookie'], issuer.redeemed]).toEqual([400, undefined, 1])
  expect(await whoIs(browser)).toBe(200)
})

test('a stolen code under the thief’s own state is useless: the nonce of its ID token is the victim’s', async () => {
  const [victim, thief] = [new HttpBrowser(), new HttpBrowser()]
  const [theirs, own] = [await comesBack(victim), await comesBack(thief)]
  own.searchParams.set('code', theirs.searchParams.get('code') ?? '')
  // This issuer checks no verifier: only the nonce is wrong.
  await expectRefused(thief, await thief.navigate(own))
  await victim.navigate(theirs)
  expect(await whoIs(victim)).toBe(200)
})

test('the log contains no text of the issuer', async () => {
  issuer.misbehaviour = { token: (claims, it) => it.hmac(claims, it.client.secret) }
  const refused = [await signIn(new HttpBrowser())]
  issuer.misbehaviour = { answer: { code: undefined, error: 'x', error_description: '<script>' } }
  refused.push(await signIn(new HttpBrowser()))
  for (const { headers } of refused) await until(async () => app.log().includes(String(headers['x-request-id'])))
  expect(app.log()).toContain('sign-in refused')
  for (const secret of ['an-access-token', issuer.client.secret, 'code-1-', '<script>', 'eyJ'])
    expect(app.log()).not.toContain(secret)
})

function graft(token: string, claims: object): string {
  const [header, , signature] = token.split('.')
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
}

import { expect, test } from '@jest/globals'
import { somebodyNew, stackOfThisWorker } from '../support/stack.ts'

const stack = stackOfThisWorker()

test('every cookie of ours is bound to the host, hidden from scripts, Secure, and SameSite=Lax', async () => {
  const somebody = await somebodyNew(stack)
  const lines: string[] = []
  const send = somebody.browser.send.bind(somebody.browser)
  somebody.browser.send = async (url, options) => {
    // A load balancer's header about the connection must not remove Secure.
    const headers = { ...options.headers, 'x-forwarded-proto': 'http' }
    const answer = await send(url, url.origin === stack.app ? { ...options, headers } : options)
    if (url.origin === stack.app) lines.push(...(answer.headers['set-cookie'] ?? []))
    return answer
  }
  await somebody.signIn()
  const { stream } = await somebody.ask('List my repositories')
  await somebody.connect((await stream.next('authorization_required')).data.startUrl)
  await stream.answer()
  await somebody.signOut()

  const cookies = lines.map((line) => {
    const [pair = '', ...attributes] = line.split('; ')
    // That of a sign-in ends with a hash of its state.
    const name = (pair.split('=')[0] ?? '').replace(/^(__Host-sign-in)-[\w-]{43}$/, '$1')
    return { name, value: pair.slice(pair.indexOf('=') + 1), attributes }
  })
  expect(new Set(cookies.map(({ name }) => name))).toEqual(
    new Set(['__Host-user-session', '__Host-sign-in', '__Host-browser-binding']),
  )
  for (const { name, value, attributes } of cookies) {
    const lifetime = attributes.filter((attribute) => /^(Max-Age|Expires)=/.test(attribute))
    expect([name, attributes.filter((attribute) => !lifetime.includes(attribute)).toSorted()]).toEqual([
      name,
      ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'],
    ])
    // The cookie of a sign-in has a lifetime; the others end with the browser, or at once.
    const ends = name === '__Host-sign-in' ? ['Max-Age=600', expect.stringMatching(/^Expires=/)] : []
    expect(lifetime).toEqual(value === '' ? ['Expires=Thu, 01 Jan 1970 00:00:00 GMT'] : ends)
  }
  expect(cookies.filter(({ value }) => value === '').map(({ name }) => name)).toEqual([
    '__Host-sign-in',
    '__Host-user-session',
    '__Host-browser-binding',
  ])
  expect(await somebody.browser.jar.getCookieString(stack.app)).toBe('')
  await somebody.signIn()
  expect((await somebody.api('/api/session')).status).toBe(200)
})

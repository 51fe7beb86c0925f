import { randomBytes } from 'node:crypto'
import type { Answer } from './http-browser.ts'
import type { Person } from './person.ts'
import { ANOTHER_FLOW } from './provider-flows.ts'
import { somebodyNew } from './stack.ts'

const id = (bytes: number) => randomBytes(bytes).toString('base64url')

export interface NamedAnswer {
  name: string
  answer: Answer
}

/**
 * Answers of many routes, with and without a user session.
 *
 * @param somebody is signed in
 */
export async function everyAnswer(somebody: Person, headers: Record<string, string> = {}): Promise<NamedAnswer[]> {
  const { stack } = somebody
  const anonymous = await somebodyNew(stack)
  const answers: NamedAnswer[] = []
  const ask = async (who: Person, method: string, path: string, more: Record<string, string> = {}, raw?: string) => {
    const answer = await who.browser.send(new URL(path, stack.app), {
      method,
      headers: { ...headers, ...more },
      ...(raw === undefined ? {} : { raw }),
    })
    answers.push({ name: `${method} ${path.split('?')[0]} ${answer.status}`, answer })
    return answer
  }
  const html = { accept: 'text/html' }
  const own = { 'sec-fetch-site': 'same-origin' }
  const json = { ...own, 'content-type': 'application/json' }

  const chat = await ask(somebody, 'GET', '/', html)
  await ask(somebody, 'GET', '/connections', html)
  const assets = [...chat.body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
  for (const path of new Set([...assets, '/oauth2/session-binding/assets/binding-page.js'])) {
    await ask(somebody, 'GET', path)
  }
  await ask(somebody, 'GET', '/api/session')
  await ask(somebody, 'GET', '/api/connections')
  const asked = await ask(somebody, 'POST', '/api/turns', json, '{"message":"What can you do?"}')
  const { conversationId, eventsUrl } = JSON.parse(asked.body) as { conversationId: string; eventsUrl: string }
  await ask(somebody, 'GET', eventsUrl, { accept: 'text/event-stream' })
  await ask(somebody, 'GET', `/api/conversations/${conversationId}`)
  const created = await ask(somebody, 'POST', `/api/connections/${ANOTHER_FLOW.provider}/authorizations`, own)
  const { startUrl, authorizationId } = JSON.parse(created.body) as { startUrl: string; authorizationId: string }
  await ask(somebody, 'GET', startUrl, { ...html, ...own })
  await ask(somebody, 'DELETE', `/api/authorizations/${authorizationId}`, own)
  await ask(somebody, 'GET', startUrl, { ...html, ...own })
  for (const query of [
    '',
    `?state=${id(16)}.${id(16)}.${id(32)}&session_id=urn:ietf:params:oauth:request_uri:${id(16)}`,
  ])
    await ask(somebody, 'GET', `/oauth2/session-binding${query}`, html)

  await ask(anonymous, 'GET', '/', html)
  await ask(anonymous, 'GET', '/auth/signed-out', html)
  await ask(anonymous, 'GET', '/auth/sign-in', html)
  await ask(anonymous, 'GET', '/auth/callback?state=x&code=x', html)
  await ask(anonymous, 'GET', '/oauth2/session-binding', html)
  await ask(anonymous, 'GET', '/api/session')
  await ask(anonymous, 'GET', startUrl, html)
  for (const path of ['/nowhere', '/api/nowhere', '/assets/nowhere', '/oauth2/session-binding/nowhere', '/%E0%A4%A'])
    for (const accept of ['text/html', 'application/json']) await ask(anonymous, 'GET', path, { accept })
  for (const [path, body] of [
    ['/api/turns', '{'],
    ['/api/turns', JSON.stringify({ message: 'x'.repeat(60_000) })],
    ['/api/turns', '{"message":""}'],
  ] as const)
    await ask(somebody, 'POST', path, json, body)
  await ask(somebody, 'POST', '/api/turns', { ...own, 'content-type': 'text/plain' }, 'x')
  await ask(somebody, 'POST', '/api/turns', {}, 'x')
  for (const method of ['PUT', 'PATCH', 'TRACE', 'OPTIONS', 'HEAD'])
    for (const path of [
      ...['/', '/connections', '/auth/sign-in', '/auth/callback', '/auth/sign-out', '/oauth2/session-binding'],
      ...['/api/session', '/api/turns', eventsUrl, `/api/conversations/${conversationId}`, '/api/connections'],
      ...['/api/connections/github/authorizations', `/api/authorizations/${authorizationId}`, startUrl],
    ])
      await ask(somebody, method, path, { ...html, ...own })
  return answers
}

import type { Page } from 'playwright-core'
import type { Visitor } from '../browser/visitor.ts'

const QUESTION = {
  provider: 'profile',
  text: 'What is the e-mail address in my profile?',
} as const

export interface Waiting {
  authorizationId: string
  startUrl: string
  /** Settles when the stream of the turn's events ends, normally at the end of the turn. */
  answer: Promise<string>
}

interface TurnEvent {
  event: string
  data: { delta?: string; startUrl?: string; authorizationId?: string; code?: string }
}

export async function askAndWait(visitor: Visitor, displayName: string): Promise<Waiting> {
  await startOver(visitor)
  const { page } = visitor
  const [posted] = await Promise.all([
    page.waitForResponse((response) => new URL(response.url()).pathname === '/api/turns'),
    visitor.ask(QUESTION.text),
  ])
  const { eventsUrl } = (await posted.json()) as { eventsUrl: string }
  const link = await linkIn(page, displayName)
  const answer = answerOf(visitor, eventsUrl)
  // A rejection before anybody waits must not end the process.
  answer.catch(() => {})
  return { ...link, answer }
}

async function linkIn(page: Page, displayName: string): Promise<Omit<Waiting, 'answer'>> {
  const link = page.getByRole('link', { name: `Connect ${displayName}` }).last()
  await link.waitFor()
  const startUrl = new URL((await link.getAttribute('href')) ?? '', page.url()).href
  return { startUrl, authorizationId: decodeURIComponent(new URL(startUrl).pathname.split('/').at(-2) ?? '') }
}

/** A connected user would get no card. */
async function startOver(visitor: Visitor): Promise<void> {
  const { body } = await visitor.api('/api/connections')
  const connection = (body as { provider: string; status: string }[]).find(
    ({ provider }) => provider === QUESTION.provider,
  )
  if (!connection)
    throw new Error(
      `The provider "${QUESTION.provider}" is switched off there: deploy with it (-c providers=profile,…).`,
    )
  if (connection.status === 'not_connected') return
  const { status } = await visitor.api(`/api/connections/${QUESTION.provider}`, 'DELETE')
  if (status !== 200) throw new Error(`Disconnecting answered ${status}.`)
}

async function answerOf(visitor: Visitor, eventsUrl: string): Promise<string> {
  const events = (await visitor.page.evaluate(async (url) => {
    const text = await (await fetch(url)).text()
    return text.split('\n\n').flatMap((block) => {
      const field = (name: string) =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim()
      const data = field('data')
      return data === undefined ? [] : [{ event: field('event') ?? 'message', data: JSON.parse(data) }]
    })
  }, eventsUrl)) as TurnEvent[]
  const problem = events.find(({ event }) => event === 'error' || event === 'authorization_failed')
  if (problem) throw new Error(`The turn ended with ${problem.event} ${problem.data.code ?? ''}.`)
  return events.map(({ event, data }) => (event === 'text' ? (data.delta ?? '') : '')).join('')
}

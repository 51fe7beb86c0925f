import { beforeEach, describe, expect, test } from '@jest/globals'
import { FakeElement, importClientModule, installFakePage, PAGE_ORIGIN } from './test-support/fake-page.ts'

interface Elements {
  newTabLink(text: string, path: string): FakeElement
  sameOriginPath(path: string): string
}
interface ConnectionRow {
  createConnectionRow(row: FakeElement, update: () => Promise<void>): { cameBack(): void }
}

const START = '/authorizations/a.b/start'
const ELSEWHERE = [
  'https://evil.example/authorizations/a.b/start',
  '//evil.example/',
  '\\\\evil.example\\x',
  `${PAGE_ORIGIN}.evil.example/`,
  `${PAGE_ORIGIN}:8443/`,
  'http://agent.example/',
  'javascript:alert(1)',
  'data:text/html,x',
  'blob:https://evil.example/x',
]

beforeEach(() => installFakePage())

describe('an address that the server sends', () => {
  test.each(ELSEWHERE)('is not followed to %s', async (address) => {
    const { newTabLink, sameOriginPath } = await importClientModule<Elements>('elements.ts')
    expect(() => sameOriginPath(address)).toThrow('not of this origin')
    expect(() => newTabLink('Connect', address)).toThrow('not of this origin')
  })

  test('of this origin is, with its query', async () => {
    const { sameOriginPath } = await importClientModule<Elements>('elements.ts')
    expect(sameOriginPath(`${START}?x=1`)).toBe(`${START}?x=1`)
    expect(sameOriginPath(PAGE_ORIGIN + START)).toBe(START)
  })
})

test('a link into a new tab gives it no access to this page', async () => {
  const { newTabLink } = await importClientModule<Elements>('elements.ts')
  expect(newTabLink('Connect GitHub', START)).toMatchObject({ href: START, target: '_blank', rel: 'noopener' })
})

describe('connecting from the connections page', () => {
  /** What the row shows after its button is pressed and the page has refreshed. */
  const pressed = async (startUrl: string, tab: object | null) => (await press(startUrl, tab)).message.children

  async function press(startUrl: string, tab: object | null, status = 'not_connected') {
    installFakePage({
      window: { open: () => tab },
      fetch: async () => new Response(JSON.stringify({ startUrl }), { status: 201 }),
    })
    const row = new FakeElement('tr')
    Object.assign(row.dataset, { displayName: 'GitHub', provider: 'github', status })
    for (const name of ['action', 'disconnect', 'message', 'since']) row.slots.set(name, new FakeElement())
    const { createConnectionRow } = await importClientModule<ConnectionRow>('connection-row.ts')
    const updated = Promise.withResolvers<void>()
    const connection = createConnectionRow(row, async () => updated.resolve())
    row.slots.get('action')?.click()
    await updated.promise
    return { connection, message: row.slots.get('message') ?? new FakeElement() }
  }

  const openedTab = () => {
    const went: [string, unknown][] = []
    const closed = { times: 0 }
    const tab = {
      opener: 'this page',
      document: { title: '', body: { textContent: '' } },
      location: { replace: (address: string) => void went.push([address, tab.opener]) },
      close: () => void closed.times++,
    }
    return { tab, went, closed }
  }

  test('the tab has no reference to this page before it navigates', async () => {
    const { tab, went } = openedTab()
    expect(await pressed(START, tab)).toEqual([expect.stringContaining('other tab')])
    expect(went).toEqual([[START, null]])
  })

  test('a tab that the browser does not let open leaves a link, which gives no access to this page either', async () => {
    const [text, link] = await pressed(START, null)
    expect(text).toContain('did not let this page open a tab')
    expect(link).toMatchObject({ localName: 'a', href: START, target: '_blank', rel: 'noopener' })
  })

  test.each(ELSEWHERE)('to %s is not followed, and the row says so', async (address) => {
    const { tab, went, closed } = openedTab()
    for (const opened of [tab, null])
      expect(await pressed(address, opened)).toEqual([expect.stringContaining('led to another site')])
    expect(went).toEqual([])
    expect(closed.times).toBe(1)
  })

  test('a consent that was set aside is offered again when its user comes back, and the row does not mention another tab', async () => {
    const { connection, message } = await press(START, openedTab().tab, 'consent_pending')
    expect(message.children).toEqual([expect.stringContaining('other tab')])
    connection.cameBack()
    expect(message.children).toEqual([expect.stringContaining('Connect opens it again')])
  })

  test('a user who returns to a settled row gets no hint', async () => {
    const { connection, message } = await press(START, openedTab().tab, 'connected')
    const before = message.children
    connection.cameBack()
    expect(message.children).toEqual(before)
  })
})

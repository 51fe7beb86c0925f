import { beforeEach, describe, expect, test } from '@jest/globals'
import { FakeElement, importClientModule, installFakePage, PAGE_ORIGIN } from './test-support/fake-page.ts'

interface Elements {
  newTabLink(text: string, path: string): FakeElement
  sameOriginPath(path: string): string
}
interface ConnectionRow {
  createConnectionRow(row: FakeElement, update: () => Promise<void>): unknown
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

test('a link into a new tab does not hand this page to it', async () => {
  const { newTabLink } = await importClientModule<Elements>('elements.ts')
  expect(newTabLink('Connect GitHub', START)).toMatchObject({ href: START, target: '_blank', rel: 'noopener' })
})

describe('connecting from the connections page', () => {
  /** A row whose button is pressed. @returns what its user is told, once the page has looked for news. */
  async function pressed(startUrl: string, tab: object | null): Promise<(FakeElement | string)[]> {
    installFakePage({
      window: { open: () => tab },
      fetch: async () => new Response(JSON.stringify({ startUrl }), { status: 201 }),
    })
    const row = new FakeElement('tr')
    Object.assign(row.dataset, { displayName: 'GitHub', provider: 'github', status: 'not_connected' })
    for (const name of ['action', 'message', 'since']) row.slots.set(name, new FakeElement())
    const { createConnectionRow } = await importClientModule<ConnectionRow>('connection-row.ts')
    const updated = Promise.withResolvers<void>()
    createConnectionRow(row, async () => updated.resolve())
    row.slots.get('action')?.click()
    await updated.promise
    return row.slots.get('message')?.children ?? []
  }

  const openedTab = () => {
    const went: [string, unknown][] = []
    const tab = {
      opener: 'this page',
      document: { title: '', body: { textContent: '' } },
      location: { replace: (address: string) => void went.push([address, tab.opener]) },
      close: () => undefined,
    }
    return { tab, went }
  }

  test('the tab is cut off from this page before it goes anywhere', async () => {
    const { tab, went } = openedTab()
    expect(await pressed(START, tab)).toEqual([expect.stringContaining('other tab')])
    expect(went).toEqual([[START, null]])
  })

  test('a tab that the browser does not let open leaves a link, which does not hand this page over either', async () => {
    const [text, link] = await pressed(START, null)
    expect(text).toContain('did not let this page open a tab')
    expect(link).toMatchObject({ localName: 'a', href: START, target: '_blank', rel: 'noopener' })
  })
})

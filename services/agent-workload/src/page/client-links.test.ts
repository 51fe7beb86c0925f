import { beforeEach, describe, expect, test } from '@jest/globals'
import { FakeElement, importClientModule, installFakePage, PAGE_ORIGIN } from './test-support/fake-page.ts'

interface Elements {
  newTabLink(text: string, path: string): FakeElement
  sameOriginPath(path: string): string
}
interface ConsentTab {
  goToConsent(displayName: string, message: FakeElement, request: () => Promise<unknown>): Promise<string>
}

const START = '/authorizations/a.b/start'
const ELSEWHERE = [
  'https://evil.example/authorizations/a.b/start',
  '//evil.example/',
  '\\\\evil.example\\x',
  '/.//evil.example/',
  '/a/..//evil.example/',
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

  test('of this origin is followed, with its query', async () => {
    const { sameOriginPath } = await importClientModule<Elements>('elements.ts')
    expect(sameOriginPath(`${START}?x=1`)).toBe(`${START}?x=1`)
    expect(sameOriginPath(PAGE_ORIGIN + START)).toBe(START)
  })
})

test('a link into a new tab gives it no access to this page', async () => {
  const { newTabLink } = await importClientModule<Elements>('elements.ts')
  expect(newTabLink('Connect GitHub', START)).toMatchObject({ href: START, target: '_blank', rel: 'noopener' })
})

describe('a button that leads to a consent', () => {
  async function pressed(startUrl: string, tab: object | null) {
    installFakePage({ window: { open: () => tab } })
    const { goToConsent } = await importClientModule<ConsentTab>('consent-tab.ts')
    const message = new FakeElement()
    const where = await goToConsent('GitHub', message, async () => ({ ok: true, body: { startUrl } }))
    return { where, said: message.children }
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
    expect(await pressed(START, tab)).toEqual({ where: 'in-other-tab', said: [expect.stringContaining('other tab')] })
    expect(went).toEqual([[START, null]])
  })

  test('when the browser does not let a tab open, the page shows a link, which gives no access to this page either', async () => {
    const { where, said } = await pressed(START, null)
    expect([where, said[0]]).toEqual(['here', expect.stringContaining('did not let this page open a tab')])
    expect(said[1]).toMatchObject({ localName: 'a', href: START, target: '_blank', rel: 'noopener' })
  })

  test.each(ELSEWHERE)('to %s is not followed, and the page says so', async (address) => {
    const { tab, went, closed } = openedTab()
    for (const opened of [tab, null])
      expect(await pressed(address, opened)).toEqual({
        where: 'refused',
        said: [expect.stringContaining('led to another site')],
      })
    expect(went).toEqual([])
    expect(closed.times).toBe(1)
  })
})

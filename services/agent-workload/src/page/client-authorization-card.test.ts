import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { FakeElement, importClientModule, installFakePage } from './test-support/fake-page.ts'

interface CardModule {
  createAuthorizationCard(signedInAs: string): { element: FakeElement; show(part: object): void }
}

const MINUTE_MS = 60_000
const request = {
  ...{ authorizationId: 'a'.repeat(22), provider: 'github', displayName: 'GitHub', scopes: ['Read your profile'] },
  startUrl: `/authorizations/${'a'.repeat(22)}/start`,
}

let stored: Map<string, string>
let ticks: (() => void)[]
let now: number
const realNow = Date.now

beforeEach(() => {
  stored = new Map()
  ticks = []
  now = 1_900_000_000_000
  Date.now = () => now
})
afterEach(() => {
  Date.now = realNow
})

const pass = (ms: number) => {
  now += ms
  for (const tick of [...ticks]) tick()
}

const partsOf = (within: FakeElement): FakeElement[] =>
  within.children.flatMap((child) => (child instanceof FakeElement ? [child, ...partsOf(child)] : []))
const textOf = (within: FakeElement): string =>
  [within.textContent, ...within.children.map((child) => (typeof child === 'string' ? child : textOf(child)))].join('')

/** As after a reload: what the tab has stored stays. */
async function card() {
  ticks = []
  installFakePage({
    document: {
      createElement: (localName: string) => new FakeElement(localName),
      activeElement: null,
      // What is announced is not looked at.
      querySelector: () => new FakeElement(),
    },
    sessionStorage: {
      getItem: (name: string) => stored.get(name) ?? null,
      setItem: (name: string, value: string) => void stored.set(name, value),
      removeItem: (name: string) => void stored.delete(name),
    },
    setInterval: (tick: () => void) => {
      ticks.push(tick)
      return tick
    },
    clearInterval: (tick: () => void) => {
      ticks = ticks.filter((one) => one !== tick)
    },
    setTimeout: () => 1,
  })
  const { createAuthorizationCard } = await importClientModule<CardModule>('authorization-card.ts')
  const { element, show } = createAuthorizationCard('Alice')
  const expiresAt = new Date(1_900_000_000_000 + 5 * MINUTE_MS).toISOString()
  const showAs = (outcome: string, more: object = {}) =>
    show({ kind: 'authorization', request: { ...request, expiresAt }, outcome, ...more })
  showAs('pending')
  const link = () => partsOf(element).find(({ localName }) => localName === 'a') as FakeElement
  return { element, showAs, link, text: () => textOf(element) }
}

describe('the card that asks to connect', () => {
  test('says until when the link may be opened, and after the click how long the consent may take', async () => {
    const { link, text } = await card()
    expect(text()).toContain('5:00 left to open the link to GitHub')
    pass(4 * MINUTE_MS)
    expect(text()).toContain('1:00 left to open the link to GitHub')
    link().dispatch('click')
    expect(text()).toContain('10:00 left to finish at GitHub')
    expect(text()).toContain('If that tab is closed, open the link again.')
    pass(2 * MINUTE_MS)
    expect(text()).toContain('8:00 left to finish at GitHub')
    expect(link().isConnected).toBe(true)
  })

  test.each([
    ['the middle button', 'auxclick', { button: 1 }, '10:00 left to finish at GitHub'],
    ['not the right one', 'auxclick', { button: 2 }, '5:00 left to open the link to GitHub'],
  ])('counts a click with %s', async (_what, name, event, words) => {
    const { link, text } = await card()
    link().dispatch(name, event)
    expect(text()).toContain(words)
  })

  test('that is opened again gives ten minutes again', async () => {
    const { link, text } = await card()
    link().dispatch('click')
    pass(9 * MINUTE_MS)
    link().dispatch('click')
    expect(text()).toContain('10:00 left to finish at GitHub')
    expect(ticks).toHaveLength(1)
  })

  test('knows after a reload when the link was opened, until the authorization ends', async () => {
    const before = await card()
    before.link().dispatch('click')
    pass(7 * MINUTE_MS)
    const { showAs, text } = await card()
    expect(text()).toContain('3:00 left to finish at GitHub')
    showAs('completed', { account: 'alice' })
    expect(text()).toBe('GitHub connectedConnected account: alice')
    expect(stored.size).toBe(0)
  })

  test('has no link once the time is up', async () => {
    const unopened = await card()
    const first = unopened.link()
    pass(5 * MINUTE_MS)
    expect([first.isConnected, unopened.text().includes('The time is up.')]).toEqual([false, true])
    expect(unopened.text()).toContain('If you have opened it elsewhere, finish there.')

    now = 1_900_000_000_000
    const { link, text } = await card()
    const opened = link()
    opened.dispatch('click')
    pass(10 * MINUTE_MS - 1)
    expect(opened.isConnected).toBe(true)
    pass(1)
    expect([opened.isConnected, text().includes('The time is up.')]).toEqual([false, true])
  })
})

test('the card of another account that came says which, and leads to the connected accounts', async () => {
  const { element, showAs, link, text } = await card()
  showAs('wrong_account', { account: 'bob@home' })
  expect(text()).toContain('GitHub: another account was connected')
  expect(text()).toContain('bob@home came, and not the one that was expected. The turn went on without it.')
  expect(link()).toMatchObject({ href: '/connections' })
  expect(element.dataset.outcome).toBe('wrong_account')
  expect(partsOf(element).some(({ localName }) => localName === 'button')).toBe(false)
})

import { beforeEach, expect, test } from '@jest/globals'
import { FakeElement, importClientModule, installFakePage } from './test-support/fake-page.ts'

interface Turn {
  turnId: string
  message: string
  eventsUrl: string
}

interface ConversationModule {
  createConversation(
    signedInAs: object,
    listener: { onTurn(): void; onChange(): void },
  ): { begin(conversationId: string, turn: Turn): void; catchUp(): Promise<unknown> }
}

class Log extends FakeElement {
  before(): void {}
  insertBefore(added: FakeElement, before: FakeElement | null): void {
    this.children.splice(before ? this.children.indexOf(before) : this.children.length, 0, added)
  }
}

class FakeEventSource {
  static readonly opened = new Map<string, FakeEventSource>()
  static waiting: { url: string; resolve(): void } | undefined
  private readonly listeners = new Map<string, (event: Event) => void>()

  constructor(url: string) {
    FakeEventSource.opened.set(url, this)
    if (FakeEventSource.waiting?.url === url) FakeEventSource.waiting.resolve()
  }
  addEventListener(name: string, listener: (event: Event) => void): void {
    this.listeners.set(name, listener)
  }
  close(): void {}
  end(): void {
    this.listeners.get('done')?.(new MessageEvent('done', { data: '{}', lastEventId: '1-0' }))
  }
}

beforeEach(() => FakeEventSource.opened.clear())

const turn = (n: number): Turn => ({ turnId: `turn${n}`, message: `question ${n}`, eventsUrl: `/${n}` })

function untilRead(n: number): Promise<void> {
  const url = turn(n).eventsUrl
  if (FakeEventSource.opened.has(url)) return Promise.resolve()
  return new Promise((resolve) => {
    FakeEventSource.waiting = { url, resolve }
  })
}

async function conversation() {
  const log = new Log('div')
  const told: string[] = []
  const page = { turns: [] as Turn[] } as { turns: Turn[]; earlierUrl?: string }
  let earlier: Turn[] = []
  const found = new Map<string, FakeElement>([
    ['#log', log],
    ['#chat', new FakeElement()],
  ])
  installFakePage({
    document: {
      createElement: (name: string) => new FakeElement(name),
      querySelector: (selector: string) => found.get(selector) ?? null,
      documentElement: {},
    },
    history: { replaceState: () => undefined },
    addEventListener: () => undefined,
    ResizeObserver: class {
      observe(): void {}
    },
    EventSource: FakeEventSource,
    setInterval: () => 1,
    fetch: async (path: string) => Response.json(path === EARLIER ? { turns: earlier } : page),
  })
  const { createConversation } = await importClientModule<ConversationModule>('conversation.ts')
  const { begin, catchUp } = createConversation({}, { onTurn: () => undefined, onChange: () => void told.push('') })
  return {
    told,
    catchUp: () => catchUp(),
    asks: (n: number) => begin('conversation', turn(n)),
    has: (...numbers: number[]) => {
      page.turns = numbers.map(turn)
    },
    hadBefore: (...numbers: number[]) => {
      page.earlierUrl = EARLIER
      earlier = numbers.map(turn)
    },
    questions: () => JSON.stringify(log.children).match(/question \d/g),
  }
}

const EARLIER = '/earlier'

const inOrder = (...numbers: number[]) => numbers.map((n) => `question ${n}`)

test('a turn of another tab stands before those that were asked here after it', async () => {
  const { asks, has, catchUp, questions } = await conversation()
  asks(1)
  asks(3)
  has(1, 2, 3)
  await catchUp()
  expect(questions()).toEqual(inOrder(1, 2, 3))
})

test('turns of another tab stand before one that is asked here while they are read, which stays the latest', async () => {
  const { told, asks, has, catchUp, questions } = await conversation()
  asks(1)
  has(1, 2, 3)
  const caughtUp = catchUp()
  await untilRead(2)
  asks(4)
  const before = told.length
  FakeEventSource.opened.get('/2')?.end()
  await caughtUp
  FakeEventSource.opened.get('/3')?.end()
  expect(questions()).toEqual(inOrder(1, 2, 3, 4))
  expect(told.length).toBe(before)
})

test('turns of another tab are read back to what was shown before them, past one that was asked here', async () => {
  const { asks, has, hadBefore, catchUp, questions } = await conversation()
  asks(1)
  asks(4)
  has(3, 4, 5)
  hadBefore(1, 2)
  const caughtUp = catchUp()
  for (const n of [2, 3]) {
    await untilRead(n)
    FakeEventSource.opened.get(`/${n}`)?.end()
  }
  await caughtUp
  expect(questions()).toEqual(inOrder(1, 2, 3, 4, 5))
})

test('after a catch-up the next one reads no more than it has to', async () => {
  const { asks, has, hadBefore, catchUp, questions } = await conversation()
  asks(1)
  has(1, 2)
  await catchUp()
  has(2, 3)
  hadBefore(9)
  await catchUp()
  expect(questions()).toEqual(inOrder(1, 2, 3))
})

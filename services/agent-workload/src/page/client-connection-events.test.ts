import { beforeEach, describe, expect, jest, test } from '@jest/globals'
import { importClientModule, installFakePage } from './test-support/fake-page.ts'

interface ConnectionEvents {
  watchConnections(onChange: () => Promise<boolean>): void
}

class FakeEventSource {
  static readonly CLOSED = 2
  static opened: FakeEventSource[] = []
  readyState = 1
  onerror: () => void = () => undefined
  private readonly listeners = new Map<string, () => void>()

  constructor() {
    FakeEventSource.opened.push(this)
  }
  addEventListener(name: string, listener: () => void): void {
    this.listeners.set(name, listener)
  }
  close(): void {
    this.readyState = FakeEventSource.CLOSED
  }
  tell(): void {
    this.listeners.get('connections_changed')?.()
  }
  refuse(): void {
    this.close()
    this.onerror()
  }
}

let timers: { act: () => void; ms: number }[]
beforeEach(() => {
  FakeEventSource.opened = []
  timers = []
})

async function watching({ isSignedIn = true, isVisible = true } = {}) {
  const onChange = jest.fn(async () => isSignedIn)
  const turned: (() => void)[] = []
  const document = {
    visibilityState: isVisible ? 'visible' : 'hidden',
    addEventListener: (_name: string, listener: () => void) => void turned.push(listener),
  }
  const setTimeout = (act: () => void, ms: number) => timers.push({ act, ms })
  installFakePage({ document, EventSource: FakeEventSource, setTimeout, clearTimeout: () => timers.splice(0) })
  const { watchConnections } = await importClientModule<ConnectionEvents>('connection-events.ts')
  watchConnections(onChange)
  return {
    onChange,
    turn(visibilityState: 'visible' | 'hidden') {
      document.visibilityState = visibilityState
      for (const listener of turned) listener()
    },
  }
}

const opened = () => FakeEventSource.opened.length
const last = () => FakeEventSource.opened.at(-1) as FakeEventSource
const settled = () => new Promise(setImmediate)

describe('the page of connections', () => {
  test('reads the list again after an event', async () => {
    const { onChange } = await watching()
    last().tell()
    expect([onChange.mock.calls.length, opened()]).toEqual([1, 1])
  })

  test('looks at most once a second, and once more for all that came meanwhile', async () => {
    const { onChange } = await watching()
    for (let n = 0; n < 5; n++) last().tell()
    expect([onChange.mock.calls.length, timers.map(({ ms }) => ms)]).toEqual([1, [1_000]])
    timers.shift()?.act()
    expect([onChange.mock.calls.length, timers.length]).toEqual([2, 1])
    timers.shift()?.act()
    expect([onChange.mock.calls.length, timers.length]).toEqual([2, 0])
    last().tell()
    expect(onChange).toHaveBeenCalledTimes(3)
  })

  test('leaves a broken connection to the browser', async () => {
    const { onChange } = await watching()
    last().onerror()
    await settled()
    expect([onChange.mock.calls.length, opened(), timers.length]).toEqual([0, 1, 0])
  })

  test('looks once when it is refused, and listens again after longer and longer pauses, up to a limit', async () => {
    const { onChange } = await watching()
    const pauses: number[] = []
    for (let refusals = 1; refusals <= 8; refusals++) {
      last().refuse()
      await settled()
      expect(onChange).toHaveBeenCalledTimes(refusals)
      const timer = timers.splice(0)[0]
      pauses.push(timer?.ms ?? 0)
      timer?.act()
    }
    expect(opened()).toBe(9)
    expect(pauses[0]).toBeGreaterThanOrEqual(2_000)
    expect(pauses.slice(0, 4)).toEqual(pauses.slice(0, 4).toSorted((one, other) => one - other))
    expect(Math.max(...pauses)).toBeLessThanOrEqual(60_000)
  })

  test('listens again also when it cannot show the list', async () => {
    const { onChange } = await watching()
    onChange.mockRejectedValueOnce(new Error('not shown'))
    last().refuse()
    await settled()
    expect(timers).toHaveLength(1)
    timers[0]?.act()
    expect(opened()).toBe(2)
  })

  test('stops when its user is not signed in any more', async () => {
    await watching({ isSignedIn: false })
    last().refuse()
    await settled()
    expect([opened(), timers.length]).toEqual([1, 0])
  })

  test('listens only while it is seen', async () => {
    const { turn } = await watching({ isVisible: false })
    expect(opened()).toBe(0)
    turn('visible')
    expect(opened()).toBe(1)
    turn('hidden')
    expect(last().readyState).toBe(FakeEventSource.CLOSED)
    turn('visible')
    expect(opened()).toBe(2)
  })
})

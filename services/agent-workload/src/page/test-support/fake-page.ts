/** Has what the tested client modules use of an element. */
export class FakeElement {
  readonly localName: string
  readonly slots = new Map<string, FakeElement>()
  readonly dataset: Record<string, string> = {}
  children: (FakeElement | string)[] = []
  textContent = ''
  hidden = false
  dateTime = ''
  href = ''
  target = ''
  rel = ''
  isConnected = true
  private readonly listeners = new Map<string, (event: object) => void>()

  constructor(localName = '') {
    this.localName = localName
  }

  append(...children: (FakeElement | string)[]): void {
    this.children.push(...children)
  }
  replaceChildren(...children: (FakeElement | string)[]): void {
    this.children = children
  }
  addEventListener(name: string, listener: (event: object) => void): void {
    this.listeners.set(name, listener)
  }
  querySelector(selector: string): FakeElement | null {
    return this.slots.get(/^\[data-slot=(.+)\]$/.exec(selector)?.[1] ?? '') ?? null
  }
  contains(): boolean {
    return false
  }
  remove(): void {
    this.isConnected = false
  }
  dispatch(name: string, event: object = {}): void {
    this.listeners.get(name)?.(event)
  }
}

export const PAGE_ORIGIN = 'https://agent.example'

export function installFakePage(globals: Readonly<Record<string, unknown>> = {}): void {
  const document = { createElement: (name: string) => new FakeElement(name), activeElement: null }
  const location = { origin: PAGE_ORIGIN, pathname: '/', search: '' }
  const types = Object.fromEntries(
    ['Element', 'HTMLElement', 'HTMLButtonElement', 'HTMLTimeElement'].map((name) => [name, FakeElement]),
  )
  for (const [name, value] of Object.entries({ document, location, ...types, ...globals }))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
}

/** The client modules use a browser's types, which a test in Node does not have. */
export const importClientModule = async <Module>(name: string): Promise<Module> =>
  (await import(`../client/${name}`)) as Module

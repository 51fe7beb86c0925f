import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import { USER_SESSION_COOKIE } from '@agent-identity/contracts'
import { afterEach, describe, expect, test } from '@jest/globals'
import { sign, unsign } from 'cookie-signature'
import session, { type SessionData, Store } from 'express-session'
import { HOST_COOKIE } from './host-cookies.ts'

/** What `user-sessions.ts` depends on, tested at the library itself. */

const SECRETS = ['first secret', 'older secret']
const ID = 'an-id'
const signed = (id: string, secret = SECRETS[0] ?? '') => `s:${sign(id, secret)}`
const header = (value: string) => `${USER_SESSION_COOKIE}=${encodeURIComponent(value)}`

describe('express-session', () => {
  class WatchedStore extends Store {
    readonly asked: string[] = []
    readonly sessions = new Map<string, SessionData>()
    failure: Error | undefined

    override get(id: string, done: (error: unknown, session?: SessionData | null) => void) {
      this.asked.push(`get ${id}`)
      const found = this.sessions.get(id)
      done(
        this.failure,
        found && { ...found, cookie: { ...HOST_COOKIE, originalMaxAge: null, expires: null } as never },
      )
    }
    override set(id: string, _session: SessionData, done?: (error?: unknown) => void) {
      this.asked.push(`set ${id}`)
      done?.()
    }
    override destroy(id: string, done?: (error?: unknown) => void) {
      this.asked.push(`destroy ${id}`)
      done?.()
    }
  }

  type Handler = (
    request: IncomingMessage & { session?: session.Session; sessionID?: string },
    done: () => void,
  ) => void
  const stops: (() => void)[] = []
  afterEach(() => {
    for (const stop of stops.splice(0)) stop()
  })

  /** @returns `asked`: what the store was asked. `failures`: what was passed on. `pieces`: what was written before the end of the answer. */
  async function ask(handler: Handler, { cookie = '', isSecure = true, store = new WatchedStore() } = {}) {
    let ids = 0
    const middleware = session({
      name: USER_SESSION_COOKIE,
      secret: SECRETS,
      genid: () => `new-${++ids}`,
      store,
      cookie: HOST_COOKIE,
      resave: false,
      saveUninitialized: false,
    })
    const failures: unknown[] = []
    const pieces: unknown[] = []
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      Object.assign(request, { secure: isSecure })
      const write = response.write
      response.write = ((...args: Parameters<typeof write>) => {
        pieces.push(args[0])
        return write.apply(response, args)
      }) as typeof write
      middleware(request as never, response as never, (error?: unknown) => {
        if (error) failures.push(error)
        const end = () => response.end('an answer')
        if (error) end()
        else handler(request as never, end)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    stops.push(() => server.close())
    const { port } = server.address() as { port: number }
    const sent = send({ port, host: '127.0.0.1', agent: false, headers: cookie === '' ? {} : { cookie } }).end()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    answer.resume()
    await once(answer, 'end')
    return { setCookies: answer.headers['set-cookie'] ?? [], asked: store.asked, failures, pieces }
  }

  const storeWith = (id: string) => {
    const store = new WatchedStore()
    store.sessions.set(id, { seen: 1 } as never)
    return store
  }
  const stored = { cookie: header(signed(ID)) }

  test.each([
    ['the signature of the first secret', header(signed(ID)), ID],
    ['the signature of another secret of the list', header(signed(ID, SECRETS[1])), ID],
    ['the signature of a secret that is not in the list', header(signed(ID, 'x')), undefined],
    ['no signature', header(`s:${ID}`), undefined],
    ['no `s:` in front', header(sign(ID, SECRETS[0] ?? '')), undefined],
    // Our parser removes no quotes.
    ['quotes', `${USER_SESSION_COOKIE}="${encodeURIComponent(signed(ID))}"`, ID],
  ])('reads the session id of a cookie with %s: %s', async (_name, cookie, id) => {
    const { asked } = await ask((_request, end) => end(), { cookie })
    expect(asked).toEqual(id === undefined ? [] : [`get ${id}`])
  })

  test('signs like cookie-signature, which verifies it in session binding', async () => {
    const { setCookies } = await ask((request, end) => {
      Object.assign(request.session ?? {}, { seen: 1 })
      end()
    })
    const [, value = ''] = /^[^=]+=([^;]+)/.exec(setCookies[0] ?? '') ?? []
    expect(unsign(decodeURIComponent(value).slice(2), SECRETS[0] ?? '')).toBe('new-1')
  })

  test('reads the store once for a session that is only read, and sends the answer in one piece, without a cookie', async () => {
    const { asked, setCookies, pieces } = await ask((_request, end) => end(), { ...stored, store: storeWith(ID) })
    expect({ asked, setCookies, pieces }).toEqual({ asked: [`get ${ID}`], setCookies: [], pieces: [] })
  })

  test('splits the answer in two when a store has `touch`: ours has none', async () => {
    const store = Object.assign(storeWith(ID), {
      touch: (_id: string, _session: unknown, done: () => void) => setImmediate(done),
    })
    const { pieces } = await ask((_request, end) => end(), { ...stored, store })
    expect(pieces).toHaveLength(1)
  })

  test('stores nothing for a browser without a session, and sets no cookie', async () => {
    const { asked, setCookies } = await ask((_request, end) => end())
    expect({ asked, setCookies }).toEqual({ asked: [], setCookies: [] })
  })

  test('stores a session that a request has changed, once, and sends no new cookie', async () => {
    const { asked, setCookies } = await ask(
      (request, end) => {
        Object.assign(request.session ?? {}, { seen: 2 })
        end()
      },
      { ...stored, store: storeWith(ID) },
    )
    expect({ asked, setCookies }).toEqual({ asked: [`get ${ID}`, `set ${ID}`], setCookies: [] })
  })

  test('regenerates under an id of ours, after the old session was destroyed, and sends it in a `__Host-` cookie', async () => {
    const { asked, setCookies } = await ask(
      (request, end) =>
        void request.session?.regenerate(() => {
          expect([request.sessionID, request.session?.id]).toEqual(['new-1', 'new-1'])
          Object.assign(request.session ?? {}, { seen: 1 })
          end()
        }),
      { ...stored, store: storeWith(ID) },
    )
    expect(asked).toEqual([`get ${ID}`, `destroy ${ID}`, 'set new-1'])
    expect(setCookies).toEqual([`${header(signed('new-1'))}; Path=/; HttpOnly; Secure; SameSite=Lax`])
  })

  test.each([
    ['new', {}, []],
    ['stored', { ...stored, store: storeWith(ID) }, [`get ${ID}`]],
  ])('neither stores nor sends a %s session that was removed from the request', async (_which, sent, expected) => {
    const { asked, setCookies } = await ask((request, end) => {
      Object.assign(request.session ?? {}, { seen: 2 })
      Reflect.deleteProperty(request, 'session')
      end()
    }, sent)
    expect({ asked, setCookies }).toEqual({ asked: expected, setCookies: [] })
  })

  test('sends no Secure cookie, without an error, when `request.secure` is not true', async () => {
    const { setCookies, failures } = await ask(
      (request, end) => {
        Object.assign(request.session ?? {}, { seen: 1 })
        end()
      },
      { isSecure: false },
    )
    expect({ setCookies, failures }).toEqual({ setCookies: [], failures: [] })
  })

  test('passes on a failure of the store, and creates no session', async () => {
    const store = Object.assign(storeWith(ID), { failure: new Error('Redis is away') })
    const { failures, asked } = await ask(() => undefined, { ...stored, store })
    expect({ failures, asked }).toEqual({ failures: [store.failure], asked: [`get ${ID}`] })
  })
})

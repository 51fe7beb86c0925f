import { readFileSync } from 'node:fs'
import { type Request, type RequestHandler, Router } from 'express'
import type { Changes } from '../control/changes.ts'
import { refuseCaller } from '../control/may-control.ts'
import { stylesheet } from '../pages/page.ts'
import { securityHeaders } from '../pages/security-headers.ts'
import type { EmulatorView } from './describe-emulator.ts'
import { inspectorPage, inspectorView } from './inspector-page.ts'

type Deps = {
  view(): EmulatorView
  changes: Changes
  operations: readonly string[]
  allowedHosts: readonly string[]
  publicUrl: string
  /** The routes of `/_emulator`, without their guard, which would refuse the inspector's own page. */
  control: Router
}

/** All changes within this time cause one event. */
const ANNOUNCE_EVERY_MS = 200

const MAX_STREAMS = 20

const SECURITY_HEADERS = securityHeaders("script-src 'self'; connect-src 'self'; img-src data:; form-action 'none'")

export function inspectorRoutes({ view, changes, operations, allowedHosts, publicUrl, control }: Deps): Router {
  const router = Router()
  const guarded = Router()
  guarded.use(refuseOtherPages(allowedHosts, publicUrl))
  guarded.get('/', (_request, response) => {
    response.type('html').send(inspectorPage(view(), operations).toString())
  })
  guarded.get('/_inspector/view', (_request, response) => {
    response.type('html').send(inspectorView(view()).toString())
  })
  guarded.get('/_inspector/events', eventStream(changes))
  // The build of the package replaces this expression by the file’s text.
  const js = readFileSync(new URL('./static/inspector.js', import.meta.url), 'utf8')
  guarded.get('/_inspector/pages.css', (_request, response) => void response.type('css').send(stylesheet))
  guarded.get('/_inspector/inspector.js', (_request, response) => void response.type('js').send(js))
  guarded.use('/_inspector/control', control)
  router.use((request, response, next) => {
    const isOurs = (request.path === '/' && request.method === 'GET') || request.path.startsWith('/_inspector/')
    if (isOurs) guarded(request, response, next)
    else next()
  })
  return router
}

/** Guards like `/_emulator`, but admits the inspector's own page and links to it. */
function refuseOtherPages(allowedHosts: readonly string[], publicUrl: string): RequestHandler {
  // Behind a proxy that ends TLS, the inspector's own page sends this origin.
  const publicOrigin = URL.canParse(publicUrl) ? new URL(publicUrl).origin : undefined
  return (request, response, next) => {
    response.set(SECURITY_HEADERS)
    const { host, origin, 'sec-fetch-site': site = 'none' } = request.headers
    const refusal =
      refuseCaller(request.socket.remoteAddress, host, allowedHosts) ||
      (origin !== undefined && ![`http://${host}`, publicOrigin].includes(origin) && 'Origin is not allowed') ||
      (!['none', 'same-origin'].includes(site) &&
        !isTopLevelVisit(request) &&
        'requests of other sites are not allowed')
    if (refusal) return void response.status(403).json({ message: `inspector: ${refusal}` })
    next()
  }
}

/** A page that links to the inspector cannot read it. */
const isTopLevelVisit = ({ method, headers }: Request) =>
  method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'

function eventStream(changes: Changes): RequestHandler {
  let open = 0
  return (_request, response) => {
    if (open >= MAX_STREAMS) return void response.status(503).end()
    open += 1
    response.set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    response.write('event: changed\ndata:\n\n')
    let timer: NodeJS.Timeout | undefined
    const unsubscribe = changes.subscribe(() => {
      timer ??= setTimeout(() => {
        timer = undefined
        response.write('event: changed\ndata:\n\n')
      }, ANNOUNCE_EVERY_MS)
    })
    response.on('close', () => {
      open -= 1
      clearTimeout(timer)
      unsubscribe()
    })
  }
}

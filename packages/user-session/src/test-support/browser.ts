import { type IncomingHttpHeaders, request } from 'node:http'
import { parseSetCookie } from 'cookie'

export interface Answer {
  url: string
  status: number
  headers: IncomingHttpHeaders
  /** Absolute. */
  location: string | undefined
  setCookies: string[]
  body: string
}

interface Ask {
  method?: string
  replica?: number
  headers?: Record<string, string>
}

export interface Browser {
  /** Of the app's host. */
  cookies: Map<string, string>
  ask(url: string, ask?: Ask): Promise<Answer>
  /** With a whole URL in the request line. */
  askAbsolute(url: string): Promise<Answer>
  /** Follows redirects to the end, or until the next one would go to `stopBefore`. */
  navigate(url: string, ask?: Ask & { stopBefore?: string }): Promise<Answer>
  /** From the app's own page. */
  post(path: string, ask?: Ask): Promise<Answer>
}

/** Plain HTTP to the replicas, as behind the load balancer. `__Host-` cookies follow RFC 6265bis. */
export function createBrowser(app: { publicUrl: string; replicas: readonly string[]; person: string }): Browser {
  const jars = new Map<string, Map<string, string>>()
  const jarOf = (host: string) => {
    const jar = jars.get(host) ?? new Map<string, string>()
    jars.set(host, jar)
    return jar
  }

  async function ask(url: string, how: Ask & { path?: string } = {}): Promise<Answer> {
    const { method = 'GET', replica = 0, headers = {} } = how
    const target = new URL(url, app.publicUrl)
    const toApp = target.origin === app.publicUrl
    const address = toApp ? new URL(target.pathname + target.search, app.replicas[replica]) : target
    const jar = jarOf(target.hostname)
    const sent = {
      ...(jar.size > 0 ? { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') } : {}),
      ...(toApp ? { 'x-forwarded-proto': 'http' } : { 'x-test-person': app.person }),
      ...headers,
    }
    const answer = await send(address, method, sent, how.path)
    for (const line of answer.setCookies) keep(jar, line)
    const location = answer.headers.location
    return { ...answer, url: target.href, location: location && new URL(location, target).href }
  }

  return {
    cookies: jarOf(new URL(app.publicUrl).hostname),
    ask,
    async navigate(url, { stopBefore, ...how } = {}) {
      let answer = await ask(url, how)
      while (answer.location && !(stopBefore && answer.location.startsWith(stopBefore)))
        answer = await ask(answer.location, how)
      return answer
    },
    askAbsolute: (url) => ask('/', { path: url }),
    post: (path, how) =>
      ask(path, { method: 'POST', headers: { origin: app.publicUrl, 'sec-fetch-site': 'same-origin' }, ...how }),
  }
}

function keep(jar: Map<string, string>, line: string): void {
  const { name, value = '', path, domain, secure, expires, maxAge } = parseSetCookie(line)
  if (name.startsWith('__Host-') && !(secure && path === '/' && domain === undefined)) return
  const gone = maxAge === undefined ? expires !== undefined && expires.getTime() <= Date.now() : maxAge <= 0
  if (gone) jar.delete(name)
  else jar.set(name, encodeURIComponent(value))
}

function send(url: URL, method: string, headers: Record<string, string>, path = url.pathname + url.search) {
  return new Promise<Omit<Answer, 'url' | 'location'>>((resolve, reject) => {
    const asked = request(url, { method, headers, path, agent: false }, async (response) => {
      let body = ''
      try {
        for await (const chunk of response) body += chunk
      } catch (error) {
        return reject(error)
      }
      const { statusCode: status = 0, headers: received } = response
      resolve({ status, headers: received, setCookies: received['set-cookie'] ?? [], body })
    })
    asked.on('error', reject)
    asked.end()
  })
}

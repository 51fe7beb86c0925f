import { type IncomingHttpHeaders, request } from 'node:http'
import { CookieJar } from 'tough-cookie'
import { PATIENCE_MS } from './patience.ts'

export interface Answer {
  url: URL
  status: number
  headers: IncomingHttpHeaders
  body: string
}

interface Navigation {
  method?: string
  headers?: Record<string, string>
  form?: Record<string, string>
  json?: unknown
  raw?: string
  /** The page that starts the navigation. Absent for a typed address. */
  from?: URL
  /** A replica to send the request to, without the load balancer. */
  via?: string | undefined
}

/** With node:http, because fetch sets Sec-Fetch-Mode itself. */
export class HttpBrowser {
  readonly jar = new CookieJar(undefined, { prefixSecurity: 'strict', allowSpecialUseDomain: true })
  /** The server to connect to for an address; undefined: the address itself. */
  connect: (url: URL) => string | undefined = () => undefined

  /**
   * Stops before a redirect to an address for which `until` holds. A chain of redirects that has left the origin of its initiator
   * stays `cross-site`, and one that a typed address began stays `none`, as in a browser; `same-site` is not modelled.
   */
  async navigate(address: string | URL, options: Navigation & { until?: (url: URL) => boolean } = {}): Promise<Answer> {
    let url = new URL(address)
    const { from } = options
    let next: Navigation = options
    let isSameOrigin = true
    for (let hops = 0; hops < 20; hops++) {
      isSameOrigin &&= from?.origin === url.origin
      const site = from === undefined ? 'none' : isSameOrigin ? 'same-origin' : 'cross-site'
      const headers = { accept: 'text/html', ...next.headers, ...NAVIGATION, 'sec-fetch-site': site }
      const answer = await this.send(url, { ...next, headers })
      const { location } = answer.headers
      if (!location || answer.status < 300 || answer.status > 399) return answer
      const target = new URL(location, url)
      if (options.until?.(target)) return { ...answer, url: target }
      url = target
      next = {}
    }
    throw new Error('Too many redirects')
  }

  /** One request of a page's script: same origin, cookies included. */
  api(address: string | URL, options: Navigation = {}): Promise<Answer> {
    const url = new URL(address)
    return this.send(url, {
      ...options,
      headers: {
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'cors',
        'sec-fetch-dest': 'empty',
        origin: url.origin,
        ...options.headers,
      },
    })
  }

  /** Submits the first form, with all hidden fields of the page. */
  submit(
    page: Answer,
    fields: Record<string, string>,
    options: { until?: (url: URL) => boolean } = {},
  ): Promise<Answer> {
    const action = decode(/<form[^>]*\saction="([^"]*)"/.exec(page.body)?.[1] ?? '')
    const hidden = [...page.body.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
      /name="([^"]*)"/.exec(tag)?.[1] ?? '',
      decode(/value="([^"]*)"/.exec(tag)?.[1] ?? ''),
    ])
    return this.navigate(new URL(action, page.url), {
      method: 'POST',
      form: { ...Object.fromEntries(hidden), ...fields },
      from: page.url,
      ...options,
    })
  }

  async send(url: URL, options: Navigation): Promise<Answer> {
    const body = bodyOf(options)
    const cookie = await this.jar.getCookieString(url.href)
    const headers: Record<string, string> = {
      host: url.host,
      ...(cookie ? { cookie } : {}),
      ...(options.form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(body ? { 'content-length': String(Buffer.byteLength(body)) } : {}),
      ...options.headers,
    }
    const via = options.via ?? this.connect(url)
    const answer = await exchange(url, options.method ?? 'GET', headers, body, via)
    for (const line of answer.headers['set-cookie'] ?? [])
      await this.jar.setCookie(line, url.href, { ignoreError: true })
    return answer
  }
}

export const NO_ANSWER_MS = PATIENCE_MS

export class NoAnswerError extends Error {
  override name = 'NoAnswerError'
  readonly url: URL
  constructor(url: URL) {
    super(`${url.origin}${url.pathname} has not answered within ${NO_ANSWER_MS / 1_000} s`)
    this.url = url
  }
}

/** @throws NoAnswerError */
export function exchange(
  url: URL,
  method: string,
  headers: Record<string, string>,
  body = '',
  via?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(NO_ANSWER_MS)
    const failed = (error: Error) => reject(signal.aborted ? new NoAnswerError(url) : error)
    const outgoing = request(url, { method, headers, agent: false, signal, ...addressOf(via) }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () =>
        resolve({ url, status: response.statusCode ?? 0, headers: response.headers, body: text }),
      )
      response.on('error', failed)
    })
    outgoing.on('error', failed)
    outgoing.end(body)
  })
}

export function addressOf(via: string | undefined): { hostname?: string; port?: string } {
  return via === undefined ? {} : { hostname: new URL(via).hostname, port: new URL(via).port }
}

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'upgrade-insecure-requests': '1' }

const decode = (text: string) =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

function bodyOf({ raw, form, json }: Navigation): string {
  if (raw !== undefined) return raw
  if (form) return new URLSearchParams(form).toString()
  return json === undefined ? '' : JSON.stringify(json)
}

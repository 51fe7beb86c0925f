import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'

export interface Hop {
  status: number
  /** Empty when the answer has none. */
  location: string
  cookies: string[]
  body: string
}

/** `authorize` took 1.4 s when it was measured. */
const NO_ANSWER_MS = 30_000

/** Does not use `fetch`, which adds `Sec-Fetch-Mode`. Follows no redirect. */
export function navigate(url: string, headers: Record<string, string> = {}): Promise<Hop> {
  const get = new URL(url).protocol === 'https:' ? getHttps : getHttp
  return new Promise((resolve, reject) => {
    const options = { headers, agent: false as const, signal: AbortSignal.timeout(NO_ANSWER_MS) }
    get(url, options, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location ?? '',
          cookies: response.headers['set-cookie'] ?? [],
          body,
        }),
      )
    }).on('error', reject)
  })
}

export class CookieHolder {
  readonly #cookies = new Map<string, string>()

  async visit(url: string): Promise<Hop> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const hop = await navigate(url, cookie === '' ? {} : { cookie })
    for (const line of hop.cookies) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
      // Max-Age=0 deletes a cookie (RFC 6265 §5.2.2). Domains do not matter, because all visits go to one origin; paths are ignored.
      if (/;\s*max-age=0\s*(;|$)/i.test(line) || /expires=thu, 01[ -]jan[ -]1970/i.test(line))
        this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return hop
  }

  get names(): string[] {
    return [...this.#cookies.keys()]
  }

  forged(): Record<string, string> {
    const cookie = this.names.map((name) => `${name}=${'A'.repeat(this.#cookies.get(name)?.length ?? 8)}`).join('; ')
    return { cookie }
  }
}

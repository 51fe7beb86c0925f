/** The first answer that is not a redirect, or the first redirect to an address that `visits` leaves out. */
export interface Page {
  url: URL
  status: number
  headers: Headers
  html: string
}

/** All addresses share the cookies, as the ports of one host do in real browsers. */
export function createBrowser(visits: (url: URL) => boolean = () => true) {
  const cookies = new Map<string, string>()

  async function navigate(to: string | URL, init: RequestInit = {}): Promise<Page> {
    const url = new URL(to)
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { Accept: 'text/html', ...(cookie ? { Cookie: cookie } : {}), ...init.headers }
    const response = await fetch(url, { ...init, redirect: 'manual', headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (!name) continue
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name)
      else cookies.set(name, value ?? '')
    }
    const html = await response.text()
    const location = response.headers.get('location')
    if (!location) return { url, status: response.status, headers: response.headers, html }
    const next = new URL(location, url)
    return visits(next) ? navigate(next) : { url: next, status: response.status, headers: response.headers, html }
  }

  /** Posts `fields` and the hidden fields of the page to the action of its first form. */
  function submit(page: Page, fields: Record<string, string>): Promise<Page> {
    const action = /<form[^>]* action="([^"]+)"/.exec(page.html)?.[1]
    if (!action) throw new Error(`No form at ${page.url.pathname}: ${page.html}`)
    const hidden = [...page.html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
    const body = new URLSearchParams({
      ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])),
      ...fields,
    })
    return navigate(new URL(action, page.url), { method: 'POST', body })
  }

  return { navigate, submit }
}

/** Signs in at the built-in authorization server as its first user, and consents. */
export async function consentInBrowser(authorizationUrl: string): Promise<void> {
  const cookies = new Map<string, string>()

  async function open(url: URL, init: RequestInit = {}): Promise<void> {
    const headers = { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location !== null) return open(new URL(location, url))
    const html = await response.text()
    if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}: ${html}`)
    const [, action, form = ''] = /<form[^>]* action="([^"]+)"[^>]*>(.*?)<\/form>/s.exec(html) ?? []
    if (action !== undefined) return open(new URL(action, url), { method: 'POST', body: firstChoice(form) })
  }

  await open(new URL(authorizationUrl))
}

function firstChoice(form: string) {
  const named = [...form.matchAll(/<(?:input|button)[^>]* name="([^"]+)"[^>]* value="([^"]*)"/g)]
  const fields = new URLSearchParams()
  for (const [, name = '', value = ''] of named) if (!fields.has(name)) fields.set(name, value)
  return fields
}

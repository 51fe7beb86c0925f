import { listenOnLoopback } from '../listen.ts'
import { createPeople } from '../people.ts'
import type { StandIn, VendorOptions } from '../vendor.ts'
import { createBrowser, type Page } from './browser.ts'

const CALLBACK = 'http://127.0.0.1:9/identities/oauth2/callback/the-provider'
const CLIENT = { id: 'agentcore', secret: 'a-secret-of-this-test' }

export type TokenAnswer = Record<string, string> & { access_token: string }

/** Starts a stand-in, with functions for the user and the client of the OAuth flow. */
export async function startVendor(
  { create, endpoints }: StandIn,
  more: Pick<VendorOptions, 'signIn' | 'variant' | 'habits'> = {},
) {
  const people = createPeople(['dave'])
  // The vendor needs the server's origin.
  const server = await listenOnLoopback((request, response) => app(request, response), 0)
  const origin = `http://127.0.0.1:${server.port}`
  const options = { origin, people, applicationName: 'Agent workload', client: CLIENT, redirectUri: CALLBACK }
  const app = await create({ ...options, ...more }).catch(async (error) => {
    await server.close()
    throw error
  })
  const newBrowser = () => createBrowser((url) => url.href.split('?')[0] !== CALLBACK)

  /** @returns the page, if there is any, or the callback. */
  function request(scope: string, parameters: Record<string, string> = {}, browser = newBrowser()): Promise<Page> {
    const url = new URL(endpoints.authorization ?? '', origin)
    const query = {
      client_id: CLIENT.id,
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope,
      state: 'the-state',
      ...parameters,
    }
    url.search = new URLSearchParams(query).toString()
    return browser.navigate(url)
  }

  /** Ends at the first page after the sign-in, or at the callback. */
  async function signIn(
    username: string,
    scope: string,
    parameters: Record<string, string> = {},
    browser = newBrowser(),
  ) {
    const first = await request(scope, parameters, browser)
    const password = people.withUsername(username)?.password ?? ''
    const page = first.html.includes('Password') ? await browser.submit(first, { username, password }) : first
    return { browser, page }
  }

  function requestToken(
    parameters: Record<string, string>,
    headers: Record<string, string> = { Accept: 'application/json' },
  ) {
    const body = new URLSearchParams({ client_id: CLIENT.id, client_secret: CLIENT.secret, ...parameters })
    return fetch(new URL(endpoints.token ?? '', origin), { method: 'POST', body, headers })
  }

  async function exchange(page: Page): Promise<TokenAnswer> {
    const code = page.url.searchParams.get('code') ?? ''
    const response = await requestToken({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK })
    return (await response.json()) as TokenAnswer
  }

  async function consent(
    username: string,
    scope: string,
    parameters: Record<string, string> = {},
  ): Promise<TokenAnswer> {
    const { browser, page } = await signIn(username, scope, parameters)
    return exchange(await browser.submit(page, { decision: 'authorize' }))
  }

  const control = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(new URL(`/_vendor/${path}`, origin), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })

  return {
    origin,
    people,
    client: CLIENT,
    request,
    signIn,
    consent,
    exchange,
    requestToken,
    control,
    close: server.close,
  }
}

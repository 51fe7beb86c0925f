import { exchange } from './http-browser.ts'
import type { Person } from './person.ts'
import type { Stack } from './stack.ts'

async function ask(stack: Stack, vendor: string, path: string, body: object): Promise<string> {
  const text = JSON.stringify(body)
  const url = new URL(`/_vendor/${path}`, stack.vendors[vendor])
  const headers = {
    host: url.host,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
  }
  const answer = await exchange(url, 'POST', headers, text)
  if (![200, 204].includes(answer.status)) throw new Error(`${path}: ${answer.status} ${answer.body}`)
  return answer.body
}

const control = async (...asking: Parameters<typeof ask>): Promise<void> => void (await ask(...asking))

export const failVendor = (
  stack: Stack,
  vendor: string,
  fault: { path?: string; status?: number; body?: string; contentType?: string; delayMs?: number; times: number },
) => control(stack, vendor, 'faults', fault)

/** Cancels the planned faults that have not happened yet. */
export const mendVendor = (stack: Stack, vendor: string) => control(stack, vendor, 'mend', {})

/**
 * `tokens`: how many tokens of the user the vendor accepts now. `calls`: requests with a token of the user that it accepted at that time or in an
 * earlier request; `at` in Unix milliseconds.
 */
export const witnessAt = async (stack: Stack, vendor: string, username: string) =>
  JSON.parse(await ask(stack, vendor, 'witness', { username })) as {
    tokens: number
    calls: { at: number; path: string }[]
  }

/** AgentCore does not notice. */
export const revokeAtVendor = (stack: Stack, vendor: string, username: string) =>
  control(stack, vendor, 'revoke', { username })

/** The vendor asks who the user is at the next consent. */
export async function signOutAt({ stack, browser: { jar } }: Person, vendor: string): Promise<void> {
  const { href, port } = new URL(stack.vendors[vendor] ?? '')
  for (const { key, domain, path } of await jar.getCookies(href))
    if (key.startsWith(`local-${port}-`)) await jar.store.removeCookie(domain ?? '', path ?? '', key)
}

import { fetchBounded } from './fetch-bounded.ts'

const MOST_REDIRECTS = 3

/**
 * Follows redirects within the requested origin, with the same method and body (GitHub's REST docs, "Follow redirects"). A redirect to
 * another origin would let a vendor's answer choose an address inside our network (server-side request forgery).
 */
export async function fetchWithinOrigin(
  input: Parameters<typeof fetch>[0],
  init?: Parameters<typeof fetch>[1],
  mostBytes?: number,
): Promise<Response> {
  let url = new URL(String(input))
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await fetchBounded(url, { ...init, redirect: 'manual' }, mostBytes)
    const location = response.headers.get('location')
    if (location === null || ![301, 302, 307, 308].includes(response.status)) return response
    const next = URL.parse(location, url.href)
    if (next?.origin !== url.origin) throw new TypeError('The vendor redirects to another origin')
    url = next
  }
  throw new TypeError(`The vendor redirects more than ${MOST_REDIRECTS} times`)
}

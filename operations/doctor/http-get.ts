/** Sends no cookies and follows no redirect. Rejects when no answer comes in time. */
export type HttpGet = (url: string) => Promise<{ status: number; body: string; challenge?: string | undefined }>

const TIMEOUT_MS = 10_000

export const httpGet: HttpGet = async (url) => {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
  const challenge = response.headers.get('www-authenticate') ?? undefined
  return { status: response.status, body: await response.text(), challenge }
}

/** @returns undefined for anything but an object or array */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

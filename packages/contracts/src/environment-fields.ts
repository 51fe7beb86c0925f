import { z } from 'zod'
import { ProviderId } from './provider.ts'

const port = z.coerce.number().int().min(0).max(65_535)
export const seconds = z.coerce.number().int().positive()
export const milliseconds = z.coerce.number().int().positive()
export const count = z.coerce.number().int().positive()

export const origin = z
  .url({ protocol: /^https?$/ })
  .refine((url) => new URL(url).origin === url, 'must be an origin: scheme, host and port only')

export const providerList = z
  .string()
  .transform((text) => text.split(',').filter((id) => id !== ''))
  .pipe(z.array(ProviderId))

const isLoopback = (url: string) => ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
export const httpsOrLoopback = (schema: z.ZodType<string, string>) =>
  schema.refine((url) => url.startsWith('https:') || isLoopback(url), 'must be https, unless it is on this machine')

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    context.addIssue('must be JSON')
    return z.NEVER
  }
})

/**
 * `{"sealWith":"2026-11","2026-11":"…","2026-08":"…"}`: every other member is a key that opens, the named one also seals.
 * Rotation is: add the new key everywhere, deploy, then name it. Each secret is at least 32 characters of high entropy.
 */
export const keyRing = json
  .pipe(z.object({ sealWith: z.string().min(1) }).catchall(z.string().min(32, 'each key needs at least 32 characters')))
  .refine((ring) => ring.sealWith !== 'sealWith' && ring.sealWith in ring, 'sealWith must name one of the keys')
  .transform(({ sealWith, ...keys }) => ({ sealWith, keys: keys as Record<string, string> }))

/** Key id to secret, and which of them seals. */
export type KeyRing = z.infer<typeof keyRing>

/**
 * `{"github":{"credentialProvider":"…"}}`: the providers that are switched on, each with the name of its credential provider at
 * AgentCore. `apiUrl` says where its API is, when that is not where the provider says.
 */
export const providers = json.pipe(
  z.record(
    ProviderId,
    z.strictObject({ credentialProvider: z.string().min(1), apiUrl: httpsOrLoopback(z.url()).optional() }),
  ),
)

/** The providers that are switched on, by id. */
export type SwitchedOnProviders = z.infer<typeof providers>

/** What every container reads, whatever it does. */
export const everyService = {
  /** The address to listen on: every one in a container, loopback on a laptop. */
  LISTEN_ADDRESS: z.string().min(1).default('0.0.0.0'),
  PORT: port,
  /** The origin that the browser sees. Redirect URIs, origin checks and cookie security come from here, never from headers. */
  PUBLIC_URL: httpsOrLoopback(origin),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  REDIS_USERNAME: z.string().min(1).optional(),
  REDIS_PASSWORD: z.string().min(1).optional(),
  REDIS_TOPOLOGY: z.enum(['single', 'cluster']).default('single'),
  AWS_REGION: z.string().min(1),
  AGENTCORE_TIMEOUT_MS: milliseconds.default(5_000),
  /**
   * How many of our own proxies append to `X-Forwarded-For`: the browser's address is that many entries from its end. 1 in
   * AWS (CloudFront, or the load balancer where it is the entrance). Too few and everybody shares a limit; too many and
   * whoever writes the header chooses theirs, so the default errs on the first side.
   */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).max(8).default(1),
  SHUTDOWN_DRAIN_SECONDS: seconds.default(20),
}

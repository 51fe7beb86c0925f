import { z } from 'zod'
import { isHttpsOrLoopback } from './https-or-loopback.ts'
import { ProviderId } from './provider.ts'

/** Zero is allowed, and `Number(' ')` is zero. */
export const fromZero = (max: number) =>
  z.string().regex(/\S/, 'must not be blank').pipe(z.coerce.number<string>().int().min(0).max(max))
export const seconds = z.coerce.number().int().positive()
export const milliseconds = z.coerce.number().int().positive()
export const count = z.coerce.number().int().positive()

export const origin = z
  .url({ protocol: /^https?$/, abort: true })
  .refine((url) => new URL(url).origin === url, 'must be an origin: scheme, host and port only')

export const origins = z
  .string()
  .transform((text) => text.split(',').filter((one) => one !== ''))
  .pipe(z.array(origin))

export const providerList = z
  .string()
  .transform((text) => text.split(',').filter((id) => id !== ''))
  .pipe(z.array(ProviderId))

export const httpsOrLoopback = (schema: z.ZodType<string, string>) =>
  schema.refine((url) => !URL.canParse(url) || isHttpsOrLoopback(url), 'must be https, unless it is on this machine')

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    context.addIssue('must be JSON')
    return z.NEVER
  }
})

/**
 * `{"sealWith":"2026-11","2026-11":"…","2026-08":"…"}`: each key opens; the one that `sealWith` names also seals. To rotate, deploy
 * the new key first, and name it in a second deployment. Entropy is not checked.
 */
export const keyRing = json
  .pipe(z.object({ sealWith: z.string().min(1) }).catchall(z.string().min(32, 'each key needs at least 32 characters')))
  .refine((ring) => ring.sealWith !== 'sealWith' && ring.sealWith in ring, 'sealWith must name one of the keys')
  .transform(({ sealWith, ...keys }) => ({ sealWith, keys: keys as Record<string, string> }))

export type KeyRing = z.infer<typeof keyRing>

/** What one ring has sealed must not open with another. */
export const sharingNoKey =
  <Name extends string>(...names: readonly Name[]) =>
  (environment: { readonly [name in Name]?: KeyRing | undefined }, context: z.core.$RefinementCtx): void => {
    const owners = new Map<string, Name>()
    for (const ring of names) {
      for (const secret of Object.values(environment[ring]?.keys ?? {})) {
        const owner = owners.get(secret) ?? ring
        if (owner !== ring)
          context.addIssue({ code: 'custom', path: [ring], message: `must not share a key with ${owner}` })
        owners.set(secret, owner)
      }
    }
  }

/**
 * `{"github":{"credentialProvider":"…"}}`. `apiUrl` and `revocationUrl` replace the addresses of the provider's definition.
 */
export const providers = json.pipe(
  z.record(
    ProviderId,
    z.strictObject({
      credentialProvider: z.string().min(1),
      apiUrl: httpsOrLoopback(z.url()).optional(),
      revocationUrl: httpsOrLoopback(z.url()).optional(),
    }),
  ),
)

export const revocationFunctions = json.pipe(z.record(ProviderId, z.string().min(1).max(170)))

export type SwitchedOnProviders = z.infer<typeof providers>

export const everyService = {
  LISTEN_ADDRESS: z.string().min(1).default('0.0.0.0'),
  PORT: fromZero(65_535),
  /** The origin that the browser sees. It is not taken from `Host` or a forwarding header: a client could choose them. */
  PUBLIC_URL: httpsOrLoopback(origin),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  REDIS_USERNAME: z.string().min(1).optional(),
  REDIS_PASSWORD: z.string().min(1).optional(),
  REDIS_TOPOLOGY: z.enum(['single', 'cluster']).default('single'),
  /** Default: 2 s. */
  REDIS_COMMAND_TIMEOUT_MS: milliseconds.max(8_000).optional(),
  AWS_REGION: z.string().min(1),
  AGENTCORE_TIMEOUT_MS: milliseconds.default(5_000),
  /**
   * How many of our own proxies append to `X-Forwarded-For`. With too small a number, clients behind one proxy share a limit; with
   * too large a number, a client chooses its address.
   */
  TRUSTED_PROXIES: fromZero(8).default(1),
  SHUTDOWN_DRAIN_SECONDS: seconds.default(20),
}

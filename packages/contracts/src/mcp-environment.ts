import { z } from 'zod'
import {
  count,
  everyService,
  httpsOrLoopback,
  keyRing,
  milliseconds,
  origins,
  providerList,
  providers,
  seconds,
  sharingNoKey,
} from './environment-fields.ts'

/** RFC 6749 §3.3. */
const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)

/** The MCP server has no key that opens a user session, a user's tokens, a turn or an authorization. */
export const McpServerEnvironment = z
  .object({
    ...everyService,
    /** The agent workload has the same ring. */
    CONNECTION_KEYS: keyRing,
    /** Only this service has it. */
    MCP_KEYS: keyRing,
    OIDC_ISSUER: httpsOrLoopback(z.url()),
    /** Separated by commas. Empty: any client of the issuer, and then a token must have the audience. */
    MCP_CLIENT_IDS: z
      .string()
      .transform((text) => {
        const ids = text.split(',').map((id) => id.trim())
        return { text, ids: ids.filter((id) => id !== '') }
      })
      // Commas alone would give an empty list, which means any client.
      .refine(({ text, ids }) => text === '' || ids.length > 0, 'names no client')
      .transform(({ ids }) => ids)
      .default([]),
    /** The audience that a token must name if it has an `aud`. Default: `<PUBLIC_URL>/mcp`. */
    MCP_AUDIENCE: z.string().min(1).optional(),
    MCP_SCOPE: scope.default('mcp/tools'),
    /** Of clients that are web pages, separated by commas. */
    MCP_ALLOWED_ORIGINS: origins.default([]),
    WORKLOAD_NAME: z.string().regex(/^[A-Za-z0-9_.-]{3,255}$/),
    WORKLOAD_ACCESS_TOKEN_TTL_SECONDS: seconds.default(600),
    /** How long a call waits for a consent. It must be less than the idle timeout of every proxy in front. */
    MCP_CONSENT_WAIT_MS: milliseconds.max(45_000).default(25_000),
    MCP_CALLS_PER_USER_PER_MINUTE: count.default(120),
    /** Over all users of the client. */
    MCP_CALLS_PER_CLIENT_PER_MINUTE: count.default(6_000),
    ASK_FIRST_PROVIDERS: providerList.default([]),
    VENDOR_CALLS_AT_ONCE: count.default(16),
    VENDOR_TIMEOUT_MS: milliseconds.default(10_000),
    PROVIDERS: providers.default({}),
  })
  .superRefine(sharingNoKey('CONNECTION_KEYS', 'MCP_KEYS'))
export type McpServerEnvironment = z.infer<typeof McpServerEnvironment>

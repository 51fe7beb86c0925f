import { z } from 'zod'
import { ConfigurationError } from './configuration-error.ts'
import type { EmulatorOptions } from './emulator-options.ts'

const url = z.url({ protocol: /^https?$/ })
const seconds = z.number().int().positive()

const policyDocument = z.record(z.string(), z.unknown())
export const policyDocuments = z.array(policyDocument)

const credential = z.strictObject({
  accessKeyId: z.string().regex(/^\w{1,128}$/),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1).optional(),
  /** An ARN, or a name: an IAM user's, or an assumed role's if there is a session token. */
  principal: z.string().min(1).optional(),
  /** IAM policy documents. Absent: everything is allowed. Empty: nothing is. */
  policies: policyDocuments.optional(),
  /** An IAM policy document: the maximum of what `policies` can allow. */
  permissionsBoundary: policyDocument.optional(),
  expiresAt: z.iso.datetime().optional(),
})

const oauth2CredentialProvider = z.strictObject({
  name: z.string(),
  credentialProviderVendor: z.string(),
  oauth2ProviderConfigInput: z.record(z.string(), z.unknown()),
  tags: z.record(z.string(), z.string()).optional(),
  /** A stand-in for the vendor: these endpoints are used instead of the vendor's own. `vendor`: the built-in server's. */
  endpoints: z
    .union([
      z.literal('vendor'),
      z.strictObject({
        authorizationEndpoint: url.optional(),
        tokenEndpoint: url.optional(),
        issuer: z.string().optional(),
        tokenEndpointAuthMethod: z.enum(['client_secret_basic', 'client_secret_post']).optional(),
      }),
    ])
    .optional(),
  /** Fixes the callback URL, so that it can be registered at the vendor before the emulator starts. */
  callbackId: z.uuid().optional(),
})

/** The built-in authorization server. */
const vendor = z.strictObject({
  /** Its users. There are no passwords. */
  users: z
    .array(z.string().regex(/^[\w.@-]{1,64}$/))
    .min(1)
    .max(20)
    .default(['alice', 'bob']),
  accessTokenSeconds: seconds.default(3600),
})

const lifetimes = z.strictObject({
  workloadAccessTokenSeconds: seconds.default(900),
  authorizationSessionSeconds: seconds.default(600),
  minimumUserTokenSeconds: z.number().int().nonnegative().default(60),
})

const quotas = z.strictObject({
  workloadIdentities: z.number().int().positive().default(11_000),
  oauth2CredentialProviders: z.number().int().positive().default(50),
  apiKeyCredentialProviders: z.number().int().positive().default(50),
  /** Not AWS's limit: bounds the memory. */
  openAuthorizations: z.number().int().positive().default(50_000),
})

/** Behaviour that AWS does not document. README.md, "Assumptions", explains each option. */
const assumptions = z.strictObject({
  deniedConsent: z.enum(['dead-end', 'return']).default('dead-end'),
  pollRepeatsAuthorizationUrl: z.boolean().default(false),
  /** RFC 6749 §5.1 requires a `token_type`; some vendors omit it. */
  missingTokenType: z.enum(['refuse', 'accept']).default('refuse'),
  customProviderOmitsCodeVerifier: z.boolean().default(false),
  browserErrors: z.enum(['json', 'page']).default('json'),
  /** The error for an expired workload access token: AccessDeniedException, or UnauthorizedException. */
  expiredWorkloadAccessToken: z.enum(['access-denied', 'unauthorized']).default('access-denied'),
  m2mTokens: z.enum(['not-kept', 'kept']).default('not-kept'),
  authorizationCookie: z.enum(['per-session', 'shared']).default('per-session'),
  /** Whether a usable provider has the status `READY`, or none. */
  providerStatus: z.enum(['absent', 'READY']).default('absent'),
  /** Managed secrets of new providers have eight hexadecimal digits after the provider's name; older ones have none. */
  secretNames: z.enum(['with-hex', 'without-hex']).default('with-hex'),
})

/**
 * The emulator's options: the configuration file, and the argument of `startEmulator`. AWS's own inputs (`oauth2ProviderConfigInput`, names, return URLs)
 * are checked by AWS's constraints, in seed-state.ts.
 */
export const emulatorOptions = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(0).max(65535).default(8082),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
    .default('us-east-1'),
  accountId: z
    .string()
    .regex(/^\d{12}$/)
    .default('123456789012'),
  /** The address for browsers and vendors. Default: the emulator's own address. */
  publicUrl: url.optional(),
  credentials: z.array(credential).default([]),
  workloadIdentities: z
    .array(
      z.strictObject({
        name: z.string(),
        allowedResourceOauth2ReturnUrls: z.array(z.string()).optional(),
        /** Like an identity that AgentCore Runtime or Gateway created for itself: no other caller may mint for it. */
        serviceLinked: z.boolean().optional(),
        tags: z.record(z.string(), z.string()).optional(),
      }),
    )
    .default([]),
  oauth2CredentialProviders: z.array(oauth2CredentialProvider).default([]),
  apiKeyCredentialProviders: z.array(z.looseObject({ name: z.string() })).default([]),
  /** The built-in authorization server. Absent: enabled when a provider names it; for the command, also without any provider. */
  vendor: z.union([z.boolean(), vendor]).optional(),
  /** Replaces Secrets Manager: secret id or ARN → the secret's keys and values. For EXTERNAL secrets. */
  secrets: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  /** A file that stores the state between starts. While it exists, its identities and providers are used. */
  stateFile: z.string().min(1).optional(),
  /** The timeout of a request to a vendor or an issuer. */
  vendorTimeoutSeconds: z.number().positive().max(60).default(10),
  /** Hosts besides loopback whose issuers and authorization servers may be on plain HTTP. */
  plainHttpHosts: z.array(z.string()).default([]),
  /** Host names, besides loopback's, under which `/_emulator`, the inspector, AWS's operations and `/vendor` answer. */
  controlHosts: z.array(z.string()).default([]),
  /** Host names under which AWS’s operations and `/vendor` answer, and `/_emulator` does not. The host of the public URL is one, too. */
  operationHosts: z.array(z.string()).default([]),
  lifetimes: lifetimes.prefault({}),
  quotas: quotas.prefault({}),
  assumptions: assumptions.prefault({}),
})

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never
/** The published type is written by hand, so that its readers need no schema library. A difference is a compile error. */
true satisfies Same<z.input<typeof emulatorOptions>, EmulatorOptions>

export type ParsedOptions = Omit<z.output<typeof emulatorOptions>, 'vendor'> & { vendor: VendorOptions | undefined }
export type VendorOptions = z.output<typeof vendor>
export type Assumptions = z.output<typeof assumptions>
export type Quotas = z.output<typeof quotas>

export function parseOptions(options: unknown): ParsedOptions {
  const result = emulatorOptions.safeParse(options)
  if (result.success) return withVendor(result.data)
  // Only paths and expectations: a value may be a secret.
  throw new ConfigurationError(
    result.error.issues.map(({ path, message }) => `${path.join('.') || 'options'}: ${message}`),
  )
}

function withVendor(options: z.output<typeof emulatorOptions>): ParsedOptions {
  const named = options.oauth2CredentialProviders.some(({ endpoints }) => endpoints === 'vendor')
  const { vendor: wanted = named } = options
  if (named && wanted === false)
    throw new ConfigurationError(['vendor: a provider has the endpoints of the built-in authorization server'])
  const vendorOptions = typeof wanted === 'object' ? wanted : wanted ? vendor.parse({}) : undefined
  return { ...options, vendor: vendorOptions }
}

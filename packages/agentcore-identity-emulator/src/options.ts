import { z } from 'zod'
import { ConfigurationError } from './configuration-error.ts'
import type { EmulatorOptions } from './emulator-options.ts'
import { hostnameOf } from './known-host.ts'

const url = z.url({ protocol: /^https?$/ })
const seconds = z.number().int().positive()

const hostName = z.string().transform((host, context) => {
  const name = hostnameOf(host)
  if (name !== undefined) return name
  context.addIssue('must be a host name or an address, such as emulator.test or [::1]')
  return z.NEVER
})

const policyDocument = z.record(z.string(), z.unknown())
export const policyDocuments = z.array(policyDocument)

const credential = z.strictObject({
  accessKeyId: z.string().regex(/^\w{1,128}$/),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1).optional(),
  principal: z.string().min(1).optional(),
  policies: policyDocuments.optional(),
  permissionsBoundary: policyDocument.optional(),
  expiresAt: z.iso.datetime().optional(),
})

const oauth2CredentialProvider = z.strictObject({
  name: z.string(),
  credentialProviderVendor: z.string(),
  oauth2ProviderConfigInput: z.record(z.string(), z.unknown()),
  tags: z.record(z.string(), z.string()).optional(),
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
  callbackId: z.uuid().optional(),
})

const vendor = z.strictObject({
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

const assumptions = z.strictObject({
  deniedConsent: z.enum(['dead-end', 'return']).default('dead-end'),
  pollRepeatsAuthorizationUrl: z.boolean().default(false),
  missingTokenType: z.enum(['refuse', 'accept']).default('refuse'),
  customProviderOmitsCodeVerifier: z.boolean().default(false),
  browserErrors: z.enum(['json', 'page']).default('json'),
  expiredWorkloadAccessToken: z.enum(['access-denied', 'unauthorized']).default('access-denied'),
  m2mTokens: z.enum(['not-kept', 'kept']).default('not-kept'),
  authorizationCookie: z.enum(['per-session', 'shared']).default('per-session'),
  providerStatus: z.enum(['absent', 'READY']).default('absent'),
  secretNames: z.enum(['with-hex', 'without-hex']).default('with-hex'),
  authorizationUrl: z.enum(['once', 'until-returned', 'reusable']).default('once'),
  vaultKey: z.enum(['with-custom-parameters', 'without-custom-parameters']).default('with-custom-parameters'),
  unknownParameter: z.enum(['vaulted', 'nothing']).default('vaulted'),
  duplicateName: z.enum(['validation', 'conflict']).default('validation'),
})

/** AWS's constraints on AWS's own inputs (`oauth2ProviderConfigInput`, names, return URLs) are not checked here, but in `seedState`. */
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
  publicUrl: url.optional(),
  credentials: z.array(credential).default([]),
  workloadIdentities: z
    .array(
      z.strictObject({
        name: z.string(),
        allowedResourceOauth2ReturnUrls: z.array(z.string()).optional(),
        serviceLinked: z.boolean().optional(),
        tags: z.record(z.string(), z.string()).optional(),
      }),
    )
    .default([]),
  oauth2CredentialProviders: z.array(oauth2CredentialProvider).default([]),
  apiKeyCredentialProviders: z.array(z.looseObject({ name: z.string() })).default([]),
  vendor: z.union([z.boolean(), vendor]).optional(),
  secrets: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  stateFile: z.string().min(1).optional(),
  vendorTimeoutSeconds: z.number().positive().max(60).default(10),
  plainHttpHosts: z.array(hostName).default([]),
  controlHosts: z.array(hostName).default([]),
  operationHosts: z.array(hostName).default([]),
  lifetimes: lifetimes.prefault({}),
  quotas: quotas.prefault({}),
  assumptions: assumptions.prefault({}),
})

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never
/** The published type is written by hand, so that it needs no schema library. */
true satisfies Same<z.input<typeof emulatorOptions>, EmulatorOptions>

export type ParsedOptions = Omit<z.output<typeof emulatorOptions>, 'vendor'> & { vendor: VendorOptions | undefined }
export type VendorOptions = z.output<typeof vendor>
export type Assumptions = z.output<typeof assumptions>
export type Quotas = z.output<typeof quotas>

export function parseOptions(options: unknown): ParsedOptions {
  const result = emulatorOptions.safeParse(options)
  if (result.success) return withVendor(result.data)
  // Without values: they may be secrets.
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

import { type Deployment, readDeployment } from '@agent-identity/infra/read-deployment'
import { type EmulatorOptions, startEmulator } from 'agentcore-identity-emulator'
import { examine, type Pause } from '../doctor/examine.ts'
import type { Finding } from '../doctor/finding.ts'
import type { HttpGet } from '../doctor/http-get.ts'
import type { Result } from '../doctor/run-checks.ts'
import type { StageParts } from '../doctor/stage.ts'
import { createAwsClients } from '../target/aws-clients.ts'
import type { StageTarget } from '../target/resolve-target.ts'
import { type Input, type Replies, startAwsStub } from './aws-stub.ts'
import {
  APP,
  HEALTHY,
  healthyWithMcp,
  IMAGES,
  ISSUER,
  MCP_SCOPE,
  PREFIX,
  PROFILE_CLIENT,
  REGION,
  RETURN_URL,
} from './healthy-stage.ts'

// biome-ignore lint/suspicious/noExplicitAny: each operation has another reply, and a test knows which one it changes.
type Change = (reply: any, input: Input) => object

export interface Broken {
  /** By operation: changes the healthy reply. */
  replies?: Readonly<Record<string, Change>>
  agentcore?: (inOrder: EmulatorOptions) => EmulatorOptions
  /** By operation: changes the emulator's reply. */
  agentcoreReplies?: Readonly<Record<string, Change>>
  parts?: StageParts
  context?: Readonly<Record<string, string>>
  /** The MCP server is deployed; the command line has it, too, unless `context` says otherwise. */
  mcp?: boolean
  /** What a fork has changed in its stage. */
  deployment?: Partial<Deployment>
  /** Doctor runs after a deployment. */
  pause?: Pause
}

export const CALLBACK_IDS = {
  profile: '6f1c5f0e-6c0b-4a52-9f0e-2f6f3d7a1b03',
  github: '6f1c5f0e-6c0b-4a52-9f0e-2f6f3d7a1b01',
}
const ADMINISTRATOR = { accessKeyId: 'AKIADOCTOR', secretAccessKey: 'secret-access-key-of-doctor' }
const AGENTCORE = `https://bedrock-agentcore.${REGION}.amazonaws.com`
export const callbackUrlOf = (provider: keyof typeof CALLBACK_IDS) =>
  `${AGENTCORE}/identities/oauth2/callback/${CALLBACK_IDS[provider]}`

export const AGENTCORE_IN_ORDER: EmulatorOptions = {
  port: 0,
  region: REGION,
  publicUrl: AGENTCORE,
  credentials: [ADMINISTRATOR],
  workloadIdentities: [{ name: PREFIX, allowedResourceOauth2ReturnUrls: [RETURN_URL] }],
  oauth2CredentialProviders: [
    {
      name: `${PREFIX}-profile`,
      credentialProviderVendor: 'CognitoOauth2',
      oauth2ProviderConfigInput: {
        includedOauth2ProviderConfig: {
          clientId: PROFILE_CLIENT,
          clientSecret: 'client-secret-of-the-profile',
          issuer: ISSUER,
          authorizationEndpoint: 'https://agents.auth.us-east-1.amazoncognito.com/oauth2/authorize',
          tokenEndpoint: 'https://agents.auth.us-east-1.amazoncognito.com/oauth2/token',
        },
      },
      callbackId: CALLBACK_IDS.profile,
    },
    {
      name: `${PREFIX}-github`,
      credentialProviderVendor: 'GithubOauth2',
      oauth2ProviderConfigInput: {
        githubOauth2ProviderConfig: { clientId: 'at-github', clientSecret: 'client-secret-of-github' },
      },
      callbackId: CALLBACK_IDS.github,
    },
  ],
}

const CONTEXT = { stage: 'sandbox', region: REGION, providers: 'profile,github', githubSecret: 'agents/github' }

export const get: HttpGet = async (url) => {
  if (url === `${APP}/api/session`) return { status: 401, body: '{"code":"not_signed_in"}' }
  if (url === `${ISSUER}/.well-known/openid-configuration`)
    return { status: 200, body: JSON.stringify({ issuer: ISSUER }) }
  const metadataUrl = `${APP}/.well-known/oauth-protected-resource/mcp`
  if (url === `${APP}/mcp`)
    return { status: 401, body: '', challenge: `Bearer error="invalid_token", resource_metadata="${metadataUrl}"` }
  if (url === metadataUrl) {
    const metadata = { resource: `${APP}/mcp`, authorization_servers: [ISSUER], scopes_supported: [MCP_SCOPE] }
    return { status: 200, body: JSON.stringify(metadata) }
  }
  throw new Error(`No server answers at ${url}`)
}

export async function examineStage(
  broken: Broken = {},
): Promise<{ target: StageTarget; results: Result[]; calls: string[] }> {
  const emulator = await startEmulator(broken.agentcore?.(AGENTCORE_IN_ORDER) ?? AGENTCORE_IN_ORDER)
  const stub = await startAwsStub(withChanges(broken.mcp ? healthyWithMcp() : HEALTHY, broken.replies ?? {}))
  try {
    const context = { ...CONTEXT, ...(broken.mcp && { mcp: 'true' }), ...broken.context }
    const target: StageTarget = {
      kind: 'stage',
      context,
      deployment: { ...readDeployment(context), ...broken.deployment },
      prefix: PREFIX,
      aws: {
        ...createAwsClients(REGION, { endpoint: stub.url, credentials: ADMINISTRATOR }),
        agentcore: agentcoreAt(emulator.url, broken.agentcoreReplies ?? {}),
      },
    }
    const parts = { get, expectedImages: async () => IMAGES, ...broken.parts }
    return { target, results: await examine(target, parts, broken.pause), calls: stub.calls }
  } finally {
    await Promise.all([stub.close(), emulator.close()])
  }
}

function agentcoreAt(endpoint: string, changes: NonNullable<Broken['agentcoreReplies']>) {
  const { agentcore } = createAwsClients(REGION, { endpoint, credentials: ADMINISTRATOR })
  agentcore.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const reply = await next(args)
        const change = changes[commandName?.replace(/Command$/, '') ?? '']
        return change ? { ...reply, output: change(reply.output, { ...args.input }) as typeof reply.output } : reply
      },
    { step: 'initialize' },
  )
  return agentcore
}

function withChanges(healthy: Replies, changes: NonNullable<Broken['replies']>): Replies {
  const inOrder: Replies = {
    ...healthy,
    'cognito-idp:DescribeUserPoolClient': (input) => {
      const reply = healthy['cognito-idp:DescribeUserPoolClient']?.(input) as { UserPoolClient: object }
      if (input.ClientId !== PROFILE_CLIENT) return reply
      return { UserPoolClient: { ...reply.UserPoolClient, CallbackURLs: [callbackUrlOf('profile')] } }
    },
  }
  const changed = Object.entries(changes).map(([operation, change]) => {
    const reply = inOrder[operation]
    if (!reply) throw new Error(`Doctor does not call ${operation}`)
    return [operation, (input: Input) => change(reply(input), input)] as const
  })
  return { ...inOrder, ...Object.fromEntries(changed) }
}

/** Findings as `check: sentence`. */
export const told = (results: readonly Result[], ...kinds: Finding['kind'][]): string[] =>
  results.flatMap(({ check, findings }) =>
    findings.filter(({ kind }) => kinds.includes(kind)).map(({ what }) => `${check}: ${what}`),
  )

export const complaintsOf = (results: readonly Result[]): string[] => told(results, 'wrong', 'not checked')

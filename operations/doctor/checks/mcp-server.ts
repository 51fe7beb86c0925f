import { mcpResourceOf, ROUTES } from '@agent-identity/contracts'
import type { UserPoolClientType } from '@aws-sdk/client-cognito-identity-provider'
import { byHand, type Check, DEPLOY_AGAIN, type Finding, wrong } from '../finding.ts'
import { jsonObject } from '../http-get.ts'
import type { RunningService } from '../read-services.ts'
import { requireId, requireStack, type Stage } from '../stage.ts'
import { type ClientName, hasPages, readClient } from './sign-in.ts'

export const mcpServer: Check<Stage> = {
  name: 'MCP server',
  async run(stage) {
    const mcp = (await stage.services())['mcp-server']
    if (!mcp) return []
    const publicUrl = mcp.variable('PUBLIC_URL')
    const metadataUrl = `${publicUrl}${ROUTES.mcpResourceMetadata}`
    try {
      const { status, challenge = '' } = await stage.get(mcpResourceOf(publicUrl))
      const metadata = await stage.get(metadataUrl)
      return [
        ...(status === 401 && challenge.includes(`resource_metadata="${metadataUrl}"`)
          ? []
          : [wrong(`${mcpResourceOf(publicUrl)} answers with ${status} and not with 401 and its metadata.`, MEND)]),
        ...(namesUs(metadata, publicUrl, mcp)
          ? []
          : [wrong(`${metadataUrl} does not name this MCP server, its issuer and its scope.`, MEND)]),
      ]
    } catch {
      return [wrong(`${mcpResourceOf(publicUrl)} does not answer.`, MEND)]
    }
  },
}

const MEND = 'See the findings about services and targets. A load balancer of yours needs the rule for the MCP server.'

function namesUs({ status, body }: { status: number; body: string }, publicUrl: string, { variable }: RunningService) {
  const { resource, authorization_servers, scopes_supported } = jsonObject(body) ?? {}
  return (
    status === 200 &&
    resource === mcpResourceOf(publicUrl) &&
    JSON.stringify(authorization_servers) === JSON.stringify([variable('OIDC_ISSUER')]) &&
    JSON.stringify(scopes_supported) === JSON.stringify([variable('MCP_SCOPE')])
  )
}

/** At Cognito, codes must go to the stage's redirect URIs only. */
export const mcpClients: Check<Stage> = {
  name: 'MCP clients',
  async run(stage) {
    const mcp = (await stage.services())['mcp-server']
    if (!mcp) return []
    const { signIn, mcp: asked } = stage.deployment
    const ids = mcp.variable('MCP_CLIENT_IDS', '').split(',').filter(Boolean)
    if (ids.length === 0) return [wrong('The MCP server takes tokens of every client of the issuer.', DEPLOY_AGAIN)]
    if ('issuer' in signIn) return atYourProvider(ids, asked.clients?.ids ?? [])
    const UserPoolId = requireId(requireStack(await stage.stacks(), 'identity'), 'AWS::Cognito::UserPool')
    const examined = ids.map((ClientId) =>
      atCognito(stage, { UserPoolId, ClientId }, asked.redirectUris, mcp.variable('MCP_SCOPE')),
    )
    return (await Promise.all(examined)).flat()
  },
}

async function atCognito(
  stage: Stage,
  name: ClientName,
  redirectUris: readonly string[],
  scope: string,
): Promise<Finding[]> {
  const { ClientId } = name
  const client = await readClient(stage, name)
  if (!client)
    return [wrong(`The user pool has no client ${ClientId}, whose tokens the MCP server takes.`, DEPLOY_AGAIN)]
  return [
    ...settingsOf(client, ClientId, redirectUris, scope),
    ...((await hasPages(stage, name))
      ? []
      : [wrong(`The client ${ClientId} of MCP clients has no sign-in pages of its own (branding).`, DEPLOY_AGAIN)]),
  ]
}

function atYourProvider(ids: readonly string[], asked: readonly string[]): Finding[] {
  if (ids.toSorted().join() !== asked.toSorted().join())
    return [wrong(`The MCP server takes tokens of ${ids.join(', ')}, not of ${asked.join(', ')}.`, DEPLOY_AGAIN)]
  return ids.map((id) =>
    byHand(
      `Compare: the client ${id} must be public, with PKCE, and with redirect URIs of its users’ own machines only.`,
    ),
  )
}

function settingsOf(client: UserPoolClientType, id: string, redirectUris: readonly string[], scope: string): Finding[] {
  const {
    CallbackURLs = [],
    AllowedOAuthFlows = [],
    AllowedOAuthScopes = [],
    ExplicitAuthFlows = [],
    ClientSecret,
  } = client
  const foreign = CallbackURLs.filter((uri) => !redirectUris.includes(uri))
  const missing = redirectUris.filter((uri) => !CallbackURLs.includes(uri))
  // ALLOW_CUSTOM_AUTH allows nothing in a pool without a trigger.
  const isCodeOnly = AllowedOAuthFlows.join() === 'code' && ExplicitAuthFlows.join() === 'ALLOW_CUSTOM_AUTH'
  return [
    ...foreign.map((uri) =>
      wrong(`The client ${id} of MCP clients also sends codes to ${withoutQuery(uri)}.`, DEPLOY_AGAIN),
    ),
    ...missing.map((uri) =>
      wrong(`The client ${id} of MCP clients does not have the redirect URI ${uri}.`, DEPLOY_AGAIN),
    ),
    ...(isCodeOnly
      ? []
      : [wrong(`The client ${id} of MCP clients allows more than the authorization code flow.`, DEPLOY_AGAIN)]),
    ...(AllowedOAuthScopes.join() === scope
      ? []
      : [wrong(`The client ${id} of MCP clients must have exactly the scope ${scope}.`, DEPLOY_AGAIN)]),
    ...(ClientSecret
      ? [wrong(`The client ${id} of MCP clients has a secret, and its users have none.`, DEPLOY_AGAIN)]
      : []),
  ]
}

/** An unknown URI's query may be secret. */
const withoutQuery = (uri: string) => (URL.canParse(uri) ? uri.replace(/[?#].*$/, '') : 'something that is no URL')

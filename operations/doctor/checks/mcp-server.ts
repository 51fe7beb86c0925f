import { mcpResourceOf, ROUTES } from '@agent-identity/contracts'
import { byHand, CannotCheck, type Check, DEPLOY_AGAIN, type Finding, wrong } from '../finding.ts'
import { jsonObject } from '../http-get.ts'
import type { RunningService } from '../read-services.ts'
import type { Stage } from '../stage.ts'
import { readClient } from './sign-in.ts'

export const mcpServer: Check<Stage> = {
  name: 'MCP server',
  async run(stage) {
    const mcp = (await stage.services())['mcp-server']
    if (!mcp) return []
    const problems = await problemsOf(stage, mcp)
    if (problems.length > 0 && (await stage.dnsToDo()))
      throw new CannotCheck('The public address does not lead to the deployment yet.')
    return problems
  },
}

async function problemsOf({ get }: Stage, mcp: RunningService): Promise<Finding[]> {
  const publicUrl = mcp.variable('PUBLIC_URL')
  const metadataUrl = `${publicUrl}${ROUTES.mcpResourceMetadata}`
  try {
    const { status, challenge = '' } = await get(mcpResourceOf(publicUrl))
    const metadata = await get(metadataUrl)
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
    const ids = mcp.variable('MCP_CLIENT_IDS', '').split(',').filter(Boolean)
    if ('issuer' in stage.deployment.signIn)
      return ids.map((id) =>
        byHand(
          `Compare: the client ${id} must be public, with PKCE, and with redirect URIs of its users’ own machines only.`,
        ),
      )
    return (await Promise.all(ids.map((id) => atCognito(stage, id)))).flat()
  },
}

async function atCognito(stage: Stage, id: string): Promise<Finding[]> {
  const { redirectUris } = stage.deployment.mcp
  const client = await readClient(stage, id)
  if (!client) return [wrong(`The user pool has no client ${id}, whose tokens the MCP server takes.`, DEPLOY_AGAIN)]
  const { CallbackURLs = [] } = client
  const foreign = CallbackURLs.filter((uri) => !redirectUris.includes(uri))
  const missing = redirectUris.filter((uri) => !CallbackURLs.includes(uri))
  return [
    ...foreign.map((uri) =>
      wrong(`The client ${id} of MCP clients also sends codes to ${withoutQuery(uri)}.`, DEPLOY_AGAIN),
    ),
    ...missing.map((uri) =>
      wrong(`The client ${id} of MCP clients does not have the redirect URI ${uri}.`, DEPLOY_AGAIN),
    ),
  ]
}

/** An unknown URI's query may be secret. */
const withoutQuery = (uri: string) => (URL.canParse(uri) ? uri.replace(/[?#].*$/, '') : 'something that is no URL')

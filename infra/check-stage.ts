import { RESERVED_AUTHORIZATION_PARAMETERS } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import { checkDeploymentName } from './constructs/check-deployment-name.ts'
import { checkSessionStoreNodes } from './constructs/check-session-store-nodes.ts'
import { loadBalancerOf } from './constructs/listener-arn.ts'
import { portOfRedis } from './constructs/redis-url.ts'
import { DeploymentError } from './deployment-error.ts'
import type { Stage } from './stage-file.ts'

/** @throws DeploymentError */
export function checkStage(stage: Stage): void {
  checkName(stage)
  checkAccountId(stage)
  checkNetwork(stage)
  checkListener(stage)
  checkSessionStore(stage)
  checkSignIn(stage)
  checkChanges(stage)
  checkMcp(stage)
  checkEmail(stage)
}

function checkName({ name }: Stage): void {
  checkDeploymentName(name)
  // `npm run verify` deletes what a killed run has left, by these names.
  if (/^verify(-|$)/.test(name))
    throw new DeploymentError(`Stage "${name}": verify deletes resources with such names, so name it otherwise.`)
}

function checkAccountId({ name, account }: Stage): void {
  if (account === undefined || /^\d{12}$/.test(account)) return
  throw new DeploymentError(`Stage "${name}": account "${account}" must be the twelve digits of an AWS account.`)
}

/** A misspelt provider in `changes.askFirst` would protect nothing. */
function checkChanges({ name, changes }: Stage): void {
  const unknown = changes.askFirst.filter((id) => !PROVIDERS.has(id))
  if (unknown.length === 0) return
  throw new DeploymentError(
    `Stage "${name}": changes.askFirst names ${unknown.join(', ')}; use some of ${[...PROVIDERS.keys()].join(', ')}.`,
  )
}

function checkNetwork({ name, network, entrance }: Stage): void {
  if (!('vpcId' in network)) return
  const { availabilityZones, serviceSubnetIds, publicSubnetIds = [], storeSubnetIds = [] } = network
  const { sessionBindingSubnetIds = [] } = network
  const lists = { serviceSubnetIds, publicSubnetIds, storeSubnetIds, sessionBindingSubnetIds }
  for (const [list, ids] of Object.entries(lists))
    if (availabilityZones.length === 0 || ids.length % availabilityZones.length > 0)
      throw new DeploymentError(
        `Stage "${name}": network.${list} must name as many subnets in each of network.availabilityZones, in the same order.`,
      )
  if (serviceSubnetIds.length === 0)
    throw new DeploymentError(`Stage "${name}" needs subnets for the services: set network.serviceSubnetIds.`)
  if (entrance.kind === 'own-domain' && publicSubnetIds.length === 0)
    throw new DeploymentError(
      `Stage "${name}" makes a public load balancer in your VPC: set network.publicSubnetIds, or use a listener of yours.`,
    )
  // An interface endpoint and an application load balancer take one subnet in a zone.
  const single = {
    ...(entrance.kind === 'cloudfront' || network.interfaceEndpoints ? { serviceSubnetIds } : {}),
    ...(entrance.kind === 'own-domain' ? { publicSubnetIds } : {}),
  }
  for (const [list, ids] of Object.entries(single))
    if (ids.length !== new Set(availabilityZones).size)
      throw new DeploymentError(
        `Stage "${name}": network.${list} must name exactly one subnet in each zone, because the load balancer or the private endpoints use them.`,
      )
  // Elastic Load Balancing user guide, application-load-balancers, "Availability Zone subnets".
  if (entrance.kind !== 'existing-listener' && new Set(availabilityZones).size < 2)
    throw new DeploymentError(
      `Stage "${name}" makes a load balancer, which needs two zones: name two or more in network.availabilityZones, or use a listener of yours.`,
    )
}

function checkListener({ name, region, network, entrance }: Stage): void {
  if (entrance.kind !== 'existing-listener') return
  loadBalancerOf(entrance.listenerArn)
  if (!entrance.listenerArn.startsWith(`arn:aws:elasticloadbalancing:${region}:`))
    throw new DeploymentError(`Stage "${name}" is in ${region}; its listener must be there too.`)
  if (!('vpcId' in network))
    throw new DeploymentError(
      `Stage "${name}" uses a listener of yours: its load balancer reaches services in its own VPC only, so set network.vpcId as well.`,
    )
}

function checkSessionStore({ name, sessionStore, mcp }: Stage): void {
  if (!('url' in sessionStore)) {
    checkSessionStoreNodes(sessionStore)
    return
  }
  portOfRedis(sessionStore.url)
  const { 'agent-workload': workload, 'session-binding': binding, 'mcp-server': mcpServer } = sessionStore.users
  if (workload.name === binding.name)
    throw new DeploymentError(
      `Stage "${name}": the two services need two users in the session store. With one, session binding could write user sessions.`,
    )
  if (!mcp.enabled) return
  if (!mcpServer || [workload.name, binding.name].includes(mcpServer.name))
    throw new DeploymentError(
      `Stage "${name}": the MCP server needs a user of its own in the session store: set sessionStore.users['mcp-server'].`,
    )
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** `https`, `http` for the user's own machine, or the scheme of an app; without a fragment (RFC 6749 §3.1.2). */
function isRedirectUri(uri: string): boolean {
  const url = URL.parse(uri)
  if (!url || uri.includes('#')) return false
  return url.protocol === 'http:'
    ? LOOPBACK.includes(url.hostname)
    : !['javascript:', 'data:', 'file:'].includes(url.protocol)
}

function checkMcp({ name, mcp, signIn, identityArtifact }: Stage): void {
  if (!mcp.enabled) return
  const refuse = (sentence: string): never => {
    throw new DeploymentError(`Stage "${name}": ${sentence}`)
  }
  if (identityArtifact !== 'jwt')
    refuse(
      'the MCP server needs identityArtifact "jwt": under a user id, the token vault has no entry that a client’s token finds.',
    )
  const noOrigin = mcp.allowedOrigins?.find((origin) => URL.parse(origin)?.origin !== origin)
  if (noOrigin !== undefined)
    refuse(`mcp.allowedOrigins has "${noOrigin}"; an origin is like https://inspector.example.com.`)
  if (!('issuer' in signIn)) {
    const strange = mcp.redirectUris.find((uri) => !isRedirectUri(uri))
    if (mcp.redirectUris.length === 0) refuse('mcp.redirectUris must name at least one redirect URI.')
    if (strange !== undefined)
      refuse(
        `mcp.redirectUris has "${strange}"; Cognito takes https, http for localhost, 127.0.0.1 and [::1] only, and schemes of apps.`,
      )
    return
  }
  const { ids = [] } = mcp.clients ?? {}
  if (ids.length === 0)
    refuse('the MCP server needs clients that are registered at your OpenID provider: set mcp.clients.ids.')
  if (ids.some((id) => !/^[^\s,]+$/.test(id))) refuse('mcp.clients.ids must be ids without spaces and commas.')
  // Otherwise only scope and audience would distinguish the tokens of MCP clients from those of the sign-in.
  if (ids.includes(signIn.clientId)) refuse('mcp.clients.ids must not name the client that signs users in.')
}

/** The `iss` of a token names the user's tenant, so it does not equal such an issuer. */
const MANY_TENANTS = /^https:\/\/login\.microsoftonline\.com\/(common|organizations|consumers)(\/|$)/i

function checkSignIn({ name, signIn }: Stage): void {
  if (!('issuer' in signIn)) return
  const { issuer, scopes = 'openid', authorizationParameters = {}, tokenClaim } = signIn
  const refuse = (sentence: string): never => {
    throw new DeploymentError(`Stage "${name}": ${sentence}`)
  }
  if (URL.parse(issuer)?.protocol !== 'https:') refuse(`signIn.issuer "${issuer}" must be an https URL.`)
  if (MANY_TENANTS.test(issuer)) refuse(`signIn.issuer must name one tenant, as the tokens' iss does.`)
  if (!scopes.split(' ').includes('openid')) refuse('signIn.scopes must include openid.')
  if (tokenClaim !== 'client_id' && tokenClaim.aud === '') refuse('signIn.tokenClaim.aud must not be empty.')
  const reserved = Object.keys(authorizationParameters).filter((name) =>
    RESERVED_AUTHORIZATION_PARAMETERS.includes(name),
  )
  if (reserved.length > 0) refuse(`signIn.authorizationParameters must not set ${reserved.join(', ')}.`)
}

/** The identity is a domain, or one address. */
const SES_IDENTITY = /^arn:aws:ses:[a-z0-9-]+:\d{12}:identity\/(?<identity>[^\s/]+)$/
const ADDRESS = /^[^\s@<>]+@[^\s@<>]+$/

function checkEmail({ name, alarmEmail, signIn }: Stage): void {
  const refuse = (sentence: string): never => {
    throw new DeploymentError(`Stage "${name}": ${sentence}`)
  }
  if (alarmEmail !== undefined && !ADDRESS.test(alarmEmail)) refuse(`alarmEmail "${alarmEmail}" is no e-mail address.`)
  if ('issuer' in signIn || !signIn.sender) return
  const { from, identityArn } = signIn.sender
  const address = (/<(.*)>$/.exec(from)?.[1] ?? from).toLowerCase()
  const identity = SES_IDENTITY.exec(identityArn)?.groups?.identity?.toLowerCase() ?? ''
  if (!identity) refuse('signIn.sender.identityArn must be the ARN of an SES identity (arn:aws:ses:…:identity/…).')
  // SES developer guide, creating-identities: a verified domain also covers its subdomains.
  const isCovered = identity.includes('@')
    ? address === identity
    : address.endsWith(`@${identity}`) || address.endsWith(`.${identity}`)
  if (!ADDRESS.test(address) || !isCovered)
    refuse(`signIn.sender.from "${from}" must be an address of the SES identity ${identity}.`)
}

import type { Json, JsonObject } from './json.ts'
import { CONTAINER_NAMES, type ContainerName, SERVICE_NAMES } from './names.ts'
import { REDIS_ACCESS } from './redis-access.ts'
import type { Deployed, SynthesizedService, SynthesizedServices } from './synthesized-service.ts'
import type { Reference, SynthesizedTemplates } from './synthesized-templates.ts'

export const EXAMPLE: Deployed = {
  accountId: '123456789012',
  issuer: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example1',
  signInClientId: 'sign-in-client',
}

export function readServices(app: SynthesizedTemplates, deployed: Deployed): SynthesizedServices {
  const fill = (value: Json) => fillIn(app, value, deployed)
  const found = CONTAINER_NAMES.filter((name) => taskOf(app, name) !== undefined)
  const missing = SERVICE_NAMES.find((name) => !found.includes(name))
  if (missing) throw new Error(`No task definition has a container ${missing}`)
  const access = REDIS_ACCESS
  const read = (service: ContainerName): SynthesizedService => {
    const { container = {}, taskRole = '', executionRole = '' } = taskOf(app, service) ?? {}
    return {
      taskRolePolicies: policiesOf(app, taskRole).map(fill) as JsonObject[],
      executionRolePolicies: policiesOf(app, executionRole).map(fill) as JsonObject[],
      values: Object.fromEntries(
        listOf(container.Environment).map(({ Name, Value }) => [String(Name), String(fill(Value ?? ''))]),
      ),
      secrets: listOf(container.Secrets).map(({ Name }) => String(Name)),
      redisAccess: access[service],
    }
  }
  return Object.fromEntries(found.map((service) => [service, read(service)])) as SynthesizedServices
}

const STACK = 'services'
const listOf = (value: Json | undefined) => (value ?? []) as JsonObject[]

function taskOf(app: SynthesizedTemplates, service: ContainerName) {
  for (const { properties } of app.resources('AWS::ECS::TaskDefinition')) {
    const container = listOf(properties.ContainerDefinitions).find(({ Name }) => Name === service)
    if (container)
      return {
        container,
        taskRole: logicalIdOf(properties.TaskRoleArn),
        executionRole: logicalIdOf(properties.ExecutionRoleArn),
      }
  }
  return undefined
}

const logicalIdOf = (arn: Json | undefined) => String(((arn as JsonObject)['Fn::GetAtt'] as Json[])[0])

function policiesOf(app: SynthesizedTemplates, role: string): Json[] {
  return app
    .resources('AWS::IAM::Policy')
    .filter(({ properties }) => listOf(properties.Roles).some((listed) => listed.Ref === role))
    .map(({ properties }) => properties.PolicyDocument ?? {})
}

const USER_POOL = 'the-user-pool'
const ISSUER = new RegExp(`https://cognito-idp\\.[a-z0-9-]+\\.amazonaws\\.com/${USER_POOL}`, 'g')

/** References become values of `deployed`, or stand-ins. */
function fillIn(app: SynthesizedTemplates, value: Json, deployed: Deployed): Json {
  const { accountId, issuer, signInClientId, mcpClientId = 'mcp-client' } = deployed
  const say = ({ stack, name, attribute }: Reference): string => {
    if (name === 'AWS::AccountId') return accountId
    if (name === 'AWS::URLSuffix') return 'amazonaws.com'
    const type = app.templates[stack ?? '']?.Resources[name]?.Type
    if (type === 'AWS::Lambda::Function' && attribute === 'Arn')
      return `arn:aws:lambda:us-east-1:${accountId}:function:${name.toLowerCase()}`
    if (type === 'AWS::Cognito::UserPool' && !attribute) return USER_POOL
    if (type === 'AWS::Cognito::UserPoolClient' && name.startsWith('SignIn') && !attribute) return signInClientId
    if (type === 'AWS::Cognito::UserPoolClient' && name.startsWith('Mcp') && !attribute) return mcpClientId
    return (attribute ? `${name}.${attribute}` : name).toLowerCase()
  }
  const filled = JSON.stringify(app.resolve(STACK, value, say))
  return JSON.parse(filled.replaceAll(ISSUER, issuer)) as Json
}

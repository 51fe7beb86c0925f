import {
  CreateOauth2CredentialProviderCommand,
  type CreateOauth2CredentialProviderCommandInput,
  CreateWorkloadIdentityCommand,
  DeleteOauth2CredentialProviderCommand,
  DeleteWorkloadIdentityCommand,
  UpdateOauth2CredentialProviderCommand,
  UpdateWorkloadIdentityCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import type { Services } from '../services.ts'
import { type Properties, type ResourceType, uncapitalized } from './resource-type.ts'

type ServicesIn = (region: string) => Services

export const workloadIdentity = (servicesIn: ServicesIn): ResourceType => ({
  async create({ region, properties }) {
    const input = identityOf(properties)
    await servicesIn(region).agentcore.send(new CreateWorkloadIdentityCommand(input))
    return { id: input.name, attributes: {} }
  },
  async update({ region, id, attributes, properties }) {
    await servicesIn(region).agentcore.send(new UpdateWorkloadIdentityCommand(identityOf(properties)))
    return { id, attributes }
  },
  delete: ({ region, id }) => servicesIn(region).agentcore.send(new DeleteWorkloadIdentityCommand({ name: id })),
})

function identityOf(properties: Properties) {
  const { Name, AllowedResourceOauth2ReturnUrls } = properties as {
    Name: string
    AllowedResourceOauth2ReturnUrls: string[]
  }
  return { name: Name, allowedResourceOauth2ReturnUrls: AllowedResourceOauth2ReturnUrls }
}

export const credentialProvider = (servicesIn: ServicesIn): ResourceType => ({
  async create({ region, properties }) {
    const input = inputOf(properties)
    const { callbackUrl = '' } = await servicesIn(region).agentcore.send(
      new CreateOauth2CredentialProviderCommand(input),
    )
    return { id: String(input.name), attributes: { CallbackUrl: callbackUrl } }
  },
  async update({ region, id, attributes, properties }) {
    await servicesIn(region).agentcore.send(new UpdateOauth2CredentialProviderCommand(inputOf(properties)))
    return { id, attributes }
  },
  delete: ({ region, id }) =>
    servicesIn(region).agentcore.send(new DeleteOauth2CredentialProviderCommand({ name: id })),
})

const inputOf = (properties: Properties) => uncapitalized(properties) as CreateOauth2CredentialProviderCommandInput

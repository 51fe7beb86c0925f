import {
  type BedrockAgentCoreControlClient,
  DeleteApiKeyCredentialProviderCommand,
  DeleteOauth2CredentialProviderCommand,
  DeleteWorkloadIdentityCommand,
  paginateListApiKeyCredentialProviders,
  paginateListOauth2CredentialProviders,
  paginateListWorkloadIdentities,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { TEMPORARY_PREFIX } from '../temporary-prefix.ts'

/** Removes the resources of a killed run. @returns their number */
export async function removeAgentcoreLeftovers(control: BedrockAgentCoreControlClient): Promise<number> {
  const paginator = { client: control }
  const found: (() => Promise<unknown>)[] = []
  const ours = (name: string | undefined): name is string => name?.startsWith(TEMPORARY_PREFIX) ?? false
  for await (const { credentialProviders } of paginateListOauth2CredentialProviders(paginator, {}))
    for (const { name } of credentialProviders ?? [])
      if (ours(name)) found.push(() => control.send(new DeleteOauth2CredentialProviderCommand({ name })))
  for await (const { credentialProviders } of paginateListApiKeyCredentialProviders(paginator, {}))
    for (const { name } of credentialProviders ?? [])
      if (ours(name)) found.push(() => control.send(new DeleteApiKeyCredentialProviderCommand({ name })))
  for await (const { workloadIdentities } of paginateListWorkloadIdentities(paginator, {}))
    for (const { name } of workloadIdentities ?? [])
      if (ours(name)) found.push(() => control.send(new DeleteWorkloadIdentityCommand({ name })))
  for (const remove of found) await remove()
  return found.length
}

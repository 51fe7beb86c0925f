import {
  DeleteApiKeyCredentialProviderCommand,
  DeleteOauth2CredentialProviderCommand,
  DeleteWorkloadIdentityCommand,
  paginateListApiKeyCredentialProviders,
  paginateListOauth2CredentialProviders,
  paginateListWorkloadIdentities,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { removeIfThere } from '../remove-if-there.ts'
import { isLeftover, type NameTest } from '../temporary-name.ts'
import type { TemporaryResources } from './temporary-resources.ts'

/** @returns how many resources of earlier runs it found; all of them are gone */
export async function removeAgentcoreLeftovers(
  { controlWithRetries: control }: Pick<TemporaryResources, 'controlWithRetries'>,
  isLeft: NameTest = isLeftover,
): Promise<number> {
  const paginator = { client: control }
  const found: (() => Promise<unknown>)[] = []
  for await (const { credentialProviders } of paginateListOauth2CredentialProviders(paginator, {}))
    for (const { name } of credentialProviders ?? [])
      if (isLeft(name)) found.push(() => control.send(new DeleteOauth2CredentialProviderCommand({ name })))
  for await (const { credentialProviders } of paginateListApiKeyCredentialProviders(paginator, {}))
    for (const { name } of credentialProviders ?? [])
      if (isLeft(name)) found.push(() => control.send(new DeleteApiKeyCredentialProviderCommand({ name })))
  for await (const { workloadIdentities } of paginateListWorkloadIdentities(paginator, {}))
    for (const { name } of workloadIdentities ?? [])
      if (isLeft(name)) found.push(() => control.send(new DeleteWorkloadIdentityCommand({ name })))
  for (const remove of found) await removeIfThere(remove)
  return found.length
}

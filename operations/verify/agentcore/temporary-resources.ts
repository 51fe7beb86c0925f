import { BedrockAgentCoreClient } from '@aws-sdk/client-bedrock-agentcore'
import {
  BedrockAgentCoreControlClient,
  type BedrockAgentCoreControlClientConfig,
  CreateApiKeyCredentialProviderCommand,
  type CreateApiKeyCredentialProviderRequest,
  CreateOauth2CredentialProviderCommand,
  type CreateOauth2CredentialProviderRequest,
  CreateWorkloadIdentityCommand,
  type CreateWorkloadIdentityRequest,
  DeleteApiKeyCredentialProviderCommand,
  DeleteOauth2CredentialProviderCommand,
  DeleteWorkloadIdentityCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { temporaryName } from '../temporary-name.ts'

export class TemporaryResources {
  readonly data: BedrockAgentCoreClient
  readonly control: BedrockAgentCoreControlClient
  /** For calls whose answers are not observed: a throttled deletion must not leave a resource behind. */
  readonly controlWithRetries: BedrockAgentCoreControlClient
  readonly #undo: (() => Promise<unknown>)[] = []

  constructor(configuration: BedrockAgentCoreControlClientConfig) {
    // A retry would hide the first answer.
    this.data = new BedrockAgentCoreClient({ ...configuration, maxAttempts: 1 })
    this.control = new BedrockAgentCoreControlClient({ ...configuration, maxAttempts: 1 })
    this.controlWithRetries = new BedrockAgentCoreControlClient(configuration)
  }

  uniqueName = temporaryName

  createIdentity(input: Partial<CreateWorkloadIdentityRequest> = {}) {
    const name = input.name ?? this.uniqueName()
    // Registered before the call, so that a lost reply leaves no resource behind.
    this.#undo.push(() => this.controlWithRetries.send(new DeleteWorkloadIdentityCommand({ name })))
    return this.control.send(new CreateWorkloadIdentityCommand({ ...input, name }))
  }

  createOauth2Provider(input: Partial<CreateOauth2CredentialProviderRequest> = {}) {
    const name = input.name ?? this.uniqueName()
    this.#undo.push(() => this.controlWithRetries.send(new DeleteOauth2CredentialProviderCommand({ name })))
    return this.control.send(
      new CreateOauth2CredentialProviderCommand({
        credentialProviderVendor: 'GithubOauth2',
        oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'client', clientSecret: 'secret' } },
        ...input,
        name,
      }),
    )
  }

  createApiKeyProvider(input: Partial<CreateApiKeyCredentialProviderRequest> = {}) {
    const name = input.name ?? this.uniqueName()
    this.#undo.push(() => this.controlWithRetries.send(new DeleteApiKeyCredentialProviderCommand({ name })))
    return this.control.send(new CreateApiKeyCredentialProviderCommand({ apiKey: 'an API key', ...input, name }))
  }

  async close(): Promise<number> {
    let left = 0
    for (const undo of this.#undo.splice(0).reverse())
      await undo().catch((error: Error) => {
        if (error.name !== 'ResourceNotFoundException') left += 1
      })
    this.data.destroy()
    this.control.destroy()
    this.controlWithRetries.destroy()
    return left
  }
}

import type { AgentWorkloadEnvironment } from '@agent-identity/contracts'
import type { Model } from '@strands-agents/sdk'

export type ModelSettings = Pick<
  AgentWorkloadEnvironment,
  | 'MODEL_PROVIDER'
  | 'MODEL_TIMEOUT_MS'
  | 'AWS_REGION'
  | 'BEDROCK_MODEL_ID'
  | 'OPENAI_BASE_URL'
  | 'OPENAI_API_KEY'
  | 'OPENAI_MODEL'
>

/** Everything but the model is the same for all three: agent loop, tools, interrupts, streaming. */
export async function createModel(settings: ModelSettings): Promise<Model> {
  switch (settings.MODEL_PROVIDER) {
    case 'bedrock': {
      const { BedrockModel } = await import('@strands-agents/sdk/models/bedrock')
      return new BedrockModel({
        region: settings.AWS_REGION,
        requestTimeout: settings.MODEL_TIMEOUT_MS,
        ...optional('modelId', settings.BEDROCK_MODEL_ID),
      })
    }
    case 'openai': {
      const { ChatCompletionsModel } = await import('./chat-completions-model.ts')
      return new ChatCompletionsModel({
        // The Chat Completions API is the one that compatible endpoints have in common.
        api: 'chat',
        ...optional('modelId', settings.OPENAI_MODEL),
        ...optional('apiKey', settings.OPENAI_API_KEY),
        // Until the answer begins; between its parts Node's own fetch waits five minutes at the most.
        clientConfig: { timeout: settings.MODEL_TIMEOUT_MS, ...optional('baseURL', settings.OPENAI_BASE_URL) },
      })
    }
    case 'scripted': {
      const { ScriptedModel } = await import('./scripted-model.ts')
      const { scriptedReply } = await import('../../scripted/scripted-reply.ts')
      // For the local stack and tests: an image is built without what it understands.
      const { loadScripted } = await import('@agent-identity/providers/scripted')
      const scripted = await loadScripted().catch((cause) => {
        throw new Error('MODEL_PROVIDER=scripted is for the local stack only', { cause })
      })
      return new ScriptedModel(scriptedReply(scripted))
    }
  }
}

/** The contract demands what the provider in use needs; the types do not show it. */
const optional = <Name extends string>(name: Name, value: string | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { [name in Name]?: string }

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
        // Compatible endpoints need not have the Responses API.
        api: 'chat',
        ...optional('modelId', settings.OPENAI_MODEL),
        ...optional('apiKey', settings.OPENAI_API_KEY),
        // Limits each attempt until its answer begins. Between parts of an answer Node's fetch waits at most five minutes.
        clientConfig: { timeout: settings.MODEL_TIMEOUT_MS, ...optional('baseURL', settings.OPENAI_BASE_URL) },
      })
    }
    case 'scripted': {
      const { ScriptedModel } = await import('./scripted-model.ts')
      const { scriptedReply } = await import('../../scripted/scripted-reply.ts')
      // Container images do not contain the providers' `scripted.ts`, which this module imports.
      const { loadScripted } = await import('@agent-identity/providers/scripted')
      const scripted = await loadScripted().catch((cause) => {
        throw new Error('MODEL_PROVIDER=scripted is for the local stack only', { cause })
      })
      return new ScriptedModel(scriptedReply(scripted))
    }
  }
}

/** The types do not say that the variables that `MODEL_PROVIDER` requires are set. */
const optional = <Name extends string>(name: Name, value: string | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { [name in Name]?: string }

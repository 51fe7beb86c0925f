import { type JSONValue, type Tool, tool as toStrands } from '@strands-agents/sdk'
import { z } from 'zod'
import type { AgentTool } from '../agent-loop.ts'
import { suspend } from './suspension.ts'

/** The schema is for the model: the tool validates its input. */
export function strandsTool(tool: AgentTool): Tool {
  const { name, description } = tool
  const { $schema: _, ...inputSchema } = z.toJSONSchema(tool.inputSchema)
  return toStrands({
    name,
    description,
    inputSchema: inputSchema as NonNullable<Parameters<typeof toStrands>[0]['inputSchema']>,
    async callback(input, context) {
      if (!context) throw new Error(`${name} runs inside of an agent only`)
      const outcome = await tool.call(input)
      return 'waitsFor' in outcome ? suspend(context, outcome.waitsFor) : (outcome.result as JSONValue)
    },
  })
}

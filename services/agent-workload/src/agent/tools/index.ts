import type { OfferedTool } from '@agent-identity/tools'
import type { Tool } from '@strands-agents/sdk'
import { strandsTool } from './strands-tool.ts'
import type { ToolRun } from './tool-run.ts'

/** The tools of the providers that are switched on; the model does not hear of the others. */
export const offeredTools = (tools: readonly OfferedTool[], run: ToolRun): Tool[] =>
  tools.map((tool) => strandsTool(tool, run))

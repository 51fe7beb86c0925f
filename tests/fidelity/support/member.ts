import type { Kind } from './constraint-kinds.ts'

export type Member = { path: string; kind: Kind; required?: true }

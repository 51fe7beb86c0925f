import type { Kind } from './constraint-kinds.ts'

/** A member by its path in the input; `required` is the model's. */
export type Member = { path: string; kind: Kind; required?: true }

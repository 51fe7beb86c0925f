import type { Kind } from './constraint-kinds.ts'

/** A member by its path in the input; `required` says that the model does. */
export type Member = { path: string; kind: Kind; required?: true }

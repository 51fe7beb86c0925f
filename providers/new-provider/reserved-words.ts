/**
 * An id is also the name of a constant, and a key of objects: these cannot be such a name, or are members of every object.
 */
const RESERVED_WORDS: ReadonlySet<string> = new Set(
  [
    'arguments await break case catch class const constructor continue debugger default delete do else enum',
    'eval export extends false finally for function if implements import in instanceof interface let new null',
    'package private protected public return static super switch this throw true try typeof undefined var void',
    'while with yield',
  ]
    .join(' ')
    .split(' '),
)

export const isReservedWord = (id: string): boolean => RESERVED_WORDS.has(id)

/** What a benchmark is given. */
export interface Settings {
  /** Fewer and shorter runs, for a look; the figures that are published come without it. */
  quick: boolean
  /** Where the processes under test leave their CPU profiles. */
  profileDirectory: string | undefined
  /** Where compiled code is kept from one start to the next; `npm run` names one. */
  compileCache: string | undefined
  /** Progress, for whoever waits. */
  say(message: string): void
}

/** One value a run; the rows show medians. */
interface Series {
  name: string
  values: readonly number[]
}

export interface Detail {
  what: string
  value: number
  unit: string
}

export interface Measured {
  unit: string
  ours: readonly number[]
  peer?: Series | { skipped: string }
  floor?: Series | { skipped: string }
  details?: readonly Detail[]
}

export interface Benchmark {
  name: string
  /** Rejects when what it measures does not work: a figure of a broken flow is worse than none. */
  run(settings: Settings): Promise<Measured>
}

/** A row as programs outside know it. Ratios are ours divided by theirs. */
export interface Row {
  name: string
  unit: string
  ours: number
  peer: number | null
  peerName: string | null
  floor: number | null
  floorName: string | null
  ratioToPeer: number | null
  ratioToFloor: number | null
  /** How many runs the medians are of. */
  runs: number
  details: readonly Detail[]
}

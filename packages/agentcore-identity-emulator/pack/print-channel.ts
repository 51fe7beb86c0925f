import { channelOf } from './release-channel.ts'

/** For the release workflow: a version, and after it the tags of all releases. */
const [version = '', ...tags] = process.argv.slice(2)
process.stdout.write(`${channelOf(version, tags)}\n`)

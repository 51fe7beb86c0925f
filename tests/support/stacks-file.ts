/** Global set-up starts one stack per worker; the files of a worker run one after the other. */
export const STACKS_FILE_VARIABLE = 'TEST_STACKS_FILE'

/** The variable with the path of the file of stacks: global set-up starts one stack per worker, whose files run one after the other. */
export const STACKS_FILE_VARIABLE = 'TEST_STACKS_FILE'

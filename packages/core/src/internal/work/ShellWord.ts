/** Names in commands that are printed for a person to run: a shell has to take each for one word, whatever is in it. */

/** As a POSIX shell takes it for one word. */
export const shellWord = (text: string): string =>
  /^[\w./:@%+,][\w./:@%+,-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

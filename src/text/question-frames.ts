/**
 * Words with which a thing is asked for, beside small ones: `work` of `how does a lock work`, `read` of `where can I read
 * about locks`. They say little about what a text is about; by themselves, as in `work at night`, they say as much as any.
 */

/** Behind these `work` is a thing: `how did he finance his work`. */
const OWNED = '(?<! (?:a|an|the|this|that|his|her|its|their|my|your|our|at|of|for|to))';

/** Patterns over folded words with a space between, by language; what a group catches frames the question. */
const FRAMES: Readonly<Record<string, readonly RegExp[]>> = {
  en: [
    new RegExp(`^how (?:do|does|did|will|would|can) .+${OWNED} (works?|function)$`),
    new RegExp(`^how .+${OWNED} (works|functions)$`),
    /^what (?:do|does|did|would) .+ (means?)$/,
    /^what (?:is|are|was|were) (?:the |a |an )?(meaning|definition) of /,
    /^(?:where|how) (?:do|can|could|should|would) (?:i|we|you|one) (find|read|learn|see) /,
    /^(?:an |the |a |some |any )?(examples?|explanation|definition|meaning) of /,
    /^(?:please |can you |could you )?(tell|show) me /,
    /^(?:please |can you |could you )(explain|describe) /,
  ],
  de: [/^wie (funktionier(?:t|en)|geht|gehen) /, /^was (bedeutet|bedeuten|heisst|heißt) /],
  fr: [/^comment (fonctionne|fonctionnent|marche|marchent) /, /^(?:qu'est-ce que |que )(signifie|veut) /],
  es: [/^como (funciona|funcionan) /, /^que (significa|significan) /],
  it: [/^come (funziona|funzionano) /, /^cosa (significa|significano) /],
  pt: [/^como (funciona|funcionam) /, /^o que (significa|significam) /],
  nl: [/^hoe (werkt|werken) /, /^wat (betekent|betekenen) /],
};

/** Longer than any question. */
const MAX_WORDS = 50;
const NONE: ReadonlySet<string> = new Set();

/** Which of the folded words of a question frame it. */
export function framingWords(words: readonly string[], language: string): ReadonlySet<string> {
  if (words.length > MAX_WORDS) return NONE;
  const text = words.join(' ');
  const caught = (FRAMES[language] ?? []).flatMap((frame) => frame.exec(text)?.[1] ?? []);
  return new Set(caught);
}

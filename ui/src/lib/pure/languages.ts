/** Languages as Tesseract calls them: "eng", "chi_sim", "aze_cyrl", "script/Latin". */

const names = new Intl.DisplayNames('en-GB', { type: 'language' });

/** Where its name is not the code of the language and, perhaps, of its script. */
const TAGS: Record<string, string> = { chi_sim: 'zh-Hans', chi_tra: 'zh-Hant', frk: 'de-Latf', nor: 'nb' };
const VERTICAL = /_vert$/;

function tagOf(code: string): string | null {
  return TAGS[code] ?? (/^[a-z]{2,3}(_[a-z]{4})?$/.test(code) ? code.replace('_', '-') : null);
}

/** "Simplified Chinese" for "chi_sim"; the code itself where nothing better is known. */
export function languageName(code: string): string {
  if (VERTICAL.test(code)) return `${languageName(code.replace(VERTICAL, ''))}, vertical`;
  const tag = tagOf(code);
  return (tag && names.of(tag)) ?? code;
}

/** "English, German" for "eng+deu". */
export const languageNames = (codes: string): string => codes.split('+').map(languageName).join(', ');

/** Language and script, which is all that reading depends on; null for what is no language tag. */
function written(tag: string): string | null {
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    return `${language}-${script}`;
  } catch {
    return null;
  }
}

/** Those of a person's languages (as a browser tells them) that can be read; English or whatever there is without any. */
export function usualLanguages(available: readonly string[], preferred: readonly string[]): string[] {
  const wanted = new Set(preferred.map(written));
  const readable = available.filter((code) => !VERTICAL.test(code)).map((code) => ({ code, as: written(tagOf(code) ?? '') }));
  const usual = [...wanted].flatMap((want) => readable.filter(({ as }) => as !== null && as === want).map(({ code }) => code));
  if (usual.length > 0) return usual;
  return available.includes('eng') ? ['eng'] : available.slice(0, 1);
}

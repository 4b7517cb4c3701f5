import { expect, it } from 'vitest';
import { languageName, languageNames, usualLanguages } from './languages';

it('calls languages by their names, and by their codes where there is none', () => {
  expect(['eng', 'deu', 'por', 'chi_sim', 'chi_tra', 'srp_latn', 'jpn_vert', 'chi_sim_vert'].map(languageName)).toEqual([
    'English',
    'German',
    'Portuguese',
    'Simplified Chinese',
    'Traditional Chinese',
    'Serbian (Latin)',
    'Japanese, vertical',
    'Simplified Chinese, vertical',
  ]);
  expect(['equ', 'ita_old', 'script/Latin', 'mine', ''].map(languageName)).toEqual(['equ', 'ita_old', 'script/Latin', 'mine', '']);
  expect(languageNames('eng+deu')).toBe('English, German');
});

it('begins with the languages of the person, in their order', () => {
  expect(usualLanguages(['deu', 'eng', 'fra'], ['en-GB', 'en', 'de-AT'])).toEqual(['eng', 'deu']);
  expect(usualLanguages(['chi_sim', 'chi_tra', 'eng'], ['zh-HK'])).toEqual(['chi_tra']);
  expect(usualLanguages(['jpn', 'jpn_vert'], ['ja'])).toEqual(['jpn']);
  expect(usualLanguages(['deu', 'nor'], ['nb-NO'])).toEqual(['nor']);
});

it('begins with English or with what there is where none of them can be read', () => {
  expect(usualLanguages(['deu', 'eng'], ['fi', 'C.UTF-8', ''])).toEqual(['eng']);
  expect(usualLanguages(['script/Latin', 'deu'], ['*'])).toEqual(['script/Latin']);
  expect(usualLanguages([], ['en'])).toEqual([]);
});

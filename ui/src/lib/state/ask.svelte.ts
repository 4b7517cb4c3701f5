import { asFailure, backend, type Answer, type Failure } from '../backend';
import { messages } from './messages.svelte';
import { PreviewState } from './preview.svelte';

/** One question and its answer. */
export class AskState {
  question = $state('');
  /** The question that `answer` belongs to. */
  asked = $state('');
  answer = $state.raw<Answer | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);
  preview = new PreviewState();
  #round = 0;

  async submit(): Promise<void> {
    const question = this.question.trim();
    if (question === '') return;
    const round = ++this.#round;
    this.asked = question;
    this.answer = null;
    this.failure = null;
    this.busy = true;
    this.preview.close();
    try {
      const answer = await backend.ask(question);
      if (round !== this.#round) return;
      this.answer = answer;
      messages.say(answer.found ? 'There is an answer.' : 'Not in your files.');
    } catch (thrown) {
      if (round !== this.#round) return;
      const failure = asFailure(thrown);
      if (failure.code !== 'cancelled') this.failure = failure;
    }
    this.busy = false;
  }

  cancel(): void {
    this.#round += 1;
    this.busy = false;
    this.asked = '';
    void backend.askCancel().catch(() => undefined);
    messages.say('Cancelled.');
  }

  /** Opens the source of a sentence at the sentence. */
  cite(sentence: number): void {
    const said = this.answer?.sentences[sentence];
    const source = said && this.answer?.sources[said.source];
    if (!said || !source) return;
    void this.preview.open({ file: source.file, passage: source.passage, focus: said.focus, query: this.asked }, '', source.page);
  }

  /** Opens a source. */
  open(source: number): void {
    const sentence = this.answer?.sentences.findIndex((said) => said.source === source) ?? -1;
    if (sentence >= 0) return this.cite(sentence);
    const cited = this.answer?.sources[source];
    if (cited) void this.preview.open({ file: cited.file, passage: cited.passage, query: this.asked }, '', cited.page);
  }
}

export const ask = new AskState();

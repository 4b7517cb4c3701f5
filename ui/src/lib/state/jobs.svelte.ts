import { backend, type JobId, type JobState, type JobView } from '../backend';
import { library } from './library.svelte';
import { messages } from './messages.svelte';

const BUSY = 300;
const IDLE = 2000;

const isLive = (job: JobView): boolean => job.state === 'running' || job.state === 'paused' || job.state === 'queued';
const weight: Record<JobState, number> = { running: 0, paused: 1, queued: 2, failed: 3, done: 4, cancelled: 5 };

/** Long work, sampled: often while something runs, seldom otherwise. */
class Jobs {
  list = $state.raw<JobView[]>([]);
  /** At work, held or waiting; the one to show first. */
  live = $derived(this.list.filter(isLive).sort((a, b) => weight[a.state] - weight[b.state] || a.id - b.id));
  current = $derived<JobView | null>(this.live[0] ?? null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #started = false;
  #round = 0;

  start(): void {
    this.#started = true;
    void this.poll();
  }

  stop(): void {
    this.#started = false;
    this.#round += 1;
    clearTimeout(this.#timer);
    this.list = [];
  }

  async poll(): Promise<void> {
    clearTimeout(this.#timer);
    const round = ++this.#round;
    try {
      const list = await backend.jobs();
      if (round !== this.#round) return;
      this.#announce(list);
      this.list = list;
    } catch {
      // The next sample tells; a failing engine shows in every view that asks it something.
      if (round !== this.#round) return;
    }
    const busy = this.list.some((job) => job.state === 'running' || job.state === 'queued');
    if (this.#started) this.#timer = setTimeout(() => void this.poll(), busy ? BUSY : IDLE);
  }

  pause = (id: JobId) => this.#tell(backend.jobPause(id));
  resume = (id: JobId) => this.#tell(backend.jobResume(id));
  cancel = (id: JobId) => this.#tell(backend.jobCancel(id));

  async #tell(told: Promise<void>): Promise<void> {
    try {
      await told;
    } catch (thrown) {
      messages.toast((thrown as { message?: string }).message ?? 'That did not work.', 'problem');
    }
    await this.poll();
  }

  #announce(now: JobView[]): void {
    for (const before of this.list.filter(isLive)) {
      const job = now.find(({ id }) => id === before.id);
      if (job?.state === 'done') messages.say(`${job.title}: done.`);
      if (job?.state === 'failed') messages.toast(`${job.title}: ${job.error ?? 'failed.'}`, 'problem');
      if (!job || !isLive(job)) void library.refresh();
    }
  }
}

export const jobs = new Jobs();

import { asFailure, backend, type FileId, type RootId } from '../backend';
import { library } from './library.svelte';
import { messages } from './messages.svelte';

/** Opens a file in the program for it, or says why it cannot. */
export async function openFile({ file, root }: { file: FileId; root: RootId }): Promise<void> {
  const away = library.away(root);
  if (away) return messages.toast(away, 'problem');
  try {
    await backend.openFile(file);
  } catch (thrown) {
    messages.toast(asFailure(thrown).message, 'problem');
  }
}

/** How documents with pages are shown in a preview. Stays while one goes from file to file and from view to view. */
class Showing {
  as = $state<'text' | 'page'>('text');
}

export const showing = new Showing();
